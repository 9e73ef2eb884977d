"""SVG drawings from arrays.

They stretch to the width that the page gives them and hold no text, so that they stay readable on a narrow screen;
labels stand beside them in HTML. Colours come from the page's style by class.
"""

from __future__ import annotations

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from twopop_engine.report.waveform import Envelope

COLUMNS = 480
HEIGHT = 100
SILENT_PEAK = 1e-6  # -120 dBFS: what is below it is drawn as the line that it is


def waveform_svg(envelope: Envelope, label: str, mark: float | None = None) -> Markup:
    """Draws an envelope, scaled to its own peak.

    Args:
        envelope: What to draw.
        label: What it shows, for those who cannot see it.
        mark: Where to draw an upright line, 0 to 1 of the width.

    Returns:
        An `<svg>` element.
    """
    shape = envelope.reduced(COLUMNS)
    columns = shape.low.size
    scale = (HEIGHT / 2 - 1) / max(shape.peak, SILENT_PEAK)
    top = np.round(HEIGHT / 2 - shape.high * scale)
    bottom = np.round(HEIGHT / 2 - shape.low * scale)
    path = "".join(_outline(run, top[run], bottom[run]) for run in _known_runs(shape))
    body = Markup('<path class="wave" d="{}"/>').format(path) if path else Markup("")
    return svg(columns, HEIGHT, label, body + _upright(mark, columns))


def curve_svg(values: NDArray[np.float32], label: str, mark: float | None = None) -> Markup:
    """Draws a curve over the whole width, scaled from its lowest to its highest value.

    Args:
        values: The curve [steps]; finite, at least one.
        label: What it shows, for those who cannot see it.
        mark: Where to draw an upright line, 0 to 1 of the width.

    Returns:
        An `<svg>` element.
    """
    shape = Envelope(values, values).reduced(COLUMNS)
    columns = shape.low.size
    floor = min(0.0, float(values.min()))
    scale = (HEIGHT - 4) / (float(values.max()) - floor or 1)
    top = np.round(HEIGHT - 2 - (shape.high - floor) * scale)
    bottom = np.round(HEIGHT - 2 - (shape.low - floor) * scale)
    path = Markup('<path class="curve" d="{}"/>').format(_outline(np.arange(columns), top, bottom))
    return svg(columns, HEIGHT, label, _upright(mark, columns) + path)


def _known_runs(shape: Envelope) -> list[NDArray[np.intp]]:
    """The columns that have sound, in runs without a hole."""
    known = np.flatnonzero(np.isfinite(shape.high))
    if not known.size:
        return []
    return np.split(known, np.flatnonzero(np.diff(known) > 1) + 1)


def _outline(columns: NDArray[np.intp], top: NDArray[np.floating], bottom: NDArray[np.floating]) -> str:
    """The path around an envelope: along its upper edge, then back along its lower one, in relative steps."""
    x = np.concatenate([columns, columns[::-1]]) + 0.5
    y = np.concatenate([top, bottom[::-1]])
    steps = zip(np.diff(x).astype(int).tolist(), np.diff(y).astype(int).tolist(), strict=True)
    return f"M{x[0]:.1f} {y[0]:.0f}l" + " ".join(f"{dx} {dy}" for dx, dy in steps) + "z"


def _upright(place: float | None, columns: int) -> Markup:
    if place is None or not 0 <= place <= 1:
        return Markup("")
    return Markup('<line class="mark" x1="{0}" x2="{0}" y1="0" y2="{1}"/>').format(f"{place * columns:.2f}", HEIGHT)


def svg(width: int, height: int, label: str, body: Markup) -> Markup:
    """An `<svg>` element that stretches.

    Args:
        width: Units across.
        height: Units down.
        label: What it shows, for those who cannot see it.
        body: What is drawn.
    """
    return Markup('<svg role="img" aria-label="{}" viewBox="0 0 {} {}" preserveAspectRatio="none">{}</svg>').format(
        label, width, height, body
    )
