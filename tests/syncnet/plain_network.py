"""SyncNet and the lip-sync expert in plain numpy, double precision, written from their layer tables.

Nothing here is shared with the networks under test: a layer is a line of text, and runs as a product of matrices.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Weights = Mapping[str, NDArray[Any]]

# What, index in its sequence, stride, padding; the kernel's size is that of its weights.
LIPS = """
conv 0   1,2,2  0,0,0
pool 1,3,3  1,2,2  0,0,0
conv 4   1,2,2  0,1,1
pool 1,3,3  1,2,2  0,1,1
conv 8   1,1,1  0,1,1
conv 11  1,1,1  0,1,1
conv 14  1,1,1  0,1,1
pool 1,3,3  1,2,2  0,0,0
conv 18  1,1,1  0,0,0
"""

SOUND = """
conv 0   1,1  1,1
pool 1,1  1,1  0,0
conv 4   1,1  1,1
pool 3,3  1,2  0,0
conv 8   1,1  1,1
conv 11  1,1  1,1
conv 14  1,1  1,1
pool 3,3  2,2  0,0
conv 18  1,1  0,0
"""

# Stride and padding of each block of the expert; "+" adds the input.
EXPERT_FACE = """
1,1 3 | 1,2 1 | 1,1 1 + | 1,1 1 + | 2,2 1 | 1,1 1 + | 1,1 1 + | 1,1 1 + | 2,2 1 | 1,1 1 + | 1,1 1 + |
2,2 1 | 1,1 1 + | 1,1 1 + | 2,2 1 | 1,1 0 | 1,1 0
"""

EXPERT_SOUND = """
1,1 1 | 1,1 1 + | 1,1 1 + | 3,1 1 | 1,1 1 + | 1,1 1 + | 3,3 1 | 1,1 1 + | 1,1 1 + | 3,2 1 | 1,1 1 + | 1,1 1 + |
1,1 0 | 1,1 0
"""


def lips(weights: Weights, window: Values) -> Values:
    """The embedding [1024] of one window of frames [3, 5, 224, 224]."""
    return _head(weights, "netfclip", _tower(weights, "netcnnlip", LIPS, window))


def sound(weights: Weights, window: Values) -> Values:
    """The embedding [1024] of one window of cepstra [1, 13, 20]."""
    return _head(weights, "netfcaud", _tower(weights, "netcnnaud", SOUND, window))


def expert_face(weights: Weights, window: Values) -> Values:
    """The embedding [512] of one window of half faces [15, 48, 96]."""
    return _blocks(weights, "face_encoder", EXPERT_FACE, window)


def expert_sound(weights: Weights, window: Values) -> Values:
    """The embedding [512] of one window of mel bands [1, 80, 16]."""
    return _blocks(weights, "audio_encoder", EXPERT_SOUND, window)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(number) for number in text.split(","))


def _tower(weights: Weights, name: str, table: str, values: Values) -> Values:
    for line in table.split("\n"):
        match line.split():
            case ["conv", index, stride, padding]:
                values = _convolve(weights, f"{name}.{index}", values, _numbers(stride), _numbers(padding))
                values = np.maximum(_normalise(weights, f"{name}.{int(index) + 1}", values), 0)
            case ["pool", size, stride, padding]:
                parts = _windows(values, _numbers(size), _numbers(stride), _numbers(padding), -np.inf)
                values = parts.max(axis=tuple(range(values.ndim, parts.ndim)))
    return values.ravel()


def _head(weights: Weights, name: str, values: Values) -> Values:
    values = weights[f"{name}.0.weight"].astype(np.float64) @ values + weights[f"{name}.0.bias"]
    values = np.maximum(_normalise(weights, f"{name}.1", values), 0)
    return np.asarray(weights[f"{name}.3.weight"].astype(np.float64) @ values + weights[f"{name}.3.bias"])


def _blocks(weights: Weights, name: str, table: str, values: Values) -> Values:
    for index, text in enumerate(table.split("|")):
        stride, padding, *residual = text.split()
        block = f"{name}.{index}.conv_block"
        new = _convolve(weights, f"{block}.0", values, _numbers(stride), (int(padding),) * 2)
        new = _normalise(weights, f"{block}.1", new)
        values = np.maximum(new + values if residual else new, 0)
    return np.asarray(values.ravel() / np.sqrt(np.sum(values**2)))


def _convolve(weights: Weights, name: str, values: Values, stride: tuple[int, ...], padding: tuple[int, ...]) -> Values:
    kernel = weights[f"{name}.weight"].astype(np.float64)
    size = kernel.shape[2:]
    parts = _windows(values, size, stride, padding, 0)
    spatial = len(size)
    product = np.tensordot(kernel, parts, (range(1, spatial + 2), (0, *range(1 + spatial, 1 + 2 * spatial))))
    return np.asarray(product + weights[f"{name}.bias"].reshape(-1, *(1,) * spatial))


def _normalise(weights: Weights, name: str, values: Values) -> Values:
    gain, bias, mean, variance = (
        weights[f"{name}.{part}"].astype(np.float64).reshape(-1, *(1,) * (values.ndim - 1))
        for part in ("weight", "bias", "running_mean", "running_var")
    )
    return np.asarray((values - mean) / np.sqrt(variance + 1e-5) * gain + bias)


def _windows(
    values: Values, size: tuple[int, ...], stride: tuple[int, ...], padding: tuple[int, ...], filler: float
) -> Values:
    """Parts [channels, *places, *size] that a kernel meets."""
    padded = np.pad(values, [(0, 0), *((width, width) for width in padding)], constant_values=filler)
    every = np.lib.stride_tricks.sliding_window_view(padded, size, tuple(range(1, values.ndim)))
    return every[(slice(None), *(slice(None, None, step) for step in stride))]
