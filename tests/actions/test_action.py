"""Actions as data: options check their values and say what they expect."""

from __future__ import annotations

import pytest

from twopop.errors import OptionInvalid
from twopop_actions.conform import CONFORM, STEPS, parse_recipe


def test_conform_says_what_it_needs() -> None:
    assert CONFORM.needs == ("engine", "timeline", "sound")
    assert [option.name for option in CONFORM.options] == ["recipe", "sound", "handles", "scratch"]
    assert all(option.help.endswith(".") for option in CONFORM.options)


@pytest.mark.parametrize("value", [0, 10, 2.5, 3600])
def test_number_in_range(value: float) -> None:
    CONFORM.check("handles", value)


@pytest.mark.parametrize(
    ("name", "value", "problem"),
    [
        ("handles", -1, "--handles: -1 s is outside 0 to 3600 s"),
        ("handles", float("nan"), "--handles: nan s is outside"),
        ("handles", "10", "--handles: '10' is not a number"),
        ("handles", True, "--handles: True is not a number"),
        ("scratch", "loud", "--scratch: 'loud' is not one of mute, disable, keep"),
    ],
)
def test_wrong_value_is_named(name: str, value: object, problem: str) -> None:
    with pytest.raises(OptionInvalid) as caught:
        CONFORM.check(name, value)
    assert str(caught.value).startswith(problem)


def test_recipe() -> None:
    assert parse_recipe(" sync ,sync") == STEPS
    with pytest.raises(OptionInvalid, match="'lips' is not one of sync"):
        parse_recipe("sync,lips")
    with pytest.raises(OptionInvalid, match="names no step"):
        parse_recipe(" , ")
