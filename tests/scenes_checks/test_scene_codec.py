import numpy as np
import pytest
from numpy.typing import NDArray

from scenes import codec
from scenes.speech import synthetic_speech

RATES = [
    (16000, "mp3"),
    (44100, "mp3"),
    (48000, "mp3"),
    (16000, "aac"),
    (44100, "aac"),
    (96000, "aac"),
    (48000, "opus"),
]


def lag(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    """How many samples later the second is, to an eighth of a sample."""
    size = len(first) + len(second)
    cross = np.fft.rfft(second, size) * np.conj(np.fft.rfft(first, size))
    power = np.fft.irfft(cross, 8 * size)
    peak = int(np.argmax(power))
    return (peak - 8 * size if peak > 4 * size else peak) / 8


@pytest.mark.parametrize(("rate_hz", "name"), RATES)
@pytest.mark.parametrize("channels", [1, 2])
def test_lossy_coders_leave_sound_in_place(rate_hz: int, name: codec.Codec, channels: int) -> None:
    sound = synthetic_speech(4 * rate_hz / 48000, np.random.default_rng(rate_hz))
    stereo = np.stack([sound, 0.5 * sound])[:channels]
    heard = codec.through_codec(stereo, rate_hz, name)
    assert heard.shape == stereo.shape
    # Opus codes a mono voice by a model of speech whose phase is not exact.
    assert abs(lag(stereo[0], heard[0])) <= (0.25 if name == "opus" else 0)
    assert np.corrcoef(stereo[0], heard[0])[0, 1] > 0.95


@pytest.mark.parametrize("name", ["wav", "flac"])
def test_lossless_coders_keep_24_bits(name: codec.Codec) -> None:
    sound = np.random.default_rng(1).uniform(-0.9, 0.9, (2, 48000)).astype(np.float32)
    assert np.abs(codec.through_codec(sound, 48000, name) - sound).max() <= 2**-23


def test_matroska_holds_the_same_sound_as_mp4() -> None:
    sound = synthetic_speech(3, np.random.default_rng(2))
    assert np.array_equal(codec.through_codec(sound, 48000, "aac-mkv"), codec.through_codec(sound, 48000, "aac"))
