"""Reading ahead."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from twopop_engine.media.ahead import ahead


def names() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("count", [0, 1, 8, 100])
def test_all_items_come_in_order(count: int) -> None:
    with ahead(range(count), 3) as items:
        assert list(items) == list(range(count))
    assert "ahead" not in names()


def test_an_error_comes_at_its_place() -> None:
    def source() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("broken")

    seen = []
    with pytest.raises(ValueError, match="broken"), ahead(source()) as items:
        for item in items:
            seen.append(item)
    assert seen == [1, 2]
    assert "ahead" not in names()


def test_nothing_is_read_on_after_the_block() -> None:
    taken = []

    def source() -> Iterator[int]:
        for number in range(10_000):
            taken.append(number)
            yield number

    with ahead(source(), 4) as items:
        assert next(items) == 0
    assert len(taken) < 20
    assert "ahead" not in names()


def test_no_more_than_the_depth_is_held() -> None:
    made = threading.Semaphore(0)
    taken = []

    def source() -> Iterator[int]:
        for number in range(50):
            taken.append(number)
            made.release()
            yield number

    with ahead(source(), 3) as items:
        for _ in range(4):
            made.acquire()
        assert len(taken) <= 5
        assert list(items) == list(range(50))
