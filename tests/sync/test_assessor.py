"""Measuring files one by one, and mending one by what was measured: films of flashes and clicks."""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from clips.encode import RATE_HZ, Picture, Sound, encode
from flash_meter import FlashMeter, flash_film
from twopop.errors import OperationCancelled, OptionInvalid
from twopop.timing import range_to_wire
from twopop.v1 import sync_pb2
from twopop_engine.runtime.results import ResultStore
from twopop_engine.sync.assess.answer import Curve, Span, SpeakerAnswer, VideoAnswer, Window
from twopop_engine.sync.assess_wire import video_to_wire
from twopop_engine.sync.assessor import Assessor, lead_s
from twopop_engine.sync.fixing import fix_measured
from twopop_engine.sync.scores import LseFigures


@pytest.fixture
def results(tmp_path: Path) -> ResultStore:
    return ResultStore(tmp_path / "results")


def quiet(done: float, *what: str) -> None:
    """Watches nothing."""


def item(path: Path, **more: Any) -> sync_pb2.AssessItem:
    return sync_pb2.AssessItem(path=str(path), **more)


def test_what_was_measured_is_kept_until_anything_changes(tmp_path: Path, results: ResultStore) -> None:
    film, meter = flash_film(tmp_path / "film.mov", 0.12), FlashMeter()
    first = Assessor(meter, sync_pb2.AssessOptions(), results).video(item(film), quiet)
    assert first.verdict == sync_pb2.SYNC_VERDICT_OUT_OF_SYNC and lead_s(first) == pytest.approx(0.12, abs=1e-4)
    assert Assessor(meter, sync_pb2.AssessOptions(), results).video(item(film), quiet) == first
    assert len(meter.measured) == 1
    moved = film.rename(tmp_path / "renamed.mov")
    again = Assessor(meter, sync_pb2.AssessOptions(), results).video(item(moved), quiet)
    assert (again.path, again.speakers) == (str(moved), first.speakers) and len(meter.measured) == 1
    other = sync_pb2.AssessOptions(standard="itu-r-bt1359-accept")
    part = item(moved, range=range_to_wire(Fraction(1), Fraction(3)))
    for options, asked, by in (
        (other, item(moved), meter),
        (sync_pb2.AssessOptions(with_evidence=True), item(moved), meter),
        (sync_pb2.AssessOptions(), part, meter),
        (sync_pb2.AssessOptions(), item(moved, audio_stream=1), meter),
        (sync_pb2.AssessOptions(), item(moved), replace(meter, identity="flashes.2")),
    ):
        before = len(meter.measured)
        Assessor(by, options, results).video(asked, quiet)
        assert len(meter.measured) == before + 1
    moved.write_bytes(flash_film(tmp_path / "new.mov", 0.0).read_bytes())
    assert lead_s(Assessor(meter, other, results).video(item(moved), quiet)) == pytest.approx(0, abs=1e-4)


def test_evidence_brings_mouths(tmp_path: Path, results: ResultStore) -> None:
    film = flash_film(tmp_path / "film.mov", 0.0)
    seen: list[float] = []
    assessor = Assessor(FlashMeter(), sync_pb2.AssessOptions(with_evidence=True), results)
    video = assessor.video(item(film), lambda done, what: seen.append(done))
    assert len(video.speakers[0].mouths) == 1 and seen == sorted(seen)


@pytest.mark.parametrize(("name", "content"), [("gone.mov", None), ("empty.mov", b""), ("text.mp4", b"no movie" * 99)])
def test_a_file_that_cannot_be_read_is_an_answer(
    tmp_path: Path, results: ResultStore, name: str, content: bytes | None
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    video = Assessor(FlashMeter(), sync_pb2.AssessOptions(), results).video(item(path), quiet)
    assert (video.path, video.reason) == (str(path), "unreadable") and str(path) in video.explanation
    assert video.verdict == sync_pb2.SYNC_VERDICT_CANNOT_TELL and lead_s(video) is None


def test_a_wrong_standard_is_named_first(results: ResultStore) -> None:
    with pytest.raises(OptionInvalid, match="there is no 'smpte'"):
        Assessor(FlashMeter(), sync_pb2.AssessOptions(standard="smpte"), results)


def test_cancelling_keeps_no_result(tmp_path: Path, results: ResultStore) -> None:
    def cancel(done: float, what: str) -> None:
        raise OperationCancelled("the operation was cancelled")

    with pytest.raises(OperationCancelled):
        Assessor(FlashMeter(), sync_pb2.AssessOptions(), results).video(item(flash_film(tmp_path / "f.mov", 0)), cancel)
    assert not list(results.root.rglob("*"))


@pytest.mark.parametrize("early_s", [0.2, -0.2, 0.0833])
def test_fix_measures_shifts_and_measures_again(tmp_path: Path, results: ResultStore, early_s: float) -> None:
    film, output = flash_film(tmp_path / "film.mov", early_s), tmp_path / "fixed.mov"
    told: list[tuple[float, str]] = []
    assessor = Assessor(FlashMeter(), sync_pb2.AssessOptions(), results)
    result = fix_measured(film, output, assessor, lambda done, stage, what: told.append((done, stage)))
    assert (result.refusal, result.path, result.method) == ("", str(output), "shifted")
    assert result.applied_s == pytest.approx(early_s, abs=2 / RATE_HZ)
    assert lead_s(result.before) == pytest.approx(early_s, abs=1e-4)
    assert lead_s(result.after) == pytest.approx(0, abs=1e-4) and not result.after.warnings
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert list(dict.fromkeys(stage for _, stage in told)) == ["before", "shift", "after"]


@pytest.mark.parametrize(
    ("early_s", "meter", "refusal", "words"),
    [
        (0.03, FlashMeter(), "in_sync", "measured"),
        (0.2, FlashMeter(course="jumps"), "jumps", r"\+200 ms from 0.0 s on; \+500 ms from 3.0 s on"),
        (0.2, FlashMeter(course="drifting", drift_ppm=20000.0), "drifting", "drifts by 120 ms"),
    ],
)
def test_fix_refuses_and_writes_nothing(
    tmp_path: Path, results: ResultStore, early_s: float, meter: FlashMeter, refusal: str, words: str
) -> None:
    film = flash_film(tmp_path / "film.mov", early_s, jump_s=0.3 if meter.course == "jumps" else 0.0)
    assessor = Assessor(meter, sync_pb2.AssessOptions(), results)
    result = fix_measured(film, tmp_path / "fixed.mov", assessor, quiet)
    assert (result.refusal, result.path, result.method) == (refusal, "", "")
    assert re.search(words, result.explanation)
    assert not (tmp_path / "fixed.mov").exists() and not result.HasField("after")


def test_fix_of_what_cannot_be_told_gives_its_reason(tmp_path: Path, results: ResultStore) -> None:
    silence = Sound(np.zeros((1, 3 * RATE_HZ), np.float32), "pcm_s16le")
    film = encode(tmp_path / "film.mov", [silence], Picture(times=[Fraction(i, 25) for i in range(75)]))
    assessor = Assessor(FlashMeter(), sync_pb2.AssessOptions(), results)
    result = fix_measured(film, tmp_path / "fixed.mov", assessor, quiet)
    assert (result.refusal, result.explanation) == ("no_speech", "nothing is heard.")


def test_a_copy_that_does_not_measure_as_meant_is_kept_and_doubted(tmp_path: Path, results: ResultStore) -> None:
    class Wrong(FlashMeter):
        """Says half of what there is."""

        def _answer(self, path: Path, lead_s: float, *rest: object) -> VideoAnswer:
            return super()._answer(path, lead_s / 2, *rest)  # type: ignore[arg-type]

    output = tmp_path / "fixed.mov"
    assessor = Assessor(Wrong(), sync_pb2.AssessOptions(), results)
    result = fix_measured(flash_film(tmp_path / "film.mov", 0.2), output, assessor, quiet)
    assert output.exists() and result.path == str(output)
    assert "still 50 ms off" in result.after.warnings[0]


def test_every_figure_reaches_the_message() -> None:
    speaker = SpeakerAnswer(
        2, "out_of_sync", "", "it leads.", 0.9, "lips.v1", Span(1, 9), offset_s=0.12, uncertainty_s=0.01,
        course="jumps", drift_ppm=30.0, stretches=(Window(1, 4, 0.1, 0.8),), windows=(Window(1, 4, None, 0.2),),
        standards={"ebu-r37": False}, lse=LseFigures(7.0, 3.0, 6.5, 3.5), speaking=(Span(2, 3),),
        curve=Curve(-1.0, 0.01, np.array([0.5, 1.5], np.float32)),
    )  # fmt: skip
    answer = VideoAnswer(Path("/v.mp4"), "out_of_sync", "", "it leads.", (speaker,), 25.0, 10.0, ("a warning",))
    message = video_to_wire(answer)
    assert (message.path, message.frame_rate, message.duration_s) == ("/v.mp4", 25.0, 10.0)
    assert list(message.warnings) == ["a warning"] and message.verdict == sync_pb2.SYNC_VERDICT_OUT_OF_SYNC
    (one,) = message.speakers
    assert (one.track, one.offset_s, one.uncertainty_s, one.confidence) == (2, 0.12, 0.01, 0.9)
    assert (one.course, one.drift_ppm, one.model) == ("jumps", 30.0, "lips.v1")
    assert one.stretches[0].offset_s == 0.1 and not one.windows[0].HasField("offset_s")
    assert dict(one.standards) == {"ebu-r37": False}
    assert (one.lse_d, one.lse_c, one.lse_d_corrected, one.lse_c_corrected) == (7.0, 3.0, 6.5, 3.5)
    assert (one.seen.start_s, one.seen.stop_s, one.speaking[0].stop_s) == (1, 9, 3)
    assert (one.curve.first_lag_s, list(one.curve.values)) == (-1.0, [0.5, 1.5])
