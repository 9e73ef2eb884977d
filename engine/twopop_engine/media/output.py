"""Files that appear whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from twopop.errors import OutputUnwritable
from twopop_engine.runtime.partials import noted

_PROBLEMS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file grew beyond what this disk or user may hold",
    errno.EACCES: "permission denied; choose another folder",
    errno.EPERM: "permission denied; choose another folder",
    errno.EROFS: "the disk is read-only; choose another folder",
    errno.ENOENT: "its folder does not exist",
    errno.ENOTDIR: "its folder does not exist",
    errno.EISDIR: "a folder of that name is in the way",
    errno.ENAMETOOLONG: "its name is too long",
}
_STEM_LIMIT = 60


@contextmanager
def atomic_output(path: Path) -> Iterator[Path]:
    """Gives a temporary name beside a file; renamed when the block ends well, removed when it does not.

    Args:
        path: The file to make; an existing one is replaced at the end.

    Yields:
        The temporary path: hidden, with the same suffix.

    Raises:
        OutputUnwritable: The system refused to write.
    """
    partial = path.with_name(f".{path.stem[:_STEM_LIMIT]}.{secrets.token_hex(4)}.partial{path.suffix}")
    try:
        with noted(partial):
            yield partial
            with partial.open("rb") as file:
                os.fsync(file.fileno())
            partial.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        partial.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> OutputUnwritable:
    """The error that a refusal of the system stands for."""
    return OutputUnwritable.at(str(path), _PROBLEMS.get(error.errno or 0, error.strerror or str(error)))
