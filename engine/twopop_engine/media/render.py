"""Rendering stretches of recordings as BWF: drift corrected, exact to the sub-sample, with the source's identity."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from twopop.errors import OptionInvalid, StreamMissing
from twopop.timing import round_half_up
from twopop_engine.media.chunks import BroadcastExtension
from twopop_engine.media.identity import read_sound_metadata
from twopop_engine.media.ixml import Ixml, build_ixml
from twopop_engine.media.lineage import inherit
from twopop_engine.media.mixdown import mixdown
from twopop_engine.media.pcm import AudioReader, open_audio
from twopop_engine.media.probe import probe
from twopop_engine.media.segment import Segment
from twopop_engine.media.wav import SampleFormat, WavFormat, WavWriter
from twopop_engine.runtime.results import result_key

_ALGORITHM = "media.render/1"
_RESERVED_NAMES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)
_NAME_LIMIT_BYTES = 180


@dataclass(frozen=True)
class RenderItem:
    """One file to render.

    Attributes:
        name: File name without folder or suffix; characters that a file system refuses are replaced.
        path: The source.
        stream_index: The source's stream.
        channel_index: Its channel, from 0; -1: all channels.
        segments: The map from the source's clock to the reference's; silence where it says nothing.
        start: Time of the first sample, in seconds on the reference's clock.
        duration: Length in seconds.
        sample_rate_hz: 0: the source's.
        track_name: The channel's name in the new iXML; empty: the source's.
        invert_polarity: Flip the sign.
    """

    name: str
    path: Path
    stream_index: int
    channel_index: int
    segments: tuple[Segment, ...]
    start: Fraction
    duration: Fraction
    sample_rate_hz: int = 0
    track_name: str = ""
    invert_polarity: bool = False


@dataclass(frozen=True)
class RenderedFile:
    """A file that was rendered.

    Attributes:
        path: Where it lies.
        sample_rate_hz: Its rate.
        channel_count: Its channels.
        sample_count: Its length.
        time_reference: Samples since midnight of the first sample; None when the source had none.
        reused: Whether an earlier result was used again.
    """

    path: Path
    sample_rate_hz: int
    channel_count: int
    sample_count: int
    time_reference: int | None
    reused: bool


def rendered_path(item: RenderItem, digest: str, output_dir: Path) -> Path:
    """Where an item's file goes: its name, and ten digits of the key of everything that it depends on.

    Args:
        item: The item.
        digest: Identity of the source.
        output_dir: The folder.
    """
    content = replace(item, name="", path=Path())
    key = result_key(_ALGORITHM, digest, repr(content))
    return output_dir / f"{_safe_name(item.name)}-{key[:10]}.wav"


def render(item: RenderItem, target: Path, report: Callable[[float], None] = lambda fraction: None) -> RenderedFile:
    """Renders one item, or finds it rendered.

    Args:
        item: The item.
        target: The file to make; see `rendered_path`. One that is there with the right size is used again.
        report: Called with the fraction done; what it raises stops the work and leaves no file.

    Returns:
        The file.

    Raises:
        MediaNotFound: No such source.
        MediaUnreadable: The source is no media.
        StreamMissing: No such stream or channel.
        OutputUnwritable: The system refused to write.
        OptionInvalid: Nothing to render, or a map that cannot be.
    """
    _check(item)
    with open_audio(item.path, item.stream_index) as reader:
        channels = _channels(item, reader)
        rate_hz = item.sample_rate_hz or reader.rate_hz
        count = round_half_up(item.duration * rate_hz)
        sample_format = SampleFormat.FLOAT_32 if reader.is_float else SampleFormat.PCM_24
        wav_format = WavFormat(rate_hz, len(channels), sample_format)
        bext, ixml = _chunks(item, reader, channels, wav_format)
        writer = WavWriter(target, wav_format, bext, build_ixml(ixml))
        reused = target.is_file() and target.stat().st_size == writer.file_bytes(count)
        if not reused:
            sign = -1 if item.invert_polarity else 1
            with writer:
                for block in mixdown(reader, channels, list(item.segments), item.start, rate_hz, count):
                    writer.write(sign * block)
                    report(writer.sample_count / count)
    return RenderedFile(target, rate_hz, len(channels), count, bext.time_reference if bext else None, reused)


def _check(item: RenderItem) -> None:
    if item.duration <= 0:
        raise OptionInvalid.of("range", f"{item.name}: there is nothing to render in {float(item.duration)} s")
    if item.sample_rate_hz < 0 or item.sample_rate_hz > 768_000:
        raise OptionInvalid.of("sample_rate_hz", f"{item.name}: {item.sample_rate_hz} Hz is no sample rate")
    for segment in item.segments:
        numbers = (segment.other_start_s, segment.duration_s, segment.start_s, segment.drift_ppm)
        if not all(map(math.isfinite, numbers)) or segment.duration_s <= 0 or not 0.1 < segment.speed < 10:
            raise OptionInvalid.of("segments", f"{item.name}: not a straight piece of a map: {segment}")


def _channels(item: RenderItem, reader: AudioReader) -> list[int]:
    if item.channel_index < 0:
        return list(range(reader.channels))
    if item.channel_index >= reader.channels:
        raise StreamMissing.at(str(item.path), f"audio (channel {item.channel_index + 1} of {reader.channels})")
    return [item.channel_index]


def _chunks(
    item: RenderItem, reader: AudioReader, channels: list[int], wav_format: WavFormat
) -> tuple[BroadcastExtension | None, Ixml]:
    source = read_sound_metadata(item.path, reader.rate_hz)
    names = source.channel_names(reader.channels) or ("",) * reader.channels
    track_names = tuple(names[channel] for channel in channels)
    if item.track_name and len(channels) == 1:
        track_names = (item.track_name,)
    timecode = source.timecode or probe(item.path).timecode
    if timecode and timecode.source in ("tmcd", "tag", "mxf") and timecode.since_midnight == 0:
        timecode = None  # cameras write 00:00:00:00 when they have no clock
    if not item.segments:
        return inherit(source, item.path.name, None, Fraction(0), wav_format, track_names)
    offset = _nearest(item).other_time(item.start)
    return inherit(source, item.path.name, timecode, offset, wav_format, track_names)


def _nearest(item: RenderItem) -> Segment:
    """The segment whose line the start of the range is timed by: the first one that sounds in it."""
    ordered = sorted(item.segments, key=lambda segment: segment.start_s)
    return next((segment for segment in ordered if segment.end_s > item.start), ordered[-1])


def _safe_name(name: str) -> str:
    """A name that every file system takes."""
    plain = "".join("_" if c in '<>:"/\\|?*' or not c.isprintable() else c for c in name)
    plain = plain.encode()[:_NAME_LIMIT_BYTES].decode(errors="ignore").strip(" .")
    return f"_{plain}" if not plain or _RESERVED_NAMES.match(plain) else plain
