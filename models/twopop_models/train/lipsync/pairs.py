"""Pairs of a mouth and the sound around it: real ones, and made ones from recordings of speech."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import soxr
import torch
from torch.utils.data import IterableDataset, get_worker_info

from twopop_models.centring import centred
from twopop_models.train.lipsync.hearing import HELD_OUT, spectra
from twopop_models.train.lipsync.material import RATE_HZ, Clip, Floats, Material, Utterance
from twopop_models.train.lipsync.mouths import Doubles, MouthMaker, seen, units
from twopop_models.train.lipsync.spoiling import Spoiler

Batch = tuple[torch.Tensor, torch.Tensor]

LAG = 100
"""Frames of sound before and after those of the mouth."""

BATCH = 16
_REAL = 0.35
_LENGTHS = (150, 200, 300, 400)  # frames
_HOP = 160


@dataclass
class Pairs(IterableDataset[Batch]):
    """Batches of centred shapes [16, frames, 14] and centred spectra [16, frames + 200, 40], without end."""

    material: Material
    seed: int
    unit: Floats = field(init=False)
    maker: MouthMaker = field(init=False)

    def __post_init__(self) -> None:
        self.unit = units(self.material.clips)
        self.maker = MouthMaker.fit(self.material.clips, self.unit)

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        rng = np.random.default_rng((self.seed, 1, worker.id if worker else 0))
        while True:
            frames = int(rng.choice(_LENGTHS))
            mouths, sounds = zip(*(self._pair(frames, rng) for _ in range(BATCH)), strict=True)
            yield torch.from_numpy(np.stack(mouths)), torch.from_numpy(np.stack(sounds))

    def _pair(self, frames: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        while True:
            drawn = self._real(rng) if rng.random() < _REAL else self._made(rng)
            mouth, sound = drawn
            if len(mouth) > frames:
                break
        first = int(rng.integers(len(mouth) - frames))
        shapes = (seen(mouth, rng) * self.unit).astype(np.float32)
        shapes = centred(shapes, np.ones(len(shapes), np.bool_))[first : first + frames]
        begin = (first - LAG) * _HOP
        around = np.zeros((frames + 2 * LAG) * _HOP, np.float32)
        source = sound[max(0, begin) : begin + len(around)]
        around[max(0, -begin) :][: len(source)] = source
        faint = rng.standard_normal(len(around)).astype(np.float32) * (1e-4 * float(around.std()) + 1e-9)
        return shapes, spectra(Spoiler(self.material).spoil(around + faint, rng))[: frames + 2 * LAG]

    def _real(self, rng: np.random.Generator) -> tuple[Doubles, Floats]:
        """A clip, faster or slower."""
        clip: Clip = self.material.clips[rng.integers(len(self.material.clips))]
        slower = rng.uniform(0.88, 1.12)
        sound = soxr.resample(clip.sound, RATE_HZ, RATE_HZ * slower)
        places = np.arange(int(len(clip.shapes) * slower)) / slower
        frames = np.arange(len(clip.shapes))
        scaled = (clip.shapes - clip.shapes.mean(axis=0)) / self.unit * np.exp(rng.normal(0, 0.15))
        return np.stack([np.interp(places, frames, column) for column in scaled.T], axis=1), sound

    def _made(self, rng: np.random.Generator) -> tuple[Doubles, Floats]:
        utterance: Utterance = self.material.utterances[rng.integers(len(self.material.utterances) - HELD_OUT)]
        return self.maker.mouth(self.maker.predict(utterance.phones), rng), utterance.sound
