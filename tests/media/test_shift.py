"""Sound moved against its picture."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from clips.compare import lag
from clips.encode import RATE_HZ, Picture, Sound, click_train, encode
from twopop.errors import MediaNotFound, MediaUnreadable, OptionInvalid, StreamMissing
from twopop_engine.media.frames import open_video
from twopop_engine.media.pcm import open_audio
from twopop_engine.media.probe import probe
from twopop_engine.media.shift import shift_audio

TRAIN = click_train(4)
OFFSETS = [0.01, 0.083, -0.083, 1.2345678, -1.21, 0.0]
H264 = Picture("libx264", [Fraction(i, 25) for i in range(100)], options={"bf": "2"})
MPEG2 = Picture("mpeg2video", H264.times, time_base=Fraction(1, 25))


def video_packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(container.streams.video[0]) if packet.size]


def audio_packets(path: Path) -> list[bytes]:
    """All of them, also those that an edit list hides."""
    with av.open(str(path), options={"advanced_editlist": "0"}) as container:
        return [bytes(packet) for packet in container.demux(container.streams.audio[0]) if packet.size]


def picture_start(path: Path) -> Fraction:
    with open_video(path) as video:
        first = video.first()
    assert first is not None
    return first.time


def sound(path: Path, stream: int | None = None) -> np.ndarray:
    with open_audio(path, stream) as reader:
        return np.asarray(reader.read(0, reader.length)[0])


@pytest.mark.parametrize("offset_s", OFFSETS)
@pytest.mark.parametrize(
    ("name", "codec"),
    [("s.mp4", "aac"), ("s.mov", "aac"), ("s.mov", "pcm_s24le"), ("s.mp4", "libopus"), ("s.mp4", "libmp3lame")],
)
def test_movies_are_shifted_without_touching_a_packet(tmp_path: Path, name: str, codec: str, offset_s: float) -> None:
    options = {"aac_pns": "0"} if codec == "aac" else {}  # or its noise would be drawn anew
    source = encode(tmp_path / name, [Sound(TRAIN, codec, options=options)], H264)
    shifted = shift_audio(source, tmp_path / f"out_{name}", offset_s)
    samples = round(offset_s * RATE_HZ)
    assert (shifted.method, shifted.offset_s, shifted.lost_streams) == ("shifted", Fraction(samples, RATE_HZ), ())
    assert video_packets(shifted.path) == video_packets(source)
    assert audio_packets(shifted.path) == audio_packets(source)
    assert picture_start(shifted.path) == picture_start(source)
    before, after = sound(source), sound(shifted.path)
    assert abs(len(after) - (len(before) + samples)) <= 2 * 1152  # padding of the last packets may show
    if samples < 0:
        # The first frame after a cut decodes without what it overlaps with.
        kept, made = before[-samples + 2048 :], after[2048:]
    else:
        kept, made = before, after[samples:]
        assert np.abs(after[:samples]).max(initial=0) == 0
    size = min(len(kept), len(made))
    assert np.abs(kept[:size] - made[:size]).max() < 1e-6


def test_there_and_back_again_loses_nothing(tmp_path: Path) -> None:
    source = encode(tmp_path / "a.mp4", [Sound(TRAIN, "aac")], H264)
    away = shift_audio(source, tmp_path / "b.mp4", 1.5).path
    back = shift_audio(away, tmp_path / "c.mp4", -1.5).path
    assert audio_packets(back) == audio_packets(source)
    before, after = sound(source), sound(back)
    assert np.abs(before[2048:] - after[2048 : len(before)]).max() < 1e-6


def test_everything_else_is_kept(tmp_path: Path) -> None:
    picture = Picture("libx264", H264.times, rotation=90, tags={"timecode": "10:11:12:13"})
    sounds = [Sound(TRAIN, "aac"), Sound(TRAIN[:, ::-1].copy(), "aac")]
    source = encode(
        tmp_path / "k.mov", sounds, picture, tags={"title": "Tést", "creation_time": "2026-01-02T03:04:05.000000Z"}
    )
    before, after = probe(source), probe(shift_audio(source, tmp_path / "o.mov", 0.25).path)
    assert after.video == before.video
    assert after.timecode == before.timecode
    assert (after.video[0].width, after.video[0].height) == (48, 64)
    assert [a.index for a in after.audio] == [1, 2]
    with av.open(str(tmp_path / "o.mov")) as container:
        assert container.metadata["title"] == "Tést"
        assert container.metadata["creation_time"] == "2026-01-02T03:04:05.000000Z"
    for stream in (1, 2):
        assert lag(sound(source, stream), sound(tmp_path / "o.mov", stream)) == RATE_HZ // 4


def test_camera_tags_in_reverse_domain_names_are_kept(tmp_path: Path) -> None:
    key = "com.apple.quicktime.make"
    source = encode(
        tmp_path / "q.mov", [Sound(TRAIN, "aac")], H264, tags={key: "A"}, options={"movflags": "use_metadata_tags"}
    )
    shifted = shift_audio(source, tmp_path / "o.mov", 0.1)
    with av.open(str(shifted.path)) as container:
        assert container.metadata[key] == "A"


@pytest.mark.parametrize("offset_s", OFFSETS)
@pytest.mark.parametrize(
    ("name", "codec", "picture", "lossless"),
    [
        ("s.mkv", "aac", H264, True),
        ("s.mkv", "flac", H264, True),
        ("s.avi", "pcm_s16le", MPEG2, True),
        ("s.avi", "libmp3lame", MPEG2, True),
        ("s.mxf", "pcm_s16le", MPEG2, True),
        ("s.webm", "libopus", Picture("libvpx-vp9", H264.times[:25], time_base=Fraction(1, 1000)), False),
        ("s.mpg", "mp2", MPEG2, False),
        ("s.ts", "aac", MPEG2, False),
    ],
)
def test_other_containers_get_new_sound_beside_the_same_picture(
    tmp_path: Path, name: str, codec: str, picture: Picture, lossless: bool, offset_s: float
) -> None:
    source = encode(tmp_path / name, [Sound(TRAIN, codec)], picture)
    shifted = shift_audio(source, tmp_path / f"out_{name}", offset_s)
    samples = round(offset_s * RATE_HZ)
    assert (shifted.method, shifted.offset_s, shifted.lost_streams) == ("re-encoded", Fraction(samples, RATE_HZ), ())
    assert video_packets(shifted.path) == video_packets(source)
    before, after = sound(source), sound(shifted.path)
    # Some muxers delay the picture to make room for the encoder's delay: what counts is the sound against it.
    moved = (picture_start(shifted.path) - picture_start(source)) * RATE_HZ
    assert abs(lag(before, after) - samples - moved) <= 1
    if lossless:
        kept, made = (before[-samples:], after) if samples < 0 else (before, after[samples:])
        size = min(len(kept), len(made))
        assert np.abs(kept[:size] - made[:size]).max() <= 2**-23


def test_any_container_may_become_matroska(tmp_path: Path) -> None:
    source = encode(tmp_path / "s.ts", [Sound(TRAIN, "aac")], MPEG2)
    shifted = shift_audio(source, tmp_path / "o.mkv", 0.5)
    assert video_packets(shifted.path) == video_packets(source)
    moved = (picture_start(shifted.path) - picture_start(source)) * RATE_HZ
    assert abs(lag(sound(source), sound(shifted.path)) - RATE_HZ // 2 - moved) <= 48  # Matroska's millisecond


class TestRefused:
    def test_its_own_source(self, tmp_path: Path) -> None:
        source = encode(tmp_path / "a.mp4", [Sound(TRAIN, "aac")], H264)
        content = source.read_bytes()
        link = tmp_path / "link.mp4"
        link.symlink_to(source)
        for target in (source, link):
            with pytest.raises(OptionInvalid, match="is the source itself"):
                shift_audio(source, target, 0.1)
        assert source.read_bytes() == content

    def test_another_kind_of_container(self, tmp_path: Path) -> None:
        source = encode(tmp_path / "a.avi", [Sound(TRAIN, "pcm_s16le")], MPEG2)
        with pytest.raises(OptionInvalid, match=r"o\.mp4 must end in \.avi or \.mkv"):
            shift_audio(source, tmp_path / "o.mp4", 0.1)

    def test_nothing_to_shift(self, tmp_path: Path) -> None:
        mute = encode(tmp_path / "m.mp4", picture=H264)
        with pytest.raises(StreamMissing, match="has no audio stream"):
            shift_audio(mute, tmp_path / "o.mp4", 0.1)
        blind = encode(tmp_path / "b.m4a", [Sound(TRAIN, "aac")])
        with pytest.raises(StreamMissing, match="has no video stream"):
            shift_audio(blind, tmp_path / "o.m4a", 0.1)
        with pytest.raises(MediaNotFound):
            shift_audio(tmp_path / "gone.mp4", tmp_path / "o.mp4", 0.1)
        (tmp_path / "t.mp4").write_text("text " * 100)
        with pytest.raises(MediaUnreadable):
            shift_audio(tmp_path / "t.mp4", tmp_path / "o.mp4", 0.1)

    @pytest.mark.parametrize("offset_s", [float("nan"), float("inf"), 1e9])
    def test_offsets_that_are_none(self, tmp_path: Path, offset_s: float) -> None:
        source = encode(tmp_path / "a.mp4", [Sound(TRAIN, "aac")], H264)
        with pytest.raises(OptionInvalid, match="offset_s: "):
            shift_audio(source, tmp_path / "o.mp4", offset_s)
        assert not (tmp_path / "o.mp4").exists()

    @pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
    def test_a_full_disk_leaves_nothing(self, tmp_path: Path, name: str) -> None:
        source = encode(tmp_path / name, [Sound(np.tile(TRAIN, 4), "aac")], H264)
        script = (
            "import resource, sys\n"
            "from pathlib import Path\n"
            "from twopop_engine.media.shift import shift_audio\n"
            "resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
            "shift_audio(Path(sys.argv[1]), Path(sys.argv[2]), 0.1)\n"
        )
        target = tmp_path / f"out_{name}"
        done = subprocess.run([sys.executable, "-c", script, source, target], capture_output=True, text=True)
        assert "OutputUnwritable" in done.stderr
        assert [path.name for path in tmp_path.iterdir()] == [name]

    def test_stopping_leaves_nothing(self, tmp_path: Path) -> None:
        source = encode(tmp_path / "a.mp4", [Sound(TRAIN, "aac")], H264)

        def stop(fraction: float) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            shift_audio(source, tmp_path / "o.mp4", 0.1, stop)
        assert [path.name for path in tmp_path.iterdir()] == ["a.mp4"]
