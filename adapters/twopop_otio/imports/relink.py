"""Finding missing media in folders: by reel and source timecode, then by name and duration.

Nothing is guessed: when several files answer, all are listed and none is taken. A clip's source range stays as it is;
the new reference's available range begins at the file's label, so that the range shows the same frames.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from twopop_actions.engine import Engine
from twopop_actions.timeline import Timebase
from twopop_client.connection import Watch
from twopop_otio.dialects import Dialect, recognise
from twopop_otio.imports.folders import media_files
from twopop_otio.imports.imported import Notes
from twopop_otio.imports.linked_clip import LinkedClip
from twopop_otio.imports.wanted import File, Wanted
from twopop_otio.layout import placements
from twopop_otio.snapshot import timebase
from twopop_otio.tags import copy_of
from twopop_otio.timeline import Document, name_of

LinkState = Literal["linked", "ambiguous", "missing"]


@dataclass(frozen=True)
class LinkEvent:
    """What came of one clip's media.

    Attributes:
        clip: The clip's name.
        track: Name of its track.
        timecode: Record timecode of its first frame.
        reel: What it says of its tape or card; empty when nothing.
        state: Whether its media is there now.
        path: The file; None unless linked.
        candidates: The files that answer to an ambiguous one.
        why: How it was found, or why not, a sentence.
    """

    clip: str
    track: str
    timecode: str
    reel: str
    state: LinkState
    path: str | None
    candidates: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Relinked:
    """A timeline whose media was looked for.

    Attributes:
        document: The timeline; the one given is untouched.
        events: One for each clip that plays a file, by track and time.
        notes: Folders and files that could not be read.
    """

    document: Document
    events: tuple[LinkEvent, ...]
    notes: tuple[str, ...]


def relink(document: Document, folders: Iterable[Path], engine: Engine, watch: Watch | None = None) -> Relinked:
    """Looks for the media of clips whose file is missing or not named.

    Args:
        document: A timeline, of any dialect.
        folders: Where to look, sub-folders too.
        engine: Reads the files that are found.
        watch: Watches that.

    Returns:
        The timeline with new media references, and what came of each clip.

    Raises:
        OptionInvalid: One of the folders is none.
        TwopopError: The engine failed.
    """
    document = replace(document, root=copy_of(document.root))
    notes = Notes()
    dialect = recognise(document.root, document.rate)
    searched = [folder.absolute() for folder in folders]
    clips = [LinkedClip.of(found, document, dialect) for found in placements(document.tracks, dialect.record_duration)]
    clips = [clip for clip in clips if clip.plays_file]
    offline = any(clip.is_offline for clip in clips)
    paths = media_files(searched, notes) if offline else []
    named = [Path(clip.location.path) for clip in clips if clip.is_unlabelled and clip.location.path]
    files = _probed([*paths, *named], searched, engine, notes, watch)
    pool = [files[path] for path in paths if path in files]
    return Relinked(document, _linked(clips, pool, files, timebase(document), dialect), notes.sentences())


def _linked(
    clips: list[LinkedClip], pool: list[File], files: dict[Path, File], base: Timebase, dialect: Dialect
) -> tuple[LinkEvent, ...]:  # fmt: skip
    """Links each clip, pictures first: sound follows the picture that it is linked with."""
    events: dict[int, LinkEvent] = {}
    chosen: dict[str, Path] = {}
    for index, clip in sorted(enumerate(clips), key=lambda item: item[1].placement.kind == "audio"):
        found = _decided(clip, pool, files, chosen.get(clip.link or ""))
        if isinstance(found, File):
            clip.refer(found, dialect)
            if clip.link is not None:
                chosen.setdefault(clip.link, found.path)
            event = _event(clip, base, "linked", str(found.path), (), _how(clip, found))
        else:
            state, path, candidates, why = found
            event = _event(clip, base, state, path, candidates, why)
        events[index] = event
    return tuple(events[index] for index in sorted(events))


_Answer = tuple[LinkState, str | None, tuple[str, ...], str]


def _decided(clip: LinkedClip, pool: list[File], files: dict[Path, File], partner: Path | None) -> File | _Answer:
    """The file to link, or what there is to say instead."""
    if not clip.is_offline and clip.location.path:
        path = Path(clip.location.path)
        file = files.get(path) if clip.is_unlabelled else None
        return file or ("linked", str(path), (), "the timeline names it, and it is there")
    wanted = clip.wanted
    usable = [file for file in pool if file.carries(wanted.kind)]
    of_reel = [file for file in usable if wanted.is_of_reel(file)]
    answers = [file for file in of_reel if wanted.is_at_timecode(file)]
    if not answers:
        answers = [file for file in usable if wanted.is_named(file) and wanted.is_as_long(file)]
    answers = _narrowed(answers, wanted, partner)
    if len(answers) == 1:
        return answers[0]
    if answers:
        why = f"{len(answers)} files answer to it; none was chosen"
        return "ambiguous", None, tuple(str(file.path) for file in answers), why
    return "missing", None, (), _why_missing(wanted, usable, of_reel)


def _narrowed(answers: list[File], wanted: Wanted, partner: Path | None) -> list[File]:
    """Several answers cut down by what else is known, as far as that leaves any; links to one file are one answer."""
    answers = list({file.path.resolve(): file for file in reversed(answers)}.values())[::-1]
    for fits in (lambda file: file.path == partner, wanted.is_named_whole, wanted.is_named, wanted.is_as_long):
        if len(answers) > 1:
            answers = [file for file in answers if fits(file)] or answers
    return answers


def _why_missing(wanted: Wanted, usable: list[File], of_reel: list[File]) -> str:
    named = [file for file in usable if wanted.is_named(file)]
    if of_reel:
        return f"{of_reel[0].path.name} is of its reel {wanted.reel}, but its timecode does not hold what the clip uses"
    if named:
        return f"{named[0].path.name} has its name, but not its length, or not what the clip uses"
    said = [f"is of its reel {wanted.reel}"] if wanted.reel else []
    said += [f"is called {wanted.names[0]}"] if wanted.names else []
    return f"no file in the folders {' or '.join(said) or 'can be told to be it: the clip names neither reel nor file'}"


def _how(clip: LinkedClip, file: File) -> str:
    if not clip.is_offline:
        return "the timeline names it, and it is there; its timecode labels the clip's range"
    if clip.wanted.is_of_reel(file) and clip.wanted.is_at_timecode(file):
        return f"by its reel {clip.wanted.reel} and source timecode"
    return "by its name and duration"


def _event(
    clip: LinkedClip, base: Timebase, state: LinkState, path: str | None, candidates: tuple[str, ...], why: str
) -> LinkEvent:  # fmt: skip
    label = base.timecode(clip.placement.record_start)
    name = name_of(clip.placement.node)
    return LinkEvent(name, clip.track, label, clip.wanted.reel, state, path, candidates, why)


def _probed(
    paths: list[Path], searched: list[Path], engine: Engine, notes: Notes, watch: Watch | None
) -> dict[Path, File]:  # fmt: skip
    """What is in files, by path; those that cannot be read are noted."""
    paths = list(dict.fromkeys(paths))
    found = {}
    for path, probed in zip(paths, engine.probe(paths, watch).files if paths else (), strict=True):
        if probed.HasField("info"):
            found[path] = File(path, probed.info, tuple(_folders(path, searched)))
        else:
            notes.add("the file cannot be read as media", str(path))
    return found


def _folders(path: Path, searched: list[Path]) -> Iterator[str]:
    for folder in searched:
        if path.is_relative_to(folder):
            yield from path.parent.relative_to(folder).parts
