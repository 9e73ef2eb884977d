"""Rules about media: how a file is named, whether it is there, what an editor does with what is no file."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import partial
from urllib.parse import quote

from twopop_otio.dialects.plain import metadata_of, text_of
from twopop_otio.lanes import gap_node
from twopop_otio.lint.cut import Cut, Item
from twopop_otio.lint.rule import Hit
from twopop_otio.timeline import kind_of
from twopop_otio.times import Node, rational_time

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_SPECIAL = re.compile(r"[%#?]")


def url_forms(cut: Cut) -> Iterator[Hit]:
    """Files named in another way than the editor's own: bare paths, or percent-encoded file:// URLs."""
    for clip, reference, url in _named(cut):
        path = cut.location(reference).path
        if path is None or _is_relative(url):
            continue
        wanted = file_url(path) if cut.editor.name == "premiere" else path
        if url != wanted and (cut.editor.name != "premiere" or not url.lower().startswith("file:")):
            yield Hit(f"Its media is named {url!r}.", clip, partial(_rename, reference, wanted))


def relative_urls(cut: Cut) -> Iterator[Hit]:
    """Files named relative to the timeline."""
    for clip, reference, url in _named(cut):
        if _is_relative(url) and (path := cut.location(reference).path):
            wanted = partial(_rename, reference, cut.editor.target_url(path))
            yield Hit(f"Its media is named {url!r}, relative to the timeline's folder.", clip, wanted)


def special_letters(cut: Cut) -> Iterator[Hit]:
    """Paths that Kdenlive before 26.08 reads as URLs."""
    for clip, _, url in _named(cut):
        if not url.lower().startswith("file:") and _SPECIAL.search(url):
            yield Hit(f"Versions before 26.08 misread {url!r}, which holds one of % # ?: rename the file.", clip)


def missing_files(cut: Cut) -> Iterator[Hit]:
    """Files that are not where the timeline says."""
    for clip, reference, _ in _named(cut):
        location = cut.location(reference)
        if location.path is None:
            yield Hit(f"Its media cannot be opened: {location.problem}.", clip)
        elif location.problem is None and not os.path.exists(location.path):
            yield Hit(f"{location.path} is not on this machine.", clip)


def files_elsewhere(cut: Cut) -> Iterator[Hit]:
    """Files on a drive that this machine does not have."""
    for clip, reference, _ in _named(cut):
        location = cut.location(reference)
        if location.path and location.problem:
            yield Hit(f"{location.path}: {location.problem}; whether the file is there was not checked.", clip)


def offline_paths(cut: Cut) -> Iterator[Hit]:
    """Offline clips of Resolve's, whose path stands where no other editor looks; and those that are online again."""
    for clip in cut.clips:
        path = _offline_path(clip.media)
        if path and (cut.editor.name != "resolve" or os.path.exists(path)):
            message = f"It was offline when Resolve wrote the file; its path is {path}."
            yield Hit(message, clip, partial(_online, clip.media or {}, cut.editor.target_url(path)))


def still_offline(cut: Cut) -> Iterator[Hit]:
    """Offline clips whose file is not here either."""
    for clip in cut.clips:
        path = _offline_path(clip.media)
        if path and not os.path.exists(path):
            yield Hit(f"It was offline when Resolve wrote the file, and {path} is not on this machine.", clip)


def without_media(cut: Cut) -> Iterator[Hit]:
    """Titles, generators and clips without any media."""
    for clip in cut.clips:
        if is_without_media(clip):
            what = kind_of(clip.media) if clip.media else "no reference"
            gap = partial(_make_gap, clip, cut) if cut.editor.name == "resolve" else None
            yield Hit(f"It plays no file ({what}): a title, a generator or lost media.", clip, gap)


def image_sequences(cut: Cut) -> Iterator[Hit]:
    """Image sequences."""
    for clip in cut.clips:
        if clip.media and kind_of(clip.media) == "ImageSequenceReference":
            yield Hit("Image sequences are not imported.", clip)


def takes(cut: Cut) -> Iterator[Hit]:
    """Alternate media references."""
    for clip in cut.clips:
        references = clip.node.get("media_references") or {}
        if len(references) > 1:
            active = clip.node.get("active_media_reference_key")
            others = ", ".join(repr(key) for key in references if key != active)
            yield Hit(f"Only the active media is taken over, not {others}.", clip)


def nothing_to_import(cut: Cut) -> Iterator[Hit]:
    """A timeline that plays no file at all."""
    if not _named(cut):
        yield Hit("No clip names a file, and Kdenlive then leaves the project empty.")


def is_without_media(clip: Item) -> bool:
    """Whether a clip names no file and never did."""
    media = clip.media
    if media is None or kind_of(media) in ("GeneratorReference", "MissingReference"):
        return not _offline_path(media)
    return kind_of(media) == "ExternalReference" and not media.get("target_url") and not _offline_path(media)


def file_url(path: str) -> str:
    """The percent-encoded URL of an absolute path of any system."""
    slashed = path.replace("\\", "/") if _DRIVE.match(path) or path.startswith("\\\\") else path
    if slashed.startswith("//"):
        return "file:" + quote(slashed)
    return "file://" + ("/" if _DRIVE.match(path) else "") + quote(slashed, safe="/:")


def _named(cut: Cut) -> list[tuple[Item, Node, str]]:
    """Clips that name a file: clip, active reference, URL."""
    found = []
    for clip in cut.clips:
        media = clip.media
        if media and kind_of(media) == "ExternalReference" and (url := text_of(media.get("target_url"))):
            found.append((clip, media, url))
    return found


def _is_relative(url: str) -> bool:
    rest = url[5:] if url.lower().startswith("file:") else url
    if rest.startswith(("/", "\\")) or _DRIVE.match(rest):
        return False
    return not re.match(r"[A-Za-z][A-Za-z0-9+.-]+:", rest)


def _rename(reference: Node, url: str) -> None:
    reference["target_url"] = url


def _offline_path(media: Node | None) -> str | None:
    if not media or media.get("target_url"):
        return None
    return text_of(metadata_of(media, "Resolve_OTIO").get("Media Url"))


def _online(media: Node, url: str) -> None:
    media["OTIO_SCHEMA"] = "ExternalReference.1"
    media["target_url"] = url


def _make_gap(clip: Item, cut: Cut) -> None:
    gap = gap_node(rational_time(clip.record_duration, cut.editor.rate))
    gap["markers"] = clip.node.get("markers") or []
    clip.replace(gap)
