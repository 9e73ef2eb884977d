"""Frame rates: exact when frames come evenly, measured when they do not."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av.error
import numpy as np
from av.container import InputContainer
from av.video import VideoStream
from numpy.typing import NDArray

from twopop.timing import snap_rate
from twopop_engine.media.container import only, open_container, time_base

_ROUNDING_S = 0.002
_UNKNOWN_RATE = Fraction(25)
_SLOWEST, _FASTEST = Fraction(1, 1000), Fraction(100_000)
_ENOUGH_ENTRIES = 20_000
_ENOUGH_PACKETS = 2000
_ENOUGH_BYTES = 64 << 20
_REORDERED = 16  # frames that are shown before packets read earlier: where reading stops, some lack a neighbour
# Their frames come evenly by construction: an edit rate in the header, no timestamps.
_EVEN_FORMATS = ("mxf", "avi", "dv", "gxf", "h264", "hevc", "m4v", "mpegvideo", "ivf")


def measure_rate(path: Path, container: InputContainer, stream: VideoStream) -> tuple[Fraction, bool]:
    """The frame rate of a stream of pictures, from the times of its frames.

    Args:
        path: The file.
        container: The open container.
        stream: The stream of pictures in it.

    Returns:
        Frames per second, exact; and whether the rate varies: frames stray from an even grid by more than containers
        round (1/600 s in phones' movies, 1/1000 s in Matroska, also after a remux to finer ticks). The rate is the
        average then.
    """
    named = stream.guessed_rate or stream.average_rate or _UNKNOWN_RATE
    if not _SLOWEST <= named <= _FASTEST:  # a damaged header
        named = _UNKNOWN_RATE
    if container.format.name in _EVEN_FORMATS:
        return snap_rate(named), False
    stamps = _stamps(path, stream)
    if len(stamps) < 3:
        return snap_rate(named), False
    tick = time_base(stream)
    average = min(max(_SLOWEST, Fraction(len(stamps) - 1, int(stamps[-1] - stamps[0])) / tick), _FASTEST)
    rounding_s = max(_ROUNDING_S, float(tick))
    for rate in (snap_rate(named), snap_rate(average), average):
        if _stray_s(stamps, tick, rate) <= rounding_s:
            return rate, False
    return average.limit_denominator(100_000), True


def _stray_s(stamps: NDArray[np.int64], tick: Fraction, rate: Fraction) -> float:
    """How far frames stray from an even grid: the spread of their distances to it, in seconds."""
    distances = (stamps - stamps[0]) * float(tick) - np.arange(len(stamps)) / float(rate)
    return float(distances.max() - distances.min())


def _stamps(path: Path, stream: VideoStream) -> NDArray[np.int64]:
    """Times of the frames in ticks, in order; enough of them to judge by."""
    if len(stream.index_entries) == stream.frames:  # a movie's whole table; nothing has to be read
        stamps = [entry.timestamp for entry in stream.index_entries[:_ENOUGH_ENTRIES]]
    else:
        stamps = _packet_stamps(path, stream.index)
    return np.unique(np.array(stamps, np.int64))


def _packet_stamps(path: Path, index: int) -> list[int]:
    stamps: list[int] = []
    size = 0
    with open_container(path) as container:
        only(container, container.streams[index])
        try:
            for packet in container.demux(container.streams[index]):
                if packet.pts is not None and packet.size:
                    stamps.append(packet.pts)
                    size += packet.size
                if len(stamps) >= _ENOUGH_PACKETS or size >= _ENOUGH_BYTES:
                    break
        except av.error.FFmpegError:
            pass  # a damaged file: judged by what can be read
    return sorted(stamps)[: -min(_REORDERED, len(stamps) // 4) or None]
