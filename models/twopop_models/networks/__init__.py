"""The published networks that checkpoints can be converted for, by card id.

Importing this needs no torch; asking a `NetworkSpec` for anything does.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from twopop_models.networks.spec import NetworkSpec, Tower, WeightsMismatch

__all__ = ["NETWORKS", "NetworkSpec", "Tower", "WeightsMismatch"]

NETWORKS: Mapping[str, NetworkSpec] = MappingProxyType(
    {
        "syncnet.v2": NetworkSpec(
            "twopop_models.networks.syncnet:SyncNet",
            (
                Tower("syncnet_v2.video.onnx", "video", (3, 5, 224, 224)),
                Tower("syncnet_v2.audio.onnx", "audio", (1, 13, 20)),
            ),
        ),
        "wav2lip.expert": NetworkSpec(
            "twopop_models.networks.expert:Expert",
            (
                Tower("lipsync_expert.face.onnx", "face", (15, 48, 96)),
                Tower("lipsync_expert.audio.onnx", "audio", (1, 80, 16)),
            ),
        ),
    }
)
