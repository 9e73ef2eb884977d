"""Checkpoints as plain arrays: torch's zip format, torch's older format, and safetensors, without torch and its risks.

Both of torch's formats are pickles that could run any code when they are unpickled; here they are read by a machine
that calls nothing (`pickle_machine.py`). Layouts: torch/serialization.py; the older one begins with the magic number
below, a protocol number 1001 and a note on the machine, and ends with the numbers themselves.
"""

from __future__ import annotations

import io
import mmap
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, cast

from twopop_models.errors import FileUnreadable
from twopop_models.pickle_machine import Grammar, Refused, read_pickle
from twopop_models.tensors import Arrays, Filling, Storage, grammar, numbers_of

_MAGIC = 0x1950A86A20F9469CFC6C
_PROTOCOL = 1001
_LARGEST_PICKLE_BYTES = 64 << 20
_BIG_ENDIAN = "was written on a big-endian machine, which is not read here"
_PLAIN = Grammar({}, frozenset(), lambda _: None)


def read_checkpoint(path: Path) -> Mapping[str, Any]:
    """A checkpoint's contents.

    Args:
        path: A .pth, .th, .pt, .model or .safetensors file.

    Returns:
        Arrays and plain values by name, nested as in the file; classes and types as their names.

    Raises:
        FileUnreadable: It is no checkpoint, is damaged, claims what cannot be, or carries code.
    """
    try:
        with path.open("rb") as file:
            value = _read(file, path)
    except Refused as problem:
        raise FileUnreadable(str(path), str(problem)) from problem
    except OSError as error:
        raise FileUnreadable(str(path), f"cannot be read: {error.strerror or error}") from error
    if not isinstance(value, Mapping):
        raise FileUnreadable(str(path), f"is no checkpoint: expected values by name, found a {type(value).__name__}")
    return value


def _read(file: IO[bytes], path: Path) -> Any:
    begin = file.read(9)
    file.seek(0)
    if begin.startswith(b"PK\x03\x04"):
        return _read_zip(file)
    if begin[8:] == b"{":
        return _read_safetensors(path)
    if begin.startswith(b"\x80"):
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:  # reads no more than there is
            return _read_older(cast(IO[bytes], mapped))
    raise Refused("is no checkpoint: expected what torch.save or safetensors write")


def _read_safetensors(path: Path) -> dict[str, Arrays]:
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return load_file(path)
    except (SafetensorError, KeyError, ValueError) as error:
        raise Refused(f"is no safetensors file that can be read: {error}") from error


def _read_zip(file: IO[bytes]) -> Any:
    try:
        with zipfile.ZipFile(file) as archive:
            return _Archive(archive, file.seek(0, io.SEEK_END)).read()
    except Refused:
        raise
    except (zipfile.BadZipFile, KeyError, ValueError, RuntimeError, EOFError, struct.error, OverflowError) as error:
        raise Refused("is damaged: it begins like torch's zip format, but cannot be read as such") from error


class _Archive:
    """torch's zip format: a pickle, and a file for each storage, all stored as they are."""

    def __init__(self, archive: zipfile.ZipFile, size_bytes: int) -> None:
        members = archive.infolist()
        if any(member.compress_type != zipfile.ZIP_STORED or member.flag_bits & 1 for member in members):
            raise Refused("holds compressed or encrypted parts, which torch.save never writes")
        if sum(member.file_size for member in members) > size_bytes:
            raise Refused("claims to hold more than its own length")
        pickles = [member.filename for member in members if member.filename.count("/") == 1]
        pickles = [name for name in pickles if name.endswith("/data.pkl")]
        if len(pickles) != 1:
            raise Refused("is no checkpoint: a zip archive without one data.pkl")
        self._archive, self._folder = archive, pickles[0].removesuffix("data.pkl")
        self._sizes = {member.filename: member.file_size for member in members}
        self._storages: dict[str, Storage] = {}

    def read(self) -> Any:
        """What it holds."""
        order = f"{self._folder}byteorder"
        if order in self._sizes and self._archive.read(order) != b"little":
            raise Refused(_BIG_ENDIAN)
        name = f"{self._folder}data.pkl"
        if self._sizes[name] > _LARGEST_PICKLE_BYTES:
            raise Refused("has a pickle that is too large for a checkpoint")
        value = read_pickle(io.BytesIO(self._archive.read(name)), grammar(self._storages))
        return Filling(self._load).fill(value)

    def _load(self, key: str) -> Arrays:
        storage, name = self._storages[key], f"{self._folder}data/{key}"
        if storage.size_bytes != self._sizes.get(name):
            found = self._sizes.get(name, "none")
            raise Refused(f"claims {storage.size_bytes} bytes for storage {key!r}, and holds {found}")
        return numbers_of(self._archive.read(name), storage)


def _read_older(file: IO[bytes]) -> Any:
    """Torch's format before 1.6: five pickles, then each storage with its count before it."""
    if read_pickle(file, _PLAIN) != _MAGIC:
        raise Refused("is a pickle, but no checkpoint that torch wrote")
    if read_pickle(file, _PLAIN) != _PROTOCOL:
        raise Refused("is of a protocol of torch that is not known")
    machine = read_pickle(file, _PLAIN)
    if not isinstance(machine, dict) or machine.get("little_endian") is not True:
        raise Refused(_BIG_ENDIAN)
    storages: dict[str, Storage] = {}
    value = read_pickle(file, grammar(storages))
    keys = read_pickle(file, _PLAIN)
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise Refused("has no list of its storages")
    loaded = {key: _read_storage(file, key, storages) for key in dict.fromkeys(keys)}
    if missing := storages.keys() - loaded.keys():
        raise Refused(f"has no numbers for storage {min(missing)!r}")
    return Filling(loaded.__getitem__).fill(value)


def _read_storage(file: IO[bytes], key: str, storages: Mapping[str, Storage]) -> Arrays:
    if key not in storages:
        raise Refused(f"has numbers for storage {key!r}, of which it does not speak")
    storage, head = storages[key], file.read(8)
    data = file.read(storage.size_bytes)
    if len(head) < 8 or len(data) < storage.size_bytes:
        raise Refused(f"ends in the middle of storage {key!r}; fetch it again")
    if (count := struct.unpack("<q", head)[0]) != storage.count:
        raise Refused(f"claims {storage.count} numbers for storage {key!r}, and holds {count}")
    return numbers_of(data, storage)
