"""A file's sound, embedded piece by piece."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from twopop_engine.sync.lipsync.mel import read_mel
from twopop_engine.sync.lipsync.towers import MARGIN, Embeddings, Towers
from twopop_engine.sync.scores import MonoSound
from twopop_models.centring import REACH, centred


def embed_sound(towers: Towers, sound: MonoSound, first: int, count: int) -> tuple[Embeddings, NDArray[np.bool_]]:
    """Embeds a stretch; the same frames come out the same whatever stretch they are asked for in.

    Args:
        towers: The networks.
        sound: The sound.
        first: First frame, in hundredths of a second on the file's clock.
        count: Frames.

    Returns:
        Embeddings [count, width], and which frames hold sound [count].
    """
    mel, usable = read_mel(sound, first - _AROUND, count + 2 * _AROUND)
    within = slice(_AROUND - MARGIN, _AROUND + count + MARGIN)
    embedded = towers.sound(centred(mel, usable)[within])[MARGIN : MARGIN + count]
    return embedded, usable[_AROUND : _AROUND + count]


_AROUND: Final = REACH + MARGIN
