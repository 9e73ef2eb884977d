"""Measures the live monitor: what it adds to each 40 ms, and how soon and how well it tells the truth.

    PYTHONPATH=tests python bench/live_monitor.py [--seconds 60] [--streams 8]

Times are those of one thread of this process, so that they hold for a machine that is busy with other things as well.
With landmarks: generated streams through the trained networks. With pictures: a drawn face, 640 x 360, at 25 frames a
second. The truth is held against generated streams and towers that know them (tests/monitor/streams.py); real clips
that the shared media holds are held against the offline answer by tests/monitor/test_real_streams.py.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from monitor.streams import Sent, Talk, played, stream
from scenes.drawn_face import DrawnFace, render, with_mouth
from scenes.face_models import face_nets
from twopop_engine.runtime.models import model_store
from twopop_engine.sync.lipsync.model import load_towers
from twopop_engine.sync.monitor.portrait import Portrait
from twopop_engine.sync.monitor.stream import Monitor, Start, Update

RATE_HZ = 16000
SIZE = (640, 360)
NEAR_S = 0.02
JUMP_S, JUMPS_AT_S = 0.2, 25.0
PICTURE_SECONDS = 12.0


def costs_s(sent: list[Sent], see: Callable[[Monitor, Sent], None]) -> list[float]:
    """Processor time for each 40 ms: a block of sound with the frame before it."""
    monitor = Monitor(load_towers(model_store()), Start(RATE_HZ))
    found, spent_s = [], 0.0
    for one in sent:
        began_s = time.thread_time()
        if one.samples is None:
            see(monitor, one)
        else:
            monitor.hear(one.time_s, one.samples)
        monitor.update()
        spent_s += time.thread_time() - began_s
        if one.samples is not None:
            found.append(spent_s)
            spent_s = 0.0
    return found


def with_landmarks(seconds: float) -> list[float]:
    """Costs with landmarks given."""
    return costs_s(stream(Talk(seconds, 1)), lambda monitor, one: monitor.see_points(one.time_s, one.points))


def with_pictures(seconds: float) -> list[float]:
    """Costs with pictures."""
    talk, head, portrait = Talk(seconds, 1), DrawnFace(320, 180, 200), Portrait(face_nets())
    times_s = np.arange(0, seconds, 0.04)
    faces = [with_mouth(head, float(opening)) for opening in talk.opening(times_s)]
    pictures = {round(at_s, 6): render(SIZE, [face]) for at_s, face in zip(times_s.tolist(), faces, strict=True)}

    def see(monitor: Monitor, one: Sent) -> None:
        points, is_same = portrait.see_picture(one.time_s, pictures[round(one.time_s, 6)])
        monitor.see_points(one.time_s, points, is_same=is_same)

    return costs_s(stream(talk), see)


def told_at_s(updates: list[tuple[float, Update]], truth_s: float, from_s: float = 0.0) -> float:
    """From when on, after a moment, all answers are within 20 ms of the truth."""
    wrong = [at_s for at_s, it in updates if at_s >= from_s and not _is_near(it.offset_s, truth_s)]
    return max(wrong, default=from_s) + 0.2 - from_s


def mended_at_s(updates: list[tuple[float, Update]], truth_s: float, from_s: float) -> float:
    """From when on, after a moment, the delay is within 20 ms of the truth."""
    wrong = [at_s for at_s, it in updates if at_s >= from_s and not _is_near(it.delay_s, truth_s)]
    return max(wrong, default=from_s) + 0.2 - from_s


def _is_near(offset_s: float | None, truth_s: float) -> bool:
    return offset_s is not None and abs(offset_s - truth_s) <= NEAR_S


def convergence(count: int, seconds: float) -> None:
    """Generated streams of a constant offset, and of one that jumps."""
    rng = np.random.default_rng(11)
    told, errors, jumps, mends, steps = [], [], [], [], []
    for seed in range(count):
        lead_s = float(rng.uniform(-0.5, 0.5))
        updates = list(played(stream(Talk(seconds, 100 + seed), RATE_HZ, lead_s), Start(RATE_HZ)))
        told.append(told_at_s(updates, lead_s))
        errors += [abs(it.offset_s - lead_s) for at_s, it in updates if at_s >= 8 and it.offset_s is not None]

        def jumping(times_s: np.ndarray, lead_s: float = lead_s) -> np.ndarray:
            return np.where(times_s < JUMPS_AT_S, lead_s, lead_s + JUMP_S)

        sent = stream(Talk(seconds, 200 + seed), RATE_HZ, jumping)
        updates = list(played(sent, Start(RATE_HZ, applied_delay_s=lead_s)))
        jumps.append(told_at_s(updates, lead_s + JUMP_S, JUMPS_AT_S))
        mends.append(mended_at_s(updates, lead_s + JUMP_S, JUMPS_AT_S))
        steps.append(max(abs(b.delay_s - a.delay_s) for (_, a), (_, b) in pairwise(updates)))
    print(
        f"{count} streams of {seconds:.0f} s: within 20 ms from {np.median(told):.1f} s on, {max(told):.1f} s at most;"
    )
    print(f"greatest error after 8 s: {max(errors) * 1000:.1f} ms")
    print(f"{count} jumps by 200 ms:")
    print(f"  told after {np.median(jumps):.1f} s, {max(jumps):.1f} s at most;")
    print(f"  delay within 20 ms after {np.median(mends):.1f} s, {max(mends):.1f} s at most;", end=" ")
    print(f"greatest step {max(steps) * 1000:.0f} ms")


def main() -> None:
    """Prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--streams", type=int, default=8)
    options = parser.parse_args()
    for name, costs in (
        ("landmarks", with_landmarks(options.seconds)),
        ("pictures", with_pictures(PICTURE_SECONDS)),
    ):
        half, most, all_ = np.percentile(np.array(costs) * 1000, [50, 99, 100])
        print(f"per 40 ms with {name}: p50 {half:.2f} ms, p99 {most:.2f} ms, greatest {all_:.2f} ms")
    convergence(options.streams, options.seconds)


if __name__ == "__main__":
    main()
