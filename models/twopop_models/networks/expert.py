"""The lip-sync expert of Wav2Lip: SyncNet's idea on the lower half of a face in colour.

K. R. Prajwal et al., "A lip sync expert is all you need for speech to lip generation in the wild", ACM Multimedia 2020;
the layers and the names of the tensors are those of the public checkpoint `lipsync_expert.pth`.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


class Block(nn.Module):
    """Convolution, normalisation, the input added where it is residual, rectifier."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        stride: int | tuple[int, int],
        padding: int,
        *,
        residual: bool = False,
    ) -> None:
        super().__init__()
        self.conv_block = nn.Sequential(nn.Conv2d(inputs, outputs, kernel, stride, padding), nn.BatchNorm2d(outputs))
        self._residual = residual

    def forward(self, inputs: Tensor) -> Tensor:
        """Activations."""
        outputs: Tensor = self.conv_block(inputs)
        return functional.relu(outputs + inputs if self._residual else outputs)


class Expert(nn.Module):
    """Both towers; embeddings have unit length, so that their product is a cosine.

    `face` takes the lower half of five frames at 25 per second, BGR, 0 to 1, one after another [batch, 15, 48, 96];
    `audio` takes 16 columns of 80 mel bands at 80 per second, -4 to 4 [batch, 1, 80, 16]: 0.2 s each.
    """

    def __init__(self) -> None:
        super().__init__()
        self.face_encoder = nn.Sequential(
            Block(15, 32, 7, 1, 3),
            Block(32, 64, 5, (1, 2), 1),
            *_residuals(64, 2),
            Block(64, 128, 3, 2, 1),
            *_residuals(128, 3),
            Block(128, 256, 3, 2, 1),
            *_residuals(256, 2),
            Block(256, 512, 3, 2, 1),
            *_residuals(512, 2),
            Block(512, 512, 3, 2, 1),
            Block(512, 512, 3, 1, 0),
            Block(512, 512, 1, 1, 0),
        )
        self.audio_encoder = nn.Sequential(
            Block(1, 32, 3, 1, 1),
            *_residuals(32, 2),
            Block(32, 64, 3, (3, 1), 1),
            *_residuals(64, 2),
            Block(64, 128, 3, 3, 1),
            *_residuals(128, 2),
            Block(128, 256, 3, (3, 2), 1),
            *_residuals(256, 2),
            Block(256, 512, 3, 1, 0),
            Block(512, 512, 1, 1, 0),
        )

    def face(self, windows: Tensor) -> Tensor:
        """Embeddings [batch, 512] of windows of frames [batch, 15, 48, 96]."""
        return functional.normalize(self.face_encoder(windows).flatten(1))

    def audio(self, windows: Tensor) -> Tensor:
        """Embeddings [batch, 512] of windows of mel bands [batch, 1, 80, 16]."""
        return functional.normalize(self.audio_encoder(windows).flatten(1))


def _residuals(width: int, count: int) -> list[Block]:
    return [Block(width, width, 3, 1, 1, residual=True) for _ in range(count)]
