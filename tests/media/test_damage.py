"""Files with bytes changed at random: read in part or refused with a reason, never a crash."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from clips.encode import RATE_HZ, Picture, Sound, click_train, encode
from twopop.errors import MediaUnreadable, StreamMissing
from twopop_engine.media.chunks import BroadcastExtension
from twopop_engine.media.frames import open_video
from twopop_engine.media.ixml import Ixml, IxmlTrack, build_ixml
from twopop_engine.media.pcm import open_audio
from twopop_engine.media.probe import probe
from twopop_engine.media.wav import WavFormat, WavWriter

MUTATIONS = 15
SOUND = click_train(1)
PICTURE = Picture("mpeg2video", [Fraction(i, 25) for i in range(10)], time_base=Fraction(1, 25))


def recording(path: Path) -> Path:
    ixml = Ixml(
        {"SCENE": "1", "SPEED/TIMECODE_RATE": "30000/1001", "SPEED/TIMECODE_FLAG": "DF"}, (IxmlTrack(1, 1, "A"),)
    )
    with WavWriter(path, WavFormat(RATE_HZ, 1), BroadcastExtension(time_reference=7), build_ixml(ixml)) as writer:
        writer.write(SOUND)
    return path


FILES: dict[str, Callable[[Path], Path]] = {
    "a.mp4": lambda path: encode(path, [Sound(SOUND, "aac")], PICTURE),
    "a.mkv": lambda path: encode(path, [Sound(SOUND, "aac")], PICTURE),
    "a.avi": lambda path: encode(path, [Sound(SOUND, "pcm_s16le")], PICTURE),
    "a.ts": lambda path: encode(path, [Sound(SOUND, "aac")], PICTURE),
    "a.flac": lambda path: encode(path, [Sound(SOUND, "flac")]),
    "a.mp3": lambda path: encode(path, [Sound(SOUND, "libmp3lame")]),
    "a.ogg": lambda path: encode(path, [Sound(SOUND, "libopus")]),
    "a.wav": recording,
}


def read_sound(path: Path) -> None:
    with open_audio(path) as reader:
        reader.read(0, min(reader.length, 10 * RATE_HZ))
        reader.read(reader.length // 2, 100)


def read_picture(path: Path) -> None:
    with open_video(path) as reader:
        for frame in islice(reader.frames(), 30):
            frame.gray()


@pytest.mark.parametrize("name", FILES)
def test_damaged_files(tmp_path: Path, name: str) -> None:
    rng = np.random.default_rng(len(name))
    whole = FILES[name](tmp_path / name).read_bytes()
    damaged = tmp_path / f"damaged_{name}"
    for _ in range(MUTATIONS):
        content = bytearray(whole)
        for place in [*rng.integers(0, min(600, len(whole)), 3), *rng.integers(0, len(whole), 3)]:
            content[place] = rng.integers(0, 256)
        damaged.write_bytes(content[: None if rng.random() < 0.8 else rng.integers(1, len(whole))])
        for read in (probe, read_sound, read_picture):
            with contextlib.suppress(MediaUnreadable, StreamMissing):
                read(damaged)
