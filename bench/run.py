"""Compares twopop with its peers on the same pairs, in one run, in turn.

    make bench
    PYTHONPATH=tests python bench/run.py --peers .venv-peers/bin/python [--out FILE] [--repeats N] [--only WORDS]

Every tool is given the two files and must say where the second starts. All are warm: each was first run on a small pair
that is in no table, so that compiling and loading don't count. Times are the best of the repeats; the tools take
turns, each repeat beginning with another one, and slow ones are not repeated. twopop's engine forgets each pair before
the next.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType

import av
from cases import Case, make_cases, make_warm_up
from tables import Outcome, report
from warm_engine import Answer, WarmEngine, renewed

OURS = "twopop"
LONG_S = 10.0
"""A tool that has taken this long on a pair is not run on it again: chance no longer matters."""


class Peers:
    """The peers' process, for the time of a `with` block."""

    def __init__(self, python: str) -> None:
        """Takes the path of the peers' Python."""
        self._command = [python, str(Path(__file__).with_name("peers.py"))]

    def __enter__(self) -> Peers:
        self.tools: list[str] = json.loads(subprocess.check_output([*self._command, "--list"]))
        self._log = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()
        self._log.close()

    def match(self, tool: str, case: Case) -> Answer:
        """Asks one tool about one pair."""
        assert self._process.stdin and self._process.stdout
        request = {"tool": tool, "reference": str(case.reference), "other": str(case.other)}
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return Answer(answer["start_s"], answer["wall_s"], note=answer["error"] or "")


def decode(case: Case) -> Answer:
    """Decodes both files with PyAV and does nothing with them: what any tool must spend."""
    begin = time.perf_counter()
    for path in (case.reference, case.other):
        with av.open(str(path), "r") as container:
            for _ in container.decode(audio=0):
                pass
    return Answer(None, time.perf_counter() - begin)


def run(cases: Sequence[Case], tools: dict[str, Callable[[Case], Answer]], repeats: int) -> list[Outcome]:
    """Runs every tool on every case; the order turns by one from repeat to repeat and from case to case."""
    outcomes = []
    names = list(tools)
    for number, case in enumerate(cases):
        answers: dict[str, list[Answer]] = {name: [] for name in names}
        for repeat in range(repeats):
            turn = (number + repeat) % len(names)
            for name in names[turn:] + names[:turn]:
                if sum(answer.wall_s for answer in answers[name]) < LONG_S:
                    answers[name].append(tools[name](case))
        best = {name: min(given, key=lambda answer: answer.wall_s) for name, given in answers.items()}
        outcomes.append(Outcome(case, best))
        print(
            f"{case.name}: " + ", ".join(f"{name} {answer.wall_s:.2f} s" for name, answer in best.items()), flush=True
        )
    return outcomes


def main() -> None:
    """Runs the comparison and prints it."""
    options = _options()
    with (
        tempfile.TemporaryDirectory(prefix="twopop-bench-") as folder,
        WarmEngine() as engine,
        Peers(options.peers) as peers,
    ):
        tools: dict[str, Callable[[Case], Answer]] = {
            OURS: lambda case: engine.match(renewed(case.reference), renewed(case.other)),
            "decoding alone": decode,
        }
        for name in peers.tools:
            tools[name] = partial(peers.match, name)
        warm_up = make_warm_up(Path(folder) / "warm-up")
        for tool in tools.values():
            tool(warm_up)
        print("making pairs", flush=True)
        words = options.only.split(";")
        cases = [case for case in make_cases(Path(folder)) if any(word in case.name for word in words)]
        outcomes = run(cases, tools, options.repeats)
    text = report(outcomes, _machine(), options.repeats)
    print("\n" + text)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text, encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Compares twopop with its peers.")
    parser.add_argument("--peers", required=True, help="the Python that the peers are installed in")
    parser.add_argument("--out", type=Path, help="where to write the tables, as Markdown")
    parser.add_argument("--repeats", type=int, default=3, help="how often each tool runs on each pair")
    parser.add_argument("--only", default="", help="only the cases whose name holds one of these, parted by ;")
    return parser.parse_args()


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


if __name__ == "__main__":
    main()
