"""Random cuts whose every position is known, as OTIO and as plain numbers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from hypothesis import strategies as st

import otio_files as files
from exports.footage import RATES, frames
from otio_files import Json
from renderer import exact_rate

SAMPLE = Fraction(1, 48000)


@dataclass(frozen=True)
class Placed:
    """A clip of a cut; positions in units of its track, frames or samples.

    Attributes:
        kind: "Video" or "Audio".
        name: The clip's name.
        path: The media's path.
        start: Record position.
        length: Units.
        source: Units from the file's beginning.
        label: Seconds that the file's first frame is labelled with.
    """

    kind: str
    name: str
    path: str
    start: int
    length: int
    source: int
    label: Fraction


@dataclass(frozen=True)
class RandomCut:
    """A cut: its timeline and what is placed."""

    rate: float
    start: Fraction
    root: Json
    placed: tuple[Placed, ...]

    def seconds(self, kind: str, units: int) -> Fraction:
        """Exact seconds of a position."""
        return units * self.unit(kind)

    def unit(self, kind: str) -> Fraction:
        """Seconds of a unit: a frame, or a sample where the cut is one of samples."""
        return SAMPLE if kind == "Audio" and self.placed_by_samples else 1 / exact_rate(self.rate)

    @property
    def placed_by_samples(self) -> bool:
        """Whether sound lies between frames."""
        return bool(self.root["metadata"].get("samples"))

    def rows(self) -> list[tuple[str, Fraction, Fraction, Fraction]]:
        """Name, record start, duration and label of each clip's first frame, in seconds, by name."""
        return sorted(
            (p.name, self.seconds(p.kind, p.start), self.seconds(p.kind, p.length),
             p.label + self.seconds(p.kind, p.source))
            for p in self.placed
        )  # fmt: skip


@st.composite
def cuts(draw: st.DrawFn, *, samples: bool = False, odd_names: bool = False) -> RandomCut:
    """Cuts with one or two tracks of picture and of sound; with `samples`, sound lies at any sample."""
    rate = draw(st.sampled_from(RATES))
    start = Fraction(draw(st.sampled_from((0, 3600)))) if exact_rate(rate).denominator == 1 else Fraction(0)
    tracks, placed = [], []
    for kind in ("Video", "Audio"):
        for number in range(draw(st.integers(1, 2))):
            unit = SAMPLE if samples and kind == "Audio" else 1 / exact_rate(rate)
            children, position = [], 0
            for index in range(draw(st.integers(0 if number else 1, 4))):
                p = draw(_placed(kind, f"{kind[0]}{number}c{index}", position, samples, odd_names, rate))
                if p.start > position:
                    children.append(files.gap((p.start - position) * unit, rate if unit != SAMPLE else 48000.0))
                children.append(_clip(p, unit, rate))
                position = p.start + p.length
                placed.append(p)
            tracks.append(files.track(f"{kind} {number + 1}", kind, *children))
    root = files.timeline(*tracks, rate=rate, start_s=start, metadata={"samples": samples} if samples else {})
    return RandomCut(rate, start, root, tuple(placed))


@st.composite
def _placed(draw: st.DrawFn, kind: str, name: str, position: int, samples: bool, odd: bool, rate: float) -> Placed:
    many = samples and kind == "Audio"
    most = 200000 if many else 120
    skipped = draw(st.integers(0, most))
    label = frames(draw(st.sampled_from((0, 86400, 107892))), rate)
    name += draw(st.sampled_from(("", " ä&<'\">", " 日本"))) if odd else ""
    path = f"/media/{name}.{'mov' if kind == 'Video' else 'wav'}"
    length, source = draw(st.integers(2000 if many else 1, most * 2)), draw(st.integers(0, most))
    return Placed(kind, name, path, position + skipped, length, source, label)


def _clip(p: Placed, unit: Fraction, rate: float) -> Json:
    at = 48000.0 if unit == SAMPLE else rate
    source = files.span(p.label + p.source * unit, p.length * unit, at)
    return files.clip(p.name, p.path, source, files.span(p.label, 1000 * frames(round(rate), rate), at))
