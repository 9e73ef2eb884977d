"""A command made from an action of every kind of option: a later action needs no code of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from resolve.every_kind import EVERY_KIND
from twopop_cli.parameters import plain_value, with_parameters


def parsed(*words: str) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    def run(**given: Any) -> int:
        seen.update({name: plain_value(value) for name, value in given.items()})
        return 0

    app = typer.Typer()
    app.command()(with_parameters(run, EVERY_KIND, {}))
    ended = CliRunner().invoke(app, list(words))
    assert ended.exit_code == 0, ended.output
    return seen


def test_what_is_not_given_is_none() -> None:
    assert parsed() == dict.fromkeys(("count", "way", "words", "parts", "places", "loud"))


def test_every_kind_is_parsed(tmp_path: Path) -> None:
    words = ("--count", "1.5", "--way", "two", "--words", "a b", "--parts", "a,b", "--no-loud")
    seen = parsed(*words, "--places", "x", "--places", str(tmp_path))
    assert seen == {
        "count": 1.5, "way": "two", "words": "a b", "parts": "a,b", "loud": False,
        "places": (str(Path.cwd() / "x"), str(tmp_path)),
    }  # fmt: skip
    assert EVERY_KIND.values(seen) == seen
    assert parsed("--loud")["loud"] is True


@pytest.mark.parametrize("shown", ["--count", "dB", "one|two", "Default: 2.5.", "--no-loud", "Tries every kind"])
def test_help_says_units_choices_and_defaults(shown: str) -> None:
    app = typer.Typer()
    app.command()(with_parameters(lambda **given: 0, EVERY_KIND, {}))
    assert shown in CliRunner().invoke(app, ["--help"], terminal_width=200, env={"NO_COLOR": "1"}).output
