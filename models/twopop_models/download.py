"""A download that goes on where it broke off: HTTP ranges (RFC 9110, section 14) guarded by If-Range.

The file grows under a hidden name, with a note of its address and of what the server calls this version, so that
another process can go on tomorrow. Whether it is the right file is for its hash to say, which is not looked at here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from twopop_models.cards import ModelFile
from twopop_models.disk import need_room, writing
from twopop_models.errors import FetchFailed
from twopop_models.stream import Answer, Interrupted, RangeRefused, Stream

_PROGRESS_BYTES = 1 << 20  # a try that gets this much further is not counted against the server
_LARGEST_BYTES = 16 << 30
_POLL_S = 0.1

Report = Callable[[int, int], None]
"""Called with the bytes that are here and those that there will be (0: not known); may raise to cancel."""


@dataclass(frozen=True)
class Patience:
    """How much is put up with.

    Attributes:
        tries: Tries in a row that bring next to nothing.
        pause_s: Seconds before the second of them; doubled before each further one.
        stall_s: Seconds without a byte.
    """

    tries: int = 4
    pause_s: float = 1.0
    stall_s: float = 30.0


class Download:
    """A file that is fetched to a temporary name.

    Attributes:
        came: Bytes that came so far in this process, those that were thrown away included.
        joined: Whether what is here came in more than one piece, or earlier.
    """

    def __init__(self, file: ModelFile, partial: Path, report: Report, patience: Patience) -> None:
        """Prepares a download.

        Args:
            file: What to fetch.
            partial: Where to write; what is there already is gone on with.
            report: Called at least every 0.2 s.
            patience: How much is put up with.
        """
        self.came = 0
        self._file, self._partial, self._report, self._patience = file, partial, report, patience
        self._note = partial.with_name(partial.name + ".json")
        self.joined = self.have > 0

    def run(self) -> None:
        """Fetches all that is missing.

        Raises:
            FetchFailed: The server refuses, sends something else, or broke off too often.
            StoreUnwritable: The disk is full or read-only.
        """
        furthest, failures = self.have, 0
        while True:
            try:
                return self._try()
            except Interrupted as problem:
                failures = 0 if self.have >= furthest + _PROGRESS_BYTES else failures + 1
                furthest = max(furthest, self.have)
                if failures >= self._patience.tries:
                    kept = "what came is kept, and the next pull goes on there; " if self.have else ""
                    detail = (
                        f"{problem}, {failures} times in a row; {kept}a file from elsewhere is taken with --from PATH"
                    )
                    raise FetchFailed(self._file.url, detail) from problem
            self._pause(self._patience.pause_s * 2 ** max(failures - 1, 0))

    @property
    def have(self) -> int:
        """Bytes that are here."""
        return self._partial.stat().st_size if self._partial.exists() else 0

    def discard(self) -> None:
        """Removes what came."""
        self._partial.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def close(self) -> None:
        """Removes the note, once the file is complete."""
        self._note.unlink(missing_ok=True)

    def _try(self) -> None:
        have = self.have
        version = self._version() if have else ""
        if not version and not self._file.sha256:  # nothing would show that the pieces belong together
            have = 0
        if have and have == self._file.size_bytes:
            return
        stream = Stream(self._file.url, have, version, self._patience.stall_s)
        try:
            self._receive(stream, stream.answer(self._tell), version)
        except RangeRefused:
            self.discard()
            raise Interrupted("the server has less than was fetched before") from None
        finally:
            stream.stop()

    def _receive(self, stream: Stream, answer: Answer, version: str) -> None:
        total = answer.total_bytes or self._file.size_bytes
        if self._file.size_bytes not in (0, total):
            detail = f"sends {total} bytes, and the card says {self._file.size_bytes}; nothing was fetched"
            raise FetchFailed(self._file.url, detail)
        if answer.start and version and answer.validator not in ("", version):
            self.discard()
            raise Interrupted("the server's file has changed since the first part was fetched")
        need_room(self._partial.parent, total - answer.start)
        self.joined = answer.start > 0
        with writing(self._note):
            self._note.write_text(json.dumps({"url": self._file.url, "version": answer.validator}), encoding="utf-8")
        self._copy(stream, answer.start, total)
        if self.have < total:
            raise Interrupted(f"the connection ended after {self.have} of {total} bytes")

    def _copy(self, stream: Stream, start: int, total: int) -> None:
        limit = total or _LARGEST_BYTES
        with writing(self._partial), self._partial.open("r+b" if start else "wb", buffering=0) as output:
            if start:
                output.truncate(start)
                output.seek(start)
            while block := stream.read(self._tell):
                if output.tell() + len(block) > limit:
                    raise FetchFailed(self._file.url, f"sends more than {limit} bytes; the rest was left")
                _write_all(output.write, block)
                self.came += len(block)
                self._report(output.tell(), total)

    def _tell(self) -> None:
        self._report(self.have, self._file.size_bytes)

    def _pause(self, pause_s: float) -> None:
        end_s = time.monotonic() + pause_s
        while time.monotonic() < end_s:
            self._tell()
            time.sleep(min(_POLL_S, pause_s))

    def _version(self) -> str:
        """What the server called the version that is here; empty when that is not known."""
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
            return str(note["version"]) if note["url"] == self._file.url else ""
        except (OSError, ValueError, KeyError, TypeError):
            return ""


def _write_all(write: Callable[[memoryview], int | None], block: bytes) -> None:
    """Writes a block to an unbuffered file, which may take it in parts."""
    left = memoryview(block)
    while left:
        left = left[write(left) or 0 :]
