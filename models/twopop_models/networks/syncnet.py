"""SyncNet: embeddings of lips and of sound that lie close together where the two belong together.

J. S. Chung and A. Zisserman, "Out of time: automated lip sync in the wild", ACCV workshops 2016; the layers and the
names of the tensors are those of the public checkpoint `syncnet_v2.model`.
"""

from __future__ import annotations

from torch import Tensor, nn

WIDTH = 1024
"""Numbers in an embedding."""

_Size2 = tuple[int, int]
_Size3 = tuple[int, int, int]


class SyncNet(nn.Module):
    """Both towers.

    `video` takes five frames at 25 per second, a face in BGR, 0 to 255 [batch, 3, 5, 224, 224]; `audio` takes 20
    columns of 13 cepstral coefficients at 100 per second [batch, 1, 13, 20]: 0.2 s each.
    """

    def __init__(self) -> None:
        super().__init__()
        self.netcnnaud = nn.Sequential(
            *_sound(1, 64, (3, 3), (1, 1)),
            nn.MaxPool2d((1, 1), (1, 1)),
            *_sound(64, 192, (3, 3), (1, 1)),
            nn.MaxPool2d((3, 3), (1, 2)),
            *_sound(192, 384, (3, 3), (1, 1)),
            *_sound(384, 256, (3, 3), (1, 1)),
            *_sound(256, 256, (3, 3), (1, 1)),
            nn.MaxPool2d((3, 3), (2, 2)),
            *_sound(256, 512, (5, 4), (0, 0)),
        )
        self.netfcaud = _head()
        self.netfclip = _head()
        self.netcnnlip = nn.Sequential(
            *_picture(3, 96, (5, 7, 7), 2, (0, 0, 0)),
            nn.MaxPool3d((1, 3, 3), (1, 2, 2)),
            *_picture(96, 256, (1, 5, 5), 2, (0, 1, 1)),
            nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)),
            *_picture(256, 256, (1, 3, 3), 1, (0, 1, 1)),
            *_picture(256, 256, (1, 3, 3), 1, (0, 1, 1)),
            *_picture(256, 256, (1, 3, 3), 1, (0, 1, 1)),
            nn.MaxPool3d((1, 3, 3), (1, 2, 2)),
            *_picture(256, 512, (1, 6, 6), 1, (0, 0, 0)),
        )

    def video(self, windows: Tensor) -> Tensor:
        """Embeddings [batch, 1024] of windows of frames [batch, 3, 5, 224, 224]."""
        embedding: Tensor = self.netfclip(self.netcnnlip(windows).flatten(1))
        return embedding

    def audio(self, windows: Tensor) -> Tensor:
        """Embeddings [batch, 1024] of windows of cepstra [batch, 1, 13, 20]."""
        embedding: Tensor = self.netfcaud(self.netcnnaud(windows).flatten(1))
        return embedding


def _sound(inputs: int, outputs: int, kernel: _Size2, padding: _Size2) -> tuple[nn.Module, ...]:
    return nn.Conv2d(inputs, outputs, kernel, padding=padding), nn.BatchNorm2d(outputs), nn.ReLU()


def _picture(inputs: int, outputs: int, kernel: _Size3, stride: int, padding: _Size3) -> tuple[nn.Module, ...]:
    convolution = nn.Conv3d(inputs, outputs, kernel, (1, stride, stride), padding)
    return convolution, nn.BatchNorm3d(outputs), nn.ReLU()


def _head() -> nn.Sequential:
    return nn.Sequential(nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, WIDTH))
