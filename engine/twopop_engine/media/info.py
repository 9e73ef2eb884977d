"""What a media file holds, as plain data; mirrors `twopop/v1/media.proto`.

All times are exact seconds on the file's own clock: presentation time, edit lists and priming honoured; zero is where
a player starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path


@dataclass(frozen=True)
class VideoStream:
    """A stream of pictures.

    Attributes:
        index: Index in the container.
        codec: FFmpeg's name of the codec.
        width: Displayed width in pixels: pixel aspect and rotation applied.
        height: Displayed height in pixels.
        frame_rate: Frames per second, exact; the average when `variable_rate`.
        variable_rate: Whether frame intervals differ by more than the container's rounding.
        start: Presentation time of the first frame.
        duration: Length in seconds.
    """

    index: int
    codec: str
    width: int
    height: int
    frame_rate: Fraction
    variable_rate: bool
    start: Fraction
    duration: Fraction


@dataclass(frozen=True)
class AudioStream:
    """A stream of sound.

    Attributes:
        index: Index in the container.
        codec: FFmpeg's name of the codec.
        sample_rate_hz: Samples per second.
        channel_count: Channels in the stream.
        layout: "mono", "stereo", "5.1", or "N channels".
        start: Time of the first sample.
        duration: Length in seconds.
        channel_names: One name a channel where the file tells (iXML), else empty.
    """

    index: int
    codec: str
    sample_rate_hz: int
    channel_count: int
    layout: str
    start: Fraction
    duration: Fraction
    channel_names: tuple[str, ...] = ()


@dataclass(frozen=True)
class StartTimecode:
    """The timecode of a file's zero.

    Attributes:
        text: "HH:MM:SS:FF", with ";" before the frames when drop-frame.
        rate: Frames per second of the timecode, exact; 100 where a sound file names no frame rate, so that the last
            two digits are hundredths of a second.
        drop_frame: Whether it is drop-frame.
        since_midnight: Seconds since midnight that it stands for; for bext exact to the sample.
        source: Where it was found: "tmcd", "bext", "ixml", "mxf" or "tag".
    """

    text: str
    rate: Fraction
    drop_frame: bool
    since_midnight: Fraction
    source: str


@dataclass(frozen=True)
class SoundIdentity:
    """What a sound recorder says about a file (EBU Tech 3285 bext, iXML 3.0); empty or None where it says nothing.

    Attributes:
        scene: Scene.
        take: Take.
        roll: Sound roll (iXML TAPE).
        note: The mixer's note.
        family_uid: Files of one recording share it.
        family_name: Name of the family.
        family_index: Place in the family, from 1; 0 when unknown.
        family_count: Files in the family; 0 when unknown.
        timecode_rate: As written: "24000/1001".
        timecode_flag: As written: "DF" or "NDF".
        file_sample_rate_hz: Rate at which the file plays; 0 when unknown.
        digitizer_sample_rate_hz: Rate at which it was recorded; 0 when unknown.
        timestamp_sample_rate_hz: Rate at which the timestamp counts; 0 when unknown.
        origination_date: "YYYY-MM-DD".
        origination_time: "HH:MM:SS".
        originator: Who or what recorded.
        originator_reference: The originator's unique reference.
        description: bext Description.
        time_reference: Samples since midnight of the first sample.
    """

    scene: str = ""
    take: str = ""
    roll: str = ""
    note: str = ""
    family_uid: str = ""
    family_name: str = ""
    family_index: int = 0
    family_count: int = 0
    timecode_rate: str = ""
    timecode_flag: str = ""
    file_sample_rate_hz: int = 0
    digitizer_sample_rate_hz: int = 0
    timestamp_sample_rate_hz: int = 0
    origination_date: str = ""
    origination_time: str = ""
    originator: str = ""
    originator_reference: str = ""
    description: str = ""
    time_reference: int | None = None


@dataclass(frozen=True)
class MediaInfo:
    """What a media file holds.

    Attributes:
        path: Absolute path.
        container: Short name of the container: "mov", "wav", "mp3".
        duration: Length of the longest stream.
        video: Streams of pictures; cover art does not count.
        audio: Streams of sound.
        timecode: The start timecode; None when the file carries none.
        identity: What a sound recorder wrote; None when nothing.
    """

    path: Path
    container: str
    duration: Fraction
    video: tuple[VideoStream, ...]
    audio: tuple[AudioStream, ...]
    timecode: StartTimecode | None = None
    identity: SoundIdentity | None = None
