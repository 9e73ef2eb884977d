"""Moving a file's sound against its picture.

Movies (mp4, mov) are remuxed: every packet is copied and only the timestamps of the sound change, kept exact by an edit
list in the sound's own rate (ISO/IEC 14496-12, 8.6.6; the muxer's default of 1/1000 s would be off by up to 24
samples). Other containers round time or have no edit lists, so there the picture is copied and the sound is decoded,
shifted and encoded again.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import av.error
from av import Packet
from av.audio import AudioStream
from av.container import InputContainer, OutputContainer
from av.stream import Stream
from av.video import VideoStream

from twopop.errors import OptionInvalid, OutputUnwritable, StreamMissing
from twopop.timing import round_half_up
from twopop_engine.media.container import (
    AV_TIME_BASE,
    clock_zero,
    open_container,
    pictures,
    sounds,
    time_base,
    unreadable,
)
from twopop_engine.media.dts import with_dts
from twopop_engine.media.editlist import DelayedStart, write_delayed_starts
from twopop_engine.media.output import atomic_output
from twopop_engine.media.pcm import open_audio
from twopop_engine.media.rate import measure_rate
from twopop_engine.media.soundtrack import SoundEncoder

_MOVIE_SUFFIXES = (".mp4", ".mov", ".m4v")
_ANY_SUFFIX = ".mkv"
_DAY_S = 86400
_PRIMING_S = Fraction(1, 10)  # AAC: 21 to 44 ms, MP3: 23 ms, Opus: 6.5 to 80 ms
_TIMESCALE_LIMIT = 2**31 - 1
_REPORT_PACKETS = 256


@dataclass(frozen=True)
class ShiftedFile:
    """A file whose sound was moved.

    Attributes:
        path: Where it lies.
        offset_s: By how much the sound was delayed, exact: a whole number of its samples.
        method: "shifted": all packets are the source's own; "re-encoded": the sound was encoded again.
        lost_streams: Streams that the container could not take along, in words.
    """

    path: Path
    offset_s: Fraction
    method: str
    lost_streams: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Task:
    source: Path
    target: Path
    reader: InputContainer
    report: Callable[[float], None]

    def packets(self, streams: list[Stream]) -> Iterator[Packet[Stream]]:
        """Packets of some streams in the file's order; what the source does wrong is said of the source."""
        duration_s = (self.reader.duration or 0) / AV_TIME_BASE
        packets = self.reader.demux(*streams)
        for count in itertools.count():
            try:
                packet = next(packets, None)
            except av.error.FFmpegError as error:
                raise unreadable(self.source, error) from error
            if packet is None:
                return
            if not packet.size:
                continue  # the demuxer's sign that a stream has ended
            if duration_s and packet.pts is not None and count % _REPORT_PACKETS == 0:
                self.report(min(1.0, max(0.0, float(packet.pts * packet.time_base) / duration_s)))
            yield packet


def shift_audio(
    source: Path, target: Path, offset_s: float, report: Callable[[float], None] = lambda fraction: None
) -> ShiftedFile:
    """Writes a copy of a file with its sound moved.

    Args:
        source: The file.
        target: The copy to write, with the same suffix or .mkv; an existing file is replaced at the end.
        offset_s: > 0: the sound leads the picture and is delayed; < 0: the sound lags and is moved earlier, and what
            then lies before the picture's start is not heard.
        report: Called with the fraction done; what it raises stops the work and leaves no file.

    Returns:
        What was done.

    Raises:
        MediaNotFound: No such source.
        MediaUnreadable: The source is no media.
        StreamMissing: It has no sound, or no picture to move it against.
        OutputUnwritable: The system refused to write, or the container refuses a stream.
        OptionInvalid: Not an offset, or the target is the source, or of another kind of container.
    """
    if not abs(offset_s) <= _DAY_S:
        raise OptionInvalid.of("offset_s", f"{offset_s} s is not an offset between sound and picture")
    with open_container(source) as reader:
        for kind, streams in (("audio", sounds(reader)), ("video", pictures(reader))):
            if not streams:
                raise StreamMissing.at(str(source), kind)
        check_target(source, target)
        is_movie = _is_movie(reader, target)
        task = _Task(source, target, reader, report)
        with atomic_output(target) as partial:
            return (_remux if is_movie else _encode_again)(task, partial, offset_s)


def check_target(source: Path, target: Path) -> None:
    """Raises, before anything long begins, where a file's copy cannot be written.

    Args:
        source: The file.
        target: The copy.

    Raises:
        MediaNotFound: No such source.
        MediaUnreadable: The source is no media.
        OutputUnwritable: The target's folder does not exist.
        OptionInvalid: The target is the source, or of another kind of container.
    """
    if target.exists() and target.samefile(source):
        raise OptionInvalid.of("output", f"{target} is the source itself; choose another name")
    if not target.parent.is_dir():
        raise OutputUnwritable.at(str(target), "its folder does not exist")
    with open_container(source) as reader:
        if not _is_movie(reader, target) and target.suffix.lower() not in (source.suffix.lower(), _ANY_SUFFIX):
            suffixes = source.suffix if source.suffix == _ANY_SUFFIX else f"{source.suffix} or {_ANY_SUFFIX}"
            raise OptionInvalid.of("output", f"{target.name} must end in {suffixes}")


def _is_movie(reader: InputContainer, target: Path) -> bool:
    """Whether all packets can be copied: from and to a file with edit lists."""
    return reader.format.name.startswith("mov") and target.suffix.lower() in _MOVIE_SUFFIXES


def _remux(task: _Task, partial: Path, offset_s: float) -> ShiftedFile:
    """Copies all packets and moves the timestamps of the sound."""
    reader = task.reader
    heard = sounds(reader)
    rates = [stream.codec_context.sample_rate for stream in heard]
    timescale = math.lcm(*rates)
    timescale = timescale if timescale <= _TIMESCALE_LIMIT else rates[0]
    options = {"movie_timescale": str(timescale)}
    if any("." in key for key in reader.metadata):  # QuickTime keys: "com.apple.quicktime.location.ISO6709"
        options["movflags"] = "use_metadata_tags"
    applied = Fraction(round_half_up(Fraction(offset_s) * rates[0]), rates[0])
    spans: dict[Stream, tuple[int, int]] = {}
    with _opened(task, partial, options, list(reader.streams)) as (writer, copies):
        for packet in task.packets(list(copies)):
            stream = packet.stream
            if stream.type == "audio" and packet.pts is not None:
                first, last = spans.get(stream, (packet.pts, packet.pts))
                spans[stream] = min(first, packet.pts), max(last, packet.pts + (packet.duration or 0))
                _move(packet, round_half_up(applied / time_base(stream)))
            packet.stream = copies[stream]
            writer.mux(packet)
        lost = _lost(reader, copies)
    if applied > 0:
        write_delayed_starts(partial, [_start(sound, spans.get(sound), applied, timescale) for sound in heard])
    return ShiftedFile(task.target, applied, "shifted", lost)


def _start(stream: AudioStream, span: tuple[int, int] | None, delay: Fraction, timescale: int) -> DelayedStart | None:
    """How a delayed stream begins when the encoder's priming stands before its zero; None when none does.

    Where more than priming stands there, an edit had cut the sound; it may be heard now.
    """
    unit = time_base(stream)
    if span is None or not 0 < -span[0] * unit <= _PRIMING_S:
        return None
    end = span[1] if stream.duration is None else (stream.start_time or 0) + stream.duration
    skip = -span[0] * unit * stream.codec_context.sample_rate
    return DelayedStart(round_half_up(delay * timescale), round_half_up(skip), round_half_up(end * unit * timescale))


def _encode_again(task: _Task, partial: Path, offset_s: float) -> ShiftedFile:
    """Copies all packets but those of the sound, which is decoded, moved and encoded."""
    reader = task.reader
    zero = clock_zero(reader)
    rate = sounds(reader)[0].codec_context.sample_rate
    applied = Fraction(round_half_up(Fraction(offset_s) * rate), rate)
    others = [stream for stream in reader.streams if stream.type != "audio"]
    with ExitStack() as stack:
        writer, copies = stack.enter_context(_opened(task, partial, {}, others))
        encoders = []
        for stream in sounds(reader):
            sound = stack.enter_context(open_audio(task.source, stream.index))
            encoders.append(SoundEncoder(writer, stream, sound, round_half_up(applied * sound.rate_hz)))
        for packet in with_dts(task.packets(list(copies))):
            unit = time_base(packet.stream)
            _move(packet, -round_half_up(zero / unit))
            time = packet.dts * unit if packet.dts is not None else Fraction(0)
            packet.stream = copies[packet.stream]
            writer.mux(packet)
            for encoder in encoders:
                encoder.advance(time)
        for encoder in encoders:
            encoder.finish()
        return ShiftedFile(task.target, applied, "re-encoded", _lost(reader, copies, "audio"))


@contextmanager
def _opened(
    task: _Task, partial: Path, options: dict[str, str], streams: list[Stream]
) -> Iterator[tuple[OutputContainer, dict[Stream, Stream]]]:
    """A container to write to, with copies of streams and all tags.

    Raises:
        OutputUnwritable: The container does not take a stream.
    """
    reader = task.reader
    try:
        with av.open(str(partial), "w", options=options) as writer:
            writer.metadata.update(reader.metadata)
            writer.set_chapters(reader.chapters())
            copies: dict[Stream, Stream] = {}
            for stream in streams:
                # A timecode track is made anew by the muxer, from the tag and the rate of the picture's stream.
                if stream.type not in ("video", "audio", "subtitle") or stream.codec_context is None:
                    continue
                copy = copies[stream] = writer.add_stream_from_template(stream)
                copy.metadata.update(stream.metadata)
                copy.disposition = stream.disposition
                if isinstance(stream, VideoStream):
                    rate, _ = measure_rate(task.source, reader, stream)
                    cast(VideoStream, copy).codec_context.framerate = rate
            yield writer, copies
    except av.error.FFmpegError as error:
        if isinstance(error, OSError):
            raise  # the disk's refusal
        problem = f"this container does not take the source's streams ({error.strerror}); try a name in {_ANY_SUFFIX}"
        raise OutputUnwritable.at(str(task.target), problem) from error


def _lost(reader: InputContainer, copies: dict[Stream, Stream], *replaced: str) -> tuple[str, ...]:
    """Streams that were left behind, in words."""
    left = (s for s in reader.streams if s not in copies and s.type not in replaced and "timecode" not in s.metadata)
    return tuple(f"{stream.type} stream {stream.index}" for stream in left)


def _move(packet: Packet[Stream], ticks: int) -> None:
    packet.pts = None if packet.pts is None else packet.pts + ticks
    packet.dts = None if packet.dts is None else packet.dts + ticks
