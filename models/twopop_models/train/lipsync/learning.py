"""Second step: both towers learn which sound belongs to which mouth, and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader

from twopop_models.networks.lipsync import LipTower, PhoneEar, SoundTower
from twopop_models.train.lipsync.material import Material
from twopop_models.train.lipsync.pairs import BATCH, Pairs

_STEP = 4  # lags of 40 ms while learning
_SPREAD = 2.5  # frames: how exact the truth is
_STRANGERS = 0.3
_EAR_RATE, _RATE = 3e-4, 2e-3
_DECAY = 0.03


def learn_sync(
    material: Material, ear: PhoneEar, steps: int, seed: int, report: Callable[[str], None]
) -> tuple[LipTower, SoundTower]:
    """Trains both towers.

    Args:
        material: Clips and utterances.
        ear: What `hearing` trained.
        steps: Batches of 16 pairs.
        seed: Of weights and draws.
        report: Takes a line now and then.
    """
    torch.manual_seed(seed)
    pairs = Pairs(material, seed)
    lips, sound = LipTower(pairs.unit.tolist()), SoundTower()
    sound.ear.load_state_dict(ear.state_dict())
    rest = [*lips.parameters(), *sound.embed.parameters(), sound.log_scale]
    groups: list[dict[str, Any]] = [{"params": sound.ear.parameters()}, {"params": rest}]
    optimizer = torch.optim.AdamW(groups, _RATE, weight_decay=_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, [_EAR_RATE, _RATE], steps)
    batches = iter(DataLoader(pairs, batch_size=None, num_workers=1, prefetch_factor=8))
    right: list[float] = []
    for step in range(1, steps + 1):
        shapes, spectra = next(batches)
        with torch.autocast("cpu", torch.bfloat16):
            scores = fits(lips(shapes), sound(spectra))
        loss, exact = _loss(scores.float())
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_([*lips.parameters(), *sound.parameters()], 1.0)
        optimizer.step()
        schedule.step()
        right.append(exact)
        if step % 100 == 0 or step == steps:
            report(f"sync {step} loss {loss.item():.3f} within 40 ms {sum(right) / len(right):.3f}")
            right.clear()
    return lips.eval(), sound.eval()


def fits(lips: Tensor, sound: Tensor) -> Tensor:
    """Every mouth against every sound at every lag.

    Args:
        lips: Embeddings [batch, frames, width].
        sound: Embeddings [batch, frames + 200, width].

    Returns:
        Log odds [batch of lips, batch of sound, 51]; the middle is the true lag.
    """
    windows = sound.unfold(1, lips.shape[1], _STEP)
    return torch.einsum("btd,cldt->bcl", lips, windows)


def _loss(scores: Tensor) -> tuple[Tensor, float]:
    """Of the lag within the own sound, and of the own sound among those of others."""
    middle = scores.shape[2] // 2
    lags = (torch.arange(scores.shape[2]) - middle) * float(_STEP)
    truth = torch.softmax(-0.5 * (lags / _SPREAD) ** 2, dim=0)
    diagonal = torch.arange(BATCH)
    own = scores[diagonal, diagonal]
    among = functional.log_softmax(scores.flatten(1), dim=1).view_as(scores)[diagonal, diagonal]
    when = -(functional.log_softmax(own, dim=1) * truth).sum(dim=1).mean()
    whose = -(among * truth).sum(dim=1).mean()
    exact = ((own.argmax(dim=1) - middle).abs() <= 1).float().mean().item()
    return when + _STRANGERS * whose, exact
