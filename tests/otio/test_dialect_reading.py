"""What each editor writes is read as it means it: links, channels, speeds, angles, and who wrote the file."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

import otio_files as files
from twopop_actions.sync.slots import find_slots
from twopop_actions.timeline import Timeline
from twopop_otio.dialects import EDITORS, Dialect, recognise
from twopop_otio.dialects.premiere import PremiereDialect
from twopop_otio.dialects.resolve import ResolveDialect
from twopop_otio.host import OtioHost

S = Fraction(1)
VSE_IO_COMMENT = {"AAF": {"UserComments": {"Blender.scene": "edit"}}}


def read(root: files.Json, folder: Path) -> Timeline:
    return OtioHost(files.save(root, folder / "in.otio"), folder / "out.otio").read()


def camera(name: str = "A", metadata: files.Json | None = None) -> files.Json:
    return files.clip(name, "/shoot/A.mov", files.span(2 * S, 4 * S, 24.0), metadata=metadata)


def pair(metadata: files.Json | None = None, video: str = "V1", audio: str = "A1") -> tuple[files.Json, files.Json]:
    clip = camera(metadata=metadata)
    return files.track(video, "Video", clip), files.track(audio, "Audio", clip)


def marked_marker() -> files.Json:
    root = files.timeline(*pair())
    clip = root["tracks"]["children"][0]["children"][0]
    clip["markers"] = [{"OTIO_SCHEMA": "Marker.2", "metadata": {"kdenlive": {"type": 2}}}]
    return root


def vse_io() -> files.Json:
    root = files.timeline(*pair(video="Channel 2", audio="Channel 1"))
    root["tracks"]["children"][0]["children"][0]["media_references"]["DEFAULT_MEDIA"]["metadata"] = VSE_IO_COMMENT
    return root


@pytest.mark.parametrize(
    ("root", "name"),
    [
        (files.timeline(*pair()), "otio"),
        (files.timeline(), "otio"),
        (files.timeline(*pair(), metadata=files.RESOLVE), "resolve"),
        (files.timeline(*pair({"Resolve_OTIO": {}})), "resolve"),
        (files.timeline(*pair(), metadata=files.PREMIERE), "premiere"),
        (files.timeline(*pair({"PremierePro_OTIO": {"LinkID": "1"}})), "premiere"),
        (files.timeline(*pair({"Resolve_OTIO": {}}), metadata=files.PREMIERE), "premiere"),
        (files.timeline(*pair({"PremierePro_OTIO": {}}), metadata=files.RESOLVE), "resolve"),
        (files.timeline(*pair(), metadata={"kdenlive": {}}), "kdenlive"),
        (marked_marker(), "kdenlive"),
        (files.timeline(*pair(), metadata={"blender": {}}), "blender"),
        (files.timeline(*pair(video="V-1", audio="A-1")), "blender"),
        (files.timeline(*pair(video="V-1", audio="A1")), "otio"),
        (vse_io(), "blender"),
    ],
)
def test_who_wrote_it(root: files.Json, name: str) -> None:
    assert recognise(root, 24.0).name == name


def test_every_dialect_is_known_by_its_name_and_says_what_its_editor_can() -> None:
    assert list(EDITORS) == ["resolve", "premiere", "blender", "kdenlive"]
    for name, kind in EDITORS.items():
        assert kind.name == name and kind.key
        assert not kind.capabilities.sub_frame
    drops = [kind.name for kind in EDITORS.values() if not kind.capabilities.disabling]
    assert drops == ["blender", "kdenlive"]
    assert [kind.name for kind in EDITORS.values() if kind.capabilities.gain_keys] == ["resolve"]


@pytest.mark.parametrize(
    ("metadata", "link"),
    [
        ({"Resolve_OTIO": {"Link Group ID": 4}}, "4"),
        ({"Resolve_OTIO": {"Link Group ID": 0}}, "0"),
        ({"PremierePro_OTIO": {"LinkID": "17"}}, "17"),
        ({"Resolve_OTIO": {"Link Group ID": {}}}, None),
        ({}, None),
    ],
)
def test_linked_sound_is_found(tmp_path: Path, metadata: files.Json, link: str | None) -> None:
    """By its id where there is one, else by file, sync and overlap."""
    timeline = read(files.timeline(*pair(metadata)), tmp_path)
    assert [clip.link for clip in timeline.clips] == [link, link]
    (slot,) = find_slots(timeline)
    assert len(slot.pictures) == len(slot.scratch) == 1


MAPPING = json.dumps({"embedded_audio_channels": 4, "track_mapping": {"1": {"channel_idx": [3, 4], "type": "Stereo"}}})
MUTED = json.dumps({"track_mapping": {"1": {"channel_idx": [1]}, "2": {"channel_idx": [2], "mute": True}}})


@pytest.mark.parametrize(
    ("kind", "block", "channels"),
    [
        (ResolveDialect, {"Channels": [{"Source Channel ID": 1, "Source Track ID": 2}]}, ((2, 1),)),
        (ResolveDialect, {"Channels": [{"Source Channel ID": "x"}]}, None),
        (ResolveDialect, {"Channels": [3]}, None),
        (ResolveDialect, {"AudioMapping": MAPPING}, ((0, 2), (0, 3))),
        (ResolveDialect, {"AudioMapping": MUTED}, ((0, 0),)),
        (ResolveDialect, {"AudioMapping": "not JSON"}, None),
        (ResolveDialect, {"AudioMapping": "[]"}, None),
        (ResolveDialect, {}, None),
        (PremiereDialect, {"AudioChannels": {"SecondaryAssignments": [{"SecondaryChannelIndex": 1}]}}, ((0, 1),)),
        (PremiereDialect, {"AudioChannels": {"SecondaryAssignments": [{}]}}, None),
        (PremiereDialect, {"AudioChannels": 5}, None),
    ],
)
def test_channel_maps(kind: type[Dialect], block: files.Json, channels: tuple[tuple[int, int], ...] | None) -> None:
    assert kind.key
    assert kind(24.0).channels(camera(metadata={kind.key: block})) == channels


@pytest.mark.parametrize(("name", "shown"), [("resolve", 6), ("premiere", 3), ("blender", 6), ("kdenlive", 6)])
def test_a_retimed_clip_is_as_long_as_its_editor_means(name: str, shown: int) -> None:
    dialect = EDITORS[name](24.0)
    assert dialect.record_duration(6 * S, 2 * S) == shown
    assert dialect.source_duration(dialect.record_duration(6 * S, -2 * S), -2 * S) == 6
    assert dialect.record_duration(6 * S, None) == dialect.source_duration(6 * S, None) == 6


def multicam(name: str, **off: bool) -> files.Json:
    angles = [
        files.track(
            f"Angle {number}", "Video", files.clip(f"cam{number}", f"/{number}.mov", files.span(9 * S, 9 * S, 24.0))
        )
        for number in (1, 2, 3)
    ]
    for angle in angles:
        angle["enabled"] = angle["name"] not in off
    return files.stack(name, files.span(2 * S, 3 * S, 24.0), *angles)


@pytest.mark.parametrize(
    ("name", "sequence", "off", "plays"),
    [
        ("Interview - Angle 2", "Multicam Clip", (), ["cam2"]),
        ("Angle 1 of the house - Angle 3", "Multicam Clip", (), ["cam3"]),
        ("Interview - Angle 9", "Multicam Clip", (), ["cam1", "cam2", "cam3"]),
        ("Interview - Angle 2", "Compound Clip", (), ["cam1", "cam2", "cam3"]),
        ("nest", None, ("Angle 1", "Angle 3"), ["cam2"]),
        ("Interview - Angle 2", "Multicam Clip", ("Angle 2",), []),
    ],
)
def test_the_active_angle_plays(
    tmp_path: Path, name: str, sequence: str | None, off: tuple[str, ...], plays: list[str]
) -> None:
    stack = multicam(name, **dict.fromkeys(off, True))
    stack["metadata"] = {"Resolve_OTIO": {"Sequence Type": sequence}}
    track = files.track("Video 1", "Video", files.gap(S, 24.0), stack)
    clips = read(files.timeline(track), tmp_path).clips
    assert [clip.name for clip in clips if clip.enabled] == plays
    assert {(clip.record_start, clip.record_duration, clip.source_start) for clip in clips} == {(S, 3 * S, 11 * S)}
    assert len(clips) == 3


def test_a_locked_track_is_read_like_any_other(tmp_path: Path) -> None:
    video, audio = pair({"Resolve_OTIO": {"Link Group ID": 1}})
    video["metadata"] = audio["metadata"] = {"Resolve_OTIO": {"Locked": True}}
    assert len(read(files.timeline(video, audio), tmp_path).clips) == 2
