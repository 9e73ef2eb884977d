"""The published networks: their tensors, and what they compute, against plain numpy."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray

from syncnet import plain_network
from twopop_models.networks import NETWORKS, NetworkSpec, WeightsMismatch
from twopop_models.networks.spec import tensors_of

Arrays = dict[str, NDArray[np.float32]]

PLAIN: dict[tuple[str, str], Callable[..., NDArray[np.float64]]] = {
    ("syncnet.v2", "video"): plain_network.lips,
    ("syncnet.v2", "audio"): plain_network.sound,
    ("wav2lip.expert", "face"): plain_network.expert_face,
    ("wav2lip.expert", "audio"): plain_network.expert_sound,
}


@pytest.mark.parametrize(
    ("model", "keys", "parameters"), [("syncnet.v2", 102, 13_631_616), ("wav2lip.expert", 217, 16_435_072)]
)
def test_tensors_are_the_published_ones(model: str, keys: int, parameters: int) -> None:
    spec = NETWORKS[model]
    shapes = spec.keys_and_shapes()
    assert len(shapes) == keys
    trained = [shape for name, shape in shapes.items() if not name.endswith(("_mean", "_var", "_tracked"))]
    assert sum(int(np.prod(shape)) for shape in trained) == parameters
    assert list(shapes) == list(spec.build().state_dict())


def test_names_of_syncnet() -> None:
    shapes = NETWORKS["syncnet.v2"].keys_and_shapes()
    assert {name.rsplit(".", 1)[0] for name in shapes} == {
        *(f"{net}.{i}" for net in ("netcnnaud", "netcnnlip") for i in (0, 1, 4, 5, 8, 9, 11, 12, 14, 15, 18, 19)),
        *(f"{net}.{i}" for net in ("netfcaud", "netfclip") for i in (0, 1, 3)),
    }
    assert shapes["netcnnlip.0.weight"] == (96, 3, 5, 7, 7)
    assert shapes["netcnnaud.18.weight"] == (512, 256, 5, 4)
    assert shapes["netfclip.3.bias"] == (1024,)


def test_names_of_the_expert() -> None:
    shapes = NETWORKS["wav2lip.expert"].keys_and_shapes()
    assert shapes["face_encoder.0.conv_block.0.weight"] == (32, 15, 7, 7)
    assert shapes["face_encoder.16.conv_block.1.running_var"] == (512,)
    assert shapes["audio_encoder.13.conv_block.0.weight"] == (512, 512, 1, 1)


@pytest.mark.parametrize("model", NETWORKS)
def test_torch_and_onnx_equal_plain_numpy(model: str, tmp_path: Path) -> None:
    spec = NETWORKS[model]
    weights = spec.random(11)
    network = spec.load(weights)
    rng = np.random.default_rng(5)
    for tower, file in zip(spec.towers, spec.export(network, tmp_path), strict=True):
        assert file == tmp_path / tower.file
        windows = rng.standard_normal((3, *tower.shape)).astype(np.float32)
        session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
        assert session.get_inputs()[0].name == "input"
        onnx = session.run(["embedding"], {"input": windows})[0]
        alone = session.run(["embedding"], {"input": windows[2:]})[0]
        with torch.no_grad():
            torched = tower.of(network)(torch.tensor(windows)).numpy()
        plain = PLAIN[model, tower.method](weights, windows[2].astype(np.float64))
        assert plain.std() > 0.01  # the random weights let the signal through
        for found in (onnx[2], alone[0], torched[2]):
            np.testing.assert_allclose(found, plain, rtol=0, atol=1e-4)
        assert np.abs(onnx[0] - onnx[2]).max() > 1e-3


def test_random_weights_follow_their_seed() -> None:
    spec = NETWORKS["wav2lip.expert"]
    first, again, other = spec.random(1), spec.random(1), spec.random(2)
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["face_encoder.0.conv_block.0.weight"], other["face_encoder.0.conv_block.0.weight"])


@pytest.fixture(scope="module")
def spec() -> NetworkSpec:
    return NETWORKS["syncnet.v2"]


def test_counters_may_be_there_or_not(spec: NetworkSpec, weights: Arrays) -> None:
    counters = {name: np.array(3) for name in spec.keys_and_shapes() if name.endswith("num_batches_tracked")}
    assert len(counters) == 14
    for checkpoint in (weights, {**weights, **counters}):
        state = spec.load(checkpoint).state_dict()
        assert all(np.array_equal(state[name].numpy(), weights[name]) for name in weights)


def test_training_states_are_unwrapped(weights: Arrays) -> None:
    state = {"state_dict": {f"module.{name}": value for name, value in weights.items()}, "global_step": 3}
    assert list(tensors_of(state)) == list(weights)


def test_mismatches_name_the_first_tensor(spec: NetworkSpec, weights: Arrays) -> None:
    name = "netcnnaud.0.weight"
    wrong = {**weights, name: np.zeros((64, 1, 5, 5), np.float32)}
    with pytest.raises(
        WeightsMismatch, match=r"^expected netcnnaud\.0\.weight \[64, 1, 3, 3\], found \[64, 1, 5, 5\]$"
    ):
        spec.load(wrong)
    missing = {key: value for key, value in weights.items() if key != name}
    with pytest.raises(WeightsMismatch, match=r"expected netcnnaud\.0\.weight \[64, 1, 3, 3\], found no such tensor"):
        spec.load(missing)
    with pytest.raises(WeightsMismatch, match=r"found extra \[2\], which the network does not have"):
        spec.load({**weights, "extra": np.zeros(2, np.float32)})
    with pytest.raises(WeightsMismatch, match=r"expected a tensor at netfclip, found int"):
        spec.load({"netfclip": 3})
    with pytest.raises(WeightsMismatch, match=r"expected tensors by name, found list"):
        spec.load({"state_dict": []})


def test_another_network_is_told_by_its_first_tensor(spec: NetworkSpec) -> None:
    with pytest.raises(WeightsMismatch, match=r"expected netcnnaud\.0\.weight \[64, 1, 3, 3\], found no such tensor"):
        spec.load(NETWORKS["wav2lip.expert"].random(1))
