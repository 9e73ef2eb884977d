r"""What a target_url names: file:// URLs, bare paths, relative paths, Windows drives and UNC shares.

Editors write all of these: Resolve bare paths ("/Volumes/A/x.mov", "F:\x.mov"), Premiere
"file://localhost/D%3a/x.mov", others percent-encoded or plain file:// URLs, or URLs relative to the timeline. A path of
a machine that this one is not stays offline; it is never guessed.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_ON_WINDOWS = os.name == "nt"


@dataclass(frozen=True)
class MediaLocation:
    """Where a media file is.

    Attributes:
        path: Absolute path in the spelling of the machine that wrote it; None when no file is named.
        problem: Why it cannot be opened here, in a few words; None when it may be.
    """

    path: str | None
    problem: str | None = None


def locate(url: str | None, folder: Path, *, windows: bool = _ON_WINDOWS) -> MediaLocation:
    """The file that a target_url names.

    Args:
        url: As it stands in the timeline.
        folder: The timeline's folder, for relative URLs.
        windows: Whether this machine has drives and shares.

    Returns:
        The location. Where a name reads differently with and without percent-decoding, the file that exists wins.
    """
    if not url:
        return MediaLocation(None, "the timeline names no media file")
    if url.lower().startswith("file:"):
        return _file_url(url[5:], folder, windows)
    if _DRIVE.match(url) or url.startswith("\\\\"):
        return _foreign(url.replace("/", "\\"), windows)
    if scheme := _SCHEME.match(url):
        return MediaLocation(None, f"its address is not a local file ({scheme[1]}:)")
    return _local(url, unquote(url), folder)


def target_url(path: str) -> str:
    """The percent-encoded file:// URL of an absolute path."""
    return Path(path).as_uri()


def _file_url(rest: str, folder: Path, windows: bool) -> MediaLocation:
    if not rest.startswith("//"):
        return locate(rest, folder, windows=windows)
    host, slash, tail = rest[2:].partition("/")
    path = unquote(tail)
    whole = unquote(host + slash + tail).lstrip("/")  # "file://F:/x.mov" lacks a slash and is written all the same
    for drive_path in (whole, path):
        if _DRIVE.match(drive_path):
            return _foreign(drive_path.replace("/", "\\"), windows)
    if host.lower() not in ("", "localhost"):
        return _foreign(f"\\\\{host}\\" + path.replace("/", "\\"), windows)
    return _local("/" + tail, "/" + path, folder, decoded_first=True)


def _local(literal: str, decoded: str, folder: Path, *, decoded_first: bool = False) -> MediaLocation:
    choices = [decoded, literal] if decoded_first else [literal, decoded]
    paths = [os.path.normpath(folder / choice) for choice in choices]
    if "\0" in paths[0]:
        return MediaLocation(None, "its path holds a zero byte")
    if not _is_text(paths[0]):
        return MediaLocation(None, "its path is not Unicode text")
    return MediaLocation(next((path for path in paths if os.path.exists(path)), paths[0]))


def _is_text(path: str) -> bool:
    """Whether a path can be sent: JSON can spell lone surrogates, UTF-8 cannot."""
    return not any("\ud800" <= letter <= "\udfff" for letter in path)


def _foreign(path: str, windows: bool) -> MediaLocation:
    if windows:
        return MediaLocation(path)
    what = "a network share" if path.startswith("\\\\") else "a Windows drive"
    return MediaLocation(path, f"it lies on {what} that this machine does not have")
