"""The demo's media are what the demo says about them."""

import hashlib
import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import wavinfo
from numpy.typing import NDArray

from twopop.errors import OperationCancelled, OptionInvalid, OutputUnwritable
from twopop.locations import Home
from twopop.timing import range_from_wire, rational_from_wire
from twopop.v1 import demo_pb2
from twopop_engine.demo.jobs import make
from twopop_engine.demo.plan import OTHER_DAY, SCENE_1, SCENE_2
from twopop_engine.demo.recorder import recorded
from twopop_engine.demo.scene import perform
from twopop_engine.media.frames import open_video
from twopop_engine.media.pcm import open_audio
from twopop_engine.media.probe import probe
from twopop_engine.runtime.context import LocalContext

RATE_HZ = 48_000
Samples = NDArray[np.float64]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> demo_pb2.DemoResult:
    folder = tmp_path_factory.mktemp("demo")
    return make(demo_pb2.DemoRequest(output_dir=str(folder / "out")), LocalContext(Home(folder / "home")))


def sound_of(path: str) -> Samples:
    with open_audio(Path(path)) as reader:
        assert reader.rate_hz == RATE_HZ
        return np.asarray(reader.read(0, reader.length).mean(axis=0), np.float64)


def lag_s(reference: Samples, other: Samples) -> float:
    """How much later `other` has what `reference` has: peak of the cross-correlation, by a parabola."""
    size = 1 << (reference.size + other.size).bit_length()
    spectrum = np.conj(np.fft.rfft(reference, size)) * np.fft.rfft(other, size)
    correlation = np.fft.irfft(spectrum / (np.abs(spectrum) + 1e-9), size)
    peak = int(np.argmax(np.abs(correlation)))
    left, middle, right = (correlation[(peak + i) % size] for i in (-1, 0, 1))
    lag = peak + 0.5 * (left - right) / (left - 2 * middle + right)
    return float(lag - size if lag > size / 2 else lag) / RATE_HZ


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("at_s", [3.0, 9.0])
def test_the_recordings_lie_where_the_truth_says(demo: demo_pb2.DemoResult, index: int, at_s: float) -> None:
    truth = demo.truths[index]
    camera, recording = sound_of(truth.camera_path), sound_of(truth.recording_path)
    first = round(at_s * RATE_HZ)
    reference_s = np.arange(first, first + 3 * RATE_HZ) / RATE_HZ
    own = (reference_s - truth.start_s) * (1 + truth.drift_ppm * 1e-6) * RATE_HZ
    laid = np.interp(own, np.arange(recording.size), recording)
    assert lag_s(camera[first : first + 3 * RATE_HZ], laid) == pytest.approx(0, abs=0.00001)


def test_the_recorder_runs_sixty_ppm_fast(demo: demo_pb2.DemoResult) -> None:
    lengths = [rational_from_wire(demo.clips[0].duration), probe(Path(demo.truths[0].recording_path)).duration]
    assert demo.truths[0].drift_ppm == 60
    assert float(lengths[1]) == pytest.approx(SCENE_1.take.length / RATE_HZ * 1.00006, abs=2 / RATE_HZ)
    assert demo.truths[1].drift_ppm == 0


@pytest.mark.parametrize("drift_ppm", [60.0, -35.0, 0.0])
def test_a_recorders_clock_is_exact(drift_ppm: float) -> None:
    time_s = np.arange(4 * RATE_HZ) / RATE_HZ
    start = 12_345

    def chirp(at_s: Samples) -> Samples:
        return np.asarray(np.sin(2 * np.pi * (200 * at_s + 1500 * at_s**2)) * np.sin(np.pi * at_s / 4) ** 2)

    taken = recorded(chirp(time_s), start, 3 * RATE_HZ, drift_ppm, RATE_HZ)
    own_s = start / RATE_HZ + np.arange(taken.size) / (RATE_HZ * (1 + drift_ppm * 1e-6))
    middle = slice(2000, taken.size - 2000)
    np.testing.assert_allclose(taken[middle], chirp(own_s)[middle], atol=1e-5)  # -100 dB


def test_the_flash_is_in_the_frame_in_which_the_slate_claps(demo: demo_pb2.DemoResult) -> None:
    for scene, clip in zip((SCENE_1, SCENE_2), demo.clips, strict=True):
        assert scene.shot
        with open_video(Path(clip.path)) as video:
            levels = [(float(frame.gray().mean()), frame.time) for frame in video.frames()]
        brightest = max(range(len(levels)), key=lambda number: levels[number][0])
        assert brightest == scene.clap_frame - scene.shot.start_frame
        assert len(levels) == scene.shot.frame_count
        flash_s = float(levels[brightest][1])
        sound = np.abs(sound_of(clip.path))
        first = round(flash_s * RATE_HZ)
        assert sound[first : first + 240].max() > 8 * sound[first - 4800 : first - 48].max()


def test_timelines_use_whole_frames_inside_the_movies(demo: demo_pb2.DemoResult) -> None:
    rate = rational_from_wire(demo.frame_rate)
    assert rate == Fraction(24_000, 1001)
    for clip in demo.clips:
        start, duration = range_from_wire(clip.source_range)
        assert (start * rate).denominator == (duration * rate).denominator == 1
        assert 0 <= start < start + duration <= rational_from_wire(clip.duration)
        info = probe(Path(clip.path))
        assert info.timecode is not None
        assert info.timecode.text == clip.start_timecode
        assert info.video[0].frame_rate == rate
        assert info.duration == rational_from_wire(clip.duration)


@pytest.mark.parametrize(("index", "lead_s"), [(0, 4.7), (1, 0.03)])
def test_timecode_is_as_far_off_as_the_demo_says(demo: demo_pb2.DemoResult, index: int, lead_s: float) -> None:
    truth = demo.truths[index]
    camera, recording = (probe(Path(path)).timecode for path in (truth.camera_path, truth.recording_path))
    assert camera is not None
    assert recording is not None
    place_s = float(recording.since_midnight - camera.since_midnight)
    assert place_s - truth.start_s == pytest.approx(lead_s, abs=1 / RATE_HZ)


def test_another_reader_finds_who_the_recordings_are(demo: demo_pb2.DemoResult) -> None:
    poly = wavinfo.WavInfoReader(demo.truths[0].recording_path)
    assert (poly.fmt.channel_count, poly.fmt.bits_per_sample) == (4, 24)
    assert poly.bext.originator == "twopop demo"
    assert [track.name for track in poly.ixml.track_list] == ["MIX", "BOOM", "ANNA LAV", "BEN LAV"]
    assert (poly.ixml.scene, poly.ixml.take, poly.ixml.tape) == ("12", "3", "SR01")
    halves = [wavinfo.WavInfoReader(str(Path(demo.sound_dir) / name)) for name in SCENE_2.take.file_names]
    assert len({half.ixml.family_uid for half in halves}) == 1
    assert [track.name for half in halves for track in half.ixml.track_list] == ["BOOM", "BEN LAV"]
    assert len({half.bext.time_reference for half in halves}) == 1


def test_the_recording_of_another_day_belongs_to_nothing(demo: demo_pb2.DemoResult) -> None:
    stray = demo.truths[2]
    assert stray.camera_path == ""
    assert Path(stray.recording_path).name == OTHER_DAY.take.file_names[0]


def test_nothing_is_clipped_or_silent(demo: demo_pb2.DemoResult) -> None:
    for path in [*(clip.path for clip in demo.clips), *(truth.recording_path for truth in demo.truths)]:
        with open_audio(Path(path)) as reader:
            peaks = np.abs(reader.read(0, reader.length)).max(axis=1)
        assert (peaks > 0.1).all()
        assert (peaks < 0.99).all()


def test_a_performance_is_the_same_each_time() -> None:
    first, second = (
        hashlib.sha256(b"".join(voice.tobytes() for voice in perform(OTHER_DAY).voices.values())).hexdigest()
        for _ in range(2)
    )
    assert first == second


def test_cancelling_leaves_nothing_half_written(tmp_path: Path) -> None:
    cancelled = threading.Event()

    def watch(fraction: float, stage: str, message: str) -> None:
        if stage == "film" and fraction > 0.2:
            cancelled.set()

    with pytest.raises(OperationCancelled):
        make(demo_pb2.DemoRequest(output_dir=str(tmp_path)), LocalContext(Home(tmp_path), watch, cancelled))
    assert sorted(path.name for path in tmp_path.rglob("*.*")) == ["S012T03.wav"]


def test_a_relative_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionInvalid, match="output_dir: must be absolute, not 'demo'"):
        make(demo_pb2.DemoRequest(output_dir="demo"), LocalContext(Home(tmp_path)))


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputUnwritable, match="cannot be written"):
        make(demo_pb2.DemoRequest(output_dir=str(tmp_path / "file")), LocalContext(Home(tmp_path)))
