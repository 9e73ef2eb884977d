"""Jobs that do what a path tells them, for tests of the engine around them: "/sleep/5", "/crash", "/missing".

They stand in for `Media.Probe`, whose request holds paths and whose result can hold anything.
"""

import errno
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from twopop.errors import MediaNotFound
from twopop.v1 import media_pb2
from twopop_engine.runtime.context import Context
from twopop_engine.runtime.partials import noted
from twopop_engine.services.registry import CAPABILITIES

_JOBS = {media_pb2.ProbeRequest: "scripted_jobs:probe", media_pb2.ScanRequest: "scripted_absence:scan"}
SCRIPTED = tuple(replace(it, job=_JOBS[it.request]) for it in CAPABILITIES if it.request in _JOBS)
"""The jobs here, and one whose module is missing."""


def probe(request: media_pb2.ProbeRequest, context: Context) -> media_pb2.ProbeResult:
    """Does what the first path says; the answer's container is what the script returned."""
    _, script, *rest = request.paths[0].split("/")
    answer = _SCRIPTS[script](context, *rest)
    result = media_pb2.ProbeResult()
    for path in request.paths:
        result.files.add(path=path).info.container = answer
    return result


def _pid(context: Context) -> str:
    return str(os.getpid())


def _large(context: Context, mebibytes: str) -> str:
    return "x" * (int(mebibytes) << 20)


def _sleep(context: Context, seconds: str) -> str:
    """Works as a job should: reports, and can be cancelled."""
    began_s = time.monotonic()
    while (elapsed_s := time.monotonic() - began_s) < float(seconds):
        context.progress(elapsed_s / float(seconds), "sleep", f"{elapsed_s:.2f} s")
        time.sleep(0.005)
    return "rested"


def _waver(context: Context) -> str:
    """Reports fractions that fall and overshoot, and stages that alternate."""
    for index in range(300):
        context.progress((index % 7) / 4 - 0.1, "waver" if index % 100 < 50 else "dither", str(index))
        time.sleep(0.002)
    return "wavered"


def _stuck(context: Context) -> str:
    """Never reports again."""
    context.progress(0.5, "stuck")
    time.sleep(600)
    return "never"


def _write(context: Context, *path: str) -> str:
    """Hangs in the middle of writing a file."""
    partial = Path("/", *path[:-1], f".{path[-1]}.partial.wav")
    with noted(partial):
        partial.write_bytes(b"half")
        _stuck(context)
        partial.unlink()
    return "never"


def _crash(context: Context) -> str:
    context.progress(0.25, "decode")
    os.kill(os.getpid(), signal.SIGSEGV)
    return "never"


def _babble(context: Context) -> str:
    """Sends what is no message over the pipe, as a broken worker might."""
    context._pipe.send_bytes(b"babble")  # type: ignore[attr-defined]
    return "never"


def _leave(context: Context) -> str:
    os._exit(7)


def _missing(context: Context) -> str:
    raise MediaNotFound.at("/nowhere/é\udcff.wav")


def _bug(context: Context) -> str:
    raise ZeroDivisionError("a fault of ours")


def _full(context: Context) -> str:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/mnt/shots/A001.wav")


def _memory(context: Context) -> str:
    raise MemoryError


_SCRIPTS: dict[str, Callable[..., str]] = {
    "pid": _pid,
    "large": _large,
    "sleep": _sleep,
    "waver": _waver,
    "stuck": _stuck,
    "write": _write,
    "crash": _crash,
    "babble": _babble,
    "leave": _leave,
    "missing": _missing,
    "bug": _bug,
    "full": _full,
    "memory": _memory,
}
