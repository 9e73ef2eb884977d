"""The offset over time, with the standards' bands behind it and their reach beside it, as SVG.

Like the drawings of `plot.py` these stretch and hold no text: scales and names stand beside them in HTML.
"""

from __future__ import annotations

import itertools
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from twopop.v1 import sync_pb2
from twopop_engine.report.plot import svg

HEIGHT = 200
_WIDTH = 480
_BAR = 10  # units from one standard's bar to the next
_LEAST_MS = 210.0
_ROOM = 1.15


@dataclass(frozen=True)
class Band:
    """How far a standard lets sound lead (> 0) and trail (< 0), in milliseconds.

    Attributes:
        name: Of the standard.
        low_ms: The most that sound may trail, negative.
        high_ms: The most that it may lead.
        passed: Whether what was measured lies within; None when nothing could be told.
    """

    name: str
    low_ms: float
    high_ms: float
    passed: bool | None


def reach_ms(offsets_s: Iterable[float]) -> float:
    """Half the height of the drawing, in milliseconds: all standards and all offsets lie within."""
    widest = max((abs(offset_s) * 1000 for offset_s in offsets_s), default=0.0)
    return max(_LEAST_MS, -(-widest * _ROOM // 50) * 50)


def offset_svg(
    speaker: sync_pb2.SpeakerSync, mended: sync_pb2.SpeakerSync | None, bands: Sequence[Band], reach: float
) -> Markup:
    """Draws the offset in each window of time.

    Args:
        speaker: What was measured.
        mended: The same after the mend; None when there is nothing to compare.
        bands: The standards.
        reach: Half the height, in milliseconds.

    Returns:
        An `<svg>` element over the time for which the face is seen.
    """
    start_s, stop_s = seen_span(speaker)
    scale = _WIDTH / (stop_s - start_s)
    parts = [_band(band, reach) for band in bands]
    parts.append(_line("zero", 0, _WIDTH, _y(0.0, reach)))
    if speaker.HasField("offset_s"):
        parts.append(_line("overall", 0, _WIDTH, _y(speaker.offset_s * 1000, reach)))
    for kind, windows in (("before", speaker.windows), ("after", mended.windows if mended else ())):
        parts += [
            _window(kind, one, start_s, scale, reach, _hop(windows)) for one in windows if one.HasField("offset_s")
        ]
    for one in speaker.stretches:
        left = (one.start_s - start_s) * scale
        parts.append(_line("stretch", left, left + one.duration_s * scale, _y(one.offset_s * 1000, reach)))
    told = sum(one.HasField("offset_s") for one in speaker.windows)
    label = f"Offset over time: told in {told} of {len(speaker.windows)} windows, on the standards' bands."
    return svg(_WIDTH, HEIGHT, label, Markup("").join(parts))


def reach_svg(bands: Sequence[Band], reach: float) -> Markup:
    """Draws one upright bar for each standard, from what it lets sound trail to what it lets it lead."""
    parts = [
        Markup('<line class="bar {0}" x1="{1}" x2="{1}" y1="{2:.1f}" y2="{3:.1f}"/>').format(
            _passed(band), _BAR * index + _BAR / 2, _y(band.high_ms, reach), _y(band.low_ms, reach)
        )
        for index, band in enumerate(bands)
    ]
    zero = _line("zero", 0, _BAR * len(bands), _y(0.0, reach))
    return svg(_BAR * len(bands), HEIGHT, "What each standard lets pass.", zero + Markup("").join(parts))


def seen_span(speaker: sync_pb2.SpeakerSync) -> tuple[float, float]:
    """The stretch of time that is drawn, in seconds; never empty."""
    ends = [speaker.seen.stop_s, *(one.start_s + one.duration_s for one in speaker.windows)]
    starts = [speaker.seen.start_s, *(one.start_s for one in speaker.windows)]
    return min(starts), max(*ends, min(starts) + 0.1)


def _hop(windows: Sequence[sync_pb2.SyncWindow]) -> float:
    """Seconds from one window to the next, so that each is drawn where it says most: in its middle."""
    steps = [after.start_s - before.start_s for before, after in itertools.pairwise(windows)]
    return statistics.median(steps) if steps else windows[0].duration_s


def _window(kind: str, one: sync_pb2.SyncWindow, start_s: float, scale: float, reach: float, hop_s: float) -> Markup:
    middle_s = one.start_s + one.duration_s / 2 - start_s
    left, right = (middle_s - hop_s / 2) * scale, (middle_s + hop_s / 2) * scale
    faint = f"{0.25 + 0.75 * min(max(one.confidence, 0.0), 1.0):.2f}"
    return _line(f"window {kind}", left, right, _y(one.offset_s * 1000, reach), faint)


def _band(band: Band, reach: float) -> Markup:
    top, bottom = _y(band.high_ms, reach), _y(band.low_ms, reach)
    return Markup('<rect class="band" x="0" width="{}" y="{:.1f}" height="{:.1f}"/>').format(_WIDTH, top, bottom - top)


def _line(kind: str, left: float, right: float, y: float, opacity: str = "1") -> Markup:
    return Markup('<line class="{}" x1="{:.1f}" x2="{:.1f}" y1="{:.1f}" y2="{:.1f}" opacity="{}"/>').format(
        kind, left, right, y, y, opacity
    )


def _y(offset_ms: float, reach: float) -> float:
    """Where an offset stands: sound that leads is above the middle."""
    return HEIGHT / 2 * (1 - offset_ms / reach)


def _passed(band: Band) -> str:
    return "unknown" if band.passed is None else "pass" if band.passed else "fail"
