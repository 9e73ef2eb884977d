"""One clip in many containers: priming, edit lists, coarse clocks, other frame rates. The answer must not change.

AAC's encoder puts 1024 samples before the sound, MP3's 1105 (64 and 69 ms at 16 kHz). An edit list or a negative time
says so; a file that has neither plays them, and its sound must be cut by as much to stand where it stood.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
import pytest
from av import AudioFormat, AudioFrame, VideoFrame
from av.audio import AudioStream
from av.video import VideoStream
from numpy.typing import NDArray

from lipsync.talks import RATE_HZ, Floats, read_sound
from scenes.talker import talker
from sync_models import need_default_model
from twopop_engine.media.frames import open_video
from twopop_engine.sync.assess.answer import SpeakerAnswer
from twopop_engine.sync.assess.options import AssessOptions

REAL = Path(__file__).resolve().parents[3] / "shared" / "media" / "talking" / "syncnet_example.avi"
AGREE_S = 0.005
AAC_PRIMING, MP3_PRIMING = 1024, 1105
NTSC = Fraction(30000, 1001)
TICK = Fraction(1, 90000)

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Clip:
    """Pictures at 25 a second, and sound at 16 kHz from the first one on."""

    pictures: list[Picture]
    sound: Floats
    lead_s: float
    near_s: float


@dataclass(frozen=True)
class Wrapping:
    """A container: its codecs, and how many samples of priming it plays as sound."""

    suffix: str
    picture: str = "libx264"
    sound: str = "aac"
    played: int = 0
    times: Callable[[int], list[tuple[Fraction, int]]] = lambda count: steady(count)
    options: dict[str, str] = field(default_factory=dict)


def steady(count: int) -> list[tuple[Fraction, int]]:
    """When each picture is shown."""
    return [(Fraction(number, 25), number) for number in range(count)]


def ntsc(count: int) -> list[tuple[Fraction, int]]:
    """At 29.97 a second the picture that is nearest, so that every fifth is shown twice."""
    times = [number / NTSC for number in range(int(Fraction(count, 25) * NTSC))]
    return [(time, min(round(time * 25), count - 1)) for time in times]


def variable(count: int) -> list[tuple[Fraction, int]]:
    """One in four left out, at random; the others at their own times."""
    rng = np.random.default_rng(4)
    return [one for one in steady(count) if one[1] == 0 or rng.random() > 0.25]


WRAPPINGS = {
    "mp4": Wrapping("mp4"),
    "mp4 without edit list": Wrapping("mp4", played=AAC_PRIMING, options={"use_editlist": "0"}),
    "mov": Wrapping("mov", sound="pcm_s16le"),
    "mkv": Wrapping("mkv"),
    "avi": Wrapping("avi", "mpeg4", "libmp3lame", MP3_PRIMING),
    "29.97": Wrapping("mp4", times=ntsc),
    "variable": Wrapping("mp4", times=variable),
}


def drawn() -> Clip:
    person = talker(10.0)
    return Clip([person.picture(number / 25) for number in range(250)], person.sound, 0.0, 0.02)


def real() -> Clip:
    if not REAL.is_file():
        pytest.skip(f"no test media at {REAL}")
    with open_video(REAL) as reader:
        pictures = [frame.rgb().copy() for frame in reader.frames()]
    return Clip(pictures, read_sound(REAL), 0.12, 0.04)


def wrapped(path: Path, clip: Clip, how: Wrapping) -> Path:
    """Writes a clip; as much of its sound is left out as is played of the priming, which then stands there."""
    with av.open(str(path), "w", options=how.options) as writer:
        shown = cast(VideoStream, writer.add_stream(how.picture, 25, options=_quality(how.picture)))
        heard = cast(AudioStream, writer.add_stream(how.sound, RATE_HZ, layout="mono"))
        heard.codec_context.format = AudioFormat("s16" if how.sound == "pcm_s16le" else "fltp")
        shown.height, shown.width = clip.pictures[0].shape[:2]
        shown.pix_fmt = "yuv420p"
        tick = Fraction(1, 25) if how.suffix == "avi" else TICK
        shown.codec_context.time_base = tick
        for time, number in how.times(len(clip.pictures)):
            frame = VideoFrame.from_ndarray(clip.pictures[number], format="rgb24")
            frame.time_base, frame.pts = tick, round(time / tick)
            writer.mux(shown.encode(frame))
        writer.mux(shown.encode(None))
        _write_sound(writer, heard, clip.sound, how.played)
    return path


def _quality(codec: str) -> dict[str, str]:
    return {"preset": "ultrafast", "crf": "16"} if codec == "libx264" else {"b": "3000000"}


def _write_sound(writer: av.container.OutputContainer, stream: AudioStream, sound: Floats, cut: int) -> None:
    """Encodes all but the first samples; the times of the others stay, so that no packet's is negative."""
    kind = stream.codec_context.format.name
    size = stream.codec_context.frame_size or 1024
    for start in range(cut, len(sound), size):
        block = sound[None, start : start + size]
        if kind == "fltp":
            frame = AudioFrame.from_ndarray(np.ascontiguousarray(block), kind, "mono")
        else:
            frame = AudioFrame.from_ndarray(np.asarray(np.rint(block * 32767), np.int16), kind, "mono")
        frame.sample_rate, frame.time_base, frame.pts = RATE_HZ, Fraction(1, RATE_HZ), start
        writer.mux(stream.encode(frame))
    writer.mux(stream.encode(None))


def heard_of(path: Path) -> SpeakerAnswer:
    (speaker,) = need_default_model().measure(path, AssessOptions(), lambda done, what: None).speakers
    return speaker


@pytest.mark.parametrize("make", [drawn, real])
def test_every_container_gets_the_same_answer(tmp_path: Path, make: Callable[[], Clip]) -> None:
    need_default_model()
    clip = make()
    paths = {name: wrapped(tmp_path / f"{name}.{how.suffix}", clip, how) for name, how in WRAPPINGS.items()}
    told = {name: heard_of(path) for name, path in paths.items()}
    assert {name: one.reason for name, one in told.items()} == dict.fromkeys(WRAPPINGS, "")
    offsets_s = {name: one.offset_s or 0.0 for name, one in told.items()}
    assert offsets_s["mov"] == pytest.approx(clip.lead_s, abs=clip.near_s)
    assert offsets_s == pytest.approx(dict.fromkeys(WRAPPINGS, offsets_s["mov"]), abs=AGREE_S)
    assert b"elst" in paths["mp4"].read_bytes()
    assert b"elst" not in paths["mp4 without edit list"].read_bytes()


@pytest.mark.parametrize("name", ["mp4 without edit list", "avi"])
def test_priming_that_is_played_makes_the_sound_late(tmp_path: Path, name: str) -> None:
    need_default_model()
    clip, how = drawn(), WRAPPINGS[name]
    cut = wrapped(tmp_path / f"cut.{how.suffix}", clip, how)
    late = Clip(clip.pictures, np.pad(clip.sound, (how.played, 0)), 0.0, 0.0)
    whole = wrapped(tmp_path / f"whole.{how.suffix}", late, how)
    by_s = how.played / RATE_HZ
    assert (heard_of(cut).offset_s or 0) - (heard_of(whole).offset_s or 0) == pytest.approx(by_s, abs=2 * AGREE_S)
