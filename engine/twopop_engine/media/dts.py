"""Decoding timestamps for containers that store none.

Matroska stores presentation times only; FFmpeg's demuxer knows the decoding times once it has seen as many frames as
the decoder holds back, and gives none for the packets before. Muxers ask for all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from av import Packet
from av.stream import Stream


def with_dts(packets: Iterable[Packet[Stream]]) -> Iterator[Packet[Stream]]:
    """Fills in missing decoding timestamps: backwards from the first known one, onwards from the last one.

    Args:
        packets: Packets of any streams in the file's order.

    Yields:
        The same packets, of each stream in the same order.
    """
    held: dict[Stream, list[Packet[Stream]]] = defaultdict(list)
    last: dict[Stream, Packet[Stream]] = {}
    for packet in packets:
        stream = packet.stream
        if packet.dts is None and stream not in last:
            held[stream].append(packet)
            continue
        if packet.dts is None:
            packet.dts = (last[stream].dts or 0) + max(1, last[stream].duration or 0)
        yield from _timed_before(held.pop(stream, []), packet.dts)
        last[stream] = packet
        yield packet
    for waiting in held.values():
        yield from _timed_before(waiting, min((p.pts for p in waiting if p.pts is not None), default=0))


def _timed_before(waiting: list[Packet[Stream]], dts: int) -> list[Packet[Stream]]:
    for packet in reversed(waiting):
        dts -= max(1, packet.duration or 0)
        packet.dts = dts
    return waiting
