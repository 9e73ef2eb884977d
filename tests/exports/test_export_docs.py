"""The page on exports says of each format what the code says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from twopop_otio.exports import FORMATS
from twopop_otio.exports.format import Feature

PAGE = (Path(__file__).parents[2] / "docs" / "export.md").read_text()


def test_the_table_agrees_with_the_registry() -> None:
    head, _, *rows = (line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("|"))
    names = [cell.strip() for cell in head[1:]]
    assert names == [name for name in FORMATS if name != "markers"]
    said = {row[0].strip(): {name: cell.strip() for name, cell in zip(names, row[1:], strict=True)} for row in rows}
    known = {
        feature: {name: "yes" if feature in FORMATS[name].carries else "no" for name in names}
        for feature in get_args(Feature)
    }
    assert said == known


def test_every_format_is_named_in_the_example_or_the_text() -> None:
    assert [name for name in FORMATS if not re.search(rf"\b{name}\b", PAGE)] == []
