"""The sound of a stream, embedded as it comes.

As `lipsync.listener` does it for files, but for the average that is taken off: of the half second after a frame that
is embedded, and not of one and a half, so that answers need not wait.
"""

from __future__ import annotations

from typing import Final, Protocol

import numpy as np
import soxr
from numpy.typing import NDArray

from twopop_engine.sync.lipsync.mel import heard
from twopop_engine.sync.lipsync.towers import MARGIN, Embeddings
from twopop_engine.sync.monitor.clock import SoundClock
from twopop_engine.sync.monitor.ring import Ring
from twopop_engine.sync.speech import levels_db, speech_in
from twopop_models.centring import REACH, centred
from twopop_models.mel import BANDS, HOP, RATE_HZ, WINDOW, log_mel

BLOCK: Final = 20
"""Frames of 10 ms that are embedded together."""

AHEAD: Final = 50
"""Frames after a block that must be known before it is embedded."""

_KEPT: Final = 2400  # frames
_AROUND: Final = REACH + MARGIN
_SLICE_S: Final = 0.5  # of sound that is taken in at once


class SoundTower(Protocol):
    """The sound's network: `lipsync.towers.Towers`."""

    def sound(self, mel: NDArray[np.float32]) -> Embeddings:
        """Embeds centred log-mel spectra [frames, 40] at 100 frames a second."""


class _Samples(Ring[np.float32]):
    """Samples at 16 kHz as a `MonoSound`."""

    @property
    def length(self) -> int:
        return self.end or 0


class Ear:
    """Takes in blocks of sound and gives embeddings of it, of the last 24 seconds.

    Attributes:
        late_count: Blocks that came too late to be used.
    """

    def __init__(self, tower: SoundTower, rate_hz: int) -> None:
        """Begins to listen.

        Args:
            tower: The network.
            rate_hz: Of the sound that will come.
        """
        self.late_count = 0
        self._tower = tower
        self._rate_hz = rate_hz
        self._width = tower.sound(np.zeros((BLOCK, BANDS), np.float32)).shape[1]
        self._clock = SoundClock(rate_hz)
        self._resampler = self._new_resampler()
        self._at = 0  # where the resampler's next sample belongs
        self._samples = _Samples(2 * RATE_HZ, (), np.float32)
        self._mel = Ring(_KEPT, (BANDS,), np.float32, log_mel(np.zeros(WINDOW, np.float32))[0])
        self._usable = Ring(_KEPT, (), np.bool_)
        self._levels_db = Ring(_KEPT, (), np.float32, np.nan)
        self._embedded = Ring(_KEPT, (self._width,), np.float32)

    @property
    def has_lost_its_way(self) -> bool:
        """Whether the sender's clock was set back for good."""
        return self._clock.has_lost_its_way

    @property
    def known(self) -> int | None:
        """Frames before this one are embedded; None before the first sound."""
        return self._embedded.end

    def hear(self, time_s: float, samples: NDArray[np.float32]) -> None:
        """Takes the next block.

        Args:
            time_s: When its first sample is heard.
            samples: Mono, at the stream's rate.
        """
        place = self._clock.place(time_s, len(samples))
        if place is None:
            self.late_count += 1
            return
        if place.is_new:
            self._begin(place.time_s)
        step = round(_SLICE_S * self._rate_hz)
        for at in range(place.skip, len(samples), step):
            self._feed(samples[at : at + step])

    def give_up(self, until_s: float) -> None:
        """Takes what has not come by a time for lost."""
        if self._clock.next_s is not None and self._clock.next_s < until_s:
            self._clock.skip_to(until_s)
            self._begin(until_s)

    def embeddings(self, first: int, count: int) -> tuple[Embeddings, NDArray[np.bool_]]:
        """Embeddings [count, width] of frames, and which of them hold sound [count]."""
        return self._embedded.read(first, count), self._usable.read(first, count)

    def speech_s(self, first: int, count: int) -> float:
        """Seconds of speech in a row of frames, as loud as speech has been of late."""
        begin = self._levels_db.begin
        known = self._levels_db.read(begin, (self._levels_db.end or begin) - begin)
        spoken = np.zeros(len(known), np.bool_)
        measured = np.isfinite(known)
        spoken[measured] = speech_in(known[measured])
        return float(spoken[max(0, first - begin) : max(0, first + count - begin)].sum()) / (RATE_HZ / HOP)

    def _begin(self, time_s: float) -> None:
        """Ends what was heard without a gap, and goes on at a time."""
        if self._samples.end is not None:
            self._take(self._resampler.resample_chunk(np.zeros(0, np.float32), last=True).reshape(-1))
            self._resampler = self._new_resampler()
        self._at = round(time_s * RATE_HZ)
        self._take(np.zeros(0, np.float32))

    def _new_resampler(self) -> soxr.ResampleStream:
        return soxr.ResampleStream(self._rate_hz, RATE_HZ, 1, "float32", "HQ")

    def _feed(self, samples: NDArray[np.float32]) -> None:
        self._take(self._resampler.resample_chunk(np.ascontiguousarray(samples)).reshape(-1))

    def _take(self, samples: NDArray[np.float32]) -> None:
        """Takes samples at 16 kHz, which may leave a gap or overlap by the filter's length."""
        if self._samples.end is None:
            first = -(-self._at // HOP)
            self._samples.start(self._at)
            self._mel.start(first)
            self._usable.start(first)
            self._levels_db.start(first)
            self._embedded.start(first // BLOCK * BLOCK)
        self._samples.push(self._at, samples)
        self._at += len(samples)
        self._look_up()

    def _look_up(self) -> None:
        """Spectra of the frames that are complete by now, and embeddings of the blocks."""
        end, first = self._samples.length, self._mel.end or 0
        ready = (end - WINDOW // 2) // HOP + 1
        first = max(first, ready - 2 * RATE_HZ // HOP + 3)  # what lies before the samples held is a gap
        if ready > first:
            heard_now = self._samples.read(first * HOP - WINDOW // 2, WINDOW - HOP + (ready - first) * HOP)
            self._mel.push(first, log_mel(heard_now))
            self._usable.push(first, heard(heard_now))
            self._levels_db.push(first, levels_db(self._samples, first, ready - first))
        self._embed(ready)

    def _embed(self, ready: int) -> None:
        at = max(self._embedded.end or 0, (ready - _KEPT) // BLOCK * BLOCK + 2 * BLOCK)
        while at + BLOCK + AHEAD <= ready:
            count = _AROUND + BLOCK + AHEAD
            mel, usable = self._mel.read(at - _AROUND, count), self._usable.read(at - _AROUND, count)
            within = slice(REACH, REACH + BLOCK + 2 * MARGIN)
            rows = np.zeros((BLOCK, self._width), np.float32)
            if usable[within].any():
                rows = self._tower.sound(centred(mel, usable)[within])[MARGIN : MARGIN + BLOCK]
            self._embedded.push(at, rows)
            at += BLOCK
