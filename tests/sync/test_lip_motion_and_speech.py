"""What tells whether there is anything to measure: lips that move, and sound that may be speech."""

import numpy as np
import pytest
from numpy.typing import NDArray

from syncnet.sounds import ArraySound, voice
from syncnet.stills import landmarks
from twopop_engine.sync.lip_motion import LipMotion, opening
from twopop_engine.sync.speech import is_speech, seconds_in

RNG = np.random.default_rng(2)


def test_the_opening_is_a_share_of_the_face() -> None:
    for size in (40.0, 400.0):
        assert opening(landmarks(3, 7, size, size, 0.12)) == pytest.approx(0.12, abs=1e-5)
    assert opening(np.zeros((468, 3), np.float32)) == 0


def test_turning_the_head_does_not_open_the_mouth() -> None:
    mesh = landmarks(0, 0, 100, 100, 0.1)
    angle = np.deg2rad(40)
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]])
    assert opening((mesh @ turn.T).astype(np.float32)) == pytest.approx(0.1, abs=1e-5)


def test_motion_is_the_deviation_in_each_block() -> None:
    motion = LipMotion()
    for block, shares in ((4, [0.1, 0.1, 0.1]), (5, [0.0, 0.2]), (7, [0.3])):
        for share in shares:
            motion.add(block, landmarks(0, 0, 80, 80, share))
    np.testing.assert_allclose(motion.spread(4, 4), [0, 0.1, 0, 0], atol=1e-5)
    assert motion.spread(0, 0).shape == (0,)


def seconds(samples: NDArray[np.float32]) -> float:
    return float(is_speech(ArraySound(samples)).sum() / 100)


def test_a_voice_is_speech_and_steady_sounds_are_not() -> None:
    talk = voice(4.0)
    noise = RNG.standard_normal(len(talk)).astype(np.float32)
    assert 1.0 < seconds(talk) < 3.5
    assert seconds(0.1 * noise) == 0
    assert seconds(np.sin(np.arange(64000) * 0.3).astype(np.float32)) == 0
    assert seconds(np.zeros(64000, np.float32)) == 0
    assert seconds(talk * np.float32(1e-4)) == 0  # -85 dB of full scale
    assert seconds(np.zeros(0, np.float32)) == 0


def test_a_voice_in_noise_is_still_speech() -> None:
    talk = voice(4.0)
    level = np.sqrt(np.mean(talk**2))
    noisy = talk + 0.3 * level * RNG.standard_normal(len(talk)).astype(np.float32)
    agree = is_speech(ArraySound(noisy)) == is_speech(ArraySound(talk))
    assert agree.mean() > 0.8


def test_seconds_are_counted_by_block() -> None:
    heard = np.zeros(100, np.bool_)
    heard[10:35] = True
    found = seconds_in(heard, -0.2, 0.2, 8)
    np.testing.assert_allclose(found, [0, 0.1, 0.15, 0, 0, 0, 0, 0], atol=1e-6)
