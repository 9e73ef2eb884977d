"""From the scores of each face to an answer for each speaker.

All faces of a file share one sound and, but for rare edits, one offset. So faces that cannot be told on their own,
because each is on screen but briefly, are added up; each is then held against what all of them say together.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from twopop_engine.sync.assess.answer import Curve, Reason, Span, SpeakerAnswer, Verdict
from twopop_engine.sync.assess.confidence import Calibration
from twopop_engine.sync.assess.course import Run, best_run
from twopop_engine.sync.assess.field import Field, added
from twopop_engine.sync.assess.peak import NEAR_S, background, local_peak
from twopop_engine.sync.assess.reasons import (
    IMPACT_SENTENCES,
    SENTENCES,
    FaceFacts,
    face_reason,
    impact_reason,
    offset_sentence,
)
from twopop_engine.sync.assess.speaking import speaking_spans
from twopop_engine.sync.assess.standards import DEFAULT, STANDARDS, microseconds, passes, tolerance
from twopop_engine.sync.assess.windows import windows_of
from twopop_engine.sync.scores import LseFigures

_FITS = 2.5  # deviations of its own scatter at which a face fits the file's offset
_MOST_PARTS = 20


@dataclass(frozen=True)
class Heard:
    """A face, its scores and SyncNet's figures of it."""

    facts: FaceFacts
    field: Field
    lse: LseFigures | None


@dataclass(frozen=True)
class Judge:
    """What turns an estimate into an answer.

    Attributes:
        calibration: Of the model.
        model: Id of its card.
        standard: Name of the one that decides.
        frame_rate: Frames a second of the video.
        with_evidence: Whether curves are wanted.
    """

    calibration: Calibration
    model: str
    standard: str
    frame_rate: Fraction
    with_evidence: bool

    def sure(self, run: Run | None) -> bool:
        """Whether a run is good enough to be told."""
        return run is not None and run.confidence >= self.calibration.threshold

    def told(self, facts: FaceFacts, field: Field, run: Run) -> SpeakerAnswer:
        """The answer for a run that is good enough; a standard must hold all through it."""
        bounds = [microseconds(lag) for lag in (run.offset_s, *_extremes(field, run))]
        decisive = tolerance(self.standard, self.frame_rate)
        verdict: Verdict = "in_sync" if all(decisive.holds(bound) for bound in bounds) else "out_of_sync"
        return SpeakerAnswer(
            facts.track,
            verdict,
            "",
            offset_sentence(verdict, run.offset_s, run.course, self.standard or DEFAULT),
            run.confidence,
            self.model,
            facts.seen,
            offset_s=run.offset_s,
            uncertainty_s=self.calibration.uncertainty_s(run.found),
            course=run.course,
            drift_ppm=run.drift_ppm,
            stretches=run.stretches,
            windows=windows_of(field, self.calibration, facts.profile_share),
            standards={name: all(passes(bound, self.frame_rate)[name] for bound in bounds) for name in STANDARDS},
            speaking=speaking_spans(field, run.lags_at(field.middles_s), self.calibration.still),
            curve=self.curve(field, run),
        )

    def refused(self, facts: FaceFacts, field: Field, run: Run | None, reason: Reason) -> SpeakerAnswer:
        """The answer when the offset cannot be told."""
        return SpeakerAnswer(
            facts.track,
            "cannot_tell",
            reason,
            SENTENCES[reason],
            run.confidence if run else 0.0,
            self.model,
            facts.seen,
            curve=self.curve(field, run),
        )

    def curve(self, field: Field, run: Run | None) -> Curve | None:
        """The score curve in units of its background, when it is wanted."""
        if not self.with_evidence or run is None:
            return None
        middle, deviation = background(field.lags_s, run.found.curve, run.found.peak.lag_s)
        values = ((run.found.curve - middle) / deviation).astype(np.float32)
        return Curve(float(field.lags_s[0]), field.lag_step_s, values)


def speaker_answers(heard: Sequence[Heard], judge: Judge) -> tuple[SpeakerAnswer, ...]:
    """An answer for each face, in their order.

    Args:
        heard: Faces with their scores, all by the same model.
        judge: What turns estimates into answers.
    """
    own = [best_run(one.field, judge.calibration, one.facts.profile_share) for one in heard]
    told = [run for run in own if run is not None and judge.sure(run)]
    common = _common(heard, told, judge)
    answers = []
    for one, run in zip(heard, own, strict=True):
        if run is not None and judge.sure(run):
            answer = judge.told(one.facts, one.field, run)
        elif common is not None and _fits(one.field, common):
            answer = judge.told(one.facts, one.field, common)
        else:
            still, others = judge.calibration.still, bool(told) or common is not None
            found = run.found if run else None
            reason = face_reason(one.facts, one.field, found, still, others_speak=others)
            answer = judge.refused(one.facts, one.field, run, reason)
        answers.append(replace(answer, lse=one.lse))
    return tuple(answers)


def _common(heard: Sequence[Heard], told: Sequence[Run], judge: Judge) -> Run | None:
    """What all faces say together; None when that is not sure, or when those that can be told disagree."""
    offsets = [run.offset_s for run in told]
    if len(heard) < 2 or (offsets and max(offsets) - min(offsets) > NEAR_S):
        return None
    profile_share = float(np.mean([one.facts.profile_share for one in heard]))
    fields = [one.field for one in heard if one.field.count]
    run: Run | None = None
    for _ in range(2):
        if not fields:
            return None
        run = best_run(added(fields), judge.calibration, profile_share)
        if run is None:
            return None
        fields = [field for field in fields if field.along(run.lags_at(field.middles_s)).sum() > 0]
    return run if judge.sure(run) else None


def _fits(field: Field, run: Run) -> bool:
    """Whether a face's scores along a run are higher than their scatter lets chance make them."""
    scores = field.along(run.lags_at(field.middles_s))[field.weights_s > 0]
    if len(scores) < 2 or scores.sum() <= 0:
        return False
    parts = np.array([part.sum() for part in np.array_split(scores, min(len(scores), _MOST_PARTS))])
    scatter = float(np.sqrt(np.sum((parts - parts.mean()) ** 2) * len(parts) / (len(parts) - 1)))
    peak = local_peak(field.lags_s, field.scores.sum(axis=0), run.offset_s, 2 * NEAR_S)
    return parts.sum() >= _FITS * scatter and abs(peak - run.offset_s) <= NEAR_S


def _extremes(field: Field, run: Run) -> tuple[float, float]:
    """The smallest and the greatest offset while the face is measured."""
    lags = run.lags_at(field.middles_s[field.weights_s > 0])
    return (float(lags.min()), float(lags.max())) if len(lags) else (run.offset_s, run.offset_s)


def impact_answer(field: Field, seen: Span, judge: Judge) -> SpeakerAnswer:
    """The answer for the motion of the whole picture.

    Args:
        field: Its scores.
        seen: The picture that was measured.
        judge: What turns estimates into answers.
    """
    facts = FaceFacts(0, seen, seen.stop_s - seen.start_s, 0.0, 0.0)
    run = best_run(field, judge.calibration)
    if run is not None and judge.sure(run):
        answer = judge.told(facts, field, run)
        frame_s = float(1 / judge.frame_rate) / math.sqrt(12)  # of where between two frames it happened
        return replace(answer, speaking=(), uncertainty_s=math.hypot(answer.uncertainty_s or 0.0, frame_s))
    reason = impact_reason(field, run.found if run else None)
    return replace(judge.refused(facts, field, run, reason), explanation=IMPACT_SENTENCES[reason])
