"""Memory does not grow with the length of a stream."""

from __future__ import annotations

import tracemalloc
from collections import deque

import numpy as np
import pytest

from monitor.streams import PlantedTowers, Talk, stream, through
from twopop_engine.sync.monitor.stream import Monitor, Start


def held(thing: object) -> int:
    """Bytes of arrays and items of containers that hang on a monitor."""
    if isinstance(thing, np.ndarray):
        return int(thing.nbytes)
    if isinstance(thing, deque | list | tuple | dict):
        return len(thing) + sum(held(one) for one in (thing.values() if isinstance(thing, dict) else thing))
    inside = vars(thing) if type(thing).__module__.startswith("twopop_engine") else {}
    return sum(held(one) for one in inside.values())


def test_a_monitor_holds_as_much_after_ninety_seconds_as_after_forty() -> None:
    monitor = Monitor(PlantedTowers(), Start(16000))
    sizes: dict[int, int] = {}
    for at_s, _ in through(monitor, stream(Talk(90, 4))):
        sizes[int(at_s)] = held(monitor)
    assert 0.99 < sizes[88] / sizes[40] < 1.01
    assert sizes[88] < 8 << 20


@pytest.mark.slow
def test_memory_is_as_large_after_ten_minutes_as_after_one() -> None:
    sent = stream(Talk(600, 4), block_s=0.1)
    monitor = Monitor(PlantedTowers(), Start(16000))
    early = [one for one in sent if one.at_s < 60]
    tracemalloc.start()
    try:
        for _ in through(monitor, early):
            continue
        before, _ = tracemalloc.get_traced_memory()
        for _ in through(monitor, sent[len(early) :]):
            continue
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 64 << 10
