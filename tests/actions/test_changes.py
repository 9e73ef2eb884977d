"""The change list: exact through JSON, strict on load, cut by ids, said in sentences."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twopop.errors import ChangesUnreadable, OptionInvalid
from twopop_actions.changes import (
    AddMarker,
    AddTake,
    Change,
    ChangeList,
    GainKey,
    MediaStretch,
    PlaceClip,
    SetEnabled,
    SetGainKeys,
    SlipAudio,
    change_id,
)
from twopop_actions.timeline import Target, Timebase

TIMEBASE = Timebase(Fraction(24000, 1001), Fraction(86400 * 1001, 24000))
fractions = st.fractions(min_value=-(10**6), max_value=10**6, max_denominator=10**9)
scalars = st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.floats(allow_nan=False), st.text())
targets = st.builds(
    Target, st.integers(0, 99), st.tuples(st.integers(0, 9)), st.text(), fractions, fractions, st.just("ab" * 32)
)
media = st.builds(
    MediaStretch, st.text(min_size=1), fractions, fractions, fractions, st.integers(8000, 192000),
    st.lists(st.integers(0, 31)).map(tuple), st.integers(-1, 2**50),
)  # fmt: skip
tags = st.dictionaries(st.text(), scalars)
keys = st.lists(st.builds(GainKey, fractions, st.none() | st.floats(-100, 30)), min_size=1).map(tuple)
changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(
        PlaceClip, st.text(), st.text(), targets, st.text(), st.text(), fractions, media, st.none() | media,
        st.none() | st.text(), tags,
    ),
    st.builds(AddTake, st.text(), st.text(), targets, st.text(), media, st.booleans(), tags),
    st.builds(SlipAudio, st.text(), st.text(), targets, fractions),
    st.builds(SetEnabled, st.text(), st.text(), targets, st.booleans(), st.text()),
    st.builds(SetGainKeys, st.text(), st.text(), targets, keys, st.none() | st.text(), st.text()),
    st.builds(AddMarker, st.text(), st.text(), targets, st.just("RED"), st.text(), st.text()),
)  # fmt: skip


@settings(max_examples=50)
@given(st.lists(changes, max_size=3).map(tuple))
def test_json_gives_back_the_same_list_and_the_same_text(drawn: tuple[Change, ...]) -> None:
    changes = ChangeList("/cut.otio", "cd" * 32, TIMEBASE, drawn)
    text = changes.dumps()
    assert ChangeList.loads(text) == changes
    assert ChangeList.loads(text).dumps() == text


def some() -> ChangeList:
    """One change of each kind."""
    target = Target(2, (4,), "A001", Fraction(5005, 1000), Fraction(1001, 100), "ab" * 32)
    wav = MediaStretch("/cut.twopop/12A-3 BOOM-0a.wav", Fraction(10), Fraction(2), Fraction(22), 48000, (0,), -1)
    original = replace(wav, path="/sound/12A-3.wav")
    return ChangeList(
        "/cut.otio",
        "cd" * 32,
        TIMEBASE,
        (
            PlaceClip("p", "one", target, "BOOM", "12A-3 BOOM", Fraction(1001, 1000), wav, original, "7", {}),
            AddTake("t", "one", target, "generated", wav, True, {}),
            SlipAudio("s", "one", target, Fraction(1, 400)),
            SetEnabled("e", "two", target, False, "recorder sound takes its place"),
            SetGainKeys("g", "two", target, (GainKey(Fraction(0), None),), None, "recorder sound takes its place"),
            AddMarker("m", "three", target, "RED", "twopop: no matching sound: silent.", "silent."),
        ),
    )


def test_every_change_says_what_it_does() -> None:
    assert some().describe() == (
        "Place 12A-3 BOOM on track BOOM at 01:00:01:00 for 2.000 s, in sync with A001, rendered from 12A-3.wav.",
        "Switch A001 at 01:00:05:00 to the take generated (12A-3 BOOM-0a.wav).",
        "Slip A001 at 01:00:05:00 by 2.500 ms later.",
        "Disable A001 at 01:00:05:00: recorder sound takes its place.",
        "Mute A001 at 01:00:05:00 by its gain: recorder sound takes its place.",
        "Mark A001 at 01:00:05:00 red: no matching sound: silent.",
    )


def test_linked_sound_is_called_linked() -> None:
    place = some().changes[0]
    assert isinstance(place, PlaceClip)
    assert replace(place, original=None).describe(TIMEBASE).endswith("linked to 12A-3 BOOM-0a.wav.")


def test_only_takes_ids_of_changes_and_of_clips() -> None:
    assert [change.id for change in some().only(["m", "one"]).changes] == ["p", "t", "s", "m"]
    with pytest.raises(OptionInvalid, match="no change has the id nonsense"):
        some().only(["nonsense"])


def test_without_leaves_out() -> None:
    assert [change.id for change in some().without({"p", "g"}).changes] == ["t", "s", "e", "m"]


def test_ids_follow_from_content() -> None:
    assert change_id("place", Fraction(1, 3), "x") == change_id("place", Fraction(2, 6), "x")
    assert change_id("place", "xy") != change_id("place", "x", "y")
    assert len(change_id()) == 8


def _broken(path: list[Any], value: Any) -> str:
    data = json.loads(some().dumps())
    place = data
    for key in path[:-1]:
        place = place[key]
    if value is KeyError:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return json.dumps(data)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "Expecting value"),
        ("[]", "it is not a change list"),
        ("{}", "it is not a change list"),
        ("[" * 100000, "recursion"),
        (_broken(["twopop_changes"], 2), "version 2, this build reads version 1"),
        (_broken(["surprise"], 1), "surprise is unknown"),
        (_broken(["digest"], KeyError), "source or digest is missing"),
        (_broken(["timebase", "rate"], "24"), "timebase.rate is '24', expected an exact number"),
        (_broken(["timebase", "rate"], "1/0"), "timebase.rate is '1/0'"),
        (_broken(["changes"], {}), "changes is not a list"),
        (_broken(["changes", 0, "change"], "Delete"), "not a change of a kind that this build knows"),
        (_broken(["changes", 0, "id"], KeyError), r"changes\[0\].id is missing"),
        (_broken(["changes", 0, "extra"], 1), r"changes\[0\].extra is unknown"),
        (_broken(["changes", 0, "media", "start"], 1.5), r"changes\[0\].media.start is 1.5"),
        (_broken(["changes", 0, "media", "sample_rate_hz"], True), "sample_rate_hz is True, expected int"),
        (_broken(["changes", 0, "target", "path"], "4"), "target.path is not a list"),
        (_broken(["changes", 0, "tag"], []), "tag is not an object"),
        (_broken(["changes", 4, "keys", 0], 3), r"keys\[0\] is not an object"),
    ],
)
def test_load_is_strict_and_names_the_place(text: str, problem: str) -> None:
    with pytest.raises(ChangesUnreadable, match=problem) as caught:
        ChangeList.loads(text, "/cut.twopop/changes.json")
    assert str(caught.value).startswith("/cut.twopop/changes.json: is not a change list that can be read")


def test_text_is_plain(tmp_path: Path) -> None:
    text = some().dumps()
    assert json.loads(text)["twopop_changes"] == 1
    assert '"1001/1000"' in text
