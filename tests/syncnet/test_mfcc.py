"""Cepstra against python_speech_features, whole and in pieces."""

from itertools import pairwise

import numpy as np
import pytest
import python_speech_features
from numpy.typing import NDArray

from syncnet.sounds import ArraySound, voice
from twopop_engine.sync.syncnet.mfcc import column_count, columns

# Coefficients reach 40; ours are kept in single precision.
TOLERANCE = 1e-5


def reference(samples: NDArray[np.float32]) -> NDArray[np.float64]:
    whole = np.clip(np.round(samples.astype(np.float64) * 32768), -32768, 32767).astype(np.int16)
    return np.asarray(python_speech_features.mfcc(whole, 16000)).T


@pytest.mark.parametrize("length", [16000, 15999, 15921, 15920, 401, 400, 399, 161, 16])
def test_cepstra_equal_the_reference(length: int) -> None:
    samples = voice(1.0)[-length:]
    expected = reference(samples)
    found = columns(ArraySound(samples), 0, column_count(length))
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("gain", [1e-4, 30.0])
def test_quiet_and_clipped_sound(gain: float) -> None:
    samples = voice(0.5) * np.float32(gain)
    found = columns(ArraySound(samples), 0, column_count(len(samples)))
    np.testing.assert_allclose(found, reference(samples), rtol=0, atol=TOLERANCE)


def test_digital_silence_is_finite() -> None:
    samples = np.zeros(4000, np.float32)
    found = columns(ArraySound(samples), 0, column_count(4000))
    np.testing.assert_allclose(found, reference(samples), rtol=0, atol=TOLERANCE)
    assert np.isfinite(found).all()


def test_pieces_equal_the_whole() -> None:
    samples = voice(2.0)
    sound = ArraySound(samples)
    total = column_count(len(samples))
    whole = columns(sound, 0, total)
    edges = np.unique(np.concatenate([[0, total], np.random.default_rng(1).integers(0, total, 9)]))
    pieces = [columns(sound, int(begin), int(end - begin)) for begin, end in pairwise(edges)]
    assert np.array_equal(np.hstack(pieces), whole)
    assert columns(sound, 5, 0).shape == (13, 0)
