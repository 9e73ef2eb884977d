"""The independent reader plays tracks to samples: first what is known, then clicks on conformed timelines."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import otio_files as files
from renderer import exact_rate, plays, render
from shoot import Camera, Recorder, Shoot
from twopop_actions.conform import plan
from twopop_actions.sync.step import SyncOptions
from twopop_otio.host import OtioHost, work_folder

S = Fraction(1)


def click(rate: int, length_s: int, at_s: Fraction) -> NDArray[np.float64]:
    """Silence with one sample of 1 at the sample nearest to a time."""
    samples = np.zeros(rate * length_s)
    samples[round(at_s * rate)] = 1.0
    return samples


def first_click(track: NDArray[np.float64]) -> int:
    return int(np.argmax(np.abs(track)))


def test_reader_knows_gaps_trims_labels_and_gain(tmp_path: Path) -> None:
    clip = files.clip("a", "/a.wav", files.span(3607 * S, 5 * S, 24.0), files.span(3600 * S, 20 * S, 48000.0))
    path = files.save(files.timeline(files.track("A", "Audio", files.gap(2 * S, 24.0), clip)), tmp_path / "x.otio")
    track = render(plays(path), "A", {"/a.wav": (48000, click(48000, 20, Fraction(9)))})
    assert first_click(track) == 4 * 48000


def test_reader_knows_nesting_retimes_and_other_rates(tmp_path: Path) -> None:
    clip = files.clip("a", "/a.wav", files.span(2 * S, 6 * S, 24.0), speed=2.0)
    inner = files.track("i", "Audio", files.gap(S, 24.0), clip)
    nest = files.stack("n", files.span(S / 2, 6 * S, 24.0), inner)
    path = files.save(files.timeline(files.track("A", "Audio", files.gap(S, 24.0), nest)), tmp_path / "x.otio")
    track = render(plays(path), "A", {"/a.wav": (44100, click(44100, 20, Fraction(6)))})
    assert abs(first_click(track) - 48000 * 3.5) <= 1  # 1 gap, 0.5 lead, 4 of media at 2x


def test_reader_knows_transitions(tmp_path: Path) -> None:
    one, two = (files.clip(name, f"/{name}.wav", files.span(5 * S, 4 * S, 24.0)) for name in ("a", "b"))
    root = files.timeline(files.track("A", "Audio", one, files.transition(S, 24.0), two))
    path = files.save(root, tmp_path / "x.otio")
    ones = np.ones(48000 * 20)
    track = render(plays(path), "A", {"/a.wav": (48000, ones), "/b.wav": (48000, 0 * ones)})
    assert track[2 * 48000] == 1 and track[4 * 48000] == pytest.approx(0.5, abs=1e-4)
    assert track[int(4.9 * 48000)] == pytest.approx(0.05, abs=1e-4) and track[6 * 48000] == 0


@pytest.mark.parametrize("rate", [23.976, 24.0, 25.0, 29.97, 30.0, 50.0, 59.94, 60.0])
@pytest.mark.parametrize("drift_ppm", [0.0, 60.0, -1000.0])
@pytest.mark.parametrize("metadata", [{}, files.RESOLVE])
def test_click_of_the_slate_is_heard_with_the_flash(
    tmp_path: Path, rate: float, drift_ppm: float, metadata: files.Json
) -> None:
    """One click on the event's clock; camera, recorder and renders are synthesised from it and played to samples."""
    frame = 1 / exact_rate(rate)
    camera = Camera("/shoot/A.mov", Fraction(50), 40 * S)
    recorder = Recorder("/shoot/1.wav", Fraction("43.2101234"), 60 * S, ("BOOM",), drift_ppm, time_reference=48000 * 9)
    shoot = Shoot.of(camera, recorder)
    event = camera.start + 150 * frame + Fraction(7, 999)
    clip = files.clip("A", camera.path, files.span(100 * frame, 200 * frame, rate))
    tracks = [
        files.track(name, kind, files.gap(33 * frame, rate), clip) for name, kind in (("V", "Video"), ("A", "Audio"))
    ]
    source = files.save(files.timeline(*tracks, rate=rate, metadata=metadata), tmp_path / "in.otio")
    host = OtioHost(source, tmp_path / "out.otio")
    host.apply(plan(host, shoot, SyncOptions((Path("/sound"),), work_folder(host.output))).changes)
    found = plays(host.output)
    sounds = {play.file: (48000, click(48000, 80, _own_time(shoot, play.file, event))) for play in found}
    scratch = (83 * frame + Fraction(7, 999)) * 48000
    assert abs(first_click(render(found, "BOOM", sounds)) - scratch) <= 1


def _own_time(shoot: Shoot, path: str, event: Fraction) -> Fraction:
    """What a file's clock shows at a moment of the event."""
    zero = shoot.event_time(path, Fraction(0))
    slope = shoot.event_time(path, Fraction(1)) - zero
    return (event - zero) / slope
