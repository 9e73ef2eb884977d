"""Converting checkpoints, and the check that catches an export with a frozen dimension."""

import importlib.util
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from models.shelves import digest, entry, shelf, unheard
from twopop_models.cards import CARDS, read_card
from twopop_models.checkpoint import read_checkpoint
from twopop_models.convert import Converted, compare, convert, torch_forward
from twopop_models.converted import convert_in_store
from twopop_models.errors import FileUnreadable, LicenseRefused
from twopop_models.networks import NETWORKS
from twopop_models.pull import pull
from twopop_models.receipt import Receipt
from twopop_models.store import Store

EXPERT = "wav2lip.expert"
FILES = {"lipsync_expert.safetensors", "lipsync_expert.face.onnx", "lipsync_expert.audio.onnx"}


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint as the published one is: a training state in torch's older format, with random weights."""
    weights = {name: torch.from_numpy(values) for name, values in NETWORKS[EXPERT].random(5).items()}
    state = {"state_dict": weights, "optimizer": None, "global_step": 1751230, "global_epoch": 2448}
    path = tmp_path_factory.mktemp("checkpoint") / "lipsync_expert.pth"
    torch.save(state, path, _use_new_zipfile_serialization=False)
    return path


@pytest.fixture(scope="module")
def made(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Converted:
    folder = tmp_path_factory.mktemp("made") / "new"
    return convert(read_card(CARDS / f"{EXPERT}.toml"), checkpoint, folder, unheard)


def test_a_published_checkpoint_becomes_safetensors_and_onnx(made: Converted, checkpoint: Path) -> None:
    assert {path.name for path in made.paths} == FILES
    assert {path.name for path in made.paths[0].parent.iterdir()} == FILES
    assert 0 < made.largest_difference < 1e-4
    weights = read_checkpoint(made.paths[0])
    expected = read_checkpoint(checkpoint)["state_dict"]
    assert all(np.array_equal(weights[name], expected[name]) for name in expected)


def test_what_was_exported_answers_for_any_batch(made: Converted) -> None:
    session = onnxruntime.InferenceSession(made.paths[2], providers=["CPUExecutionProvider"])
    for batch in (1, 5):
        (found,) = session.run(None, {"input": np.zeros((batch, 1, 80, 16), np.float32)})
        assert found.shape == (batch, 512)


def test_a_checkpoint_of_another_network_names_the_first_mismatch(tmp_path: Path) -> None:
    weights = {name: torch.from_numpy(values) for name, values in NETWORKS[EXPERT].random(1).items()}
    first = next(iter(weights))
    path, card = tmp_path / "m.pth", read_card(CARDS / f"{EXPERT}.toml")
    torch.save({**weights, first: torch.zeros(2, 3)}, path)
    with pytest.raises(FileUnreadable, match=rf"does not fit wav2lip\.expert: expected {first} .*, found \[2, 3\]"):
        convert(card, path, tmp_path / "out", unheard)
    del weights[first]
    torch.save(weights, path)
    with pytest.raises(FileUnreadable, match=rf"expected {first} .*, found no such tensor"):
        convert(card, path, tmp_path / "out", unheard)


def test_a_model_that_is_not_converted_and_a_machine_without_torch(
    tmp_path: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """torch is hidden from the search for modules, since it is installed wherever these tests run."""
    with pytest.raises(FileUnreadable, match=r"faces\.mesh\.v1: is not converted: it runs as it is, or not yet"):
        convert(read_card(CARDS / "faces.mesh.v1.toml"), checkpoint, tmp_path, unheard)
    find = importlib.util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "torch" else find(name))
    with pytest.raises(FileUnreadable, match=r'converting needs torch: pip install "twopop\[train\]"'):
        convert(read_card(CARDS / f"{EXPERT}.toml"), checkpoint, tmp_path, unheard)


def own_store(folder: Path, checkpoint: Path) -> Store:
    """A store whose card names the random checkpoint."""
    card = {"id": EXPERT, "converts_to": sorted(FILES, reverse=True), "terms": "for tests only"}
    return shelf(folder, entry(checkpoint.name, checkpoint.read_bytes()), **card, commercial_use="no")


def test_in_the_store_what_was_converted_is_run_and_watched_over(tmp_path: Path, checkpoint: Path) -> None:
    store = own_store(tmp_path, checkpoint)
    card = store.card(EXPERT)
    pull(store, EXPERT, unheard, source=checkpoint, accept_license=True)
    assert not store.is_available(card)
    assert store.advice(card) == (
        'Convert it: twopop models convert wav2lip.expert (needs pip install "twopop[train]").'
    )
    left = store.folder(card) / ".convert.killed.partial"
    left.mkdir()
    convert_in_store(store, card, unheard)
    assert not left.exists()
    assert store.is_available(card)
    path = store.path(EXPERT, "lipsync_expert.face.onnx")
    kept = Receipt.read(store.folder(card)).files[path.name]
    assert kept.origin == digest(checkpoint.read_bytes())
    path.write_bytes(path.read_bytes() + b"!")
    with pytest.raises(FileUnreadable, match="is not the file that it must be"):
        store.path(EXPERT, path.name)
    assert not store.is_available(card)


def test_what_was_converted_from_another_file_does_not_count(tmp_path: Path, checkpoint: Path) -> None:
    store = own_store(tmp_path, checkpoint)
    card = store.card(EXPERT)
    pull(store, EXPERT, unheard, source=checkpoint, accept_license=True)
    for name in FILES:
        (store.folder(card) / name).write_bytes(b"put there by hand")
    assert not store.is_available(card)
    assert store.find(card, "lipsync_expert.face.onnx").state == "missing"


def test_conversion_in_the_store_needs_the_users_word(tmp_path: Path, checkpoint: Path) -> None:
    store = own_store(tmp_path, checkpoint)
    folder = store.root / EXPERT
    folder.mkdir(parents=True)
    (folder / checkpoint.name).write_bytes(checkpoint.read_bytes())
    with pytest.raises(LicenseRefused, match="for tests only"):
        convert_in_store(store, store.card(EXPERT), unheard)


def test_a_file_that_the_user_vouched_for_in_vain_is_removed(tmp_path: Path) -> None:
    store = shelf(tmp_path, {"name": "m.pth", "sha256": ""}, id=EXPERT, converts_to=sorted(FILES, reverse=True))
    torch.save({"w": torch.ones(2)}, tmp_path / "other.pth")
    pull(store, EXPERT, unheard, source=tmp_path / "other.pth")
    with pytest.raises(FileUnreadable, match=r"does not fit wav2lip\.expert: expected"):
        convert_in_store(store, store.card(EXPERT), unheard)
    assert not (store.root / EXPERT / "m.pth").exists()


class Last(torch.nn.Module):
    """A recurrent network's first output."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(3)
        self.lstm = torch.nn.LSTM(4, 6, batch_first=True)

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        outputs: torch.Tensor = self.lstm(inputs)[0]
        return outputs


@pytest.fixture
def recurrent(tmp_path: Path) -> tuple[torch.nn.Module, Path]:
    return Last().eval(), tmp_path / "lstm.onnx"


def noise(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(np.float32)


def test_an_lstm_with_a_frozen_length_is_refused(recurrent: tuple[torch.nn.Module, Path]) -> None:
    module, path = recurrent
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, (torch.zeros(1, 50, 4),), str(path), dynamo=True, external_data=False, verbose=False)
    assert compare(path, torch_forward(module), [noise(1, 50, 4)]) < 1e-4
    with pytest.raises(FileUnreadable, match=r"the export froze a dimension: it does not run on \[1, 30, 4\]"):
        compare(path, torch_forward(module), [noise(1, 50, 4), noise(1, 30, 4)])


def test_an_lstm_for_all_lengths_is_kept(recurrent: tuple[torch.nn.Module, Path]) -> None:
    module, path = recurrent
    free = {"input": {0: "batch", 1: "time"}, "output": {0: "batch", 1: "time"}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module,
            (torch.zeros(2, 50, 4),),
            str(path),
            dynamo=False,
            opset_version=17,
            input_names=["input"],
            output_names=["output"],
            dynamic_axes=free,
        )
    assert compare(path, torch_forward(module), [noise(1, 50, 4), noise(3, 30, 4)]) < 1e-4


def test_an_export_that_answers_otherwise_is_refused(recurrent: tuple[torch.nn.Module, Path]) -> None:
    module, path = recurrent
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(module, (torch.zeros(1, 50, 4),), str(path), dynamo=True, external_data=False, verbose=False)
    with pytest.raises(FileUnreadable, match="answers otherwise after the export, by 0"):
        compare(path, lambda values: torch_forward(module)(values) + 0.01, [noise(1, 50, 4)])
    path.write_bytes(b"no network")
    with pytest.raises(FileUnreadable, match="cannot be loaded after the export"):
        compare(path, torch_forward(module), [noise(1, 50, 4)])
