"""What many trials amount to: errors, matched and refused shares, and how far confidence can be believed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np
from tables import markdown
from trial import Trial

RIGHT_S = 0.005
"""A match is right when it is nowhere further off than this."""

_LENGTHS_S = (5, 10, 20, 60, 281)
_RATIOS_DB = (-10.1, 0, 10, 20, 46)
_CONFIDENCES = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 0.99, 1.0001)

Row = list[str]


def summary(trials: Sequence[Trial]) -> dict[str, object]:
    """The figures that have a goal, and the goal."""
    true, corner, cut = ([t for t in trials if f"/{name}/" in t.key] for name in ("true", "corner", "cut"))
    unrelated = [t for t in trials if t.unrelated]
    errors_ms = [1000 * t.error_s for t in true + corner if t.error_s is not None]
    near_ms = [error for error in errors_ms if error <= 1000 * RIGHT_S]
    drifts_ppm = [abs(t.drift_error_ppm) for t in true if t.drift_error_ppm is not None and t.overlap_s > 60]
    return {
        "true pairs": len(true) + len(corner),
        "unrelated pairs": len(unrelated),
        "error, median, ms (goal: under 0.1)": _percentile(errors_ms, 50),
        "error, 95th percentile, ms": _percentile(errors_ms, 95),
        "error, largest of the right ones, ms (goal: under 1)": max(near_ms, default=None),
        "matches off by more than 5 ms (goal: 0)": len(errors_ms) - len(near_ms),
        "drift error over 60 s, median, ppm": _percentile(drifts_ppm, 50),
        "drift error over 60 s, largest, ppm (goal: within 2)": max(drifts_ppm, default=None),
        "unrelated pairs refused, share (goal: 0.995)": _share(unrelated, lambda t: not t.matched),
        "matched, 5 s or more at 0 dB or more (goal: 0.98)": _share(_within(true, 4.99, 0), _is_matched),
        "matched, 20 s or more at -10 dB or more (goal: 0.98)": _share(_within(true, 19.99, -10.1), _is_matched),
        "matched, 5 s at -10 dB (goal: 0.80)": _share(corner, _is_matched),
        "polarity told rightly, share": _share([t for t in true if t.matched], lambda t: bool(t.polarity_right)),
        "expected calibration error, all (goal: 0.05)": calibration_error(trials),
        "true start within 2 uncertainties, share": _share(
            [t for t in true if t.start_error_s is not None and t.error_s is not None and t.error_s <= RIGHT_S],
            lambda t: abs(t.start_error_s or 0) <= 2 * (t.uncertainty_s or 0),
        ),
        "cut recordings": len(cut),
        "cut recordings, all pieces within 5 ms, share": _share(cut, _is_right),
        "cut recordings, right number of pieces, share": _share(cut, lambda t: t.segments == t.pieces),
        "whole recordings taken for cut ones, share": _share(
            [t for t in true + corner if t.matched], lambda t: t.segments != 1
        ),
        "time of a match, median, s": _percentile([t.wall_s for t in trials], 50),
    }


def page(trials: Sequence[Trial]) -> str:
    """All tables, in Markdown."""
    true = [t for t in trials if not t.unrelated and t.pieces == 1]
    unrelated = [t for t in trials if t.unrelated]
    sum_rows = [["figure", "value"], *([name, _number(value)] for name, value in summary(trials).items())]
    parts = [
        "# Accuracy of the waveform sync\n",
        markdown(sum_rows),
        "## True pairs matched, by length of the overlap and noise of the worse side\n",
        _grid(true, _matched_cell),
        "## Error in ms, median / 95th percentile / largest\n",
        _grid(true, _error_cell),
        "## Drift error in ppm, median / largest\n",
        _grid(true, _drift_cell),
        "## Unrelated pairs matched\n",
        _ways(unrelated),
        "## Why pairs were refused\n",
        _reasons(trials),
        "## Reliability of the confidence\n",
        f"Right means: nowhere further off than {1000 * RIGHT_S:g} ms. True and unrelated pairs weigh the same in sum; "
        "true pairs that were refused are left out, since the engine does not say where it would have put them.\n",
        _reliability(trials),
        "Expected calibration error, by length and noise:\n",
        _grid(trials, lambda cell: _number(calibration_error(cell)) if cell else ""),
        "## Matches that are wrong\n",
        _wrong(trials),
    ]
    return "\n".join(parts)


def calibration_error(trials: Iterable[Trial]) -> float | None:
    """Expected calibration error (Naeini, Cooper, Hauskrecht, AAAI 2015) over bins of confidence, by weight.

    Cut recordings don't count: a lost piece makes an answer neither right nor wrong as a whole.
    """
    judged = _judged(trials)
    if not judged:
        return None
    total = sum(weight for _, _, weight in judged)
    return float(sum(abs(sum(w * (c - r) for c, r, w in bin_)) for bin_ in _binned(judged)) / total)


def _judged(trials: Iterable[Trial]) -> list[tuple[float, bool, float]]:
    """Confidence, whether right, and weight of every trial whose answer can be judged."""
    known = [t for t in trials if (t.matched or t.unrelated) and t.pieces == 1]
    counts = {kind: sum(bool(t.unrelated) == kind for t in known) for kind in (True, False)}
    return [(t.confidence, _is_right(t), 1 / counts[bool(t.unrelated)]) for t in known]


def _binned(judged: list[tuple[float, bool, float]]) -> list[list[tuple[float, bool, float]]]:
    edges = pairwise(_CONFIDENCES)
    return [[item for item in judged if low <= item[0] < high] for low, high in edges]


def _reliability(trials: Sequence[Trial]) -> str:
    rows = [["confidence", "pairs", "mean confidence", "right, weighted", "right, of pairs"]]
    for low, high, items in zip(_CONFIDENCES, _CONFIDENCES[1:], _binned(_judged(trials)), strict=False):
        if not items:
            continue
        weight = sum(w for _, _, w in items)
        mean = sum(w * c for c, _, w in items) / weight
        right = sum(w * r for _, r, w in items) / weight
        counted = f"{sum(r for _, r, _ in items)}/{len(items)}"
        rows.append([f"{low:g} to {min(high, 1):g}", str(len(items)), f"{mean:.3f}", f"{right:.3f}", counted])
    return markdown(rows)


def _grid(trials: Sequence[Trial], cell: Callable[[list[Trial]], str]) -> str:
    noises = list(pairwise(_RATIOS_DB))
    rows = [["overlap", *(f"{round(low)} to {round(high - 1) if high > 45 else high} dB" for low, high in noises)]]
    for short, long in pairwise(_LENGTHS_S):
        inside = [t for t in trials if short <= round(t.overlap_s, 3) < long]
        cells = [cell([t for t in inside if low <= t.snr_db < high]) for low, high in noises]
        rows.append([f"{short} to {min(long, 280)} s", *cells])
    return markdown(rows)


def _matched_cell(cell: list[Trial]) -> str:
    return f"{sum(t.matched for t in cell)}/{len(cell)}" if cell else ""


def _error_cell(cell: list[Trial]) -> str:
    errors_ms = [1000 * t.error_s for t in cell if t.error_s is not None]
    if not errors_ms:
        return ""
    return f"{_percentile(errors_ms, 50):.3f} / {_percentile(errors_ms, 95):.3f} / {max(errors_ms):.3f}"


def _drift_cell(cell: list[Trial]) -> str:
    errors_ppm = [abs(t.drift_error_ppm) for t in cell if t.drift_error_ppm is not None]
    return f"{_percentile(errors_ppm, 50):.2f} / {max(errors_ppm):.2f}" if errors_ppm else ""


def _ways(unrelated: Sequence[Trial]) -> str:
    rows = [["in what way unrelated", "speech", "music"]]
    for way in sorted({t.unrelated or "" for t in unrelated}):
        groups = [[t for t in unrelated if t.unrelated == way and (t.kind == "music") == m] for m in (False, True)]
        rows.append([way, *(_matched_cell(group) for group in groups)])
    return markdown(rows)


def _reasons(trials: Sequence[Trial]) -> str:
    rows = [["reason", "true pairs", "unrelated pairs"]]
    for reason in sorted({t.reason for t in trials if not t.matched}):
        counts = [sum(t.reason == reason and bool(t.unrelated) == u for t in trials) for u in (False, True)]
        rows.append([reason, *map(str, counts)])
    return markdown(rows)


def _wrong(trials: Sequence[Trial]) -> str:
    rows = [["trial", "what", "overlap", "noise", "confidence", "error"]]
    for t in trials:
        if t.matched and not _is_right(t):
            error = f"{1000 * t.error_s:,.2f} ms" if t.error_s is not None else "unrelated"
            what = f"{t.kind}, {t.unrelated}" if t.unrelated else t.kind
            rows.append([t.key, what, f"{t.overlap_s:.1f} s", f"{t.snr_db:.1f} dB", f"{t.confidence:.3f}", error])
    return markdown(rows) if len(rows) > 1 else "None.\n"


def _is_matched(trial: Trial) -> bool:
    return trial.matched


def _is_right(trial: Trial) -> bool:
    return trial.matched and trial.error_s is not None and trial.error_s <= RIGHT_S


def _within(trials: Sequence[Trial], overlap_s: float, snr_db: float) -> list[Trial]:
    return [t for t in trials if t.overlap_s >= overlap_s and t.snr_db >= snr_db]


def _share(trials: Sequence[Trial], holds: Callable[[Trial], bool]) -> float | None:
    return sum(map(holds, trials)) / len(trials) if trials else None


def _percentile(values: Sequence[float], percent: float) -> float | None:
    return float(np.percentile(values, percent)) if values else None


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "" if value is None else str(value)
