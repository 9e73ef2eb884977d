"""From what was measured of a clip to what is done about it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Literal

from twopop.timing import rational_from_wire, round_half_up
from twopop.v1 import media_pb2, sync_pb2
from twopop_actions.changes import AddMarker, Change, SlipAudio, change_id
from twopop_actions.host import HostCapabilities
from twopop_actions.lipsync.measured import is_tolerable, lead_words, offset_within, surest
from twopop_actions.sync.coverage import Span
from twopop_actions.sync.outcome import as_sentence
from twopop_actions.sync.slots import Slot
from twopop_actions.timeline import Clip, Timebase

PictureVerdict = Literal["in_sync", "out_of_sync", "slipped", "replaced", "present", "cannot_tell"]

_SAMPLE_HZ = 48000
_STEADY_S = Fraction(1, 50)  # a drift that moves sound by less to either side is mended by a slip
_SLACK_S = Fraction(1, 1000)  # editors round the lengths of media


@dataclass(frozen=True)
class Heard:
    """A slot whose own sound can be held against its picture.

    Attributes:
        slot: The slot.
        info: What its file says of itself.
        used: The part that it uses, in seconds on the file's clock.
        late_s: By how much its sound lies later on the timeline than in the file, in seconds.
    """

    slot: Slot
    info: media_pb2.MediaInfo
    used: Span
    late_s: Fraction

    @property
    def path(self) -> str:
        """Its file."""
        path: str = self.info.path
        return path

    @property
    def file_s(self) -> Fraction:
        """Length of the file, in seconds."""
        return rational_from_wire(self.info.duration)


@dataclass(frozen=True)
class PictureOutcome:
    """What came of a clip's own sound.

    Attributes:
        slot: The slot.
        verdict: "slipped": it is slipped; "replaced": a copy takes its place; "present": an earlier run did either;
            "out_of_sync": it is, but nothing was moved; "in_sync", "cannot_tell": nothing is to be done.
        sentence: What was found and done, in a sentence.
        reason: One word when it cannot be told or nothing was moved, else empty.
        sync: What was measured of the file; None when nothing was.
        lead_s: By how much its sound leads on the timeline, in seconds; zero when it cannot be told.
        changes: What is to be done.
    """

    slot: Slot
    verdict: PictureVerdict
    sentence: str
    reason: str = ""
    sync: sync_pb2.VideoSync | None = None
    lead_s: Fraction = Fraction(0)
    changes: tuple[Change, ...] = ()


def left_alone(slot: Slot, verdict: PictureVerdict, sentence: str, reason: str = "") -> PictureOutcome:
    """The outcome of a clip that was not measured."""
    return PictureOutcome(slot, verdict, as_sentence(sentence), reason)


def slip_ids(slot: Slot) -> tuple[str, ...]:
    """Ids of the slips of a slot's sound: the same whatever is measured, so that nothing is slipped twice."""
    return tuple(change_id("slip", slot.id, number) for number, _ in enumerate(slot.scratch))


def judge(
    heard: Heard, video: sync_pb2.VideoSync, timebase: Timebase, capabilities: HostCapabilities,
    locked: Collection[int], slipping: bool,
) -> PictureOutcome:  # fmt: skip
    """What is to be done about one clip.

    Args:
        heard: The clip.
        video: What was measured of its file.
        timebase: The timeline's frames.
        capabilities: What the host can do.
        locked: Tracks on which nothing may be changed.
        slipping: Whether sound may be slipped; without, it is only marked.
    """
    speaker = surest(video)
    if speaker is None:
        sentence = f"it cannot be told whether its own sound is in sync: {video.explanation or video.reason}"
        return PictureOutcome(heard.slot, "cannot_tell", as_sentence(sentence), video.reason, video)
    offset_s, course = offset_within(speaker, float(heard.used[0]), float(heard.used[1]))
    lead_s = Fraction(round(offset_s * _SAMPLE_HZ), _SAMPLE_HZ) - heard.late_s
    found = f"its own sound {lead_words(float(lead_s))} (confidence {speaker.confidence:.2f})"
    if is_tolerable(lead_s):
        return PictureOutcome(heard.slot, "in_sync", f"{found}.", "", video, lead_s)
    delay_s = lead_s if capabilities.sub_frame else round_half_up(lead_s * timebase.rate) / timebase.rate
    slips = tuple(
        SlipAudio(id, heard.slot.id, clip.target, delay_s)
        for id, clip in zip(slip_ids(heard.slot), heard.slot.scratch, strict=True)
    )
    reason, why = _unsteady(heard, speaker, course)
    if not reason:
        reason, why = _hindrance(heard, slips, capabilities, locked, slipping)
    if reason:
        sentence = f"{found}; {why}"
        marker = _marker(heard.slot, "RED", "out of sync", sentence, locked, capabilities)
        return PictureOutcome(heard.slot, "out_of_sync", sentence, reason, video, lead_s, marker)
    way = "later" if delay_s > 0 else "earlier"
    sentence = f"{found}; it was slipped {abs(float(delay_s)) * 1000:.1f} ms {way}."
    marker = _marker(heard.slot, "YELLOW", "sound slipped", sentence, locked, capabilities)
    return PictureOutcome(heard.slot, "slipped", sentence, "", video, lead_s, (*slips, *marker))


def yellow_marker(marker: AddMarker, sentence: str) -> AddMarker:
    """A marker of what was left, turned into one of what was mended."""
    id = change_id("sound replaced", marker.clip)
    return replace(marker, id=id, color="YELLOW", name=f"twopop: sound replaced: {sentence}", comment=sentence)


def _unsteady(heard: Heard, speaker: sync_pb2.SpeakerSync, course: str) -> tuple[str, str]:
    """Why no slip mends a clip: a word and the end of a sentence; both empty when one does."""
    start_s, stop_s = float(heard.used[0]), float(heard.used[1])
    drift_s = abs(speaker.drift_ppm) * 1e-6 * (stop_s - start_s)
    if course == "jumps":
        places = (part.start_s - start_s for part in speaker.stretches if start_s < part.start_s < stop_s)
        where = ", ".join(f"{place:.1f} s" for place in places)
        return "jumps", f"it jumps at {where}; cut the clip there and conform again."
    if course == "drifting" and drift_s / 2 > _STEADY_S:
        return "drifting", f"it drifts by {drift_s * 1000:.0f} ms over the clip, which no slip mends."
    return "", ""


def _hindrance(
    heard: Heard, slips: tuple[SlipAudio, ...], capabilities: HostCapabilities, locked: Collection[int], slipping: bool
) -> tuple[str, str]:
    """Why a clip's sound is not slipped: a word and the end of a sentence; both empty when it is."""
    delay_s = slips[0].delay_s
    if not slipping:
        return "marked", "it was only to be marked."
    if any(clip.target.track in locked for clip in heard.slot.scratch):
        return "locked", "it lies on a locked track; unlock the track and conform again."
    if why := capabilities.limit(slips[0]):
        return "unsupported", f"{capabilities.host} cannot slip it: {why}"
    if not delay_s:
        return "less_than_a_frame", f"{capabilities.host} moves whole frames only, and this is less than half of one."
    if short_s := max(_missing(heard, clip, delay_s) for clip in heard.slot.scratch):
        edge = "head" if delay_s > 0 else "tail"
        advice = f"trim its {edge} by {float(short_s) * 1000:.0f} ms, or mend the file with `twopop sync fix`"
        return "no_handle", f"the file has no sound beyond the clip's {edge} to slip in; {advice}."
    return "", ""


def _missing(heard: Heard, clip: Clip, delay_s: Fraction) -> Fraction:
    """How much sound a slip would need beyond what the file, or what the editor knows of it, holds; in seconds."""
    earlier_s = delay_s + clip.slipped_s
    low, high = heard.used[0] - earlier_s, heard.used[1] - earlier_s
    short_s = max(-low, high - heard.file_s - _SLACK_S, Fraction(0))
    media = clip.media
    if media and media.available_start is not None and media.available_duration is not None:
        start = clip.source_start - delay_s
        end = media.available_start + media.available_duration
        short_s = max(short_s, media.available_start - start, start + clip.record_duration - end)
    return short_s


def _marker(
    slot: Slot, color: str, headline: str, sentence: str, locked: Collection[int], capabilities: HostCapabilities
) -> tuple[AddMarker, ...]:
    """A marker on the picture; none where its track is locked or the host has none."""
    marker = AddMarker(
        id=change_id(headline, slot.id),
        clip=slot.id,
        target=slot.anchor.target,
        color=color,
        name=f"twopop: {headline}: {sentence}",
        comment=sentence,
    )
    return () if slot.anchor.target.track in locked or capabilities.limit(marker) else (marker,)
