"""A session: many recordings placed on one reference's clock, on both cores, with what was known before reused."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from twopop.errors import InputError
from twopop.v1 import sync_pb2
from twopop_engine.media.wire import segment_from_wire
from twopop_engine.runtime.context import Context
from twopop_engine.runtime.results import result_key
from twopop_engine.sync import wire
from twopop_engine.sync.chain import compose
from twopop_engine.sync.match import Match
from twopop_engine.sync.pair import expected_start_s, match_voices
from twopop_engine.sync.source import Source, Voices, load
from twopop_engine.sync.speed import named_change

_REVISION: Final = "sync.match/5"
_THREADS: Final = 2
_TIMECODE_AGREES_S: Final = 0.2  # five frames of 25 per second: what a jam-synced day leaves
_REASONS: Final = {"MEDIA_NOT_FOUND": "offline", "MEDIA_UNREADABLE": "unreadable", "STREAM_MISSING": "no_audio"}


class MatchSession:
    """One Match request at work."""

    def __init__(self, reference: Source, request: sync_pb2.MatchRequest, context: Context) -> None:
        """Begins a session.

        Args:
            reference: The recording whose clock counts.
            request: Its options.
            context: The job's side of the operation.
        """
        self._reference = reference
        self._request = request
        self._context = context
        self._meter = _Meter(context)
        self._lock = threading.Lock()
        self._reference_voices: Future[Voices] | None = None

    def run(self, others: Sequence[Sequence[Path]]) -> list[sync_pb2.MatchPair]:
        """Places the others.

        Returns:
            A pair for each, in order.
        """
        opened = [_open(paths) for paths in others]
        sources = [item for item in opened if isinstance(item, Source)]
        self._meter.expect(self._reference.duration_s + 2 * sum(source.duration_s for source in sources))
        # The reference has a thread of its own: others that wait for it must not keep it from being loaded.
        with ThreadPoolExecutor(1) as self._loader, ThreadPoolExecutor(_THREADS) as pool:
            pairs = list(pool.map(self._place, opened))
            if self._request.allow_chaining:
                self._chain(opened, pairs, pool)
        return pairs

    def _place(self, source: Source | sync_pb2.MatchPair) -> sync_pb2.MatchPair:
        """The pair of a source, or the refusal that stands for a file that could not be opened."""
        if isinstance(source, sync_pb2.MatchPair):
            return source
        pair = self._known(self._reference, source, self._against_reference)
        self._meter.add(source.duration_s, "match", source.paths[0].name)
        _check_timecode(pair, expected_start_s(self._reference, source))
        _check_speed(pair, source.own_drift_ppm)
        return pair

    def _known(
        self, reference: Source, source: Source, find: Callable[[Source], sync_pb2.MatchPair]
    ) -> sync_pb2.MatchPair:
        """An earlier result for the same content, else a new one."""
        key = result_key(_REVISION, reference.digest, source.digest, f"timecode={self._request.use_timecode}")
        kept = self._context.results.load(key)
        if kept is not None:
            pair = sync_pb2.MatchPair.FromString(kept)
            self._meter.add(source.duration_s, "match", source.paths[0].name)
        else:
            pair = find(source)
            self._context.results.save(key, pair.SerializeToString())
        pair.other = str(source.paths[0])
        return pair

    def _against_reference(self, source: Source) -> sync_pb2.MatchPair:
        with self._lock:
            self._reference_voices = self._reference_voices or self._loader.submit(self._load, self._reference)
        other = self._load(source)
        return self._compare(self._reference_voices.result(), other, source, expected_start_s(self._reference, source))

    def _compare(
        self, reference: Voices, other: Voices, source: Source, expected_s: float | None
    ) -> sync_pb2.MatchPair:
        name = str(source.paths[0])
        expected_s = expected_s if self._request.use_timecode else None
        answer = match_voices(reference, other, expected_s, lambda: self._meter.add(0.0, "match", source.paths[0].name))
        return wire.matched(name, answer) if isinstance(answer, Match) else wire.refused(name, answer)

    def _load(self, source: Source) -> Voices:
        name = source.paths[0].name
        return load(source, self._context.home.scratch_folder, lambda s: self._meter.add(s, "decode", name))

    def _chain(
        self,
        sources: Sequence[Source | sync_pb2.MatchPair],
        pairs: list[sync_pb2.MatchPair],
        pool: ThreadPoolExecutor,
    ) -> None:
        """Places what is left through files that were placed, until nothing more is found."""
        fresh = [k for k, pair in enumerate(pairs) if pair.verdict == sync_pb2.MATCH_VERDICT_MATCHED]
        while fresh:
            found: list[int] = []
            for middle in fresh:
                left = [k for k, pair in enumerate(pairs) if pair.reason == "unrelated" and k not in found]
                results = pool.map(lambda k, m=middle: self._through(sources[m], pairs[m], sources[k]), left)
                for k, pair in zip(left, results, strict=True):
                    if pair is not None:
                        pairs[k] = pair
                        found.append(k)
            fresh = found

    def _through(
        self,
        middle: Source | sync_pb2.MatchPair,
        carrier: sync_pb2.MatchPair,
        source: Source | sync_pb2.MatchPair,
    ) -> sync_pb2.MatchPair | None:
        """A source placed through another, or None."""
        if not isinstance(middle, Source) or not isinstance(source, Source):
            return None

        def find(source: Source) -> sync_pb2.MatchPair:
            return self._compare(self._load(middle), self._load(source), source, expected_start_s(middle, source))

        inner = self._known(middle, source, find)
        if inner.verdict != sync_pb2.MATCH_VERDICT_MATCHED:
            return None
        outer = [segment_from_wire(segment) for segment in carrier.segments]
        pieces = compose(outer, [segment_from_wire(segment) for segment in inner.segments])
        inner.start_s = pieces[0].start_s
        inner.drift_ppm = pieces[0].drift_ppm
        inner.confidence *= carrier.confidence
        inner.uncertainty_s += carrier.uncertainty_s
        inner.inverted_polarity ^= carrier.inverted_polarity
        inner.via = carrier.other
        del inner.segments[:]
        inner.segments.extend(wire.segment_to_wire(piece) for piece in pieces)
        _check_timecode(inner, expected_start_s(self._reference, source))
        return inner


class _Meter:
    """Progress in seconds of sound, from any thread."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._done_s = 0.0
        self._total_s = 1.0

    def expect(self, total_s: float) -> None:
        """Says how many seconds there will be."""
        self._total_s = max(total_s, 1e-3)

    def add(self, seconds: float, stage: str, message: str) -> None:
        """Counts seconds as done."""
        with self._lock:
            self._done_s += seconds
            self._context.progress(min(self._done_s / self._total_s, 0.99), stage, message)


def _open(paths: Sequence[Path]) -> Source | sync_pb2.MatchPair:
    """A source, or the refusal that says why it is none."""
    try:
        return Source.open(paths)
    except InputError as error:
        return wire.refused_for(str(paths[0]), _REASONS.get(error.reason, "unreadable"), error.message)


def _check_timecode(pair: sync_pb2.MatchPair, expected_s: float | None) -> None:
    if expected_s is None:
        return
    pair.timecode_start_s = expected_s
    if pair.verdict == sync_pb2.MATCH_VERDICT_MATCHED:
        agrees = abs(pair.start_s - expected_s) <= _TIMECODE_AGREES_S
        pair.timecode_check = "agrees" if agrees else "disagrees"
        if not agrees:
            way = "later" if pair.start_s > expected_s else "earlier"
            apart_s = abs(pair.start_s - expected_s)
            pair.warnings.append(f"the sound places it {apart_s:.3f} s {way} than the timecodes do")


def _check_speed(pair: sync_pb2.MatchPair, own_drift_ppm: float | None) -> None:
    if pair.verdict != sync_pb2.MATCH_VERDICT_MATCHED:
        return
    written = named_change(own_drift_ppm or 0.0)
    measured = pair.speed_change
    if measured and not written:
        pair.warnings.append(f"runs at a changed speed ({measured}), which its own metadata does not say")
    elif written and written.name != measured:
        pair.warnings.append(f"its metadata says {written.name}; the sound says {pair.drift_ppm:+.1f} ppm")
