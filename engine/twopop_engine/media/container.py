"""Opening media files: FFmpeg's demuxers through PyAV, local files of known formats only."""

from __future__ import annotations

import os
import stat
from fractions import Fraction
from pathlib import Path

import av
import av.error
from av.audio import AudioStream
from av.container import InputContainer
from av.stream import Discard, Disposition, Stream
from av.video import VideoStream

from twopop.errors import MediaNotFound, MediaUnreadable, StreamMissing, TwopopError

# Play lists and network descriptions stay out: they would make FFmpeg open what they name.
_FORMATS = (
    "3gp aac ac3 aiff alaw amr ape asf au avi avs2 av1 bink caf dts dtshd dv eac3 ffm flac flv gxf h264 hevc ivf loas "
    "m4v matroska mjpeg mov mp3 mp4 mpc mpc8 mpeg mpegts mpegvideo mulaw mxf nsv nut ogg oma rm sox truehd tta voc w64 "
    "wav webm wv wtv xwma"
)
_FILE_PROTOCOL = "file:"  # so that no path is taken for a URL
_DEMUXER_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": _FORMATS.replace(" ", ",")}
AV_TIME_BASE = 10**6
"""Ticks a second of a container's own start and duration."""

_MOVIE_BOXES = (b"ftyp", b"mdat", b"wide", b"free", b"skip")


def check_file(path: Path) -> os.stat_result:
    """Makes sure that a path leads to a file with something in it.

    Returns:
        Its status.

    Raises:
        MediaNotFound: No such file.
        MediaUnreadable: A directory, a device, empty, or not readable.
    """
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise MediaUnreadable.at(str(path), "is a folder, not a media file")
        if not stat.S_ISREG(found.st_mode):
            raise MediaUnreadable.at(str(path), "is not a regular file")
        if found.st_size == 0:
            raise MediaUnreadable.at(str(path), "is empty (0 bytes); was the copy interrupted?")
        with path.open("rb"):
            return found
    except (FileNotFoundError, NotADirectoryError):
        raise MediaNotFound.at(str(path)) from None
    except OSError as error:
        raise MediaUnreadable.at(str(path), f"cannot be read: {error.strerror}") from error


def open_container(path: Path) -> InputContainer:
    """Opens a media file.

    Args:
        path: The file.

    Returns:
        The open container; close it.

    Raises:
        MediaNotFound: No such file.
        MediaUnreadable: A directory, empty, cut short, or no media at all.
    """
    check_file(path)
    try:
        return av.open(f"{_FILE_PROTOCOL}{path.absolute()}", options=dict(_DEMUXER_OPTIONS), metadata_errors="ignore")
    except av.error.FFmpegError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: av.error.FFmpegError) -> TwopopError:
    """The error that a failure of FFmpeg stands for, with what is wrong with the file in words."""
    if not isinstance(error, (av.error.InvalidDataError, av.error.ArgumentError)):
        return MediaUnreadable.at(str(path), f"cannot be read: {error.strerror}")
    with path.open("rb") as file:
        head = file.read(4096)
    if head[4:8] in _MOVIE_BOXES:
        problem = "is cut short: its index (moov) is missing, as after an interrupted recording or copy"
    elif head[:4] in (b"RIFF", b"RF64", b"BW64", b"fLaC", b"FORM", b"\x1aE\xdf\xa3"):
        problem = "is cut short or damaged: its header holds no stream that can be read"
    elif head.isascii() and b"\0" not in head:
        problem = "is text, not media"
    else:
        problem = "holds no media that can be read"
    return MediaUnreadable.at(str(path), problem)


def sounds(container: InputContainer) -> list[AudioStream]:
    """Streams of sound that can be read; phones add spatial sound that FFmpeg does not know."""
    return [
        stream
        for stream in container.streams.audio
        if stream.codec_context is not None and stream.codec_context.sample_rate and stream.codec_context.channels
    ]


def pictures(container: InputContainer) -> list[VideoStream]:
    """Streams of moving pictures that can be read; cover art is none."""
    return [
        stream
        for stream in container.streams.video
        if stream.codec_context is not None and not stream.disposition & Disposition.attached_pic
    ]


def time_base(stream: Stream) -> Fraction:
    """Seconds in a tick of a stream's timestamps."""
    return stream.time_base or Fraction(1, AV_TIME_BASE)


def clock_zero(container: InputContainer) -> Fraction:
    """The container's timestamp, in seconds, that is zero on the file's own clock.

    Movies and MXF with a picture say where presentation starts (edit lists are applied by the demuxer), so zero is
    theirs. Everything else, fragmented movies too, starts with its earliest stream, which is where players start it;
    a sound file so starts with its first sample.
    """
    says_zero = container.format.name.startswith(("mov", "mxf")) and not _is_fragmented(container_path(container))
    if says_zero and pictures(container):
        return Fraction(0)
    streams: list[Stream] = [*pictures(container), *sounds(container)]
    starts = [stream.start_time * time_base(stream) for stream in streams if stream.start_time is not None]
    return min(starts, default=Fraction(0))


def container_path(container: InputContainer) -> Path:
    """The file of a container that `open_container` opened."""
    return Path(container.name.removeprefix(_FILE_PROTOCOL))


def _is_fragmented(path: Path) -> bool:
    """Whether a movie comes in fragments (ISO/IEC 14496-12, 8.8): it has a moof box, and no edit lists to rely on."""
    end = path.stat().st_size
    offset = 0
    with path.open("rb") as file:
        while offset < end:
            file.seek(offset)
            header = file.read(16)
            if len(header) < 8 or header[4:8] == b"moof":
                return len(header) >= 8
            size = int.from_bytes(header[:4], "big")
            if size == 1:
                size = int.from_bytes(header[8:16], "big")
            if size < 8:  # to the end of the file, or not a movie's box
                return False
            offset += size
    return False


def only(container: InputContainer, stream: Stream) -> None:
    """Lets the demuxer skip all other streams, so that their bytes are not read where the container allows it."""
    for other in container.streams:
        other.discard = Discard.default if other is stream else Discard.all


def only_audio(container: InputContainer, index: int | None) -> AudioStream:
    """Picks a stream of sound and lets the demuxer skip all others.

    Args:
        container: The container.
        index: Index of the stream; None means the first stream of sound.

    Returns:
        The stream.

    Raises:
        StreamMissing: No sound in it, or none at that index.
    """
    streams = [stream for stream in sounds(container) if index in (None, stream.index)]
    if not streams:
        path = str(container_path(container))
        raise StreamMissing.at(path, "audio" if index is None else f"audio (number {index})")
    only(container, streams[0])
    return streams[0]
