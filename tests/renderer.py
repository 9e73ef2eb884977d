"""An independent reader of .otio files: raw JSON and fractions, no OTIO library, nothing of the project.

It answers one question: which moment of which file is seen or heard at a moment of the timeline, and how loud. What
runs backwards plays the stretch above its range's start, as long as its record time times its speed, from the end.
`render` plays an audio track to samples.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

Json = dict[str, Any]


@dataclass(frozen=True)
class Play:
    """A stretch of record time in which one clip is seen or heard.

    Attributes:
        track: Name of the top-level track.
        kind: "Video" or "Audio".
        name: The clip's name.
        start: Record time, in seconds.
        end: Record time, in seconds.
        file: What the active media reference names, decoded.
        label: The media's label at `start`, in seconds; backwards, the frame that is seen first ends there.
        zero: The label of the media's first frame, in seconds.
        speed: Media seconds for each record second.
        enabled: Whether the clip and all around it plays.
        gain_db: Static gain.
        fade_in: Length of the transition before it, in seconds.
        fade_out: Length of the transition behind it, in seconds.
        clip: The JSON object.
    """

    track: str
    kind: str
    name: str
    start: Fraction
    end: Fraction
    file: str
    label: Fraction
    zero: Fraction
    speed: Fraction
    enabled: bool
    gain_db: float
    fade_in: Fraction
    fade_out: Fraction
    clip: Json

    def source(self, record: Fraction) -> Fraction:
        """The file's clock at a record time, in seconds."""
        return self.label - self.zero + (record - self.start) * self.speed


def exact_rate(rate: float) -> Fraction:
    """23.976, 23.98 and their like as n * 1000 / 1001."""
    whole = round(rate)
    return Fraction(whole) if abs(rate - whole) < 1e-3 else Fraction(round(rate * 1.001) * 1000, 1001)


def seconds(time: Json) -> Fraction:
    return Fraction(time["value"]) / exact_rate(time["rate"])


def plays(path: Path, zeros: Mapping[str, Fraction] | None = None) -> list[Play]:
    """Everything that is seen or heard.

    Args:
        path: An .otio file.
        zeros: Label of the first frame by file name, where `available_range` does not tell.
    """
    root = json.loads(path.read_text())
    premiere = "PremierePro_OTIO" in path.read_text()
    found = []
    for track in root["tracks"]["children"]:
        for play in _composition(track, premiere):
            start = max(play.start, Fraction(0))
            zero = (zeros or {}).get(Path(play.file).name, play.zero)
            found.append(replace(play, track=track["name"], start=start, zero=zero))
    return found


def render(
    all_plays: list[Play], track: str, sounds: Mapping[str, tuple[int, NDArray[np.float64]]]
) -> NDArray[np.float64]:
    """An audio track at 48 kHz, nearest sample; `sounds` holds rate and samples by path."""
    on_track = [play for play in all_plays if play.track == track and play.enabled]
    length = max((play.end for play in on_track), default=Fraction(0))
    out = np.zeros(int(length * 48000) + 1)
    for play in on_track:
        rate, samples = sounds[play.file]
        first, last = math.ceil(play.start * 48000), math.ceil(play.end * 48000)
        times = np.arange(first, last)
        at = float(play.source(Fraction(first, 48000))) + (times - first) * float(play.speed) / 48000
        index = np.rint(at * rate).astype(int)
        good = (index >= 0) & (index < len(samples))
        gain = 0.0 if play.gain_db <= -100 else 10 ** (play.gain_db / 20)
        out[times[good]] += gain * samples[index[good]] * _fades(play, times[good])
    return out


def _fades(play: Play, times: NDArray[np.int64]) -> NDArray[np.float64]:
    gain = np.ones(len(times))
    if play.fade_in:
        gain = np.minimum(gain, (times / 48000 - float(play.start)) / float(play.fade_in))
    if play.fade_out:
        gain = np.minimum(gain, (float(play.end) - times / 48000) / float(play.fade_out))
    return gain


def _speed(item: Json) -> Fraction:
    speed = Fraction(1)
    for effect in item.get("effects") or []:
        name = effect["OTIO_SCHEMA"].split(".")[0]
        if name == "LinearTimeWarp":
            speed *= Fraction(effect["time_scalar"]).limit_denominator(100000)
        elif name == "FreezeFrame":
            speed = Fraction(0)
    return speed


def _reference(clip: Json) -> Json:
    if "media_references" in clip:
        return clip["media_references"][clip["active_media_reference_key"]] or {}
    return clip.get("media_reference") or {}


def _own_range(item: Json, premiere: bool) -> tuple[Fraction, Fraction]:
    if item.get("source_range"):
        return seconds(item["source_range"]["start_time"]), seconds(item["source_range"]["duration"])
    name = item["OTIO_SCHEMA"].split(".")[0]
    lengths = [_shown(child, premiere) for child in item.get("children") or []]
    if name == "Track":
        return Fraction(0), sum(lengths, Fraction(0))
    if name == "Stack":
        return Fraction(0), max(lengths, default=Fraction(0))
    available = _reference(item)["available_range"]
    return seconds(available["start_time"]), seconds(available["duration"])


def _shown(item: Json, premiere: bool) -> Fraction:
    """Length in the parent's time."""
    if item["OTIO_SCHEMA"].startswith("Transition"):
        return Fraction(0)
    length = _own_range(item, premiere)[1]
    return length / abs(_speed(item)) if premiere and _speed(item) else length


def _composition(item: Json, premiere: bool) -> Iterator[Play]:
    """Plays of a track or stack in its own visible time, from zero."""
    start, duration = _own_range(item, premiere)[0], _shown(item, premiere) * abs(_speed(item) or Fraction(1))
    children = item.get("children") or []
    in_track = item["OTIO_SCHEMA"].startswith("Track")
    position = Fraction(0)
    for index, child in enumerate(children):
        length = _shown(child, premiere)
        for play in _child(child, premiere):
            play = replace(play, start=play.start + position - start, end=play.end + position - start)
            if in_track:
                play = replace(
                    play, kind=item["kind"] if not play.kind else play.kind, **_overlaps(children, index, play)
                )
            play = replace(play, enabled=play.enabled and item.get("enabled", True))
            cut = max(Fraction(0), -play.start)
            play = replace(
                play, start=play.start + cut, label=play.label + cut * play.speed, end=min(play.end, duration)
            )
            if play.end > play.start:
                yield play
        position += length if in_track else Fraction(0)


def _child(child: Json, premiere: bool) -> Iterator[Play]:
    name = child["OTIO_SCHEMA"].split(".")[0]
    if name in ("Gap", "Transition"):
        return
    if name == "Clip":
        yield _clip(child, premiere)
        return
    speed = _speed(child) or Fraction(1)
    for play in _composition(child, premiere):
        play = replace(play, start=play.start / abs(speed), end=play.end / abs(speed), speed=play.speed * _speed(child))
        yield play if speed > 0 else _mirrored(play, _shown(child, premiere))


def _mirrored(play: Play, length: Fraction) -> Play:
    """A play of a nest that runs backwards: its last moment is seen first."""
    return replace(
        play, start=length - play.end, end=length - play.start, fade_in=play.fade_out, fade_out=play.fade_in,
        label=play.label - (play.end - play.start) * play.speed,
    )  # fmt: skip


def _clip(clip: Json, premiere: bool) -> Play:
    reference = _reference(clip)
    available = reference.get("available_range")
    zero = seconds(available["start_time"]) if available else Fraction(0)
    url = reference.get("target_url") or ""
    file = unquote(url.removeprefix("file://")) if url.startswith("file://") else url
    speed, length = _speed(clip), _shown(clip, premiere)
    label = _own_range(clip, premiere)[0] + max(-speed, Fraction(0)) * length
    return Play(
        "", "", clip["name"], Fraction(0), length, file, label, zero, speed,
        clip.get("enabled", True), _gain(clip), Fraction(0), Fraction(0), clip,
    )  # fmt: skip


def _overlaps(children: list[Json], index: int, play: Play) -> dict[str, Any]:
    """A transition makes its neighbours reach over the cut."""
    changed: dict[str, Any] = {}
    nothing: Json = {"OTIO_SCHEMA": ""}
    before = children[index - 1] if index else nothing
    behind = children[index + 1] if index + 1 < len(children) else nothing
    if before["OTIO_SCHEMA"].startswith("Transition"):
        reach = seconds(before["in_offset"])
        changed |= {"start": play.start - reach, "label": play.label - reach * play.speed}
        changed["fade_in"] = reach + seconds(before["out_offset"])
    if behind["OTIO_SCHEMA"].startswith("Transition"):
        changed["end"] = play.end + seconds(behind["out_offset"])
        changed["fade_out"] = seconds(behind["in_offset"]) + seconds(behind["out_offset"])
    return changed


def _gain(clip: Json) -> float:
    for effect in clip.get("effects") or []:
        block = effect.get("metadata", {}).get("Resolve_OTIO", {})
        if block.get("Effect Name") == "Fairlight Clip Volume and Fades":
            for parameter in block["Parameters"]:
                if parameter["Parameter ID"] == "volume":
                    return float(parameter["Parameter Value"])
    return 0.0
