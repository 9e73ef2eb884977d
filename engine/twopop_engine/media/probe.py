"""Reading what a media file holds."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer

from twopop.errors import MediaUnreadable
from twopop.timing import Timecode, snap_rate
from twopop_engine.media.container import AV_TIME_BASE, clock_zero, open_container, pictures, sounds, time_base
from twopop_engine.media.display import displayed_size
from twopop_engine.media.identity import SoundMetadata, read_sound_metadata
from twopop_engine.media.info import AudioStream, MediaInfo, StartTimecode, VideoStream
from twopop_engine.media.length import stream_end
from twopop_engine.media.rate import measure_rate

_CONTAINER_NAMES = {"mov,mp4,m4a,3gp,3g2,mj2": "mov", "matroska,webm": "matroska"}
_UNKNOWN_RATE = Fraction(25)


def probe(path: Path) -> MediaInfo:
    """Reads what a media file holds.

    Args:
        path: The file.

    Returns:
        Its streams, timecode and identity.

    Raises:
        MediaNotFound: No such file.
        MediaUnreadable: A directory, empty, cut short, or no media at all.
    """
    path = path.absolute()
    with open_container(path) as container:
        zero = clock_zero(container)
        metadata = _sound_metadata(path, container)
        video = tuple(_video(path, container, s, zero) for s in pictures(container))
        audio = tuple(_audio(path, container, s, zero, metadata) for s in sounds(container))
        if not video and not audio:
            raise MediaUnreadable.at(str(path), "holds neither sound nor picture")
        timecode = metadata.timecode or _timecode(container, video)
        name = _CONTAINER_NAMES.get(container.format.name, container.format.name)
    ends = [stream.start + stream.duration for stream in video] + [stream.start + stream.duration for stream in audio]
    return MediaInfo(path, name, max(ends), video, audio, timecode, metadata.identity)


def _sound_metadata(path: Path, container: InputContainer) -> SoundMetadata:
    if container.format.name != "wav" or not sounds(container):
        return SoundMetadata()
    return read_sound_metadata(path, sounds(container)[0].codec_context.sample_rate)


def _video(path: Path, container: InputContainer, stream: av.VideoStream, zero: Fraction) -> VideoStream:
    frame_rate, variable = measure_rate(path, container, stream)
    width, height = displayed_size(path, container, stream)
    start = _start(stream, zero)
    if stream.duration is not None:
        duration = stream.duration * time_base(stream)
    else:
        duration = Fraction((container.start_time or 0) + (container.duration or 0), AV_TIME_BASE) - zero - start
    return VideoStream(
        index=stream.index,
        codec=stream.codec_context.name,
        width=width,
        height=height,
        frame_rate=frame_rate,
        variable_rate=variable,
        start=start,
        duration=duration,
    )


def _audio(
    path: Path, container: InputContainer, stream: av.AudioStream, zero: Fraction, metadata: SoundMetadata
) -> AudioStream:
    context = stream.codec_context
    start = max(_start(stream, zero), Fraction(0))
    return AudioStream(
        index=stream.index,
        codec=context.name,
        sample_rate_hz=context.sample_rate,
        channel_count=context.channels,
        layout=_layout(context.layout.name, context.channels),
        start=start,
        duration=max(stream_end(path, container, stream) - zero - start, Fraction(0)),
        channel_names=metadata.channel_names(context.channels),
    )


def _layout(name: str, channels: int) -> str:
    if channels <= 2:
        return ("mono", "stereo")[channels - 1]
    return name if "." in name or name[:1].isalpha() else f"{channels} channels"


def _start(stream: av.VideoStream | av.AudioStream, zero: Fraction) -> Fraction:
    return Fraction(0) if stream.start_time is None else stream.start_time * time_base(stream) - zero


def _timecode(container: InputContainer, video: tuple[VideoStream, ...]) -> StartTimecode | None:
    found: list[tuple[str, str]] = []
    for stream in container.streams:
        if text := stream.metadata.get("timecode"):
            in_movie = container.format.name.startswith("mov")
            found.append((text, "tmcd" if in_movie else "tag"))
    if text := container.metadata.get("timecode"):
        found.append((text, "mxf" if container.format.name.startswith("mxf") else "tag"))
    rate = snap_rate(video[0].frame_rate) if video else _UNKNOWN_RATE
    for text, source in found:
        try:
            code = Timecode.parse(text, rate)
        except ValueError:
            continue
        return StartTimecode(str(code), rate, code.drop_frame, code.since_midnight, source)
    return None
