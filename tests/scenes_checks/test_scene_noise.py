import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenes import noise, speech

RATE_HZ = 48000


def kinds_here() -> list[noise.NoiseKind]:
    present = (speech.MEDIA / "effects" / "noise1.wav").exists()
    return [kind for kind in noise.KINDS if present or kind != "recorded"]


@pytest.mark.parametrize("kind", noise.KINDS)
def test_noise_has_unit_power_and_its_length(kind: noise.NoiseKind) -> None:
    if kind not in kinds_here():
        pytest.skip(f"no recorded noise below {speech.MEDIA}")
    made = noise.noise(kind, 7.5, np.random.default_rng(3))
    assert made.shape == (360000,)
    assert noise.mean_power(made) == pytest.approx(1, rel=1e-4)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 1000), snr_db=st.floats(-10, 40), pause_s=st.floats(0, 20))
def test_signal_to_noise_ratio_counts_only_active_sound(seed: int, snr_db: float, pause_s: float) -> None:
    rng = np.random.default_rng(seed)
    active = np.float32(0.1) * rng.standard_normal(3 * RATE_HZ, np.float32)
    pause = np.zeros(round(pause_s * 50) * (RATE_HZ // 50), np.float32)
    unwanted = noise.noise("pink", 5, rng)
    scaled = unwanted * np.float32(noise.noise_gain(np.concatenate([active, pause]), unwanted, snr_db))
    assert 10 * np.log10(noise.mean_power(active) / noise.mean_power(scaled)) == pytest.approx(snr_db, abs=0.05)


def test_pink_noise_falls_by_3_db_an_octave() -> None:
    made = noise.noise("pink", 40, np.random.default_rng(1))
    power = np.abs(np.fft.rfft(made)) ** 2
    hz = np.fft.rfftfreq(len(made), 1 / RATE_HZ)
    octaves = [np.mean(power[(hz >= low) & (hz < 2 * low)]) for low in (100, 200, 400, 800, 1600, 3200, 6400)]
    assert np.diff(10 * np.log10(octaves)) == pytest.approx(-3.01, abs=0.3)


def test_hum_stands_on_harmonics_of_the_mains() -> None:
    made = noise.noise("hum", 10, np.random.default_rng(1), mains_hz=60)
    power = np.abs(np.fft.rfft(made * np.hanning(len(made)))) ** 2
    hz = np.fft.rfftfreq(len(made), 1 / RATE_HZ)
    near = np.abs(hz - 60 * np.round(hz / 60)) < 1
    assert power[near].sum() / power.sum() > 0.99
