"""A running stream against what is known of it: generated streams of 30 and 60 s, whole, torn, late and jumping."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from monitor.streams import PlantedTowers, Sent, Talk, played, stream, through
from twopop_engine.sync.monitor.stream import Monitor, Start, Update

NEAR_S = 0.02
FRAME_S = 0.04
Updates = list[tuple[float, Update]]


def late_errors_s(updates: Updates, truth_s: float, after_s: float = 8.0) -> NDArray[np.float64]:
    """Errors of the answers from a time on; an answer that tells nothing is infinitely wrong."""
    late = [update for at_s, update in updates if at_s >= after_s]
    assert late
    return np.array([np.inf if it.offset_s is None else it.offset_s - truth_s for it in late])


@lru_cache(maxsize=1)
def plain() -> Updates:
    """What is said of a stream without faults, whose sound leads by 120 ms."""
    return list(played(stream(Talk(30, 7), lead=0.12), Start(16000)))


@pytest.mark.parametrize(
    ("lead_s", "rate_hz", "fps"), [(0.0, 48000, 25.0), (-0.36, 16000, 29.97), (0.613, 44100, 50.0)]
)
def test_the_truth_is_told_after_eight_seconds_and_to_the_end(lead_s: float, rate_hz: int, fps: float) -> None:
    updates = list(played(stream(Talk(60, 3), rate_hz, lead_s, fps=fps), Start(rate_hz)))
    assert np.abs(late_errors_s(updates, lead_s)).max() < 0.005
    final = updates[-1][1]
    assert (final.state, final.late_count) == ("steady", 0)
    assert abs(final.delay_s - lead_s) <= FRAME_S / 2 + 0.005
    assert final.uncertainty_s is not None and 0 < final.uncertainty_s < NEAR_S


def test_answers_come_when_they_are_due_and_time_runs_on() -> None:
    updates = plain()
    assert np.allclose(np.diff([at_s for at_s, _ in updates]), 0.2)
    measured = [update.time_s for _, update in updates]
    assert measured == sorted(measured)
    assert max(at_s - update.time_s for at_s, update in updates if at_s > 3) < 2.0
    assert updates[0][1].state == "listening"
    asked = list(played(stream(Talk(6, 7)), Start(16000, update_every_s=1.0)))
    assert np.allclose(np.diff([at_s for at_s, _ in asked]), 1.0)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_jump_is_followed_within_twenty_seconds(seed: int) -> None:
    sent = stream(Talk(60, seed), lead=lambda times_s: np.where(times_s < 25, -0.05, 0.15))
    updates = list(played(sent, Start(16000, applied_delay_s=-0.05)))
    assert np.abs(late_errors_s([it for it in updates if it[0] < 25], -0.05)).max() < NEAR_S
    assert np.abs(late_errors_s(updates, 0.15, 45.0)).max() < NEAR_S
    assert all(abs(update.delay_s - 0.15) <= NEAR_S for at_s, update in updates if at_s >= 45)


def test_the_delay_moves_by_a_frame_at_most_and_twice_a_second() -> None:
    sent = stream(Talk(40, 5), lead=lambda times_s: np.where(times_s < 18, 0.3, -0.2))
    updates = list(played(sent, Start(16000, frame_rate=25.0)))
    steps = [(at_s, b.delay_s - a.delay_s) for (_, a), (at_s, b) in pairwise(updates) if a.delay_s != b.delay_s]
    assert len(steps) >= 12
    assert max(abs(step_s) for _, step_s in steps) <= FRAME_S + 1e-9
    assert min(b - a for (a, _), (b, _) in pairwise(steps)) > 0.49


@settings(max_examples=6, deadline=None)
@given(
    sizes=st.lists(st.integers(40, 9000), min_size=3, max_size=12),
    jitter_ms=st.floats(0, 4.9),
    seed=st.integers(0, 99),
)
def test_blocks_of_any_size_with_jitter_say_the_same(sizes: list[int], jitter_ms: float, seed: int) -> None:
    whole = stream(Talk(30, 7), lead=0.12)
    sound = np.concatenate([one.samples for one in whole if one.samples is not None])
    rng = np.random.default_rng(seed)
    sent = [one for one in whole if one.samples is None]
    at = number = 0
    while at < len(sound):
        block = sound[at : at + sizes[number % len(sizes)]]
        stamp_s = at / 16000 + rng.uniform(-jitter_ms, jitter_ms) / 1000
        sent.append(Sent((at + len(block)) / 16000, stamp_s, block))
        at, number = at + len(block), number + 1
    updates = list(played(sorted(sent, key=lambda one: one.at_s), Start(16000)))
    assert [update.late_count for _, update in updates] == [0] * len(updates)
    for (at_s, update), (_, reference) in zip(updates, plain(), strict=True):
        if at_s >= 8:
            assert update.offset_s is not None and reference.offset_s is not None
            assert abs(update.offset_s - reference.offset_s) < 0.006


def test_gaps_in_sound_and_picture_are_survived() -> None:
    def is_lost(one: Sent) -> bool:
        if one.samples is not None:
            return 10.0 <= one.time_s < 11.5 or one.time_s * 25 % 16 < 1  # and a block in sixteen
        return 14.0 <= one.time_s < 15.0 or one.time_s % 2 < 0.2

    updates = list(played([one for one in stream(Talk(30, 7), lead=0.12) if not is_lost(one)], Start(16000)))
    assert np.abs(late_errors_s(updates, 0.12, 10.0)).max() < NEAR_S


def test_late_packets_are_counted_and_do_no_harm() -> None:
    sent = stream(Talk(30, 7), lead=0.12)
    numbers = [place for place, one in enumerate(sent) if one.samples is not None][20:700:40]
    late = [replace(sent[place], at_s=sent[place].at_s + 0.3) for place in numbers]
    kept = [one for place, one in enumerate(sent) if place not in numbers]
    frames = [replace(one, at_s=one.at_s + 0.1) for one in sent if one.samples is None][30::100]
    updates = list(played(sorted([*kept, *late, *frames], key=lambda one: one.at_s), Start(16000)))
    assert np.abs(late_errors_s(updates, 0.12)).max() < NEAR_S
    assert updates[-1][1].late_count == len(late) + len(frames)


def test_no_face_no_speech_and_a_loss_have_names() -> None:
    sent = stream(Talk(14, 7))
    unseen = [replace(one, points=None) for one in sent]
    assert {update.state for at_s, update in played(unseen, Start(16000)) if at_s > 2.5} == {"no_face"}
    mute = [one if one.samples is None else replace(one, samples=np.zeros_like(one.samples)) for one in sent]
    assert {update.state for at_s, update in played(mute, Start(16000)) if at_s > 2.5} == {"no_speech"}
    deaf = [one for one in sent if one.samples is None]
    updates = list(played(deaf, Start(16000)))
    assert updates[-1][1].state == "no_speech"
    assert all(update.offset_s is None and update.delay_s == 0 for _, update in updates)


def test_what_was_told_is_lost_when_lips_and_sound_part() -> None:
    sent = stream(Talk(45, 7), lead=0.12)
    other = [one for one in stream(Talk(45, 99)) if one.samples is None and one.time_s >= 15]
    parted = sorted(
        [one for one in sent if one.samples is not None or one.time_s < 15] + other, key=lambda one: one.at_s
    )
    updates = list(played(parted, Start(16000)))
    assert any(update.state == "steady" for at_s, update in updates if at_s < 15)
    assert updates[-1][1].state == "lost"
    assert updates[-1][1].offset_s is None
    moved = {round(update.delay_s, 6) for at_s, update in updates if at_s > 35}
    assert len(moved) == 1  # unsure, it stays where it is


def test_a_clock_that_is_set_back_begins_anew() -> None:
    monitor = Monitor(PlantedTowers(), Start(16000))
    first = [replace(one, time_s=one.time_s + 5000) for one in stream(Talk(10, 7), lead=0.12)]
    assert list(through(monitor, first))[-1][1].offset_s is not None
    again = list(through(monitor, stream(Talk(16, 8), lead=-0.2)))
    assert again[-1][1].offset_s == pytest.approx(-0.2, abs=NEAR_S)
    assert 0 < again[-1][1].late_count < 80


def test_a_clock_that_leaps_ahead_takes_no_time() -> None:
    monitor = Monitor(PlantedTowers(), Start(16000))
    for _ in through(monitor, stream(Talk(4, 7))):
        continue
    leapt = [replace(one, time_s=one.time_s + 5e8) for one in stream(Talk(14, 7), lead=0.12)]
    assert list(through(monitor, leapt))[-1][1].offset_s == pytest.approx(0.12, abs=NEAR_S)
