"""A copy of a clip's own sound, in sync, where it cannot be slipped: the file holds nothing to slip in, or nobody may.

The camera's file stands for a recording that lies on its own picture's clock, late by what its sound leads. So the copy
is placed as recorder sound is: linked, or rendered where it does not begin on a frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path, PurePath

from twopop.timing import rational_to_wire
from twopop.v1 import media_pb2, sync_pb2
from twopop_actions.changes import AddMarker, Change
from twopop_actions.engine import Engine
from twopop_actions.host import HostCapabilities
from twopop_actions.lipsync.judging import Heard, PictureOutcome, yellow_marker
from twopop_actions.lipsync.measured import lead_words, surest
from twopop_actions.sync.coverage import Choice, Cover
from twopop_actions.sync.lanes import Lanes
from twopop_actions.sync.placement import Part, parts_of, place
from twopop_actions.sync.rendering import render_parts
from twopop_actions.sync.scratch import Scratch, describe, silence
from twopop_actions.timeline import Timeline
from twopop_client.connection import Watch

_MENDED = ("no_handle", "unsupported", "less_than_a_frame")


@dataclass(frozen=True)
class Placing:
    """How copies are made.

    Attributes:
        folder: Where rendered sound goes.
        handles_s: Sound to render beyond the part used, in seconds.
        scratch: What becomes of the sound that a copy takes the place of.
        render: Whether to render; without, a plan names the files that would be made.
    """

    folder: Path
    handles_s: Fraction = Fraction(10)
    scratch: Scratch = "mute"
    render: bool = True


def with_copies(
    judged: Sequence[tuple[Heard, PictureOutcome]], timeline: Timeline, capabilities: HostCapabilities, engine: Engine,
    placing: Placing, watch: Watch | None,
) -> list[PictureOutcome]:  # fmt: skip
    """Puts copies under the clips that no slip mends but a copy does.

    Args:
        judged: Clips, and what is to be done about them.
        timeline: What the host read.
        capabilities: What the host can do.
        engine: Renders.
        placing: How.
        watch: Called with the progress.

    Returns:
        The outcomes, in order.

    Raises:
        TwopopError: Nothing can be rendered.
    """
    lanes = Lanes(timeline)
    drafts: dict[int, list[tuple[Part, str]]] = {}
    for index, (heard, outcome) in enumerate(judged):
        if outcome.reason in _MENDED and _can_take_its_place(heard, capabilities, placing):
            choice = _choice(heard, outcome)
            parts = parts_of(heard.slot, heard.used, choice, timeline.timebase, capabilities, placing.handles_s)
            drafts[index] = [(part, lanes.take(part)) for part in parts]
    files = render_parts(
        [part for draft in drafts.values() for part, _ in draft], engine, placing.folder, placing.render, watch
    )
    outcomes = [outcome for _, outcome in judged]
    for index, draft in drafts.items():
        places = [place(part, track, files.get(id(part))) for part, track in draft]
        outcomes[index] = _replaced(*judged[index], places, [track for _, track in draft], capabilities, placing)
    return outcomes


def _can_take_its_place(heard: Heard, capabilities: HostCapabilities, placing: Placing) -> bool:
    """Whether the sound that is there can be silenced, and the copy is all of it."""
    silenced = silence(heard.slot, placing.scratch, capabilities, heard.slot.id)
    return (
        len(heard.info.audio) == 1
        and len(silenced) == len(heard.slot.scratch)
        and not any(clip.slipped_s for clip in heard.slot.scratch)
    )


def _choice(heard: Heard, outcome: PictureOutcome) -> Choice:
    """The camera's file as a recording of its own picture."""
    stream, speaker = heard.info.audio[0], surest(outcome.sync) if outcome.sync else None
    count = stream.channel_count
    channels = [
        media_pb2.RecordingChannel(
            name=f"OWN {number + 1}" if count > 1 else "OWN", stream_index=stream.index, channel_index=number
        )
        for number in range(count)
    ]
    recording = media_pb2.Recording(
        id=heard.path, name=PurePath(heard.path).stem, paths=[heard.path], channels=channels,
        sample_rate_hz=stream.sample_rate_hz, duration=rational_to_wire(heard.file_s),
    )  # fmt: skip
    start_s = float(outcome.lead_s)
    pair = sync_pb2.MatchPair(
        other=heard.path, verdict=sync_pb2.MATCH_VERDICT_MATCHED, start_s=start_s, drift_ppm=0.0,
        confidence=speaker.confidence if speaker else 0.0, model=speaker.model if speaker else "",
        segments=[media_pb2.Segment(other_start_s=0.0, duration_s=float(heard.file_s), start_s=start_s)],
    )  # fmt: skip
    cover = Cover.of(recording, pair)
    return Choice(cover, tuple(cover.within([heard.used])))


def _replaced(
    heard: Heard, outcome: PictureOutcome, places: Sequence[Change], tracks: Sequence[str],
    capabilities: HostCapabilities, placing: Placing,
) -> PictureOutcome:  # fmt: skip
    slot = heard.slot
    silenced = silence(slot, placing.scratch, capabilities, slot.id)
    sentence = (
        f"its own sound {lead_words(float(outcome.lead_s))}, and could not be slipped; a copy that is in sync lies on "
        f"{', '.join(dict.fromkeys(tracks))}. {describe(silenced, slot, placing.scratch)}"
    )
    markers = [yellow_marker(change, sentence) for change in outcome.changes if isinstance(change, AddMarker)]
    changes = (*places, *silenced, *markers)
    return replace(outcome, verdict="replaced", sentence=sentence, reason="", changes=changes)
