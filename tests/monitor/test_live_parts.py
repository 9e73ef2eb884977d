"""The parts of the monitor, each against its own truth: rings, clocks, delays, JPEG sizes, inboxes, messages."""

from __future__ import annotations

import threading
from math import nan

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twopop.errors import OptionInvalid
from twopop.v1 import sync_pb2
from twopop_engine.services.inbox import Arrived, Inbox
from twopop_engine.sync.monitor import wire
from twopop_engine.sync.monitor.clock import SoundClock
from twopop_engine.sync.monitor.delay import Delay
from twopop_engine.sync.monitor.jpeg import jpeg_size
from twopop_engine.sync.monitor.ring import Ring


@given(st.lists(st.tuples(st.integers(-20, 60), st.integers(0, 30)), max_size=12), st.integers(-30, 30))
def test_a_ring_is_the_end_of_an_endless_array(pushes: list[tuple[int, int]], start: int) -> None:
    ring = Ring(16, (), np.float32, -1)
    known: dict[int, float] = {}
    end: int | None = None
    at = start
    for value, (skip, count) in enumerate(pushes):
        at = at + skip
        ring.push(at, np.full(count, value, np.float32))
        end = at if end is None else end
        known |= dict.fromkeys(range(max(at, end), at + count), value)
        end = max(end, at + count, at)
        assert ring.end == end
        at = at + count
    if end is not None:
        wanted = [known.get(number, -1.0) if number >= end - 16 else -1.0 for number in range(end - 40, end + 5)]
        assert ring.read(end - 40, 45).tolist() == wanted
    assert ring.read(0, 0).tolist() == []


def test_a_clock_follows_a_sender_whose_clock_runs_fast() -> None:
    clock, rng = SoundClock(48000), np.random.default_rng(1)
    heard_s = 0.0
    for number in range(25 * 300):  # five minutes at +100 ppm
        true_s = number * 0.04 * (1 + 100e-6)
        place = clock.place(true_s + rng.uniform(-0.004, 0.004), 1920)
        assert place is not None
        heard_s = place.time_s - place.skip / 48000
        assert abs(heard_s - true_s) < 0.0065
    assert abs(heard_s - true_s) < 0.003


def test_a_clock_tells_gaps_repeats_and_late_blocks() -> None:
    clock = SoundClock(16000)
    first = clock.place(100.0, 640)
    assert first is not None and first.is_new
    on = clock.place(100.04, 640)
    assert on is not None and not on.is_new
    gap = clock.place(100.2, 640)
    assert gap is not None and (gap.is_new, gap.time_s, gap.skip) == (True, 100.2, 0)
    assert clock.place(100.08, 640) is None
    half = clock.place(100.22, 640)
    assert half is not None and (half.skip, round(half.time_s, 6)) == (320, 100.24)
    assert not clock.has_lost_its_way
    assert [clock.place(50 + number / 25, 640) for number in range(26)] == [None] * 26
    assert clock.has_lost_its_way


def test_a_delay_follows_rests_and_waits() -> None:
    delay = Delay(0.0, 0.04)
    assert {delay.follow(second / 5, 0.018) for second in range(50)} == {0.0}  # within half a frame
    moved = [delay.follow(10 + second / 5, 0.1) for second in range(50)]
    assert sorted(set(moved)) == pytest.approx([0.04, 0.08, 0.1])
    assert {delay.follow(20 + second / 5, None) for second in range(50)} == {moved[-1]}
    assert delay.follow(30.2, -0.1) == pytest.approx(0.06)
    assert delay.follow(30.4, -0.1) == pytest.approx(0.06)  # moved a moment ago
    assert delay.follow(30.8, -0.1) == pytest.approx(0.02)


@pytest.mark.parametrize("size", [(16, 16), (320, 180), (1921, 1081)])
def test_the_size_of_a_jpeg_is_read(size: tuple[int, int]) -> None:
    width, height = size
    for options in ([], [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]):
        done, data = cv2.imencode(".jpg", np.zeros((height, width, 3), np.uint8), options)
        assert done
        assert jpeg_size(data.tobytes()) == size


@given(st.binary(max_size=64))
def test_what_is_no_jpeg_has_no_size(data: bytes) -> None:
    assert jpeg_size(b"\x89PNG" + data) is None
    found = jpeg_size(b"\xff\xd8" + data)
    assert found is None or len(found) == 2


def picture(number: int, size: int = 100) -> Arrived:
    return Arrived(float(number), bytes(size), is_picture=True)


def sound(number: int) -> Arrived:
    return Arrived(float(number), bytes(10), is_picture=False)


def test_a_full_inbox_drops_the_oldest_pictures_and_counts_them() -> None:
    inbox = Inbox(most_items=4)
    for number, kind in enumerate((sound, picture, picture, sound, picture, sound)):
        assert inbox.put(kind(number))
    assert inbox.dropped_count == 2
    inbox.close()
    assert [item.at_s for item in iter(inbox.take, None)] == [0, 3, 4, 5]
    assert not inbox.put(sound(9))


def test_sound_waits_for_room_and_is_never_dropped() -> None:
    inbox = Inbox(most_items=2)
    sender = threading.Thread(target=lambda: [inbox.put(sound(number)) for number in range(50)])
    sender.start()
    taken = [inbox.take() for _ in range(50)]
    sender.join()
    assert [item.at_s for item in taken if item] == list(range(50))
    assert inbox.dropped_count == 0


def test_an_inbox_holds_bytes_within_its_bound_and_one_large_message() -> None:
    inbox = Inbox(most_bytes=250)
    for number in range(5):
        inbox.put(picture(number))
    assert inbox.dropped_count == 3
    inbox.put(picture(9, 10_000))
    inbox.close()
    assert [item.at_s for item in iter(inbox.take, None)] == [9]


@pytest.mark.parametrize(
    ("start", "option"),
    [
        ({}, "sample_rate_hz"),
        ({"sample_rate_hz": 7999}, "sample_rate_hz"),
        ({"sample_rate_hz": 48000, "update_every_s": 0.001}, "update_every_s"),
        ({"sample_rate_hz": 48000, "update_every_s": nan}, "update_every_s"),
        ({"sample_rate_hz": 48000, "applied_delay_s": nan}, "applied_delay_s"),
        ({"sample_rate_hz": 48000, "applied_delay_s": -11}, "applied_delay_s"),
        ({"sample_rate_hz": 48000, "frame_rate": -25}, "frame_rate"),
        ({"path": "/a.mov", "speed": -1}, "speed"),
        ({"path": "/a.mov", "speed": nan}, "speed"),
    ],
)
def test_a_start_outside_its_ranges_is_refused(start: dict[str, float], option: str) -> None:
    with pytest.raises(OptionInvalid) as caught:
        wire.start_from_wire(sync_pb2.MonitorStart(**start))  # type: ignore[arg-type]
    assert caught.value.fields["option"] == f"start.{option}"


def test_samples_points_and_pictures_arrive_as_they_were_sent() -> None:
    pcm = np.array([0, 16384, -32768], "<i2").tobytes()
    assert wire.sound_from_wire(sync_pb2.SoundBlock(time_s=2.5, pcm=pcm))[1].tolist() == [0, 0.5, -1]
    points = wire.points_from_wire(sync_pb2.FaceLandmarks(time_s=1, points=range(1404)))[1]
    assert points is not None and points[467].tolist() == [1401, 1402, 1403]
    assert wire.points_from_wire(sync_pb2.FaceLandmarks(time_s=1)) == (1, None)
    raw = np.arange(16 * 20 * 3, dtype=np.uint8).reshape(16, 20, 3)
    sent = sync_pb2.PictureFrame(time_s=1, image=raw.tobytes(), width=20, height=16)
    assert (wire.picture_from_wire(sent)[1] == raw).all()
    red = np.zeros((32, 32, 3), np.uint8)
    red[..., 2] = 250  # OpenCV's order is BGR
    jpeg = cv2.imencode(".jpg", red)[1].tobytes()
    assert wire.picture_from_wire(sync_pb2.PictureFrame(image=jpeg))[1][9, 9].tolist() == pytest.approx(
        [250, 0, 0], abs=4
    )


def huge_jpeg() -> bytes:
    """A small file that says it is 65000 pixels wide."""
    data = bytearray(cv2.imencode(".jpg", np.zeros((16, 16, 3), np.uint8))[1].tobytes())
    at = data.index(b"\xff\xc0")
    data[at + 5 : at + 9] = (65000).to_bytes(2, "big") * 2
    return bytes(data)


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (sync_pb2.PictureFrame(image=b"no picture"), "no JPEG"),
        (sync_pb2.PictureFrame(image=huge_jpeg()), "65000 x 65000"),
        (sync_pb2.PictureFrame(image=b"\xff\xd8\xff\xc0\0\x0b\x08\0\x40\0\x40\x01\x01\x11\0"), "cannot be read"),
        (sync_pb2.PictureFrame(image=bytes(12), width=2, height=2), "not from 16 x 16"),
        (sync_pb2.PictureFrame(image=bytes(12), width=-20, height=-20), "not from 16 x 16"),
        (sync_pb2.PictureFrame(image=bytes(12), width=20, height=20), "12 bytes are not 20 x 20 x 3"),
        (sync_pb2.PictureFrame(image=bytes(1200), width=20, height=20, time_s=nan), "no time"),
    ],
)
def test_a_picture_that_cannot_be_used_is_refused(frame: sync_pb2.PictureFrame, message: str) -> None:
    with pytest.raises(OptionInvalid, match=message):
        wire.picture_from_wire(frame)


def test_sound_and_points_that_cannot_be_used_are_refused() -> None:
    with pytest.raises(OptionInvalid, match="3 bytes"):
        wire.sound_from_wire(sync_pb2.SoundBlock(pcm=b"abc"))
    with pytest.raises(OptionInvalid, match="no time"):
        wire.sound_from_wire(sync_pb2.SoundBlock(time_s=1e300))
    with pytest.raises(OptionInvalid, match="3 numbers"):
        wire.points_from_wire(sync_pb2.FaceLandmarks(points=[1, 2, 3]))
    with pytest.raises(OptionInvalid, match="no numbers"):
        wire.points_from_wire(sync_pb2.FaceLandmarks(points=[nan] * 1404))
