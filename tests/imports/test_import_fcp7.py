"""FCP7 XML: written here element by element, read, and every frame compared."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imports.cuts import RATES, Shot, all_plays, facts, hour, kinds, label, shown
from twopop.errors import TimelineUnreadable
from twopop_otio.imports import Imported, read_any
from twopop_otio.snapshot import timebase

F25 = Fraction(25)
ZERO = 90_000  # label of the file's first frame, in frames


def rate_xml(rate: Fraction) -> str:
    ntsc = "TRUE" if rate.denominator > 1 else "FALSE"
    return f"<rate><timebase>{round(rate)}</timebase><ntsc>{ntsc}</ntsc></rate>"


def timecode_xml(frame: int, rate: Fraction, drop: bool, *, count: bool = True, reel: str = "") -> str:
    number = f"<frame>{frame}</frame>" if count else ""
    return (
        f"<timecode>{rate_xml(rate)}<string>{label(frame, rate, drop)}</string>{number}"
        f"<displayformat>{'DF' if drop else 'NDF'}</displayformat>"
        f"{f'<reel><name>{reel}</name></reel>' if reel else ''}</timecode>"
    )


def file_xml(rate: Fraction, drop: bool = False, *, zero: int = ZERO, frames: int = 1_000_000) -> str:
    return (
        f'<file id="f1"><name>A001.mov</name><pathurl>file://localhost/media/A%20001.mov</pathurl>{rate_xml(rate)}'
        f"<duration>{frames}</duration>{timecode_xml(zero, rate, drop, reel='A001')}</file>"
    )


def item_xml(
    identity: str, shot: Shot, rate: Fraction, *, file: str = '<file id="f1"/>', more: str = "",
    edges: tuple[int, int] | None = None, first: int | None = None,
) -> str:  # fmt: skip
    """A clipitem; its source label counts from ZERO."""
    start, end = edges or (shot.record, shot.record + shot.length)
    begin = shot.source - ZERO if first is None else first
    return (
        f'<clipitem id="{identity}"><name>{escape(shot.name)}</name>{rate_xml(rate)}<start>{start}</start>'
        f"<end>{end}</end><in>{begin}</in><out>{begin + shot.length}</out>{file}{more}</clipitem>"
    )


def sequence_xml(
    rate: Fraction, drop: bool, video: Sequence[str] = (), audio: Sequence[str] = (), *, name: str = "cut",
    more: str = "",
) -> str:  # fmt: skip
    """A sequence of tracks that begins at 01:00:00:00."""
    tracks = "".join(f"<track>{items}</track>" for items in video), "".join(f"<track>{i}</track>" for i in audio)
    start = timecode_xml(hour(rate, drop), rate, drop)
    return (
        f'<sequence id="{name}"><name>{name}</name>{rate_xml(rate)}{start}<media><video>{tracks[0]}</video>'
        f"<audio>{tracks[1]}</audio></media>{more}</sequence>"
    )


def read(text: str, folder: Path, timeline: str | None = None) -> Imported:
    path = folder / "cut.xml"
    path.write_text(f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE xmeml>\n<xmeml version="5">{text}</xmeml>')
    return read_any(path, timeline=timeline)


def one_track(shots: list[Shot], rate: Fraction, drop: bool = False) -> str:
    items = [item_xml(f"c{i}", shot, rate, file="" if i else file_xml(rate, drop)) for i, shot in enumerate(shots)]
    named = [item.replace("</out>", '</out><file id="f1"/>') if i else item for i, item in enumerate(items)]
    return sequence_xml(rate, drop, ["".join(named)])


@pytest.mark.parametrize("name", RATES)
def test_every_frame_of_a_cut_is_where_it_was(tmp_path: Path, name: str) -> None:
    rate, drop = RATES[name]
    shots = [Shot(12, 30, ZERO, "a"), Shot(42, 2000, ZERO + 5000, "b & ü"), Shot(2100, 1, ZERO + 77, "c")]
    imported = read(one_track(shots, rate, drop), tmp_path)
    found = all_plays(imported, tmp_path)
    assert shown(found, "V1") == [shot.played(rate) for shot in shots]
    assert {(play.file, play.zero) for play in found} == {("localhost/media/A 001.mov", ZERO / rate)}
    base = timebase(imported.document)
    assert facts(base.rate, base.start * rate, base.drop_frame) == (rate, hour(rate, drop), drop)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(list(RATES)),
    steps=st.lists(st.tuples(st.integers(0, 99), st.integers(1, 5000), st.integers(0, 9**5)), min_size=1, max_size=9),
)
def test_any_cut_comes_back(tmp_path: Path, name: str, steps: list[tuple[int, int, int]]) -> None:
    rate, drop = RATES[name]
    shots, position = [], 0
    for gap, length, source in steps:
        shots.append(Shot(position + gap, length, ZERO + source))
        position += gap + length
    found = all_plays(read(one_track(shots, rate, drop), tmp_path), tmp_path)
    assert shown(found, "V1") == [shot.played(rate) for shot in shots]


def test_linked_clips_carry_one_link(tmp_path: Path) -> None:
    links = "".join(f"<link><linkclipref>{ref}</linkclipref></link>" for ref in ("v", "a1", "a2"))
    shot = Shot(0, 50, ZERO)
    sound = [
        item_xml(f"a{n}", shot, F25, more=f"<sourcetrack><mediatype>audio</mediatype><trackindex>{n}</trackindex>"
                 f"</sourcetrack>{links}")
        for n in (1, 2)
    ]  # fmt: skip
    picture = item_xml("v", shot, F25, file=file_xml(F25), more=links) + item_xml("x", Shot(50, 5, ZERO), F25)
    tracks = read(sequence_xml(F25, False, [picture], sound), tmp_path).document.tracks
    known = [[clip["metadata"]["twopop_import"] for clip in track["children"]] for track in tracks]
    assert [clips[0]["link"] for clips in known] == ["1", "1", "1"]
    assert "link" not in known[0][1] and known[0][0]["reel"] == "A001"
    assert [clips[0].get("channel") for clips in known] == [None, 0, 1]


def test_file_counts_at_its_own_rate_and_clip_at_the_sequence_s(tmp_path: Path) -> None:
    fifty = Fraction(50)
    item = item_xml("c", Shot(10, 25, ZERO), F25, file=file_xml(fifty, zero=3600 * 50), first=40)
    (play,) = all_plays(read(sequence_xml(F25, False, [item]), tmp_path), tmp_path)
    assert facts(play.start, play.end, play.label, play.zero) == (
        Fraction(10, 25),
        Fraction(35, 25),
        3600 + Fraction(40, 25),
        3600,
    )


@pytest.mark.parametrize(
    ("alignment", "cut"), [("center", 50), ("start", 45), ("end", 55), ("start-black", 45), ("end-black", 55)]
)
def test_edges_under_a_transition(tmp_path: Path, alignment: str, cut: int) -> None:
    """The second clip's in point belongs to the transition's beginning, not to the cut."""
    one = item_xml("a", Shot(0, 55, ZERO + 100, "a"), F25, file=file_xml(F25), edges=(0, -1))
    two = item_xml("b", Shot(45, 60, ZERO + 500, "b"), F25, edges=(-1, 105))
    dissolve = (
        f"<transitionitem><start>45</start><end>55</end><alignment>{alignment}</alignment>{rate_xml(F25)}"
        "<effect><name>Cross Dissolve</name></effect></transitionitem>"
    )
    first, second = all_plays(read(sequence_xml(F25, False, [one + dissolve + two]), tmp_path), tmp_path)
    assert facts(first.start * 25, first.end * 25, first.label * 25) == (0, 55, ZERO + 100)
    assert facts(second.start * 25, second.end * 25, second.label * 25) == (45, 105, ZERO + 500)
    assert first.fade_out * 25 == second.fade_in * 25 == 10
    children = read(sequence_xml(F25, False, [one + dissolve + two]), tmp_path).document.tracks[0]["children"]
    assert children[0]["source_range"]["duration"]["value"] == cut


def remap_xml(speed: float, *, reverse: bool = False, variable: bool = False, points: str = "") -> str:
    values = {"speed": speed, "reverse": "TRUE" if reverse else "FALSE", "variablespeed": int(variable)}
    parameters = "".join(
        f"<parameter><parameterid>{key}</parameterid><value>{value}</value></parameter>"
        for key, value in values.items()
    )
    graph = f"<parameter><parameterid>graphdict</parameterid><value>0</value>{points}</parameter>" if points else ""
    return f"<filter><effect><name>Time Remap</name><effectid>timeremap</effectid>{parameters}{graph}</effect></filter>"


def key_xml(when: int, value: int, *, virtual: bool = False) -> str:
    flag = "<speedvirtualkf>TRUE</speedvirtualkf>" if virtual else ""
    return f"<keyframe><when>{when}</when><value>{value}</value>{flag}</keyframe>"


@pytest.mark.parametrize(
    ("remap", "first", "speed"),
    [
        (remap_xml(200), 200, Fraction(2)),
        (remap_xml(50), 50, Fraction(1, 2)),
        (remap_xml(950, points=key_xml(0, 0, virtual=True) + key_xml(100, 950, virtual=True)), 950, Fraction(19, 2)),
        (remap_xml(100, points=key_xml(0, 700) + key_xml(1000, 1700)), 800, Fraction(1)),
        (remap_xml(100, reverse=True, points=key_xml(0, 900) + key_xml(900, 0)), 801, Fraction(-1)),
        (remap_xml(100, reverse=True, points=key_xml(0, 10_000) + key_xml(10_000, 0)), 9900, Fraction(-1)),
        (remap_xml(100, reverse=True), 10_000 - 100, Fraction(-1)),
        (remap_xml(0), 0, Fraction(0)),
    ],
)
def test_retimed_in_points_count_in_the_clip_s_own_time(
    tmp_path: Path, remap: str, first: int, speed: Fraction
) -> None:  # fmt: skip
    item = item_xml("c", Shot(0, 50, ZERO + 100), F25, file=file_xml(F25, frames=10_000), more=remap)
    (play,) = all_plays(read(sequence_xml(F25, False, [item]), tmp_path), tmp_path)
    # Backwards, the frame that is seen first ends at the label: 800 in a graph of frames, 9899 in one of times.
    assert facts(play.label * 25 - ZERO, play.speed, play.end * 25) == (first, speed, 50)


def test_ramp_is_said(tmp_path: Path) -> None:
    remap = remap_xml(120, variable=True, points=key_xml(0, 0) + key_xml(50, 40) + key_xml(200, 300))
    item = item_xml("c", Shot(0, 50, ZERO + 25), F25, file=file_xml(F25), more=remap)
    imported = read(sequence_xml(F25, False, [item]), tmp_path)
    (clip,) = imported.document.tracks[0]["children"]
    assert clip["effects"][0]["OTIO_SCHEMA"] == "TimeEffect.1"
    assert clip["source_range"]["start_time"]["value"] == ZERO + 20
    assert imported.notes == ("shot: its speed changes while it plays; OTIO holds only that it does.",)


def test_nested_sequence_is_descended_into(tmp_path: Path) -> None:
    rate = Fraction(24000, 1001)
    inner = item_xml("i", Shot(5, 100, ZERO + 10, "inner"), rate, file=file_xml(rate))
    sound = inner.replace('id="i"', 'id="j"').replace("inner", "sound")
    nest = sequence_xml(rate, False, [inner], [sound], name="nest")
    shot = Shot(24, 48, ZERO, "nested")
    video = item_xml("o", shot, rate, file=nest, first=20)
    audio = item_xml("p", shot, rate, file='<sequence id="nest"/>', first=20)
    found = all_plays(read(sequence_xml(rate, False, [video], [audio]), tmp_path), tmp_path)
    assert [(play.track, play.kind, play.name) for play in found] == [
        ("V1", "Video", "inner"),
        ("A1", "Audio", "sound"),
    ]
    assert {facts(play.start * rate, play.end * rate, play.label * rate - ZERO) for play in found} == {(24, 72, 25)}


def test_retimed_nested_sequence_keeps_its_frames(tmp_path: Path) -> None:
    inner = item_xml("i", Shot(0, 30, ZERO, "a"), F25, file=file_xml(F25)) + item_xml(
        "k", Shot(30, 90, ZERO + 500, "b"), F25
    )
    nest = sequence_xml(F25, False, [inner], name="nest")
    outer = item_xml("o", Shot(25, 50, ZERO, "nested"), F25, file=nest, first=5, more=remap_xml(200))
    one, two = all_plays(read(sequence_xml(F25, False, [outer]), tmp_path), tmp_path)
    assert facts(one.start * 25, one.end * 25, one.label * 25 - ZERO, one.speed) == (25, 35, 10, 2)
    assert facts(two.start * 25, two.end * 25, two.label * 25 - ZERO, two.speed) == (35, 75, 500, 2)


def test_sequence_in_itself_is_refused(tmp_path: Path) -> None:
    item = item_xml("c", Shot(0, 9, ZERO), F25, file='<sequence id="cut"/>')
    nest = sequence_xml(F25, False, [item])
    outer = item_xml("o", Shot(0, 9, ZERO), F25, file=nest)
    with pytest.raises(TimelineUnreadable, match="holds a sequence that holds itself"):
        read(sequence_xml(F25, False, [outer], name="outer"), tmp_path)


def test_disabled_markers_filters_generators(tmp_path: Path) -> None:
    marker = "<marker><name>note</name><comment>wind</comment><in>130</in><out>140</out></marker>"
    crop = "<filter><effect><name>Crop</name><effectid>crop</effectid></effect></filter>"
    item = item_xml(
        "c", Shot(0, 25, ZERO + 100), F25, file=file_xml(F25), more=f"<enabled>FALSE</enabled>{marker}{crop}"
    )
    title = (
        f"<generatoritem><name>Titel</name>{rate_xml(F25)}<start>25</start><end>50</end><in>0</in><out>25</out>"
        "<effect><name>Text</name><effectid>Text</effectid></effect></generatoritem>"
    )
    whole = "<marker><name>scene 2</name><in>10</in><out>-1</out></marker>"
    imported = read(sequence_xml(F25, False, [item + title], more=whole), tmp_path)
    clip, text = imported.document.tracks[0]["children"]
    (mark,) = clip["markers"]
    assert (mark["name"], mark["comment"], mark["marked_range"]["start_time"]["value"]) == ("note", "wind", ZERO + 130)
    assert not clip["enabled"] and text["media_references"]["DEFAULT_MEDIA"]["generator_kind"] == "Text"
    assert imported.document.root["tracks"]["markers"][0]["marked_range"]["start_time"]["value"] == 10
    assert imported.notes == ("shot: the filter 'Crop' is not carried.",)


def test_subclip_counts_from_its_own_beginning(tmp_path: Path) -> None:
    more = "<subclipinfo><startoffset>300</startoffset><endoffset>9</endoffset></subclipinfo>"
    item = item_xml("c", Shot(0, 25, ZERO + 10), F25, file=file_xml(F25), more=more)
    (play,) = all_plays(read(sequence_xml(F25, False, [item]), tmp_path), tmp_path)
    assert play.label * 25 - ZERO == 310


def test_multiclip_plays_its_active_angle(tmp_path: Path) -> None:
    other = file_xml(F25).replace("f1", "f2").replace("A001.mov", "B001.mov")
    active = "<activevideoangle>TRUE</activevideoangle>"
    angles = f"<angle><clip>{other}</clip></angle><angle>{active}<clip>{file_xml(F25)}</clip></angle>"
    item = item_xml("c", Shot(0, 25, ZERO + 10), F25, file=f"<multiclip>{angles}</multiclip>")
    imported = read(sequence_xml(F25, False, [item]), tmp_path)
    (play,) = all_plays(imported, tmp_path)
    assert play.file.endswith("A 001.mov") and play.label * 25 == ZERO + 10
    assert "the active angle is read" in imported.notes[0]


def test_one_of_several_sequences(tmp_path: Path) -> None:
    texts = [one_track([Shot(0, 9, ZERO, name)], F25) for name in ("one", "two")]
    named = [t.replace('"cut"', f'"{i}"').replace("<name>cut<", f"<name>s{i}<") for i, t in enumerate(texts)]
    text = "".join(named)
    text = f"<project><children>{text}</children></project>"
    assert all_plays(read(text, tmp_path), tmp_path)[0].name == "one"
    assert all_plays(read(text, tmp_path, "s1"), tmp_path)[0].name == "two"
    assert "holds 2 timelines ('s0', 's1')" in read(text, tmp_path).notes[0]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("<bin/>", "is FCP7 XML without a sequence"),
        (one_track([Shot(0, 9, ZERO)], F25).replace("<timebase>25<", "<timebase>0<"), "a timebase is 0"),
        (one_track([Shot(0, 9, ZERO)], F25).replace("<start>0<", "<start>soon<"), "the start of the clip 'shot' is"),
        (one_track([Shot(0, 9, ZERO)], F25).replace("<start>0<", "<start>-1<"), "ends under a transition"),
        (one_track([Shot(0, 9, ZERO)], F25)[:-20], "is not well-formed XML"),
    ],
)  # fmt: skip
def test_bad_documents_are_refused(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(TimelineUnreadable, match=problem):
        read(text, tmp_path)


def test_overlapping_and_empty_clips(tmp_path: Path) -> None:
    shots = [Shot(0, 20, ZERO, "a"), Shot(10, 20, ZERO, "b"), Shot(30, 0, ZERO, "c")]
    imported = read(one_track(shots, F25), tmp_path)
    assert kinds(imported) == ["V1", "V1 overlap 1"]
    assert len(all_plays(imported, tmp_path)) == 2
    assert imported.notes == (
        "c: it has no length and was left out.",
        "track V1: clips overlap; the later one lies on a track of its own.",
    )
