"""AAF compositions, read raw with pyaaf2 and through the OTIO adapter."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import aaf2
import opentimelineio as otio
import pytest

import otio_files as files
from exports import everything
from exports.footage import RATES, clicks, frames, gap, shot
from renderer import exact_rate
from twopop_otio.exports import Exported, export
from twopop_otio.timeline import read


def exported(root: files.Json, folder: Path) -> Exported:
    return export(read(files.save(root, folder / "cut.otio")), "aaf", folder / "cut.aaf")


@pytest.fixture
def composition(tmp_path: Path) -> Iterator[Any]:
    with aaf2.open(str(exported(everything.timeline(25.0, label=90000), tmp_path).path), "r") as file:
        (mob,) = file.content.toplevel()
        yield mob


def slots(mob: Any, kind: str) -> list[Any]:
    return [slot for slot in mob.slots if slot.media_kind == kind]


def parts(slot: Any) -> list[tuple[str, int]]:
    return [(type(part).__name__, part.length) for part in slot.segment.components]


@pytest.mark.parametrize("rate", RATES)
def test_timecode_is_the_first_physical_track(tmp_path: Path, rate: float) -> None:
    label = 107892 if rate in (29.97, 59.94) else 3600 * round(rate)
    with aaf2.open(str(exported(everything.timeline(rate, label), tmp_path).path), "r") as file:
        (mob,) = file.content.toplevel()
        (slot,) = slots(mob, "Timecode")
        assert slot["PhysicalTrackNumber"].value == 1 and Fraction(slot.edit_rate) == exact_rate(rate)
        assert (slot.segment.start, slot.segment.fps) == (label, round(rate))
        assert slot.segment.drop == (rate == 29.97)
        assert {Fraction(sound.edit_rate) for sound in slots(mob, "Sound")} == {48000}


def test_dissolves_overlap_their_clips(composition: Any) -> None:
    picture = slots(composition, "Picture")[0]
    assert parts(picture)[:4] == [("Filler", 12), ("SourceClip", 110), ("Transition", 20), ("SourceClip", 70)]
    transition = list(picture.segment.components)[2]
    assert transition.cutpoint == 10 and transition["OperationGroup"].value.operation.name == "Video Dissolve"
    lengths = [length if kind != "Transition" else -length for kind, length in parts(picture)]
    assert sum(lengths) == picture.segment.length
    boom = slots(composition, "Sound")[1]
    assert parts(boom)[:2] == [("Filler", 30 * 1920), ("SourceClip", 86 * 1920)]
    assert list(boom.segment.components)[2].cutpoint == 6 * 1920


def test_a_clip_leads_to_its_file_and_its_timecode(composition: Any) -> None:
    clip = list(slots(composition, "Picture")[0].segment.components)[1]
    assert clip.start == 50 and clip.mob.name == "Ä & <film>"
    link = clip.mob.slot_at(clip.slot_id).segment
    file_mob = link.mob
    (locator,) = list(file_mob.descriptor["Locator"].value)
    assert locator["URLString"].value == "file:///media/%C3%84%20%26%20%3Cfilm%3E.mov"
    tape = file_mob.slot_at(link.slot_id).segment.mob
    (timecode,) = [slot.segment for slot in tape.slots if slot.media_kind == "Timecode"]
    assert (timecode.start, timecode.fps) == (90000, 25)


def test_channel_two_is_the_masters_second_track(composition: Any) -> None:
    boom = list(slots(composition, "Sound")[1].segment.components)[1]
    assert boom.mob.slot_at(boom.slot_id)["PhysicalTrackNumber"].value == 2
    assert boom.start == 20 * 1920


def test_markers_stand_on_an_event_track(composition: Any) -> None:
    (events,) = [slot for slot in composition.slots if type(slot).__name__ == "EventMobSlot"]
    found = [(part["Position"].value, part["Comment"].value) for part in events.segment.components]
    assert found == [(22, "look: closer"), (150, "scene 2")]


def test_sound_between_frames_keeps_its_samples_and_its_label(tmp_path: Path) -> None:
    """A file whose first sample lies 123 samples behind a frame of its timecode."""
    wav = clicks(tmp_path / "a.wav", 4, [40000, 50000], channels=2)
    label = Fraction(3600) + Fraction(123, 48000)
    source = files.span(label + Fraction(10007, 48000), Fraction(48001, 48000), 48000.0)
    clip = files.clip("a", str(wav), source, files.span(label, Fraction(4), 48000.0))
    track = files.track("A", "Audio", files.gap(Fraction(24031, 48000), 48000.0), clip)
    done = exported(files.timeline(track, rate=25.0), tmp_path)
    assert done.losses == ()
    with aaf2.open(str(done.path), "r") as file:
        (mob,) = file.content.toplevel()
        left, right = slots(mob, "Sound")
        assert parts(left) == parts(right) == [("Filler", 24031), ("SourceClip", 48001)]
        first = list(left.segment.components)[1]
        assert first.start == 10007
        link = first.mob.slot_at(first.slot_id).segment
        on_tape = link.mob.slot_at(link.slot_id).segment
        assert on_tape.start == 123
        assert bytes(link.mob.descriptor["Summary"].value)[:4] == b"RIFF"
    found: Any = otio.adapters.read_from_file(str(done.path), "AAF")
    clips = [clip.range_in_parent() for clip in found.find_clips()]
    assert [(r.start_time.value, r.duration.value, r.start_time.rate) for r in clips] == [(24031, 48001, 48000)] * 2


def test_fades_from_and_to_nothing(tmp_path: Path) -> None:
    fade = files.transition(frames(5, 25.0), 25.0)
    clip = shot("a", everything.FILM, 25.0, 100, 50, whole=900)
    track = files.track("V", "Video", gap(20, 25.0), fade, clip, fade, gap(20, 25.0))
    with aaf2.open(str(exported(files.timeline(track, rate=25.0), tmp_path).path), "r") as file:
        (mob,) = file.content.toplevel()
        (picture,) = slots(mob, "Picture")
        wanted = [
            ("Filler", 25),
            ("Transition", 10),
            ("SourceClip", 60),
            ("Transition", 10),
            ("Filler", 10),
            ("Filler", 15),
        ]
        assert parts(picture) == wanted and picture.segment.length == 90
        assert list(picture.segment.components)[2].start == 95
