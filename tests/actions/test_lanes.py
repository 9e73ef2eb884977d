"""Tracks: one name all timeline long, never two sounds at once."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from shoot import Camera, Recorder, Shoot
from twopop.v1 import media_pb2, sync_pb2
from twopop_actions.sync.coverage import Cover
from twopop_actions.sync.lanes import Lanes
from twopop_actions.sync.placement import Part
from twopop_actions.sync.slots import Slot
from twopop_actions.timeline import Clip, ClipMedia, Target, Timebase, Timeline, Track

RECORDER = Recorder("/r.wav", Fraction(0), Fraction(1000))
CAMERA = Camera("/a.mov", Fraction(0), Fraction(1000))
_PAIR = (
    Shoot.of(CAMERA, RECORDER)
    .match(
        sync_pb2.MatchRequest(
            reference=sync_pb2.MatchSource(paths=[CAMERA.path]), others=[sync_pb2.MatchSource(paths=RECORDER.paths)]
        )
    )
    .pairs[0]
)
COVER = Cover.of(RECORDER.message(), _PAIR)


def timeline(*tracks: Track, clips: tuple[Clip, ...] = ()) -> Timeline:
    """A timeline of some tracks."""
    return Timeline("cut", "/cut.otio", "", Timebase(Fraction(24)), tracks, clips)


def part(name: str, start: Fraction | int, end: Fraction | int, source: Fraction | int = 0, channel: int = 0) -> Part:
    """A stretch of a channel of the recording, which shows `source` where it begins."""
    media = ClipMedia(CAMERA.path)
    slot = Slot(f"slot{start}", media, Fraction(0), Fraction(start), Fraction(end - start), Fraction(1), (), (), None)
    message = media_pb2.RecordingChannel(name=name, channel_index=channel)
    first = Fraction(source)
    zero = Fraction(0)
    return Part(slot, COVER, message, first, first + (end - start), Fraction(start), True, zero, zero)


def take(lanes: Lanes, name: str, start: int, end: int) -> str:
    """Takes room."""
    return lanes.take(part(name, start, end))


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


def placed(placed_part: Part) -> Timeline:
    """A timeline on which a part was placed."""
    target = Target(0, (0,), "x", placed_part.record_start, placed_part.duration, "")
    clip = Clip(target, "audio", None, Fraction(0), placed_part.record_start, placed_part.duration, tag=placed_part.tag)
    return timeline(Track(0, "BOOM", "audio", made=True), clips=(clip,))


def test_our_tracks_are_used_where_they_are_free() -> None:
    lanes = Lanes(placed(part("BOOM", 0, 5)))
    assert take(lanes, "BOOM", 5, 9) == "BOOM"
    assert take(lanes, "BOOM", 4, 5) == "BOOM 2"


def test_same_sound_in_same_sync_is_there_already() -> None:
    first = part("BOOM", 10, 20, 100)
    fresh = Lanes(timeline())
    fresh.take(first)
    for lanes in (fresh, Lanes(placed(first))):
        assert lanes.server(part("BOOM", 12, 15, 102)) == "slot10"
        assert lanes.server(part("BOOM", 12, 15, 102, channel=1)) is None
        assert lanes.server(part("BOOM", 12, 15, 102 + Fraction(1, 500))) is None
        assert lanes.server(part("BOOM", 12, 21, 102)) is None


@given(st.lists(st.tuples(st.sampled_from(("MIX", "BOOM", "BOOM 2")), st.integers(0, 50), st.integers(1, 20))))
def test_never_two_at_once(wanted: list[tuple[str, int, int]]) -> None:
    lanes = Lanes(timeline())
    taken: dict[str, list[tuple[int, int]]] = {}
    for name, start, length in wanted:
        taken.setdefault(take(lanes, name, start, start + length), []).append((start, start + length))
    for spans in taken.values():
        for (_, end), (start, _) in zip(sorted(spans), sorted(spans)[1:], strict=False):
            assert end <= start
