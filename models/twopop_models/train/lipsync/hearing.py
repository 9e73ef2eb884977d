"""First step: the sound's tower learns to tell phones, from an hour of speech of 251 people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from twopop_models.centring import centred
from twopop_models.mel import WINDOW, log_mel
from twopop_models.networks.lipsync import PhoneEar
from twopop_models.train.lipsync.material import RATE_HZ, Floats, Material
from twopop_models.train.lipsync.phones import PHONES
from twopop_models.train.lipsync.spoiling import Spoiler

Batch = tuple[torch.Tensor, torch.Tensor]

BATCH = 16
HELD_OUT = 20
"""Utterances, and so speakers, that are left for checking."""

_SECONDS = 4
_QUIETEST = -8.0  # as the engine's towers hear it
_RATE = 3e-3
_DECAY = 0.02


def spectra(sound: Floats) -> Floats:
    """Centred log-mel [frames, 40] of sound; frame n stands at sample 160 * n."""
    padded = np.pad(sound, WINDOW // 2)
    usable = np.asarray(np.lib.stride_tricks.sliding_window_view(padded != 0, WINDOW)[::160].any(axis=1), np.bool_)
    mel = log_mel(padded.astype(np.float32))
    return np.maximum(centred(mel, usable[: len(mel)]), np.float32(_QUIETEST))


@dataclass
class SpokenStretches(IterableDataset[Batch]):
    """Spoiled stretches of utterances with their phones, without end."""

    material: Material
    seed: int

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        rng = np.random.default_rng((self.seed, worker.id if worker else 0))
        spoiler = Spoiler(self.material)
        while True:
            drawn = [self._stretch(spoiler, rng) for _ in range(BATCH)]
            mel, phones = zip(*drawn, strict=True)
            yield torch.from_numpy(np.stack(mel)).transpose(1, 2), torch.from_numpy(np.stack(phones))

    def _stretch(self, spoiler: Spoiler, rng: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
        length = _SECONDS * RATE_HZ
        while True:
            utterance = self.material.utterances[rng.integers(len(self.material.utterances) - HELD_OUT)]
            frames = len(utterance.phones) - 100 * _SECONDS
            if frames > 0:
                first = int(rng.integers(frames))
                sound = utterance.sound[first * 160 : first * 160 + length]
                mel = spectra(spoiler.spoil(sound, rng))[: 100 * _SECONDS]
                return mel, utterance.phones[first : first + 100 * _SECONDS]


def learn_phones(material: Material, steps: int, seed: int, report: Callable[[str], None]) -> PhoneEar:
    """Trains the ear.

    Args:
        material: Aligned utterances, noises and rooms.
        steps: Batches of 64 s.
        seed: Of weights and draws.
        report: Takes a line now and then.
    """
    torch.manual_seed(seed)
    ear = PhoneEar(phones=len(PHONES))
    optimizer = torch.optim.AdamW(ear.parameters(), _RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, steps)
    batches = iter(DataLoader(SpokenStretches(material, seed), batch_size=None, num_workers=1, prefetch_factor=8))
    for step in range(1, steps + 1):
        mel, phones = next(batches)
        with torch.autocast("cpu", torch.bfloat16):
            scores = ear(mel)
        loss = functional.cross_entropy(scores.float(), phones, label_smoothing=0.05)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        schedule.step()
        if step % 100 == 0 or step == steps:
            report(f"hear {step} loss {loss.item():.3f} held-out {accuracy(ear, material):.3f}")
    return ear.eval()


def accuracy(ear: PhoneEar, material: Material) -> float:
    """Share of the frames of clean held-out utterances whose phone is told."""
    ear.eval()
    right = []
    for utterance in material.utterances[-HELD_OUT:]:
        with torch.no_grad():
            told = ear(torch.from_numpy(spectra(utterance.sound)).T[None])[0].argmax(dim=0).numpy()
        count = min(len(told), len(utterance.phones))
        right.append(told[:count] == utterance.phones[:count])
    ear.train()
    return float(np.concatenate(right).mean())
