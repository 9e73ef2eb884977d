"""The jobs, on protocol messages."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from clips.encode import RATE_HZ, Picture, Sound, click_train, encode
from twopop.errors import OperationCancelled, OptionInvalid, OutputUnwritable, StreamMissing
from twopop.locations import Home
from twopop.timing import range_to_wire, rational_from_wire
from twopop.v1 import media_pb2
from twopop_engine.media import jobs
from twopop_engine.media.digest import media_digest
from twopop_engine.runtime.context import LocalContext


@pytest.fixture
def context(tmp_path: Path) -> LocalContext:
    reports: list[float] = []

    def watch(fraction: float, stage: str, message: str) -> None:
        assert stage in ("probe", "scan", "identify", "render")
        assert 0 <= fraction <= 1 + 1e-9
        reports.append(fraction)

    return LocalContext(Home(tmp_path / "home"), watch)


@pytest.fixture
def camera(tmp_path: Path) -> Path:
    return encode(
        tmp_path / "cam.mov", [Sound(click_train(2, 2), "pcm_s16le")], Picture(tags={"timecode": "01:00:00:00"})
    )


def item(path: Path, **fields: object) -> media_pb2.RenderItem:
    made = media_pb2.RenderItem(
        name="CAM",
        path=str(path),
        stream_index=1,
        segments=[media_pb2.Segment(other_start_s=0, duration_s=2, start_s=10)],
        range=range_to_wire(Fraction(10), Fraction(3, 2)),
    )
    for name, value in fields.items():
        setattr(made, name, value)
    return made


class TestProbe:
    def test_each_path_has_an_answer(self, tmp_path: Path, camera: Path, context: LocalContext) -> None:
        paths = [str(camera), str(tmp_path / "gone.wav"), str(tmp_path)]
        result = jobs.probe(media_pb2.ProbeRequest(paths=paths), context)
        assert [file.path for file in result.files] == paths
        info = result.files[0].info
        assert (info.container, info.timecode.text, info.timecode.source) == ("mov", "01:00:00:00", "tmcd")
        assert rational_from_wire(info.duration) == 2
        assert [stream.channel_count for stream in info.audio] == [2]
        assert not info.HasField("identity")
        assert result.files[1].error.reason == "MEDIA_NOT_FOUND"
        assert result.files[1].error.fields["path"] == paths[1]
        assert result.files[2].error.reason == "MEDIA_UNREADABLE"

    def test_results_are_kept_by_content(self, tmp_path: Path, camera: Path, context: LocalContext) -> None:
        first = jobs.probe(media_pb2.ProbeRequest(paths=[str(camera)]), context)
        kept = [path for path in (tmp_path / "home" / "results").rglob("*") if path.is_file()]
        assert len(kept) == 1
        moved = camera.rename(tmp_path / "moved.mov")
        second = jobs.probe(media_pb2.ProbeRequest(paths=[str(moved)]), context)
        assert second.files[0].info.path == str(moved)
        first.files[0].info.path = second.files[0].info.path
        assert second.files[0].info == first.files[0].info


class TestDigest:
    def test_it_covers_head_middle_tail_size_and_time(self, tmp_path: Path) -> None:
        path = tmp_path / "big.bin"
        content = bytearray(30 << 20)
        seen = set()
        for place in (None, 0, (29 << 20) * 4 // 9 + 100, (30 << 20) - 1):
            if place is not None:
                content[place] ^= 255
            path.write_bytes(content)
            os.utime(path, ns=(10**18, 10**18))
            seen.add(media_digest(path))
            assert media_digest(path) in seen
        os.utime(path, ns=(10**18, 10**18 + 1000))
        seen.add(media_digest(path))
        path.write_bytes(content[:-1])
        seen.add(media_digest(path))
        assert len(seen) == 6


class TestScan:
    def test_recordings_and_unreadable_files(self, tmp_path: Path, camera: Path, context: LocalContext) -> None:
        (tmp_path / "empty.wav").touch()
        result = jobs.scan(media_pb2.ScanRequest(paths=[str(tmp_path)]), context)
        (recording,) = result.recordings
        assert (recording.id, recording.name, list(recording.paths)) == (str(camera), "cam", [str(camera)])
        assert [(c.name, c.stream_index, c.channel_index) for c in recording.channels] == [("A1", 1, 0), ("A2", 1, 1)]
        assert [(file.path, file.error.reason) for file in result.unreadable] == [
            (str(tmp_path / "empty.wav"), "MEDIA_UNREADABLE")
        ]

    def test_a_dead_link_and_an_odd_name_are_answers(self, tmp_path: Path, context: LocalContext) -> None:
        (tmp_path / "dead.wav").symlink_to(tmp_path / "gone.wav")
        (tmp_path / b"\xff.wav".decode("utf-8", "surrogateescape")).write_bytes(b"RIFF")
        result = jobs.scan(media_pb2.ScanRequest(paths=[str(tmp_path)]), context)
        assert [(file.path, file.error.reason) for file in result.unreadable] == [
            (str(tmp_path / "dead.wav"), "MEDIA_NOT_FOUND"),
            (str(tmp_path / "\\udcff.wav"), "MEDIA_UNREADABLE"),
        ]


class TestRender:
    def test_files_come_in_the_request_s_order(self, tmp_path: Path, camera: Path, context: LocalContext) -> None:
        items = [item(camera, channel_index=c, track_name=f"T{c}") for c in (0, 1, 0)]
        request = media_pb2.RenderRequest(output_dir=str(tmp_path), items=items)
        result = jobs.render(request, context)
        assert [file.sample_count for file in result.files] == [72000] * 3
        assert result.files[0] == result.files[2]
        assert not any(file.reused for file in result.files)
        samples, _ = soundfile.read(result.files[1].path)
        truth = np.rint(click_train(2, 2)[1, :72000] * 32768) / 32768
        assert np.array_equal(samples, truth.astype(np.float32))
        assert result.files[0].time_reference == 3600 * RATE_HZ
        again = jobs.render(request, context)
        assert all(file.reused for file in again.files)
        assert [file.path for file in again.files] == [file.path for file in result.files]

    def test_refusals(self, tmp_path: Path, camera: Path, context: LocalContext) -> None:
        def run(made: media_pb2.RenderItem, output_dir: str = str(tmp_path)) -> None:
            jobs.render(media_pb2.RenderRequest(output_dir=output_dir, items=[item(camera), made]), context)

        with pytest.raises(OutputUnwritable, match="must be an absolute path and exist"):
            run(item(camera), "relative")
        with pytest.raises(OutputUnwritable, match="must be an absolute path and exist"):
            run(item(camera), str(tmp_path / "none"))
        with pytest.raises(OptionInvalid, match="is not absolute"):
            run(item(Path("cam.mov")))
        with pytest.raises(StreamMissing, match=r"channel 3 of 2"):
            run(item(camera, channel_index=2))

    def test_no_items_are_no_files(self, tmp_path: Path, context: LocalContext) -> None:
        assert not jobs.render(media_pb2.RenderRequest(output_dir=str(tmp_path)), context).files

    def test_cancelling_stops_both_threads_and_leaves_nothing(self, tmp_path: Path, context: LocalContext) -> None:
        path = tmp_path / "long.wav"
        soundfile.write(path, np.zeros(60 * RATE_HZ, np.int16), RATE_HZ)
        output = tmp_path / "out"
        output.mkdir()
        items = []
        for number in range(6):
            made = item(path, stream_index=0, name=f"N{number}")
            made.segments[0].duration_s = 60
            made.segments[0].drift_ppm = 60 + number
            made.range.CopyFrom(range_to_wire(Fraction(10), Fraction(3600)))
            items.append(made)

        def watch(fraction: float, stage: str, message: str) -> None:
            if stage == "render":
                context.cancelled.set()

        context.watch = watch
        with pytest.raises(OperationCancelled):
            jobs.render(media_pb2.RenderRequest(output_dir=str(output), items=items), context)
        assert not list(output.iterdir())
