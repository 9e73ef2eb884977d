import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from scenes import music, noise, speech

RATE_HZ = 48000


def strongest_echo(sound: NDArray[np.float32]) -> float:
    """The highest correlation of sound with itself more than half a second away, phase transformed; 1 is itself."""
    spectrum = np.fft.rfft(sound, 2 * len(sound))
    power = np.abs(spectrum) ** 2
    correlation = np.fft.irfft(power / (power + 1e-3 * power.mean()) ** 0.7)
    return float(np.abs(correlation[RATE_HZ // 2 : len(sound)]).max() / correlation[0])


def test_synthetic_speech_does_not_repeat_and_has_pauses() -> None:
    sound = speech.synthetic_speech(60, np.random.default_rng(1))
    assert sound.shape == (60 * RATE_HZ,) and sound.dtype == np.float32
    assert strongest_echo(sound) < 0.05
    assert 0.5 < noise.active_share(sound) < 0.97
    assert 10 * np.log10(noise.active_power(sound)) == pytest.approx(-23, abs=3)
    assert np.abs(sound).max() < 1


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 100), seconds=st.floats(1, 8))
def test_sounds_have_their_length_and_are_drawn_from_the_seed(seed: int, seconds: float) -> None:
    for make in (speech.synthetic_speech, music.rendered_music):
        first, second = (make(seconds, np.random.default_rng(seed)) for _ in range(2))
        assert len(first) == round(seconds * RATE_HZ)
        assert np.array_equal(first, second)
        assert np.isfinite(first).all()


def test_music_repeats_in_style_but_not_in_samples() -> None:
    song = music.rendered_music(60, np.random.default_rng(2), channels=2, tempo_bpm=120)
    assert song.shape == (2, 60 * RATE_HZ)
    assert strongest_echo(song[0]) < 0.1
    assert noise.active_share(song[0]) > 0.95


def test_joined_speech_repeats_nothing_when_it_runs_out_of_utterances() -> None:
    files = speech.utterances("test")
    if not files:
        pytest.skip(f"no utterances below {speech.MEDIA}")
    sound = speech.joined_speech(60, np.random.default_rng(3), files=files[:3])
    assert strongest_echo(sound) < 0.1


def test_splits_share_no_speaker() -> None:
    train, test = speech.utterances("train"), speech.utterances("test")
    if not train or not test:
        pytest.skip(f"no utterances below {speech.MEDIA}")
    assert not {speech.speaker(path) for path in train} & {speech.speaker(path) for path in test}


@pytest.mark.parametrize("kind", ["babble", "recorded"])
def test_long_noise_does_not_repeat(kind: noise.NoiseKind) -> None:
    if kind == "recorded" and not speech.utterances("test"):
        pytest.skip(f"no recorded noise below {speech.MEDIA}")
    assert strongest_echo(noise.noise(kind, 30, np.random.default_rng(7))) < 0.1


def test_a_looped_sound_is_seen_to_repeat() -> None:
    assert strongest_echo(np.tile(speech.synthetic_speech(5, np.random.default_rng(1)), 4)) > 0.3
