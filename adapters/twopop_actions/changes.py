"""The change list: the only thing that a host applies.

It is plain data, saved as JSON, shown by `--dry-run`, applied in whole or in part, and reversible. Every change names
its target with a digest of what was read there; a host refuses when the timeline moved on. Ids follow from what a
change does, so that the same plan has the same ids, and a host can tell what a timeline holds already.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from twopop.errors import ChangesUnreadable, OptionInvalid
from twopop_actions.record import from_json, to_json
from twopop_actions.timeline import Scalar, Target, Timebase

VERSION = 1
"""Of the JSON form; raised when an older reader would misread it."""


def change_id(*parts: object) -> str:
    """Eight hexadecimal digits that follow from what a change does."""
    return hashlib.sha256(json.dumps([to_json(part) for part in parts]).encode()).hexdigest()[:8]


@dataclass(frozen=True)
class MediaStretch:
    """A media file and the part of it that a clip plays.

    Attributes:
        path: Absolute path.
        start: Where the part begins, in seconds on the file's clock.
        duration: Length of the part, in seconds.
        file_duration: Length of the file, in seconds.
        sample_rate_hz: Samples per second.
        channels: Which of the file's channels play, from 0; empty: all.
        time_reference: Samples since midnight of the file's first sample (bext); -1 when it has none.
    """

    path: str
    start: Fraction
    duration: Fraction
    file_duration: Fraction
    sample_rate_hz: int
    channels: tuple[int, ...]
    time_reference: int


@dataclass(frozen=True)
class PlaceClip:
    """Puts a new clip on a new track.

    Attributes:
        id: Follows from what it does.
        clip: Id of the camera clip that it serves, for applying in part.
        target: The camera clip that it is in sync with.
        track: Name of the audio track; made where it does not exist.
        name: Name of the new clip.
        record_start: Where it begins, in seconds of record time.
        media: What it plays.
        original: The untouched source where `media` was rendered from one; its stretch is the matching one.
        link: The host's link group to join; None for none.
        tag: What is known of it: model, offset, drift, scene, take, ...
    """

    id: str
    clip: str
    target: Target
    track: str
    name: str
    record_start: Fraction
    media: MediaStretch
    original: MediaStretch | None
    link: str | None
    tag: Mapping[str, Scalar]

    def describe(self, timebase: Timebase) -> str:
        """What it does, in a sentence."""
        made = "rendered from" if self.original else "linked to"
        source = Path((self.original or self.media).path).name
        return (
            f"Place {self.name} on track {self.track} at {timebase.timecode(self.record_start)} for "
            f"{float(self.media.duration):.3f} s, in sync with {self.target.name}, {made} {source}."
        )


@dataclass(frozen=True)
class AddTake:
    """Adds an alternate media reference to a clip; the original stays.

    Attributes:
        id: Follows from what it does.
        clip: Id of the camera clip that it serves.
        target: The clip.
        key: Name of the new reference.
        media: The new media; its `start` takes the place of what the clip plays now.
        active: Whether the clip plays the new reference from now on.
        tag: What is known of it.
    """

    id: str
    clip: str
    target: Target
    key: str
    media: MediaStretch
    active: bool
    tag: Mapping[str, Scalar]

    def describe(self, timebase: Timebase) -> str:
        """What it does, in a sentence."""
        verb = "Switch" if self.active else "Offer"
        at = timebase.timecode(self.target.record_start)
        return f"{verb} {self.target.name} at {at} to the take {self.key} ({Path(self.media.path).name})."


@dataclass(frozen=True)
class SlipAudio:
    """Moves what an audio clip plays under its unmoved edges.

    Attributes:
        id: Follows from what it does.
        clip: Id of the camera clip that it serves.
        target: The audio clip.
        delay_s: > 0: the sound comes later.
    """

    id: str
    clip: str
    target: Target
    delay_s: Fraction

    def describe(self, timebase: Timebase) -> str:
        """What it does, in a sentence."""
        way = "later" if self.delay_s > 0 else "earlier"
        at = timebase.timecode(self.target.record_start)
        return f"Slip {self.target.name} at {at} by {abs(float(self.delay_s)) * 1000:.3f} ms {way}."


@dataclass(frozen=True)
class SetEnabled:
    """Switches a clip on or off.

    Attributes:
        id: Follows from what it does.
        clip: Id of the camera clip that it serves.
        target: The clip.
        enabled: Whether it plays from now on.
        why: The reason, for people.
    """

    id: str
    clip: str
    target: Target
    enabled: bool
    why: str

    def describe(self, timebase: Timebase) -> str:
        """What it does, in a sentence."""
        verb = "Enable" if self.enabled else "Disable"
        return f"{verb} {self.target.name} at {timebase.timecode(self.target.record_start)}: {self.why}."


@dataclass(frozen=True)
class GainKey:
    """Gain at a moment.

    Attributes:
        at: Seconds from the clip's beginning.
        gain_db: Gain in dB; None: silence.
    """

    at: Fraction
    gain_db: float | None


@dataclass(frozen=True)
class SetGainKeys:
    """Sets a clip's gain: one key for a constant gain, several for a curve.

    Attributes:
        id: Follows from what it does.
        clip: Id of the camera clip that it serves.
        target: The clip.
        keys: At least one, by time.
        was: What the host needs to put the old gain back (`Clip.gain`).
        why: The reason, for people.
    """

    id: str
    clip: str
    target: Target
    keys: tuple[GainKey, ...]
    was: str | None
    why: str

    def describe(self, timebase: Timebase) -> str:
        """What it does, in a sentence."""
        at = timebase.timecode(self.target.record_start)
        if len(self.keys) > 1:
            return f"Set {len(self.keys)} gain keys on {self.target.name} at {at}: {self.why}."
        gain = self.keys[0].gain_db
        how = "Mute" if gain is None else f"Set the gain to {gain:+.1f} dB on"
        return f"{how} {self.target.name} at {at} by its gain: {self.why}."


@dataclass(frozen=True)
class AddMarker:
    """Puts a marker on a clip's first frame.

    Attributes:
        id: Follows from what it does.
        clip: Id of the camera clip that it serves.
        target: The clip.
        color: A colour of OTIO: "RED".
        name: What the marker says.
        comment: More, for those who open it.
    """

    id: str
    clip: str
    target: Target
    color: str
    name: str
    comment: str

    def describe(self, timebase: Timebase) -> str:
        """What it does, in a sentence."""
        at = timebase.timecode(self.target.record_start)
        return f"Mark {self.target.name} at {at} {self.color.lower()}: {self.name.removeprefix('twopop: ')}"


Change = PlaceClip | AddTake | SlipAudio | SetEnabled | SetGainKeys | AddMarker

_KINDS: dict[str, type[Change]] = {
    kind.__name__: kind for kind in (PlaceClip, AddTake, SlipAudio, SetEnabled, SetGainKeys, AddMarker)
}


@dataclass(frozen=True)
class ChangeList:
    """What is to be done to one timeline.

    Attributes:
        source: The timeline that it was planned on: absolute path, or the host's name.
        digest: SHA-256 of that timeline as it was read.
        timebase: The timeline's frames and timecode, for reading the times.
        changes: In the order of applying.
    """

    source: str
    digest: str
    timebase: Timebase
    changes: tuple[Change, ...] = ()

    def describe(self) -> tuple[str, ...]:
        """A sentence for each change."""
        return tuple(change.describe(self.timebase) for change in self.changes)

    def only(self, ids: Collection[str]) -> ChangeList:
        """The part with these ids; the id of a camera clip picks all that serves it.

        Raises:
            OptionInvalid: An id that is not in the list.
        """
        known = {change.id for change in self.changes} | {change.clip for change in self.changes}
        if unknown := sorted(set(ids) - known):
            raise OptionInvalid.of("--only", f"no change has the id {unknown[0]}; --dry-run lists the ids")
        return replace(self, changes=tuple(c for c in self.changes if c.id in ids or c.clip in ids))

    def without(self, ids: Collection[str]) -> ChangeList:
        """The part without these ids of changes."""
        return replace(self, changes=tuple(c for c in self.changes if c.id not in ids))

    def dumps(self) -> str:
        """The JSON text; the same list always gives the same text."""
        data = {
            "twopop_changes": VERSION,
            "source": self.source,
            "digest": self.digest,
            "timebase": to_json(self.timebase),
            "changes": [{"change": type(change).__name__} | to_json(change) for change in self.changes],
        }
        return json.dumps(data, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def loads(cls, text: str, path: str = "changes.json") -> ChangeList:
        """Reads JSON text.

        Args:
            text: What `dumps` wrote.
            path: What to call it in messages.

        Returns:
            The change list.

        Raises:
            ChangesUnreadable: Not JSON, of another version, or with a missing, unknown or wrong value.
        """
        try:
            return _from_data(json.loads(text))
        except (ValueError, RecursionError) as problem:
            raise ChangesUnreadable.at(path, str(problem)) from problem


def _from_data(data: Any) -> ChangeList:
    if not isinstance(data, dict) or "twopop_changes" not in data:
        raise ValueError("it is not a change list")
    if data["twopop_changes"] != VERSION:
        raise ValueError(f"it is of version {data['twopop_changes']}, this build reads version {VERSION}")
    if unknown := sorted(set(data) - {"twopop_changes", "source", "digest", "timebase", "changes"}):
        raise ValueError(f"{unknown[0]} is unknown")
    if not isinstance(data.get("changes"), list):
        raise ValueError("changes is not a list")
    head = {key: data.get(key) for key in ("source", "digest")}
    if not all(isinstance(value, str) for value in head.values()):
        raise ValueError("source or digest is missing")
    timebase = from_json(Timebase, data.get("timebase"), "timebase")
    changes = tuple(_change(item, f"changes[{index}]") for index, item in enumerate(data["changes"]))
    return ChangeList(str(head["source"]), str(head["digest"]), timebase, changes)


def _change(data: Any, where: str) -> Change:
    if not isinstance(data, dict) or data.get("change") not in _KINDS:
        raise ValueError(f"{where} is not a change of a kind that this build knows")
    kind = _KINDS[data["change"]]
    return from_json(kind, {key: value for key, value in data.items() if key != "change"}, where)
