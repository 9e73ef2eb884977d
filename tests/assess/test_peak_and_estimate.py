"""The estimate on curves and score maps whose offset was planted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planted.scoremaps import Planted, constant, score_map
from twopop_engine.sync.assess.estimate import Estimate, estimate
from twopop_engine.sync.assess.field import Field, added
from twopop_engine.sync.assess.peak import find_peak


def _estimate(planted: Planted, seed: int = 1) -> Estimate:
    found = estimate(Field.of(score_map(planted, seed)))
    assert found is not None
    return found


@pytest.mark.parametrize(("lag_step_s", "most_s"), [(0.01, 0.0005), (0.04, 0.002)])
@pytest.mark.parametrize("width_s", [0.045, 0.06, 0.09])
def test_the_peak_of_a_clean_curve_is_found_between_its_lags(lag_step_s: float, most_s: float, width_s: float) -> None:
    lags = np.asarray(np.arange(-25, 26) * lag_step_s, np.float64)
    for place in np.linspace(-0.1, 0.1, 37):
        skewed = np.exp(-0.5 * ((lags - place) / width_s) ** 2) + 0.1 * np.cos(2 * lags)
        assert abs(find_peak(lags, skewed).lag_s - place) < most_s


@pytest.mark.parametrize("lag_step_s", [0.01, 0.04])
def test_an_offset_is_found_in_noise_within_its_uncertainty(lag_step_s: float) -> None:
    errors, uncertainties = [], []
    for seed in range(60):
        offset = float(np.random.default_rng(seed).uniform(-0.4, 0.4))
        found = _estimate(Planted(constant(offset), duration_s=20, signal=2, lag_step_s=lag_step_s), seed)
        errors.append(found.peak.lag_s - offset)
        uncertainties.append(found.uncertainty_s)
    inside = np.mean(np.abs(errors) <= 2 * np.array(uncertainties))
    assert inside >= 0.85
    assert 0.6 <= np.std(errors) / np.median(uncertainties) <= 1.6


def test_the_sign_is_that_of_the_planted_lead() -> None:
    assert _estimate(Planted(constant(0.2))).peak.lag_s == pytest.approx(0.2, abs=0.02)
    assert _estimate(Planted(constant(-0.2))).peak.lag_s == pytest.approx(-0.2, abs=0.02)


def test_the_unit_of_the_scores_changes_nothing() -> None:
    one, other = _estimate(Planted(constant(0.1))), _estimate(Planted(constant(0.1), scale=1e4))
    assert other.peak.lag_s == pytest.approx(one.peak.lag_s, abs=1e-5)
    assert other.peak.height == pytest.approx(one.peak.height, rel=1e-3)
    assert other.steadiness == one.steadiness


def test_evidence_grows_with_length_and_strength() -> None:
    short, long = _estimate(Planted(duration_s=6)), _estimate(Planted(duration_s=60))
    weak = _estimate(Planted(duration_s=6, signal=0.3))
    assert weak.peak.height < short.peak.height < long.peak.height
    assert weak.steadiness < short.steadiness <= long.steadiness
    assert long.uncertainty_s < short.uncertainty_s


def test_pauses_and_gaps_do_not_move_the_offset() -> None:
    planted = Planted(constant(0.12), duration_s=30, pauses=((4, 9),), missing=((15, 22),))
    found = _estimate(planted)
    assert found.peak.lag_s == pytest.approx(0.12, abs=0.015)
    assert found.usable_s == pytest.approx(23, abs=0.3)
    assert found.talking_s == pytest.approx(18, abs=0.4)


def test_a_peak_beyond_the_lags_is_at_the_edge() -> None:
    found = _estimate(Planted(constant(1.05), noise=0.0))
    assert found.peak.at_edge


def test_two_equal_peaks_leave_no_lead() -> None:
    first, second = (score_map(Planted(constant(place), noise=0.0)) for place in (-0.3, 0.3))
    both = estimate(Field.of(replace(first, sums=first.sums + 0.98 * second.sums)))
    assert both is not None
    assert both.peak.second_s == pytest.approx(0.3)
    assert both.peak.lead < 0.05 * both.peak.height


def test_scores_that_are_no_numbers_count_as_not_measured() -> None:
    made = score_map(Planted(constant(0.1)))
    broken = made.sums.copy()
    broken[10:20, 5] = np.nan
    found = estimate(Field.of(replace(made, sums=broken)))
    assert found is not None
    assert found.peak.lag_s == pytest.approx(0.1, abs=0.02)
    assert found.usable_s == pytest.approx(18.0, abs=0.01)


def test_nothing_measured_gives_no_estimate() -> None:
    made = score_map(Planted(missing=((0, 100),)))
    assert estimate(Field.of(made)) is None
    assert estimate(Field.of(made).part(50, 60)) is None


def test_fields_of_several_faces_add_up_where_they_were_seen() -> None:
    first = score_map(Planted(constant(0.1), duration_s=4.0, noise=0.0, start_s=2.0))
    second = score_map(Planted(constant(0.1), duration_s=6.0, noise=0.0, start_s=10.0))
    both = added([Field.of(second), Field.of(first)])
    assert (both.start_s, both.count) == (2.0, 70)
    assert both.weights_s.sum() == pytest.approx(10.0, rel=1e-5)
    assert both.scores.sum(axis=0) == pytest.approx(
        Field.of(first).scores.sum(axis=0) + Field.of(second).scores.sum(axis=0)
    )
