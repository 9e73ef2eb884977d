"""The fake's export and import of OTIO, written from the shape of a real export."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

from resolve.fake.media import Facts, facts_of
from resolve.fake.model import Clip, File, Line, Mark, ProjectState, Take, Track
from resolve.fake.shape import exact, problems, seconds

Json = dict[str, Any]


def exported(line: Line, project: ProjectState) -> Json:
    """A timeline as OTIO."""
    end = max((clip.end for clip in line.clips()), default=0)
    return {
        "OTIO_SCHEMA": "Timeline.1",
        "metadata": {"Resolve_OTIO": {"Resolve OTIO Meta Version": "1.0"}},
        "name": "",
        "global_start_time": _time(line.first, line),
        "tracks": {
            "OTIO_SCHEMA": "Stack.1", "metadata": {}, "name": "", "source_range": None, "effects": [], "markers": [],
            "enabled": True, "children": [_track(track, line, project, end) for track in line.tracks],
        },
    }  # fmt: skip


def _track(track: Track, line: Line, project: ProjectState, end: int) -> Json:
    children: list[Json] = []
    position = 0
    cuts = dict(track.transitions)
    for clip in track.clips:
        if clip.start > position:
            children.append(_gap(clip.start - position, line))
        if clip.start in cuts:
            children.append(cuts[clip.start])
        children.append(_clip(clip, track, line, project))
        position = clip.end
    if end > position:
        children.append(_gap(end - position, line))
    block = {**track.block, "Locked": track.locked}
    return {
        "OTIO_SCHEMA": "Track.1", "metadata": {"Resolve_OTIO": block}, "name": track.name, "source_range": None,
        "effects": [], "markers": [], "enabled": True, "children": children,
        "kind": "Video" if track.kind == "video" else "Audio",
    }  # fmt: skip


def _clip(clip: Clip, track: Track, line: Line, project: ProjectState) -> Json:
    block = dict(clip.block)
    if clip.link is not None:
        block["Link Group ID"] = clip.link
    playing = clip.takes[clip.take - 1] if clip.take else Take(clip.file or "", clip.offset, clip.duration)
    file = project.files.get(playing.file)
    first = _label(file, line) if file else Fraction(0)
    source = _span(first + playing.offset, clip.duration, line)
    return {
        "OTIO_SCHEMA": "Clip.2", "metadata": {"Resolve_OTIO": block}, "name": clip.name, "source_range": source,
        "effects": clip.effects, "enabled": clip.enabled, "active_media_reference_key": "DEFAULT_MEDIA",
        "markers": [_marker(mark, first, line) for mark in clip.marks],
        "media_references": {"DEFAULT_MEDIA": _reference(clip, file)},
    }  # fmt: skip


def _label(file: File, line: Line) -> Fraction:
    """The label of a file's first frame, at the timeline's rate."""
    return Fraction(round(file.first / file.rate * Fraction(line.rate)))


def _reference(clip: Clip, file: File | None) -> Json:
    head: Json = {"metadata": {}, "name": Path(file.path if file else clip.name).name, "available_image_bounds": None}
    if file is None:
        return {**head, "OTIO_SCHEMA": "MissingReference.1", "available_range": None,
                "metadata": {"Resolve_OTIO": {"Media Url": clip.url}} if clip.url else {}}  # fmt: skip
    spelled = float(file.rate)
    times = [{"OTIO_SCHEMA": "RationalTime.1", "rate": spelled, "value": float(v)} for v in (file.first, file.frames)]
    available = {"OTIO_SCHEMA": "TimeRange.1", "start_time": times[0], "duration": times[1]}
    return {**head, "OTIO_SCHEMA": "ExternalReference.1", "available_range": available, "target_url": file.path}


def _marker(mark: Mark, first: Fraction, line: Line) -> Json:
    return {
        "OTIO_SCHEMA": "Marker.2", "metadata": {"Resolve_OTIO": {"Note": mark.note}}, "name": mark.name,
        "color": mark.color.upper(), "comment": "", "marked_range": _span(first + mark.frame, 1, line),
    }  # fmt: skip


def _gap(frames: int, line: Line) -> Json:
    return {
        "OTIO_SCHEMA": "Gap.1", "metadata": {}, "name": "", "source_range": _span(Fraction(0), frames, line),
        "effects": [], "markers": [], "enabled": True,
    }  # fmt: skip


def _span(start: Fraction, frames: int, line: Line) -> Json:
    return {"OTIO_SCHEMA": "TimeRange.1", "duration": _time(frames, line), "start_time": _time(start, line)}


def _time(value: Fraction | int, line: Line) -> Json:
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": line.fps, "value": float(value)}


@dataclass
class Importer:
    """Makes a timeline of a file, or says why not."""

    project: ProjectState
    said: list[str] = field(default_factory=list)

    def read(self, path: Path, name: str) -> Line | None:
        """The timeline; None where Resolve would make none."""
        root = json.loads(path.read_text())
        self.said = list(problems(root))
        if self.said:
            return None
        return self.accept(root, name)

    def accept(self, root: Json, name: str) -> Line:
        """The timeline, whatever its shape; media that is not there is offline."""
        start = root["global_start_time"]
        line = Line(self.project.new_id(), name, start["rate"], str(exact(start["rate"])), round(start["value"]))
        for node in root["tracks"]["children"]:
            line.tracks.append(self._track(node, line))
        return line

    def _track(self, node: Json, line: Line) -> Track:
        block = dict(node["metadata"].get("Resolve_OTIO", {}))
        kind = "video" if node["kind"] == "Video" else "audio"
        locked = bool(block.pop("Locked", False))
        track = Track(kind, node["name"], str(block.get("Audio Type", "")).lower(), locked, block)
        position = 0
        for item in node["children"]:
            if item["OTIO_SCHEMA"] == "Transition.1":
                track.transitions.append((position, item))
                continue
            length = round(item["source_range"]["duration"]["value"])
            if item["OTIO_SCHEMA"] == "Clip.2":
                track.clips.append(self._clip(item, line, position, length))
            position += length
        return track

    def _clip(self, node: Json, line: Line, position: int, length: int) -> Clip:
        media = node["media_references"][node["active_media_reference_key"]]
        block = dict(node["metadata"]["Resolve_OTIO"])
        link = block.pop("Link Group ID", None)
        path = media.get("target_url")
        facts = facts_of(Path(path)) if path else None
        file = self.file(str(path), facts, media) if facts else None
        available = media["available_range"]
        rate = Fraction(line.rate)
        first = seconds(available["start_time"]) if available else Fraction(0)
        if file:
            first = file.first / file.rate  # what the file says of itself, whatever the document says of it
        start = seconds(node["source_range"]["start_time"])
        url = path or media["metadata"].get("Resolve_OTIO", {}).get("Media Url", "")
        clip = Clip(
            self.project.new_id(), node["name"], position, length, file.id if file else None,
            round((start - first) * rate), node["enabled"], link, url, block, node["effects"],
        )  # fmt: skip
        for marker in node["markers"]:
            frame = round((seconds(marker["marked_range"]["start_time"]) - first) * rate)
            note = marker["metadata"].get("Resolve_OTIO", {}).get("Note", "")
            if all(mark.frame != frame for mark in clip.marks):  # one marker a frame, the earlier wins
                clip.marks.append(Mark(frame, marker["color"].title(), marker["name"], note))
        return clip

    def file(self, path: str, facts: Facts, media: Json | None = None) -> File:
        """The media pool's item of a file; sound takes the project's frame rate, and keeps it."""
        known = next((file for file in self.project.files.values() if file.path == path), None)
        if known:
            return known
        fps = facts.fps or Fraction(self.project.rate)
        if facts.duration is None and media and media["available_range"]:
            span = media["available_range"]
            fps, first = exact(span["duration"]["rate"]), round(span["start_time"]["value"])
            file = File(self.project.new_id(), path, str(fps), round(span["duration"]["value"]), first)
        else:
            frames = 1 if facts.still else int((facts.duration or 0) * fps)
            first = int(facts.start * fps)
            file = File(self.project.new_id(), path, str(fps), frames, first, facts.channels, facts.still)
        file.bin = self.project.bin
        self.project.files[file.id] = file
        return file
