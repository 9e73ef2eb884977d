"""What simpler means make of lip sync: loudness against opening, and a ridge regression from log-mel to the mouth.

Both search the same second on either side and take the highest correlation over the whole clip.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from twopop_engine.sync.lipsync.lips import resampled, span
from twopop_models.mel import HOP, WINDOW, log_mel

if TYPE_CHECKING:
    from lips import Talk

Doubles = NDArray[np.float64]

_LAGS = range(-100, 101)
_AROUND = range(-16, 17, 4)
_NUMBERS = (0, 2, 4, 5)  # opening, width, height, chin
_COMPONENTS = 14
_RIDGE = 3000.0


def ridge_weights(talks: list[Talk]) -> tuple[Doubles, Doubles]:
    """Components of log-mel and weights, fitted to clips taken to be in sync."""
    spectra = [_spectra(talk) for talk in talks]
    every = np.concatenate(spectra)
    _, _, components = np.linalg.svd(every - every.mean(axis=0), full_matrices=False)
    basis = components[:_COMPONENTS].T
    heard, shown = [], []
    for talk, mel in zip(talks, spectra, strict=True):
        first, shapes = _mouth(talk)
        heard.append(_context(mel @ basis)[first : first + len(shapes)])
        shown.append(shapes[: len(heard[-1])])
    said, seen = np.concatenate(heard), np.concatenate(shown)
    weights = np.linalg.solve(said.T @ said + _RIDGE * np.eye(said.shape[1]), said.T @ seen)
    return basis, np.asarray(weights, np.float64)


def ridge_offset(talk: Talk, weights: tuple[Doubles, Doubles]) -> float:
    """Offset in seconds by the regression."""
    basis, regression = weights
    return _best(_context(_spectra(talk) @ basis) @ regression, talk)


def envelope_offset(talk: Talk) -> float:
    """Offset in seconds by loudness."""
    loudness = _spectra(talk)[:, 5:30].mean(axis=1)
    return _best(loudness[:, None], talk, numbers=1)


def _best(expected: Doubles, talk: Talk, numbers: int = len(_NUMBERS)) -> float:
    first, shapes = _mouth(talk)
    scores = []
    for lag in _LAGS:
        at = first + np.arange(len(shapes)) - lag
        there = (at >= 0) & (at < len(expected))
        one, other = expected[at[there]], shapes[there][:, :numbers]
        one, other = one - one.mean(axis=0), other - other.mean(axis=0)
        norms = np.sqrt((one**2).sum(axis=0) * (other**2).sum(axis=0)) + 1e-9
        scores.append(float(((one * other).sum(axis=0) / norms).mean()))
    return _LAGS[int(np.argmax(scores))] / 100


def _spectra(talk: Talk) -> Doubles:
    mel = log_mel(np.pad(talk.sound, WINDOW // 2)).astype(np.float64)
    mel = np.maximum(mel, mel.max() - 12)
    assert len(mel) >= len(talk.sound) // HOP
    return np.asarray(mel - mel.mean(axis=0), np.float64)


def _mouth(talk: Talk) -> tuple[int, Doubles]:
    """The longest stretch of the longest face: its first frame, and the numbers that count [frames, 4]."""
    _, scorer = max(talk.faces, key=lambda part: part[0].seen_s)
    times_s, shapes = max(scorer.shapes(), key=lambda run: len(run[0]))
    first, stop = span(times_s)
    even = resampled(times_s, shapes, first, stop)
    chosen = even[:, _NUMBERS].astype(np.float64)
    chosen = chosen - chosen.mean(axis=0)
    return max(first, 0), chosen / (chosen.std(axis=0) + 1e-6)


def _context(values: Doubles) -> Doubles:
    places = np.clip(np.arange(len(values))[:, None] + np.array(_AROUND), 0, len(values) - 1)
    return np.asarray(values[places].reshape(len(values), -1), np.float64)
