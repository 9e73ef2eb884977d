"""How the editors that write OTIO differ.

Resolve (measured on an export of version 18 and documented by those who built for its import): bare paths, one frame
rate, source ranges in the media's own timecode, a "Fairlight Clip Volume and Fades" block that holds a clip's gain,
links in "Link Group ID". Premiere: links in "LinkID"; a retimed clip's length is its source length divided by the
speed. Whether either places audio between frames is not known, so both are given whole frames.
"""

from __future__ import annotations

import json
import math
from fractions import Fraction

from twopop.timing import snap_rate
from twopop_actions.changes import AddMarker, GainKey, MediaStretch, PlaceClip
from twopop_actions.host import HostCapabilities
from twopop_otio.times import Node, finest, rational_time, time_range
from twopop_otio.urls import target_url

SILENCE_DB = -100.0
"""The least gain of Resolve's volume, which it plays as silence."""

_GAIN_TOLERANCE_DB = 0.01
_VOLUME = "Fairlight Clip Volume and Fades"


class Dialect:
    """OTIO as the standard has it; what an editor does otherwise is said by its subclass.

    Attributes:
        rate: Frames per second as the timeline spells it.
    """

    capabilities = HostCapabilities(
        host="OTIO", sub_frame=True, takes=True, moving=True, gain_keys=False, disabling=True, channel_maps=False,
        markers=True,
    )  # fmt: skip

    def __init__(self, rate: float) -> None:
        self.rate = rate

    def record_duration(self, source_duration: Fraction, speed: Fraction | None) -> Fraction:
        """Length on the timeline of an item, in seconds; OTIO keeps it whatever the speed."""
        return source_duration

    def link(self, clip: Node) -> str | None:
        """The group of linked clips that a clip belongs to."""
        return None

    def media_path(self, reference: Node) -> str | None:
        """What a media reference names: a URL or a path."""
        url = reference.get("target_url")
        return url if isinstance(url, str) else None

    def target_url(self, path: str) -> str:
        """How a new media reference names a file."""
        return target_url(path)

    def ranges(self, media: MediaStretch) -> tuple[Node, Node]:
        """Source range and available range of a new clip, at the file's own rate where frames do not hold them."""
        at = media.sample_rate_hz
        source = time_range(finest(media.start, self.rate, at), finest(media.duration, self.rate, at))
        return source, time_range(rational_time(Fraction(0), at), rational_time(media.file_duration, at))

    def dress_clip(self, clip: Node, change: PlaceClip) -> None:
        """Adds what this editor expects of a clip."""

    def dress_track(self, track: Node) -> None:
        """Adds what this editor expects of an audio track."""

    def dress_marker(self, marker: Node, change: AddMarker) -> None:
        """Adds what this editor expects of a marker."""

    def gain(self, clip: Node) -> str | None:
        """What stands where a clip's gain is kept, as JSON text; None when nothing does."""
        return None

    def gain_block(self, keys: tuple[GainKey, ...]) -> Node:
        """How the gain of some keys is written."""
        raise NotImplementedError(f"{self.capabilities.host} carries no gain")

    def set_gain(self, clip: Node, block: Node) -> None:
        """Writes a clip's gain."""
        raise NotImplementedError(f"{self.capabilities.host} carries no gain")

    def restore_gain(self, clip: Node, was: str | None, now: Node) -> bool:
        """Puts a clip's gain back, unless it is no longer what we wrote.

        Args:
            clip: The clip.
            was: What `gain` said before.
            now: What `set_gain` wrote.

        Returns:
            Whether it was put back.
        """
        return False


class ResolveDialect(Dialect):
    """What DaVinci Resolve exports and imports."""

    capabilities = HostCapabilities(
        host="Resolve OTIO", sub_frame=False, takes=True, moving=True, gain_keys=True, disabling=True,
        channel_maps=True, markers=True,
    )  # fmt: skip

    def link(self, clip: Node) -> str | None:
        """The "Link Group ID"."""
        return _text(_metadata(clip, "Resolve_OTIO").get("Link Group ID"))

    def media_path(self, reference: Node) -> str | None:
        """The target_url; of a clip that was offline at the export, the path that it had."""
        return super().media_path(reference) or _text(_metadata(reference, "Resolve_OTIO").get("Media Url"))

    def target_url(self, path: str) -> str:
        """The bare path."""
        return path

    def ranges(self, media: MediaStretch) -> tuple[Node, Node]:
        """Whole frames, counted from the file's timecode, which Resolve takes from the bext time reference."""
        rate = snap_rate(self.rate)
        midnight_s = Fraction(max(0, media.time_reference), media.sample_rate_hz)
        zero_s = Fraction(math.floor(midnight_s * rate)) / rate
        whole_s = Fraction(math.floor(media.file_duration * rate)) / rate
        source = time_range(rational_time(zero_s + media.start, self.rate), rational_time(media.duration, self.rate))
        return source, time_range(rational_time(zero_s, self.rate), rational_time(whole_s, self.rate))

    def dress_clip(self, clip: Node, change: PlaceClip) -> None:
        """Channel map and link group."""
        channels = change.media.channels or (0,)
        block: Node = {"Channels": [{"Source Channel ID": index, "Source Track ID": 0} for index in channels]}
        if change.link is not None:
            block["Link Group ID"] = int(change.link) if change.link.isdigit() else change.link
        clip["metadata"]["Resolve_OTIO"] = block

    def dress_track(self, track: Node) -> None:
        """A mono track."""
        track["metadata"]["Resolve_OTIO"] = {"Audio Type": "Mono", "Locked": False, "SoloOn": False}

    def dress_marker(self, marker: Node, change: AddMarker) -> None:
        """The text where Resolve keeps a marker's note; it drops the comment."""
        marker["metadata"]["Resolve_OTIO"] = {"Note": change.comment}

    def gain(self, clip: Node) -> str | None:
        """The state and the parameters of the volume block."""
        effect = _volume_effect(clip)
        return None if effect is None else json.dumps([_resolve(effect).get("Enabled"), _parameters(effect)])

    def gain_block(self, keys: tuple[GainKey, ...]) -> Node:
        """The volume parameter; keys stand at frames from the clip's beginning."""
        gains = [SILENCE_DB if key.gain_db is None else max(SILENCE_DB, key.gain_db) for key in keys]
        rate = snap_rate(self.rate)
        frames = {
            str(round(key.at * rate)): {"Value": gain, "Variant Type": "Double"}
            for key, gain in zip(keys, gains, strict=True)
        }
        return {
            "Default Parameter Value": 0.0,
            "Key Frames": frames if len(keys) > 1 else {},
            "Parameter ID": "volume",
            "Parameter Value": gains[0],
            "Variant Type": "Double",
            "maxValue": 30.0,
            "minValue": SILENCE_DB,
        }

    def set_gain(self, clip: Node, block: Node) -> None:
        """Writes the volume parameter, into a new volume block where the clip has none."""
        effect = _volume_effect(clip)
        if effect is None:
            effect = _new_volume_effect()
            clip["effects"] = [*(clip.get("effects") or ()), effect]
        kept = [parameter for parameter in _parameters(effect) if not _is_volume(parameter)]
        _resolve(effect).update({"Parameters": [*kept, block], "Enabled": True})

    def restore_gain(self, clip: Node, was: str | None, now: Node) -> bool:
        """Puts the volume block back; the gain may have been rounded by an editor in between."""
        effect = _volume_effect(clip)
        if effect is None or not any(_same_gain(parameter, now) for parameter in _parameters(effect)):
            return False
        if was is None:
            clip["effects"] = [other for other in clip["effects"] if other is not effect]
        else:
            enabled, parameters = json.loads(was)
            _resolve(effect).update({"Parameters": parameters, "Enabled": enabled})
        return True


class PremiereDialect(Dialect):
    """What Premiere Pro exports and imports."""

    capabilities = HostCapabilities(
        host="Premiere OTIO", sub_frame=False, takes=True, moving=True, gain_keys=False, disabling=True,
        channel_maps=False, markers=True,
    )  # fmt: skip

    def record_duration(self, source_duration: Fraction, speed: Fraction | None) -> Fraction:
        """The source length divided by the speed."""
        return source_duration / abs(speed) if speed else source_duration

    def link(self, clip: Node) -> str | None:
        """The "LinkID"."""
        return _text(_metadata(clip, "PremierePro_OTIO").get("LinkID"))

    def dress_clip(self, clip: Node, change: PlaceClip) -> None:
        """The link group."""
        if change.link is not None:
            clip["metadata"]["PremierePro_OTIO"] = {"LinkID": change.link}


def recognise(root: Node, rate: float) -> Dialect:
    """The dialect that a timeline is written in, by the metadata that its editor left.

    Args:
        root: The Timeline object.
        rate: Frames per second as it spells it.

    Returns:
        The dialect; plain OTIO when nothing tells.
    """
    stack = root["tracks"]
    heads = [root, stack, *stack["children"]]
    clips = [child for track in stack["children"] for child in (track.get("children") or ())]
    for name, kind in (("Resolve_OTIO", ResolveDialect), ("PremierePro_OTIO", PremiereDialect)):
        if any(_has(node, name) for node in heads) or any(_has(node, name) for node in clips):
            return kind(rate)
    return Dialect(rate)


def _has(node: Node, name: str) -> bool:
    return name in (node.get("metadata") or {})


def _metadata(node: Node, name: str) -> Node:
    block = (node.get("metadata") or {}).get(name)
    return block if isinstance(block, dict) else {}


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)


def _volume_effect(clip: Node) -> Node | None:
    for effect in clip.get("effects") or ():
        if _metadata(effect, "Resolve_OTIO").get("Effect Name") == _VOLUME:
            return effect if isinstance(effect, dict) else None
    return None


def _resolve(effect: Node) -> Node:
    block: Node = effect["metadata"]["Resolve_OTIO"]
    return block


def _new_volume_effect() -> Node:
    block = {"Effect Name": _VOLUME, "Enabled": True, "Name": "Volume", "Parameters": [], "Type": 62}
    return {
        "OTIO_SCHEMA": "Effect.1",
        "metadata": {"Resolve_OTIO": block},
        "name": "",
        "effect_name": "Resolve Effect",
    }


def _is_volume(parameter: object) -> bool:
    return isinstance(parameter, dict) and parameter.get("Parameter ID") == "volume"


def _same_gain(parameter: Node, written: Node) -> bool:
    if not _is_volume(parameter):
        return False
    near = abs(parameter.get("Parameter Value", 0.0) - written["Parameter Value"]) < _GAIN_TOLERANCE_DB
    return near and set(parameter.get("Key Frames") or ()) == set(written["Key Frames"])


def _parameters(effect: Node) -> list[Node]:
    parameters = _metadata(effect, "Resolve_OTIO").get("Parameters")
    return parameters if isinstance(parameters, list) else []
