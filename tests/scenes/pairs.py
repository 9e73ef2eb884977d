"""Pairs of recordings of one event, or of two, with the exact answer.

Signs and clocks are the protocol's: `start_s` is where the other's first sample lies on the reference's clock, and what
happens at t on the reference's clock stands at (t - start_s) * (1 + drift_ppm / 1e6) in the other file.

Rooms of the two sides are independent; truth is the direct sound on both.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scenes import music, speech
from scenes.recorder import LEAD_S, RATE_HZ, Cut, Recording, Side, cut_out, hear, store

Floats = NDArray[np.float32]
Kind = Literal["speech", "music", "synthetic"]
Unrelated = Literal["other material", "same speaker", "same noise", "same hum", "same tempo"]

CLOSE = Side()
"""A clean recorder at 48 kHz."""


@dataclass(frozen=True)
class Spec:
    """What to make; equal specs make equal pairs.

    Attributes:
        seed: Of every random draw.
        kind: What the event is.
        split: Which speakers.
        reference_s: Length of the reference.
        excerpt_s: Length of the other, on the reference's clock.
        start_s: Where the other starts on the reference's clock, before the rooms' delays.
        drift_ppm: The other's clock error.
        reference: How the reference hears.
        other: How the other hears.
        unrelated: None for a true pair, else in what way the other is another event.
        cuts: Where the other lacks sound, in order; its length and overlap count with what was lost.
    """

    seed: int
    kind: Kind
    split: speech.Split
    reference_s: float
    excerpt_s: float
    start_s: float
    drift_ppm: float = 0.0
    reference: Side = CLOSE
    other: Side = CLOSE
    unrelated: Unrelated | None = None
    cuts: tuple[Cut, ...] = ()

    @property
    def overlap_s(self) -> float:
        """Seconds that both recordings heard; 0 for unrelated pairs."""
        if self.unrelated:
            return 0.0
        return max(0.0, min(self.reference_s, self.start_s + self.excerpt_s) - max(0.0, self.start_s))

    @property
    def snr_db(self) -> float:
        """The noisier side's signal-to-noise ratio."""
        return min(self.reference.snr_db, self.other.snr_db)


@dataclass(frozen=True)
class Piece:
    """A stretch of the other without a cut, as the protocol's Segment: durations on the other's clock."""

    other_start_s: float
    duration_s: float
    start_s: float


@dataclass(frozen=True)
class Truth:
    """The answer: where the other lies, in one piece or as many as its cuts make."""

    start_s: float
    drift_ppm: float
    inverted_polarity: bool
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Pair:
    """Two recordings and the truth about them, None where they are unrelated."""

    reference: Recording
    other: Recording
    truth: Truth | None
    spec: Spec


def make_pair(spec: Spec) -> Pair:
    """Makes both recordings of a spec.

    Raises:
        FileNotFoundError: Real speech or noise is asked for and the shared media is absent.
    """
    rng = np.random.default_rng([spec.seed, 1])
    before_s = LEAD_S + max(0.0, -spec.start_s)
    total_s = before_s + max(spec.reference_s, spec.start_s + spec.excerpt_s) + LEAD_S
    heard_by_reference, heard_by_other = _events(spec, total_s, rng)
    voices = speech.utterances(spec.split) if spec.kind != "synthetic" else None
    reference, reference_delay_s = hear(heard_by_reference, before_s, spec.reference_s, spec.reference, voices, rng)
    other, other_delay_s = hear(heard_by_other, before_s + spec.start_s, spec.excerpt_s, spec.other, voices, rng)
    truth = None
    if not spec.unrelated:
        start_s = _snapped(before_s + spec.start_s) - _snapped(before_s) + reference_delay_s - other_delay_s
        inverted = spec.reference.inverted != spec.other.inverted
        truth = Truth(start_s, spec.drift_ppm, inverted, _pieces(spec, start_s))
    return Pair(
        store(reference, 0.0, spec.reference), store(cut_out(other, spec.cuts), spec.drift_ppm, spec.other), truth, spec
    )


def _events(spec: Spec, seconds: float, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """The events that the two sides hear: the same array for a true pair."""
    if not spec.unrelated:
        event = _event(spec, seconds, rng, None, None)
        return event, event
    tempo_bpm = float(rng.uniform(70, 160)) if spec.unrelated == "same tempo" else None
    first, second = speakers_apart(spec, rng)
    return _event(spec, seconds, rng, first, tempo_bpm), _event(spec, seconds, rng, second, tempo_bpm)


def _event(
    spec: Spec, seconds: float, rng: np.random.Generator, files: list[Path] | None, tempo_bpm: float | None
) -> Floats:
    if spec.kind == "music":
        return music.rendered_music(seconds, rng, tempo_bpm=tempo_bpm)
    if spec.kind == "synthetic":
        return speech.synthetic_speech(seconds, rng)
    return speech.joined_speech(seconds, rng, spec.split, files)


def speakers_apart(spec: Spec, rng: np.random.Generator) -> tuple[list[Path] | None, list[Path] | None]:
    """Two sets of utterances with none in common; of one speaker where the spec wants it and the split has several."""
    if spec.kind != "speech":
        return None, None
    files = speech.utterances(spec.split)
    if not files:
        raise FileNotFoundError(f"no utterances below {speech.MEDIA}")
    if spec.unrelated == "same speaker":
        chosen = speech.speaker(files[rng.integers(len(files))])
        own = [path for path in files if speech.speaker(path) == chosen]
        files = own if len(own) > 1 else files
    order = [files[i] for i in rng.permutation(len(files))]
    return order[::2], order[1::2]


def _pieces(spec: Spec, start_s: float) -> tuple[Piece, ...]:
    stretch = 1 + spec.drift_ppm / 1e6
    lost_s = sum(_snapped(cut.lost_s) for cut in spec.cuts)
    edges_s = [0.0, *(_snapped(cut.at_s) for cut in spec.cuts), _snapped(spec.excerpt_s) - lost_s]
    pieces = []
    for number, (first_s, last_s) in enumerate(pairwise(edges_s)):
        lost_before_s = sum(_snapped(cut.lost_s) for cut in spec.cuts[:number])
        pieces.append(Piece(first_s * stretch, (last_s - first_s) * stretch, start_s + first_s + lost_before_s))
    return tuple(pieces)


def _snapped(seconds: float) -> float:
    return round(seconds * RATE_HZ) / RATE_HZ
