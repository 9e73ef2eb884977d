"""The comparison's tables, in Markdown."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from cases import Case
from warm_engine import Answer

_OURS = "twopop"
_DECODING = "decoding alone"

_INTRODUCTION = """# Benchmark of the waveform sync

Made by `make bench` on {machine}. Every tool gets the same two files in the same run, in turn, {repeats} times
(slow ones less often), and the best time counts. All are warm: a first call on another pair, which compiles or loads
what it needs, is not counted. twopop runs in its engine, is asked over gRPC, and remembers nothing between the runs.

Errors are the largest over the other file's length. Other tools answer with one offset and no drift: where the clocks
differ, the best of all single offsets is off by half of what the clocks slide, 8 ms for 60 ppm over 280 s. Where both
tools are below the precision of the truth (a microsecond for made pairs, a millisecond for the real ones) they count as
equal. In brackets: how many times twopop's figure, or that precision.
"""


@dataclass(frozen=True)
class Outcome:
    """One case and what each tool made of it."""

    case: Case
    answers: dict[str, Answer]

    def error_s(self, tool: str) -> float | None:
        """How far off a tool is, in seconds; None where it gave no answer or there is no truth."""
        answer, case = self.answers[tool], self.case
        if answer.start_s is None or case.start_s is None:
            return None
        at_start_s = answer.start_s - case.start_s
        at_end_s = at_start_s + _slide_s(case, answer.drift_ppm or 0.0) - _slide_s(case, case.drift_ppm)
        return max(abs(at_start_s), abs(at_end_s))


def report(outcomes: list[Outcome], machine: str, repeats: int) -> str:
    """The whole page."""
    peers = [tool for tool in outcomes[0].answers if tool not in (_OURS, _DECODING)]
    true = [outcome for outcome in outcomes if outcome.case.start_s is not None]
    unrelated = [outcome for outcome in outcomes if outcome.case.start_s is None]
    parts = [
        _INTRODUCTION.format(machine=machine, repeats=repeats),
        _section("Error in milliseconds", true, peers, _error_cell),
        _section("Time in seconds", outcomes, peers, _time_cell),
        _budget(outcomes),
    ]
    if unrelated:
        parts.append(_section("Answers to unrelated pairs: none is right", unrelated, peers, _answer_cell))
    parts.append(_summary(true, outcomes, peers))
    return "\n".join(parts)


def _section(title: str, outcomes: list[Outcome], peers: list[str], cell: Callable[[Outcome, str], str]) -> str:
    rows = [["pair", _OURS, *peers]]
    for outcome in outcomes:
        rows.append([outcome.case.name, *(cell(outcome, tool) for tool in (_OURS, *peers))])
    return f"## {title}\n\n{markdown(rows)}"


def _error_cell(outcome: Outcome, tool: str) -> str:
    error_s = outcome.error_s(tool)
    if error_s is None:
        return outcome.answers[tool].note or "no answer"
    precision_s = outcome.case.precision_s
    text = f"{error_s * 1000:.3f}" if error_s < 1 else f"{error_s * 1000:,.0f}"
    text = text if error_s > precision_s else f"< {precision_s * 1000:g}"
    ours_s = outcome.error_s(_OURS)
    return text + _ratio(max(error_s, precision_s), None if ours_s is None else max(ours_s, precision_s), tool)


def _time_cell(outcome: Outcome, tool: str) -> str:
    wall_s = outcome.answers[tool].wall_s
    return f"{wall_s:.3f}" + _ratio(wall_s, outcome.answers[_OURS].wall_s, tool)


def _answer_cell(outcome: Outcome, tool: str) -> str:
    answer = outcome.answers[tool]
    return answer.note or "no answer" if answer.start_s is None else f"{answer.start_s:.3f} s"


def _ratio(value: float, ours: float | None, tool: str) -> str:
    if tool == _OURS or not ours:
        return ""
    ratio = value / ours
    digits = 2 if ratio < 1 else 1 if ratio < 10 else 0
    return f" ({ratio:,.{digits}f}x)"


def _budget(outcomes: list[Outcome]) -> str:
    rows = [["pair", "both files, s", "twopop, s", "per second of audio", "decoding alone, s", "times decoding"]]
    for outcome in outcomes:
        ours_s, decoding_s = outcome.answers[_OURS].wall_s, outcome.answers[_DECODING].wall_s
        rows.append(
            [
                outcome.case.name,
                f"{outcome.case.total_s:.0f}",
                f"{ours_s:.3f}",
                f"{ours_s / outcome.case.total_s:.5f}",
                f"{decoding_s:.3f}",
                f"{ours_s / decoding_s:.1f}",
            ]
        )
    return f"## Time against the sound's length and against decoding\n\n{markdown(rows)}"


def _summary(true: list[Outcome], outcomes: list[Outcome], peers: list[str]) -> str:
    rows = [["peer", "twopop's error is lower on", "equal on", "higher on", "twopop is faster on"]]
    for tool in peers:
        signs = [_compared(outcome, tool) for outcome in true]
        faster = sum(o.answers[_OURS].wall_s < o.answers[tool].wall_s for o in outcomes)
        rows.append([tool, *(str(signs.count(sign)) for sign in (-1, 0, 1)), f"{faster} of {len(outcomes)}"])
    return f"## Sum\n\n{markdown(rows)}"


def _compared(outcome: Outcome, tool: str) -> int:
    """-1 where twopop's error is lower, 0 where neither is beyond the truth's precision, 1 where it is higher."""
    ours_s, theirs_s = (math.inf if e is None else e for e in (outcome.error_s(_OURS), outcome.error_s(tool)))
    if max(ours_s, theirs_s) <= outcome.case.precision_s:
        return 0
    return -1 if ours_s < theirs_s else 1


def markdown(rows: list[list[str]]) -> str:
    """A table; the first row is its head."""
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:], ""])


def _slide_s(case: Case, drift_ppm: float) -> float:
    """How far the offset (reference time less file time) moves over the other's length because of its clock."""
    return case.other_s * (-drift_ppm / 1e6)
