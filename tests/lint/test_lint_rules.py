"""Each rule on a timeline that breaks it and nothing else: what is said, and what mending leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import otio_files as files
from lint.scene import EDITORS, HOUR, Break, S, Scene, effect, marker, scene, warp
from twopop_otio.lint import RULES, Finding, fix, lint, open_timeline


def newer_marker(s: Scene) -> None:
    color = {"OTIO_SCHEMA": "Color.1", "r": 0.0, "g": 1.0, "b": 0.0, "a": 1.0, "name": "GREEN"}
    new = {**marker(), "OTIO_SCHEMA": "Marker.3", "color": color}
    del new["comment"]
    s.root["tracks"]["markers"] = [new]


def old_clip(s: Scene) -> None:
    s.clip["media_reference"] = s.clip.pop("media_references")["DEFAULT_MEDIA"]
    del s.clip["active_media_reference_key"]
    s.clip["OTIO_SCHEMA"] = "Clip.1"


def lengthless(s: Scene) -> None:
    s.clip["source_range"] = s.media["available_range"] = None


def respell(s: Scene) -> None:
    s.root.update(json.loads(json.dumps(s.root).replace('"rate": 24.0', '"rate": 23.98')))


def offline(path: str) -> Break:
    def act(s: Scene) -> None:
        s.media.update({"OTIO_SCHEMA": "MissingReference.1", "metadata": {"Resolve_OTIO": {"Media Url": path}}})
        del s.media["target_url"]

    return act


def back_online(s: Scene) -> None:
    offline(str(s.folder / "A.mov"))(s)


def nest(s: Scene) -> None:
    s.items[0] = files.stack("nest", None, files.track("inner", "Video", s.clip))
    s.items[0]["metadata"] = {}


def nest_retimed(s: Scene) -> None:
    nest(s)
    s.items[0]["effects"] = [effect("blur")]


def off(s: Scene) -> None:
    s.clip["enabled"] = False


def off_track(s: Scene) -> None:
    s.tracks[0]["enabled"] = False


def title(s: Scene) -> None:
    s.clip["media_references"]["DEFAULT_MEDIA"] = {
        "OTIO_SCHEMA": "GeneratorReference.1", "metadata": {}, "name": "", "generator_kind": "Title", "parameters": {},
        "available_range": files.span(0 * S, 4 * S, 24.0),
    }  # fmt: skip


def sequence(s: Scene) -> None:
    s.media["OTIO_SCHEMA"] = "ImageSequenceReference.1"


def empty(s: Scene) -> None:
    s.items.insert(1, files.gap(0 * S, 24.0))


def dissolve(half: Fraction) -> Break:
    return lambda s: s.items.insert(1, files.transition(half, 24.0))


def alone(s: Scene) -> None:
    s.items.extend([files.gap(S, 24.0), files.transition(S / 4, 24.0), files.gap(S, 24.0)])


def no_source(s: Scene) -> None:
    s.clip["source_range"] = None


def no_available(s: Scene) -> None:
    s.media["available_range"] = None


def source(start: Fraction, duration: Fraction, rate: float = 24.0) -> Break:
    return lambda s: s.clip.update(source_range=files.span(start, duration, rate))


def timecoded(s: Scene) -> None:
    s.clip["source_range"], s.media["available_range"] = (
        files.span(HOUR + 2 * S, 4 * S, 24.0), files.span(HOUR, 20 * S, 24.0)
    )  # fmt: skip


def from_blender(s: Scene) -> None:
    del s.root["metadata"]["Resolve_OTIO"]
    s.root["metadata"]["blender"] = {}
    for clip in (*s.items, *s.tracks[1]["children"]):
        clip["source_range"] = files.span(2 * S, 4 * S, 24.0)
        clip["media_references"]["DEFAULT_MEDIA"]["available_range"] = files.span(0 * S, 20 * S, 24.0)


def half_frame(s: Scene) -> None:
    s.items.insert(0, files.gap(S / 48, 24.0))


def takes(s: Scene) -> None:
    s.clip["media_references"]["other"] = json.loads(json.dumps(s.media))


def url(make: Callable[[Path], str]) -> Break:
    return lambda s: s.media.update(target_url=make(s.folder))


def letters(s: Scene) -> None:
    (s.folder / "100% A#1.mov").touch()
    s.media["target_url"] = str(s.folder / "100% A#1.mov")


def all_titles(s: Scene) -> None:
    for clip in (*s.items, *s.tracks[1]["children"]):
        clip["media_references"]["DEFAULT_MEDIA"]["OTIO_SCHEMA"] = "MissingReference.1"


def effects(*added: files.Json) -> Break:
    return lambda s: s.clip["effects"].extend(json.loads(json.dumps(added)))


def mapped(s: Scene) -> None:
    s.root["metadata"] = {"Resolve_OTIO": {}}
    sound = s.tracks[1]["children"][0]
    sound["metadata"]["Resolve_OTIO"] = {"Channels": [{"Source Channel ID": 1, "Source Track ID": 0}]}


def linked(s: Scene) -> None:
    key, link = ("PremierePro_OTIO", "LinkID") if s.editor == "resolve" else ("Resolve_OTIO", "Link Group ID")
    s.root["metadata"] = {key: {}}
    for clip in (s.clip, s.tracks[1]["children"][0]):
        clip["metadata"] = {key: {link: "7"}}


def unmarked(s: Scene) -> None:
    s.root["metadata"] = {}


def foreign(s: Scene) -> None:
    key = "PremierePro_OTIO" if s.editor == "resolve" else "Resolve_OTIO"
    s.clip["metadata"][key] = {"x": 1}


def bare(s: Scene) -> None:
    del s.clip["enabled"], s.tracks[1]["metadata"]


def nameless(s: Scene) -> None:
    s.clip["name"] = ""


def same_names(s: Scene) -> None:
    s.tracks.append(files.track("Video 1", "Video", metadata={"Resolve_OTIO": {}}))


def marked(**what: Any) -> Break:
    return lambda s: s.clip["markers"].append(marker(**what))


def mark_at(at: Fraction, start: Fraction) -> Break:
    def act(s: Scene) -> None:
        source(start, 4 * S)(s)
        s.media["available_range"] = files.span(0 * S, start + 20 * S, 24.0)
        s.clip["markers"].append(marker("here", at=at))

    return act


def start_at(time_s: Fraction | None) -> Break:
    return lambda s: s.root.update(global_start_time=files.time(time_s, 24.0) if time_s is not None else None)


def foreign_schema(s: Scene) -> None:
    s.clip["effects"].append({"OTIO_SCHEMA": "Wonder.1"})


def loose(s: Scene) -> None:
    s.tracks.append(files.gap(S, 24.0))


def subtitles(s: Scene) -> None:
    s.tracks.append(files.track("Subs", "Subtitle", metadata={"Resolve_OTIO": {}}))


def tagged(s: Scene) -> None:
    s.clip["metadata"]["twopop"] = {"change": "12345678"}


CASES: list[tuple[str, str, Break, str, bool]] = [
    *(("schema-newer", editor, newer_marker, "Marker.3 is newer than Marker.2", True) for editor in EDITORS),
    *(("schema-unknown", editor, foreign_schema, "Wonder.1 is no schema", False) for editor in EDITORS),
    ("clip-version", "resolve", old_clip, "Clip.1 holds its media", True),
    *(("length-unknown", editor, lengthless, "no source range and no available range", False) for editor in EDITORS),
    *(("item-loose", editor, loose, "A Gap lies beside the tracks", False) for editor in EDITORS),
    *(("track-kind", editor, subtitles, "kind 'Subtitle'", False) for editor in EDITORS),
    ("start-missing", "resolve", start_at(None), "start timecode is not written", True),
    ("start-dropped", "blender", start_at(HOUR), "01:00:00:00", False),
    ("start-dropped", "kdenlive", start_at(HOUR), "01:00:00:00", False),
    *(("rate-spelling", editor, respell, "23.98 frames per second, expected 23.976", True) for editor in EDITORS),
    ("offline-path", "resolve", back_online, "A.mov", True),
    ("offline-path", "premiere", back_online, "A.mov", True),
    ("offline-path", "kdenlive", back_online, "A.mov", True),
    ("media-offline", "resolve", offline("/gone/x.mov"), "/gone/x.mov is not on this machine", False),
    ("nested", "resolve", nest, "nested sequence (Stack) of 2 items", True),
    ("nested", "blender", nest, "nested sequence", True),
    ("nested", "kdenlive", nest, "nested sequence", True),
    ("nested", "kdenlive", nest_retimed, "nested sequence", False),
    ("disabled-track", "blender", off_track, "switched off and would play", True),
    ("disabled-clip", "blender", off, "switched off and would play", True),
    ("disabled-clip", "kdenlive", off, "switched off and would play", True),
    ("media-none", "resolve", title, "plays no file (GeneratorReference)", True),
    ("media-none", "blender", title, "plays no file", False),
    ("media-none", "kdenlive", title, "plays no file", False),
    *(("item-empty", editor, empty, "has no length", True) for editor in EDITORS),
    *(("transition-alone", editor, alone, "No clip stands beside it", True) for editor in EDITORS),
    ("transition-long", "resolve", dissolve(5 * S), "longer than a clip beside it", False),
    ("transition-long", "premiere", dissolve(3 * S), "needs more media", False),
    ("transition-dropped", "blender", dissolve(S / 2), "SMPTE_Dissolve", False),
    ("transition-dropped", "kdenlive", dissolve(S / 2), "SMPTE_Dissolve", False),
    ("source-missing", "resolve", no_source, "no source range", True),
    ("source-missing", "blender", no_source, "no source range", True),
    ("available-missing", "resolve", no_available, "no available range", False),
    ("range-from-zero", "resolve", source(2 * S, 4 * S), "the file begins at 3600 s", True),
    ("range-from-timecode", "blender", timecoded, "counts from the file's timecode, 3600 s", True),
    ("timecode-unknown", "resolve", from_blender, "The media of 3 clips is written as beginning at zero", False),
    ("range-outside", "resolve", source(HOUR + 18 * S, 4 * S), "uses 2 s more than its media has", False),
    ("range-outside", "premiere", source(HOUR - S, 4 * S), "uses 1 s more than its media has", False),
    (
        "rate-mixed",
        "resolve",
        source(HOUR + 2 * S, 4 * S, 48000.0),
        "at a rate of 48000, and the timeline has 24",
        True,
    ),
    ("rate-mixed", "kdenlive", source(2 * S, 4 * S, 25.0), "at a rate of 25", True),
    ("between-frames", "resolve", half_frame, "beginning lies and end lies between frames", False),
    ("between-frames", "blender", half_frame, "by up to 20.833 ms", False),
    *(("takes-dropped", editor, takes, "not 'other'", False) for editor in EDITORS),
    *(("media-relative", editor, url(lambda _: "A.mov"), "'A.mov', relative", True) for editor in EDITORS),
    ("media-url", "resolve", url(lambda folder: (folder / "A.mov").as_uri()), "named 'file:///", True),
    ("media-url", "kdenlive", url(lambda folder: (folder / "A.mov").as_uri()), "named 'file:///", True),
    ("media-url", "premiere", url(lambda folder: str(folder / "A.mov")), "A.mov'", True),
    ("media-letters", "kdenlive", letters, "% # ?", False),
    ("media-missing", "resolve", url(lambda folder: str(folder / "gone.mov")), "is not on this machine", False),
    ("media-missing", "blender", url(lambda _: "http://x.org/a.mov"), "not a local file (http:)", False),
    ("media-elsewhere", "resolve", url(lambda _: "F:\\shoot\\A.mov"), "a Windows drive that this machine", False),
    ("media-sequence", "blender", sequence, "Image sequences", False),
    ("media-sequence", "kdenlive", sequence, "Image sequences", False),
    ("timeline-empty", "kdenlive", all_titles, "leaves the project empty", False),
    ("retime-dropped", "blender", effects(warp(2.0)), "a speed of 2 and plays at normal speed", False),
    ("retime-dropped", "kdenlive", effects(effect("f", "FreezeFrame.1", time_scalar=0.0)), "freeze or a ramp", False),
    ("retime-ramp", "premiere", effects(effect("r", "TimeEffect.1")), "keys of Resolve's own", False),
    ("retime-idle", "premiere", effects(warp(1.0)), "drop its motion and opacity", True),
    *(("effects-dropped", editor, effects(effect("blur")), "Effects: blur.", False) for editor in EDITORS),
    ("channels-dropped", "blender", mapped, "the channels 1.2 of its file", False),
    ("channels-dropped", "kdenlive", mapped, "may play others", False),
    ("channels-dropped", "premiere", mapped, "may play others", False),
    ("effects-dropped", "resolve", lambda s: s.tracks[1].update(effects=[effect("fader")]), "Effects: fader.", False),
    ("links-spelling", "resolve", linked, "link group 7 is written for Premiere", True),
    ("links-spelling", "premiere", linked, "link group 7 is written for Resolve", True),
    ("links-dropped", "blender", linked, "The links of 2 clips", False),
    ("links-dropped", "kdenlive", linked, "The links of 2 clips", False),
    ("mark-missing", "resolve", unmarked, "metadata.Resolve_OTIO", True),
    *(("mark-foreign", editor, foreign, "1 objects carry metadata of", True) for editor in EDITORS),
    ("fields-missing", "resolve", bare, "lacks", True),
    ("clip-name", "resolve", nameless, "has no name", True),
    ("track-name", "resolve", same_names, "'Video 1' is that of another track", True),
    ("marker-note", "resolve", marked(comment="look", at=HOUR + 3 * S), "'look'", True),
    ("marker-name", "kdenlive", marked(name="slate", at=S), "'slate'", True),
    ("marker-place", "kdenlive", mark_at(11 * S, 10 * S), "1 s into the clip and would lie 11 s", True),
    ("marker-place", "kdenlive", mark_at(3 * S, 2 * S), "1 s into the clip and would lie 3 s", False),
    ("markers-dropped", "blender", marked(name="slate"), "'slate'", False),
    *(("metadata-dropped", editor, tagged, "change list in the .twopop folder", False) for editor in EDITORS),
    ("grades", "resolve", lambda s: None, "copy them from the old timeline", False),
]
RETIMES = [
    ("resolve", "PremierePro_OTIO", 2.0),
    ("blender", "PremierePro_OTIO", 0.5),
    ("premiere", "Resolve_OTIO", 2.0),
]


def findings(made: Scene, name: str = "in.otio") -> tuple[Finding, ...]:
    return lint(open_timeline(files.save(made.root, made.folder / name)), made.editor)


@pytest.mark.parametrize("editor", EDITORS)
def test_a_timeline_in_an_editors_own_way_is_taken_whole(tmp_path: Path, editor: str) -> None:
    found = findings(scene(tmp_path, editor))
    assert [finding.rule for finding in found] == (["grades"] if editor == "resolve" else [])


@pytest.mark.parametrize(("rule", "editor", "act", "words", "fixable"), CASES)
def test_rule(tmp_path: Path, rule: str, editor: str, act: Break, words: str, fixable: bool) -> None:
    made = scene(tmp_path, editor)
    act(made)
    found = [finding for finding in findings(made) if finding.rule == rule]
    assert found and any(words in finding.message for finding in found), found
    assert all((finding.fix is not None) == fixable for finding in found)
    (known,) = (known for known in RULES if known.id == rule)
    assert {finding.severity for finding in found} == {known.editors[editor]}
    mended = fix(open_timeline(tmp_path / "in.otio"), editor)
    assert (rule in {finding.rule for finding in mended.fixed}) == fixable
    assert (rule in {finding.rule for finding in (*mended.left, *mended.lost)}) == (not fixable)
    assert not [finding for finding in mended.left if finding.fix]


@pytest.mark.parametrize(("editor", "mark", "speed"), RETIMES)
def test_retimes_are_respelled(tmp_path: Path, editor: str, mark: str, speed: float) -> None:
    made = scene(tmp_path, editor)
    made.root["metadata"] = {mark: {}}
    effects(warp(speed))(made)
    written = 4.0
    found = [finding for finding in findings(made) if finding.rule == "retime-spelling"]
    assert len(found) == 1 and found[0].fix
    mended = fix(open_timeline(tmp_path / "in.otio"), editor)
    used = mended.document.tracks[0]["children"][0]["source_range"]["duration"]
    expected = written * speed if editor == "premiere" else written / speed
    assert used["value"] / used["rate"] == pytest.approx(expected, abs=1e-12)


def test_every_rule_and_editor_is_tried() -> None:
    tried = {(rule, editor) for rule, editor, *_ in CASES}
    tried |= {("retime-spelling", editor) for editor, *_ in RETIMES}
    for rule in RULES:
        assert any((rule.id, editor) in tried for editor in rule.editors), rule.id
        assert {editor for known, editor in tried if known == rule.id} <= set(rule.editors)


def test_where_a_finding_is(tmp_path: Path) -> None:
    made = scene(tmp_path, "resolve")
    made.root["global_start_time"] = files.time(HOUR, 24.0)
    made.items[1]["media_references"]["DEFAULT_MEDIA"]["target_url"] = "/gone/x.mov"
    (finding,) = (found for found in findings(made) if found.rule == "media-missing")
    assert (finding.track, finding.item, finding.name, finding.timecode) == ("Video 1", 2, "B.mov", "01:00:04:00")
    assert finding.severity == "refuse"


def test_nothing_is_said_of_what_an_editor_wrote_by_itself(tmp_path: Path) -> None:
    """Effects at their defaults, stills that are held, 32-bit rates, fractions of media frames: from real exports."""
    made = scene(tmp_path, "resolve")
    made.media["available_range"] = files.span(0 * S, S / 24, 24.0)
    made.clip["source_range"] = files.span(0 * S, 4 * S, 24.0)
    made.clip["effects"] = [effect("Resolve Effect", metadata={"Resolve_OTIO": {"Parameters": [], "Effect Name": "T"}})]
    made.items[1]["source_range"]["start_time"]["value"] += 0.099992
    text = json.dumps(made.root).replace('"rate": 24.0', '"rate": 23.976024627685547')
    made.root = json.loads(text)
    assert [finding.rule for finding in findings(made)] == ["grades"]
