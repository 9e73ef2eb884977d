"""The settings window, built from an action's data and filled by a scripted user."""

from __future__ import annotations

from typing import cast

import pytest

from resolve.every_kind import EVERY_KIND
from resolve.fake.app import FakeModule
from resolve.fake.model import ProjectState
from resolve.fake.world import Answer, World
from twopop.errors import OperationCancelled, OptionInvalid
from twopop_actions.conform import CONFORM
from twopop_resolve.api import ScriptModule
from twopop_resolve.connection import program
from twopop_resolve.dialog import Windows, value_of


def opened(*answers: Answer) -> tuple[World, Windows]:
    world = World(ProjectState("P", "25"), answers=list(answers))
    module = cast(ScriptModule, FakeModule(world))
    windows = Windows.of(module, program(module))
    assert windows
    return world, windows


def test_every_kind_of_option_has_its_element() -> None:
    world, windows = opened({"count": "3", "way": "two", "places": "/a; /b c", "loud": False, "words": "x"})
    answers = windows.ask(EVERY_KIND, {})
    assert answers == {
        "count": 3.0, "way": "two", "words": "x", "parts": "a", "places": ("/a", "/b c"), "loud": False,
    }  # fmt: skip
    assert EVERY_KIND.values(answers)["count"] == 3.0
    assert world.shown[0][0] == "twopop: Try it" and "Count (dB)" in world.shown[0]


def test_defaults_and_what_was_given_are_shown() -> None:
    _, windows = opened({})
    answers = windows.ask(EVERY_KIND, {"way": "two", "places": ("/x",)})
    assert answers["way"] == "two" and answers["places"] == ("/x",) and answers["count"] == 2.5
    assert answers["words"] is None and answers["loud"] is True


def test_a_folder_is_browsed_for() -> None:
    _, windows = opened({"places_browse": True})
    assert windows.ask(EVERY_KIND, {})["places"] == ("/chosen/folder",)


@pytest.mark.parametrize("press", ["cancel", "close"])
def test_closing_the_window_cancels(press: str) -> None:
    _, windows = opened({"press": press})
    with pytest.raises(OperationCancelled):
        windows.ask(CONFORM, {})


def test_what_cannot_be_read_is_turned_down_by_the_option() -> None:
    _, windows = opened({"handles": "ten", "sound": "/sound"})
    with pytest.raises(OptionInvalid, match="'ten' is not a number"):
        CONFORM.values(windows.ask(CONFORM, {}))


def test_a_message_is_told() -> None:
    world, windows = opened({})
    windows.tell("Conform", "first\nsecond")
    assert world.shown == [["twopop: Conform", "first", "second", "Close"]]


def test_there_are_none_where_fusion_is_not() -> None:
    module = cast(ScriptModule, FakeModule(World(ProjectState("P", "25"))))
    assert Windows.of(module, program(module)) is None


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [("", "text", None), (" yes ", "switch", True), ("n", "switch", False), ("maybe", "switch", "maybe"),
     ("1e1", "number", 10.0), (" ; /a ;", "folders", ("/a",))],
)  # fmt: skip
def test_typed_text(text: str, kind: str, value: object) -> None:
    option = next(option for option in EVERY_KIND.options if option.kind == kind)
    assert value_of(text, option) == value
