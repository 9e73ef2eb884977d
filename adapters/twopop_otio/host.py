"""The OTIO host: one timeline file of any format in, an .otio file out."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from twopop.errors import ChangesUnreadable, OutputUnwritable, TimelineUnreadable
from twopop_actions.changes import ChangeList
from twopop_actions.host import Applied, HostCapabilities
from twopop_actions.timeline import Target, Timeline
from twopop_otio.apply import apply
from twopop_otio.dialects import recognise
from twopop_otio.imports import Imported, read_any
from twopop_otio.seal import announce, is_sealed, put_seal
from twopop_otio.snapshot import snapshot
from twopop_otio.timeline import Document, encode, output_problem, read, write, write_whole
from twopop_otio.undo import undo

_CHANGES_NAME = "changes.json"
_BEFORE_UNDO = "before-undo.otio"


def work_folder(output: Path) -> Path:
    """The folder beside a timeline for what belongs to it: changes, report, rendered sound ("NAME.twopop")."""
    return output.absolute().with_suffix(".twopop")


class OtioHost:
    """A timeline file that is read, and a new one that is written; the first is never touched.

    What is no .otio is read by `twopop_otio.imports`, and the output is plain OTIO then. Making a host raises
    TimelineUnreadable or OutputUnwritable.

    Attributes:
        source: The timeline.
        output: The file to write.
        imported: What was read.
        notes: What did not come along from another format, a sentence each.
    """

    def __init__(
        self, source: Path, output: Path, imported: Imported | None = None, *, whole_frames: bool = False
    ) -> None:
        """Reads the timeline.

        Args:
            source: The timeline.
            output: The file to write.
            imported: The timeline as it was read and relinked; None: it is read here. The media inside an .otioz is
                unpacked into the work folder.
            whole_frames: Whether the output is to hold whole frames only, as other formats that it may go to do.
        """
        self.source = source.absolute()
        self.output = output.absolute()
        _check_output(self.source, self.output)
        self.imported = imported or read_any(self.source, unpack_to=work_folder(self.output) / "media")
        self.notes = self.imported.notes
        self._document = self.imported.document
        self._dialect = recognise(self._document.root, self._document.rate)
        self._whole_frames = whole_frames
        self._timeline = self._checked(self._document)

    @property
    def capabilities(self) -> HostCapabilities:
        """What the editor that wrote the file can do."""
        able = self._dialect.capabilities
        return replace(able, sub_frame=False) if self._whole_frames else able

    @property
    def work_folder(self) -> Path:
        """The folder beside the output."""
        return work_folder(self.output)

    def read(self, after: ChangeList | None = None) -> Timeline:
        """The timeline as it stands in the file, or as it would be after some changes."""
        return self._checked(apply(self._document, after, self._dialect)) if after else self._timeline

    def selection(self) -> tuple[Target, ...]:
        """Nothing: a file knows no selection."""
        return ()

    def apply(self, changes: ChangeList, only: Collection[str] = ()) -> Applied:
        """Writes the new timeline and, in its work folder, the changes that it holds.

        Raises:
            TimelineMoved: A target changed since the list was made.
            OptionInvalid: An id of `only` is not in the list.
            ChangeUnsupported: The dialect cannot say one of them.
            OutputUnwritable: The output cannot be written.
        """
        changes = changes.only(only) if only else changes
        self.capabilities.check(changes.changes, changes.timebase)
        present = self._timeline.applied
        document = apply(self._document, changes, self._dialect)
        _check_output(self.source, self.output)  # somebody may have edited it while this was planned
        self._keep(changes, present)
        data = encode(document)
        announce(self.work_folder, data)
        write_whole(self.output, data)
        put_seal(self.output, self.work_folder)
        ids = [change.id for change in changes.changes]
        return Applied(
            str(self.output), tuple(i for i in ids if i not in present), tuple(i for i in ids if i in present)
        )

    def undo(self) -> tuple[str, ...]:
        """Takes back, in the output, what was applied to it; where there is none yet, it is made of the source."""
        if self.output.exists():
            return undo_file(self.output)
        return undo_file(self.source, self.output) if self._timeline.applied else ()

    def _keep(self, changes: ChangeList, present: frozenset[str]) -> None:
        """Saves what the output holds, for undoing: what was in the input first."""
        folder = work_folder(self.output)
        earlier = _kept_changes(self.source) if present else None
        if earlier:
            new = {change.id for change in changes.changes}
            kept = (change for change in earlier.changes if change.id in present - new)
            changes = replace(changes, changes=(*kept, *changes.changes))
        try:
            folder.mkdir(exist_ok=True)
        except OSError as problem:
            raise OutputUnwritable.at(str(folder), output_problem(problem)) from problem
        write_whole(folder / _CHANGES_NAME, changes.dumps().encode("utf-8", "surrogatepass"))

    def _checked(self, document: Document) -> Timeline:
        try:
            return snapshot(document, self._dialect)
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise TimelineUnreadable.at(str(self.source), f"cannot be understood: {problem}") from problem


def _check_output(source: Path, output: Path) -> None:
    """Raises early, before hours are spent, when an output cannot work."""
    if output == source or (output.exists() and source.exists() and output.samefile(source)):
        raise OutputUnwritable.at(str(output), "it is the timeline that is read; name another file")
    if output.is_dir():
        raise OutputUnwritable.at(str(output), "it is a folder; name a file in it")
    if output.suffix.lower() != ".otio":
        raise OutputUnwritable.at(str(output), "its name must end in .otio")
    if output.exists() and not (work_folder(output) / _CHANGES_NAME).exists():
        raise OutputUnwritable.at(str(output), "it exists, and no conform wrote it; name another file")
    if output.exists() and not is_sealed(output, work_folder(output)):
        raise OutputUnwritable.at(str(output), "it was edited since it was conformed; name another file")
    if not output.parent.is_dir():
        raise OutputUnwritable.at(str(output), "its folder does not exist")
    if not os.access(output.parent, os.W_OK):
        raise OutputUnwritable.at(str(output), "its folder may not be written to")


def undo_file(path: Path, output: Path | None = None) -> tuple[str, ...]:
    """Takes back what was applied to a timeline.

    One that somebody edited since is first copied to "before-undo.otio" in its work folder: clips that we placed go
    with all that was done to them.

    Args:
        path: A timeline that this host wrote.
        output: Where to write the result, a new file; None: in its place.

    Returns:
        The ids of the changes that were taken back; where there are none, the file in place is not touched.

    Raises:
        TimelineUnreadable: It cannot be read.
        ChangesUnreadable: Its change list is damaged.
        OutputUnwritable: The result cannot be written.
    """
    if output and output.exists() and not (path.exists() and output.samefile(path)):
        raise OutputUnwritable.at(str(output), "it exists; name another file")
    document = read(path)
    dialect = recognise(document.root, document.rate)
    restored, ids = undo(document, _kept_changes(path), dialect)
    sealed = is_sealed(path, work_folder(path))
    if ids and not sealed and not output and work_folder(path).is_dir():
        write_whole(work_folder(path) / _BEFORE_UNDO, path.read_bytes())  # somebody worked on what goes now
    if ids or output:
        write(restored, output or path)
    if ids and sealed and not output:
        put_seal(path, work_folder(path))
    return ids


def _kept_changes(path: Path) -> ChangeList | None:
    kept = work_folder(path) / _CHANGES_NAME
    try:
        return ChangeList.loads(kept.read_text(encoding="utf-8"), str(kept))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as problem:
        raise ChangesUnreadable.at(str(kept), str(problem)) from problem
