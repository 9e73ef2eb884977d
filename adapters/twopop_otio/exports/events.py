"""One placed clip as an event: its media, the file's own clock, gain, markers and takes."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from twopop.timing import snap_rate
from twopop_actions.timeline import Timebase
from twopop_otio.dialects import Dialect
from twopop_otio.exports.cut import Event, Mark, Take
from twopop_otio.exports.levels import levels_of
from twopop_otio.exports.losses import Ledger
from twopop_otio.exports.marks import clip_marks
from twopop_otio.exports.media import Media
from twopop_otio.layout import Placement, active_media, origin, speed_of
from twopop_otio.timeline import kind_of, name_of
from twopop_otio.times import Node, rate_of, span
from twopop_otio.urls import locate

_VOLUME = "Fairlight Clip Volume and Fades"
_WARPS = ("LinearTimeWarp", "FreezeFrame", "TimeEffect")


@dataclass
class EventReader:
    """Reads clips of one timeline.

    Attributes:
        folder: The timeline's folder, for relative paths.
        dialect: What it is written in.
        timebase: Its frames and timecode.
        ledger: Takes what no format can carry.
    """

    folder: Path
    dialect: Dialect
    timebase: Timebase
    ledger: Ledger
    _present: dict[str, bool] = field(default_factory=dict)

    def event(self, placement: Placement, track: str) -> Event | None:
        """A placed clip; None, with a loss noted, for what no other format can place."""
        node = placement.node
        where = f"{name_of(node) or 'unnamed clip'} at {self.timebase.timecode(placement.record_start)}"
        media = self._media(node, active_media(node), where)
        if media is None:
            return None
        event = self._placed(placement, media, where)
        if event is None:
            return None
        self._note(placement, where)
        return replace(
            event,
            marks=self._marks(placement, event, track),
            link=self.dialect.link(node),
            takes=self._takes(node, _earliest(placement)),
            channels=_channels(node) if placement.kind == "audio" else (),
            enabled=placement.shown and node.get("enabled", True) is not False,
            **self._levels(placement, event, where),
        )

    def _media(self, node: Node, reference: Node | None, where: str) -> Media | None:
        kind = kind_of(reference) if reference is not None else "MissingReference"
        if kind in ("GeneratorReference", "ImageSequenceReference"):
            self.ledger.add("generators" if kind == "GeneratorReference" else "image_sequences", where)
            return None
        media = self._file(reference or {}, name_of(node))
        if media.offline and media.path is not None:
            self.ledger.add("offline", f"{where}: {media.offline}")
        return media

    def _file(self, reference: Node, name: str) -> Media:
        location = locate(self.dialect.media_path(reference), self.folder)
        available = reference.get("available_range")
        first, duration = span(available) if available is not None else (None, None)
        rate = snap_rate(rate_of(available["start_time"])) if available is not None else None
        offline = location.problem
        if location.path is not None and offline is None and not self._is_present(location.path):
            offline = "no such file"
        return Media(location.path, name or "unnamed", offline, first, duration, rate)

    def _is_present(self, path: str) -> bool:
        if path not in self._present:
            self._present[path] = os.path.exists(path)
        return self._present[path]

    def _placed(self, placement: Placement, media: Media, where: str) -> Event | None:
        speed, timing, earliest = placement.speed, _timing(placement), _earliest(placement)
        if media.first is None and earliest > 0:
            self.ledger.add("first_label", where)
        event = Event(
            name=name_of(placement.node) or media.stem,
            media=media,
            source_start=earliest - media.label,
            record_start=placement.record_start,
            record_duration=placement.record_duration,
            speed=speed or Fraction(1),
            timing=timing,
        )
        if event.source_start >= 0 or media.is_still:
            return event
        missing = -event.source_start
        self.ledger.add("outside_media", f"{where}: by {float(missing):.3f} s")
        if missing >= event.source_duration:
            return None
        if event.speed > 0:
            return event.headless(missing / event.speed)
        shorter = event.record_duration - missing / -event.speed
        return replace(event, source_start=Fraction(0), record_duration=shorter)

    def _marks(self, placement: Placement, event: Event, track: str) -> tuple[Mark, ...]:
        found = tuple(clip_marks(placement, track))
        kept = tuple(mark for mark in found if event.record_start <= mark.record < event.record_end)
        for mark in found:
            if mark not in kept:
                self.ledger.add("markers_outside", f"{mark.name or 'marker'} on {event.name}")
        return kept

    def _takes(self, node: Node, label: Fraction) -> tuple[Take, ...]:
        """Media under the other keys; the source range counts by each file's own labels."""
        references = node.get("media_references") or {}
        active = node.get("active_media_reference_key", "DEFAULT_MEDIA")
        takes = []
        for key, reference in references.items():
            if key == active or not isinstance(reference, dict) or kind_of(reference) != "ExternalReference":
                continue
            media = self._file(reference, key)
            takes.append(Take(key, media, label - media.label))
        return tuple(takes)

    def _levels(self, placement: Placement, event: Event, where: str) -> dict[str, Any]:
        """Gain; its keys count from the event's beginning, in the timeline from that of the untrimmed clip."""
        levels = levels_of(self.dialect.gain(placement.node), self.timebase.rate)
        if not levels.readable:
            self.ledger.add("gain_unread", where)
        if levels.fade_in or levels.fade_out:
            self.ledger.add("effects", f"fades of {where}")
        own = speed_of(placement.node) or Fraction(1)
        hidden = (placement.source_start - origin(placement.node, self.dialect.record_duration)) / own
        around = (placement.speed or own) / own  # the speed of the nests that hold it
        cut = event.record_start - placement.record_start
        keys = [replace(key, at=(key.at - hidden) / around - cut) for key in levels.keys]
        return {"gain_db": levels.gain_db, "gain_keys": tuple(sorted(keys, key=lambda key: key.at))}

    def _note(self, placement: Placement, where: str) -> None:
        """Notes what the flat model has no place for."""
        node = placement.node
        timing = _timing(placement)
        if timing != "constant":
            self.ledger.add("ramps" if timing == "ramp" else "freezes", where)
        if len(placement.path) > 1:
            self.ledger.add("nested", where)
        for effect in node.get("effects") or ():
            name = _effect_name(effect)
            if name is not None:
                self.ledger.add("effects", f"{name} of {where}")
        note_metadata(node, where, self.ledger)


def note_metadata(node: Node, what: str, ledger: Ledger) -> None:
    """Notes the metadata of an item, unless it says nothing."""
    keys = sorted(str(key) for key, value in (node.get("metadata") or {}).items() if value not in ({}, [], None, ""))
    if keys:
        ledger.add("metadata", f"{what}: {', '.join(keys)}")


def _earliest(placement: Placement) -> Fraction:
    """Label of the earliest media that a clip plays; backwards, it is seen last."""
    return placement.source_start + placement.record_duration * min(placement.speed or Fraction(0), Fraction(0))


def _timing(placement: Placement) -> Literal["constant", "ramp", "freeze"]:
    if placement.speed is not None:
        return "constant"
    kinds = {kind_of(effect) for effect in placement.node.get("effects") or ()}
    return "ramp" if "TimeEffect" in kinds else "freeze"


def _effect_name(effect: Node) -> str | None:
    """What an effect is called; None for speeds, gain, and blocks that an editor writes with nothing set."""
    if kind_of(effect) in _WARPS:
        return None
    block = (effect.get("metadata") or {}).get("Resolve_OTIO")
    if isinstance(block, dict):
        name = block.get("Effect Name")
        return None if name == _VOLUME or not block.get("Parameters") else str(name)
    return str(effect.get("effect_name") or name_of(effect) or kind_of(effect))


def _channels(node: Node) -> tuple[int, ...]:
    """Resolve's channel map, where all of it lies on the file's first stream."""
    block = (node.get("metadata") or {}).get("Resolve_OTIO")
    entries = block.get("Channels") if isinstance(block, dict) else None
    if not isinstance(entries, list) or any(entry.get("Source Track ID") not in (0, None) for entry in entries):
        return ()
    ids = [entry.get("Source Channel ID") for entry in entries]
    return tuple(number for number in ids if isinstance(number, int) and number >= 0)
