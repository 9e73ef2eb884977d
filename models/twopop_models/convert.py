"""Converting: a published checkpoint becomes safetensors, and ONNX files that answer as the network does in torch.

What is exported is run before it is kept: at two batch sizes, and against torch. An exporter may freeze a dimension to
that of its example without a word (facts for torch 2.13: an LSTM's time); such a file is refused.
"""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twopop_models.cards import ModelCard
from twopop_models.checkpoint import read_checkpoint
from twopop_models.disk import make_folder, writing
from twopop_models.errors import FileUnreadable

if TYPE_CHECKING:
    import torch

TOLERANCE = 1e-4
"""Greatest difference between a network before and after, as a share of its greatest output."""

_BATCHES = (1, 3)
_THREADS = 2

Forward = Callable[[NDArray[np.float32]], NDArray[Any]]


@dataclass(frozen=True)
class Converted:
    """What a conversion wrote.

    Attributes:
        paths: The files, as the card names them.
        largest_difference: Greatest difference between the network before and after, on random input.
    """

    paths: tuple[Path, ...]
    largest_difference: float


def needs(card: ModelCard) -> str:
    """What is missing on this machine to convert a model, in a few words; empty when nothing is."""
    if not card.converts_to:
        return "is not converted: it runs as it is, or not yet"
    if any(importlib.util.find_spec(name) is None for name in ("torch", "onnx", "onnxscript")):
        return 'converting needs torch: pip install "twopop[train]"'
    return ""


def convert(card: ModelCard, checkpoint: Path, folder: Path, report: Callable[[float, str, str], None]) -> Converted:
    """Converts a checkpoint.

    Args:
        card: Whose network it fits.
        checkpoint: The published file.
        folder: Where to write; made when it is not there.
        report: Told of the progress: fraction, stage, and what it is being done to.

    Returns:
        What was written.

    Raises:
        FileUnreadable: The checkpoint does not fit or carries code, the exported network answers otherwise, torch is
            not installed, or the model is not one that is converted.
        StoreUnwritable: The folder cannot be written to.
    """
    if problem := needs(card):
        raise FileUnreadable(card.id, problem)
    from twopop_models.networks import NETWORKS, WeightsMismatch

    spec = NETWORKS[card.id]
    report(0.0, "read", checkpoint.name)
    contents = read_checkpoint(checkpoint)
    report(0.1, "load", checkpoint.name)
    try:
        network = spec.load(contents)
    except WeightsMismatch as mismatch:
        raise FileUnreadable(str(checkpoint), f"does not fit {card.id}: {mismatch}") from mismatch
    with _workshop(folder) as bench:
        report(0.2, "export", card.id)
        files = [_write_safetensors(network, bench / card.converts_to[0]), *spec.export(network, bench)]
        if names := {file.name for file in files} ^ set(card.converts_to):
            raise FileUnreadable(card.id, f"the card and the network disagree about {', '.join(sorted(names))}")
        largest = 0.0
        for index, tower in enumerate(spec.towers):
            report(0.6 + 0.4 * index / len(spec.towers), "compare", tower.file)
            inputs = [_noise((batch, *tower.shape), batch) for batch in _BATCHES]
            largest = max(largest, compare(bench / tower.file, torch_forward(tower.of(network)), inputs))
        with writing(folder):
            paths = tuple(file.replace(folder / file.name) for file in files)
    return Converted(paths, largest)


def compare(path: Path, forward: Forward, inputs: Sequence[NDArray[np.float32]]) -> float:
    """Runs an exported network on inputs of different sizes and holds it against what it was exported from.

    Args:
        path: The ONNX file, with one input.
        forward: The network before.
        inputs: Differing in each dimension that is to be free: batch, and time for recurrent networks.

    Returns:
        Greatest difference.

    Raises:
        FileUnreadable: It runs at one size only, or answers otherwise.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _THREADS
    options.log_severity_level = 4  # a size that does not fit is told by the error
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's errors have no base of their own
        raise FileUnreadable(path.name, f"cannot be loaded after the export: {_first_line(error)}") from error
    largest = 0.0
    for values in inputs:
        try:
            (found,) = session.run(None, {session.get_inputs()[0].name: values})[:1]
        except Exception as error:
            detail = f"the export froze a dimension: it does not run on {list(values.shape)}: {_first_line(error)}"
            raise FileUnreadable(path.name, detail) from error
        expected = forward(values)
        if found.shape != expected.shape:
            detail = f"the export froze a dimension: {list(found.shape)} came out, expected {list(expected.shape)}"
            raise FileUnreadable(path.name, detail)
        difference = float(np.abs(found - expected).max())
        if not difference <= TOLERANCE * max(1.0, float(np.abs(expected).max())):
            raise FileUnreadable(path.name, f"answers otherwise after the export, by {difference:.3g}")
        largest = max(largest, difference)
    return largest


def torch_forward(module: torch.nn.Module) -> Forward:
    """A torch module as a function of arrays; of several outputs the first."""
    import torch

    def forward(values: NDArray[np.float32]) -> NDArray[Any]:
        with torch.inference_mode():
            output = module(torch.from_numpy(values))
        first = output[0] if isinstance(output, tuple) else output
        result: NDArray[Any] = first.numpy()
        return result

    return forward


@contextmanager
def _workshop(folder: Path) -> Iterator[Path]:
    """A folder beside the results, so that nothing half-made stands there under its final name."""
    make_folder(folder)
    with writing(folder):
        bench = Path(tempfile.mkdtemp(prefix=".convert.", suffix=".partial", dir=folder))
    try:
        yield bench
    finally:
        shutil.rmtree(bench, ignore_errors=True)


def _write_safetensors(network: torch.nn.Module, path: Path) -> Path:
    from safetensors.torch import save_file

    with writing(path):
        save_file({name: tensor.contiguous() for name, tensor in network.state_dict().items()}, path)
    return path


def _noise(shape: tuple[int, ...], seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0][:200]
