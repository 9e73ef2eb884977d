"""Actions as data: options check their values and say what they expect."""

from __future__ import annotations

from typing import Any

import pytest

from twopop.errors import OptionInvalid
from twopop_actions.action import Action, Option
from twopop_actions.catalog import ACTIONS, entry_of
from twopop_actions.conform import CONFORM, STEPS, parse_recipe

SOUND = {"sound": ("/sound",)}
SWITCH = Action(
    "blink", "Blink", "Blinks.", (), (Option("fast", "switch", False, "Fast."), Option("why", "text", "", ""))
)


def test_conform_says_what_it_needs() -> None:
    assert CONFORM.needs == ("engine", "timeline")
    names = ["recipe", "sound", "handles", "scratch", "own_sound", "scope"]
    assert [option.name for option in CONFORM.options] == names
    assert all(option.help.endswith(".") for action in ACTIONS for option in action.options)


def test_defaults_fill_what_is_not_given() -> None:
    assert CONFORM.values({**SOUND, "handles": None, "scratch": "keep"}) == {
        "recipe": "sync", "sound": ("/sound",), "handles": 10.0, "scratch": "keep", "own_sound": "slip", "scope": "all",
    }  # fmt: skip
    assert CONFORM.values({})["sound"] == ()


@pytest.mark.parametrize("value", [0, 10, 2.5, 3600])
def test_number_in_range(value: float) -> None:
    assert CONFORM.values({**SOUND, "handles": value})["handles"] == value


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("handles", -1, "--handles: -1 s is outside 0 to 3600 s"),
        ("handles", float("nan"), "--handles: nan s is outside"),
        ("handles", "10", "--handles: '10' is not a number"),
        ("handles", True, "--handles: True is not a number"),
        ("scratch", "loud", "--scratch: 'loud' is not one of mute, disable, keep"),
        ("sound", ("",), "--sound: must name a folder"),
        ("sound", "/sound", "--sound: must name a folder"),
        ("own_sound", "burn", "--own-sound: 'burn' is not one of slip, mark, keep"),
        ("recipe", "sync,lips", "--recipe: 'lips' is not one of sync"),
        ("recipe", " , ", "--recipe: names no step; there are sync"),
        ("speed", 2.0, "speed: conform has no such option; it has handles"),
    ],
)
def test_wrong_value_is_named(name: str, value: Any, problem: str) -> None:
    with pytest.raises(OptionInvalid) as caught:
        CONFORM.values({**SOUND, name: value})
    assert str(caught.value).startswith(problem)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [("fast", "yes", "--fast: 'yes' is neither on nor off"), ("why", 1.0, "--why: 1.0 is not text")],
)
def test_switch_and_text(name: str, value: Any, problem: str) -> None:
    with pytest.raises(OptionInvalid) as caught:
        SWITCH.values({name: value})
    assert str(caught.value) == problem


def test_recipe_runs_in_the_products_order() -> None:
    assert parse_recipe(" sync ,sync") == STEPS


def test_unknown_action_is_named() -> None:
    with pytest.raises(OptionInvalid, match="action: 'lips' is not one of conform, markers"):
        entry_of("lips")
