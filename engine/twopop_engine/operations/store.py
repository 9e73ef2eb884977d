"""Operations kept over restarts, in SQLite."""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from pathlib import Path

from twopop.v1 import operations_pb2

KEPT_COUNT = 1000
"""Operations kept; older ones are forgotten."""

KEPT_BYTES = 256 << 20
"""Bytes of operations kept, results included; the oldest are forgotten first."""

_PRUNE_EVERY = 32

_log = logging.getLogger(__name__)
_PRUNE = """
DELETE FROM operations WHERE number IN (
    SELECT number FROM (
        SELECT number, row_number() OVER newer AS count, sum(length(message)) OVER newer AS bytes
        FROM operations WINDOW newer AS (ORDER BY number DESC)
    ) WHERE count > 1 AND (count > ? OR bytes > ?)
)
"""
_SCHEMA = """
CREATE TABLE IF NOT EXISTS operations (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    state INTEGER NOT NULL,
    message BLOB NOT NULL
)
"""


class OperationStore:
    """The operations' database; safe for several threads of one engine.

    Every method may raise `sqlite3.Error` when the disk is full or fails.
    """

    def __init__(self, path: Path) -> None:
        """Opens the database and makes it when missing.

        Args:
            path: The file; its folder exists.
        """
        self._lock = threading.Lock()
        self._save_count = 0
        try:
            self._database = _open(path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # no room, no permission: not the file's fault
                raise
            aside = path.with_name(f"{path.name}.broken")
            _log.error("%s is no database (%s); it is kept as %s", path, error, aside)
            path.replace(aside)
            self._database = _open(path)

    def save(self, operation: operations_pb2.Operation) -> None:
        """Adds an operation or brings it up to date."""
        row = (operation.id, operation.state, operation.SerializeToString())
        with self._lock:
            self._database.execute(
                "INSERT INTO operations (id, state, message) VALUES (?, ?, ?) "
                "ON CONFLICT (id) DO UPDATE SET state = excluded.state, message = excluded.message",
                row,
            )
            self._save_count += 1
            if self._save_count % _PRUNE_EVERY == 0:
                self._database.execute(_PRUNE, (KEPT_COUNT, KEPT_BYTES))

    def load(self, operation_id: str) -> operations_pb2.Operation | None:
        """The operation of an id, or None."""
        found = self._read("SELECT message FROM operations WHERE id = ?", operation_id)
        return found[0] if found else None

    def newest(self, count: int) -> list[operations_pb2.Operation]:
        """The newest operations first."""
        return self._read("SELECT message FROM operations ORDER BY number DESC LIMIT ?", count)

    def unfinished(self) -> list[operations_pb2.Operation]:
        """Those that wait or run; right after a start: those that an earlier engine left behind."""
        return self._read(
            "SELECT message FROM operations WHERE state IN (?, ?)",
            operations_pb2.OPERATION_STATE_QUEUED,
            operations_pb2.OPERATION_STATE_RUNNING,
        )

    def close(self) -> None:
        """Closes the database."""
        with self._lock:
            self._database.close()

    def _read(self, query: str, *parameters: str | int) -> list[operations_pb2.Operation]:
        with self._lock:
            rows = self._database.execute(query, parameters).fetchall()
        return [operations_pb2.Operation.FromString(message) for (message,) in rows]


def _open(path: Path) -> sqlite3.Connection:
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # SQLite would let the umask decide
    database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=NORMAL")  # survives a crash of the engine, which is what counts
        database.execute(_SCHEMA)
        database.execute(_PRUNE, (KEPT_COUNT, KEPT_BYTES))
    except sqlite3.Error:
        database.close()
        raise
    return database
