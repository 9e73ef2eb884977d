"""Real engines on loopback for tests, with the jobs of `scripted_jobs`."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from twopop.locations import Home
from twopop_client.connection import Connection
from twopop_client.launcher import find

PATIENCE_S = 30.0


@contextlib.contextmanager
def running(home: Home, idle_exit_s: float = 0.0, *, unix: bool = False) -> Iterator["RunningEngine"]:
    """An engine in a process of its own, killed at the end if it still runs."""
    arguments = [sys.executable, __file__, str(home.root), str(idle_exit_s), "unix" if unix else "tcp"]
    home.make()
    with home.log_file.open("ab") as log, subprocess.Popen(arguments, stdout=log, stderr=log) as process:
        try:
            with contextlib.closing(_connect(home, process)) as connection:
                yield RunningEngine(home, process, connection)
        finally:
            process.kill()


def _connect(home: Home, process: "subprocess.Popen[bytes]") -> Connection:
    deadline_s = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline_s and process.poll() is None:
        if connection := find(home):
            return connection
        time.sleep(0.02)
    raise AssertionError(home.log_file.read_text())


class RunningEngine:
    """An engine and a connection to it."""

    def __init__(self, home: Home, process: "subprocess.Popen[bytes]", connection: Connection) -> None:
        self.home = home
        self.process = process
        self.connection = connection

    @property
    def worker_pids(self) -> list[int]:
        """Process ids of its workers."""
        children = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        pids = [int(pid) for path in children for pid in path.read_text().split()]
        return [pid for pid in pids if b"spawn_main" in _command(pid)]


def wait_until(condition: Callable[[], object]) -> None:
    """Waits for something that must become true."""
    deadline_s = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline_s, "it never came true"
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


if __name__ == "__main__":
    from scripted_jobs import SCRIPTED
    from twopop_engine.server import serve

    serve(Home(Path(sys.argv[1])), idle_exit_s=float(sys.argv[2]), unix=sys.argv[3] == "unix", capabilities=SCRIPTED)
