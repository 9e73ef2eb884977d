"""The jobs behind the Models service: errors as the protocol's, and cancelling."""

from pathlib import Path

import pytest

from models.file_server import Plan, serving
from models.shelves import entry, shelf
from twopop.errors import OperationCancelled, TwopopError
from twopop.locations import Home
from twopop.v1 import models_pb2
from twopop_engine.runtime.context import LocalContext
from twopop_engine.runtime.models import model_errors, model_store
from twopop_engine.weights import jobs
from twopop_models import errors
from twopop_models.errors import ModelError

MODEL = "test.model.v1"


@pytest.mark.parametrize(
    ("kind", "reason", "message"),
    [
        (errors.UnknownModel, "MODEL_UNKNOWN", "there is no model 'it'; there are why"),
        (errors.FilesMissing, "MODEL_MISSING", "the files of it are not here. why"),
        (errors.FileUnreadable, "MODEL_UNREADABLE", "it: why"),
        (errors.LicenseRefused, "LICENSE_NOT_ACCEPTED", "it: why; if that is fine, say --accept-license"),
        (errors.FetchFailed, "DOWNLOAD_FAILED", "it: why"),
        (errors.StoreUnwritable, "OUTPUT_UNWRITABLE", "it: cannot be written: why"),
    ],
)
def test_each_error_has_one_of_the_protocols(kind: type[ModelError], reason: str, message: str) -> None:
    with pytest.raises(TwopopError) as caught, model_errors():
        raise kind("it", "why")
    assert (caught.value.reason, caught.value.message, caught.value.exit_code) == (reason, message, 2)


def test_no_error_is_forgotten() -> None:
    for kind in ModelError.__subclasses__():
        with pytest.raises(TwopopError), model_errors():
            raise kind("it", "why")


def test_the_store_lies_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWOPOP_DATA", str(tmp_path))
    assert model_store().root == tmp_path / "models"


def test_a_pull_is_cancelled_while_the_server_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = bytes(200_000)
    with serving(data, Plan(stall_after=100_000)) as server:
        store = shelf(tmp_path, entry("w.bin", data, url=f"{server.url}/w.bin"))
        monkeypatch.setattr(jobs, "model_store", lambda: store)
        told: list[tuple[str, str]] = []
        context = LocalContext(Home(tmp_path / "home"))

        def watch(fraction: float, stage: str, message: str) -> None:
            told.append((stage, message))
            if fraction >= 0.5:
                context.cancelled.set()

        context.watch = watch
        with pytest.raises(OperationCancelled):
            jobs.pull_files(models_pb2.PullModelRequest(id=MODEL), context)
        assert set(told) == {("download", "w.bin")}
        again = jobs.pull_files(models_pb2.PullModelRequest(id=MODEL), LocalContext(Home(tmp_path / "home")))
        assert (again.downloaded_bytes, again.card.available) == (100_000, True)
        assert again.card.files[0].path == str(store.root / MODEL / "w.bin")
