"""Edit decision lists: written here line by line, read, and every frame compared."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imports.cuts import RATES, Shot, all_plays, facts, hour, kinds, label, shown, start_frame
from twopop.errors import OptionInvalid, TimelineUnreadable
from twopop_otio.imports import Imported, read_any
from twopop_otio.snapshot import timebase

F24 = Fraction(24)


def edl(
    shots: list[Shot], rate: Fraction, drop: bool, channels: str = "V", mark: str = "", start: int | None = None
) -> str:  # fmt: skip
    """A list of cuts; the timeline begins at 01:00:00:00 when `start` is not given."""
    zero = hour(rate, drop) if start is None else start
    lines = ["TITLE: cut", f"FCM: {'' if drop else 'NON-'}DROP FRAME", ""]
    for number, shot in enumerate(shots, 1):
        frames = (shot.source, shot.source + shot.length, zero + shot.record, zero + shot.record + shot.length)
        times = " ".join(label(frame, rate, drop, mark) for frame in frames)
        lines += [f"{number:03}  TAPE1    {channels:5} C        {times}", f"* FROM CLIP NAME: {shot.name}"]
    return "\n".join(lines) + "\n"


def read(text: str | bytes, folder: Path, rate: Fraction | None = F24, timeline: str | None = None) -> Imported:
    path = folder / "cut.edl"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_any(path, rate=rate, timeline=timeline)


def event(line: str, *more: str) -> str:
    return "\n".join(("TITLE: cut", "FCM: NON-DROP FRAME", line, *more)) + "\n"


@pytest.mark.parametrize("name", RATES)
@pytest.mark.parametrize("mark", ["", ":"])
def test_every_frame_of_a_cut_is_where_it_was(tmp_path: Path, name: str, mark: str) -> None:
    rate, drop = RATES[name]
    zero = hour(rate, drop)
    # The second shot's record and source both lie behind the first whole minute, where drop-frame skips labels.
    shots = [Shot(12, 30, zero, "a"), Shot(42, 2000, 3 * zero // 2, "b"), Shot(2100, 1, 77, "c")]
    imported = read(edl(shots, rate, drop, "AA/V", mark), tmp_path, rate)
    found = all_plays(imported, tmp_path)
    assert kinds(imported) == ["V1", "A1", "A2"]
    for track in kinds(imported):
        assert shown(found, track) == [shot.played(rate) for shot in shots]
    base = timebase(imported.document)
    assert facts(base.rate, base.start * rate, base.drop_frame) == (rate, zero, drop)
    assert base.timecode(Fraction(2100) / rate) == label(zero + 2100, rate, drop)
    assert imported.notes == ()


@st.composite
def cuts(draw: st.DrawFn) -> tuple[str, list[Shot]]:
    name = draw(st.sampled_from(list(RATES)))
    day = hour(*RATES[name], 23)
    shots, position = [], draw(st.integers(0, 24 * 60))
    for _ in range(draw(st.integers(1, 12))):
        length = draw(st.integers(1, 20000))
        shots.append(Shot(position, length, draw(st.integers(0, day - 20000))))
        position += length + draw(st.integers(0, 500))
    return name, shots


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=cuts())
def test_any_cut_comes_back(tmp_path: Path, cut: tuple[str, list[Shot]]) -> None:
    name, shots = cut
    rate, drop = RATES[name]
    found = all_plays(read(edl(shots, rate, drop), tmp_path, rate), tmp_path)
    assert shown(found, "V1") == [shot.played(rate) for shot in shots]


@pytest.mark.parametrize(
    ("channels", "tracks"),
    [("V", ["V1"]), ("A", ["A1"]), ("A2", ["A2"]), ("AA", ["A1", "A2"]), ("B", ["V1", "A1"]), ("A2/V", ["V1", "A2"]),
     ("AA/V", ["V1", "A1", "A2"]), ("A4", ["A4"]), ("V2", ["V2"]), ("A1A2", ["A1", "A2"]), ("NONE", [])],
)  # fmt: skip
def test_channels_say_the_tracks(tmp_path: Path, channels: str, tracks: list[str]) -> None:
    imported = read(edl([Shot(0, 24, 0)], F24, False, channels), tmp_path)
    assert kinds(imported) == tracks
    assert bool(imported.notes) == (not tracks)


def test_aud_lines_add_channels(tmp_path: Path) -> None:
    text = edl([Shot(0, 24, 0)], F24, False, "AA") + "AUD  3    4\n"
    assert kinds(read(text, tmp_path)) == ["A1", "A2", "A3", "A4"]


def test_picture_and_sound_of_an_event_are_linked(tmp_path: Path) -> None:
    tracks = read(edl([Shot(0, 24, 0), Shot(24, 24, 99)], F24, False, "AA/V"), tmp_path).document.tracks
    links = [[clip["metadata"]["twopop_import"]["link"] for clip in track["children"]] for track in tracks]
    assert links[0] == links[1] == links[2] and len(set(links[0])) == 2
    (alone,) = read(edl([Shot(0, 24, 0)], F24, False, "AA"), tmp_path).document.tracks[0]["children"]
    assert "link" not in alone["metadata"]["twopop_import"]


@pytest.mark.parametrize(
    ("rate", "fps", "speed"),
    [(F24, "048.0", 2), (F24, "012.0", Fraction(1, 2)), (F24, "-024.0", -1), (F24, "000.0", 0),
     (Fraction(24000, 1001), "047.95", 2), (Fraction(24000, 1001), "047.9", 2), (Fraction(24000, 1001), "048.0", 2),
     (Fraction(25), "008.3", Fraction(1, 3)), (Fraction(30000, 1001), "059.94", 2)],
)  # fmt: skip
def test_retimes_are_exact(tmp_path: Path, rate: Fraction, fps: str, speed: Fraction | int) -> None:
    source, length = 86400, 60
    text = edl([Shot(0, length, source)], rate, False) + f"M2   TAPE1       {fps}      01:00:00:00\n"
    (play,) = all_plays(read(text, tmp_path, rate), tmp_path)
    assert facts(play.start, play.end, play.speed) == (0, length / rate, speed)
    first = source + length if speed == -1 else source  # backwards, the frame that is seen first ends there
    assert play.label == first / rate


def test_lengths_that_differ_without_a_retime_are_said(tmp_path: Path) -> None:
    text = event("001  T V C 00:00:00:00 00:00:04:00 01:00:00:00 01:00:02:00")
    imported = read(text, tmp_path)
    (play,) = all_plays(imported, tmp_path)
    assert facts(play.end, play.speed) == (2, 1)
    assert imported.notes == (
        "event 001: source and record lengths differ and no M2 line says a speed; it plays at normal speed for its "
        "record length.",
    )


def test_dissolves_reach_as_far_as_the_list_says(tmp_path: Path) -> None:
    text = event(
        "001  T1 V C        00:00:10:00 00:00:12:00 01:00:00:00 01:00:02:00",
        "* FROM CLIP NAME: one",
        "002  T1 V C        00:00:12:00 00:00:12:00 01:00:02:00 01:00:02:00",
        "002  T2 V D    024 00:00:20:00 00:00:23:00 01:00:02:00 01:00:05:00",
        "* FROM CLIP NAME: one",
        "* TO CLIP NAME: two",
        "003  BL V C        00:00:00:00 00:00:00:00 01:00:05:00 01:00:05:00",
        "003  BL V D    012 00:00:00:00 00:00:01:00 01:00:05:00 01:00:06:00",
    )
    one, two = all_plays(read(text, tmp_path), tmp_path)
    assert facts(one.name, one.start, one.end, one.label, one.fade_out) == ("one", 0, 3, 10, 1)
    assert facts(two.name, two.start, two.end, two.label) == ("two", 2, 5 + Fraction(1, 2), 20)
    assert facts(two.fade_in, two.fade_out) == (1, Fraction(1, 2))


def test_names_reels_and_files(tmp_path: Path) -> None:
    reel = "A001C003_220101_R1AB_WITH_32_CHA"
    text = event(
        f"001  {reel} V C 00:00:10:00 00:00:12:00 01:00:00:00 01:00:02:00",
        "* FROM CLIP NAME: Äpfel & Öl",
        "* SOURCE FILE: A001C003.mov",
        "002  AX V C 00:00:10:00 00:00:12:00 01:00:02:00 01:00:04:00",
        "* FROM CLIP: /media/day 1/B.mov",
        "003  LONGREEL V C 00:00:10:00 00:00:12:00 01:00:04:00 01:00:06:00",
        "FINAL CUT PRO REEL: Long Reel Name REPLACED BY: LONGREEL",
        "004  BARS V C 00:00:00:00 00:00:02:00 01:00:06:00 01:00:08:00",
        "005  DAY 1 V C 00:00:00:00 00:00:02:00 01:00:08:00 01:00:10:00",
    )
    clips = read(text, tmp_path).document.tracks[0]["children"]
    known = [clip["metadata"]["twopop_import"] for clip in clips]
    assert [clip["name"] for clip in clips] == ["Äpfel & Öl", "B", "Long Reel Name", "BARS", "DAY 1"]
    assert known[0] == {"event": "001", "reel": reel, "file": "A001C003.mov"}
    assert known[1] == {"event": "002", "file": "/media/day 1/B.mov"}
    assert known[4] == {"event": "005", "reel": "DAY 1"}
    references = [clip["media_references"]["DEFAULT_MEDIA"] for clip in clips]
    kinds = ["MissingReference.1", "ExternalReference.1", "MissingReference.1", "GeneratorReference.1"]
    assert [reference["OTIO_SCHEMA"] for reference in references[:4]] == kinds
    assert references[1]["target_url"] == "/media/day 1/B.mov"


def test_relative_files_lie_beside_the_list(tmp_path: Path) -> None:
    text = event("001  T V C 00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00", "* FROM CLIP: media/Ä 1.mov")
    (play,) = all_plays(read(text, tmp_path), tmp_path)
    assert play.file == str(tmp_path / "media/Ä 1.mov")


def test_markers_stand_on_the_media_frame(tmp_path: Path) -> None:
    text = edl([Shot(48, 48, 2400)], F24, False) + "* LOC: 01:00:03:00 RED     NOISE HERE\n* LOC: nonsense\n"
    imported = read(text, tmp_path)
    (marker,) = imported.document.tracks[0]["children"][1]["markers"]
    assert (marker["name"], marker["color"]) == ("NOISE HERE", "RED")
    assert marker["marked_range"]["start_time"]["value"] == 2400 + 24
    assert imported.notes == ("event 001: the marker 'nonsense' could not be read.",)


def test_record_times_go_on_past_midnight(tmp_path: Path) -> None:
    shots = [Shot(0, 240, 0, "a"), Shot(240, 240, 500, "b")]
    text = edl(shots, F24, False, start=24 * 3600 * 24 - 240).replace("24:00:", "00:00:")
    imported = read(text, tmp_path)
    assert shown(all_plays(imported, tmp_path), "V1") == [shot.played(F24) for shot in shots]
    assert start_frame(imported) == 24 * 3600 * 24 - 240


@pytest.mark.parametrize(("first", "start"), [(0, 0), (300 * 24, 0), (300 * 24 + 1, 300 * 24 + 1)])
def test_timeline_begins_at_the_hour_when_the_first_event_is_near(tmp_path: Path, first: int, start: int) -> None:
    imported = read(edl([Shot(first, 24, 0)], F24, False), tmp_path)
    assert start_frame(imported) == 86400 + start
    (play,) = all_plays(imported, tmp_path)
    assert play.start == Fraction(first - start) / 24


@pytest.mark.parametrize(
    ("highest", "drop", "rate"),
    [(23, False, 24), (24, False, 25), (29, False, 30), (49, False, 50), (59, False, 60),
     (29, True, Fraction(30000, 1001)), (59, True, Fraction(60000, 1001))],
)  # fmt: skip
def test_rate_is_guessed_and_said(tmp_path: Path, highest: int, drop: bool, rate: Fraction) -> None:
    mark = ";" if drop else ":"
    line = f"001  T V C 00:00:00{mark}00 00:00:00{mark}{highest} 01:00:00{mark}00 01:00:00{mark}{highest}"
    imported = read(event(line), tmp_path, None)
    assert timebase(imported.document).rate == rate
    assert imported.notes[0].startswith("an EDL does not say its frame rate")


def test_overlapping_events_lie_on_two_tracks(tmp_path: Path) -> None:
    shots = [Shot(0, 48, 0, "a"), Shot(24, 48, 100, "b")]
    imported = read(edl(shots, F24, False), tmp_path)
    found = all_plays(imported, tmp_path)
    assert [shown(found, track) for track in kinds(imported)] == [[shot.played(F24)] for shot in shots]
    assert imported.notes == ("track V1: events overlap; the later one lies on a track of its own.",)


def test_event_without_length_is_left_out_and_said(tmp_path: Path) -> None:
    imported = read(edl([Shot(0, 0, 0), Shot(0, 24, 0)], F24, False), tmp_path)
    assert len(all_plays(imported, tmp_path)) == 1
    assert imported.notes == ("event 001: it has no length and was left out.",)


def test_two_lists_in_a_file(tmp_path: Path) -> None:
    other = edl([Shot(0, 48, 7, "other")], F24, False).replace("TITLE: cut", "TITLE: second")
    text = edl([Shot(0, 24, 0, "one")], F24, False) + other
    first, second = read(text, tmp_path), read(text, tmp_path, timeline="second")
    assert all_plays(first, tmp_path)[0].name == "one" and all_plays(second, tmp_path)[0].name == "other"
    assert first.notes == (
        "the file holds 2 timelines ('cut', 'second'); the first was read, name another with --timeline.",
    )
    assert second.notes == ()
    with pytest.raises(OptionInvalid, match="no timeline is called 'third'; the file holds 'cut', 'second'"):
        read(text, tmp_path, timeline="third")


@pytest.mark.parametrize(
    ("encoding", "notes"),
    [("utf-8", 0), ("utf-8-sig", 0), ("utf-16", 0), ("latin-1", 1)],
)
def test_text_in_any_encoding(tmp_path: Path, encoding: str, notes: int) -> None:
    imported = read(edl([Shot(0, 24, 0, "Königin")], F24, False).encode(encoding), tmp_path)
    assert all_plays(imported, tmp_path)[0].name == "Königin"
    assert len(imported.notes) == notes


@pytest.mark.parametrize(
    ("text", "rate", "problem"),
    [
        ("TITLE: nothing\n", F24, "holds no event"),
        (event("001  T V C 00:00:00:00 00:00:01:00 01:00:00:00"), F24, "line 3 .* is not an event"),
        (event("001  T V C 00:00:00:24 00:00:01:00 01:00:00:00 01:00:00:24"), F24, "line 3: '00:00:00:24' is not a"),
        (event("001  T V C 00:00:02:00 00:00:01:00 01:00:02:00 01:00:01:00"), F24, "line 3: .*ends before it begins"),
        (event("001  T X9 C 00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00"), F24, "'X9' names no channel"),
        (event("001  T V C 00:00:00:00 00:00:01:00 01:00:00;00 01:00:01;00"), F24, "is drop-frame, which exists"),
        (event("001  T V C 00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00", "M2 nonsense"), F24, "not an M2 line"),
        (event("001  T V C 00:00:00;00 00:00:01;00 00:01:00;00 00:02:00;02"), Fraction(30000, 1001), "that drop-frame"),
    ],
)  # fmt: skip
def test_bad_lists_are_refused_by_line(tmp_path: Path, text: str, rate: Fraction, problem: str) -> None:
    with pytest.raises(TimelineUnreadable, match=problem) as raised:
        read(text, tmp_path, rate)
    assert str(raised.value).startswith(str(tmp_path / "cut.edl"))
