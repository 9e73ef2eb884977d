"""One timeline that holds everything an export can be asked for, at any rate."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import otio_files as files
from exports.footage import frames, gap, marker, shot
from otio_files import Json

FILM, SOUND = Path("/media/Ä & <film>.mov"), Path("/media/boom 'x'.wav")


def volume(gain_db: float, keys: dict[str, float] | None = None) -> Json:
    """Resolve's volume block."""
    key_frames = {frame: {"Value": value, "Variant Type": "Double"} for frame, value in (keys or {}).items()}
    parameter = {"Parameter ID": "volume", "Parameter Value": gain_db, "Key Frames": key_frames}
    block = {"Effect Name": "Fairlight Clip Volume and Fades", "Enabled": True, "Parameters": [parameter], "Type": 62}
    return {"OTIO_SCHEMA": "Effect.1", "metadata": {"Resolve_OTIO": block}, "name": "", "effect_name": "Resolve Effect"}


def linked(number: int, channels: tuple[int, ...] = ()) -> Json:
    """Metadata of a clip of a link group."""
    block: Json = {"Link Group ID": number}
    if channels:
        block["Channels"] = [{"Source Channel ID": channel, "Source Track ID": 0} for channel in channels]
    return {"Resolve_OTIO": block}


def timeline(rate: float, label: int = 86400) -> Json:
    """Linked clips, a dissolve, speeds, gain, markers, takes, a still, a nest, a title: lengths in frames.

    Picture: gap 12; "a" 100 (linked to the sound); dissolve of 20; "b" 60 at twice the speed; "back" 30 reversed;
    "still" 24; a title of 10; a nest of 40 with two tracks. Above: "off" disabled.
    """
    a = shot("a", FILM, rate, 50, 100, label=label, whole=1000, metadata=linked(1))
    a["markers"] = [marker("look", frames(label + 60, rate), rate, "closer")]
    a["media_references"]["alt"] = a["media_references"]["DEFAULT_MEDIA"] | {"target_url": "/media/alt.mov"}
    b = shot("b", FILM, rate, 200, 60, label=label, whole=1000, speed=2.0)
    back = shot("back", FILM, rate, 400, 30, label=label, whole=1000, speed=-1.0)
    still = shot("still", Path("/media/card.png"), rate, 0, 24, whole=1)
    title = files.clip("title", None, files.span(Fraction(0), frames(10, rate), rate))
    title["media_references"]["DEFAULT_MEDIA"]["OTIO_SCHEMA"] = "GeneratorReference.1"
    inner = (
        files.track("n1", "Video", shot("n1", FILM, rate, 10, 40, label=label, whole=1000)),
        files.track("n2", "Video", gap(8, rate), shot("n2", FILM, rate, 300, 20, label=label, whole=1000)),
    )
    nest = files.stack("nest", None, *inner)
    off = shot("off", FILM, rate, 3, 30, label=label, whole=1000, enabled=False)
    sound = shot("s", FILM, rate, 50, 100, label=label, whole=1000, metadata=linked(1))
    boom = shot("boom", SOUND, rate, 20, 80, whole=900, metadata=linked(2, (1,)))
    boom["effects"].append(volume(-6.0))
    keyed = shot("keyed", SOUND, rate, 300, 50, whole=900)
    keyed["effects"].append(volume(0.0, {"0": 0.0, "25": -12.0}))
    dissolve = files.transition(frames(10, rate), rate)
    root = files.timeline(
        files.track("V1", "Video", gap(12, rate), a, dissolve, b, back, still, title, nest),
        files.track("V2", "Video", gap(20, rate), off),
        files.track("A1", "Audio", gap(12, rate), sound),
        files.track("A2", "Audio", gap(30, rate), boom, files.transition(frames(6, rate), rate), keyed),
        rate=rate, start_s=frames(label, rate), metadata=files.RESOLVE,
    )  # fmt: skip
    root["tracks"]["markers"] = [marker("scene 2", frames(150, rate), rate, colour="GREEN")]
    return root
