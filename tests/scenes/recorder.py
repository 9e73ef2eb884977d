"""Recorders: how a side hears an event and what it stores.

The way of the sound: room, band limit, noise, cuts, gain control, clipping, clock and rate, level and polarity, coder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from scenes import clock, codec, noise, room

Floats = NDArray[np.float32]
Layout = Literal["mono", "stereo", "left only", "right only"]

RATE_HZ = 48000

# Sound of the event before the hearing starts, so that its reverberation is there from the first sample.
LEAD_S = 1.0


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
        clip_db: How far the loudest sample of the sound went over the converter's range before it was cut off.
        gain_control: Whether an automatic gain control rides the level, as cameras do.
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
    clip_db: float = 0.0
    gain_control: bool = False


@dataclass(frozen=True)
class Cut:
    """A pause of the recorder, or sound that it lost.

    Attributes:
        at_s: When, in seconds of recorded sound since the start, on the event's clock.
        lost_s: How much of the event is missing.
    """

    at_s: float
    lost_s: float


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


def hear(
    event: Floats, from_s: float, seconds: float, side: Side, voices: Sequence[Path] | None, rng: np.random.Generator
) -> tuple[Floats, float]:
    """What a side's microphones hear.

    Args:
        event: The event [samples] at 48 kHz, from a second before what is heard.
        from_s: Where in the event the hearing starts.
        seconds: How long it lasts.
        side: How.
        voices: Utterances for babble; synthetic voices when None.
        rng: Draws room and noise.

    Returns:
        The sound [channels, samples] at 48 kHz, and how late the direct sound comes, in seconds.
    """
    first, count = round(from_s * RATE_HZ), round(seconds * RATE_HZ)
    lead = round(LEAD_S * RATE_HZ)
    rt60_s = side.rt60_s if side.drr_db is not None else 0.0
    response, direct_index = room.room_response(rng, RATE_HZ, rt60_s, side.drr_db or 0.0)
    wet = room.in_room(event[first - lead : first + count], response)[lead : lead + count]
    if side.band_hz:
        wet = _limited(wet, side.band_hz)
    unwanted = noise.noise(side.noise, count / RATE_HZ, rng, voices)
    if side.band_hz:
        unwanted = _limited(unwanted, side.band_hz)
    gain = np.float32(noise.noise_gain(wet, unwanted, side.snr_db))
    return _laid_out(wet, unwanted * gain, side, rng), direct_index / RATE_HZ


def cut_out(channels: Floats, cuts: tuple[Cut, ...]) -> Floats:
    """Sound [channels, samples] at 48 kHz without what was lost."""
    for cut in cuts:
        at, lost = round(cut.at_s * RATE_HZ), round(cut.lost_s * RATE_HZ)
        channels = np.concatenate([channels[:, :at], channels[:, at + lost :]], axis=1)
    return channels


def store(channels: Floats, drift_ppm: float, side: Side) -> Recording:
    """What the recorder makes of sound [channels, samples] at 48 kHz: gain, clipping, clock, polarity, level."""
    if side.gain_control:
        channels = channels * _riding_gain(channels)
    channels = channels / np.abs(channels).max()
    ceiling = np.float32(10 ** (-side.clip_db / 20))
    channels = clock.with_clock(np.clip(channels, -ceiling, ceiling), RATE_HZ, drift_ppm, side.rate_hz)
    level = np.float32((-1 if side.inverted else 1) * 10 ** (side.peak_db / 20) / np.abs(channels).max())
    return Recording(channels * level, side.rate_hz, side.codec)


def _riding_gain(channels: Floats) -> Floats:
    """The gain [samples] of a 3:1 compressor: 10 ms steps, quick to turn down, 1 s to come back."""
    step = RATE_HZ // 100
    blocks = np.abs(channels[:, : channels.shape[1] // step * step]).max(axis=0).reshape(-1, step).max(axis=1)
    held = np.empty_like(blocks)
    level = np.float32(0)
    for number, block in enumerate(blocks):
        level = held[number] = max(block, level * np.float32(0.99))
    gain = (held + np.float32(1e-3) * held.max()) ** np.float32(-2 / 3)
    at = (np.arange(len(gain)) + 0.5) * step
    ridden: Floats = np.interp(np.arange(channels.shape[1]), at, gain).astype(np.float32)
    return ridden


def _laid_out(wet: Floats, unwanted: Floats, side: Side, rng: np.random.Generator) -> Floats:
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
