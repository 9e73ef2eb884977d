"""Reading the cameras' files: which slots can be served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from twopop.v1 import media_pb2
from twopop_actions.engine import Engine
from twopop_actions.sync.clock import used_range
from twopop_actions.sync.coverage import Span
from twopop_actions.sync.outcome import Outcome, as_sentence, refuse
from twopop_actions.sync.slots import Slot
from twopop_actions.timeline import Clip
from twopop_client.connection import Watch


@dataclass(frozen=True)
class Camera:
    """A slot and the part of its file that it uses.

    Attributes:
        slot: The slot.
        path: The camera's file.
        used: The part, in seconds on the file's clock.
    """

    slot: Slot
    path: str
    used: Span


class PlacedSound:
    """The sound that earlier runs placed.

    It is told by our tag; where an editor dropped the tags, by the folder that our files lie in.
    """

    def __init__(self, clips: Sequence[Clip]) -> None:
        self._by_camera: dict[object, list[Clip]] = {}
        for clip in clips:
            path = clip.media.path if clip.media else None
            if clip.kind == "audio" and clip.tag:
                self._by_camera.setdefault(clip.tag.get("camera"), []).append(clip)
            elif clip.kind == "audio" and ".twopop/" in (path or "").replace("\\", "/"):
                self._by_camera.setdefault(None, []).append(clip)

    def serves(self, slot: Slot) -> bool:
        """Whether such sound lies over a slot's greater part."""
        clips = (*self._by_camera.get(slot.media.path, ()), *self._by_camera.get(None, ()))
        return any(2 * _shared(clip, slot) >= min(slot.duration, clip.record_duration) for clip in clips)


def _shared(clip: Clip, slot: Slot) -> Fraction:
    """How long they lie side by side, in seconds; negative when apart."""
    return min(clip.record_end, slot.record_end) - max(clip.record_start, slot.record_start)


def examine(
    slots: Sequence[Slot], engine: Engine, watch: Watch | None
) -> tuple[list[Camera], list[Outcome], list[Slot]]:
    """Probes the files of slots.

    Args:
        slots: The slots to serve.
        engine: Reads the files.
        watch: Called with the progress.

    Returns:
        Those that can be matched; those that are refused; those without sound of their own, which are left alone.
    """
    paths = sorted({slot.media.path for slot in slots if slot.media.path and not slot.media.problem})
    files = engine.probe(paths, watch).files if paths else ()
    probed = dict(zip(paths, files, strict=True))
    cameras: list[Camera] = []
    refused: list[Outcome] = []
    silent: list[Slot] = []
    for slot in slots:
        file = probed.get(slot.media.path or "")
        if file is None:
            refused.append(refuse(slot, "offline", f"{slot.media.path or slot.anchor.name}: {slot.media.problem}."))
        elif file.HasField("error"):
            reason = "offline" if file.error.reason == "MEDIA_NOT_FOUND" else "unreadable"
            refused.append(refuse(slot, reason, as_sentence(file.error.message)))
        elif not file.info.audio:
            silent.append(slot)
        elif slot.speed != 1:
            sentence = "the clip is retimed; production sound has no place under it."
            refused.append(refuse(slot, "retimed", sentence))
        else:
            _measure(slot, file.info, cameras, refused)
    return cameras, refused, silent


def _measure(slot: Slot, info: media_pb2.MediaInfo, cameras: list[Camera], refused: list[Outcome]) -> None:
    used = used_range(slot.source_start, slot.duration, slot.media, info)
    if used is None:
        sentence = f"{info.path} does not hold the part that the clip uses; was the file replaced?"
        refused.append(refuse(slot, "outside_media", sentence))
    else:
        cameras.append(Camera(slot, info.path, used))
