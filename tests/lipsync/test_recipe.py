"""The recipe runs on any material, goes on where it was stopped, and what ships is what it kept."""

import json
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import soundfile
import torch

import twopop_models
from lipsync.faces import points
from twopop_engine.sync.lipsync.shape import mouth_shape
from twopop_models.networks.lipsync import Panel
from twopop_models.train.lipsync.__main__ import main, read_towers
from twopop_models.train.lipsync.hearing import HELD_OUT, spectra
from twopop_models.train.lipsync.learning import fits
from twopop_models.train.lipsync.material import Material
from twopop_models.train.lipsync.mouths import MouthMaker, seen, units
from twopop_models.train.lipsync.phones import PHONES, labels
from twopop_models.train.lipsync.spoiling import Spoiler

MODELS = Path(twopop_models.__file__).parent
SECONDS = 7


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise in place of speech, and mouths that open at random: enough for the machinery."""
    folder = tmp_path_factory.mktemp("material")
    for name in ("clips", "speech", "phones", "noise", "rooms"):
        (folder / name).mkdir()
    rng = np.random.default_rng(0)
    said = [[PHONES[int(rng.integers(len(PHONES)))], start, 10] for start in range(0, 100 * SECONDS, 10)]
    for number in range(HELD_OUT + 2):
        soundfile.write(folder / f"speech/u{number}.flac", 0.1 * rng.standard_normal(16000 * SECONDS), 16000)
        (folder / f"phones/u{number}.json").write_text(json.dumps(said))
    for name in ("one", "two"):
        gaps, widths = rng.uniform(0, 0.3, 25 * SECONDS), rng.uniform(0.7, 0.9, 25 * SECONDS)
        known = np.stack([mouth_shape(points(gap, width)) for gap, width in zip(gaps, widths, strict=True)])
        shapes = known + rng.normal(0, 0.01, known.shape)
        sound = (3000 * rng.standard_normal(16000 * SECONDS)).astype(np.int16)
        np.savez(
            folder / f"clips/{name}.npz",
            times_s=np.arange(25 * SECONDS) / 25,
            shapes=shapes.astype(np.float32),
            sound=sound,
        )
        (folder / f"phones/{name}.json").write_text(json.dumps(said))
    soundfile.write(folder / "noise/hiss.wav", 0.1 * rng.standard_normal(16000), 16000)
    soundfile.write(folder / "rooms/room.wav", np.exp(-np.arange(4000) / 800) * rng.standard_normal(4000), 16000)
    return folder


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")  # of torch, by its own exporter
def test_it_runs_and_goes_on_with_what_is_missing(
    material: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    line = ["train", str(material), str(out), "--hear", "1", "--learn", "1"]
    monkeypatch.setattr(sys, "argv", [*line, "--seeds", "0", "--leave-out", "two"])
    main()
    assert "clips one\n" in capsys.readouterr().out
    first = (out / "towers_0.safetensors").read_bytes()
    monkeypatch.setattr(sys, "argv", [*line, "--seeds", "0,1"])
    main()
    told = capsys.readouterr().out
    assert "seed 1" in told
    assert "seed 0" not in told
    assert "hear" not in told
    assert (out / "towers_0.safetensors").read_bytes() == first
    session = onnxruntime.InferenceSession(str(out / "twopop_lipsync_v1_lips.onnx"))
    assert session.run(None, {"frames": np.zeros((1, 77, 14), np.float32)})[0].shape == (1, 77, 48)


@pytest.mark.parametrize(("name", "width", "side"), [("lips", 14, 0), ("sound", 40, 1)])
def test_what_ships_is_what_was_kept(name: str, width: int, side: int) -> None:
    kept = [read_towers(MODELS / f"train/lipsync/towers_{seed}.safetensors") for seed in (0, 1, 2)]
    panel = Panel([pair[side] for pair in kept], 1 / 3 if side else 1.0).eval()
    session = onnxruntime.InferenceSession(str(MODELS / f"weights/twopop_lipsync_v1_{name}.onnx"))
    for frames in (50, 311):
        given = torch.randn(1, frames, width, generator=torch.Generator().manual_seed(frames))
        with torch.no_grad():
            expected = panel(given).numpy()
        (found,) = session.run(None, {"frames": given.numpy()})
        assert found == pytest.approx(expected, abs=1e-3, rel=1e-4)


def test_fits_find_planted_lags_in_the_middle() -> None:
    lips = torch.randn(3, 80, 24, generator=torch.Generator().manual_seed(1))
    sound = torch.zeros(3, 280, 24)
    sound[:, 100:180] = lips
    scores = fits(lips, sound)
    assert scores.shape == (3, 3, 51)
    assert [int(scores[n, n].argmax()) for n in range(3)] == [25, 25, 25]


def test_made_mouths_follow_the_phones(material: Path) -> None:
    """With a mouth that opens for one phone alone, a made mouth does too."""
    loaded = Material.load(material)
    clip = loaded.clips[0]
    assert clip.phones is not None
    vowel = PHONES.index("AA")
    opened = np.zeros_like(clip.shapes)
    opened[:, 0] = clip.phones == vowel
    opened[:, 1:] = np.random.default_rng(0).standard_normal(opened[:, 1:].shape) * 0.01
    known = type(clip)(clip.name, opened, clip.sound, clip.phones)
    unit = units((known,))
    expected = MouthMaker.fit((known,), unit).predict(clip.phones)
    assert expected[clip.phones == vowel, 0].mean() > expected[clip.phones != vowel, 0].mean() + 0.5


def test_a_camera_keeps_the_time_of_a_movement() -> None:
    mouth = np.zeros((600, 14))
    mouth[:, 0] = 20 * np.exp(-0.5 * ((np.arange(600) - 300) / 15) ** 2)
    found = [seen(mouth, np.random.default_rng(seed))[:, 0] for seed in range(40)]
    middles = [np.average(np.arange(200, 400), weights=np.maximum(one[200:400] - 5, 0)) for one in found]
    assert np.mean(middles) == pytest.approx(300, abs=1.0)


def test_spoiled_sound_stays_in_its_place(material: Path) -> None:
    """Rooms and filters must not move the sound: the truth would move with it."""
    sound = np.zeros(32000, np.float32)
    sound[16000:16400] = np.random.default_rng(1).standard_normal(400)
    spoiler = Spoiler(Material.load(material))
    places = [np.abs(spoiler.spoil(sound, np.random.default_rng(seed))).argmax() for seed in range(60)]
    assert np.median(places) == pytest.approx(16200, abs=250)


def test_labels_stand_where_the_frames_have_their_middle(tmp_path: Path) -> None:
    path = tmp_path / "u.json"
    path.write_text(json.dumps([["SIL", 0, 10], ["M", 10, 5], ["+NOISE+", 15, 5]]))
    said = labels(path, 30)
    assert [PHONES[number] for number in said[10:17]] == ["SIL", "M", "M", "M", "M", "M", "SIL"]


def test_spectra_are_centred_and_have_a_floor() -> None:
    sound = np.zeros(32000, np.float32)
    sound[8000:24000] = 0.1 * np.random.default_rng(0).standard_normal(16000)
    found = spectra(sound)
    assert found.shape == (201, 40)
    assert found.min() == pytest.approx(-8.0)
    assert abs(float(found[55:145].mean())) < 0.3  # frames at the ends of the sound are fainter
