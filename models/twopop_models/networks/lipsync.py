"""The two towers of our own lip-sync model: small convolutional networks over time, at 100 frames a second.

The sound's tower begins as a recogniser of phones, whose last layer is then exchanged: dilated residual convolutions
after van den Oord et al., "WaveNet" (2016). Both embed into one space in which the product of a row of lips with one of
sound is the log odds that they belong together (a contrastive objective: van den Oord et al., "Representation learning
with contrastive predictive coding", 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTH: Final = 24
"""Numbers in an embedding."""

_MEL_SCALE: Final = 3.0


class PhoneEar(nn.Module):
    """What is said: hidden features of log-mel, and from them the phone."""

    def __init__(self, bands: int = 40, phones: int = 40, hidden: int = 96) -> None:
        super().__init__()
        self.enter = nn.Conv1d(bands, hidden, 5, padding=2)
        self.layers = nn.ModuleList(nn.Conv1d(hidden, hidden, 5, padding=2 * d, dilation=d) for d in (1, 2, 3, 4))
        self.norms = nn.ModuleList(nn.BatchNorm1d(hidden) for _ in range(5))
        self.phone = nn.Conv1d(hidden, phones, 1)

    def features(self, mel: Tensor) -> Tensor:
        """Hidden features [batch, 96, frames] of centred log-mel [batch, 40, frames]."""
        hidden = functional.relu(self.norms[0](self.enter(mel / _MEL_SCALE)))
        for layer, norm in zip(self.layers, list(self.norms)[1:], strict=True):
            hidden = hidden + functional.relu(norm(layer(hidden)))
        return hidden

    def forward(self, mel: Tensor) -> Tensor:
        """Scores of the phones [batch, 40, frames]."""
        scores: Tensor = self.phone(functional.dropout(self.features(mel), 0.2, self.training))
        return scores


class SoundTower(nn.Module):
    """Embeds sound."""

    def __init__(self) -> None:
        super().__init__()
        self.ear = PhoneEar()
        self.embed = nn.Conv1d(96, WIDTH, 1)
        self.log_scale = nn.Parameter(torch.tensor(-3.0))

    def forward(self, mel: Tensor) -> Tensor:
        """Embeddings [batch, frames, 24] of centred log-mel [batch, frames, 40]."""
        features = self.ear.features(mel.transpose(1, 2))
        embedded: Tensor = self.embed(functional.dropout(features, 0.15, self.training))
        return embedded.transpose(1, 2) * self.log_scale.exp()


class Panel(nn.Module):
    """Several towers of a kind, side by side: their fits are averaged."""

    def __init__(self, towers: Sequence[nn.Module], share: float = 1.0) -> None:
        """Makes the panel.

        Args:
            towers: Trained apart.
            share: What each embedding is multiplied by.
        """
        super().__init__()
        self.towers = nn.ModuleList(towers)
        self.share = share

    def forward(self, frames: Tensor) -> Tensor:
        """Embeddings [batch, frames, 24 * towers]."""
        return torch.cat([tower(frames) for tower in self.towers], dim=2) * self.share


class LipTower(nn.Module):
    """Embeds the shapes of a mouth."""

    unit: Tensor

    def __init__(self, unit: Sequence[float], hidden: int = 48) -> None:
        """Makes the tower.

        Args:
            unit: Typical deviation of each number of a shape [14].
            hidden: Features of the hidden layers.
        """
        super().__init__()
        self.register_buffer("unit", torch.tensor(list(unit), dtype=torch.float32))
        size = len(unit)
        self.layers = nn.ModuleList(
            [
                nn.Conv1d(size, hidden, 5, padding=2),
                nn.Conv1d(hidden, hidden, 5, padding=4, dilation=2),
                nn.Conv1d(hidden, hidden, 5, padding=6, dilation=3),
            ]
        )
        self.embed = nn.Conv1d(hidden, WIDTH, 1)
        self.straight = nn.Conv1d(size, WIDTH, 9, padding=4)
        nn.init.zeros_(self.embed.weight)

    def forward(self, shapes: Tensor) -> Tensor:
        """Embeddings [batch, frames, 24] of centred shapes [batch, frames, 14]."""
        given = (shapes / self.unit).transpose(1, 2)
        hidden = functional.gelu(self.layers[0](given))
        for layer in list(self.layers)[1:]:
            hidden = functional.dropout(hidden + functional.gelu(layer(hidden)), 0.1, self.training)
        embedded: Tensor = self.embed(hidden) + self.straight(given)
        return embedded.transpose(1, 2)
