"""Runs the peers, one pair and one tool at a time, in the peers' own Python.

Reads a JSON object on each line of standard input, {"tool": name, "reference": path, "other": path}, and answers
with one on standard output, {"start_s": float or null, "wall_s": float, "error": text or null}. `--list` prints the
tools' names. Peers are called as their manuals show, with their defaults; what they print goes to standard error.

- audio-offset-finder (https://github.com/bbc/audio-offset-finder): MFCC cross-correlation, hop 128 (16 ms) is the
  default, hop 16 (2 ms) the finest that its documentation names.
- audalign (https://github.com/benfmiller/audalign): correlation, spectrogram correlation, fingerprints of accuracy
  2 (default) and 3 (highest recommended), and the two-step alignment of its manual: fingerprints, then a fine
  correlation.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any, TextIO

Tool = Callable[[str, str], float | None]


def offset_finder(hop: int) -> Tool:
    """audio-offset-finder with a hop in samples at 8 kHz."""
    finder = import_module("audio_offset_finder.audio_offset_finder")

    def run(reference: str, other: str) -> float | None:
        return float(finder.find_offset_between_files(reference, other, hop_length=hop)["time_offset"])

    return run


def audalign_recognize(recognizer: str, accuracy: int | None = None) -> Tool:
    """One of audalign's recognizers on its own."""
    audalign = import_module("audalign")

    def run(reference: str, other: str) -> float | None:
        chosen = getattr(audalign, recognizer)()
        if accuracy:
            chosen.config.set_accuracy(accuracy)
        found = audalign.recognize(other, reference, recognizer=chosen)
        return _first_offset(found, reference)

    return run


def audalign_two_steps() -> Tool:
    """Fingerprints for the coarse place, correlation for the fine one."""
    audalign = import_module("audalign")

    def run(reference: str, other: str) -> float | None:
        coarse = audalign.align_files(reference, other, recognizer=audalign.FingerprintRecognizer())
        if not coarse:
            return None
        fine = audalign.fine_align(coarse, recognizer=audalign.CorrelationRecognizer())
        shifts = fine or coarse
        names = os.path.basename(other), os.path.basename(reference)
        if not all(name in shifts for name in names):
            return None
        return float(shifts[names[0]] - shifts[names[1]])

    return run


def _first_offset(found: Any, reference: str) -> float | None:
    matches = (found or {}).get("match_info", {}).get(os.path.basename(reference))
    return float(matches["offset_seconds"][0]) if matches else None


TOOLS: dict[str, Callable[[], Tool]] = {
    "audio-offset-finder": lambda: offset_finder(128),
    "audio-offset-finder, hop 16": lambda: offset_finder(16),
    "audalign correlation": lambda: audalign_recognize("CorrelationRecognizer"),
    "audalign spectrogram": lambda: audalign_recognize("CorrelationSpectrogramRecognizer"),
    "audalign fingerprint 2": lambda: audalign_recognize("FingerprintRecognizer", 2),
    "audalign fingerprint 3": lambda: audalign_recognize("FingerprintRecognizer", 3),
    "audalign two steps": audalign_two_steps,
}


def main() -> None:
    """Answers requests until standard input ends."""
    if "--list" in sys.argv:
        print(json.dumps(list(TOOLS)))
        return
    answers = sys.stdout
    tools: dict[str, Tool] = {}
    with _own_input() as requests, contextlib.redirect_stdout(sys.stderr):
        for line in requests:
            request = json.loads(line)
            name = request["tool"]
            if name not in tools:
                tools[name] = TOOLS[name]()
            print(json.dumps(_timed(tools[name], request["reference"], request["other"])), file=answers, flush=True)


def _own_input() -> TextIO:
    """Standard input, taken away from the peers: the ffmpeg that they start would read from it."""
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    return requests


def _timed(tool: Tool, reference: str, other: str) -> dict[str, float | str | None]:
    begin = time.perf_counter()
    start_s, error = None, None
    try:
        start_s = tool(reference, other)
    except Exception as problem:  # a peer may fail in any way; the table says how
        error = f"{type(problem).__name__}: {problem}"[:200]
    return {"start_s": start_s, "wall_s": time.perf_counter() - begin, "error": error}


if __name__ == "__main__":
    main()
