"""The face networks, loaded once for all tests of faces."""

from __future__ import annotations

import pytest

from scenes.face_models import face_nets
from twopop_engine.faces.nets import FaceNets


@pytest.fixture(scope="session")
def nets() -> FaceNets:
    return face_nets()
