"""Pairs of recordings of one event, or of two, with the exact answer.

Signs and clocks are the protocol's: `start_s` is where the other's first sample lies on the reference's clock, and what
happens at t on the reference's clock stands at (t - start_s) * (1 + drift_ppm / 1e6) in the other file.

The way of the sound on each side: event, room, band limit, noise, clock and rate, level and polarity, coder. Rooms of
the two sides are independent; truth is the direct sound on both.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from scenes import clock, codec, music, noise, room, speech

Floats = NDArray[np.float32]
Kind = Literal["speech", "music", "synthetic"]
Unrelated = Literal["other material", "same speaker", "same noise", "same hum", "same tempo"]
Layout = Literal["mono", "stereo", "left only", "right only"]

RATE_HZ = 48000
# Sound of the event before a recording starts, so that its reverberation is there from the first sample.
_LEAD_S = 1.0


@dataclass(frozen=True)
class Side:
    """How one recording hears the event.

    Attributes:
        rate_hz: Samples in a second of the file.
        snr_db: Noise against the active signal, both within the band limit.
        noise: Kind of noise.
        drr_db: Direct-to-reverberant ratio; None for no room.
        rt60_s: Reverberation time.
        band_hz: Upper band limit (linear phase); None for none.
        codec: The coder.
        layout: Channels: "left only" and "right only" have but noise on the other channel.
        inverted: Whether the polarity is turned.
        peak_db: Level of the loudest sample against full scale.
    """

    rate_hz: int = 48000
    snr_db: float = 40.0
    noise: noise.NoiseKind = "white"
    drr_db: float | None = None
    rt60_s: float = 0.4
    band_hz: float | None = None
    codec: codec.Codec = "wav"
    layout: Layout = "mono"
    inverted: bool = False
    peak_db: float = -3.0


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
    """

    seed: int
    kind: Kind
    split: speech.Split
    reference_s: float
    excerpt_s: float
    start_s: float
    drift_ppm: float = 0.0
    reference: Side = Side()
    other: Side = Side()
    unrelated: Unrelated | None = None

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
class Recording:
    """One file's sound.

    Attributes:
        samples: Waveform [channels, samples] before the coder.
        rate_hz: Samples in a second.
        codec: The coder.
    """

    samples: Floats
    rate_hz: int
    codec: codec.Codec

    def heard(self) -> Floats:
        """The waveform [channels, samples] after the coder, as long as before."""
        return codec.through_codec(self.samples, self.rate_hz, self.codec)

    def write(self, folder: Path, name: str) -> Path:
        """Writes the coded file NAME.SUFFIX and returns its path."""
        path = folder / f"{name}{codec.suffix(self.codec)}"
        path.write_bytes(codec.encode(self.samples, self.rate_hz, self.codec))
        return path


@dataclass(frozen=True)
class Truth:
    """The answer: where the other lies. None for unrelated pairs."""

    start_s: float
    drift_ppm: float
    inverted_polarity: bool


@dataclass(frozen=True)
class Pair:
    """Two recordings and the truth about them."""

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
    before_s = _LEAD_S + max(0.0, -spec.start_s)
    total_s = before_s + max(spec.reference_s, spec.start_s + spec.excerpt_s) + _LEAD_S
    heard_by_reference, heard_by_other = _events(spec, total_s, rng)
    reference, reference_delay_s = _record(
        heard_by_reference, before_s, spec.reference_s, 0.0, spec.reference, spec, rng
    )
    other, other_delay_s = _record(
        heard_by_other, before_s + spec.start_s, spec.excerpt_s, spec.drift_ppm, spec.other, spec, rng
    )
    truth = None
    if not spec.unrelated:
        start_s = _snapped(before_s + spec.start_s) - _snapped(before_s) + reference_delay_s - other_delay_s
        truth = Truth(start_s, spec.drift_ppm, spec.reference.inverted != spec.other.inverted)
    return Pair(reference, other, truth, spec)


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


def _record(
    event: Floats, from_s: float, seconds: float, drift_ppm: float, side: Side, spec: Spec, rng: np.random.Generator
) -> tuple[Recording, float]:
    """One recording and how late its direct sound comes, in seconds."""
    first, count = round(from_s * RATE_HZ), round(seconds * RATE_HZ)
    lead = round(_LEAD_S * RATE_HZ)
    response, direct_index = room.room_response(
        rng, RATE_HZ, side.rt60_s if side.drr_db is not None else 0.0, side.drr_db or 0.0
    )
    wet = room.in_room(event[first - lead : first + count], response)[lead : lead + count]
    if side.band_hz:
        wet = _limited(wet, side.band_hz)
    unwanted = _noise(count, side, spec, rng)
    gain = np.float32(noise.noise_gain(wet, unwanted, side.snr_db))
    channels = _laid_out(wet, unwanted * gain, side, spec, rng)
    channels = clock.with_clock(channels, RATE_HZ, drift_ppm, side.rate_hz)
    channels = channels * np.float32((-1 if side.inverted else 1) * 10 ** (side.peak_db / 20) / np.abs(channels).max())
    return Recording(channels, side.rate_hz, side.codec), direct_index / RATE_HZ


def _noise(count: int, side: Side, spec: Spec, rng: np.random.Generator) -> Floats:
    files = speech.utterances(spec.split) if spec.kind != "synthetic" else None
    made = noise.noise(side.noise, count / RATE_HZ, rng, files)
    if side.band_hz:
        made = _limited(made, side.band_hz)
    return made


def _laid_out(wet: Floats, unwanted: Floats, side: Side, spec: Spec, rng: np.random.Generator) -> Floats:
    mix = wet + unwanted
    if side.layout == "mono":
        return mix[np.newaxis]
    if side.layout == "stereo":
        return np.stack([mix, np.float32(0.7) * (wet + np.roll(unwanted, RATE_HZ // 100))])
    gain = np.float32(np.sqrt(noise.mean_power(mix)))
    useless = noise.noise("pink", len(wet) / RATE_HZ, rng) * gain
    return np.stack([mix, useless] if side.layout == "left only" else [useless, mix])


def _limited(sound: Floats, band_hz: float) -> Floats:
    """Low-passed with a linear-phase filter whose delay is taken out."""
    taps = signal.firwin(401, band_hz, window=("kaiser", 8.0), fs=RATE_HZ).astype(np.float32)
    return cast(Floats, signal.oaconvolve(sound, taps, mode="same"))


def _snapped(seconds: float) -> float:
    return round(seconds * RATE_HZ) / RATE_HZ
