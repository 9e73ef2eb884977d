"""OTIO files for tests, built as JSON: nothing of the project, and every spelling under the test's control."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from renderer import exact_rate

Json = dict[str, Any]


def time(value_s: Fraction, rate: float) -> Json:
    """A RationalTime of exact seconds at a rate as spelled."""
    return {"OTIO_SCHEMA": "RationalTime.1", "rate": rate, "value": float(value_s * exact_rate(rate))}


def span(start_s: Fraction, duration_s: Fraction, rate: float) -> Json:
    """A TimeRange."""
    return {"OTIO_SCHEMA": "TimeRange.1", "duration": time(duration_s, rate), "start_time": time(start_s, rate)}


def clip(
    name: str, url: str | None, source: Json | None, available: Json | None = None, *, speed: float | None = None,
    metadata: Json | None = None, enabled: bool = True, effects: list[Json] | None = None,
) -> Json:  # fmt: skip
    """A clip; without a URL its media is missing."""
    reference = {
        "OTIO_SCHEMA": "ExternalReference.1" if url is not None else "MissingReference.1",
        "metadata": {}, "name": "", "available_range": available, "available_image_bounds": None,
    }  # fmt: skip
    if url is not None:
        reference["target_url"] = url
    warp: Json = {
        "OTIO_SCHEMA": "LinearTimeWarp.1",
        "metadata": {},
        "name": "",
        "effect_name": "",
        "time_scalar": speed,
    }
    return {
        "OTIO_SCHEMA": "Clip.2", "metadata": metadata or {}, "name": name, "source_range": source,
        "effects": [*(effects or []), *([warp] if speed is not None else [])], "markers": [], "enabled": enabled,
        "media_references": {"DEFAULT_MEDIA": reference}, "active_media_reference_key": "DEFAULT_MEDIA",
    }  # fmt: skip


def gap(duration_s: Fraction, rate: float) -> Json:
    """A gap."""
    return {
        "OTIO_SCHEMA": "Gap.1", "metadata": {}, "name": "", "source_range": span(Fraction(0), duration_s, rate),
        "effects": [], "markers": [], "enabled": True,
    }  # fmt: skip


def transition(half_s: Fraction, rate: float) -> Json:
    """A dissolve centred on the cut."""
    return {
        "OTIO_SCHEMA": "Transition.1", "metadata": {}, "name": "", "transition_type": "SMPTE_Dissolve",
        "in_offset": time(half_s, rate), "out_offset": time(half_s, rate),
    }  # fmt: skip


def track(name: str, kind: str, *children: Json, metadata: Json | None = None) -> Json:
    """A track."""
    return {
        "OTIO_SCHEMA": "Track.1", "metadata": metadata or {}, "name": name, "source_range": None, "effects": [],
        "markers": [], "enabled": True, "children": list(children), "kind": kind,
    }  # fmt: skip


def stack(name: str, source: Json | None, *tracks: Json) -> Json:
    """A nested sequence."""
    return {
        "OTIO_SCHEMA": "Stack.1", "metadata": {}, "name": name, "source_range": source, "effects": [], "markers": [],
        "enabled": True, "children": list(tracks),
    }  # fmt: skip


def timeline(*tracks: Json, rate: float = 24.0, start_s: Fraction = Fraction(0), metadata: Json | None = None) -> Json:
    """A timeline."""
    return {
        "OTIO_SCHEMA": "Timeline.1", "metadata": metadata or {}, "name": "cut",
        "global_start_time": time(start_s, rate), "tracks": stack("tracks", None, *tracks),
    }  # fmt: skip


def save(root: Json, path: Path) -> Path:
    """Writes a timeline."""
    path.write_text(json.dumps(root, indent=4))
    return path


RESOLVE: Json = {"Resolve_OTIO": {"Resolve OTIO Meta Version": "1.0"}}
PREMIERE: Json = {"PremierePro_OTIO": {}}
