"""Tracks: one name all timeline long, never two sounds at once."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from twopop_actions.sync.lanes import Lanes
from twopop_actions.timeline import Clip, Target, Timebase, Timeline, Track


def timeline(*tracks: Track, clips: tuple[Clip, ...] = ()) -> Timeline:
    """A timeline of some tracks."""
    return Timeline("cut", "/cut.otio", "", Timebase(Fraction(24)), tracks, clips)


def take(lanes: Lanes, name: str, start: int, end: int, sound: str = "a", source: int = 0) -> str:
    """Takes room."""
    return lanes.take(name, Fraction(start), Fraction(end), (sound,), Fraction(source))


def test_same_name_same_track() -> None:
    lanes = Lanes(timeline())
    assert [take(lanes, "BOOM", 0, 5), take(lanes, "Boom ", 5, 9), take(lanes, "", 0, 1)] == ["BOOM", "BOOM", "SOUND"]


def test_overlap_takes_a_numbered_track() -> None:
    lanes = Lanes(timeline())
    tracks = [take(lanes, "BOOM", start, end) for start, end in ((0, 5), (4, 9), (4, 6), (5, 6))]
    assert tracks == ["BOOM", "BOOM 2", "BOOM 3", "BOOM"]


def test_tracks_of_others_are_never_used() -> None:
    lanes = Lanes(timeline(Track(0, "boom", "audio"), Track(1, "MIX", "video")))
    assert take(lanes, "BOOM", 0, 5) == "BOOM 2"
    assert take(lanes, "MIX", 0, 5) == "MIX"


def test_our_tracks_are_used_where_they_are_free() -> None:
    target = Target(0, (0,), "x", Fraction(0), Fraction(5), "")
    clip = Clip(target, "audio", None, Fraction(0), Fraction(0), Fraction(5))
    lanes = Lanes(timeline(Track(0, "BOOM", "audio", made=True), clips=(clip,)))
    assert take(lanes, "BOOM", 5, 9) == "BOOM"
    assert take(lanes, "BOOM", 4, 5) == "BOOM 2"


def test_same_sound_in_same_sync_is_there_already() -> None:
    lanes = Lanes(timeline())
    take(lanes, "BOOM", 10, 20, "a", 100)
    assert lanes.holds(Fraction(12), Fraction(15), ("a",), Fraction(102))
    assert not lanes.holds(Fraction(12), Fraction(15), ("b",), Fraction(102))
    assert not lanes.holds(Fraction(12), Fraction(15), ("a",), Fraction(102) + Fraction(1, 500))
    assert not lanes.holds(Fraction(12), Fraction(21), ("a",), Fraction(102))


@given(st.lists(st.tuples(st.sampled_from(("MIX", "BOOM", "BOOM 2")), st.integers(0, 50), st.integers(1, 20))))
def test_never_two_at_once(wanted: list[tuple[str, int, int]]) -> None:
    lanes = Lanes(timeline())
    taken: dict[str, list[tuple[int, int]]] = {}
    for name, start, length in wanted:
        taken.setdefault(take(lanes, name, start, start + length), []).append((start, start + length))
    for spans in taken.values():
        for (_, end), (start, _) in zip(sorted(spans), sorted(spans)[1:], strict=False):
            assert end <= start
