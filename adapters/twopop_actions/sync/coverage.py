"""Which recordings cover a stretch of a camera's clock."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePath

from twopop.v1 import media_pb2, sync_pb2

Span = tuple[Fraction, Fraction]
"""Start and end, in seconds on the reference's clock."""

_LEAST_S = Fraction(1, 5)
_SAME_SHARE = Fraction(19, 20)
_BRIDGED_S = Fraction(1, 2)
_PICTURE_SUFFIXES = {".avi", ".m4v", ".mkv", ".mov", ".mp4", ".mpg", ".mts", ".mxf", ".webm"}


@dataclass(frozen=True)
class Stretch:
    """A straight piece of the map from the reference's clock to the recording's.

    Attributes:
        start: Where it begins, in seconds on the reference's clock.
        end: Where it ends there.
        source_start: What the recording's clock shows at `start`, in seconds.
        drift: How fast the recording's clock runs, as a ratio minus one.
    """

    start: Fraction
    end: Fraction
    source_start: Fraction
    drift: Fraction

    def source_at(self, reference_s: Fraction) -> Fraction:
        """The recording's clock at a moment of the reference's."""
        return self.source_start + (reference_s - self.start) * (1 + self.drift)


@dataclass(frozen=True)
class Cover:
    """A recording that was matched to a camera file.

    Attributes:
        recording: The recording.
        pair: What was measured.
        stretches: Where it lies, by time.
    """

    recording: media_pb2.Recording
    pair: sync_pb2.MatchPair
    stretches: tuple[Stretch, ...]

    @classmethod
    def of(cls, recording: media_pb2.Recording, pair: sync_pb2.MatchPair) -> Cover:
        """Reads a matched pair; times are kept to the nanosecond."""
        stretches = []
        for segment in pair.segments:
            drift = _exact(segment.drift_ppm) / 10**6
            start, source = _exact(segment.start_s), _exact(segment.other_start_s)
            stretches.append(Stretch(start, start + _exact(segment.duration_s) / (1 + drift), source, drift))
        return cls(recording, pair, tuple(sorted(stretches, key=lambda stretch: stretch.start)))

    def source_at(self, reference_s: Fraction) -> Fraction:
        """The recording's clock at a moment of the reference's, carried on from the nearest stretch."""
        nearest = min(self.stretches, key=lambda s: max(s.start - reference_s, reference_s - s.end, Fraction(0)))
        return nearest.source_at(reference_s)

    @property
    def has_picture(self) -> bool:
        """Whether it is another camera's file."""
        return PurePath(self.recording.paths[0]).suffix.lower() in _PICTURE_SUFFIXES

    def within(self, window: Iterable[Span]) -> list[Span]:
        """The parts of some spans that it covers."""
        return [
            (max(low, stretch.start), min(high, stretch.end))
            for low, high in window
            for stretch in self.stretches
            if max(low, stretch.start) < min(high, stretch.end)
        ]


@dataclass(frozen=True)
class Choice:
    """A recording and the parts of the stretch that it is chosen for.

    Attributes:
        cover: The recording.
        parts: Spans, by time; short pauses in it are bridged.
    """

    cover: Cover
    parts: tuple[Span, ...]


def choose(covers: Sequence[Cover], window: Span) -> tuple[Choice, ...]:
    """The recordings to place in a stretch.

    The one that covers most comes first, by confidence among equals; sound recordings go before other cameras. A second
    one of the same length of cover (another recorder on the same take) is chosen too; others fill what is left open.
    Copies of a file are one recording.

    Args:
        covers: What was matched.
        window: The stretch.

    Returns:
        The choices; empty when nothing covers it.
    """
    least = min(_LEAST_S, (window[1] - window[0]) / 2)
    ranked = sorted(_distinct(covers), key=lambda c: _rank(c, window))
    chosen: list[Choice] = []
    still_open = [window]
    for cover in ranked:
        whole = cover.within([window])
        double = bool(chosen) and not cover.has_picture and total(whole) >= _SAME_SHARE * _filled(chosen[0])
        parts = bridge(whole if double else cover.within(still_open))
        if total(parts) >= least:
            chosen.append(Choice(cover, tuple(parts)))
            still_open = subtract(still_open, cover.within([window]))
    return tuple(chosen)


def total(spans: Iterable[Span]) -> Fraction:
    """Their length together, in seconds."""
    return sum((end - start for start, end in spans), Fraction(0))


def subtract(spans: Iterable[Span], taken: Iterable[Span]) -> list[Span]:
    """What is left of some spans without others."""
    left = list(spans)
    for low, high in taken:
        left = [
            part
            for start, end in left
            for part in ((start, min(end, low)), (max(start, high), end))
            if part[0] < part[1]
        ]
    return left


def bridge(spans: Iterable[Span]) -> list[Span]:
    """Spans by time, those that lie close together joined."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start - joined[-1][1] < _BRIDGED_S:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _filled(choice: Choice) -> Fraction:
    return total(choice.parts)


def _rank(cover: Cover, window: Span) -> tuple[object, ...]:
    share = round(total(cover.within([window])) / (window[1] - window[0]), 2)
    return cover.has_picture, -share, -round(cover.pair.confidence, 3), cover.recording.id


def _distinct(covers: Iterable[Cover]) -> list[Cover]:
    """One of each, where copies lie in the folders under the same or other names.

    The engine is deterministic: only the same sound gives the same figures to the last bit.
    """
    seen: dict[tuple[object, ...], Cover] = {}
    for cover in sorted(covers, key=lambda cover: cover.recording.id):
        recording, pair = cover.recording, cover.pair
        length = (recording.duration.numerator, recording.duration.denominator)
        channels = tuple(channel.name for channel in recording.channels)
        seen.setdefault((length, channels, pair.start_s, pair.drift_ppm, pair.confidence, pair.uncertainty_s), cover)
    return list(seen.values())


def _exact(value: float) -> Fraction:
    return Fraction(round(value * 10**9), 10**9)
