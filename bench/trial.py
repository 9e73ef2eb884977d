"""One trial: make a pair, match its files, compare with the truth."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path

from scenes.pairs import Pair, Spec, Truth, make_pair
from twopop.locations import Home
from twopop.v1 import sync_pb2
from twopop_engine.runtime.context import LocalContext
from twopop_engine.sync import jobs


@dataclass(frozen=True)
class Trial:
    """What came out, flat, so that it is a line of JSON and a row of a table.

    Attributes:
        key: Which trial: set and number.
        kind: Speech or music.
        unrelated: How the two are unrelated; None for a true pair.
        overlap_s: Seconds that both heard; the other's length for an unrelated pair.
        snr_db: The noisier side's signal-to-noise ratio.
        drr_db: The more reverberant side's direct-to-reverberant ratio; None without rooms.
        drift_ppm: The other's true clock error.
        matched: Whether it was placed.
        reason: Why not.
        confidence: As the engine gives it.
        error_s: The largest error of placement, at the file's ends or inside its pieces; None without a match.
        start_error_s: The error of `start_s`, signed; None when refused or unrelated.
        uncertainty_s: As the engine gives it.
        drift_error_ppm: Signed; None when refused or unrelated.
        polarity_right: Whether the polarity was told; None when refused or unrelated.
        pieces: How many there are in truth.
        segments: How many the engine found.
        wall_s: How long the match took.
        spec: Everything that was drawn.
    """

    key: str
    kind: str
    unrelated: str | None
    overlap_s: float
    snr_db: float
    drr_db: float | None
    drift_ppm: float
    matched: bool
    reason: str
    confidence: float
    error_s: float | None
    start_error_s: float | None
    uncertainty_s: float | None
    drift_error_ppm: float | None
    polarity_right: bool | None
    pieces: int
    segments: int
    wall_s: float
    spec: dict[str, object]


def run_trials(specs: dict[str, Spec], processes: int) -> Iterator[Trial]:
    """Runs trials in processes of their own and yields them as they end."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        running = [pool.submit(run_trial, key, spec) for key, spec in specs.items()]
        for future in as_completed(running):
            yield future.result()


def run_trial(key: str, spec: Spec) -> Trial:
    """Makes and matches one pair, through files and the engine's own job."""
    pair = make_pair(spec)
    with tempfile.TemporaryDirectory(prefix="twopop-trial-") as name:
        folder = Path(name)
        request = sync_pb2.MatchRequest(
            reference=sync_pb2.MatchSource(paths=[str(pair.reference.write(folder, "reference"))]),
            others=[sync_pb2.MatchSource(paths=[str(pair.other.write(folder, "other"))])],
        )
        begin = time.perf_counter()
        answer = jobs.match(request, LocalContext(Home(folder / "home"))).pairs[0]
        wall_s = time.perf_counter() - begin
    return judged(key, pair, answer, wall_s)


def judged(key: str, pair: Pair, answer: sync_pb2.MatchPair, wall_s: float) -> Trial:
    """What came out of a pair."""
    spec, truth = pair.spec, pair.truth
    matched = answer.verdict == sync_pb2.MATCH_VERDICT_MATCHED
    error_s = start_error_s = drift_error_ppm = polarity_right = None
    if matched and truth:
        start_error_s = answer.start_s - truth.start_s
        drift_error_ppm = answer.drift_ppm - truth.drift_ppm
        error_s = max(abs(error) for error in errors_s(truth, answer))
        polarity_right = answer.inverted_polarity == truth.inverted_polarity
    ratios = [side.drr_db for side in (spec.reference, spec.other) if side.drr_db is not None]
    return Trial(
        key=key,
        kind=spec.kind,
        unrelated=spec.unrelated,
        overlap_s=spec.excerpt_s if spec.unrelated else spec.overlap_s,
        snr_db=spec.snr_db,
        drr_db=min(ratios, default=None),
        drift_ppm=spec.drift_ppm,
        matched=matched,
        reason=answer.reason,
        confidence=answer.confidence,
        error_s=error_s,
        start_error_s=start_error_s,
        uncertainty_s=answer.uncertainty_s if matched else None,
        drift_error_ppm=drift_error_ppm,
        polarity_right=polarity_right,
        pieces=1 + len(spec.cuts),
        segments=len(answer.segments),
        wall_s=wall_s,
        spec=asdict(spec),
    )


def errors_s(truth: Truth, answer: sync_pb2.MatchPair) -> Iterator[float]:
    """How far off the answer is at both ends of the file, or inside each piece where there are several."""
    whole = len(truth.pieces) == 1
    for piece in truth.pieces:
        for share in (0.0, 1.0) if whole else (0.3, 0.7):
            at_s = share * piece.duration_s
            yield _placed_s(answer, piece.other_start_s + at_s) - (piece.start_s + at_s / (1 + truth.drift_ppm / 1e6))


def _placed_s(answer: sync_pb2.MatchPair, file_s: float) -> float:
    """Where the answer puts a moment of the file on the reference's clock (media.proto, Segment)."""
    inside = [segment for segment in answer.segments if segment.other_start_s <= file_s] or answer.segments[:1]
    segment = inside[-1]
    return segment.start_s + (file_s - segment.other_start_s) / (1 + segment.drift_ppm / 1e6)
