"""Checkpoints that carry code or claim what cannot be: refused, named, and never run."""

import builtins
import io
import os
import pickle
import struct
import subprocess
import warnings
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from twopop_models.checkpoint import read_checkpoint
from twopop_models.errors import FileUnreadable

BOTH = pytest.mark.parametrize("is_zip", [True, False], ids=["zip", "older"])


class Call:
    """Unpickles to whatever a call gives."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self._reduced = (function, arguments)

    def __reduce__(self) -> Any:
        return self._reduced


class Shaped:
    """Unpickles by setting a state."""

    def __init__(self) -> None:
        self.state = "evil"


def trace(tmp_path: Path) -> tuple[Path, str]:
    """A file that code would leave behind, and a shell's words to do it."""
    left = tmp_path / "ran"
    return left, f"touch {left}"


@BOTH
@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("posix.system", lambda words: Call(os.system, words)),
        ("subprocess.Popen", lambda words: Call(subprocess.Popen, ["sh", "-c", words])),
        ("builtins.eval", lambda words: Call(builtins.eval, f"__import__('os').system({words!r})")),
        ("builtins.getattr", lambda words: Call(getattr, words, "upper")),
        ("posix.system", lambda words: {"a": [({"b": Call(os.system, words)},)]}),
        ("posix.system", lambda words: OrderedDict(a=Call(OrderedDict, [("b", Call(os.system, words))]))),
        ("torch.load", lambda words: Call(torch.load, "other.pth")),
        ("numpy._core.multiarray._reconstruct", lambda words: np.array([{"a": 1}], dtype=object)),
        ("models.test_evil_checkpoint.Shaped", lambda words: Shaped()),
        ("copyreg._reconstructor", lambda words: Shaped()),
        ("_codecs.encode", lambda words: b"bytes of protocol 2"),
        ("builtins.complex", lambda words: 1j),
    ],
)
def test_a_checkpoint_that_carries_code_is_refused_by_its_name(
    tmp_path: Path, name: str, make: Any, is_zip: bool
) -> None:
    left, words = trace(tmp_path)
    path = tmp_path / "evil.pth"
    if name.startswith("copyreg"):
        write(path, pickle.dumps({"a": make(words)}, 0), is_zip=is_zip)
    else:
        torch.save({"w": torch.ones(2), "x": make(words)}, path, _use_new_zipfile_serialization=is_zip)
    with pytest.raises(FileUnreadable, match="which no checkpoint needs") as caught:
        read_checkpoint(path)
    assert name.split(".")[-1] in str(caught.value) or "instruction" in str(caught.value)
    assert not left.exists()


def test_the_same_file_does_run_code_when_it_is_unpickled(tmp_path: Path) -> None:
    """So the tests above are about something."""
    left, words = trace(tmp_path)
    torch.save({"x": Call(os.system, words)}, tmp_path / "evil.pth")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.load(tmp_path / "evil.pth", weights_only=False)
    assert left.exists()


def write(path: Path, stream: bytes, storages: dict[str, bytes] | None = None, *, is_zip: bool = True) -> None:
    """A checkpoint with a pickle of one's own."""
    if is_zip:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("m/data.pkl", stream)
            for key, data in (storages or {}).items():
                archive.writestr(f"m/data/{key}", data)
        return
    head = [0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}]
    with path.open("wb") as file:
        file.write(b"".join(pickle.dumps(value, 2) for value in head) + stream)
        pickle.dump(list(storages or {}), file, 2)
        for data in (storages or {}).values():
            file.write(struct.pack("<q", len(data) // 4) + data)


class Pickler(pickle.Pickler):
    """Writes persistent ids as torch does."""

    def persistent_id(self, value: Any) -> Any:
        return value.identity if isinstance(value, Stored) else None


class Stored:
    """A storage as a pickle speaks of it."""

    def __init__(self, *identity: Any) -> None:
        self.identity = identity


def stream(value: Any) -> bytes:
    buffer = io.BytesIO()
    Pickler(buffer, 2).dump(value)
    return buffer.getvalue()


def storage(count: Any = 4, key: Any = "0", kind: Any = torch.FloatStorage, *rest: Any) -> Stored:
    return Stored("storage", kind, key, "cpu", count, *rest)


def tensor(stored: Any, offset: Any = 0, shape: Any = (4,), strides: Any = (1,)) -> Any:
    return Call(torch._utils._rebuild_tensor_v2, stored, offset, shape, strides, False, OrderedDict())


FOUR = np.arange(4, dtype=np.float32).tobytes()


@BOTH
def test_a_pickle_of_ones_own_is_read_when_it_is_sound(tmp_path: Path, is_zip: bool) -> None:
    path = tmp_path / "m.pth"
    write(path, stream({"a": tensor(storage())}), {"0": FOUR}, is_zip=is_zip)
    assert read_checkpoint(path)["a"].tolist() == [0.0, 1.0, 2.0, 3.0]
    rest = ("view", 1, 2)
    write(path, stream({"a": tensor(storage(4, "0", torch.FloatStorage, rest), 0, (2,))}), {"0": FOUR}, is_zip=is_zip)
    assert read_checkpoint(path)["a"].tolist() == [1.0, 2.0]


@BOTH
@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (tensor(storage(), 1), r"claims a tensor of shape \[4\] in a storage of 4 numbers"),
        (tensor(storage(), 0, (5,)), r"claims a tensor of shape \[5\]"),
        (tensor(storage(), 0, (4,), (2,)), r"claims a tensor of shape \[4\]"),
        (tensor(storage(), 0, (10**9, 10**9), (0, 0)), "claims a tensor of shape"),
        (tensor(storage(), -1, (4,)), "with a size below zero"),
        (tensor(storage(), 0, (-4,)), "with a size below zero"),
        (tensor(storage(), 0, (4,), (-1,)), "with a size below zero"),
        (tensor(storage(), 0, (True,), (1,)), "with a size below zero"),
        (tensor(storage(), 0, (4,), (1, 1)), "whose shape and strides do not fit"),
        (tensor(storage(), 0, (1,) * 40, (1,) * 40), "whose shape and strides do not fit"),
        (tensor(storage(), "0", (4,)), "describes a tensor in a way that no checkpoint needs"),
        (tensor("0"), "describes a tensor in a way that no checkpoint needs"),
        (tensor(storage(-4)), "claims a storage of -4 numbers"),
        (tensor(storage(1 << 60)), "storage '0'"),
        (tensor(storage(5)), "storage '0'"),
        (tensor(storage(4, "1")), "storage '[01]'"),
        (tensor(storage(4, "../../m/data.pkl")), r"storage '(0|\.\./\.\./m/data\.pkl)'"),
        (tensor(storage(4, "0", torch.Size)), "speaks of numbers in a way that no checkpoint needs"),
        (tensor(storage(4, "0", torch.FloatStorage, ("v", 3, 2))), "speaks of numbers in a way that no checkpoint"),
        ([tensor(storage()), tensor(storage(2))], "speaks of storage '0' in two ways"),
        (Stored("module", "code"), "speaks of numbers in a way that no checkpoint needs"),
        ({("a", ("b",)): 1}, "key that is neither text nor number"),
        (Call(torch.FloatStorage, 4), r"wants to call torch\.FloatStorage; it may carry code and was not opened"),
    ],
)
def test_a_claim_that_cannot_be_is_refused(tmp_path: Path, value: Any, problem: str, is_zip: bool) -> None:
    path = tmp_path / "m.pth"
    write(path, stream({"a": value}), {"0": FOUR}, is_zip=is_zip)
    with pytest.raises(FileUnreadable, match=problem):
        read_checkpoint(path)


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (b"\x80\x02}(X\x01\x00\x00\x00ac__main__\nEvil\n)\x81u.", "wants to use __main__.Evil"),
        (b"(i__main__\nEvil\n.", "holds the pickle instruction INST"),
        (b"\x80\x02\x82\x01.", "holds the pickle instruction EXT1"),
        (b"\x80\x02ccollections\nOrderedDict\n)\x81.", "holds the pickle instruction NEWOBJ"),
        (b"\x80\x02ccollections\nOrderedDict\n}R.", "wants to call collections.OrderedDict; it may carry code"),
        (b"\x80\x02]}b.", "wants to set the state of a list; it may carry code"),
        (b"\x80\x02}]b.", "wants to set the state of a dict; it may carry code"),
        (b"\x80\x02}K\x01a.", "appends to something that is no list: a dict"),
        (b"\x80\x02]K\x01K\x02s.", "sets an item of something that is no dictionary: a list"),
        (b"\x80\x02}X\x01\x00\x00\x00aB\xff\xff\xff\x7fzz.", "is damaged, or is no pickle"),
        (b"\x80\x02}X\x01\x00\x00\x00a\x8e\xff\xff\xff\xff\xff\xff\xff\x7fs.", "is damaged, or is no pickle"),
        (b"\x80\x02}r\xff\xff\xff\x7f.", None),
        (b"\x80\x02}h\x07.", "is damaged, or is no pickle"),
        (b"\x80\x02(((.", "is damaged, or is no pickle"),
        (b"\x80\x020.", "is damaged, or is no pickle"),
        (b"\x80\x02}K\x01", "is damaged, or is no pickle"),
        (b"\x80\x02}X\x01\x00\x00\x00a\x8a\xff" + b"\x7f" * 255 + b"s.", "holds a number that is too large"),
        (b"\x80\x02}X\x01\x00\x00\x00a]q\x00h\x00as.", "is nested too deeply"),
        (b"\x80\x02}X\x01\x00\x00\x00a" + b"]" * 100 + b"a" * 99 + b"s.", "is nested too deeply"),
        (b"\x80\x02}X\x01\x00\x00\x00aPmine\ns.", "holds the pickle instruction PERSID"),
        (b"\x80\x03}X\x01\x00\x00\x00a\x8c\x02os\x8c\x06system\x93s.", "wants to use os.system"),
    ],
)
def test_a_crafted_stream_is_refused(tmp_path: Path, code: bytes, problem: str | None) -> None:
    path = tmp_path / "m.pth"
    write(path, code)
    if problem is None:  # a memo place far away costs nothing
        assert read_checkpoint(path) == {}
        return
    with pytest.raises(FileUnreadable, match=problem):
        read_checkpoint(path)


def test_a_list_of_lists_of_lists_is_not_unfolded(tmp_path: Path) -> None:
    """Thirty lists, each of ten references to the last, would be 10**30 items."""
    value: list[Any] = []
    for _ in range(25):
        value = [value] * 10
    path = tmp_path / "m.pth"
    write(path, stream({"a": value}))
    assert len(read_checkpoint(path)["a"]) == 10


def test_zip_bombs_and_other_archives(tmp_path: Path) -> None:
    path = tmp_path / "m.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("m/data.pkl", stream({"a": tensor(storage(1 << 22))}))
        archive.writestr("m/data/0", bytes(1 << 24))
    with pytest.raises(FileUnreadable, match="holds compressed or encrypted parts"):
        read_checkpoint(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
    with pytest.raises(FileUnreadable, match=r"a zip archive without one data\.pkl"):
        read_checkpoint(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("m/data.pkl", b"}.")
        archive.writestr("n/data.pkl", b"}.")
    with pytest.raises(FileUnreadable, match=r"a zip archive without one data\.pkl"):
        read_checkpoint(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("m/data.pkl", b"}.")
        archive.writestr("m/byteorder", b"big")
    with pytest.raises(FileUnreadable, match="was written on a big-endian machine"):
        read_checkpoint(path)


def test_the_older_format_with_numbers_of_which_it_does_not_speak(tmp_path: Path) -> None:
    path = tmp_path / "m.pth"
    write(path, stream({"a": tensor(storage())}), {"0": FOUR, "1": FOUR}, is_zip=False)
    with pytest.raises(FileUnreadable, match="has numbers for storage '1', of which it does not speak"):
        read_checkpoint(path)
    write(path, stream({"a": tensor(storage())}), {"0": FOUR[:8]}, is_zip=False)
    with pytest.raises(FileUnreadable, match="ends in the middle of storage '0'; fetch it again"):
        read_checkpoint(path)
