"""The face networks of this user's store: tests skip where they were never pulled.

`TWOPOP_REQUIRE=models` turns the skips into failures.
"""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import pytest

from twopop.errors import ModelMissing
from twopop_engine.faces.nets import FaceNets
from twopop_engine.runtime.models import model_errors, model_store

DETECTOR = ("faces.blazeface-full.v1", "face_detection_full_range_sparse.tflite")
MESH = ("faces.mesh.v1", "face_landmark.tflite")


def face_files() -> tuple[Path, Path]:
    """Detector and mesh, verified."""
    try:
        with model_errors():
            return model_store().path(*DETECTOR), model_store().path(*MESH)
    except ModelMissing as error:
        if "models" in os.environ.get("TWOPOP_REQUIRE", "").split(","):
            pytest.fail(f"{error.message} (TWOPOP_REQUIRE names models)")
        pytest.skip(f"the face models are not here (twopop models pull {DETECTOR[0]} {MESH[0]})")


@lru_cache(maxsize=1)
def face_nets() -> FaceNets:
    """Both networks, loaded once."""
    return FaceNets.load(*face_files())
