"""Production sound in folders: poly files and split-mono families, each one recording."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from twopop.errors import MediaNotFound, MediaUnreadable, TwopopError
from twopop_engine.media.info import AudioStream, MediaInfo, SoundIdentity, StartTimecode
from twopop_engine.media.probe import probe

_SOUND_SUFFIXES = (
    ".wav", ".bwf", ".rf64", ".w64", ".flac", ".aif", ".aiff", ".aifc", ".caf", ".mp3", ".mp2", ".m4a", ".aac", ".ogg",
    ".oga", ".opus", ".wma", ".amr", ".ac3", ".eac3", ".wv", ".ape", ".mka", ".au",
)  # fmt: skip
_VIDEO_SUFFIXES = (
    ".mov", ".mp4", ".m4v", ".mxf", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".mts", ".m2ts", ".ts", ".3gp", ".wmv",
    ".flv", ".dv",
)  # fmt: skip
_OWN_FOLDER_SUFFIX = ".twopop"
# "T01_1.wav", "T01.A2.wav", "T01_Tr3.wav", "T01-ch4.wav"
_MEMBER = re.compile(r"(?P<stem>.+?)(?:[._ -](?P<tag>a|ch|tr|trk|track)|_)(?P<number>\d{1,2})", re.IGNORECASE)


@dataclass(frozen=True)
class RecordingChannel:
    """A channel of a recording.

    Attributes:
        name: From iXML ("BOOM"), else "A1", "A2", ...; unique within the recording.
        file_index: Index into the recording's paths.
        stream_index: Index of the stream in that file's container.
        channel_index: Channel within that stream, from 0.
    """

    name: str
    file_index: int
    stream_index: int
    channel_index: int


@dataclass(frozen=True)
class Recording:
    """One take of production sound: a file, or a family of files that ran together sample by sample.

    Attributes:
        name: For people: scene and take, else the file's name.
        paths: Absolute, in the family's order.
        channels: All channels of all files.
        sample_rate_hz: Samples per second.
        duration: Length in seconds.
        identity: What the recorder wrote; None when nothing.
        timecode: The start timecode; None when there is none.
    """

    name: str
    paths: tuple[Path, ...]
    channels: tuple[RecordingChannel, ...]
    sample_rate_hz: int
    duration: Fraction
    identity: SoundIdentity | None = None
    timecode: StartTimecode | None = None


@dataclass(frozen=True)
class Scan:
    """What was found.

    Attributes:
        recordings: Sorted by name.
        unreadable: Files that look like sound or video and cannot be read, with why.
    """

    recordings: tuple[Recording, ...]
    unreadable: tuple[tuple[Path, TwopopError], ...] = field(default=())


def find_files(paths: Iterable[Path]) -> list[Path]:
    """Files that may hold sound, in folders and their sub-folders.

    Args:
        paths: Folders or files; a file that is named is taken whatever its suffix.

    Returns:
        Absolute paths, sorted, each once. Hidden files and folders, what twopop made, stills and documents are left
        out. A sub-folder that cannot be listed stands for what is in it, so that `scan` tells of it.

    Raises:
        MediaNotFound: A path leads nowhere.
        MediaUnreadable: A folder cannot be listed.
    """
    found: dict[Path, None] = {}
    for path in paths:
        path = path.absolute()
        if not path.exists():
            raise MediaNotFound.at(str(path))
        for file in _walk(path) if path.is_dir() else [path]:
            found[file] = None
    return sorted(found)


def _walk(folder: Path) -> Iterable[Path]:
    closed: list[Path] = []

    def note(error: OSError) -> None:
        if error.filename in (None, str(folder)):
            raise MediaUnreadable.at(str(folder), f"cannot be listed: {error.strerror}")
        closed.append(Path(error.filename))

    for root, folders, files in os.walk(folder, onerror=note):
        folders[:] = [f for f in folders if not f.startswith(".") and not f.endswith(_OWN_FOLDER_SUFFIX)]
        for name in files:
            if not name.startswith(".") and name.lower().endswith(_SOUND_SUFFIXES + _VIDEO_SUFFIXES):
                yield Path(root, name)
    yield from closed


def scan(files: Iterable[Path], read: Callable[[Path], MediaInfo] = probe) -> Scan:
    """Finds the recordings among files.

    Args:
        files: As `find_files` gives them; those that are gone by now, and links that lead nowhere, are unreadable.
        read: Reads what a file holds.

    Returns:
        The recordings, and what could not be read.
    """
    infos: list[MediaInfo] = []
    unreadable: list[tuple[Path, TwopopError]] = []
    for path in files:
        try:
            _check_name(path)
            _check_kind(path)
            info = read(path)
        except (MediaUnreadable, MediaNotFound) as error:
            unreadable.append((path, error))
            continue
        if info.audio:
            infos.append(info)
    recordings = [_recording(family) for family in _families(infos)]
    return Scan(tuple(sorted(recordings, key=lambda r: (r.name, r.paths))), tuple(unreadable))


def _check_name(path: Path) -> None:
    """Raises when a path is not Unicode text, as on drives of old systems: no message and no timeline can name it."""
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise MediaUnreadable.at(repr(str(path)), "has a name that is not UTF-8; rename it") from None


def _check_kind(path: Path) -> None:
    if path.is_dir():
        raise MediaUnreadable.at(str(path), "cannot be listed; what is in it was not looked at")


def _families(infos: list[MediaInfo]) -> list[list[MediaInfo]]:
    groups: dict[tuple[object, ...], list[MediaInfo]] = defaultdict(list)
    for info in infos:
        groups[_family_key(info)].append(info)
    families: list[list[MediaInfo]] = []
    for group in groups.values():
        ordered = sorted(group, key=_place)
        places = [_place(info)[:2] for info in ordered]
        # Two files in one place are copies of a file, not members of a family.
        families += [ordered] if len(set(places)) == len(places) else [[info] for info in ordered]
    return families


def _family_key(info: MediaInfo) -> tuple[object, ...]:
    """What the members of a family share; unique for a file that belongs to none."""
    identity = info.identity or SoundIdentity()
    audio = info.audio[0]
    shape = (audio.sample_rate_hz, identity.time_reference, round(audio.duration * audio.sample_rate_hz))
    uid = identity.family_uid or identity.family_name
    if uid and identity.family_count != 1:
        return ("family", info.path.parent, uid, *shape)
    member = _MEMBER.fullmatch(info.path.stem)
    # A bare number also numbers the equal parts of a long recording; only a timestamp tells that files ran together.
    is_named = member and (member["tag"] or identity.time_reference is not None)
    if member and is_named and audio.channel_count == 1 and not info.video:
        return ("stem", info.path.parent, info.path.suffix.lower(), member["stem"].lower(), *shape)
    return ("file", info.path)


def _place(info: MediaInfo) -> tuple[int, int, Path]:
    """Order within a family: the iXML index, then the number in the name."""
    member = _MEMBER.fullmatch(info.path.stem)
    return (info.identity.family_index if info.identity else 0, int(member["number"]) if member else 0, info.path)


def _recording(family: list[MediaInfo]) -> Recording:
    first = family[0]
    return Recording(
        name=_name(family),
        paths=tuple(info.path for info in family),
        channels=_channels(family),
        sample_rate_hz=first.audio[0].sample_rate_hz,
        duration=max(stream.start + stream.duration for info in family for stream in info.audio),
        identity=first.identity,
        timecode=first.timecode,
    )


def _name(family: list[MediaInfo]) -> str:
    identity = family[0].identity
    if identity and identity.scene and identity.take:
        return f"{identity.scene} T{identity.take}"
    stem = family[0].path.stem
    member = _MEMBER.fullmatch(stem)
    return member["stem"] if member and len(family) > 1 else stem


def _channels(family: list[MediaInfo]) -> tuple[RecordingChannel, ...]:
    channels: list[RecordingChannel] = []
    taken: set[str] = set()
    for file_index, info in enumerate(family):
        for stream in info.audio:
            for channel_index in range(stream.channel_count):
                name = _channel_name(stream, channel_index) or f"A{len(channels) + 1}"
                channels.append(RecordingChannel(_unique(name, taken), file_index, stream.index, channel_index))
    return tuple(channels)


def _channel_name(stream: AudioStream, channel_index: int) -> str:
    return stream.channel_names[channel_index].strip() if stream.channel_names else ""


def _unique(name: str, taken: set[str]) -> str:
    """The name, or "NAME 2", "NAME 3" where it is taken."""
    chosen, number = name, 1
    while chosen in taken:
        number += 1
        chosen = f"{name} {number}"
    taken.add(chosen)
    return chosen
