"""Towers of a network as ONNX files."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn


class TowerModule(nn.Module):
    """One method of a network as a module."""

    def __init__(self, network: nn.Module, method: str) -> None:
        super().__init__()
        self.network = network
        self._method = method

    def forward(self, inputs: Tensor) -> Tensor:
        """Embeddings [batch, width] of inputs [batch, ...]."""
        embedding: Tensor = getattr(self.network, self._method)(inputs)
        return embedding


def write_onnx(tower: nn.Module, shape: tuple[int, ...], path: Path) -> Path:
    """Writes a module of one input and one output, weights included, for any batch size.

    Args:
        tower: The module, in evaluation mode.
        shape: Shape of its input, without the batch.
        path: The file.

    Returns:
        The path.
    """
    batch = torch.export.Dim("batch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch's exporter warns of its own insides
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            tower.eval(),
            (torch.zeros(2, *shape),),  # a batch of 1 would be taken for a constant
            str(path),
            input_names=["input"],
            output_names=["embedding"],
            dynamic_shapes=({0: batch},),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    return path
