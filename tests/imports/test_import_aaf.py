"""AAF: written here with pyaaf2, mob by mob, read, and every edit unit compared; the OTIO project's adapter agrees."""

from __future__ import annotations

import json
import logging
import zlib
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import aaf2
import opentimelineio as otio
import pytest

from imports.cuts import RATES, Shot, all_plays, facts, hour, kinds, shown
from renderer import Play, plays
from twopop.errors import OptionInvalid, TimelineUnreadable
from twopop_otio.imports import Imported, read_any
from twopop_otio.snapshot import timebase

F25 = Fraction(25)
F48K = Fraction(48000)
LENGTH = 10**6


class Cut:
    """An AAF file in the making: one tape-backed media file, and a composition with timecode."""

    def __init__(self, path: Path, rate: Fraction, drop: bool = False, *, name: str = "cut") -> None:
        self.path, self.rate, self.drop = path, rate, drop
        self.file: Any = aaf2.open(str(path), "w")
        self.zero = hour(rate, drop, 2)
        self.mob = self.composition(name)

    @property
    def rational(self) -> Any:
        return self.file.metadict.lookup_typedef("Rational")

    def composition(self, name: str, *, timecode: bool = True) -> Any:
        mob = self.file.create.CompositionMob(name)
        mob.usage = "Usage_TopLevel" if timecode else None
        self.file.content.mobs.append(mob)
        if timecode:
            self.timecode_slot(mob, hour(self.rate, self.drop))
        return mob

    def timecode_slot(self, mob: Any, start: int) -> None:
        slot = mob.create_timeline_slot(str(self.rate))
        timecode = self.file.create.Timecode(fps=round(self.rate), drop=self.drop)
        timecode.start, timecode.length = start, LENGTH
        slot.segment = timecode
        slot["PhysicalTrackNumber"].value = 1

    def media(self, kind: str, rate: Fraction, name: str = "A001", url: str = "file:///media/A%20001.mov") -> Any:
        """A master mob whose file is labelled `zero` (frames of the timeline) by its tape."""
        create, frames = self.file.create, round(LENGTH * rate / self.rate)
        tape, source, master = create.SourceMob(name), create.SourceMob(), create.MasterMob(name)
        tape.descriptor = create.TapeDescriptor()
        descriptor = create.WAVEDescriptor()
        descriptor["Summary"].value = b""
        descriptor["SampleRate"].value = str(rate)
        descriptor["Length"].value = frames
        locator = create.NetworkLocator()
        locator["URLString"].value = url
        descriptor["Locator"].append(locator)
        source.descriptor = descriptor
        self.file.content.mobs.extend((tape, source, master))
        behind = None
        for mob in (tape, source, master):
            slot = mob.create_picture_slot(str(rate)) if kind == "picture" else mob.create_sound_slot(str(rate))
            clip = create.SourceClip(media_kind=kind, length=frames)
            if behind is not None:
                clip.mob, clip.slot_id = behind
            clip.start = 0
            slot.segment = clip
            behind = mob, slot.slot_id
        self.timecode_slot(tape, self.zero)
        return behind

    def slot(self, kind: str, rate: Fraction, mob: Any = None) -> Any:
        """A sequence on a new slot of a composition."""
        mob = mob or self.mob
        slot = mob.create_picture_slot(str(rate)) if kind == "picture" else mob.create_sound_slot(str(rate))
        slot.segment = self.file.create.Sequence(media_kind=kind)
        return slot

    def clip(self, kind: str, media: Any, start: int, length: int) -> Any:
        clip = self.file.create.SourceClip(media_kind=kind, start=start, length=length)
        clip.mob, clip.slot_id = media
        return clip

    def filler(self, kind: str, length: int) -> Any:
        return self.file.create.Filler(kind, length)

    def effect(self, name: str, kind: str, length: int, *inputs: Any, warp: bool = False) -> Any:
        definition = self.file.create.OperationDef(aaf2.auid.AUID(int=zlib.crc32(name.encode())), name)
        definition.media_kind = kind
        definition["NumberInputs"].value = -1
        definition["IsTimeWarp"].value = warp
        self.file.dictionary.register_def(definition)
        effect = self.file.create.OperationGroup(definition)
        effect.media_kind, effect.length = kind, length
        effect.segments.extend(inputs)
        return effect

    def read(self, timeline: str | None = None) -> Imported:
        self.file.close()
        return read_any(self.path, timeline=timeline)


def units(play: Play, rate: Fraction, zero: Fraction) -> tuple[object, ...]:
    """Record start and end and the place in the file, in edit units."""
    return play.start * rate, play.end * rate, (play.label - zero) * rate


@pytest.mark.parametrize("name", RATES)
def test_every_frame_of_a_cut_is_where_it_was(tmp_path: Path, name: str) -> None:
    rate, drop = RATES[name]
    cut = Cut(tmp_path / "cut.aaf", rate, drop)
    media = cut.media("picture", rate)
    shots = [
        Shot(12, 30, cut.zero + 5, "A001"),
        Shot(42, 2000, cut.zero + 7000, "A001"),
        Shot(2100, 1, cut.zero, "A001"),
    ]
    slot, position = cut.slot("picture", rate), 0
    for shot in shots:
        if shot.record > position:
            slot.segment.components.append(cut.filler("picture", shot.record - position))
        slot.segment.components.append(cut.clip("picture", media, shot.source - cut.zero, shot.length))
        position = shot.record + shot.length
    imported = cut.read()
    found = all_plays(imported, tmp_path)
    assert shown(found, "V1") == [shot.played(rate) for shot in shots]
    assert {(play.file, play.zero) for play in found} == {("/media/A 001.mov", cut.zero / rate)}
    base = timebase(imported.document)
    assert facts(base.rate, base.start * rate, base.drop_frame) == (rate, hour(rate, drop), drop)
    assert imported.notes == ()
    known = imported.document.tracks[0]["children"][1]["metadata"]["twopop_import"]
    assert known == {"reel": "A001", "file": "A 001.mov"}


def test_sound_is_exact_to_the_sample(tmp_path: Path) -> None:
    rate = Fraction(24000, 1001)
    cut = Cut(tmp_path / "cut.aaf", rate)
    media = cut.media("sound", F48K)
    slot = cut.slot("sound", F48K)
    slot.segment.components.extend(
        (cut.filler("sound", 24031), cut.clip("sound", media, 1_000_001, 20000), cut.clip("sound", media, 77, 48001))
    )
    found = all_plays(cut.read(), tmp_path)
    zero = cut.zero / rate
    assert [units(play, F48K, zero) for play in found] == [(24031, 44031, 1_000_001), (44031, 92032, 77)]
    assert {play.zero for play in found} == {zero}


def test_picture_and_sound_of_one_shot_are_linked(tmp_path: Path) -> None:
    cut = Cut(tmp_path / "cut.aaf", F25)
    picture = cut.media("picture", F25)
    master = picture[0]
    sound = master.create_sound_slot("25")
    sound.segment = master.slot_at(picture[1]).segment.copy()
    for kind, slot_id in (("picture", picture[1]), ("sound", sound.slot_id)):
        slot = cut.slot(kind, F25)
        for start in (10, 500):
            slot.segment.components.append(cut.clip(kind, (master, slot_id), start, 25))
    tracks = cut.read().document.tracks
    links = [[clip["metadata"]["twopop_import"]["link"] for clip in track["children"]] for track in tracks]
    assert links == [["1", "2"], ["1", "2"]]


def test_transitions_overlap_their_neighbours(tmp_path: Path) -> None:
    cut = Cut(tmp_path / "cut.aaf", F25)
    media = cut.media("picture", F25)
    slot = cut.slot("picture", F25)
    dissolve = cut.file.create.Transition("picture", 10)
    dissolve["CutPoint"].value = 4
    dissolve["OperationGroup"].value = cut.effect("Video Dissolve", "picture", 10)
    slot.segment.components.extend((cut.clip("picture", media, 100, 60), dissolve, cut.clip("picture", media, 500, 40)))
    one, two = all_plays(cut.read(), tmp_path)
    zero = cut.zero / F25
    assert units(one, F25, zero) == (0, 60, 100) and units(two, F25, zero) == (50, 90, 500)
    assert facts(one.fade_out * 25, two.fade_in * 25) == (10, 10)


@pytest.mark.parametrize(
    ("effect", "parameter", "direction"),
    [("Motion Control", "PARAM_SPEED_OFFSET_MAP_U", 1), ("Motion Control", "PARAM_SPEED_OFFSET_MAP_U", -1),
     ("Motion Control", "SpeedRatio", 1), ("Video Speed Control", "Speed Ratio", 1)],
)  # fmt: skip
def test_retime(tmp_path: Path, effect: str, parameter: str, direction: int) -> None:
    """Avid writes a map of offsets in frames; others the ratio of lengths only. Backwards, frame 299 is seen first."""
    cut = Cut(tmp_path / "cut.aaf", F25)
    media = cut.media("picture", F25)
    slot = cut.slot("picture", F25)
    warp = cut.effect(effect, "picture", 20, cut.clip("picture", media, 300, 40), warp=effect == "Motion Control")
    create = cut.file.create
    if parameter.startswith("PARAM"):
        linear = create.InterpolationDef(aaf2.misc.LinearInterp, "LinearInterp", "")
        definition = create.ParameterDef(aaf2.auid.AUID(int=7), parameter, "", cut.rational)
        cut.file.dictionary.register_def(linear)
        cut.file.dictionary.register_def(definition)
        varying = create.VaryingValue(definition, linear)
        for time, value in ((0, 0), (20, 40 * direction)):
            point = create.ControlPoint()
            point.time, point.value = Fraction(time), Fraction(value)
            varying["PointList"].append(point)
    else:
        definition = create.ParameterDef(aaf2.auid.AUID(int=8), parameter, "", cut.rational)
        cut.file.dictionary.register_def(definition)
        varying = create.ConstantValue(definition, "1/2")
    warp.parameters.append(varying)
    slot.segment.components.append(warp)
    (play,) = all_plays(cut.read(), tmp_path)
    assert facts(*units(play, F25, cut.zero / F25), play.speed) == (0, 20, 300, 2 * direction)
    low = play.clip["source_range"]["start_time"]["value"] - cut.zero
    assert low == (300 if direction > 0 else 260)


def test_nested_composition_and_effect_are_descended_into(tmp_path: Path) -> None:
    cut = Cut(tmp_path / "cut.aaf", F25)
    media = cut.media("picture", F25)
    inner = cut.composition("inner", timecode=False)
    held = cut.slot("picture", F25, inner)
    held.segment.components.extend((cut.clip("picture", media, 100, 30), cut.clip("picture", media, 900, 30)))
    slot = cut.slot("picture", F25)
    nested = cut.clip("picture", (inner, held.slot_id), 20, 25)
    slot.segment.components.extend((cut.filler("picture", 5), cut.effect("Resize", "picture", 25, nested)))
    imported = cut.read()
    zero = cut.zero / F25
    assert [units(play, F25, zero) for play in all_plays(imported, tmp_path)] == [(5, 15, 120), (15, 30, 900)]
    assert imported.notes == ("the effect 'Resize' is not carried.",)


def test_composition_without_timecode_begins_at_zero(tmp_path: Path) -> None:
    cut = Cut(tmp_path / "cut.aaf", F25)
    media = cut.media("picture", F25)
    other = cut.composition("other", timecode=False)
    other.usage = "Usage_TopLevel"
    cut.slot("picture", F25, other).segment.components.append(cut.clip("picture", media, 9, 10))
    imported = cut.read("other")
    base = timebase(imported.document)
    assert facts(base.rate, base.start) == (25, 0) and len(all_plays(imported, tmp_path)) == 1
    assert imported.notes == (
        "the composition has no timecode; it begins at zero, at 25 frames per second.",
    )  # fmt: skip


def test_one_of_several_compositions(tmp_path: Path) -> None:
    cut = Cut(tmp_path / "cut.aaf", F25, name="Schnitt ü")
    cut.composition("second")
    first = cut.read()
    assert first.document.root["name"] == "Schnitt ü"
    assert "holds 2 timelines ('Schnitt ü', 'second'); the first was read" in first.notes[0]
    assert read_any(cut.path, timeline="second").document.root["name"] == "second"
    with pytest.raises(OptionInvalid, match="no timeline is called 'third'"):
        read_any(cut.path, timeline="third")


def test_file_without_composition_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bin.aaf"
    with aaf2.open(str(path), "w") as file:
        file.content.mobs.append(file.create.MasterMob("only media"))
    with pytest.raises(TimelineUnreadable, match="is an AAF file without a composition"):
        read_any(path)


@pytest.mark.parametrize("size", [9, 600, 4000, 20000])
def test_truncated_file_is_refused(tmp_path: Path, size: int) -> None:
    cut = Cut(tmp_path / "cut.aaf", F25)
    cut.slot("picture", F25).segment.components.append(cut.clip("picture", cut.media("picture", F25), 0, 10))
    cut.file.close()
    whole = cut.path.read_bytes()
    cut.path.write_bytes(whole[: min(size, len(whole) - 5000)])
    with pytest.raises(TimelineUnreadable, match="is a damaged AAF file"):
        read_any(cut.path)


def test_the_adapter_of_the_otio_project_reads_the_same(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    rate = Fraction(24000, 1001)
    cut = Cut(tmp_path / "cut.aaf", rate)
    picture, sound = cut.media("picture", rate), cut.media("sound", F48K)
    shown_at = cut.slot("picture", rate)
    shown_at.segment.components.extend((cut.filler("picture", 12), cut.clip("picture", picture, 500, 100)))
    heard_at = cut.slot("sound", F48K)
    heard_at.segment.components.extend((cut.filler("sound", 24031), cut.clip("sound", sound, 1_000_001, 48001)))
    ours = all_plays(cut.read(), tmp_path)
    peer = tmp_path / "peer.otio"
    peer.write_text(otio.adapters.read_from_file(str(cut.path)).to_json_string())

    def moments(found: list[Play]) -> Counter[tuple[object, ...]]:
        """In samples: the adapter writes frames and samples as decimals."""
        return Counter((p.kind, *(round(time * 48000) for time in (p.start, p.end, p.label))) for p in found)

    assert moments(ours) == moments(plays(peer))
    assert json.loads(peer.read_text())["global_start_time"]["value"] == hour(rate, False)


def test_empty_composition_keeps_its_tracks(tmp_path: Path) -> None:
    cut = Cut(tmp_path / "cut.aaf", F25)
    cut.slot("picture", F25)
    cut.slot("sound", F48K)
    imported = cut.read()
    assert kinds(imported) == ["V1", "A1"] and all_plays(imported, tmp_path) == []
