"""The pairs that every tool is run on: real recordings, and made ones whose truth is exact."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from scenes import clock, pairs, speech
from scenes.pairs import Kind, Spec
from scenes.recorder import Side

_CAMERA = Side(snr_db=0, noise="pink", drr_db=-6, rt60_s=0.6, band_hz=4000, codec="mp3", rate_hz=44100)
_ROOM = Side(drr_db=0, rt60_s=0.6, snr_db=20)


@dataclass(frozen=True)
class Case:
    """One pair of files.

    Attributes:
        name: What it tries.
        reference: Path of the reference.
        other: Path of the other.
        start_s: Where the other's first sample lies on the reference's clock; None: nowhere, they are unrelated.
        drift_ppm: The other's clock error.
        other_s: Length of the other, in seconds.
        total_s: Length of both, in seconds.
        precision_s: How well `start_s` is known; errors below it are no errors.
    """

    name: str
    reference: Path
    other: Path
    start_s: float | None
    drift_ppm: float
    other_s: float
    total_s: float
    precision_s: float = 1e-6


def make_cases(folder: Path) -> Iterator[Case]:
    """Writes the made pairs into a folder and yields every case; real ones only where the shared media is there."""
    yield from _real(folder)
    voice: Kind = "speech" if speech.utterances("test") else "synthetic"
    for number, (name, spec) in enumerate(_specs(voice).items()):
        pair = pairs.make_pair(replace(spec, seed=700 + number))
        place = folder / f"{number:02}"
        place.mkdir(parents=True)
        yield Case(
            name=name,
            reference=pair.reference.write(place, "reference"),
            other=pair.other.write(place, "other"),
            start_s=pair.truth.start_s if pair.truth else None,
            drift_ppm=spec.drift_ppm,
            other_s=spec.excerpt_s,
            total_s=spec.reference_s + spec.excerpt_s,
        )


def make_warm_up(folder: Path) -> Case:
    """A small pair that no table shows: every tool's first call compiles or loads something."""
    spec = Spec(seed=1, kind="synthetic", split="test", reference_s=20, excerpt_s=10, start_s=4)
    pair = pairs.make_pair(spec)
    folder.mkdir(parents=True)
    reference, other = pair.reference.write(folder, "reference"), pair.other.write(folder, "other")
    return Case("warm-up", reference, other, 4.0, 0.0, 10, 30)


def _specs(voice: Kind) -> dict[str, Spec]:
    talk = Spec(seed=0, kind=voice, split="test", reference_s=60, excerpt_s=25, start_s=17.4)
    song = Spec(seed=0, kind="music", split="test", reference_s=318, excerpt_s=60, start_s=131.2)
    long = replace(talk, reference_s=600, excerpt_s=120, start_s=301.7, drift_ppm=-40)
    return {
        "speech, clean, 25 s": talk,
        "speech, camera: room -6 dB, 4 kHz, noise 0 dB, MP3": replace(talk, other=_CAMERA),
        "speech, 5 s, noise 0 dB": replace(talk, excerpt_s=5, other=Side(snr_db=0, noise="babble")),
        "speech, 5 s, noise -10 dB": replace(talk, excerpt_s=5, other=Side(snr_db=-10, noise="babble")),
        "speech, 120 s in 600 s, -40 ppm, both AAC": replace(
            long, reference=Side(codec="aac"), other=Side(codec="aac")
        ),
        "speech, 60 s, slowed by 1001/1000": replace(
            talk, reference_s=120, excerpt_s=60, drift_ppm=clock.ppm_of(clock.PULLS["1001/1000"])
        ),
        "speech, 60 s, sped up by 25/24": replace(
            talk, reference_s=120, excerpt_s=60, drift_ppm=clock.ppm_of(clock.PULLS["24/25"])
        ),
        "music, clean, 60 s in 318 s": song,
        "music, room 0 dB, 60 s in 318 s": replace(song, other=_ROOM),
        "music, 280 s in 318 s, +60 ppm": replace(song, excerpt_s=280, start_s=20.3, drift_ppm=60),
        "music, 60 s in 318 s, both MP3": replace(song, reference=Side(codec="mp3"), other=Side(codec="mp3")),
        "unrelated speech, 30 s in 60 s": replace(talk, excerpt_s=30, unrelated="other material"),
        "unrelated music of one tempo, 30 s in 60 s": replace(
            song, reference_s=60, excerpt_s=30, start_s=12, unrelated="same tempo"
        ),
    }


def _real(folder: Path) -> Iterator[Case]:
    """Recordings of one talk, copied; their published truth is good to a millisecond."""
    source = speech.MEDIA / "sync"
    for number, start_s in ((2, 12.254), (3, 12.231)):
        if not (source / f"timbl_{number}.mp3").exists():
            continue
        place = folder / f"real{number}"
        place.mkdir(parents=True)
        reference, other = (
            Path(shutil.copy(source / f"timbl_{n}.mp3", place / name))
            for n, name in ((1, "reference.mp3"), (number, "other.mp3"))
        )
        yield Case(f"real recordings 1 and {number} of one talk, MP3", reference, other, start_s, 0.0, 35.7, 83.7, 1e-3)
