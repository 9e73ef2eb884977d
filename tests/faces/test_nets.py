"""Loading the face networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from scenes.face_models import face_files
from twopop.errors import ModelMissing, ModelUnreadable
from twopop_engine.faces.nets import FaceNets


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    detector, _mesh = face_files()
    with pytest.raises(ModelMissing, match=r"mesh\.tflite was expected; `twopop models pull` gets them"):
        FaceNets.load(detector, tmp_path / "mesh.tflite")


@pytest.mark.parametrize("content", [b"", b"no network", bytes(5000)])
def test_a_file_that_is_no_network(tmp_path: Path, content: bytes) -> None:
    _detector, mesh = face_files()
    wrong = tmp_path / "detector.tflite"
    wrong.write_bytes(content)
    with pytest.raises(ModelUnreadable, match=r"detector\.tflite: is not a LiteRT network; pull the face models again"):
        FaceNets.load(wrong, mesh)


def test_a_file_cut_short(tmp_path: Path) -> None:
    detector, mesh = face_files()
    wrong = tmp_path / "detector.tflite"
    wrong.write_bytes(detector.read_bytes()[:-100_000])
    with pytest.raises(ModelUnreadable, match=r"detector\.tflite"):
        FaceNets.load(wrong, mesh)


def test_the_networks_mixed_up() -> None:
    detector, mesh = face_files()
    with pytest.raises(ModelUnreadable, match=r"face_landmark\.tflite: is another network"):
        FaceNets.load(mesh, detector)


def test_answers_do_not_depend_on_threads_or_on_what_was_seen_before() -> None:
    detector, mesh = face_files()
    picture = np.random.default_rng(3).integers(0, 256, (192, 192, 3), np.uint8)
    one, two = FaceNets.load(detector, mesh), FaceNets.load(detector, mesh, threads=2)
    first = one.detect(picture)
    one.detect(255 - picture)
    for again in (one.detect(picture), two.detect(picture)):
        np.testing.assert_allclose(again[0], first[0], atol=1e-3)
        np.testing.assert_allclose(again[1], first[1], atol=1e-3)
    assert first[0].shape == (2304, 16)
