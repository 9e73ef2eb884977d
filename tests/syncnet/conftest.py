"""SyncNet with random weights, exported once."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from twopop_engine.sync.syncnet.towers import Towers
from twopop_models.networks import NETWORKS


@pytest.fixture(scope="session")
def weights() -> dict[str, NDArray[np.float32]]:
    return NETWORKS["syncnet.v2"].random(7)


@pytest.fixture(scope="session")
def tower_files(weights: dict[str, NDArray[np.float32]], tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    spec = NETWORKS["syncnet.v2"]
    return spec.export(spec.load(weights), tmp_path_factory.mktemp("syncnet"))


@pytest.fixture(scope="session")
def towers(tower_files: list[Path]) -> Towers:
    return Towers(*tower_files)
