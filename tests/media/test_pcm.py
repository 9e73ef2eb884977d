"""Reading sound: every container that can be written here, against what was put into it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clips.compare import lag
from clips.encode import RATE_HZ, Picture, Sound, click_train, encode
from twopop.errors import MediaNotFound, MediaUnreadable, StreamMissing
from twopop_engine.media.decode import ContainerReader
from twopop_engine.media.frames import open_video
from twopop_engine.media.pcm import PlainReader, open_audio

TRAIN = click_train(4)
LOSSLESS = [
    ("a.wav", "pcm_s16le"),
    ("a.flac", "flac"),
    ("a.aiff", "pcm_s16be"),
    ("a.caf", "pcm_s24le"),
    ("a.w64", "pcm_s16le"),
    ("alac.m4a", "alac"),
    ("flac.mp4", "flac"),
    ("flac.mkv", "flac"),
    ("pcm.mov", "pcm_s24le"),
    ("pcm.avi", "pcm_s16le"),
    ("pcm.mkv", "pcm_s16le"),
]
# Delays that a container does not tell belong to what a player plays: the encoder's, for bare AAC, transport streams
# and MP3 in AVI. Between sound and picture they are accounted for by presentation times where there are any.
LOSSY = [
    ("a.mp3", "libmp3lame", 0),
    ("a.m4a", "aac", 0),
    ("a.aac", "aac", 1024),
    ("a.ogg", "libopus", 0),
    ("a.mka", "aac", 0),
    ("opus.mka", "libopus", 0),
    ("ac3.mka", "ac3", 0),
]
WITH_PICTURE = [
    ("aac.mp4", "aac", "mpeg4", 0),
    ("aac.mov", "aac", "mpeg4", 0),
    ("mp3.mp4", "libmp3lame", "mpeg4", 0),
    ("opus.mp4", "libopus", "mpeg4", 0),
    ("aac.mkv", "aac", "mpeg4", 0),
    ("opus.mkv", "libopus", "mpeg4", 0),
    ("opus.webm", "libopus", "libvpx-vp9", 0),
    ("aac.ts", "aac", "mpeg2video", 0),
    ("mp2.mpg", "mp2", "mpeg2video", 0),
    ("mp3.avi", "libmp3lame", "mpeg4", 1105),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pcm")


@pytest.mark.parametrize(("name", "codec"), LOSSLESS)
def test_lossless_sound_comes_back_sample_by_sample(folder: Path, name: str, codec: str) -> None:
    path = encode(folder / name, [Sound(TRAIN, codec)])
    with open_audio(path) as reader:
        assert (reader.rate_hz, reader.channels) == (RATE_HZ, 1)
        assert 0 <= reader.length - TRAIN.shape[1] <= (96 if name.endswith("mkv") else 0)  # Matroska counts in ms
        assert np.abs(reader.read(0, TRAIN.shape[1]) - TRAIN).max() < 2**-14
        assert not reader.truncated


@pytest.mark.parametrize(("name", "codec", "delay"), LOSSY)
def test_coded_sound_starts_at_zero(folder: Path, name: str, codec: str, delay: int) -> None:
    path = encode(folder / name, [Sound(TRAIN, codec)])
    with open_audio(path) as reader:
        assert lag(TRAIN[0], reader.read(0, reader.length)[0]) == delay
        # Some containers count the last frame whole; the AC-3 encoder swallows its last block.
        assert -256 <= reader.length - TRAIN.shape[1] <= delay + 2048


@pytest.mark.parametrize(("name", "codec", "video_codec", "delay"), WITH_PICTURE)
def test_sound_stands_beside_its_picture(folder: Path, name: str, codec: str, video_codec: str, delay: int) -> None:
    path = encode(folder / name, [Sound(TRAIN, codec)], Picture(video_codec, time_base=Fraction(1, 25)))
    with open_audio(path) as reader, open_video(path) as video:
        first = video.first()
        assert first is not None
        picture_start = first.time * RATE_HZ
        assert abs(lag(TRAIN[0], reader.read(0, reader.length)[0]) - delay - picture_start) < 1


@pytest.mark.parametrize("offset", [4000, -4000, 480])
@pytest.mark.parametrize(("name", "codec"), [("o.mp4", "aac"), ("o.mov", "pcm_s24le")])
def test_edit_lists_move_the_sound(tmp_path: Path, name: str, codec: str, offset: int) -> None:
    path = encode(
        tmp_path / name, [Sound(TRAIN, codec, offset=offset)], Picture(), options={"movie_timescale": str(RATE_HZ)}
    )
    with open_audio(path) as reader:
        assert lag(TRAIN[0], reader.read(0, reader.length)[0]) == offset


def test_matroska_rounding_is_seen_through(tmp_path: Path) -> None:
    """83.333 ms is stored as 83 ms; the rounding of the frames behind it tells the third of a millisecond."""
    path = encode(tmp_path / "o.mkv", [Sound(TRAIN, "aac", offset=4000)], Picture())
    with open_audio(path) as reader:
        samples = reader.read(0, reader.length)[0]
        assert abs(lag(TRAIN[0], samples) - 4000) <= 4
        # No seams: one lag from beginning to end.
        assert lag(TRAIN[0, :48000], samples[:60000]) == lag(TRAIN[0, -48000:], samples[TRAIN.shape[1] - 48000 :])


@pytest.mark.parametrize("name", ["gap.mkv", "gap.mp4"])
def test_gaps_become_silence(tmp_path: Path, name: str) -> None:
    gap = (96 * 1024, 120 * 1024)
    path = encode(tmp_path / name, [Sound(TRAIN, "aac", gap=gap)], Picture())
    with open_audio(path) as reader:
        samples = reader.read(0, TRAIN.shape[1])[0]
    assert not samples[gap[0] + 2048 : gap[1] - 2048].any()
    assert lag(TRAIN[0, gap[1] :], samples[gap[1] :]) == 0


@pytest.mark.parametrize(
    ("name", "codec", "tolerance"),
    [
        ("r.wav", "pcm_s16le", 0.0),
        ("r.flac", "flac", 0.0),
        ("r.mov", "pcm_s24le", 0.0),
        ("r.mp4", "aac", 1e-6),
        ("r.mp3", "libmp3lame", 1e-6),
        ("r.ogg", "libopus", 1e-6),
        ("r.mkv", "aac", 1e-6),
        ("opus.mkv", "libopus", 1e-6),
        ("r.mxf", "pcm_s16le", 0.0),
    ],
)
def test_any_read_equals_its_part_of_the_whole(folder: Path, name: str, codec: str, tolerance: float) -> None:
    """Reads that jump back and forth by more than a seek is worth, in a file long enough for seeks."""
    rng = np.random.default_rng(3)
    samples = (rng.standard_normal((1, 60 * RATE_HZ)) * 0.1).astype(np.float32)
    picture = Picture("mpeg2video", time_base=Fraction(1, 25)) if name.endswith(("mp4", "mov", "mkv", "mxf")) else None
    options = {"aac_pns": "0"} if codec == "aac" else {}
    path = encode(folder / f"reads_{name}", [Sound(samples, codec, options=options)], picture)
    with open_audio(path) as reader:
        whole = reader.read(0, reader.length)
    with open_audio(path) as reader:
        for start in [0, *rng.integers(-2000, reader.length, 12)]:
            part = reader.read(int(start), 3000)
            expected = np.pad(whole, ((0, 0), (3000, 6000)))[:, start + 3000 : start + 6000]
            assert part.shape == (1, 3000)
            assert np.abs(part - expected).max() <= tolerance, start


@pytest.fixture(scope="module")
def stereo_readers(folder: Path) -> Sequence[tuple[np.ndarray, Path]]:
    train = click_train(2, channels=2)
    paths = [
        encode(folder / "s.wav", [Sound(train, "pcm_s16le")]),
        encode(folder / "s.mov", [Sound(train, "pcm_s16le")], Picture()),
    ]
    return [(np.rint(train * 32768) / 32768, path) for path in paths]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reads=st.lists(st.tuples(st.integers(-3000, 100_000), st.integers(0, 5000)), min_size=1, max_size=4))
def test_reads_in_any_order(stereo_readers: Sequence[tuple[np.ndarray, Path]], reads: list[tuple[int, int]]) -> None:
    for truth, path in stereo_readers:
        padded = np.pad(truth, ((0, 0), (3000, 110_000)))
        with open_audio(path) as reader:
            for start, count in reads:
                assert np.array_equal(reader.read(start, count), padded[:, start + 3000 : start + 3000 + count])


@pytest.mark.parametrize("size", [1, 1000, 48_000, 10**6])
def test_blocks_are_the_whole_in_order(folder: Path, size: int) -> None:
    path = encode(folder / f"blocks{size}.m4a", [Sound(TRAIN[:, :24000], "aac")])
    with open_audio(path) as reader:
        whole = reader.read(-500, 3000)
        blocks = list(reader.blocks(size, -500, 2500))
        assert all(block.shape[1] == size for block in blocks[:-1])
        assert np.array_equal(np.concatenate(blocks, axis=1), whole)
        assert sum(block.shape[1] for block in reader.blocks(size)) == reader.length


def test_channels_and_streams_are_told_apart(tmp_path: Path) -> None:
    train = click_train(1, channels=6)
    other = train[:2] * np.array([[0.5], [-0.5]], np.float32)
    path = encode(tmp_path / "many.mov", [Sound(train, "pcm_s24le"), Sound(other, "pcm_s16le")], Picture())
    with open_audio(path) as first, open_audio(path, 1) as same, open_audio(path, 2) as second:
        assert np.abs(first.read(0, 48000) - train).max() < 1e-6
        assert np.array_equal(first.read(0, 48000), same.read(0, 48000))
        assert np.abs(second.read(0, 48000) - other).max() < 2**-14
    with pytest.raises(StreamMissing, match=r"many\.mov: has no audio \(number 0\) stream"):
        open_audio(path, 0)


def test_floats_keep_what_exceeds_full_scale(tmp_path: Path) -> None:
    loud = TRAIN * 4
    soundfile.write(tmp_path / "f.wav", loud.T, RATE_HZ, subtype="FLOAT")
    with open_audio(tmp_path / "f.wav") as reader:
        assert reader.is_float
        assert np.array_equal(reader.read(0, reader.length), loud)


def test_a_three_hour_file_is_never_held_whole(tmp_path: Path) -> None:
    """A sparse file of 1 GB: only what is read can take time and memory."""
    path = tmp_path / "long.wav"
    seconds = 3 * 3600
    soundfile.write(path, np.zeros(100, np.int16), RATE_HZ)
    header = bytearray(path.read_bytes()[:44])
    data_bytes = seconds * RATE_HZ * 2
    header[4:8] = (data_bytes + 36).to_bytes(4, "little")
    header[40:44] = data_bytes.to_bytes(4, "little")
    with path.open("wb") as file:
        file.write(header)
        file.truncate(44 + data_bytes)
        file.seek(44 + data_bytes - 2)
        file.write(b"\x00\x40")
    with open_audio(path) as reader:
        assert reader.length == seconds * RATE_HZ
        assert reader.read(reader.length - 1, 3).tolist() == [[0.5, 0.0, 0.0]]


class TestDamage:
    def cut(self, path: Path, part: float) -> Path:
        content = path.read_bytes()
        cut = path.with_name(f"cut_{path.name}")
        cut.write_bytes(content[: int(len(content) * part)])
        return cut

    @pytest.mark.parametrize(
        ("name", "codec"),
        [("a.wav", "pcm_s16le"), ("a.flac", "flac"), ("a.mp3", "libmp3lame"), ("a.ogg", "libopus"), ("a.mka", "aac")],
    )
    def test_what_decodes_is_delivered(self, tmp_path: Path, name: str, codec: str) -> None:
        path = self.cut(encode(tmp_path / name, [Sound(TRAIN, codec)]), 0.6)
        with open_audio(path) as reader:
            samples = reader.read(0, TRAIN.shape[1])[0]
        end = np.flatnonzero(samples)[-1]
        assert TRAIN.shape[1] * 0.3 < end < TRAIN.shape[1] * 0.7
        assert lag(TRAIN[0, :40000], samples[:60000]) == 0

    @pytest.mark.parametrize(("name", "codec"), [("a.wav", "pcm_s16le"), ("a.flac", "flac"), ("a.mp4", "aac")])
    def test_a_short_file_is_marked(self, tmp_path: Path, name: str, codec: str) -> None:
        options = {"movflags": "faststart"} if name.endswith("mp4") else {}
        path = self.cut(encode(tmp_path / name, [Sound(TRAIN, codec)], options=options), 0.6)
        with open_audio(path) as reader:
            for _ in reader.blocks(8192):
                pass
            assert reader.truncated

    def test_flac_is_read_around_damage(self, tmp_path: Path) -> None:
        path = encode(tmp_path / "a.flac", [Sound(TRAIN, "flac")])
        content = bytearray(path.read_bytes())
        middle = len(content) // 2
        content[middle : middle + 2000] = np.random.default_rng(0).bytes(2000)
        path.write_bytes(content)
        with open_audio(path) as reader:
            samples = reader.read(0, reader.length)[0]
            assert reader.truncated
        wrong = np.abs(samples - np.rint(TRAIN[0] * 32768) / 32768) > 1e-4
        assert wrong.any()
        assert wrong.mean() < 0.1

    @pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
    def test_a_recorder_that_lost_its_power(self, tmp_path: Path, size: int) -> None:
        path = encode(tmp_path / "a.wav", [Sound(TRAIN, "pcm_s16le")])
        content = bytearray(path.read_bytes())
        data = content.index(b"data")
        content[4:8] = content[data + 4 : data + 8] = size.to_bytes(4, "little")
        path.write_bytes(content)
        with open_audio(path) as reader:
            assert reader.length == TRAIN.shape[1]
            assert lag(TRAIN[0], reader.read(0, reader.length)[0]) == 0


class TestBadInput:
    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(MediaNotFound, match=r"nope\.wav: no such file; is its drive mounted"):
            open_audio(tmp_path / "nope.wav")
        with pytest.raises(MediaNotFound):
            open_audio(tmp_path / "no folder" / "nope.wav")

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(MediaUnreadable, match="is a folder, not a media file"):
            open_audio(tmp_path)

    def test_empty(self, tmp_path: Path) -> None:
        (tmp_path / "e.wav").touch()
        with pytest.raises(MediaUnreadable, match=r"e\.wav: is empty"):
            open_audio(tmp_path / "e.wav")

    def test_a_movie_without_its_index(self, tmp_path: Path) -> None:
        path = encode(tmp_path / "whole.mp4", [Sound(TRAIN, "aac")], Picture())
        cut = tmp_path / "cut.mp4"
        cut.write_bytes(path.read_bytes()[:4000])
        with pytest.raises(MediaUnreadable, match=r"cut\.mp4: is cut short: its index \(moov\) is missing"):
            open_audio(cut)

    def test_text(self, tmp_path: Path) -> None:
        (tmp_path / "t.mp4").write_text("It was a dark and stormy night.\n" * 100)
        with pytest.raises(MediaUnreadable, match=r"t\.mp4: is text, not media"):
            open_audio(tmp_path / "t.mp4")

    def test_a_header_and_nothing_else(self, tmp_path: Path) -> None:
        (tmp_path / "h.wav").write_bytes(b"RIFF\x24\0\0\0WAVEfmt ")
        with pytest.raises(MediaUnreadable, match=r"h\.wav: is cut short or damaged"):
            open_audio(tmp_path / "h.wav")

    def test_a_play_list_opens_nothing(self, tmp_path: Path) -> None:
        encode(tmp_path / "secret.mp3", [Sound(TRAIN, "libmp3lame")])
        (tmp_path / "list.m3u8").write_text("#EXTM3U\n#EXTINF:4,\nsecret.mp3\n#EXT-X-ENDLIST\n")
        with pytest.raises(MediaUnreadable, match="is text, not media"):
            open_audio(tmp_path / "list.m3u8")

    def test_no_sound(self, tmp_path: Path) -> None:
        path = encode(tmp_path / "mute.mp4", picture=Picture())
        with pytest.raises(StreamMissing, match=r"mute\.mp4: has no audio stream"):
            open_audio(path)

    def test_a_name_that_looks_like_a_url(self, tmp_path: Path) -> None:
        path = encode(tmp_path / "http: x%41.m4a", [Sound(TRAIN, "aac")])
        with open_audio(path) as reader:
            assert reader.length == TRAIN.shape[1]


def test_readers_are_chosen_by_content_not_by_name(tmp_path: Path) -> None:
    wav = encode(tmp_path / "a.wav", [Sound(TRAIN, "pcm_s16le")])
    renamed = wav.rename(tmp_path / "a.mp4")
    with open_audio(renamed) as reader:
        assert isinstance(reader, PlainReader)
    mp3 = encode(tmp_path / "b.mp3", [Sound(TRAIN, "libmp3lame")]).rename(tmp_path / "b.wav")
    with open_audio(mp3) as reader:
        assert isinstance(reader, ContainerReader)
