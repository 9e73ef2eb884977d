import pytest

from twopop import errors
from twopop.v1 import operations_pb2


def classes(base: type[errors.TwopopError] = errors.TwopopError) -> list[type[errors.TwopopError]]:
    return [base, *(it for child in base.__subclasses__() for it in classes(child))]


@pytest.mark.parametrize("kind", classes())
def test_every_class_survives_the_wire(kind: type[errors.TwopopError]) -> None:
    error = kind("A001 “é” is empty\nreally", path="/Ä/中.wav", stage="", id="7")
    message = operations_pb2.Error.FromString(errors.error_to_message(error).SerializeToString())
    back = errors.error_from_message(message)
    assert type(back) is kind
    assert (back.message, str(back), back.fields) == (error.message, error.message, error.fields)


def test_each_class_has_a_reason_of_its_own() -> None:
    reasons = [kind.reason for kind in classes()]
    assert len(set(reasons)) == len(reasons)


@pytest.mark.parametrize("kind", classes())
def test_exit_codes_follow_the_tree(kind: type[errors.TwopopError]) -> None:
    expected = 130 if issubclass(kind, errors.OperationCancelled) else 2 if issubclass(kind, errors.InputError) else 3
    assert kind.exit_code == expected


def test_the_drawing_of_the_tree_is_the_tree() -> None:
    assert errors.__doc__
    drawn = {
        words[0]: words
        for line in errors.__doc__.splitlines()
        if (words := line.replace("│", " ").replace("├──", " ").replace("└──", " ").split()) and words[0][0].isupper()
    }
    assert {kind.__name__ for kind in classes()} <= drawn.keys()


def test_an_error_of_a_newer_engine_stays_an_engine_error() -> None:
    back = errors.error_from_message(operations_pb2.Error(reason="FROM_THE_FUTURE", message="so it was"))
    assert type(back) is errors.EngineError
    assert back.message == "so it was"


def test_what_is_not_unicode_is_escaped() -> None:
    name = b"/clips/\xff.wav".decode("utf-8", "surrogateescape")
    message = errors.error_to_message(errors.MediaNotFound.at(name))
    assert message.fields["path"] == r"/clips/\udcff.wav"
    assert message.message.startswith(r"/clips/\udcff.wav: no such file")


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (errors.MediaNotFound.at("/a.wav"), "/a.wav: no such file; is its drive mounted, or was it moved?"),
        (errors.MediaUnreadable.at("/a.wav", "is empty"), "/a.wav: is empty"),
        (errors.StreamMissing.at("/a.wav", "video"), "/a.wav: has no video stream"),
        (errors.TimelineUnreadable.at("/a.otio", "is no JSON"), "/a.otio: is no JSON"),
        (errors.TimelineMoved.at("A1"), "A1: was changed or removed since the change list was made; plan it again"),
        (errors.OutputUnwritable.at("/a.wav", "the disk is full"), "/a.wav: cannot be written: the disk is full"),
        (errors.OptionInvalid.of("handles", "must be zero or more"), "handles: must be zero or more"),
        (errors.OperationUnknown.of("x"), "the engine knows no operation 'x'"),
    ],
)
def test_sentences_say_what_is_wrong_and_where(error: errors.TwopopError, sentence: str) -> None:
    assert str(error) == sentence
    assert all(value in sentence for value in error.fields.values())
