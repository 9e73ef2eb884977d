"""Reading the cameras' files: which slots can be served."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction

from twopop.v1 import media_pb2
from twopop_actions.engine import Engine
from twopop_actions.sync.clock import used_range
from twopop_actions.sync.coverage import Span, subtract, total
from twopop_actions.sync.outcome import Outcome, as_sentence, refuse
from twopop_actions.sync.placement import camera_zero
from twopop_actions.sync.slots import Slot
from twopop_actions.timeline import Clip
from twopop_client.connection import Watch

_SAME_SYNC_S = Fraction(1, 1000)
_AGAIN = "undo and conform again"
_MOVED = f"the sound that an earlier run placed for it is no longer in sync with it, for one was moved; {_AGAIN}."


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


@dataclass(frozen=True)
class Standing:
    """How the sound that an earlier run placed for a slot stands now.

    Attributes:
        reason: One word when it needs a hand, else empty.
        sentence: Why, in a sentence.
        whole: Whether all of a slot that nobody changed since is covered.
    """

    reason: str = ""
    sentence: str = ""
    whole: bool = False


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

    def missing(self, engine: Engine) -> frozenset[str]:
        """The files of sound that was placed which are there no more."""
        known = (clip for clips in self._by_camera.values() for clip in clips if "sync_s" in clip.tag)
        paths = sorted({clip.media.path for clip in known if clip.media and clip.media.path})
        files = engine.probe(paths).files if paths else ()
        return frozenset(file.path for file in files if file.error.reason == "MEDIA_NOT_FOUND")

    def standing(self, slot: Slot, frame_s: Fraction, missing: Collection[str]) -> Standing | None:
        """How the sound that lies over a slot's greater part stands; None where there is none.

        What carries no tag is taken as it lies: nothing is known of it.

        Args:
            slot: The slot.
            frame_s: Length of a frame, in seconds; less may be uncovered.
            missing: Files that are there no more.
        """
        clips = (*self._by_camera.get(slot.media.path, ()), *self._by_camera.get(None, ()))
        near = [clip for clip in clips if 2 * slot.shared(clip) >= min(slot.duration, clip.record_duration)]
        if not near or slot.speed != 1:
            return None
        known = [clip for clip in near if "sync_s" in clip.tag]
        lying = [clip for clip in known if _is_in_sync(clip, slot)]
        if known and not lying:
            return Standing("moved", _MOVED)
        if gone := next((clip for clip in lying if clip.media and clip.media.path in missing), None):
            return Standing("placed_offline", f"{gone.name}, which an earlier run placed for it, is missing; {_AGAIN}.")
        spans = [(clip.record_start, clip.record_end) for clip in lying]
        open_s = total(subtract([(slot.record_start, slot.record_end)], spans)) if known else Fraction(0)
        is_same = any(clip.tag.get("clip") == slot.id for clip in lying)
        if open_s > frame_s and known and not is_same:
            covered = f"{float(slot.duration - open_s):.2f} of its {float(slot.duration):.2f} s"
            return Standing(
                "incomplete", f"the clip was changed since sound was placed, which covers {covered}; {_AGAIN}."
            )
        return Standing(whole=is_same and open_s <= frame_s)


def _is_in_sync(clip: Clip, slot: Slot) -> bool:
    label = (clip.media.available_start if clip.media else None) or Fraction(0)
    now = clip.record_start - (clip.source_start - label) - camera_zero(slot)
    return abs(now - Fraction(str(clip.tag["sync_s"]))) < _SAME_SYNC_S


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
