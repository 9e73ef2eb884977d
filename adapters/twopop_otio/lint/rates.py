"""Rules about rates: how they are spelled, that there is one, and that edits stand on frames."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from typing import Any

from twopop_otio.lint.cut import Cut, Item, spellings
from twopop_otio.lint.rule import Hit
from twopop_otio.times import Node, exact_rate, is_frame_rate, rate_of, rational_time, seconds

_NEAR_FRAMES = Fraction(1, 10**6)


def spelled_rates(cut: Cut) -> Iterator[Hit]:
    """Rates that are not spelled as the double nearest to the exact rate."""
    times = [node for node in times_in(cut.root) if is_frame_rate(rate_of(node))]
    for rate, count in Counter(rate_of(node) for node in times).items():
        exact = exact_rate(rate)
        if rate not in spellings(exact, cut.editor.name):
            message = f"{count} times are at {rate!r} frames per second, expected {float(exact)!r}."
            yield Hit(message, None, partial(_respell, times, rate))


def _respell(times: list[Node], rate: float) -> None:
    for node in times:
        if node["rate"] == rate:
            node["rate"] = float(exact_rate(rate))


def times_in(node: Any) -> Iterator[Node]:
    """All RationalTimes outside metadata."""
    if isinstance(node, dict):
        if str(node.get("OTIO_SCHEMA")).startswith("RationalTime."):
            yield node
        for key, value in node.items():
            if key != "metadata":
                yield from times_in(value)
    elif isinstance(node, list):
        for value in node:
            yield from times_in(value)


def mixed_rates(cut: Cut) -> Iterator[Hit]:
    """Items that are measured at another rate than the timeline's."""
    for item in cut.items:
        strange = [
            (holder, key) for holder, key in _measures(item.node) if exact_rate(rate_of(holder[key])) != cut.rate
        ]
        if strange:
            rates = ", ".join(sorted({f"{rate_of(holder[key]):g}" for holder, key in strange}))
            message = f"It is measured at a rate of {rates}, and the timeline has {float(cut.rate):g}."
            yield Hit(message, item, partial(_remeasure, strange, cut.editor.rate))


def _measures(node: Node) -> Iterator[tuple[Node, str]]:
    """Where an item's times stand."""
    if node.get("source_range") is not None:
        yield from ((node["source_range"], key) for key in ("start_time", "duration"))
    yield from ((node, key) for key in ("in_offset", "out_offset") if node.get(key) is not None)


def _remeasure(places: list[tuple[Node, str]], rate: float) -> None:
    for holder, key in places:
        holder[key] = rational_time(seconds(holder[key]), rate)


def between_frames(cut: Cut) -> Iterator[Hit]:
    """Clips whose edges, or whose sound, lie between frames of the timeline."""
    for clip in cut.clips:
        if clip.nested:
            continue
        off = [part for part, time_s in _edges(clip) if _beside_frame(time_s * cut.rate)]
        if off:
            worst = max(_beside_frame(time_s * cut.rate) for _, time_s in _edges(clip)) / cut.rate
            where = " and ".join(off)
            yield Hit(f"Its {where} between frames, by up to {float(worst) * 1000:.3f} ms.", clip)


def _edges(clip: Item) -> list[tuple[str, Fraction]]:
    end = clip.record_start + clip.record_duration
    edges = [("beginning lies", clip.record_start), ("end lies", end)]
    if clip.kind == "audio" and clip.source is not None and clip.speed == 1:
        zero = clip.available[0] if clip.available else Fraction(0)
        edges.append(("sound starts", clip.source[0] - zero))
    return edges


def _beside_frame(frames: Fraction) -> Fraction:
    """Distance to the nearest frame, in frames; zero where only rounding of a double is left."""
    off = abs(frames - round(frames))
    return off if off > _NEAR_FRAMES else Fraction(0)
