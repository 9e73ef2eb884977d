"""FCPXML: written here element by element, read, and every moment compared."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imports.cuts import RATES, Shot, all_plays, facts, hour, kinds, shown
from renderer import Play
from twopop.errors import OptionInvalid, TimelineUnreadable
from twopop_otio.imports import Imported, read_any
from twopop_otio.snapshot import timebase

F24 = Fraction(24)
ZERO = 3600 * 24  # label of the file's first frame, in frames at 24


def sec(value: Fraction | int) -> str:
    """A time as FCPXML writes it."""
    exact = Fraction(value)
    return f"{exact.numerator}/{exact.denominator}s" if exact.denominator > 1 else f"{exact.numerator}s"


def at(frame: int, rate: Fraction = F24) -> str:
    return sec(frame / rate)


def asset(identity: str, rate: Fraction, zero: int, *, kinds: str = 'hasVideo="1" hasAudio="1"', src: str = "") -> str:
    return (
        f'<asset id="{identity}" name="{identity}" start="{at(zero, rate)}" duration="{at(10**6, rate)}" '
        f'format="f" {kinds}>'
        f'<media-rep kind="proxy-media" src="file:///proxy.mov"/>'
        f'<media-rep kind="original-media" src="{src or f"file:///media/{identity}%201.mov"}"/>'
        '<metadata><md key="com.apple.proapps.studio.reel" value="A001"/></metadata></asset>'
    )


def document(
    spine: str, *, rate: Fraction = F24, drop: bool = False, resources: str = "", version: str = "1.10", start: int = 0,
    zero: int = ZERO,
) -> str:  # fmt: skip
    """A project whose timeline begins at a frame."""
    assets = asset("A", rate, zero) + asset("S", rate, zero, kinds='hasAudio="1"')
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE fcpxml>\n<fcpxml version="{version}"><resources>'
        f'<format id="f" frameDuration="{sec(1 / rate)}"/>{assets}{resources}</resources><library><event name="e">'
        f'<project name="cut"><sequence format="f" tcStart="{at(start, rate)}" tcFormat="{"DF" if drop else "NDF"}">'
        f"<spine>{spine}</spine></sequence></project></event></library></fcpxml>"
    )


def clip(
    tag: str, offset: int, start: int | None, length: int, inside: str = "", rate: Fraction = F24, **more: str
) -> str:  # fmt: skip
    """A story element; its start is a label in frames."""
    said = "" if start is None else f' start="{at(start, rate)}"'
    named = {"name": "shot", **({"ref": "A"} if tag in ("asset-clip", "video", "audio") else {}), **more}
    attributes = "".join(f' {key}="{value}"' for key, value in named.items())
    return f'<{tag} offset="{at(offset, rate)}"{said} duration="{at(length, rate)}"{attributes}>{inside}</{tag}>'


def read(text: str, folder: Path, timeline: str | None = None) -> Imported:
    path = folder / "cut.fcpxml"
    path.write_text(text)
    return read_any(path, timeline=timeline)


def frames(play: Play, rate: Fraction = F24) -> tuple[object, ...]:
    """Track, record start and end, and label, in frames."""
    return play.track, play.start * rate, play.end * rate, play.label * rate


def seen(text: str, folder: Path) -> list[tuple[object, ...]]:
    return [frames(play) for play in all_plays(read(text, folder), folder) if play.enabled]


@pytest.mark.parametrize("name", RATES)
@pytest.mark.parametrize("version", ["1.8", "1.13"])
def test_every_frame_of_a_cut_is_where_it_was(tmp_path: Path, name: str, version: str) -> None:
    rate, drop = RATES[name]
    zero = hour(rate, drop)
    shots = [Shot(12, 30, zero + 5, "a"), Shot(42, 2000, zero + 7000, "b"), Shot(2100, 1, zero + 77, "c")]
    spine = "".join(
        clip("asset-clip", zero + shot.record, shot.source, shot.length, rate=rate, name=shot.name) for shot in shots
    )
    imported = read(document(spine, rate=rate, drop=drop, version=version, start=zero, zero=zero), tmp_path)
    found = all_plays(imported, tmp_path)
    for track in ("V1", "A1"):
        assert shown(found, track) == [shot.played(rate) for shot in shots]
    assert {(play.file, play.zero) for play in found} == {("/media/A 1.mov", zero / rate)}
    base = timebase(imported.document)
    assert facts(base.rate, base.start * rate, base.drop_frame) == (rate, zero, drop)
    assert imported.notes == ()


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(list(RATES)),
    steps=st.lists(st.tuples(st.integers(0, 99), st.integers(1, 5000), st.integers(0, 9**5)), min_size=1, max_size=9),
)
def test_any_cut_comes_back(tmp_path: Path, name: str, steps: list[tuple[int, int, int]]) -> None:
    rate, drop = RATES[name]
    shots, position, spine = [], 0, ""
    for gap, length, source in steps:
        spine += clip("gap", position, 0, gap, rate=rate) if gap else ""
        shots.append(Shot(position + gap, length, ZERO + source))
        spine += clip("asset-clip", position + gap, ZERO + source, length, rate=rate)
        position += gap + length
    found = all_plays(read(document(spine, rate=rate, drop=drop), tmp_path), tmp_path)
    assert shown(found, "V1") == shown(found, "A1") == [shot.played(rate) for shot in shots]


def test_times_between_frames_stay_exact(tmp_path: Path) -> None:
    start, length = Fraction(12345, 48000), Fraction(6789, 48000)
    spine = f'<asset-clip ref="S" name="s" offset="0s" start="{sec(3600 + start)}" duration="{sec(length)}"/>'
    (play,) = all_plays(read(document(spine), tmp_path), tmp_path)
    assert facts(play.start, play.end, play.label) == (0, length, 3600 + start)


def test_connected_clips_lie_on_lanes_at_their_parent_s_time(tmp_path: Path) -> None:
    """Offsets count in the parent's own time, which begins at its start: here the label of its media."""
    title = clip("title", ZERO + 110, 0, 10, lane="2", ref="t")
    below = clip("asset-clip", ZERO + 105, ZERO + 900, 500, lane="-1", ref="S")
    above = clip("asset-clip", ZERO + 120, ZERO + 700, 20, title.replace(at(ZERO + 110), at(ZERO + 705)), lane="1")
    first = clip("asset-clip", 0, ZERO + 100, 50, above + below)
    hung = clip("asset-clip", 3600 * 24 + 4, ZERO + 40, 6, lane="1")
    gap = clip("gap", 50, 3600 * 24, 30, hung)
    assert seen(document(first + gap), tmp_path) == [
        ("V1", 0, 50, ZERO + 100),
        ("V2", 20, 40, ZERO + 700),
        ("V2", 54, 60, ZERO + 40),
        ("V3", 25, 35, 0),
        ("A1", 0, 50, ZERO + 100),
        ("A2", 5, 505, ZERO + 900),
        ("A3", 20, 40, ZERO + 700),
        ("A3", 54, 60, ZERO + 40),
    ]


def test_secondary_story_line(tmp_path: Path) -> None:
    line = clip("asset-clip", 0, ZERO, 10) + clip("gap", 10, 0, 5) + clip("asset-clip", 15, ZERO + 50, 10)
    spine = f'<spine lane="1" offset="{at(ZERO + 20)}">{line}</spine>'
    found = seen(document(clip("asset-clip", 0, ZERO, 100, spine, srcEnable="video")), tmp_path)
    assert [play for play in found if play[0] == "V2"] == [("V2", 20, 30, ZERO), ("V2", 35, 45, ZERO + 50)]


@pytest.mark.parametrize(("enabled", "tracks"), [("all", ["V1", "A1"]), ("video", ["V1"]), ("audio", ["A1"])])
def test_picture_and_sound_can_be_switched_off(tmp_path: Path, enabled: str, tracks: list[str]) -> None:
    imported = read(document(clip("asset-clip", 0, ZERO, 9, srcEnable=enabled)), tmp_path)
    assert kinds(imported) == tracks
    links = [track["children"][0]["metadata"]["twopop_import"].get("link") for track in imported.document.tracks]
    assert links == (["1", "1"] if len(tracks) == 2 else [None])


def test_sound_cut_apart_from_its_picture(tmp_path: Path) -> None:
    split = clip("asset-clip", 50, ZERO + 500, 40, audioStart=at(ZERO + 490), audioDuration=at(60))
    found = seen(document(clip("asset-clip", 0, ZERO, 50, srcEnable="video") + split), tmp_path)
    assert found == [("V1", 0, 50, ZERO), ("V1", 50, 90, ZERO + 500), ("A1", 40, 100, ZERO + 490)]


def test_clip_trims_what_it_holds(tmp_path: Path) -> None:
    sound = clip("audio", ZERO, ZERO, 10_000, lane="-1", ref="S")
    inside = clip("video", ZERO, ZERO, 10_000, sound)
    found = seen(document(clip("clip", 10, ZERO + 200, 30, inside)), tmp_path)
    assert found == [("V1", 10, 40, ZERO + 200), ("A1", 10, 40, ZERO + 200)]


def test_sync_clip_holds_picture_and_its_recorder(tmp_path: Path) -> None:
    """The camera's own sound is switched off, the recorder lies 25 frames later in its own time."""
    camera = f"<spine>{clip('asset-clip', 0, ZERO, 5000)}</spine>"
    recorder = clip("asset-clip", 0, ZERO + 25, 5000, lane="-1", ref="S")
    off = '<sync-source sourceID="storyline"><audio-role-source role="dialogue" active="0"/></sync-source>'
    imported = read(document(clip("sync-clip", 7, 100, 40, camera + recorder + off)), tmp_path)
    found = all_plays(imported, tmp_path)
    assert [(*frames(play), play.enabled) for play in found] == [
        ("V1", 7, 47, ZERO + 100, True),
        ("A1", 7, 47, ZERO + 100, False),
        ("A2", 7, 47, ZERO + 125, True),
    ]
    assert len({play.clip["metadata"]["twopop_import"]["link"] for play in found}) == 1


MULTICAM = (
    '<media id="m" name="multi"><multicam format="f" tcStart="0s">'
    f'<mc-angle name="wide" angleID="w">{clip("gap", 0, 0, 24)}{clip("asset-clip", 24, ZERO + 10, 5000)}</mc-angle>'
    f'<mc-angle name="close" angleID="c">{clip("asset-clip", 0, ZERO + 3000, 5000)}</mc-angle>'
    f'<mc-angle name="sound" angleID="s">{clip("asset-clip", 0, ZERO + 7, 9000, ref="S")}</mc-angle>'
    "</multicam></media>"
)


def test_multicam_plays_its_active_angles(tmp_path: Path) -> None:
    sources = '<mc-source angleID="w" srcEnable="video"/><mc-source angleID="s" srcEnable="audio"/>'
    text = document(clip("mc-clip", 10, 100, 40, sources, ref="m"), resources=MULTICAM)
    imported = read(text, tmp_path)
    assert [frames(play) for play in all_plays(imported, tmp_path)] == [
        ("V1", 10, 50, ZERO + 10 + 76),
        ("A1", 10, 50, ZERO + 107),
    ]
    assert imported.document.tracks[0]["children"][1]["OTIO_SCHEMA"] == "Stack.1"
    assert imported.notes == ("shot: of a multicam clip the angles that do not play are left out: close.",)


def test_compound_clip_is_a_stack_and_its_clips_keep_their_links(tmp_path: Path) -> None:
    inner = clip("asset-clip", 240, ZERO + 60, 100) + clip("asset-clip", 340, ZERO + 900, 100)
    held = f'<sequence format="f" tcStart="{at(240)}"><spine>{inner}</spine></sequence>'
    media = f'<media id="k" name="compound">{held}</media>'
    imported = read(document(clip("ref-clip", 5, 300, 60, ref="k"), resources=media), tmp_path)
    found = all_plays(imported, tmp_path)
    assert [frames(play) for play in found] == [
        ("V1", 5, 45, ZERO + 120), ("V1", 45, 65, ZERO + 900), ("A1", 5, 45, ZERO + 120), ("A1", 45, 65, ZERO + 900),
    ]  # fmt: skip
    links = [play.clip["metadata"]["twopop_import"]["link"] for play in found]
    assert links[0] == links[2] != links[1] == links[3]


def test_compound_clip_in_itself_is_refused(tmp_path: Path) -> None:
    media = f'<media id="k"><sequence format="f"><spine>{clip("ref-clip", 0, 0, 9, ref="k")}</spine></sequence></media>'
    with pytest.raises(TimelineUnreadable, match="the compound clip 'shot' holds itself"):
        read(document(clip("ref-clip", 0, 0, 9, ref="k"), resources=media), tmp_path)


def test_audition_plays_its_pick(tmp_path: Path) -> None:
    picks = clip("asset-clip", 0, ZERO + 5, 20) + clip("asset-clip", 0, ZERO + 500, 30)
    spine = (
        clip("asset-clip", 0, ZERO, 10)
        + f'<audition offset="{at(10)}">{picks}</audition>'
        + clip("asset-clip", 30, ZERO, 9)
    )
    imported = read(document(spine), tmp_path)
    assert [frames(p)[1:] for p in all_plays(imported, tmp_path) if p.kind == "Video"] == [
        (0, 10, ZERO), (10, 30, ZERO + 5), (30, 39, ZERO)
    ]  # fmt: skip
    assert imported.notes == ("shot: of an audition the active pick is read.",)


def points(*pairs: tuple[int, int], interp: str = "linear") -> str:
    found = "".join(f'<timept time="{at(time)}" value="{at(value)}" interp="{interp}"/>' for time, value in pairs)
    return f"<timeMap>{found}</timeMap>"


def test_constant_retimes(tmp_path: Path) -> None:
    """Start and duration count in the retimed clip's own time; values are labels."""
    double = clip("asset-clip", 0, 50, 30, points((0, ZERO), (1000, ZERO + 2000)))
    back = clip("asset-clip", 30, 10, 20, points((0, ZERO + 1000), (1000, ZERO)))
    still = clip("asset-clip", 50, 0, 10, points((0, ZERO + 77), (100, ZERO + 77)))
    found = all_plays(read(document(double + back + still), tmp_path), tmp_path)
    assert [(*frames(play), play.speed) for play in found if play.kind == "Video"] == [
        ("V1", 0, 30, ZERO + 100, 2), ("V1", 30, 50, ZERO + 990, -1), ("V1", 50, 60, ZERO + 77, 0),
    ]  # fmt: skip
    assert [(*frames(play), play.speed) for play in found if play.kind == "Audio"] == [
        ("A1", 0, 30, ZERO + 100, 2), ("A1", 30, 50, ZERO + 990, -1)
    ]  # fmt: skip


def test_changing_speed_becomes_pieces(tmp_path: Path) -> None:
    bent = points((0, ZERO), (100, ZERO + 100), (200, ZERO + 300), (300, ZERO + 350), interp="smooth2")
    imported = read(document(clip("asset-clip", 0, 50, 200, bent, srcEnable="video")), tmp_path)
    assert [(*frames(play), play.speed) for play in all_plays(imported, tmp_path)] == [
        ("V1", 0, 50, ZERO + 50, 1), ("V1", 50, 150, ZERO + 100, 2), ("V1", 150, 200, ZERO + 300, Fraction(1, 2)),
    ]  # fmt: skip
    assert imported.notes == ("shot: the eased changes of its speed are read as abrupt ones.",)


def test_retimed_compound_keeps_its_frames(tmp_path: Path) -> None:
    inner = clip("asset-clip", 0, ZERO, 40) + clip("asset-clip", 40, ZERO + 900, 400)
    media = f'<media id="k"><sequence format="f"><spine>{inner}</spine></sequence></media>'
    outer = clip("ref-clip", 10, 0, 50, points((0, 0), (1000, 2000)), ref="k", srcEnable="video")
    found = all_plays(read(document(outer, resources=media), tmp_path), tmp_path)
    assert [(*frames(play), play.speed) for play in found] == [
        ("V1", 10, 30, ZERO, 2), ("V1", 30, 60, ZERO + 900, 2)
    ]  # fmt: skip


def test_dissolves_overlap_their_neighbours(tmp_path: Path) -> None:
    spine = (
        clip("asset-clip", 0, ZERO + 100, 50, srcEnable="video")
        + clip("transition", 45, None, 10, name="Cross Dissolve")
        + clip("asset-clip", 50, ZERO + 500, 50, srcEnable="video")
    )
    assert seen(document(spine), tmp_path) == [("V1", 0, 55, ZERO + 100), ("V1", 45, 100, ZERO + 495)]


def test_markers_notes_and_what_is_not_carried(tmp_path: Path) -> None:
    inside = '<conform-rate srcFrameRate="25"/><adjust-volume amount="-6dB"/>'
    inside += f'<marker start="{at(ZERO + 12)}" value="boom" note="in shot"/>'
    gap = clip("gap", 20, 0, 20, f'<marker start="{at(5)}" value="here"/>')
    imported = read(document(clip("asset-clip", 0, ZERO + 10, 20, inside) + gap, version="1.20"), tmp_path)
    (mark,) = imported.document.tracks[0]["children"][0]["markers"]
    assert (mark["name"], mark["comment"], mark["marked_range"]["start_time"]["value"]) == (
        "boom",
        "in shot",
        ZERO + 12,
    )
    assert imported.document.root["tracks"]["markers"][0]["marked_range"]["start_time"]["value"] == 25
    assert imported.notes == (
        "FCPXML of version 1.20 is read as if it were 1.10; 1.8 to 1.13 are known.",
        "shot: its rate conform is left out: it plays at its own speed.",
        "shot: its adjust-volume is not carried.",
    )


@pytest.mark.parametrize(
    ("name", "rate"),
    [("FFVideoFormat1080p2398", Fraction(24000, 1001)), ("FFVideoFormat1080p25", Fraction(25)),
     ("FFVideoFormat1080i5994", Fraction(30000, 1001)), ("FFVideoFormat1080i50", Fraction(25)),
     ("FFVideoFormat3840x2160p5994", Fraction(60000, 1001)), ("FFVideoFormatRateUndefined", Fraction(24))],
)  # fmt: skip
def test_rate_in_a_format_s_name(tmp_path: Path, name: str, rate: Fraction) -> None:
    text = document(clip("asset-clip", 0, ZERO, 9)).replace(f'frameDuration="{sec(1 / F24)}"', f'name="{name}"')
    imported = read(text, tmp_path)
    assert timebase(imported.document).rate == rate
    assert bool(imported.notes) == name.endswith("Undefined")


def test_bundle_folder_and_media_beside_it(tmp_path: Path) -> None:
    bundle = tmp_path / "Schnitt 1.fcpxmld"
    bundle.mkdir()
    text = document(
        clip("asset-clip", 0, ZERO, 9, ref="R"), resources=asset("R", F24, ZERO, src="./media/take%201.mov")
    )
    (bundle / "Info.fcpxml").write_text(text)
    (play, _) = all_plays(read_any(bundle), tmp_path)
    assert play.file == str(bundle / "media/take 1.mov")


def test_one_of_several_projects(tmp_path: Path) -> None:
    text = document(clip("asset-clip", 0, ZERO, 9, name="one"))
    start, end = text.index("<project"), text.index("</event>")
    second = text[start:end].replace('name="cut"', 'name="second"').replace('"one"', '"two"')
    text = text[:end] + second + text[end:]
    assert all_plays(read(text, tmp_path), tmp_path)[0].name == "one"
    assert all_plays(read(text, tmp_path, "second"), tmp_path)[0].name == "two"
    with pytest.raises(OptionInvalid, match="the file holds 'cut', 'second'"):
        read(text, tmp_path, "third")


def test_default_start_is_the_file_s(tmp_path: Path) -> None:
    assert seen(document(clip("asset-clip", 0, None, 20, srcEnable="video")), tmp_path) == [("V1", 0, 20, ZERO)]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("<project", "<folder", "is not well-formed XML"),
        (f'duration="{at(9)}"', 'duration="soon"', "'soon' is not a time of the form 1001/24000s"),
        (f'duration="{at(9)}"', 'duration="1/0s"', "'1/0s' is not a time"),
        (f'frameDuration="{sec(1 / F24)}"', 'frameDuration="0s"', "has the frame duration 0s"),
        ('<asset-clip', '<asset-clip lane="up"', "invalid literal"),
    ],
)  # fmt: skip
def test_bad_documents_are_refused(tmp_path: Path, old: str, new: str, problem: str) -> None:
    with pytest.raises(TimelineUnreadable, match=problem):
        read(document(clip("asset-clip", 0, ZERO, 9)).replace(old, new), tmp_path)


def test_browser_clips_alone_are_no_timeline(tmp_path: Path) -> None:
    text = document("").replace("project", "collection-folder")
    with pytest.raises(TimelineUnreadable, match="is FCPXML without a project"):
        read(text, tmp_path)


def test_a_compound_clip_that_runs_backwards_shows_its_end_first(tmp_path: Path) -> None:
    """At double speed from frame 100 down: 20 frames of "b", then 80 of "a", of which "b" runs forwards."""
    back = points((0, ZERO + 1000), (1000, ZERO))
    inner = clip("video", 0, ZERO + 60, 80, name="a") + clip("video", 80, 700, 40, back, name="b")
    media = f'<media id="k"><sequence format="f"><spine>{inner}</spine></sequence></media>'
    outer = clip("ref-clip", 10, 0, 50, points((0, 100), (50, 0)), ref="k", srcEnable="video")
    found = all_plays(read(document(outer, resources=media), tmp_path), tmp_path)
    assert [(play.name, *frames(play), play.speed) for play in found] == [
        ("b", "V1", 10, 20, ZERO + 280, 2), ("a", "V1", 20, 60, ZERO + 140, -2),
    ]  # fmt: skip
