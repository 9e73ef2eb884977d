"""Score maps of made mouths that say held-out utterances, for `bench/assess.py`.

    python bench/lips_made.py MATERIAL OUT [--weights FOLDER] [--seed 3]

MATERIAL is the training's (models/twopop_models/train/lipsync/README.md). The utterances are the twenty that training
leaves out; each is spoiled, moved, and held against other speakers' sound too.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from lips import ArraySound
from numpy.typing import NDArray

from twopop_engine.runtime.models import model_store
from twopop_engine.sync.lipsync.listener import embed_sound
from twopop_engine.sync.lipsync.model import LIPS_FILE, MOST_LAG, SOUND_FILE, fit, load_towers
from twopop_engine.sync.lipsync.towers import Towers
from twopop_engine.sync.scores import ScoreMap
from twopop_engine.sync.speech import is_speech, seconds_in
from twopop_models.centring import centred
from twopop_models.train.lipsync.hearing import HELD_OUT
from twopop_models.train.lipsync.material import Material
from twopop_models.train.lipsync.mouths import MouthMaker, seen, units
from twopop_models.train.lipsync.spoiling import Spoiler

_BLOCK = 20
_EYES_IN_A_FACE = 3.0  # distances between the eyes in the height of a face: the unit of motion
_TRIES = 4


def score(towers: Towers, shapes: NDArray[np.float32], sound: ArraySound) -> ScoreMap:
    """Scores a mouth at 100 shapes a second [frames, 14] against a sound."""
    count = len(shapes) // _BLOCK
    shapes = shapes[: count * _BLOCK]
    lips = towers.lips(centred(shapes, np.ones(len(shapes), np.bool_)))
    around, usable = embed_sound(towers, sound, -MOST_LAG, len(lips) + 2 * MOST_LAG)
    fits, seconds = fit(lips, around, usable)
    blocks = shapes[:, 0].reshape(count, _BLOCK)
    return ScoreMap(
        start_s=0.0,
        step_s=_BLOCK / 100,
        lags_s=np.arange(-MOST_LAG, MOST_LAG + 1) / 100,
        sums=fits.reshape(count, _BLOCK, -1).sum(axis=1).astype(np.float32),
        weights_s=seconds.reshape(count, _BLOCK).sum(axis=1).astype(np.float32),
        speech_s=seconds_in(is_speech(sound), 0.0, _BLOCK / 100, count),
        motion=(blocks[:, ::4].std(axis=1) / _EYES_IN_A_FACE).astype(np.float32),
    )


def main() -> None:
    """Writes the maps."""
    options = _options()
    options.out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(options.seed)
    folder = options.weights
    towers = Towers(folder / LIPS_FILE, folder / SOUND_FILE) if folder else load_towers(model_store())
    material = Material.load(options.material)
    unit, spoiler = units(material.clips), Spoiler(material)
    maker = MouthMaker.fit(material.clips, unit)
    held_out = material.utterances[-HELD_OUT:]
    for number, utterance in enumerate(held_out):
        for attempt in range(_TRIES):
            mouth = seen(maker.mouth(maker.predict(utterance.phones), rng), rng)
            other = held_out[(number + 1 + attempt) % len(held_out)].sound
            own, strange = (spoiler.spoil(sound, rng) for sound in (utterance.sound, other))
            lead_s = float(rng.uniform(-0.4, 0.4))
            for kind, sound, truth_s in (
                ("own", ArraySound(own, -round(lead_s * 16000)), lead_s),
                ("strange", ArraySound(np.resize(strange, len(own))), np.nan),
            ):
                scores = score(towers, (mouth * unit).astype(np.float32), sound)
                parts = {name: getattr(scores, name) for name in scores.__dataclass_fields__}
                path = options.out / f"made {number} {attempt} {kind}.npz"
                group = f"made {number}"
                np.savez(path, allow_pickle=False, truth_s=truth_s, profile_share=0.0, group=group, **parts)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Writes score maps of made mouths.")
    parser.add_argument("material", type=Path, help="the training's material")
    parser.add_argument("out", type=Path, help="where to write")
    parser.add_argument("--weights", type=Path, help="folder with other towers")
    parser.add_argument("--seed", type=int, default=3)
    return parser.parse_args()


if __name__ == "__main__":
    main()
