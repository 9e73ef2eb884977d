"""What is written is read back by our own readers: the same moments of the same files at the same record times."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import pytest

import otio_files as files
from renderer import Play, exact_rate, plays
from twopop.timing import snap_rate
from twopop_otio.exports import export
from twopop_otio.imports import read_any
from twopop_otio.timeline import read, write

RATES = (23.976, 24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0)
FORMATS = {"fcpxml": ".fcpxml", "fcp7xml": ".xml", "aaf": ".aaf", "edl": ".edl"}


def cut(rate: float, folder: Path) -> Path:
    """Two cameras with their sound, a gap, and a recorder's sound; all media with start timecode."""
    frame = 1 / exact_rate(rate)
    used = [("A001", 48, 100), ("A002", 7, 61)]
    video: list[files.Json] = []
    sound: list[files.Json] = []
    for number, (name, first, length) in enumerate(used):
        label = (86400 + 1000 * number) * frame
        source, whole = files.span(label + first * frame, length * frame, rate), files.span(label, 500 * frame, rate)
        link = {"Resolve_OTIO": {"Link Group ID": number}}
        for track in (video, sound):
            track.append(files.clip(name, f"/shoot/{name}.mov", source, whole, metadata=link))
            track.append(files.gap(12 * frame, rate))
    source, whole = files.span(20 * frame, 80 * frame, rate), files.span(Fraction(0), 400 * frame, rate)
    boom = files.track("BOOM", "Audio", files.gap(30 * frame, rate), files.clip("12A", "/sound/12A.wav", source, whole))
    tracks = (files.track("V1", "Video", *video), files.track("A1", "Audio", *sound), boom)
    root = files.timeline(*tracks, rate=rate, start_s=86400 * frame, metadata=files.RESOLVE)
    return files.save(root, folder / "cut.otio")


@dataclass(frozen=True, order=True)
class Shown:
    """Kind, file, and record start and end with the label of the first moment played, in seconds."""

    kind: str
    file: str
    times: tuple[Fraction, Fraction, Fraction]


def shown(play: Play) -> Shown:
    return Shown(play.kind.lower(), Path(play.file).name, (play.start, play.end, play.label))


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("rate", RATES)
def test_the_same_moments_of_the_same_files(tmp_path: Path, rate: float, to: str) -> None:
    source = cut(rate, tmp_path)
    written = export(read(source), to, tmp_path / f"out{FORMATS[to]}").path
    found = read_any(written, rate=snap_rate(rate) if to == "edl" else None)
    write(found.document, tmp_path / "back.otio")
    before, after = sorted(map(shown, plays(source))), sorted(map(shown, plays(tmp_path / "back.otio")))
    # An AAF's sound counts in samples, of which a frame of 29.97 is no whole number.
    allowed = Fraction(1, 2 * 48000) if to == "aaf" else Fraction(0)
    assert len(after) == len(before)
    for was, now in zip(before, after, strict=True):
        assert now.kind == was.kind
        assert Path(now.file).stem == Path(was.file).stem if to == "edl" else now.file == was.file  # its reel
        assert max(abs(a - b) for a, b in zip(was.times, now.times, strict=True)) <= allowed
    assert found.document.root["global_start_time"]["value"] == 86400
