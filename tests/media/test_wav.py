"""Writing WAV, BWF and RF64, read back by libsndfile, FFmpeg, wavinfo and our own chunk reader."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from wavinfo import WavInfoReader

from clips.encode import RATE_HZ, Sound, click_train, encode
from twopop.errors import OutputUnwritable
from twopop_engine.media.chunks import (
    BroadcastExtension,
    build_bext,
    data_bytes_missing,
    parse_bext,
    read_chunk,
    read_chunks,
)
from twopop_engine.media.decode import ContainerReader
from twopop_engine.media.ixml import Ixml, IxmlTrack, build_ixml, parse_ixml
from twopop_engine.media.pcm import open_audio
from twopop_engine.media.wav import SampleFormat, WavFormat, WavWriter

BEXT = BroadcastExtension(
    "sSCENE=12A\r\nsTAKE=3", "Recorder 633", "USREC123", "2026-01-02", "10:11:12", 172_800_000 * 30, 1, "A=PCM,F=48000"
)
IXML = Ixml({"PROJECT": "Film", "SCENE": "12A", "TAKE": "3", "SPEED/TIMECODE_RATE": "24/1"}, (IxmlTrack(1, 1, "BOOM"),))


def write(path: Path, samples: np.ndarray, sample_format: SampleFormat, limit: int = 2**32 - 1) -> Path:
    wav_format = WavFormat(RATE_HZ, samples.shape[0], sample_format)
    with WavWriter(path, wav_format, BEXT, build_ixml(IXML), riff_limit_bytes=limit) as writer:
        writer.write(samples[:, :700])
        writer.write(samples[:, 700:])
        size = writer.file_bytes(samples.shape[1])
    assert path.stat().st_size == size
    return path


@pytest.mark.parametrize("sample_format", SampleFormat)
@pytest.mark.parametrize("channels", [1, 2, 3, 8, 32])
@pytest.mark.parametrize("limit", [2**32 - 1, 1000])
def test_every_reader_agrees(tmp_path: Path, sample_format: SampleFormat, channels: int, limit: int) -> None:
    rng = np.random.default_rng(channels)
    samples = rng.uniform(-0.99, 0.99, (channels, 1001)).astype(np.float32)
    path = write(tmp_path / "w.wav", samples, sample_format, limit)
    step = {SampleFormat.PCM_16: 2**-16, SampleFormat.PCM_24: 2**-24, SampleFormat.FLOAT_32: 0.0}[sample_format]
    info = soundfile.info(path)
    assert info.format == ("RF64" if limit == 1000 else "WAV" if channels <= 2 else "WAVEX")
    by_sndfile = soundfile.read(path, dtype="float64", always_2d=True)[0].T
    assert np.abs(by_sndfile - samples).max() <= step
    with ContainerReader(path, None) as reader:
        assert np.array_equal(reader.read(0, reader.length), by_sndfile.astype(np.float32))
    found = WavInfoReader(str(path))
    assert (found.fmt.channel_count, found.fmt.sample_rate, found.data.frame_count) == (channels, RATE_HZ, 1001)
    assert (found.bext.time_reference, found.bext.originator) == (BEXT.time_reference, BEXT.originator)
    assert (found.bext.originator_date, found.bext.originator_time) == ("2026-01-02", "10:11:12")
    assert (found.ixml.scene, found.ixml.take, found.ixml.project) == ("12A", "3", "Film")
    assert [track.name for track in found.ixml.track_list] == ["BOOM"]


def test_integers_come_back_bit_for_bit(tmp_path: Path) -> None:
    steps = np.arange(-(2**15), 2**15, dtype=np.int64)
    for sample_format, scale in ((SampleFormat.PCM_16, 2.0**15), (SampleFormat.PCM_24, 2.0**23)):
        samples = (steps * (scale / 2**15) / scale).astype(np.float32)[None]
        path = write(tmp_path / "i.wav", samples, sample_format)
        with open_audio(path) as reader:
            assert np.array_equal(reader.read(0, reader.length), samples)


@settings(max_examples=50, deadline=None)
@given(
    samples=arrays(np.float32, st.tuples(st.integers(1, 4), st.integers(0, 50)), elements=st.floats(-2, 2, width=32))
)
def test_what_is_too_loud_is_clipped_never_wrapped(
    tmp_path_factory: pytest.TempPathFactory, samples: np.ndarray
) -> None:
    path = write(tmp_path_factory.getbasetemp() / "c.wav", samples, SampleFormat.PCM_24)
    read = soundfile.read(path, always_2d=True)[0].T
    assert np.abs(read - np.clip(samples, -1, 1 - 2**-23)).max(initial=0) <= 2**-24


def test_the_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "w.wav"
    path.write_text("an older file")
    with pytest.raises(RuntimeError, match="stop"), WavWriter(path, WavFormat(RATE_HZ, 1)) as writer:
        writer.write(np.zeros((1, 100), np.float32))
        assert path.read_text() == "an older file"
        raise RuntimeError("stop")
    assert path.read_text() == "an older file"
    assert list(tmp_path.iterdir()) == [path]


def test_channels_out_of_range() -> None:
    with pytest.raises(ValueError, match="1 to 32 channels, not 33"):
        WavWriter(Path("x.wav"), WavFormat(RATE_HZ, 33))


class TestRefusedOutput:
    def test_no_folder(self, tmp_path: Path) -> None:
        path = tmp_path / "none" / "w.wav"
        with (
            pytest.raises(OutputUnwritable, match=r"w\.wav: cannot be written: its folder does not exist"),
            WavWriter(path, WavFormat(RATE_HZ, 1)),
        ):
            pass

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
    def test_read_only_folder(self, tmp_path: Path) -> None:
        tmp_path.chmod(0o500)
        with (
            pytest.raises(OutputUnwritable, match="permission denied; choose another folder"),
            WavWriter(tmp_path / "w.wav", WavFormat(RATE_HZ, 1)),
        ):
            pass

    def test_read_only_folder_as_another_user(self, tmp_path: Path) -> None:
        if os.geteuid() != 0:
            pytest.skip("only root can become another user")
        tmp_path.chmod(0o755)
        script = (
            "import os, sys\n"
            "from pathlib import Path\n"
            "from twopop_engine.media.output import atomic_output\n"
            "os.setegid(65534); os.seteuid(65534)\n"
            "with atomic_output(Path(sys.argv[1])) as partial: partial.write_bytes(b'')\n"
        )
        done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "w.wav")], capture_output=True, text=True)
        assert "OutputUnwritable" in done.stderr
        assert "permission denied; choose another folder" in done.stderr

    def test_full_disk(self, tmp_path: Path) -> None:
        """A limit on the size of files stands for the disk's."""
        script = (
            "import resource, sys\n"
            "import numpy as np\n"
            "from pathlib import Path\n"
            "from twopop_engine.media.wav import WavFormat, WavWriter\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))\n"
            "with WavWriter(Path(sys.argv[1]), WavFormat(48000, 1)) as writer:\n"
            "    for _ in range(100): writer.write(np.zeros((1, 48000), np.float32))\n"
        )
        done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "w.wav")], capture_output=True, text=True)
        assert "OutputUnwritable" in done.stderr
        assert "the file grew beyond what this disk or user may hold" in done.stderr
        assert not list(tmp_path.iterdir())


class TestChunks:
    def test_bext_comes_back(self) -> None:
        assert parse_bext(build_bext(BEXT)) == BEXT

    @given(
        reference=st.integers(0, 2**63),
        texts=st.lists(st.text(st.characters(codec="ascii", exclude_categories=["Cc"]), max_size=300), min_size=3),
    )
    def test_any_bext_comes_back(self, reference: int, texts: list[str]) -> None:
        bext = BroadcastExtension(texts[0], texts[1], texts[2], time_reference=reference)
        found = parse_bext(build_bext(bext))
        assert found is not None
        assert found.time_reference == reference
        assert found.description == texts[0][:256].strip()
        assert found.originator == texts[1][:32].strip()

    def test_bext_is_ascii_as_strict_readers_want_it(self) -> None:
        content = build_bext(BroadcastExtension("Señor Müller 山", "é" * 40))
        assert content[:256].rstrip(b"\0") == b"Senor Muller ?"
        assert content[256:288] == b"e" * 32
        assert len(content) == 602

    def test_latin_1_in_the_wild(self) -> None:
        content = b"Caf\xe9".ljust(602, b"\0")
        found = parse_bext(content)
        assert found is not None
        assert found.description == "Café"
        assert parse_bext(content[:300]) is None

    def test_chunks_in_any_order_and_of_odd_size(self, tmp_path: Path) -> None:
        path = tmp_path / "o.wav"
        soundfile.write(path, np.zeros(3, np.int16), RATE_HZ)
        odd = b"iXML" + struct.pack("<I", 19) + b"<BWFXML></BWFXML>\n\n" + b"\0"
        content = path.read_bytes() + odd + b"bext" + struct.pack("<I", 602) + build_bext(BroadcastExtension("late"))
        path.write_bytes(content)
        assert [chunk.name for chunk in read_chunks(path)][-2:] == [b"iXML", b"bext"]
        bext = parse_bext(read_chunk(path, b"bext") or b"")
        assert bext is not None
        assert bext.description == "late"

    def test_other_files_have_none(self, tmp_path: Path) -> None:
        assert read_chunks(encode(tmp_path / "a.flac", [Sound(click_train(1), "flac")])) == []

    def test_missing_samples_are_counted(self, tmp_path: Path) -> None:
        path = write(tmp_path / "w.wav", np.zeros((1, 1000), np.float32), SampleFormat.PCM_16)
        assert data_bytes_missing(path) == 0
        path.write_bytes(path.read_bytes()[:-500])
        assert data_bytes_missing(path) == 500

    def test_ffmpeg_writes_what_we_read(self, tmp_path: Path) -> None:
        path = encode(
            tmp_path / "f.wav",
            [Sound(click_train(1), "pcm_s16le")],
            options={"write_bext": "1"},
            tags={"time_reference": "172800000", "originator": "ffmpeg", "origination_date": "2026-02-03"},
        )
        bext = parse_bext(read_chunk(path, b"bext") or b"")
        assert bext is not None
        assert (bext.time_reference, bext.originator, bext.origination_date) == (172800000, "ffmpeg", "2026-02-03")


class TestIxml:
    TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), min_size=1, max_size=30)

    def test_it_comes_back(self) -> None:
        assert parse_ixml(build_ixml(IXML)) == IXML

    @given(note=TEXT, names=st.lists(TEXT, max_size=5))
    def test_any_text_comes_back(self, note: str, names: list[str]) -> None:
        tracks = tuple(IxmlTrack(i, i, name.strip() or "x") for i, name in enumerate(names, 1))
        found = parse_ixml(build_ixml(Ixml({"NOTE": note}, tracks)))
        assert found is not None
        assert found.text("NOTE") == note.strip()
        assert found.tracks == tracks

    def test_as_a_recorder_writes_it(self) -> None:
        found = parse_ixml(
            b'<?xml version="1.0" encoding="UTF-8"?>\r\n<BWFXML>\r\n<SCENE>12A</SCENE>\r\n<TRACK_LIST>'
            b"<TRACK_COUNT>2</TRACK_COUNT>\r\n<TRACK><CHANNEL_INDEX>1</CHANNEL_INDEX><INTERLEAVE_INDEX>1"
            b"</INTERLEAVE_INDEX><NAME>Mix</NAME><FUNCTION>M-MID_SIDE</FUNCTION></TRACK>"
            b"<TRACK><CHANNEL_INDEX>4</CHANNEL_INDEX><INTERLEAVE_INDEX>2</INTERLEAVE_INDEX><NAME/></TRACK>"
            b"</TRACK_LIST></BWFXML>\0\0\0"
        )
        assert found is not None
        assert found.text("SCENE") == "12A"
        assert found.tracks == (IxmlTrack(1, 1, "Mix", "M-MID_SIDE"), IxmlTrack(4, 2, ""))

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"not xml",
            b"<BWFXML><SCENE>cut",
            b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><BWFXML><NOTE>&b;</NOTE></BWFXML>',
            b'<!DOCTYPE x SYSTEM "file:///etc/passwd"><BWFXML><NOTE>&x;</NOTE></BWFXML>',
        ],
    )
    def test_broken_or_hostile(self, content: bytes) -> None:
        assert parse_ixml(content) is None
