"""Where a stream of sound ends, without decoding it."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av.error
from av import Packet
from av.audio import AudioStream
from av.container import InputContainer

from twopop.errors import MediaUnreadable
from twopop_engine.media.container import AV_TIME_BASE, only_audio, open_container, time_base

# Bare streams without an index: their duration is guessed from the bit rate, but they are small enough to walk through.
_BARE_FORMATS = ("mp3", "aac", "ac3", "eac3", "amr", "dts", "dtshd", "truehd", "loas")
_EXACT_FORMATS = ("mov", "mxf", "wav", "w64", "caf", "aiff", "flac", "wv", "tta", "ape")  # headers count samples
_TAIL_S = 10
_LONGEST_S = 100 * 3600


def stream_end(path: Path, container: InputContainer, stream: AudioStream) -> Fraction:
    """The container's timestamp, in seconds, where the last sample ends; padding that the file declares is left out.

    Args:
        path: The file.
        container: The open container.
        stream: The stream of sound in it.

    Returns:
        Exact to the sample where the container counts samples, else to the container's rounding.

    Raises:
        MediaUnreadable: The timestamps make no sense.
    """
    name = container.format.name
    rate_hz = stream.codec_context.sample_rate
    if name.startswith(_EXACT_FORMATS) and stream.duration is not None:
        return _checked(path, ((stream.start_time or 0) + stream.duration) * time_base(stream))
    tries: list[Fraction | None] = [None]
    duration_s = Fraction(container.duration or 0, AV_TIME_BASE)
    if name not in _BARE_FORMATS and duration_s > 2 * _TAIL_S:
        tries.insert(0, duration_s - _TAIL_S)
    for from_s in tries:
        with open_container(path) as probe:
            end = _last_packet_end(probe, stream.index, rate_hz, from_s)
        if end is not None:
            return _checked(path, end)
    return Fraction(0)


def _checked(path: Path, end: Fraction) -> Fraction:
    if end > _LONGEST_S:
        raise MediaUnreadable.at(str(path), f"is damaged: by its timestamps it lasts {float(end / 3600):.0f} hours")
    return end


def _last_packet_end(container: InputContainer, index: int, rate_hz: int, from_s: Fraction | None) -> Fraction | None:
    stream = only_audio(container, index)
    last: Packet[AudioStream] | None = None
    usual_duration = 0
    try:
        if from_s is not None:
            container.seek(round((from_s + Fraction(container.start_time or 0, AV_TIME_BASE)) * AV_TIME_BASE))
        for packet in container.demux(stream):
            if packet.pts is not None and packet.size and (last is None or packet.pts >= (last.pts or 0)):
                usual_duration = last.duration or 0 if last else 0
                last = packet
    except av.error.FFmpegError:
        pass  # a damaged tail: what was read before it counts
    if last is None or last.pts is None:
        return None
    duration = last.duration or usual_duration
    # Matroska and Ogg shorten the last packet by its padding, MP3 does not.
    padding = _padding(last) if duration == usual_duration else 0
    return (last.pts + duration) * last.time_base - Fraction(padding, rate_hz)


def _padding(packet: Packet[AudioStream]) -> int:
    if not packet.has_sidedata("skip_samples"):
        return 0
    _, at_end = struct.unpack_from("<II", bytes(packet.get_sidedata("skip_samples")))
    return int(at_end)
