"""The jobs on files: families, channels, timecode, chains, what cannot be used, and what is known already."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from clips.encode import Picture, Sound, encode
from scenes import speech
from twopop.errors import (
    InputError,
    MediaNotFound,
    OperationCancelled,
    OptionInvalid,
    OutputUnwritable,
    StreamMissing,
)
from twopop.locations import Home
from twopop.v1 import sync_pb2
from twopop_engine.media.chunks import BroadcastExtension
from twopop_engine.media.probe import probe
from twopop_engine.media.wav import SampleFormat, WavFormat, WavWriter
from twopop_engine.runtime.context import LocalContext
from twopop_engine.sync import jobs, picture_jobs

RATE_HZ = 48000
MATCHED = sync_pb2.MATCH_VERDICT_MATCHED
REFUSED = sync_pb2.MATCH_VERDICT_REFUSED


@dataclass(frozen=True)
class Stage:
    """A folder of recordings of one evening."""

    folder: Path
    event: NDArray[np.float32]
    context: LocalContext

    def write(
        self, name: str, channels: Sequence[NDArray[np.float32]], midnight_s: float | None = None, ixml: str = ""
    ) -> Path:
        path = self.folder / f"{name}.wav"
        bext = None if midnight_s is None else BroadcastExtension(time_reference=round(midnight_s * RATE_HZ))
        form = WavFormat(RATE_HZ, len(channels), SampleFormat.PCM_24)
        with WavWriter(path, form, bext, ixml.encode() or None) as writer:
            writer.write(np.stack(channels))
        return path

    def cut(self, first_s: float, last_s: float) -> NDArray[np.float32]:
        return self.event[round(first_s * RATE_HZ) : round(last_s * RATE_HZ)]

    def match(self, reference: Path, *others: Path | tuple[Path, ...], **options: bool) -> list[sync_pb2.MatchPair]:
        sources = [other if isinstance(other, tuple) else (other,) for other in others]
        request = sync_pb2.MatchRequest(
            reference=sync_pb2.MatchSource(paths=[str(reference)]),
            others=[sync_pb2.MatchSource(paths=[str(path) for path in source]) for source in sources],
            **options,
        )
        return list(jobs.match(request, self.context).pairs)


@pytest.fixture(scope="module")
def event() -> NDArray[np.float32]:
    return speech.synthetic_speech(90.0, np.random.default_rng(11))


@pytest.fixture
def stage(tmp_path: Path, event: NDArray[np.float32]) -> Stage:
    (tmp_path / "media").mkdir()
    return Stage(tmp_path / "media", event, LocalContext(Home(tmp_path / "home")))


def hiss(length: int, seed: int, level: float = 0.05) -> NDArray[np.float32]:
    return (level * np.random.default_rng(seed).standard_normal(length)).astype(np.float32)


def test_answers_stand_in_the_order_of_the_request(stage: Stage) -> None:
    camera = stage.write("camera", [stage.cut(10, 40)])
    starts = {"b": 5.0, "a": 22.25, "c": 12.5}
    others = [stage.write(name, [stage.cut(start, start + 15)]) for name, start in starts.items()]
    pairs = stage.match(camera, *others)
    assert [pair.other for pair in pairs] == [str(path) for path in others]
    for pair, start in zip(pairs, starts.values(), strict=True):
        assert pair.verdict == MATCHED
        assert pair.start_s == pytest.approx(start - 10, abs=1e-5)
        assert pair.drift_ppm == pytest.approx(0.0, abs=0.5)
        assert pair.uncertainty_s < 1e-4
        assert not pair.HasField("curve")


def test_a_family_is_matched_as_one(stage: Stage) -> None:
    camera = stage.write("camera", [stage.cut(10, 40)])
    quiet = stage.write("take_1", [hiss(20 * RATE_HZ, 1)])
    boom = stage.write("take_2", [stage.cut(15, 35)])
    (pair,) = stage.match(camera, (quiet, boom))
    assert pair.verdict == MATCHED
    assert pair.start_s == pytest.approx(5.0, abs=1e-5)


def test_only_one_channel_is_useful(stage: Stage) -> None:
    """The mix cancels: one channel is the other turned over, plus a third that carries the take at low level."""
    camera = stage.write("camera", [stage.cut(10, 40)])
    rumble = hiss(20 * RATE_HZ, 2, 0.3)
    poly = stage.write("poly", [rumble, -rumble, hiss(20 * RATE_HZ, 3, 0.3), 0.05 * stage.cut(15, 35)])
    (pair,) = stage.match(camera, poly)
    assert pair.verdict == MATCHED
    assert pair.start_s == pytest.approx(5.0, abs=1e-5)


def test_inverted_stereo_still_matches(stage: Stage) -> None:
    camera = stage.write("camera", [stage.cut(10, 40)])
    wired_wrong = stage.write("wrong", [stage.cut(15, 35), -stage.cut(15, 35)])
    (pair,) = stage.match(camera, wired_wrong)
    assert pair.verdict == MATCHED
    assert pair.start_s == pytest.approx(5.0, abs=1e-5)


def test_two_movies_and_their_sound(stage: Stage) -> None:
    """A camera with AAC against another with PCM; both files' clocks start with their pictures."""
    picture = Picture(times=[Fraction(i, 25) for i in range(20 * 25)])
    first = encode(stage.folder / "a.mp4", [Sound(stage.cut(10, 30)[np.newaxis])], picture)
    second = encode(stage.folder / "b.mov", [Sound(stage.cut(17.123, 37.123)[np.newaxis], "pcm_s16le")], picture)
    (pair,) = stage.match(first, second)
    assert pair.start_s == pytest.approx(7.123, abs=1e-4)


def test_chains_through_a_file_that_matched(stage: Stage) -> None:
    camera = stage.write("camera", [stage.cut(0, 30)])
    bridge = stage.write("bridge", [stage.cut(15, 60)])
    beyond = stage.write("beyond", [stage.cut(45, 75)])
    furthest = stage.write("furthest", [stage.cut(62, 90)])
    alone = stage.match(camera, bridge, beyond, furthest)
    assert [pair.verdict for pair in alone] == [MATCHED, REFUSED, REFUSED]
    chained = stage.match(camera, bridge, beyond, furthest, allow_chaining=True)
    assert [pair.start_s for pair in chained] == pytest.approx([15.0, 45.0, 62.0], abs=1e-4)
    assert [pair.via for pair in chained] == ["", str(bridge), str(beyond)]
    assert chained[2].confidence <= chained[1].confidence <= chained[0].confidence
    assert chained[2].segments[0].start_s == pytest.approx(62.0, abs=1e-4)


def test_timecode_is_checked_against_the_sound(stage: Stage) -> None:
    camera = stage.write("camera", [stage.cut(10, 40)], midnight_s=36000.0)
    right = stage.write("right", [stage.cut(15, 35)], midnight_s=36005.0)
    wrong = stage.write("wrong", [stage.cut(16, 36)], midnight_s=36008.5)
    unset = stage.write("unset", [stage.cut(17, 37)], midnight_s=0.0)
    pairs = stage.match(camera, right, wrong, unset, use_timecode=True)
    assert [pair.start_s for pair in pairs] == pytest.approx([5.0, 6.0, 7.0], abs=1e-5)
    assert [pair.timecode_check for pair in pairs] == ["agrees", "disagrees", ""]
    assert pairs[1].timecode_start_s == pytest.approx(8.5)
    assert pairs[1].warnings == ["the sound places it 2.500 s earlier than the timecodes do"]
    assert not pairs[2].HasField("timecode_start_s")


def test_takes_may_run_over_midnight(stage: Stage) -> None:
    camera = stage.write("camera", [stage.cut(10, 40)], midnight_s=86395.0)
    after = stage.write("after", [stage.cut(20, 40)], midnight_s=5.0)
    (pair,) = stage.match(camera, after, use_timecode=True)
    assert pair.timecode_start_s == pytest.approx(10.0)
    assert pair.timecode_check == "agrees"


def test_curves_on_request(stage: Stage) -> None:
    camera = stage.write("camera", [stage.cut(10, 40)])
    other = stage.write("other", [stage.cut(15, 35)])
    (pair,) = stage.match(camera, other, with_curves=True)
    curve = pair.curve
    top_s = curve.first_lag_s + curve.step_s * int(np.argmax(np.abs(curve.values)))
    assert top_s == pytest.approx(0.0, abs=curve.step_s)


def test_what_cannot_be_used_is_refused_by_itself(stage: Stage) -> None:
    camera = stage.write("camera", [stage.cut(10, 40)])
    good = stage.write("good", [stage.cut(15, 35)])
    text = stage.folder / "text.mp4"
    text.write_text("not a movie")
    empty = stage.folder / "empty.wav"
    empty.touch()
    mute_film = encode(stage.folder / "mute.mp4", picture=Picture())
    short = stage.write("short", [stage.cut(20, 20.2)])
    silent = stage.write("silent", [np.zeros(10 * RATE_HZ, np.float32)])
    stranger = stage.write("stranger", [speech.synthetic_speech(12.0, np.random.default_rng(99))])
    missing = stage.folder / "missing.wav"
    pairs = stage.match(camera, missing, stage.folder, text, empty, mute_film, short, silent, stranger, good)
    reasons = [pair.reason for pair in pairs]
    assert reasons == [
        "offline", "unreadable", "unreadable", "unreadable", "no_audio", "too_short", "silent", "unrelated", "",
    ]  # fmt: skip
    for pair in pairs[:-1]:
        assert pair.verdict == REFUSED
        assert pair.explanation
        assert not pair.HasField("start_s")
        assert not pair.segments
    for pair in pairs[:5]:
        assert pair.other in pair.explanation
    assert pairs[-1].verdict == MATCHED


def test_a_reference_that_cannot_be_used_fails(stage: Stage) -> None:
    good = stage.write("good", [stage.cut(15, 35)])
    with pytest.raises(MediaNotFound, match="no such file"):
        stage.match(stage.folder / "missing.wav", good)
    with pytest.raises(StreamMissing, match="has no audio stream"):
        stage.match(encode(stage.folder / "mute.mp4", picture=Picture()), good)


def test_what_is_known_is_not_measured_again(stage: Stage) -> None:
    camera = stage.write("camera", [stage.cut(10, 40)])
    other = stage.write("other", [stage.cut(15, 35)])
    first = stage.match(camera, other)
    stages: list[str] = []
    stage.context.watch = lambda fraction, stage, message: stages.append(stage)
    assert stage.match(camera, other) == first
    assert "decode" not in stages


def test_a_changed_file_is_measured_again(stage: Stage) -> None:
    camera = stage.write("camera", [stage.cut(10, 40)])
    other = stage.write("other", [stage.cut(15, 35)])
    stage.match(camera, other)
    stage.write("other", [stage.cut(17, 37)])
    (pair,) = stage.match(camera, other)
    assert pair.start_s == pytest.approx(7.0, abs=1e-5)


def test_progress_rises_and_cancels(stage: Stage) -> None:
    camera = stage.write("camera", [stage.cut(10, 40)])
    other = stage.write("other", [stage.cut(15, 35)])
    fractions: list[float] = []

    def watch(fraction: float, stage_name: str, message: str) -> None:
        fractions.append(fraction)
        if fraction > 0.5:
            stage.context.cancelled.set()

    stage.context.watch = watch
    with pytest.raises(OperationCancelled):
        stage.match(camera, other)
    assert fractions == sorted(fractions)


def test_fix_moves_the_sound_and_keeps_the_picture(stage: Stage) -> None:
    picture = Picture(times=[Fraction(i, 25) for i in range(10 * 25)])
    movie = encode(stage.folder / "movie.mp4", [Sound(stage.cut(10, 20)[np.newaxis])], picture)
    output = stage.folder / "fixed.mp4"
    request = sync_pb2.FixRequest(path=str(movie), output_path=str(output), offset_s=0.083)
    result = picture_jobs.fix(request, stage.context)
    assert result.applied_s == pytest.approx(0.083, abs=1 / RATE_HZ)
    assert result.method == "shifted"
    assert probe(output).duration >= probe(movie).duration
    (pair,) = stage.match(movie, output)
    assert pair.start_s == pytest.approx(-result.applied_s, abs=2e-5)
    with pytest.raises(OutputUnwritable, match="it exists"):
        picture_jobs.fix(request, stage.context)
    with pytest.raises(InputError):
        picture_jobs.fix(sync_pb2.FixRequest(path=str(movie), output_path=str(movie), overwrite=True), stage.context)


def test_fix_refuses_to_move_all_sound_out(stage: Stage) -> None:
    picture = Picture(times=[Fraction(i, 25) for i in range(5 * 25)])
    movie = encode(stage.folder / "movie.mp4", [Sound(stage.cut(10, 15)[np.newaxis])], picture)
    output = stage.folder / "fixed.mp4"
    with pytest.raises(OptionInvalid, match="leaves nothing"):
        picture_jobs.fix(sync_pb2.FixRequest(path=str(movie), output_path=str(output), offset_s=-60.0), stage.context)
    assert not output.exists()
