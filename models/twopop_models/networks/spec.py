"""What the store must know of a published network to convert a checkpoint of it."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import torch

_COUNTER = "num_batches_tracked"  # counts training steps; some published files hold it and some don't
_WRAPPER = "module."  # what torch's DataParallel puts before each name


class WeightsMismatch(ValueError):
    """A checkpoint whose tensors are not those of the network; the message names the first one."""


@dataclass(frozen=True)
class Tower:
    """A half of a network that is exported by itself.

    Attributes:
        file: Name of its ONNX file, with one input "input" [batch, *shape] and one output "embedding" [batch, width].
        method: The network's method that runs it.
        shape: Shape of the input, without the batch.
    """

    file: str
    method: str
    shape: tuple[int, ...]

    def of(self, network: torch.nn.Module) -> torch.nn.Module:
        """The tower as a module of its own."""
        from twopop_models.networks.export import TowerModule

        return TowerModule(network, self.method)


@dataclass(frozen=True)
class NetworkSpec:
    """A published network.

    Attributes:
        network: Where its class is: "module:Class".
        towers: What is exported of it.
    """

    network: str
    towers: tuple[Tower, ...]

    def build(self) -> torch.nn.Module:
        """The network, untrained, in evaluation mode."""
        module, name = self.network.split(":")
        network: torch.nn.Module = getattr(importlib.import_module(module), name)()
        return network.eval()

    def keys_and_shapes(self) -> dict[str, tuple[int, ...]]:
        """Names and shapes of all its tensors, as published, in the published order."""
        import torch

        with torch.device("meta"):
            return {name: tuple(tensor.shape) for name, tensor in self.build().state_dict().items()}

    def load(self, checkpoint: Mapping[str, Any]) -> torch.nn.Module:
        """The network with a checkpoint's weights.

        Args:
            checkpoint: Arrays by name, or a training state that holds them as "state_dict"; names may begin with
                "module.", and the counters of the batch normalisations may be left out.

        Returns:
            The network, in evaluation mode.

        Raises:
            WeightsMismatch: A tensor is missing, is of another shape, or is not known; the first one is named.
        """
        import torch

        network = self.build()
        found = tensors_of(checkpoint)
        self.check(found)
        network.load_state_dict({name: torch.tensor(found[name]) for name in found}, strict=False)
        return network

    def check(self, tensors: Mapping[str, NDArray[Any]]) -> None:
        """Compares names and shapes with the network's.

        Args:
            tensors: Arrays by name.

        Raises:
            WeightsMismatch: A tensor is missing, is of another shape, or is not known; the first one is named.
        """
        expected = self.keys_and_shapes()
        for name, shape in expected.items():
            if name in tensors:
                if tensors[name].shape != shape:
                    raise WeightsMismatch(f"expected {name} {list(shape)}, found {list(tensors[name].shape)}")
            elif not name.endswith(_COUNTER):
                raise WeightsMismatch(f"expected {name} {list(shape)}, found no such tensor")
        for name in tensors:
            if name not in expected:
                raise WeightsMismatch(f"found {name} {list(tensors[name].shape)}, which the network does not have")

    def export(self, network: torch.nn.Module, folder: Path) -> list[Path]:
        """Writes each tower as ONNX, for any batch size.

        Args:
            network: What `build` or `load` gave.
            folder: Where to write; it exists.

        Returns:
            The files, in the order of `towers`.
        """
        from twopop_models.networks.export import write_onnx

        return [write_onnx(tower.of(network), tower.shape, folder / tower.file) for tower in self.towers]

    def random(self, seed: int) -> dict[str, NDArray[np.float32]]:
        """Weights drawn at random, in the network's own layout, that keep signals alive through all its layers.

        Args:
            seed: Seed of the draw.

        Returns:
            Arrays by name, without the batch normalisations' counters.
        """
        rng = np.random.default_rng(seed)
        shapes = self.keys_and_shapes()
        return {name: _draw(name, shape, rng) for name, shape in shapes.items() if not name.endswith(_COUNTER)}


def tensors_of(checkpoint: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """The arrays of a checkpoint by their plain names, whether it is a bare state or a whole training state.

    Raises:
        WeightsMismatch: It holds something else than arrays.
    """
    state = checkpoint.get("state_dict", checkpoint)
    if not isinstance(state, Mapping):
        raise WeightsMismatch(f"expected tensors by name, found {type(state).__name__}")
    for name, value in state.items():
        if not isinstance(value, np.ndarray):
            raise WeightsMismatch(f"expected a tensor at {name}, found {type(value).__name__}")
    return {name.removeprefix(_WRAPPER): value for name, value in state.items()}


def _draw(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    """A tensor: He's scale for weights of more than one dimension; statistics and gains near 1; the rest near 0."""
    if len(shape) > 1:
        values = rng.standard_normal(shape) * np.sqrt(2.0 / np.prod(shape[1:]))
    elif name.endswith("running_var"):
        values = rng.uniform(0.5, 2.0, shape)
    elif name.endswith("weight"):
        values = rng.uniform(0.7, 1.3, shape)
    else:
        values = rng.standard_normal(shape) * 0.1
    return np.asarray(values, np.float32)
