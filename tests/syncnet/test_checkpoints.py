"""Checkpoints in the published layout, through the store's reader and its conversion."""

from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from twopop_engine.sync.syncnet.towers import Towers
from twopop_models.checkpoint import read_checkpoint
from twopop_models.convert import convert
from twopop_models.errors import FileUnreadable
from twopop_models.networks import NETWORKS
from twopop_models.store import Store

Arrays = dict[str, NDArray[np.float32]]


def save(weights: Arrays, path: Path, *, older: bool, wrapped: bool = False) -> Path:
    state: dict[str, object] = {name: torch.tensor(value) for name, value in weights.items()}
    if wrapped:
        state = {"state_dict": {f"module.{name}": value for name, value in state.items()}, "global_step": 7}
    torch.save(state, path, _use_new_zipfile_serialization=not older)
    return path


@pytest.mark.parametrize("older", [True, False])
@pytest.mark.parametrize("wrapped", [True, False])
def test_both_formats_load(weights: Arrays, tmp_path: Path, older: bool, wrapped: bool) -> None:
    contents = read_checkpoint(save(weights, tmp_path / "made.model", older=older, wrapped=wrapped))
    state = NETWORKS["syncnet.v2"].load(contents).state_dict()
    assert all(np.array_equal(state[name].numpy(), weights[name]) for name in weights)


def test_a_made_checkpoint_converts_and_runs(weights: Arrays, towers: Towers, tmp_path: Path) -> None:
    card = Store(tmp_path).card("syncnet.v2")
    checkpoint = save(weights, tmp_path / "syncnet_v2.model", older=True)
    converted = convert(card, checkpoint, tmp_path / "converted", lambda fraction, stage, message: None)
    assert [path.name for path in converted.paths] == list(card.converts_to)
    _, video, audio = converted.paths
    frames = np.random.default_rng(1).integers(0, 256, (6, 224, 224, 3), np.uint8)
    cepstra = np.random.default_rng(2).standard_normal((13, 24)).astype(np.float32)
    found = Towers(video, audio)
    np.testing.assert_allclose(found.video(frames), towers.video(frames), rtol=1e-5, atol=1e-3)
    np.testing.assert_allclose(found.audio(cepstra), towers.audio(cepstra), rtol=1e-5, atol=1e-5)


def test_another_shape_is_named(weights: Arrays, tmp_path: Path) -> None:
    wrong = {**weights, "netfclip.3.weight": np.zeros((256, 512), np.float32)}
    checkpoint = save(wrong, tmp_path / "syncnet_v2.model", older=False)
    card = Store(tmp_path).card("syncnet.v2")
    with pytest.raises(FileUnreadable, match=r"expected netfclip\.3\.weight \[1024, 512\], found \[256, 512\]"):
        convert(card, checkpoint, tmp_path / "converted", lambda fraction, stage, message: None)
    assert not list(tmp_path.glob("converted/*"))
