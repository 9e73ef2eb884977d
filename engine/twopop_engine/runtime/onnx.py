"""Networks on onnxruntime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import onnxruntime

from twopop.errors import ModelUnreadable


def open_network(path: Path, kind: str, tail: Sequence[int], threads: int, advice: str) -> onnxruntime.InferenceSession:
    """Loads a network on the processor.

    Args:
        path: The ONNX file.
        kind: What it must be: "a tower of SyncNet".
        tail: The last dimensions of what it takes.
        threads: How many it may use.
        advice: What to do about a file that is none.

    Returns:
        The session; it has one input.

    Raises:
        ModelUnreadable: Not an ONNX file, or a network that takes something else.
    """
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no base but this
        raise ModelUnreadable.at(str(path), f"is not an ONNX file that onnxruntime reads; {advice}") from error
    found = session.get_inputs()[0].shape[-len(tail) :]
    if found != list(tail):
        raise ModelUnreadable.at(str(path), f"expected {kind} that takes {list(tail)}, found one for {found}")
    return session
