"""The shape of OTIO that Resolve imports, as rules: what breaks one is turned down without a word.

Written from what was measured of the real program's exports and imports, and by no code of the project.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from resolve.fake.media import Facts, facts_of

Json = dict[str, Any]

_ITEM_KEYS = {"OTIO_SCHEMA", "metadata", "name", "source_range", "effects", "markers", "enabled"}
_SCHEMAS = {"Clip.2", "Gap.1", "Transition.1", "Stack.1"}


def exact(rate: float) -> Fraction:
    """A rate as it is meant: 23.976 as 24000/1001."""
    whole = round(rate)
    return Fraction(whole) if abs(rate - whole) < 1e-3 else Fraction(round(rate * 1.001) * 1000, 1001)


def seconds(time: Json) -> Fraction:
    """A RationalTime, by its own rate."""
    return Fraction(time["value"]) / exact(time["rate"])


def problems(root: Json) -> Iterator[str]:
    """Why Resolve would make nothing of a timeline; empty when it would."""
    try:
        yield from _timeline(root)
    except (KeyError, TypeError, AttributeError) as problem:
        yield f"something is missing or of another kind: {problem!r}"


def _timeline(root: Json) -> Iterator[str]:
    if root["OTIO_SCHEMA"] != "Timeline.1" or root["tracks"]["OTIO_SCHEMA"] != "Stack.1":
        yield "not a Timeline.1 that holds a Stack.1"
    block = root["metadata"].get("Resolve_OTIO", {})
    if block.get("Resolve OTIO Meta Version") != "1.0":
        yield "no Resolve OTIO Meta Version"
    if root["global_start_time"] is None:
        yield "no global_start_time"
    rate = root["global_start_time"]["rate"]
    yield from _known_keys(root, {"OTIO_SCHEMA", "metadata", "name", "global_start_time", "tracks"})
    for track in root["tracks"]["children"]:
        yield from _track(track, rate)


def _track(track: Json, rate: float) -> Iterator[str]:
    yield from _known_keys(track, {*_ITEM_KEYS, "children", "kind"})
    if track["kind"] not in ("Video", "Audio"):
        yield f"a track of the kind {track['kind']}"
    block = track["metadata"]["Resolve_OTIO"]
    if "Locked" not in block or (track["kind"] == "Audio" and "Audio Type" not in block):
        yield f"the track {track['name']} lacks Locked or Audio Type"
    for item in track["children"]:
        if item["OTIO_SCHEMA"] not in _SCHEMAS:
            yield f"an item {item['OTIO_SCHEMA']}"
        elif item["OTIO_SCHEMA"] == "Clip.2":
            yield from _clip(item, rate, track["kind"])
        elif item["OTIO_SCHEMA"] == "Gap.1":
            yield from _known_keys(item, _ITEM_KEYS)
            yield from _whole(item["source_range"], rate)


def _clip(clip: Json, rate: float, kind: str) -> Iterator[str]:
    yield from _known_keys(clip, {*_ITEM_KEYS, "media_references", "active_media_reference_key"})
    if "Resolve_OTIO" not in clip["metadata"]:
        yield f"{clip['name']} has no Resolve_OTIO"
    if kind == "Audio" and not {"Channels", "AudioMapping"} & set(clip["metadata"]["Resolve_OTIO"]):
        yield f"{clip['name']} has no channels"
    yield from _whole(clip["source_range"], rate)
    if list(clip["media_references"]) != ["DEFAULT_MEDIA"]:
        yield f"{clip['name']} has media references {list(clip['media_references'])}"
    media = clip["media_references"][clip["active_media_reference_key"]]
    if media["OTIO_SCHEMA"] != "ExternalReference.1":
        yield f"{clip['name']} plays a {media['OTIO_SCHEMA']}"
        return
    url = media["target_url"]
    if url.startswith("file:") or not Path(url).is_absolute():
        yield f"{clip['name']} names {url}, which is no bare path"
    elif (facts := facts_of(Path(url))) is None:
        yield f"{clip['name']} names {url}, which is not there"
    else:
        yield from _ranges(clip, media, facts)


def _ranges(clip: Json, media: Json, facts: Facts) -> Iterator[str]:
    """Timecode-absolute ranges, and media enough."""
    first, available = (seconds(media["available_range"][key]) for key in ("start_time", "duration"))
    start, duration = (seconds(clip["source_range"][key]) for key in ("start_time", "duration"))
    frame = 1 / exact(clip["source_range"]["start_time"]["rate"])
    if facts.duration is None or facts.still:
        return
    if abs(first - facts.start) >= frame:
        yield f"{clip['name']} says that its media starts at {float(first)} s, it does at {float(facts.start)} s"
    if available > facts.duration + frame:
        yield f"{clip['name']} says that its media is {float(available)} s long, it is {float(facts.duration)} s"
    retimed = any("TimeWarp" in effect["OTIO_SCHEMA"] for effect in clip["effects"])
    if not retimed and (start < first or start + duration > first + available + frame):
        yield f"{clip['name']} plays more than its media has"


def _whole(span: Json, rate: float) -> Iterator[str]:
    for key in ("start_time", "duration"):
        if span[key]["rate"] != rate:
            yield f"a range at the rate {span[key]['rate']}, not {rate}"
        if abs(span[key]["value"] - round(span[key]["value"])) > 1e-6:
            yield f"a range at {span[key]['value']}, between frames"
    if span["duration"]["value"] <= 0:
        yield "a range without length"


def _known_keys(node: Json, known: set[str]) -> Iterator[str]:
    if strange := set(node) - known:
        yield f"{node['OTIO_SCHEMA']} has {sorted(strange)}"
    if missing := known - set(node):
        yield f"{node['OTIO_SCHEMA']} lacks {sorted(missing)}"
    if strange := set(node["metadata"]) - {"Resolve_OTIO"}:
        yield f"{node['OTIO_SCHEMA']} has metadata of {sorted(strange)}"
