"""From a chosen recording to clips: linked where nothing is to be resampled, else rendered.

The original is linked when the host places it exactly (between frames), when its channel can be named, and when its
drift is not significant or moves it by less than a sample over the part used. Everything else is rendered: drift
corrected, and starting on a frame of the timeline, so that what lies between frames is inside the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from twopop.timing import range_to_wire, rational_from_wire
from twopop.v1 import media_pb2
from twopop_actions.changes import MediaStretch, PlaceClip, change_id
from twopop_actions.host import HostCapabilities
from twopop_actions.sync.coverage import Choice, Cover, Span
from twopop_actions.sync.slots import Slot
from twopop_actions.timeline import Scalar, Timebase

_DRIFT_S = Fraction(1, 48000)
_SIGMAS = 3
_DRIFT_LIMIT_S = Fraction(1, 500)
_WIRE_DENOMINATOR = 10**9


@dataclass(frozen=True)
class Part:
    """One stretch of one channel of a recording, to be placed.

    Attributes:
        slot: What it is for.
        cover: Where the recording lies on the camera's clock.
        channel: The channel.
        start: Where it begins, in seconds on the camera's clock.
        end: Where it ends there.
        record_start: Where it begins, in seconds of record time.
        linked: Whether the original is placed.
        before: Handle before `start` in the rendered file, in seconds.
        after: Handle behind `end` there, in seconds.
    """

    slot: Slot
    cover: Cover
    channel: media_pb2.RecordingChannel
    start: Fraction
    end: Fraction
    record_start: Fraction
    linked: bool
    before: Fraction
    after: Fraction

    @property
    def duration(self) -> Fraction:
        """Its length, in seconds."""
        return self.end - self.start

    @property
    def path(self) -> str:
        """The original's file."""
        path: str = self.cover.recording.paths[self.channel.file_index]
        return path

    @property
    def record_end(self) -> Fraction:
        """Where it ends, in seconds of record time."""
        return self.record_start + self.duration

    @property
    def tag(self) -> dict[str, Scalar]:
        """What is known of it, to be written on its clip."""
        return _tag(self)

    @property
    def source_start(self) -> Fraction:
        """What the recording's clock shows at `start`, in seconds."""
        if not self.linked:
            return self.cover.source_at(self.start)
        middle = (self.start + self.end) / 2  # halves what an insignificant drift still moves
        exact = self.cover.source_at(middle) - self.duration / 2
        rate = self.cover.recording.sample_rate_hz
        return Fraction(round(exact * rate), rate)


def parts_of(
    slot: Slot, used: Span, choice: Choice, timebase: Timebase, capabilities: HostCapabilities, handles_s: Fraction
) -> Iterator[Part]:
    """The parts to place for a choice: for each of its spans, one a channel.

    Args:
        slot: What they are for.
        used: What the slot uses of the camera's file, in seconds on its clock.
        choice: The recording and the spans that it is chosen for.
        timebase: The timeline's frames.
        capabilities: What the host can do.
        handles_s: Sound to render beyond the part on either side, in seconds.

    Yields:
        The parts, by span and channel.
    """
    shift = slot.record_start - used[0]
    cover = choice.cover
    for span in choice.parts:
        linked = all(_can_link(cover, channel, span, capabilities) for channel in cover.recording.channels)
        for start, end in _on_frames(cover, span, used, shift, timebase, linked):
            first, last = cover.stretches[0].start, max(stretch.end for stretch in cover.stretches)
            before = timebase.floor(max(Fraction(0), min(handles_s, start - first)))
            after = timebase.floor(max(Fraction(0), min(handles_s, last - end)))
            for channel in cover.recording.channels:
                yield Part(slot, cover, channel, start, end, start + shift, linked, before, after)


def render_item(part: Part) -> media_pb2.RenderItem:
    """What the engine renders for a part."""
    start = (part.start - part.before).limit_denominator(_WIRE_DENOMINATOR)
    length = (part.duration + part.before + part.after).limit_denominator(_WIRE_DENOMINATOR)
    return media_pb2.RenderItem(
        name=clip_name(part),
        path=part.path,
        stream_index=part.channel.stream_index,
        channel_index=part.channel.channel_index,
        segments=part.cover.pair.segments,
        range=range_to_wire(start, length),
        track_name=part.channel.name,
    )


def place(part: Part, track: str, rendered: media_pb2.RenderedFile | None) -> PlaceClip:
    """The change that places a part.

    Args:
        part: What to place.
        track: The track's name.
        rendered: The file that was rendered for it; None when the original is linked.

    Returns:
        The change.
    """
    original = _original(part)
    media = original
    if rendered is not None:
        media = MediaStretch(
            path=rendered.path,
            start=part.before,
            duration=part.duration,
            file_duration=Fraction(rendered.sample_count, rendered.sample_rate_hz),
            sample_rate_hz=rendered.sample_rate_hz,
            channels=(0,),
            time_reference=rendered.time_reference,
        )
    return PlaceClip(
        id=change_id(
            "place", part.slot.id, *sound_of(part.tag), part.tag["source_s"], part.start, part.end, part.linked
        ),
        clip=part.slot.id,
        target=part.slot.anchor.target,
        track=track,
        name=clip_name(part),
        record_start=part.record_start,
        media=media,
        original=original if rendered is not None else None,
        link=part.slot.link,
        tag={**part.tag, "sync_s": str(part.record_start - media.start - camera_zero(part.slot))},
    )


def camera_zero(slot: Slot) -> Fraction:
    """Record time at which the label zero of a slot's camera would stand, in seconds.

    A placed clip's own zero less this one stays the same for as long as they are in sync, wherever both are moved and
    however they are trimmed: it is the tag "sync_s".
    """
    return slot.record_start - slot.source_start


def sound_of(tag: Mapping[str, Scalar]) -> tuple[Scalar, ...]:
    """What names the sound of a placed clip: file, stream and channel."""
    return tag["recording"], tag["stream"], tag["channel"]


def clip_name(part: Part) -> str:
    """What the new clip is called: the take and the channel."""
    return f"{part.cover.recording.name} {part.channel.name}"


def _can_link(cover: Cover, channel: media_pb2.RecordingChannel, span: Span, capabilities: HostCapabilities) -> bool:
    siblings = [other for other in cover.recording.channels if other.file_index == channel.file_index]
    nameable = len(siblings) == 1 or capabilities.channel_maps
    return capabilities.sub_frame and nameable and not cover.pair.speed_change and _is_straight(cover, span)


def _is_straight(cover: Cover, span: Span) -> bool:
    """Whether the recording's drift moves nothing that can be heard or told from the measurement's error."""
    drift = max(abs(stretch.drift) for stretch in cover.stretches)
    moved = drift * (span[1] - span[0])
    if moved < _DRIFT_S:
        return True
    if not cover.pair.HasField("drift_uncertainty_ppm"):
        return False
    return drift * 10**6 <= _SIGMAS * cover.pair.drift_uncertainty_ppm and moved < _DRIFT_LIMIT_S


def _on_frames(
    cover: Cover, span: Span, used: Span, shift: Fraction, timebase: Timebase, linked: bool
) -> Iterator[Span]:
    """Spans that begin and end on frames of the timeline or at the slot's own edges.

    A render is widened to frames, with silence where the recording has nothing; a link is narrowed, and stays within
    one stretch of the recording.
    """
    if not linked:
        low, high = timebase.floor(span[0] + shift) - shift, timebase.ceil(span[1] + shift) - shift
        yield max(low, used[0]), min(high, used[1])
        return
    for start, end in cover.within([span]):
        low = start if start == used[0] else timebase.ceil(start + shift) - shift
        high = end if end == used[1] else timebase.floor(end + shift) - shift
        if low < high:
            yield low, high


def _original(part: Part) -> MediaStretch:
    recording = part.cover.recording
    siblings = [other for other in recording.channels if other.file_index == part.channel.file_index]
    reference = recording.identity.time_reference if recording.HasField("identity") else -1
    return MediaStretch(
        path=part.path,
        start=part.source_start,
        duration=part.duration,
        file_duration=rational_from_wire(recording.duration),
        sample_rate_hz=recording.sample_rate_hz,
        channels=(part.channel.channel_index,) if len(siblings) > 1 else (),
        time_reference=reference,
    )


def _tag(part: Part) -> dict[str, Scalar]:
    recording, pair = part.cover.recording, part.cover.pair
    identity = recording.identity
    return {
        "kind": "sync",
        "clip": part.slot.id,
        "camera": part.slot.media.path,
        "recording": part.path,
        "stream": part.channel.stream_index,
        "channel": part.channel.channel_index,
        "source_s": str(round(part.source_start, 9)),
        "track": part.channel.name,
        "scene": identity.scene,
        "take": identity.take,
        "roll": identity.roll,
        "note": identity.note,
        "model": pair.model,
        "start_s": round(pair.start_s, 9),
        "drift_ppm": round(pair.drift_ppm, 6),
        "confidence": round(pair.confidence, 6),
        "rendered": not part.linked,
    }
