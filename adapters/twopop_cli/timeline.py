"""The demo's timeline: camera clips on V1, their scratch sound on A1."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from twopop.timing import Timecode, range_from_wire, rational_from_wire, round_half_up
from twopop.v1 import demo_pb2


def write_timeline(demo: demo_pb2.DemoResult, path: Path) -> None:
    """Writes the timeline of the demo.

    Args:
        demo: What the engine made.
        path: The .otio file; replaced when it exists.
    """
    rate = rational_from_wire(demo.frame_rate)
    timeline = otio.schema.Timeline(path.stem)
    timeline.global_start_time = _frames(Timecode.parse(demo.start_timecode, rate).frame, rate)
    for name, kind in (("V1", otio.schema.TrackKind.Video), ("A1", otio.schema.TrackKind.Audio)):
        timeline.tracks.append(otio.schema.Track(name, kind=kind, children=[_clip(clip, rate) for clip in demo.clips]))
    otio.adapters.write_to_file(timeline, str(path))


def _clip(clip: demo_pb2.DemoClip, rate: Fraction) -> otio.schema.Clip:
    """A clip whose ranges count by the file's timecode, as editors write them."""
    first = Timecode.parse(clip.start_timecode, rate).frame
    start, duration = range_from_wire(clip.source_range)
    whole = rational_from_wire(clip.duration)
    media = otio.schema.ExternalReference(Path(clip.path).as_uri(), _range(first, round_half_up(whole * rate), rate))
    used = _range(first + round_half_up(start * rate), round_half_up(duration * rate), rate)
    return otio.schema.Clip(clip.name, media, used)


def _range(first: int, count: int, rate: Fraction) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(_frames(first, rate), _frames(count, rate))


def _frames(count: int, rate: Fraction) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(count, float(rate))
