"""The one error tree, shared by the engine and its clients.

TwopopError
├── InputError                what the caller gave cannot be used (exit code 2)
│   ├── MediaNotFound         no such file
│   ├── MediaUnreadable       empty, truncated, a directory, or no media at all
│   ├── StreamMissing         the file has no sound, or no picture
│   ├── TimelineUnreadable    not an OTIO timeline, or of an unknown schema version
│   ├── TimelineMoved         the timeline is no longer what the change list was made for
│   ├── ChangesUnreadable     not a change list, or of another version
│   ├── OutputUnwritable      read-only folder, full disk, existing file
│   ├── OptionInvalid         an option's value is outside its range
│   ├── OperationUnknown      no operation of that id
│   ├── TimelineMissing       no timeline is open in the editor
│   ├── SelectionEmpty        nothing is selected
│   ├── ChangeUnsupported     the editor cannot make such a change
│   ├── ModelUnknown          no card of that id
│   ├── ModelMissing          the model's files are not here
│   ├── ModelUnreadable       not the file that the card names, or a checkpoint that does not fit or carries code
│   ├── LicenseNotAccepted    the weights may not be used for everything, and nobody said that this is known
│   └── DownloadFailed        the server is not there, or sends something else
├── HostError                 the editor failed or cannot be had (exit code 3)
│   ├── HostUnavailable       not running, or it takes no scripts
│   └── HostFailed            it did not do what it was asked for, whatever it answered
├── EngineError               the engine failed or cannot be had (exit code 3)
│   ├── EngineUnavailable     not running and not startable, or gone in the middle
│   ├── AccessDenied          wrong or missing token
│   ├── VersionMismatch       client and engine speak different APIs
│   ├── WorkerCrashed         the process that did the work died
│   ├── OperationInterrupted  the engine stopped while the operation ran
│   └── InternalFailure       a fault of ours
└── OperationCancelled        the caller asked for it (exit code 130)

Every class carries its fields as text, so that the wire can take them (AIP-193) and `from_wire` builds the same
class on the other side.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from twopop.v1 import operations_pb2


class TwopopError(Exception):
    """Base of all errors that twopop raises on purpose.

    Attributes:
        reason: The class in capitals, as it stands on the wire.
        message: One sentence for people: what was wrong, what was expected, what to do.
        fields: What the message speaks of, by name.
    """

    reason: ClassVar[str] = "UNKNOWN"
    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, **fields: str) -> None:
        super().__init__(message)
        self.message = message
        self.fields: Mapping[str, str] = fields


class InputError(TwopopError):
    """What the caller gave cannot be used."""

    reason = "INPUT"
    exit_code = 2


class MediaNotFound(InputError):
    """No such media file; field `path`."""

    reason = "MEDIA_NOT_FOUND"

    @classmethod
    def at(cls, path: str) -> MediaNotFound:
        """The error for a path that leads nowhere."""
        return cls(f"{path}: no such file; is its drive mounted, or was it moved?", path=path)


class MediaUnreadable(InputError):
    """The file is there but holds no media that can be read; field `path`."""

    reason = "MEDIA_UNREADABLE"

    @classmethod
    def at(cls, path: str, problem: str) -> MediaUnreadable:
        """The error for a file with a problem said in a few words: "is empty", "is a directory"."""
        return cls(f"{path}: {problem}", path=path)


class StreamMissing(InputError):
    """The file lacks the kind of stream that was asked for; fields `path`, `kind`."""

    reason = "STREAM_MISSING"

    @classmethod
    def at(cls, path: str, kind: str) -> StreamMissing:
        """The error for a file without sound (`kind` "audio") or picture ("video")."""
        return cls(f"{path}: has no {kind} stream", path=path, kind=kind)


class TimelineUnreadable(InputError):
    """Not a timeline that can be read; field `path`."""

    reason = "TIMELINE_UNREADABLE"

    @classmethod
    def at(cls, path: str, problem: str) -> TimelineUnreadable:
        """The error for a timeline with a problem said in a few words."""
        return cls(f"{path}: {problem}", path=path)


class TimelineMoved(InputError):
    """The timeline is no longer what the change list was made for; field `target`."""

    reason = "TIMELINE_MOVED"

    @classmethod
    def at(cls, target: str) -> TimelineMoved:
        """The error for a changed or missing target of a change."""
        return cls(f"{target}: was changed or removed since the change list was made; plan it again", target=target)


class ChangesUnreadable(InputError):
    """Not a change list that can be read; field `path`."""

    reason = "CHANGES_UNREADABLE"

    @classmethod
    def at(cls, path: str, problem: str) -> ChangesUnreadable:
        """The error for a change list with a problem said in a few words."""
        return cls(f"{path}: is not a change list that can be read: {problem}", path=path)


class OutputUnwritable(InputError):
    """The output cannot be written; field `path`."""

    reason = "OUTPUT_UNWRITABLE"

    @classmethod
    def at(cls, path: str, problem: str) -> OutputUnwritable:
        """The error for an output with a problem said in a few words: "the disk is full"."""
        return cls(f"{path}: cannot be written: {problem}", path=path)


class OptionInvalid(InputError):
    """An option's value is outside its range; field `option`."""

    reason = "OPTION_INVALID"

    @classmethod
    def of(cls, option: str, problem: str) -> OptionInvalid:
        """The error for an option with what is wrong with its value."""
        return cls(f"{option}: {problem}", option=option)


class OperationUnknown(InputError):
    """No operation of that id; field `id`."""

    reason = "OPERATION_UNKNOWN"

    @classmethod
    def of(cls, operation_id: str) -> OperationUnknown:
        """The error for an id that the engine's store does not hold."""
        return cls(f"the engine knows no operation {operation_id!r}", id=operation_id)


class TimelineMissing(InputError):
    """No timeline is open in the editor; field `host`."""

    reason = "TIMELINE_MISSING"

    @classmethod
    def of(cls, host: str) -> TimelineMissing:
        """The error for an editor, by its name for people, in which no timeline is open."""
        return cls(f"{host}: no timeline is open; open the one to work on and try again", host=host)


class SelectionEmpty(InputError):
    """Nothing is selected; field `host`."""

    reason = "SELECTION_EMPTY"

    @classmethod
    def of(cls, host: str) -> SelectionEmpty:
        """The error for an editor in which nothing is selected though the selection was asked for."""
        return cls(f"{host}: nothing is selected; select clips, or ask for all of them", host=host)


class ChangeUnsupported(InputError):
    """The editor cannot make such a change; fields `host`, `change`."""

    reason = "CHANGE_UNSUPPORTED"

    @classmethod
    def of(cls, host: str, change: str, problem: str) -> ChangeUnsupported:
        """The error for a change, said in a sentence, with why the editor cannot make it."""
        return cls(f"{host} cannot do this: {change} {problem}", host=host, change=change)


class ModelUnknown(InputError):
    """No model card of that id; field `model`."""

    reason = "MODEL_UNKNOWN"

    @classmethod
    def of(cls, model: str, known: str) -> ModelUnknown:
        """The error for an id, with the ids that there are."""
        return cls(f"there is no model {model!r}; there are {known}", model=model)


class ModelMissing(InputError):
    """The model's files are not here; field `model`."""

    reason = "MODEL_MISSING"

    @classmethod
    def of(cls, model: str, advice: str) -> ModelMissing:
        """The error for a model, with what to do about it in a sentence."""
        return cls(f"the files of {model} are not here. {advice}", model=model)


class ModelUnreadable(InputError):
    """Not the file that the card names, or a checkpoint that does not fit or carries code; field `path`."""

    reason = "MODEL_UNREADABLE"

    @classmethod
    def at(cls, path: str, problem: str) -> ModelUnreadable:
        """The error for a file with a problem said in a few words."""
        return cls(f"{path}: {problem}", path=path)


class LicenseNotAccepted(InputError):
    """The weights may not be used for everything, and nobody said that this is known; field `model`."""

    reason = "LICENSE_NOT_ACCEPTED"

    @classmethod
    def of(cls, model: str, terms: str) -> LicenseNotAccepted:
        """The error for a model with its licence's terms in a few words."""
        return cls(f"{model}: {terms}; if that is fine, say --accept-license", model=model)


class DownloadFailed(InputError):
    """The server is not there, or sends something else; field `url`."""

    reason = "DOWNLOAD_FAILED"

    @classmethod
    def at(cls, url: str, problem: str) -> DownloadFailed:
        """The error for an address with a problem said in a few words."""
        return cls(f"{url}: {problem}", url=url)


class HostError(TwopopError):
    """The editor failed or cannot be had."""

    reason = "HOST"


class HostUnavailable(HostError):
    """The editor is not running, or takes no scripts; field `host`."""

    reason = "HOST_UNAVAILABLE"

    @classmethod
    def of(cls, host: str, problem: str) -> HostUnavailable:
        """The error for an editor, with what is wrong and what to do."""
        return cls(f"{host}: {problem}", host=host)


class HostFailed(HostError):
    """The editor did not do what it was asked for, whatever it answered; field `host`."""

    reason = "HOST_FAILED"

    @classmethod
    def of(cls, host: str, problem: str) -> HostFailed:
        """The error for an editor, with what did not land."""
        return cls(f"{host}: {problem}", host=host)


class EngineError(TwopopError):
    """The engine failed or cannot be had."""

    reason = "ENGINE"


class EngineUnavailable(EngineError):
    """The engine is not running and cannot be started, or went away in the middle."""

    reason = "ENGINE_UNAVAILABLE"


class AccessDenied(EngineError):
    """The token is wrong or missing."""

    reason = "ACCESS_DENIED"


class VersionMismatch(EngineError):
    """Client and engine speak different APIs; fields `client`, `engine`."""

    reason = "VERSION_MISMATCH"

    @classmethod
    def between(cls, client: str, engine: str) -> VersionMismatch:
        """The error for a client and an engine, each said as "API 1.0 (build 0.1.0)"."""
        return cls(
            f"this client speaks {client} and the running engine speaks {engine}; "
            "stop the engine (`twopop engine stop`) and let this version start its own",
            client=client,
            engine=engine,
        )


class WorkerCrashed(EngineError):
    """The process that did the work died; field `stage`."""

    reason = "WORKER_CRASHED"


class OperationInterrupted(EngineError):
    """The engine stopped while the operation ran."""

    reason = "OPERATION_INTERRUPTED"


class InternalFailure(EngineError):
    """A fault of ours; the engine's log has the details."""

    reason = "INTERNAL"


class OperationCancelled(TwopopError):
    """The caller asked for it."""

    reason = "OPERATION_CANCELLED"
    exit_code = 130


def _tree(base: type[TwopopError]) -> dict[str, type[TwopopError]]:
    found = {base.reason: base}
    for child in base.__subclasses__():
        found |= _tree(child)
    return found


def from_wire(reason: str, message: str, fields: Mapping[str, str]) -> TwopopError:
    """The error that stood on the wire, as its own class.

    Args:
        reason: The class in capitals; one that this build does not know becomes an `EngineError`.
        message: The sentence.
        fields: The class's fields.

    Returns:
        The error, ready to raise.
    """
    kind = _tree(TwopopError).get(reason, EngineError)
    return kind(message, **fields)


def error_to_message(error: TwopopError) -> operations_pb2.Error:
    """An error as a message; what is not UTF-8, such as parts of a path, is written as escapes."""
    return operations_pb2.Error(
        reason=error.reason,
        message=_utf8(error.message),
        fields={name: _utf8(value) for name, value in error.fields.items()},
    )


def error_from_message(message: operations_pb2.Error) -> TwopopError:
    """The error that a message holds, as its own class, ready to raise."""
    return from_wire(message.reason, message.message, message.fields)


def _utf8(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
