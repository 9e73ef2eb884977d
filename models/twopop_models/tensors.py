"""Tensors as checkpoints describe them: a storage, and a view of it; arrays are made only once all claims hold.

The names are those that torch's own serialisation writes (torch/_utils.py, torch/serialization.py), read from files
that torch 2.13 wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twopop_models.pickle_machine import Grammar, Maker, Name, Refused

Arrays = NDArray[Any]

BFLOAT16 = "bfloat16"
"""numpy has none: its upper halves of 32-bit floats are widened."""

_DTYPES: Mapping[str, str] = {
    "torch.FloatStorage": "<f4",
    "torch.DoubleStorage": "<f8",
    "torch.HalfStorage": "<f2",
    "torch.BFloat16Storage": BFLOAT16,
    "torch.LongStorage": "<i8",
    "torch.IntStorage": "<i4",
    "torch.ShortStorage": "<i2",
    "torch.CharStorage": "<i1",
    "torch.ByteStorage": "<u1",
    "torch.BoolStorage": "?",
}
_PUBLISHED_CLASSES = frozenset({"demucs.htdemucs.HTDemucs", "demucs.hdemucs.HDemucs"})
_DIMENSIONS = 16
_DEEPEST = 32


@dataclass(frozen=True)
class Storage:
    """A stretch of numbers in the file.

    Attributes:
        key: Its name in the file.
        dtype: Their kind, as numpy spells it, or `BFLOAT16`.
        count: How many there are.
        offset: Number from which on it is meant; 0 for the whole.
    """

    key: str
    dtype: str
    count: int
    offset: int = 0

    @property
    def size_bytes(self) -> int:
        """Its length in the file."""
        return self.count * (2 if self.dtype == BFLOAT16 else np.dtype(self.dtype).itemsize)


@dataclass(frozen=True)
class View:
    """A tensor: a view of a storage.

    Attributes:
        storage: What it views.
        offset: Place of its first number.
        shape: Its shape.
        strides: Steps between numbers, for each dimension.
    """

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self, numbers: Arrays) -> Arrays:
        """The tensor as an array that shares the storage's memory and cannot be written to.

        Args:
            numbers: The storage's numbers [count].
        """
        steps = tuple(stride * numbers.itemsize for stride in self.strides)
        first = self.offset if prod(self.shape) else 0  # an empty tensor may stand at the very end
        return np.lib.stride_tricks.as_strided(numbers[first:], self.shape, steps, writeable=False)


def grammar(storages: dict[str, Storage]) -> Grammar:
    """What a checkpoint may speak of.

    Args:
        storages: Where each storage that it speaks of is noted, whole, by its key.
    """
    makers: dict[str, Maker] = {
        "collections.OrderedDict": _mapping,
        "torch._utils._rebuild_tensor_v2": lambda arguments: _view(arguments[:4]),
        "torch._utils._rebuild_tensor": _view,
        "torch._utils._rebuild_parameter": lambda arguments: arguments[0],
        "torch.Size": _size,
        "fractions.Fraction": _fraction,
    }

    def persistent(identity: Any) -> Storage:
        storage = _storage(identity)
        known = storages.setdefault(storage.key, replace(storage, offset=0))
        if (known.dtype, known.count) != (storage.dtype, storage.count):
            raise Refused(f"speaks of storage {storage.key!r} in two ways")
        return storage

    return Grammar(makers, frozenset(_DTYPES) | _PUBLISHED_CLASSES, persistent)


class Filling:
    """Puts arrays in the place of tensors, and texts in the place of names."""

    def __init__(self, load: Callable[[str], Arrays]) -> None:
        """Prepares it.

        Args:
            load: Gives the numbers of a storage by its key.
        """
        self._load = load
        self._numbers: dict[str, Arrays] = {}
        self._done: dict[int, Any] = {}  # by identity: what is spoken of a thousand times is filled once

    def fill(self, value: Any, depth: int = 0) -> Any:
        """A tree with its tensors and names filled in.

        Args:
            value: What was read.
            depth: How deep in the tree it stands.

        Raises:
            Refused: It is nested too deeply, or in itself.
        """
        if depth > _DEEPEST:
            raise Refused("is nested too deeply")
        if id(value) in self._done:
            return self._done[id(value)]
        if isinstance(value, View):
            filled: Any = value.array(self._numbers_of(value.storage.key))
        elif isinstance(value, Name):
            filled = value.text
        elif isinstance(value, dict):
            filled = {key: self.fill(item, depth + 1) for key, item in value.items()}
        elif isinstance(value, list | tuple):
            filled = type(value)(self.fill(item, depth + 1) for item in value)
        else:
            return value
        self._done[id(value)] = filled
        return filled

    def _numbers_of(self, key: str) -> Arrays:
        if key not in self._numbers:
            self._numbers[key] = self._load(key)
        return self._numbers[key]


def numbers_of(data: bytes, storage: Storage) -> Arrays:
    """The numbers of a storage, from its bytes."""
    if storage.dtype == BFLOAT16:
        return (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
    return np.frombuffer(data, storage.dtype)


def _storage(identity: Any) -> Storage:
    """The storage that a persistent id stands for: ("storage", class, key, device, count[, view])."""
    match identity:
        case ("storage", Name(text=kind), str(key), str(), int(count), *rest) if kind in _DTYPES:
            if count < 0:
                raise Refused(f"claims a storage of {count} numbers")
            storage = Storage(key, _DTYPES[kind], count)
            match rest:
                case [] | [None]:
                    return storage
                case [(str(), int(offset), int(length))] if offset >= 0 and length >= 0 and offset + length <= count:
                    return Storage(key, storage.dtype, count, offset)
    raise Refused("speaks of numbers in a way that no checkpoint needs")


def _view(arguments: tuple[Any, ...]) -> View:
    match arguments:
        case (Storage() as storage, int(offset), tuple(shape), tuple(strides)):
            view = View(storage, storage.offset + offset, shape, strides)
            _check(view)
            return view
    raise Refused("describes a tensor in a way that no checkpoint needs")


def _check(view: View) -> None:
    """Complains about a tensor that reaches beyond its storage, or has more numbers than there are in it."""
    sizes = (*view.shape, *view.strides, view.offset)
    if len(view.shape) != len(view.strides) or len(view.shape) > _DIMENSIONS:
        raise Refused("describes a tensor whose shape and strides do not fit")
    if not all(type(size) is int and size >= 0 for size in sizes):
        raise Refused("describes a tensor with a size below zero")
    count = prod(view.shape)
    last = view.offset + sum((size - 1) * stride for size, stride in zip(view.shape, view.strides, strict=True))
    if count and (last >= view.storage.count or count > view.storage.count):
        raise Refused(f"claims a tensor of shape {list(view.shape)} in a storage of {view.storage.count} numbers")


def _mapping(arguments: tuple[Any, ...]) -> dict[Any, Any]:
    """An ordered dictionary: torch fills it item by item; older files give a list of pairs."""
    match arguments:
        case ():
            return {}
        case ([*pairs],) if all(isinstance(pair, list | tuple) and len(pair) == 2 for pair in pairs):
            return {key: value for key, value in pairs if isinstance(key, str)}
    raise Refused("makes a dictionary in a way that no checkpoint needs")


def _size(arguments: tuple[Any, ...]) -> tuple[int, ...]:
    match arguments:
        case ([*sizes],) if all(type(size) is int for size in sizes):
            return tuple(sizes)
    raise Refused("describes a shape in a way that no checkpoint needs")


def _fraction(arguments: tuple[Any, ...]) -> Fraction:
    match arguments:
        case (str(text),) if len(text) < 64:
            return Fraction(text)
        case (int(numerator), int(denominator)):
            return Fraction(numerator, denominator)
    raise Refused("makes a fraction in a way that no checkpoint needs")
