"""The two face networks: full-range detection and the 468-point mesh.

The .tflite files of MediaPipe 0.10.21 (Apache-2.0), run by LiteRT without MediaPipe.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from twopop.errors import ModelMissing, ModelUnreadable

SIDE = 192
"""Side of the square picture that either network looks at, in pixels."""

Picture = NDArray[np.uint8]
Values = NDArray[np.float32]

_CELLS = 48 * 48
_POINTS = 468


class FaceNets:
    """Both networks, loaded; for one thread at a time."""

    def __init__(self, detector: Interpreter, mesh: Interpreter) -> None:
        self._detector = _Net(detector, ((1, _CELLS, 16), (1, _CELLS, 1)))
        self._mesh = _Net(mesh, ((1, 1, 1, 3 * _POINTS), (1, 1, 1, 1)))

    @classmethod
    def load(cls, detector: Path, mesh: Path, threads: int = 1) -> FaceNets:
        """Reads the networks.

        Args:
            detector: face_detection_full_range_sparse.tflite.
            mesh: face_landmark.tflite.
            threads: CPU threads for each.

        Returns:
            The networks.

        Raises:
            ModelMissing: A file is not there.
            ModelUnreadable: A file is not the network that it should be.
        """
        nets = cls(_interpreter(detector, threads), _interpreter(mesh, threads))
        for path, net in ((detector, nets._detector), (mesh, nets._mesh)):
            if not net.fits:
                raise ModelUnreadable.at(str(path), "is another network; pull the face models again")
        return nets

    def detect(self, picture: Picture) -> tuple[Values, Values]:
        """Looks for faces.

        Args:
            picture: RGB [192, 192, 3].

        Returns:
            For each of 48 x 48 cells, row by row: 16 offsets in pixels [2304, 16], and a logit [2304].
        """
        offsets, logits = self._detector.run(picture.astype(np.float32) / 127.5 - 1)
        return offsets[0], logits[0, :, 0]

    def mesh(self, picture: Picture) -> tuple[Values, float]:
        """Finds the points of the one face in a picture.

        Args:
            picture: RGB [192, 192, 3], the face upright in its middle.

        Returns:
            Points in pixels of the picture [468, 3], and the presence of a face, 0 to 1.
        """
        points, logit = self._mesh.run(picture.astype(np.float32) / 255)
        return points.reshape(_POINTS, 3), float(1 / (1 + np.exp(-np.clip(logit.item(), -50, 50))))


class _Net:
    """An interpreter with one picture in and two arrays out."""

    def __init__(self, interpreter: Interpreter, shapes: tuple[tuple[int, ...], ...]) -> None:
        interpreter.allocate_tensors()
        inputs, outputs = interpreter.get_input_details(), interpreter.get_output_details()
        self.fits = [tuple(part["shape"]) for part in inputs] == [(1, SIDE, SIDE, 3)] and (
            tuple(tuple(part["shape"]) for part in outputs) == shapes
        )
        self._interpreter = interpreter
        self._input = inputs[0]["index"]
        self._outputs = [part["index"] for part in outputs]

    def run(self, picture: NDArray[Any]) -> list[NDArray[Any]]:
        self._interpreter.set_tensor(self._input, picture[None].astype(np.float32, copy=False))
        self._interpreter.invoke()
        return [self._interpreter.get_tensor(index) for index in self._outputs]


def _interpreter(path: Path, threads: int) -> Interpreter:
    if not path.is_file():
        raise ModelMissing.of("the face models", f"{path} was expected; `twopop models pull` gets them.")
    try:
        interpreter = Interpreter(str(path), num_threads=threads)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError) as error:
        raise ModelUnreadable.at(str(path), "is not a LiteRT network; pull the face models again") from error
    return interpreter
