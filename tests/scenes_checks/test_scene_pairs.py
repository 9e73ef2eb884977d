from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soxr

from scenes import codec, noise, pairs, specs, speech
from scenes.pairs import Pair, Spec
from scenes.recorder import Cut, Side

RATE_HZ = 48000
CLEAN = Spec(seed=4, kind="synthetic", split="test", reference_s=30, excerpt_s=8, start_s=11.3)

VARIANTS = {
    "clean": CLEAN,
    "music": replace(CLEAN, kind="music"),
    "rooms": replace(CLEAN, reference=Side(drr_db=8), other=Side(drr_db=-6, rt60_s=0.7)),
    "telephone band": replace(CLEAN, other=Side(band_hz=3400)),
    "noise": replace(CLEAN, other=Side(snr_db=0, noise="pink")),
    "fast clock": replace(CLEAN, drift_ppm=100),
    "pal": replace(CLEAN, drift_ppm=1e6 / 24),
    "44.1 kHz mp3": replace(CLEAN, other=Side(rate_hz=44100, codec="mp3")),
    "16 kHz aac": replace(CLEAN, other=Side(rate_hz=16000, codec="aac")),
    "camera's gain": replace(CLEAN, other=Side(gain_control=True, clip_db=9)),
    "inverted": replace(CLEAN, other=Side(inverted=True)),
    "before the reference": replace(CLEAN, start_s=-3.2),
    "past the reference": replace(CLEAN, start_s=25.7),
    "one channel": replace(CLEAN, reference=Side(layout="right only"), other=Side(layout="stereo")),
}


def measured(pair: Pair, drift_ppm: float) -> tuple[float, float]:
    """Start in seconds and sign of the peak, from the phase transform at four times the rate, drift taken out."""
    layout = pair.spec.reference.layout
    reference = pair.reference.heard()[1 if layout == "right only" else 0]
    other = soxr.resample(pair.other.heard()[0], pair.other.rate_hz * (1 + drift_ppm / 1e6), RATE_HZ, "VHQ")
    size = len(reference) + len(other)
    cross = np.fft.rfft(reference, size) * np.conj(np.fft.rfft(other, size))
    correlation = np.fft.irfft(cross / (np.abs(cross) + 1e-9) ** 0.7, 4 * size)
    peak = int(np.argmax(np.abs(correlation)))
    position = peak - 4 * size if peak > 4 * len(reference) else peak
    return position / 4 / RATE_HZ, float(np.sign(correlation[peak]))


@pytest.mark.parametrize("name", VARIANTS)
def test_truth_is_what_correlation_finds(name: str) -> None:
    pair = pairs.make_pair(VARIANTS[name])
    assert pair.truth
    start_s, sign = measured(pair, pair.truth.drift_ppm)
    assert start_s == pytest.approx(pair.truth.start_s, abs=5e-6)
    assert (sign < 0) == pair.truth.inverted_polarity


def test_every_piece_of_a_cut_recording_lies_where_the_truth_says() -> None:
    cuts = (Cut(4.0, 0.02), Cut(9.0, 3.7))
    pair = pairs.make_pair(replace(CLEAN, excerpt_s=17, cuts=cuts, drift_ppm=80))
    assert pair.truth and len(pair.truth.pieces) == 3
    assert pair.truth.pieces[0].start_s == pair.truth.start_s
    last = pair.truth.pieces[-1]
    file_s = pair.other.samples.shape[1] / pair.other.rate_hz
    assert last.other_start_s + last.duration_s == pytest.approx(file_s, abs=1e-4)
    for piece in pair.truth.pieces:
        first = round(piece.other_start_s * RATE_HZ)
        alone = pair.other.samples[:, first : first + round(piece.duration_s * RATE_HZ)]
        start_s, _ = measured(replace(pair, other=replace(pair.other, samples=alone)), 80)
        assert start_s - piece.start_s == pytest.approx(first / RATE_HZ - piece.other_start_s, abs=5e-6)


def test_gain_control_evens_the_level() -> None:
    plain, ridden = (pairs.make_pair(replace(CLEAN, other=Side(gain_control=on))).other.samples for on in (False, True))
    blocks = [
        np.abs(sound[0, : 7 * RATE_HZ]).reshape(-1, RATE_HZ // 4).max(axis=1) / np.abs(sound).max()
        for sound in (plain, ridden)
    ]
    assert np.median(blocks[1]) > np.median(blocks[0]) + 0.1


def test_equal_specs_make_equal_pairs() -> None:
    first, second = (pairs.make_pair(VARIANTS["rooms"]) for _ in range(2))
    assert np.array_equal(first.other.samples, second.other.samples)
    assert first.truth == second.truth


def test_noise_is_mixed_at_its_ratio() -> None:
    clean, noisy = (pairs.make_pair(replace(CLEAN, other=Side(snr_db=snr_db))).other for snr_db in (200, 3))
    clean_sound, noisy_sound = clean.samples[0], noisy.samples[0]
    scale = np.dot(noisy_sound, clean_sound) / np.dot(clean_sound, clean_sound)
    rest = noisy_sound - scale * clean_sound
    snr_db = 10 * np.log10(noise.active_power(scale * clean_sound) / noise.mean_power(rest))
    assert snr_db == pytest.approx(3, abs=0.1)


def test_unrelated_pairs_share_no_sound() -> None:
    if not speech.utterances("test"):
        pytest.skip(f"no utterances below {speech.MEDIA}")
    drawn = specs.sample_specs(40, 9, unrelated=True, kinds=("speech",))
    for spec in drawn:
        first, second = pairs.speakers_apart(spec, np.random.default_rng(spec.seed))
        assert first and second and not set(first) & set(second)
        if spec.unrelated == "same speaker":
            assert len({speech.speaker(path) for path in first + second}) == 1
    assert any(spec.unrelated == "same speaker" for spec in drawn)


def test_written_files_hold_the_heard_sound(tmp_path: Path) -> None:
    pair = pairs.make_pair(VARIANTS["44.1 kHz mp3"])
    path = pair.other.write(tmp_path, "other")
    assert path.name == "other.mp3"
    decoded, rate_hz = codec.decode(path.read_bytes(), "mp3")
    heard = pair.other.heard()
    assert rate_hz == 44100
    assert np.array_equal(decoded[:, : heard.shape[1]], heard)


def test_specs_cover_the_range_and_do_not_depend_on_the_count() -> None:
    drawn = specs.sample_specs(400, 1, kinds=("synthetic", "music"))
    assert drawn[:5] == specs.sample_specs(5, 1, kinds=("synthetic", "music"))
    assert len({spec.seed for spec in drawn}) == 400
    assert min(spec.excerpt_s for spec in drawn) < 6 and max(spec.excerpt_s for spec in drawn) > 200
    assert min(spec.snr_db for spec in drawn) < -8
    assert all(5 <= spec.excerpt_s <= 280 and 30 <= spec.reference_s <= 600 for spec in drawn)
    assert all(spec.overlap_s >= min(spec.excerpt_s, 20) / 2 for spec in drawn)
    assert any(spec.start_s < 0 for spec in drawn)
    assert any(spec.start_s + spec.excerpt_s > spec.reference_s for spec in drawn)
    assert {spec.other.codec for spec in drawn} >= {"wav", "mp3", "aac"}
