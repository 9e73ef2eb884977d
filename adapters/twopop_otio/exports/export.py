"""One timeline out to one format: checked before, written whole or not at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from twopop.errors import OptionInvalid, OutputUnwritable, TimelineUnreadable
from twopop_otio.exports import aaf, edl, fcp7, fcpxml, markers, mlt, reaper
from twopop_otio.exports.cut import Cut
from twopop_otio.exports.flatten import flatten
from twopop_otio.exports.format import Format, note_uncarried
from twopop_otio.exports.losses import Ledger, Loss
from twopop_otio.timeline import Document, write_whole
from twopop_otio.urls import locate

_ALL = (
    Format("mlt", "MLT XML", ".mlt", mlt.CARRIES, mlt.write_mlt),
    Format("fcpxml", "FCPXML 1.10", ".fcpxml", fcpxml.CARRIES, fcpxml.write_fcpxml),
    Format("fcp7xml", "FCP7 XML", ".xml", fcp7.CARRIES, fcp7.write_fcp7),
    Format("aaf", "AAF", ".aaf", aaf.CARRIES, aaf.write_aaf),
    Format("rpp", "REAPER", ".rpp", reaper.CARRIES, reaper.write_rpp),
    Format("edl", "CMX 3600", ".edl", edl.CARRIES, edl.write_edl),
    Format("markers", "marker list", ".csv", markers.CARRIES, markers.write_markers, markers.CONCERNS),
)
FORMATS: dict[str, Format] = {format_.name: format_ for format_ in _ALL}
"""Every format by the name that the command knows."""


@dataclass(frozen=True)
class Exported:
    """What came of an export.

    Attributes:
        path: The file that was asked for.
        files: All files that were written, that one first.
        format: The format's name for people.
        losses: What the files do not carry, or carry in another way.
    """

    path: Path
    files: tuple[Path, ...]
    format: str
    losses: tuple[Loss, ...]


def export(document: Document, to: str, output: Path, *, force: bool = False) -> Exported:
    """Writes a timeline in another format.

    Args:
        document: The timeline; its file is never written to.
        to: A name of `FORMATS`.
        output: The file.
        force: Whether an existing file is replaced.

    Returns:
        What was written, and what that does not carry.

    Raises:
        OptionInvalid: No such format.
        OutputUnwritable: The output exists, is the timeline itself, or cannot be written.
        TimelineUnreadable: An item of the timeline cannot be understood.
    """
    chosen = format_of(to)
    output = output.absolute()
    _check(document, output, force=force)
    contents, losses = _made(document, chosen)
    files = {output.with_name(f"{output.stem}{part}{output.suffix}"): data for part, data in contents.items()}
    for path in files:
        _check(document, path, force=force)
    _write(files)
    return Exported(output, tuple(files), chosen.title, losses)


def losses_by_format(document: Document) -> dict[str, tuple[Loss, ...]]:
    """What each format would not carry of a timeline, by the format's name for people; nothing is written.

    Raises:
        TimelineUnreadable: An item of the timeline cannot be understood.
    """
    return {chosen.title: _made(document, chosen)[1] for chosen in FORMATS.values() if chosen.concerns is None}


def _made(document: Document, chosen: Format) -> tuple[Mapping[str, bytes], tuple[Loss, ...]]:
    """A format's files by what is added to the output's name, and what they do not carry."""
    ledger = Ledger()
    cut = _flat(document, ledger)
    note_uncarried(cut, chosen.carries, ledger)
    contents = chosen.write(cut, ledger)
    losses = ledger.losses(chosen.title)
    return contents, tuple(loss for loss in losses if chosen.concerns is None or loss.kind in chosen.concerns)


def format_of(name: str) -> Format:
    """The format of a name.

    Raises:
        OptionInvalid: There is none.
    """
    if name.lower() not in FORMATS:
        raise OptionInvalid.of("--to", f"there is no format {name!r}; it is one of {', '.join(FORMATS)}")
    return FORMATS[name.lower()]


def _flat(document: Document, ledger: Ledger) -> Cut:
    try:
        return flatten(document, ledger)
    except (ValueError, KeyError, TypeError, AttributeError) as problem:
        raise TimelineUnreadable.at(str(document.path), f"cannot be understood: {problem}") from problem


def _check(document: Document, output: Path, *, force: bool) -> None:
    if output == document.path or (output.exists() and document.path.exists() and output.samefile(document.path)):
        raise OutputUnwritable.at(str(output), "it is the timeline that is read; name another file")
    if output.is_dir():
        raise OutputUnwritable.at(str(output), "it is a folder; name a file in it")
    if not output.parent.is_dir():
        raise OutputUnwritable.at(str(output), "its folder does not exist")
    if output.exists() and output.resolve() in _media(document.root, document.path.parent):
        raise OutputUnwritable.at(str(output), "it is media that the timeline plays; name another file")
    if output.exists() and not force:
        raise OutputUnwritable.at(str(output), "it exists; name another file, or say --force to replace it")


def _media(node: object, folder: Path) -> Iterator[Path]:
    """All files that a timeline names, takes too."""
    if isinstance(node, dict):
        if isinstance(node.get("target_url"), str) and (found := locate(node["target_url"], folder)).path:
            yield Path(found.path).resolve()
        for value in node.values():
            yield from _media(value, folder)
    elif isinstance(node, list):
        for value in node:
            yield from _media(value, folder)


def _write(files: dict[Path, bytes]) -> None:
    """Writes all files or, when one cannot be written, none that was not there before."""
    new = [path for path in files if not path.exists()]
    written: list[Path] = []
    try:
        for path, data in files.items():
            write_whole(path, data)
            written.append(path)
    except OutputUnwritable:
        for path in written:
            if path in new:
                path.unlink(missing_ok=True)
        raise
