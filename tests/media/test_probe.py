"""What files say of themselves, against what was written into them."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clips.encode import HEIGHT, RATE_HZ, WIDTH, Picture, Sound, click_train, encode
from twopop.errors import MediaNotFound, MediaUnreadable
from twopop.timing import Frames, Timecode
from twopop_engine.media.chunks import BroadcastExtension
from twopop_engine.media.ixml import Ixml, IxmlTrack, build_ixml
from twopop_engine.media.probe import probe
from twopop_engine.media.wav import WavFormat, WavWriter

TRAIN = click_train(1)
RATES = [
    Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30), Fraction(48), Fraction(50),
    Fraction(60000, 1001), Fraction(60),
]  # fmt: skip


def even_times(rate: Fraction, count: int = 50) -> list[Fraction]:
    return [i / rate for i in range(count)]


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("name", ["r.mp4", "r.mov", "r.mkv", "r.avi", "r.ts"])
def test_rates_are_exact(tmp_path: Path, rate: Fraction, name: str) -> None:
    codec, time_base = ("libx264", Fraction(1, 90000)) if name.endswith("ts") else ("mpeg4", 1 / rate)
    path = encode(tmp_path / name, picture=Picture(codec, even_times(rate), rate, time_base))
    (video,) = probe(path).video
    assert video.frame_rate == rate
    assert not video.variable_rate


@pytest.mark.parametrize(("ticks", "timescale"), [(600, 600), (600, 19200), (1000, 16000)])
def test_rounded_times_are_not_a_variable_rate(tmp_path: Path, ticks: int, timescale: int) -> None:
    """Phones count in 1/600 s, Matroska in 1/1000 s, and remuxes carry that rounding into finer ticks."""
    rate = Fraction(30000, 1001)
    picture = Picture("libx264", even_times(rate, 90), rate, Fraction(1, ticks))
    path = encode(tmp_path / "p.mov", picture=picture, options={"video_track_timescale": str(timescale)})
    (video,) = probe(path).video
    assert (video.frame_rate, video.variable_rate) == (rate, False)


@pytest.mark.parametrize("name", ["v.mp4", "v.mkv"])
def test_variable_rates_are_measured(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(5)
    steps = rng.integers(30, 60, 99)
    times = [Fraction(0), *(Fraction(int(t), 1000) for t in np.cumsum(steps))]
    path = encode(tmp_path / name, picture=Picture("mpeg4", times, Fraction(25), Fraction(1, 1000)))
    (video,) = probe(path).video
    assert video.variable_rate
    assert abs(video.frame_rate - 99 / times[-1]) < Fraction(1, 2)


def test_one_dropped_frame_is_a_variable_rate(tmp_path: Path) -> None:
    times = [t for i, t in enumerate(even_times(Fraction(25), 60)) if i != 30]
    path = encode(tmp_path / "d.mp4", picture=Picture("mpeg4", times))
    assert probe(path).video[0].variable_rate


def test_streams_and_durations(tmp_path: Path) -> None:
    sounds = [Sound(click_train(3, channels=6), "pcm_s24le"), Sound(click_train(1), "pcm_s16le")]
    info = probe(encode(tmp_path / "a.mov", sounds, Picture()))
    assert (info.container, info.duration, info.path) == ("mov", Fraction(3), tmp_path / "a.mov")
    assert [(v.index, v.codec, v.start, v.duration) for v in info.video] == [(0, "mpeg4", Fraction(0), Fraction(2))]
    assert [(a.index, a.codec, a.channel_count, a.layout, a.duration) for a in info.audio] == [
        (1, "pcm_s24le", 6, "5.1", Fraction(3)),
        (2, "pcm_s16le", 1, "mono", Fraction(1)),
    ]


def test_starts_are_on_the_file_s_clock(tmp_path: Path) -> None:
    path = encode(
        tmp_path / "o.mov", [Sound(TRAIN, "pcm_s16le", offset=4801)], Picture(), options={"movie_timescale": "48000"}
    )
    (audio,) = probe(path).audio
    assert (audio.start, audio.duration) == (Fraction(4801, RATE_HZ), Fraction(1))


@pytest.mark.parametrize(("rotation", "turned"), [(0, False), (90, True), (-90, True), (180, False)])
@pytest.mark.parametrize("name", ["r.mp4", "r.mkv"])
def test_size_is_what_is_shown(tmp_path: Path, name: str, rotation: int, turned: bool) -> None:
    path = encode(tmp_path / name, picture=Picture(rotation=rotation, aspect=Fraction(4, 3)))
    (video,) = probe(path).video
    wide = (round(WIDTH * 4 / 3), HEIGHT)
    assert (video.width, video.height) == (wide[::-1] if turned else wide)


@pytest.mark.parametrize(
    ("name", "codec", "rate", "text", "drop_frame", "source"),
    [
        ("t.mov", "prores_ks", Fraction(24000, 1001), "01:00:00:00", False, "tmcd"),
        ("t.mp4", "mpeg4", Fraction(25), "10:11:12:13", False, "tmcd"),
        ("t.mov", "mpeg4", Fraction(30000, 1001), "01:02:03;04", True, "tmcd"),
        ("t.mxf", "mpeg2video", Fraction(25), "09:08:07:06", False, "mxf"),
        ("zero.mov", "mpeg4", Fraction(25), "00:00:00:00", False, "tmcd"),
    ],
)
def test_timecode(
    tmp_path: Path, name: str, codec: str, rate: Fraction, text: str, drop_frame: bool, source: str
) -> None:
    tags = {"timecode": text}
    picture = Picture(codec, even_times(rate, 10), rate, 1 / rate, tags={} if source == "mxf" else tags)
    timecode = probe(encode(tmp_path / name, picture=picture, tags=tags if source == "mxf" else {})).timecode
    assert timecode is not None
    assert (timecode.text, timecode.rate, timecode.drop_frame, timecode.source) == (text, rate, drop_frame, source)
    assert timecode.since_midnight == Timecode.parse(text, rate).since_midnight


def test_no_timecode_is_none(tmp_path: Path) -> None:
    assert probe(encode(tmp_path / "n.mp4", picture=Picture())).timecode is None
    assert probe(encode(tmp_path / "n.wav", [Sound(TRAIN, "pcm_s16le")])).timecode is None


def write_recording(path: Path, ixml: Ixml | None, bext: BroadcastExtension | None, channels: int = 2) -> Path:
    with WavWriter(path, WavFormat(RATE_HZ, channels), bext, build_ixml(ixml) if ixml else None) as writer:
        writer.write(np.zeros((channels, 480), np.float32))
    return path


SPEED = {"SPEED/TIMECODE_RATE": "24000/1001", "SPEED/TIMECODE_FLAG": "NDF"}


def test_a_recorder_s_identity(tmp_path: Path) -> None:
    ixml = Ixml(
        {
            "SCENE": "12A",
            "TAKE": "3",
            "TAPE": "SR01",
            "NOTE": "plane & wind <loud>",
            "FILE_SET/FAMILY_UID": "u-1",
            "FILE_SET/FILE_SET_INDEX": "B",
            "FILE_SET/TOTAL_FILES": "4",
            "SPEED/FILE_SAMPLE_RATE": "48000",
            "SPEED/DIGITIZER_SAMPLE_RATE": "48048",
            "SPEED/TIMESTAMP_SAMPLE_RATE": "48000",
            **SPEED,
        },
        (IxmlTrack(1, 1, "MIX"), IxmlTrack(3, 2, "Änna Lav")),
    )
    reference = 172_972_800 + 2002  # 01:00:00:00 at 23.976 and one frame
    bext = BroadcastExtension("desc", "Rec 633", "REF1", "2026-01-02", "10:11:12", reference)
    info = probe(write_recording(tmp_path / "r.wav", ixml, bext))
    identity = info.identity
    assert identity is not None
    assert (identity.scene, identity.take, identity.roll) == ("12A", "3", "SR01")
    assert identity.note == "plane & wind <loud>"
    assert (identity.family_uid, identity.family_index, identity.family_count) == ("u-1", 2, 4)
    assert (identity.origination_date, identity.origination_time) == ("2026-01-02", "10:11:12")
    assert (identity.originator, identity.originator_reference, identity.description) == ("Rec 633", "REF1", "desc")
    assert (identity.file_sample_rate_hz, identity.digitizer_sample_rate_hz) == (48000, 48048)
    assert identity.time_reference == reference
    assert info.audio[0].channel_names == ("MIX", "Änna Lav")
    assert info.timecode is not None
    assert (info.timecode.text, info.timecode.source) == ("01:00:00:01", "bext")
    assert info.timecode.since_midnight == Fraction(reference, RATE_HZ)


def test_a_timestamp_without_a_frame_rate_counts_hundredths(tmp_path: Path) -> None:
    bext = BroadcastExtension(time_reference=36000 * RATE_HZ + 24000)
    timecode = probe(write_recording(tmp_path / "b.wav", None, bext)).timecode
    assert timecode is not None
    assert (timecode.text, timecode.rate, timecode.source) == ("10:00:00:50", Fraction(100), "bext")


def test_a_timestamp_in_ixml_alone(tmp_path: Path) -> None:
    stamp = 5 * 2**32 + 7
    values = {
        "SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI": "5",
        "SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO": "7",
        "SPEED/TIMESTAMP_SAMPLE_RATE": "192000",
        **SPEED,
    }
    info = probe(write_recording(tmp_path / "i.wav", Ixml(values), None))
    assert info.timecode is not None
    assert info.timecode.source == "ixml"
    assert info.timecode.since_midnight == Fraction(stamp, 192000)


@settings(max_examples=40, deadline=None)
@given(frame=st.integers(0, 24 * 3600 * 24 - 1), drop=st.booleans())
def test_any_bext_timestamp_gives_its_label(tmp_path_factory: pytest.TempPathFactory, frame: int, drop: bool) -> None:
    rate = Fraction(30000, 1001)
    frame %= 24 * 3600 * 29
    reference = -(-frame * RATE_HZ // rate)  # the first sample at or after the frame's start
    values = {"SPEED/TIMECODE_RATE": "30000/1001", "SPEED/TIMECODE_FLAG": "DF" if drop else "NDF"}
    path = tmp_path_factory.getbasetemp() / "label.wav"
    timecode = probe(write_recording(path, Ixml(values), BroadcastExtension(time_reference=reference))).timecode
    assert timecode is not None
    assert timecode.text == str(Timecode(Frames(frame), rate, drop))


def test_tags_that_are_not_unicode_do_not_hinder(tmp_path: Path) -> None:
    path = encode(tmp_path / "l.mp3", [Sound(TRAIN, "libmp3lame")], tags={"title": "Cafe"})
    content = path.read_bytes()
    assert b"Cafe" in content
    path.write_bytes(content.replace(b"Cafe", b"Caf\xe9"))
    assert probe(path).audio
    latin = tmp_path / "l.mkv"
    latin.write_bytes(
        encode(tmp_path / "m.mkv", [Sound(TRAIN, "aac")], tags={"title": "Cafe"})
        .read_bytes()
        .replace(b"Cafe", b"Caf\xe9")
    )
    assert probe(latin).audio


def test_cover_art_is_no_picture(tmp_path: Path) -> None:
    with av.open(str(tmp_path / "c.mp3"), "w") as writer:
        sound = writer.add_stream("libmp3lame", RATE_HZ, layout="mono")
        cover = writer.add_stream("png", 1)
        cover.width = cover.height = 16
        cover.pix_fmt = "rgb24"
        cover.disposition = av.stream.Disposition.attached_pic
        frame = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8))
        writer.mux(cover.encode(frame))
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 1152), np.float32), "fltp", "mono")
        silence.sample_rate = RATE_HZ
        writer.mux(sound.encode(silence))
        writer.mux(sound.encode(None))
    info = probe(tmp_path / "c.mp3")
    assert not info.video
    assert len(info.audio) == 1


class TestBadInput:
    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(MediaNotFound, match="is its drive mounted"):
            probe(tmp_path / "offline" / "drive" / "x.mov")

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(MediaUnreadable, match="is a folder"):
            probe(tmp_path)

    @pytest.mark.parametrize(
        ("content", "problem"),
        [
            (b"", "is empty"),
            (b"\x00" * 5000, "holds no media"),
            (b"plain words " * 400, "is text, not media"),
            (b"\x00\x00\x00\x20ftypisom" + b"\x00" * 3000, "is cut short: its index"),
            (b"RIFF\x00\x10\x00\x00WAVE" + b"\x00" * 8, "is cut short or damaged"),
        ],
    )
    def test_not_media(self, tmp_path: Path, content: bytes, problem: str) -> None:
        path = tmp_path / "bad.mp4"
        path.write_bytes(content)
        with pytest.raises(MediaUnreadable, match=problem) as caught:
            probe(path)
        assert caught.value.fields["path"] == str(path)

    def test_subtitles_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "s.srt"
        path.write_text("1\n00:00:00,000 --> 00:00:01,000\nHello.\n")
        with pytest.raises(MediaUnreadable, match="is text, not media"):
            probe(path)

    @settings(max_examples=150, deadline=None)
    @given(
        content=st.binary(max_size=300), head=st.sampled_from([b"", b"RIFF....WAVEfmt ", b"\x1aE\xdf\xa3", b"ID3\x03"])
    )
    def test_noise_is_refused_or_read_but_never_crashes(
        self, tmp_path_factory: pytest.TempPathFactory, head: bytes, content: bytes
    ) -> None:
        path = tmp_path_factory.getbasetemp() / "noise.bin"
        path.write_bytes(head + content)
        with contextlib.suppress(MediaUnreadable):
            assert probe(path).audio or probe(path).video
