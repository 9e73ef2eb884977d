"""The step itself: probe, scan, match, choose, render, and the changes that follow."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal

from twopop.v1 import media_pb2
from twopop_actions.changes import Change, PlaceClip
from twopop_actions.engine import Engine, part_of
from twopop_actions.host import HostCapabilities
from twopop_actions.sync.cameras import Camera, PlacedSound, Standing, examine
from twopop_actions.sync.coverage import Choice, choose, subtract, total
from twopop_actions.sync.lanes import Lanes
from twopop_actions.sync.matching import Matches, find_recordings, match_all, unused_notes
from twopop_actions.sync.outcome import Match, Outcome, as_sentence, partial_marker, refusal_of, refuse
from twopop_actions.sync.placement import Part, parts_of, place
from twopop_actions.sync.rendering import Files, render_parts
from twopop_actions.sync.scratch import Scratch, describe, silence
from twopop_actions.sync.slots import Slot, find_slots
from twopop_actions.timeline import Timeline
from twopop_client.connection import Watch

OwnSound = Literal["slip", "mark", "keep"]

_LOCKED = "its scratch sound lies on a locked track; unlock the track, or keep the scratch sound."


@dataclass(frozen=True)
class SyncOptions:
    """What a user may set.

    Attributes:
        sound: Folders or files with recorder sound.
        output_dir: Where rendered sound goes; made when needed.
        handles_s: Sound to render beyond the part used, on either side, in seconds.
        scratch: What becomes of the camera's sound where recorder sound takes its place.
        render: Whether to render; without, a plan names the files that would be made.
        places: Track and path of the clips to serve; None: all.
        own_sound: What becomes of a clip's own sound that is out of sync with its picture.
    """

    sound: tuple[Path, ...]
    output_dir: Path
    handles_s: Fraction = Fraction(10)
    scratch: Scratch = "mute"
    render: bool = True
    places: frozenset[tuple[int, tuple[int, ...]]] | None = None
    own_sound: OwnSound = "slip"


@dataclass(frozen=True)
class SyncPlan:
    """What the step came to.

    Attributes:
        outcomes: One for each slot, by record time.
        notes: What else is worth telling.
    """

    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes, by record time."""
        return tuple(change for outcome in self.outcomes for change in outcome.changes)


@dataclass(frozen=True)
class _Draft:
    """A slot and the sound chosen for it, before anything is rendered."""

    camera: Camera
    choices: tuple[Choice, ...]
    parts: tuple[tuple[Part, str], ...]
    server: str | None  # the camera clip that brought sound which this one shares
    frame_s: Fraction

    @property
    def open_s(self) -> Fraction:
        """What of the slot no recording covers, in seconds."""
        spans = [span for choice in self.choices for span in choice.parts]
        return total(subtract([self.camera.used], spans))


def plan_sync(
    timeline: Timeline, capabilities: HostCapabilities, engine: Engine, options: SyncOptions, watch: Watch | None = None
) -> SyncPlan:
    """Plans recorder sound for all camera clips of a timeline.

    Args:
        timeline: What the host read.
        capabilities: What the host can do.
        engine: Measures and renders.
        options: What the user set.
        watch: Called with the progress of the whole.

    Returns:
        Outcomes and notes. A clip that cannot be served is refused; it never fails the others.

    Raises:
        OutputUnwritable: `output_dir` cannot be made.
        TwopopError: The engine failed.
    """
    slots = [slot for slot in find_slots(timeline) if options.places is None or slot.lies_in(options.places)]
    placed = PlacedSound(timeline.clips)
    locked = frozenset(track.index for track in timeline.tracks if track.locked)
    frame_s, missing = 1 / timeline.timebase.rate, placed.missing(engine)
    standings = [(slot, placed.standing(slot, frame_s, missing)) for slot in slots]
    barred = [slot for slot, standing in standings if not standing and _is_barred(slot, locked, options)]
    wanted = [slot for slot, standing in standings if not standing and slot not in barred]
    cameras, outcomes, silent = examine(wanted, engine, part_of(watch, 0, 0.05))
    outcomes += [_present(slot, standing, capabilities, options) for slot, standing in standings if standing]
    outcomes += [refuse(slot, "locked", _LOCKED) for slot in barred]
    notes = [f"{len(silent)} picture clip(s) without sound of their own are left alone."] if silent else []
    if cameras:
        paths = sorted({camera.path for camera in cameras})
        recordings, unread = find_recordings(options.sound, paths, engine, part_of(watch, 0.05, 0.1))
        cameras, laid = _without_laid(cameras, recordings, timeline)
        outcomes += laid
        paths = sorted({camera.path for camera in cameras})
        matches = match_all(paths, recordings, engine, part_of(watch, 0.1, 0.8))
        drafts = _draft(cameras, matches, timeline, capabilities, options)
        parts = [part for draft in drafts for part, _ in draft.parts]
        files = render_parts(parts, engine, options.output_dir, options.render, part_of(watch, 0.8, 1))
        outcomes += [_outcome(draft, matches[draft.camera.path], files, capabilities, options) for draft in drafts]
        used = {choice.cover.recording.id for draft in drafts for choice in draft.choices}
        used |= _on_timeline(recordings, timeline)
        notes += [*unread, *unused_notes(recordings, matches.values(), used)]
    order = {slot.id: index for index, slot in enumerate(slots)}
    outcomes = [_without_locked(outcome, locked) for outcome in outcomes]
    return SyncPlan(tuple(sorted(outcomes, key=lambda outcome: order[outcome.slot.id])), tuple(notes))


def _present(slot: Slot, standing: Standing, capabilities: HostCapabilities, options: SyncOptions) -> Outcome:
    """What is to be said of sound that is there; its scratch sound is silenced if that is asked for only now."""
    if standing.reason:
        return refuse(slot, standing.reason, standing.sentence)
    changes = silence(slot, options.scratch, capabilities, slot.id) if standing.whole else ()
    return Outcome(slot, "present", "An earlier run placed its sound.", changes=changes)


def _without_laid(
    cameras: Sequence[Camera], recordings: Sequence[media_pb2.Recording], timeline: Timeline
) -> tuple[list[Camera], list[Outcome]]:
    """The cameras under which no recorder's sound lies yet; what is to be said of the others.

    Such sound carries no tag when somebody else laid it, or when the timeline went through another format.
    """
    files = {path for recording in recordings for path in recording.paths}
    sounds = [c for c in timeline.clips if c.kind == "audio" and c.enabled and c.media and c.media.path in files]
    left, outcomes = [], []
    for camera in cameras:
        slot = camera.slot
        under = next((c for c in sounds if 2 * slot.shared(c) >= min(slot.duration, c.record_duration)), None)
        if under is None:
            left.append(camera)
        else:
            outcomes.append(Outcome(slot, "present", f"{under.name} lies under it already; nothing was added."))
    return left, outcomes


def _on_timeline(recordings: Sequence[media_pb2.Recording], timeline: Timeline) -> set[str]:
    """Recordings that play somewhere on the timeline, as they are or rendered."""
    playing = {clip.media.path for clip in timeline.clips if clip.media}
    playing |= {str(clip.tag["recording"]) for clip in timeline.clips if "recording" in clip.tag}
    return {recording.id for recording in recordings if playing & set(recording.paths)}


def _is_barred(slot: Slot, locked: Collection[int], options: SyncOptions) -> bool:
    """Whether its scratch sound would have to be silenced on a track that the user locked."""
    return options.scratch != "keep" and any(clip.target.track in locked for clip in slot.scratch)


def _without_locked(outcome: Outcome, locked: Collection[int]) -> Outcome:
    """An outcome that changes nothing on locked tracks: markers are left out there."""
    kept = (c for c in outcome.changes if isinstance(c, PlaceClip) or c.target.track not in locked)
    return replace(outcome, changes=tuple(kept))


def _draft(
    cameras: Sequence[Camera], matches: dict[str, Matches], timeline: Timeline, capabilities: HostCapabilities,
    options: SyncOptions,
) -> list[_Draft]:  # fmt: skip
    """Chooses recordings for each slot and tracks for their channels, by record time."""
    lanes = Lanes(timeline)
    drafts = []
    for camera in sorted(cameras, key=lambda camera: camera.slot.record_start):
        choices = choose(matches[camera.path].covers, camera.used)
        parts: list[tuple[Part, str]] = []
        server = None
        for choice in choices:
            for part in parts_of(camera.slot, camera.used, choice, timeline.timebase, capabilities, options.handles_s):
                if found := lanes.server(part):
                    server = found
                else:
                    parts.append((part, lanes.take(part)))
        drafts.append(_Draft(camera, choices, tuple(parts), server, 1 / timeline.timebase.rate))
    return drafts


def _outcome(
    draft: _Draft, matches: Matches, files: Files, capabilities: HostCapabilities, options: SyncOptions
) -> Outcome:
    slot, used = draft.camera.slot, draft.camera.used
    if not draft.choices:
        return _refusal(draft, matches)
    changes: list[Change] = [place(part, track, files.get(id(part))) for part, track in draft.parts]
    names = ", ".join(choice.cover.recording.name for choice in draft.choices)
    tracks = ", ".join(dict.fromkeys(track for _, track in draft.parts)) or "another camera's tracks"
    how = "linked" if all(part.linked for part, _ in draft.parts) else "rendered, drift corrected"
    sentence = f"{names} on {tracks}, {how}."
    if draft.open_s > draft.frame_s:
        changes.append(partial_marker(slot, draft.open_s))
        sentence += f" {float(draft.open_s):.2f} s have no recorder sound; scratch sound is left on."
    else:
        bringer = slot.id if draft.parts else draft.server or slot.id  # so that no part mutes without sound in place
        muted = silence(slot, options.scratch, capabilities, bringer)
        changes += muted
        sentence += " " + describe(muted, slot, options.scratch)
    pairs = tuple(Match(choice.cover.recording, choice.cover.pair) for choice in draft.choices)
    return Outcome(slot, "placed", sentence, "", used, pairs, tuple(changes))


def _refusal(draft: _Draft, matches: Matches) -> Outcome:
    slot, used = draft.camera.slot, draft.camera.used
    if matches.problem:
        return refuse(slot, "unreadable", as_sentence(matches.problem.message), used)
    if matches.covers:
        best = matches.covers[0]
        sentence = f"{best.recording.name} belongs to this camera file but does not cover the part that the clip uses."
        return refuse(slot, "not_covered", sentence, used, Match(best.recording, best.pair))
    reason, sentence, closest = refusal_of(matches.all)
    return refuse(slot, reason, sentence, used, closest)
