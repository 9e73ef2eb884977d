"""Walking an AAF composition: which file plays when, through sequences, transitions, effects and nested mobs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from twopop_otio.imports import lay
from twopop_otio.imports.aaf_media import AafMedia, edit_rate, inside_of, position_in, trace, value_of
from twopop_otio.imports.imported import Notes
from twopop_otio.imports.view import FOREVER, View

_DEEPEST = 100
_LARGEST_DENOMINATOR = 1000
_MOST_PIECES = 8  # of a speed that changes: more are a curve


@dataclass(frozen=True)
class Leaf:
    """A stretch of record time in which one file plays.

    Attributes:
        slot: Index of the composition's slot.
        layer: Layer within the slot, from the bottom.
        view: When, and at what speed.
        media: What, from which label on.
        enabled: Whether it plays.
        ramp: Whether its speed changes while it plays.
    """

    slot: int
    layer: int
    view: View
    media: AafMedia
    enabled: bool = True
    ramp: bool = False

    @property
    def sync(self) -> tuple[object, ...]:
        """Equal for the picture and the sound of one shot."""
        return self.media.key, self.view.low, self.view.high, self.media.label


@dataclass(frozen=True)
class _At:
    """Where a walk stands; under a retime (`endless`) the first and last clips reach on: their lengths are rounded."""

    slot: int
    layer: int
    view: View
    rate: Fraction
    depth: int = 0
    enabled: bool = True
    ramp: bool = False
    endless: bool = False

    def into(self, view: View, rate: Fraction | None = None) -> _At:
        if self.depth > _DEEPEST:
            raise ValueError("a composition holds itself")
        return replace(self, view=view, rate=rate or self.rate, depth=self.depth + 1)


class Walk:
    """Reads slots.

    Attributes:
        leaves: What plays when.
        dissolves: By slot and layer.
    """

    def __init__(self, notes: Notes) -> None:
        self.leaves: list[Leaf] = []
        self.dissolves: dict[tuple[int, int], list[lay.Dissolve]] = {}
        self._notes = notes

    def read(self, slot: Any, index: int) -> None:
        """Reads a slot of the composition."""
        rate = edit_rate(slot)
        start = position_in(slot, Fraction(0))
        length = self._length(slot.segment, rate)
        if length > 0:
            self._segment(slot.segment, _At(index, 0, View(Fraction(0), length - start, start), rate))

    def _segment(self, segment: Any, at: _At) -> None:
        from aaf2 import components

        if isinstance(segment, components.SourceClip):
            self._source_clip(segment, at)
        elif isinstance(segment, components.Sequence):
            self._sequence(segment, at)
        elif isinstance(segment, components.NestedScope):
            self._layers(list(segment.slots), at.into(at.view))
        elif isinstance(segment, components.OperationGroup):
            self._effect(segment, at)
        elif isinstance(segment, components.Selector):
            self._selector(segment, at)
        elif (inside := inside_of(segment)) is not None:
            self._segment(inside, at.into(at.view))
        elif not isinstance(segment, components.Filler | components.ScopeReference):
            self._notes.add(f"a {type(segment).__name__} is read as a gap")

    def _sequence(self, sequence: Any, at: _At) -> None:
        from aaf2.components import Transition

        position, head = Fraction(0), Fraction(0)
        parts = list(sequence.components)
        for index, part in enumerate(parts):
            length = self._length(part, at.rate)
            if isinstance(part, Transition):
                cut = Fraction(int(value_of(part, "CutPoint", 0) or 0)) / at.rate
                position, head = position - length, cut
                self._dissolve(part, position, cut, length, at)
                continue
            behind = parts[index + 1] if index + 1 < len(parts) else None
            tail = Fraction(0)
            if isinstance(behind, Transition):
                tail = self._length(behind, at.rate) - Fraction(int(value_of(behind, "CutPoint", 0) or 0)) / at.rate
            first = -FOREVER if at.endless and index == 0 else position + head
            last = FOREVER if at.endless and behind is None else position + length - tail
            shown = at.view.clipped(first, last)
            if shown is not None:
                self._segment(part, at.into(shown.shifted(-position)))
            position, head = position + length, Fraction(0)

    def _dissolve(self, part: Any, start: Fraction, cut: Fraction, length: Fraction, at: _At) -> None:
        if at.view.speed == 1:
            found = lay.Dissolve(at.view.record(start + cut), cut, length - cut)
            self.dissolves.setdefault((at.slot, at.layer), []).append(found)

    def _source_clip(self, clip: Any, at: _At) -> None:
        from aaf2.mobs import CompositionMob

        view = at.view.shifted(Fraction(int(clip.start or 0)) / at.rate)
        mob = clip.mob
        if mob is None:
            self._notes.add("source clips that name no media are read as gaps")
        elif isinstance(mob, CompositionMob):
            slot = next((slot for slot in mob.slots if slot.slot_id == clip.slot_id), None)
            if slot is not None:
                start = position_in(slot, Fraction(0))
                self._segment(slot.segment, at.into(view.shifted(start), edit_rate(slot)))
        elif media := trace(clip, view.at):
            if not media.url:
                self._notes.add("the AAF names no file for it; media inside the AAF is not unpacked", media.name)
            self.leaves.append(Leaf(at.slot, at.layer, view, media, at.enabled, at.ramp))

    def _effect(self, effect: Any, at: _At) -> None:
        inputs = list(effect.segments)
        name = getattr(effect.operation, "name", "") or "an effect"
        views = [at.view]
        if self._is_time_warp(effect, name):
            views = self._warped(effect, at, name)
            at = replace(at, endless=True, ramp=len(views) > _MOST_PIECES)
            if at.ramp:
                self._notes.add("the speed of a clip changes all along; OTIO holds only that it does")
                views = [View(at.view.low, at.view.high, views[0].at)]
        else:
            self._notes.add(f"the effect {name!r} is not carried")
        if len(inputs) > 1:
            self._notes.add(f"the inputs of the effect {name!r} are read as layers")
        for view in views:
            self._layers(inputs, at.into(view))

    def _layers(self, segments: list[Any], at: _At) -> None:
        for layer, segment in enumerate(segments):
            self._segment(segment, replace(at, layer=at.layer + layer))

    def _selector(self, selector: Any, at: _At) -> None:
        """What a selector plays; a clip that was muted is its alternate to a filler."""
        from aaf2.components import Filler, ScopeReference

        chosen = value_of(selector, "Selected")
        others = list(value_of(selector, "Alternates", ()) or ())
        if isinstance(chosen, Filler | ScopeReference) and others:
            self._segment(others[0], replace(at.into(at.view), enabled=False))
        elif chosen is not None:
            self._segment(chosen, at.into(at.view))

    @staticmethod
    def _is_time_warp(effect: Any, name: str) -> bool:
        return bool(value_of(effect.operation, "IsTimeWarp", False)) or name in (
            "Motion Control",
            "Video Speed Control",
        )

    def _warped(self, effect: Any, at: _At, name: str) -> list[View]:
        """The views of a retimed input: by its map of offsets, else by its ratio."""
        said = {parameter.name: parameter for parameter in effect.parameters}
        offsets = list(value_of(said.get("PARAM_SPEED_OFFSET_MAP_U"), "PointList", ()) or ())
        if len(offsets) > 1:
            points = tuple((_number(point.time) / at.rate, _number(point.value) / at.rate) for point in offsets)
            if len(points) > 2:
                self._notes.add("the changes of a clip's speed are read as abrupt ones")
            return at.view.mapped(tuple(sorted(points)))
        ratio = _number(value_of(said.get("SpeedRatio") or said.get("Speed Ratio"), "Value", 0) or 0)
        if ratio:
            speed = Fraction(0) if ratio == int(effect.length) else 1 / ratio
            return at.view.mapped(((Fraction(0), Fraction(0)), (FOREVER, FOREVER * speed)))
        self._notes.add(f"the retime {name!r} is not understood; its clip plays at normal speed")
        return [at.view]

    def _length(self, segment: Any, rate: Fraction) -> Fraction:
        """A segment's length in seconds; of a sequence that does not say it, that of its parts."""
        from aaf2.components import Sequence, Transition

        said = Fraction(int(value_of(segment, "Length", 0) or 0)) / rate
        if said or not isinstance(segment, Sequence):
            return said
        lengths = [
            (-1 if isinstance(part, Transition) else 1) * self._length(part, rate) for part in segment.components
        ]
        return sum(lengths, Fraction(0))


def _number(value: Any) -> Fraction:
    """A number of a control point; editors round 1/3 to nine digits."""
    return Fraction(value).limit_denominator(_LARGEST_DENOMINATOR)
