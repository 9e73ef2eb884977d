"""What measures, by the store: unknown, missing and changed models are told; the identity names every file."""

from __future__ import annotations

from pathlib import Path

import pytest

from scenes.face_models import DETECTOR, MESH, face_files
from twopop.errors import ModelMissing, ModelUnknown, ModelUnreadable
from twopop_engine.runtime.models import model_store
from twopop_engine.sync.meter import DEFAULT_MODEL, CardMeter, meter_of
from twopop_engine.sync.scores import SyncModel
from twopop_models.store import Store


def never(store: Store) -> SyncModel:
    raise AssertionError("it was loaded before it was needed")


@pytest.mark.parametrize("model", ["nobody.v1", "sync.gcc-phat.v1", "faces.mesh.v1"])
def test_a_model_that_measures_no_lips_is_unknown(model: str) -> None:
    with pytest.raises(ModelUnknown, match=f"no model '{model}'; there are syncnet.v2, twopop-lipsync.v1"):
        meter_of(model)


@pytest.mark.parametrize("model", ["", "syncnet.v2"])
def test_missing_files_say_how_to_get_them(model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOPOP_DATA", str(tmp_path))
    with pytest.raises(ModelMissing, match="twopop models pull"):
        meter_of(model)


def test_the_identity_names_every_file_and_nothing_is_loaded_early() -> None:
    detector, mesh = face_files()
    meter = CardMeter(DEFAULT_MODEL, model_store(), never)
    store = model_store()
    for id, name in (DETECTOR, MESH):
        assert store.find(store.card(id), name).sha256 in meter.identity
    assert store.card("sync.assess.v1").files[0].sha256 in meter.identity
    assert meter.identity.startswith(DEFAULT_MODEL) and detector != mesh


def test_a_changed_file_is_told(tmp_path: Path) -> None:
    for path in face_files():
        copy = tmp_path / path.parent.name / path.name
        copy.parent.mkdir()
        copy.write_bytes(path.read_bytes()[:-1] + b"!")
    with pytest.raises(ModelUnreadable, match="is not the file that it must be"):
        CardMeter(DEFAULT_MODEL, Store(tmp_path), never)
