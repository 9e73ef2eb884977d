"""The drawings of one clip: camera and recording before and after, and the correlation that decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from markupsafe import Markup

from twopop.errors import TwopopError
from twopop.timing import range_from_wire
from twopop.v1 import media_pb2, report_pb2, sync_pb2
from twopop_engine.report import wording
from twopop_engine.report.plot import COLUMNS, curve_svg, waveform_svg
from twopop_engine.report.waveform import (
    ONSET_STEP_S,
    Envelope,
    Mixed,
    envelope,
    open_mixed,
    segment_stop_s,
    strongest_onset,
    whole_file,
)

LONGEST_STRETCH_S = 300.0
ZOOM_S = 0.2
FINE_STEP_S = 0.00025
TICKS = 5


@dataclass(frozen=True)
class Lane:
    """One waveform with its name."""

    name: str
    drawing: Markup


@dataclass(frozen=True)
class Panel:
    """Drawings over one stretch of time, with labels at equal distances below."""

    title: str
    lanes: Sequence[Lane]
    ticks: Sequence[str]


@dataclass(frozen=True)
class Figures:
    """What is drawn of a clip.

    Attributes:
        panels: Overview and zoom, before and (when matched) after.
        curve: The correlation around the chosen place; None when there is none.
        remark: What the reader must know about the drawings; empty when nothing.
    """

    panels: Sequence[Panel] = ()
    curve: Panel | None = None
    remark: str = ""


@dataclass(frozen=True)
class _Stretch:
    """A stretch of the reference's clock, and where the clip starts on it."""

    start_s: float
    duration_s: float
    origin_s: float

    @property
    def stop_s(self) -> float:
        return self.start_s + self.duration_s

    def share(self, time_s: float | None) -> float | None:
        """Where a time lies in the stretch, 0 to 1."""
        return None if time_s is None else (time_s - self.start_s) / self.duration_s

    def ticks(self, decimals: int) -> list[str]:
        step_s = self.duration_s / (TICKS - 1)
        times_s = (self.start_s - self.origin_s + i * step_s for i in range(TICKS))
        return [f"{time_s:.{decimals}f}{wording.THIN}s".replace("-", wording.MINUS) for time_s in times_s]


def draw(clip: report_pb2.ReportClip) -> Figures:
    """Draws a clip.

    Args:
        clip: The clip; its media is read.

    Returns:
        The figures; a remark instead of waveforms when the media cannot be read.
    """
    curve = _curve_panel(clip.match)
    if not clip.other_paths:
        return Figures(curve=curve)
    try:
        with open_mixed([clip.reference_path]) as reference, open_mixed(clip.other_paths) as other:
            panels, remark = _panels(clip, reference, other)
    except TwopopError as error:
        return Figures(curve=curve, remark=f"The waveforms could not be drawn: {error.message}")
    return Figures(panels, curve, remark)


def _panels(clip: report_pb2.ReportClip, reference: Mixed, other: Mixed) -> tuple[list[Panel], str]:
    match = clip.match
    matched = match.verdict == sync_pb2.MATCH_VERDICT_MATCHED
    camera = [whole_file(0.0, reference.length_s)]
    before = [whole_file(match.timecode_start_s if match.HasField("timecode_start_s") else 0.0, other.length_s)]
    after = list(match.segments) if matched else []
    stretch, remark = _stretch(clip, reference, after or before)
    if stretch.duration_s <= 0:
        return [], "The clip uses none of its media, so nothing is drawn."
    fine = max(COLUMNS, round(stretch.duration_s / ONSET_STEP_S))
    seen = envelope(reference, camera, stretch.start_s, stretch.duration_s, fine)
    how = "by timecode" if match.HasField("timecode_start_s") else "at their starts"
    states = [(f"Before: lined up {how}" if matched else f"Lined up {how}", before, False)]
    if matched:
        states.append(("After: at the place found", after, match.inverted_polarity))
    laid = [
        (title, segments, flip, envelope(other, segments, stretch.start_s, stretch.duration_s, fine))
        for title, segments, flip in states
    ]
    onset_s = _onset(reference, camera, seen, laid[-1][3], stretch)
    panels = [_panel(title, seen, _turned(heard, flip), stretch, onset_s, 2) for title, _, flip, heard in laid]
    if onset_s is not None:
        zoom = _Stretch(onset_s - ZOOM_S / 2, ZOOM_S, stretch.origin_s)
        near = envelope(reference, camera, zoom.start_s, zoom.duration_s, COLUMNS)
        for title, segments, flip, _ in laid:
            heard = _turned(envelope(other, segments, zoom.start_s, zoom.duration_s, COLUMNS), flip)
            state, colon, _ = title.rpartition(": ")
            close_up = f"{state}{colon}200 ms around the strongest onset"
            panels.append(_panel(close_up, near, heard, zoom, onset_s, 3))
    return panels, remark


def _onset(
    reference: Mixed, camera: Sequence[media_pb2.Segment], seen: Envelope, heard: Envelope, stretch: _Stretch
) -> float | None:
    """The strongest onset of the camera's sound where there is a recording, to a quarter of a millisecond."""
    coarse_s = strongest_onset(seen, heard, stretch.start_s, stretch.duration_s)
    if coarse_s is None:
        return None
    start_s, duration_s = coarse_s - 3 * ONSET_STEP_S, 6 * ONSET_STEP_S
    near = envelope(reference, camera, start_s, duration_s, round(duration_s / FINE_STEP_S))
    return strongest_onset(near, near, start_s, duration_s) or coarse_s


def _stretch(
    clip: report_pb2.ReportClip, reference: Mixed, segments: Sequence[media_pb2.Segment]
) -> tuple[_Stretch, str]:
    """What to draw: the used range, or the part of a long one that the recording covers, and what is left out."""
    start, duration = range_from_wire(clip.reference_range)
    origin_s, duration_s = float(start), float(duration) or reference.length_s
    if duration_s <= LONGEST_STRETCH_S:
        return _Stretch(origin_s, duration_s, origin_s), ""
    stop_s = origin_s + duration_s
    covered_from_s = max(origin_s, min((s.start_s for s in segments), default=origin_s))
    covered_to_s = min(stop_s, max((segment_stop_s(s) for s in segments), default=stop_s))
    middle_s = (covered_from_s + covered_to_s) / 2 if covered_to_s > covered_from_s else origin_s + duration_s / 2
    first_s = min(max(middle_s - LONGEST_STRETCH_S / 2, origin_s), stop_s - LONGEST_STRETCH_S)
    remark = (
        f"The clip is {wording.length(duration_s)} long; {wording.length(LONGEST_STRETCH_S)} of it are drawn, "
        f"from {wording.length(first_s - origin_s)} on."
    )
    return _Stretch(first_s, LONGEST_STRETCH_S, origin_s), remark


def _turned(shape: Envelope, flip: bool) -> Envelope:
    return shape.flipped() if flip else shape


def _panel(
    title: str, seen: Envelope, heard: Envelope, stretch: _Stretch, onset_s: float | None, decimals: int
) -> Panel:
    mark = stretch.share(onset_s)
    lanes = [
        Lane("Camera", waveform_svg(seen, f"Waveform of the camera's sound. {title}.", mark)),
        Lane("Recording", waveform_svg(heard, f"Waveform of the recording. {title}.", mark)),
    ]
    return Panel(title, lanes, stretch.ticks(decimals))


def _curve_panel(match: sync_pb2.MatchPair) -> Panel | None:
    curve = match.curve
    values = np.asarray(curve.values, np.float32)
    values = values[np.isfinite(values)]
    if not values.size or curve.step_s <= 0:
        return None
    span_s = curve.step_s * values.size
    left_s = curve.first_lag_s - curve.step_s / 2  # a value stands in the middle of its column
    label = f"Correlation against lag; its peak is {values.max():.1f} standard deviations high, at the chosen place."
    ticks = [wording.signed((left_s + i * span_s / (TICKS - 1)) * 1e3, 1, "ms") for i in range(TICKS)]
    title = f"Correlation around the chosen place (peak {values.max():.0f} standard deviations)"
    return Panel(title, [Lane("", curve_svg(values, label, -left_s / span_s))], ticks)
