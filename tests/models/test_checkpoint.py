"""Checkpoints that torch wrote, read without torch, against what was saved."""

from collections import OrderedDict
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from twopop_models.checkpoint import read_checkpoint
from twopop_models.errors import FileUnreadable

BOTH = pytest.mark.parametrize("is_zip", [True, False], ids=["zip", "older"])

TENSORS = {
    "float": torch.linspace(-1, 1, 24).reshape(2, 3, 4),
    "double": torch.arange(3, dtype=torch.float64),
    "half": torch.tensor([1.5, -2.25]).half(),
    "bfloat": torch.tensor([1.0, -3.5, 65536.0]).bfloat16(),
    "long": torch.tensor([-(2**40), 7]),
    "int": torch.tensor([1, -2], dtype=torch.int32),
    "short": torch.tensor([3], dtype=torch.int16),
    "char": torch.tensor([-4], dtype=torch.int8),
    "byte": torch.tensor([255], dtype=torch.uint8),
    "bool": torch.tensor([True, False]),
    "scalar": torch.tensor(2.5),
    "empty": torch.empty(0, 3),
    "turned": torch.arange(6).reshape(2, 3).t(),
    "slice": torch.arange(10.0)[3:7],
    "parameter": torch.nn.Parameter(torch.ones(2, 2)),
}


def saved(folder: Path, value: Any, *, is_zip: bool) -> Path:
    path = folder / "model.pth"
    torch.save(value, path, _use_new_zipfile_serialization=is_zip)
    return path


@BOTH
def test_every_kind_of_tensor_is_read_exactly(tmp_path: Path, is_zip: bool) -> None:
    found = read_checkpoint(saved(tmp_path, TENSORS, is_zip=is_zip))
    assert list(found) == list(TENSORS)
    for name, tensor in TENSORS.items():
        expected = tensor.detach().float().numpy() if name == "bfloat" else tensor.detach().numpy()
        assert (found[name].dtype, found[name].shape) == (expected.dtype, expected.shape), name
        assert np.array_equal(found[name], expected), name


@BOTH
def test_a_networks_state_and_a_whole_training_state(tmp_path: Path, is_zip: bool) -> None:
    network = torch.nn.Sequential(torch.nn.Conv1d(2, 3, 5), torch.nn.BatchNorm1d(3))
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-5, betas=(0.5, 0.999))
    network(torch.ones(2, 2, 9)).sum().backward()
    optimizer.step()
    state = {"state_dict": network.state_dict(), "optimizer": optimizer.state_dict(), "global_step": 258000}
    found = read_checkpoint(saved(tmp_path, state, is_zip=is_zip))
    assert found["global_step"] == 258000
    assert found["optimizer"]["param_groups"][0]["betas"] == (0.5, 0.999)
    for name, tensor in network.state_dict().items():
        assert np.array_equal(found["state_dict"][name], tensor.numpy())
    bare = read_checkpoint(saved(tmp_path, network.state_dict(), is_zip=is_zip))
    assert list(bare) == list(network.state_dict())


@BOTH
def test_the_classes_that_demucs_names_are_names_only(tmp_path: Path, is_zip: bool) -> None:
    import sys
    from types import ModuleType

    module = ModuleType("demucs.htdemucs")
    module.HTDemucs = type("HTDemucs", (), {"__module__": "demucs.htdemucs"})  # type: ignore[attr-defined]
    sys.modules["demucs"], sys.modules["demucs.htdemucs"] = ModuleType("demucs"), module
    try:
        state = {"state": OrderedDict(a=torch.ones(2).half())}
        value = {"klass": module.HTDemucs, "args": (), "kwargs": {"segment": Fraction(39, 5)}, **state}
        path = saved(tmp_path, value, is_zip=is_zip)
    finally:
        del sys.modules["demucs"], sys.modules["demucs.htdemucs"]
    found = read_checkpoint(path)
    assert found["klass"] == "demucs.htdemucs.HTDemucs"
    assert found["kwargs"]["segment"] == Fraction(39, 5)
    assert found["state"]["a"].tolist() == [1.0, 1.0]


@BOTH
def test_shared_numbers_are_held_once(tmp_path: Path, is_zip: bool) -> None:
    tensor = torch.arange(1000.0)
    found = read_checkpoint(saved(tmp_path, {"a": tensor, "b": tensor[10:]}, is_zip=is_zip))
    assert np.shares_memory(found["a"], found["b"])
    assert not found["a"].flags.writeable


def test_safetensors(tmp_path: Path) -> None:
    path = tmp_path / "model.safetensors"
    save_file({"a": torch.arange(6.0).reshape(2, 3)}, path)
    assert read_checkpoint(path)["a"].tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(FileUnreadable, match="is no safetensors file that can be read"):
        read_checkpoint(path)


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", "is no checkpoint: expected what torch.save or safetensors write"),
        (b"<html>404</html>", "is no checkpoint: expected what torch.save or safetensors write"),
        (b"PK\x03\x04 and no more", "is damaged: it begins like torch's zip format"),
        (b"\x80\x02K\x07.", "is a pickle, but no checkpoint that torch wrote"),
        (b"\x80\x02", "is damaged, or is no pickle"),
    ],
)
def test_what_is_no_checkpoint(tmp_path: Path, data: bytes, problem: str) -> None:
    path = tmp_path / "model.pth"
    path.write_bytes(data)
    with pytest.raises(FileUnreadable, match=problem):
        read_checkpoint(path)
    with pytest.raises(FileUnreadable, match="cannot be read: No such file"):
        read_checkpoint(tmp_path / "nowhere.pth")


@BOTH
def test_something_else_than_values_by_name(tmp_path: Path, is_zip: bool) -> None:
    with pytest.raises(FileUnreadable, match="expected values by name, found a list"):
        read_checkpoint(saved(tmp_path, [torch.ones(1)], is_zip=is_zip))


@BOTH
def test_every_truncation_is_told(tmp_path: Path, is_zip: bool) -> None:
    path = saved(tmp_path, {"a": torch.arange(50.0), "b": torch.arange(7)}, is_zip=is_zip)
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(FileUnreadable):
            read_checkpoint(path)


@pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")  # pickletools, of a damaged text
@BOTH
def test_a_damaged_file_is_read_or_refused_and_nothing_else(tmp_path: Path, is_zip: bool) -> None:
    path = saved(tmp_path, {"a": torch.arange(50.0), "n": {"b": torch.arange(7)}, "step": 3}, is_zip=is_zip)
    whole = path.read_bytes()
    rng = np.random.default_rng(7)
    refused = 0
    for _ in range(1500):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole), rng.integers(1, 4)):
            damaged[place] = rng.integers(0, 256)
        path.write_bytes(damaged)
        try:
            read_checkpoint(path)
        except FileUnreadable as error:
            refused += 1
            assert "\n" not in str(error)
    assert refused > 100
