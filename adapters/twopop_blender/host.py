"""The Blender host: one scene's sequencer as it was when this was made; changes land in the open .blend."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

import bpy

from twopop.errors import ChangeUnsupported, HostFailed, TimelineMissing, TimelineMoved
from twopop.locations import data_folder
from twopop_actions.changes import AddMarker, Change, ChangeList, PlaceClip, change_id
from twopop_actions.fold import folded
from twopop_actions.host import Applied, HostCapabilities
from twopop_actions.record import to_json
from twopop_actions.timeline import Target, Timeline
from twopop_blender import edits, lanes
from twopop_blender.edits import HOST
from twopop_blender.notes import Notes
from twopop_blender.snapshot import Shown, shown, snapshot
from twopop_blender.strips import Scene, Strip, all_strips
from twopop_blender.tags import check_strips, load, notes_of

_SESSION = secrets.token_hex(6)
"""Tells this run of Blender from all others: a process's number comes again."""

CAPABILITIES = HostCapabilities(
    host=HOST,
    sub_frame=True,
    takes=False,
    moving=True,
    gain_keys=True,
    disabling=True,
    channel_maps=False,
    markers=True,
    selection=True,
    in_place=True,
)


class BlenderHost:
    """A scene's sequencer. Make it, and call `apply` and `undo`, in Blender's main thread.

    Making one raises TimelineMissing when there is nothing in the sequencer, and TimelineUnreadable, as its methods do,
    when a custom property that would be ours is not.
    """

    def __init__(self, scene: Scene | None) -> None:
        if scene is None or next(all_strips(scene), None) is None:
            raise TimelineMissing(f"{HOST}: the sequencer holds no strips; add a movie to it and try again", host=HOST)
        check_strips(all_strips(scene))
        self._name, self._uid, self._file = scene.name, scene.session_uid, bpy.data.filepath
        self._work_folder = _work_folder(scene)
        self._timeline = snapshot(scene)
        chosen = {(item.channel - 1, item.path) for item in shown(scene) if item.selected}
        self._selection = tuple(c.target for c in self._timeline.clips if (c.target.track, c.target.path) in chosen)

    @property
    def capabilities(self) -> HostCapabilities:
        """What Blender can do."""
        return CAPABILITIES

    @property
    def work_folder(self) -> Path:
        """The folder beside the .blend; in the user's data folder when it is unsaved or its folder is read-only."""
        return self._work_folder

    def read(self, after: ChangeList | None = None) -> Timeline:
        """The timeline as it was, or as it would be after some changes."""
        return folded(self._timeline, after) if after else self._timeline

    def selection(self) -> tuple[Target, ...]:
        """What was selected."""
        return self._selection

    def apply(self, changes: ChangeList, only: Collection[str] = ()) -> Applied:
        """Makes the changes in the open file, all or none; it is not saved.

        Raises:
            OptionInvalid: An id of `only` is not in the list.
            ChangeUnsupported: Blender, or a strip, cannot take one of them.
            TimelineMoved: A target is gone, was moved or changed.
            HostFailed: The file was closed, or Blender did not take something; nothing is left half done.
        """
        changes = changes.only(only) if only else changes
        self.capabilities.check(changes.changes, changes.timebase)
        scene = self._scene()
        now = snapshot(scene)
        present = now.applied
        wanted = [change for change in changes.changes if change.id not in present]
        targets = _check(scene, now, wanted, changes)
        places = [change for change in wanted if isinstance(change, PlaceClip)]
        channels = lanes.channels_for(scene, places, changes.timebase.rate)
        notes = Notes.of(scene)
        earlier = {mark.change for mark in notes.marks}
        with contextlib.ExitStack() as on_failure:
            on_failure.callback(_take_back, scene, notes, {change.id for change in wanted})
            try:
                for change in wanted:
                    _make(scene, change, targets[change.id].strip, channels, changes.timebase.rate, notes)
            except RuntimeError as problem:  # it is how Blender says no
                raise HostFailed.of(HOST, f"{problem}; nothing was changed") from problem
            on_failure.pop_all()
        lanes.name_channels(scene, channels, notes)
        lanes.unmark(scene, notes, {change.clip for change in places}, earlier)  # refusals that are answered now
        notes.changes += [{"change": type(change).__name__} | to_json(change) for change in wanted]
        notes.folder = str(self._work_folder)
        notes.save(scene)
        ids = [change.id for change in changes.changes]
        return Applied(
            output=scene.name,
            applied=tuple(i for i in ids if i not in present),
            present=tuple(i for i in ids if i in present),
            notes=_rounded(wanted, changes.timebase.rate),
        )

    def undo(self) -> tuple[str, ...]:
        """Takes back all that was applied to the scene, but for what somebody changed since on strips of their own.

        Strips that we placed go, with their parts and copies, whatever was done to them.

        Raises:
            HostFailed: The file was closed.
        """
        scene = self._scene()
        ids = _change_ids(scene)
        _take_back(scene, Notes.of(scene), None)
        Notes().save(scene)
        return ids

    def _scene(self) -> Scene:
        """The scene, wherever Blender keeps it now: its own undo moves it, opening a file takes it away."""
        scene = next((scene for scene in bpy.data.scenes if scene.session_uid == self._uid), None)
        if scene is None or scene.sequence_editor is None:
            raise HostFailed.of(HOST, f"the scene {self._name} was closed meanwhile; nothing was changed")
        if not scene.is_editable:
            raise HostFailed.of(HOST, f"the scene {self._name} is linked from another .blend; work in that file")
        check_strips(all_strips(scene))
        return scene


def _work_folder(scene: Scene) -> Path:
    """Beside the .blend; for an unsaved or read-only one, and for one that was such when we began, the data folder.

    An unsaved file's is its own: File > New makes a scene of the same name in the same process, with another number.
    """
    noted = Notes.of(scene).folder
    file = Path(bpy.data.filepath).absolute() if bpy.data.filepath else None
    beside = file.with_suffix(".twopop") if file else None
    if beside and beside.is_dir():
        return beside
    if noted and Path(noted).is_dir():
        return Path(noted)
    if beside and os.access(beside.parent, os.W_OK):
        return beside
    name = f"{file.stem}-{change_id(str(file))}" if file else f"{scene.name}-{_SESSION}-{scene.session_uid}"
    return data_folder() / f"{bpy.path.clean_name(name)}.twopop"


def _check(scene: Scene, now: Timeline, wanted: Sequence[Change], changes: ChangeList) -> dict[str, Shown]:
    """The strip of each change's target; raises when one is gone, moved on, locked or unfit."""
    if now.timebase.rate != changes.timebase.rate:
        raise TimelineMoved.at(f"the frame rate of {scene.name}")
    strips = {item.strip.name: item for item in shown(scene)}
    there = {clip.target.id: _stand(clip.target) for clip in now.clips}
    targets = {}
    for change in wanted:
        name = change.target.id or change.target.name
        if there.get(name) != _stand(change.target):
            raise TimelineMoved.at(str(change.target))
        _check_one(scene, change, strips[name], changes)
        targets[change.id] = strips[name]
    return targets


def _stand(target: Target) -> tuple[Fraction, Fraction, str]:
    """What of a target may not have changed."""
    return target.record_start, target.record_duration, target.digest


def _check_one(scene: Scene, change: Change, item: Shown, changes: ChangeList) -> None:
    if isinstance(change, PlaceClip):
        if not os.path.isfile(change.media.path):
            raise HostFailed.of(HOST, f"{change.media.path} is gone; run the action again")
        return
    if item.locked and not isinstance(change, AddMarker):
        what = "its channel or strip is locked; unlock it and plan again."
        raise ChangeUnsupported.of(HOST, change.describe(changes.timebase), what)
    edits.check(item.strip, scene, change, changes.timebase)


def _make(
    scene: Scene, change: Change, strip: Strip, channels: Mapping[str, int], rate: Fraction, notes: Notes
) -> None:
    if isinstance(change, PlaceClip):
        lanes.place(scene, change, channels[change.track], rate)
    elif isinstance(change, AddMarker):
        lanes.mark(scene, change, int(change.target.record_start * rate), notes)
    else:
        edits.make(strip, scene, change, rate)


def _take_back(scene: Scene, notes: Notes, ids: Collection[str] | None) -> None:
    """Takes back changes; None: all of them."""
    for strip in list(all_strips(scene)):
        edits.take_back(strip, scene, ids)
    lanes.remove_placed(scene, notes, ids)
    lanes.unmark(scene, notes, ids=ids)


def _change_ids(scene: Scene) -> tuple[str, ...]:
    """Ids of what is applied, in the order of applying."""
    on_strips = [str(load(strip)["change"]) for strip in all_strips(scene) if "change" in load(strip)]
    on_strips += [note.change for strip in all_strips(scene) for note in notes_of(strip)]
    there = {*on_strips, *(mark.change for mark in Notes.of(scene).marks)}
    noted = [str(change.get("id")) for change in Notes.of(scene).changes]
    return tuple(dict.fromkeys(i for i in (*noted, *on_strips) if i in there))


def _rounded(changes: Iterable[Change], rate: Fraction) -> tuple[str, ...]:
    """What became of edges that lay between frames."""
    places = [change for change in changes if isinstance(change, PlaceClip)]
    odd = sum((c.record_start * rate).denominator > 1 or (c.media.duration * rate).denominator > 1 for c in places)
    if not odd:
        return ()
    return (f"{odd} new strip(s) begin or end on the nearest frame; their sound lies where it belongs.",)
