"""Both towers as ONNX, for any number of frames."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnxruntime
import torch

from twopop_models.networks.lipsync import LipTower, Panel, SoundTower

_LENGTHS = (64, 333)  # an export that froze its example's length fails at the second
_CLOSE = 1e-4


def export(pairs: Sequence[tuple[LipTower, SoundTower]], folder: Path) -> list[Path]:
    """Writes both sides and holds them against torch at two lengths.

    Args:
        pairs: Towers that were trained together; several pairs are averaged.
        folder: Where to write.

    Returns:
        The files.

    Raises:
        RuntimeError: A written tower answers something else than torch.
    """
    lips = Panel([lip for lip, _ in pairs])
    sound = Panel([sound for _, sound in pairs], 1 / len(pairs))
    written = []
    for name, tower, width in (("lips", lips, 14), ("sound", sound, 40)):
        path = folder / f"twopop_lipsync_v1_{name}.onnx"
        tower.eval()
        time = torch.export.Dim("frames", min=2, max=1_000_000)
        torch.onnx.export(
            tower,
            (torch.randn(1, _LENGTHS[0], width),),
            str(path),
            dynamo=True,
            dynamic_shapes=({1: time},),
            external_data=False,
            input_names=["frames"],
            output_names=["embeddings"],
            verbose=False,
        )
        _compare(tower, path, width)
        written.append(path)
    return written


def _compare(tower: torch.nn.Module, path: Path, width: int) -> None:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for length in _LENGTHS:
        frames = torch.randn(1, length, width, generator=torch.Generator().manual_seed(length))
        with torch.no_grad():
            expected = tower(frames).numpy()
        (found,) = session.run(None, {"frames": frames.numpy()})
        if float(np.abs(found - expected).max()) > _CLOSE * max(1.0, float(np.abs(expected).max())):
            raise RuntimeError(f"{path.name} differs from torch at {length} frames")
