"""What came of each clip, kept in the work folder, so that markers can be made of it later.

A finding names its clip by what an editor keeps of one through an import: its name, its kind of track and its place.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Literal, cast

from twopop.errors import OptionInvalid
from twopop_actions.action import Action, Option, Values
from twopop_actions.changes import AddMarker, ChangeList, change_id
from twopop_actions.engine import Engine
from twopop_actions.host import Host
from twopop_actions.lipsync.judging import PictureOutcome
from twopop_actions.lipsync.measured import surest
from twopop_actions.plan import Plan
from twopop_actions.record import from_json, to_json
from twopop_actions.scope import SCOPE, places_in
from twopop_actions.sync.outcome import Outcome, Verdict
from twopop_actions.timeline import Clip, TrackKind
from twopop_client.connection import Watch

FILE_NAME = "findings.json"

MARKERS = Action(
    name="markers",
    label="Markers from the report",
    help="Puts a marker on each clip that says what the last conform found.",
    needs=("timeline",),
    options=(
        Option("show", "choice", "all", "Which findings become markers.", choices=("all", "refused")),
        SCOPE,
    ),
)

_Place = tuple[str, TrackKind, Fraction]

_NEAR_S = Fraction(1, 1000)  # an editor may round a record time
FindingVerdict = Verdict | Literal["slipped", "replaced", "out_of_sync"]

_COLORS: dict[FindingVerdict, str] = {
    "placed": "GREEN",
    "present": "GREEN",
    "refused": "RED",
    "slipped": "YELLOW",
    "replaced": "YELLOW",
    "out_of_sync": "RED",
}
_NEEDS_A_HAND = ("refused", "out_of_sync")


@dataclass(frozen=True)
class Finding:
    """What came of one clip.

    Attributes:
        clip: Its name.
        kind: Kind of its track.
        record_start: Where it began, in seconds of record time.
        verdict: "placed", "present" or "refused"; of its own sound: "slipped", "replaced" or "out_of_sync".
        reason: One word when refused or left out of sync, else empty.
        sentence: What was done, or why nothing was.
        offset_s: Where the recording starts on the camera's clock, or by how much its own sound led; None for neither.
        confidence: Of that; None when there is none.
    """

    clip: str
    kind: TrackKind
    record_start: Fraction
    verdict: FindingVerdict
    reason: str
    sentence: str
    offset_s: float | None
    confidence: float | None


@dataclass(frozen=True)
class Findings:
    """All findings of a conform.

    Attributes:
        timeline: Name of the timeline.
        findings: By record time.
    """

    timeline: str
    findings: tuple[Finding, ...]


def dump_findings(plan: Plan, folder: Path) -> str:
    """The findings of a plan as JSON text.

    What an earlier run left in the folder stays for clips that this one found served, or did not look at.
    """
    try:
        earlier = {_place(finding): finding for finding in load_findings(folder).findings}
    except OptionInvalid:  # none, or damaged: these take their place
        earlier = {}
    now = _found_now(plan)
    looked_at = {_place(_own_sound(picture)) for picture in plan.pictures}
    kept = {
        place: finding
        for place, finding in earlier.items()
        if (now[place].verdict == "present" if place in now else place not in looked_at)
        and _clip_of(finding, plan.timeline.clips)
    }
    found = sorted({**now, **kept}.values(), key=lambda finding: finding.record_start)
    text = json.dumps(to_json(Findings(plan.timeline.name, tuple(found))), indent=2, ensure_ascii=False)
    return text + "\n"


def _found_now(plan: Plan) -> dict[_Place, Finding]:
    """What a plan found out, by place; of a clip's recording and its own sound as one."""
    now = {_place(finding): finding for finding in map(_finding, plan.outcomes)}
    for picture in plan.pictures:
        if picture.verdict in ("slipped", "replaced", "out_of_sync", "present"):
            finding = _own_sound(picture)
            if before := now.get(_place(finding)):
                finding = replace(finding, sentence=f"{before.sentence} {finding.sentence}")
            now[_place(finding)] = finding
    return now


def load_findings(folder: Path) -> Findings:
    """The findings that a conform left in its work folder.

    Raises:
        OptionInvalid: There are none, or they are damaged.
    """
    path = folder / FILE_NAME
    try:
        return from_json(Findings, json.loads(path.read_text(encoding="utf-8")), "findings")
    except FileNotFoundError as problem:
        raise OptionInvalid.of("markers", f"{path} is not there; conform the timeline first") from problem
    except (OSError, ValueError, RecursionError) as problem:
        raise OptionInvalid.of("markers", f"{path} cannot be read: {problem}; conform the timeline again") from problem


def plan_markers(host: Host, engine: Engine, values: Values, watch: Watch | None, render: bool) -> Plan:
    """Plans a marker for each finding whose clip is still there.

    Args:
        host: The timeline.
        engine: Not asked.
        values: As `MARKERS.values` gives them.
        watch: Not called: it takes no time.
        render: Makes no difference.

    Returns:
        The plan; nothing is applied.

    Raises:
        OptionInvalid: No conform left its findings.
        SelectionEmpty: The selection was asked for and is empty.
    """
    timeline = host.read()
    wanted = [
        f for f in load_findings(host.work_folder).findings if values["show"] == "all" or f.verdict in _NEEDS_A_HAND
    ]
    allowed = places_in(host, str(values["scope"]))
    clips = [clip for clip in timeline.clips if allowed is None or (clip.target.track, clip.target.path) in allowed]
    found = [(finding, _clip_of(finding, clips)) for finding in wanted]
    changes = tuple(_marker(finding, clip) for finding, clip in found if clip)
    lost = [finding.clip for finding, clip in found if clip is None]
    notes = [f"{name} is no longer where it was found, so it gets no marker." for name in lost if allowed is None]
    change_list = ChangeList(timeline.source, timeline.digest, timeline.timebase, changes)
    return Plan(timeline, change_list.without(timeline.applied), notes=tuple(notes))


def _finding(outcome: Outcome) -> Finding:
    anchor = outcome.slot.anchor
    pair = outcome.matches[0].pair if outcome.verdict == "placed" and outcome.matches else None
    return Finding(
        clip=anchor.name,
        kind=anchor.kind,
        record_start=anchor.record_start,
        verdict=outcome.verdict,
        reason=outcome.reason,
        sentence=outcome.sentence,
        offset_s=pair.start_s if pair and pair.HasField("start_s") else None,
        confidence=pair.confidence if pair else None,
    )


def _own_sound(picture: PictureOutcome) -> Finding:
    anchor = picture.slot.anchor
    speaker = surest(picture.sync) if picture.sync else None
    return Finding(
        clip=anchor.name,
        kind=anchor.kind,
        record_start=anchor.record_start,
        verdict=cast(FindingVerdict, picture.verdict),
        reason=picture.reason,
        sentence=picture.sentence,
        offset_s=speaker.offset_s if speaker else None,
        confidence=speaker.confidence if speaker else None,
    )


def _place(finding: Finding) -> _Place:
    return finding.clip, finding.kind, finding.record_start


def _clip_of(finding: Finding, clips: Sequence[Clip]) -> Clip | None:
    def fits(clip: Clip) -> bool:
        near = abs(clip.record_start - finding.record_start) < _NEAR_S
        return near and clip.kind == finding.kind and clip.name == finding.clip and not clip.tag

    return next(filter(fits, clips), None)


def _marker(finding: Finding, clip: Clip) -> AddMarker:
    return AddMarker(
        id=change_id("finding", finding),
        clip=change_id("finding of", finding.clip, finding.record_start),
        target=clip.target,
        color=_COLORS[finding.verdict],
        name=f"twopop: {finding.sentence}",
        comment=finding.sentence,
    )
