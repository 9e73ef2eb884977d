"""Phones of American English (the CMU dictionary's), and where they lie in a recording.

Alignments are JSON files of [phone, first frame, frames] at 100 frames a second, as `align.py` writes them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

_VOWELS = ("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW")
_STOPS = ("B", "D", "G", "K", "P", "T", "CH", "JH")
_FRICATIVES = ("DH", "F", "HH", "S", "SH", "TH", "V", "Z", "ZH")
_SONORANTS = ("L", "M", "N", "NG", "R", "W", "Y")

PHONES: Final = ("SIL", *_VOWELS, *_STOPS, *_FRICATIVES, *_SONORANTS)
"""The alphabet; "SIL" stands for everything that is not speech."""

_NUMBERS: Final = {phone: number for number, phone in enumerate(PHONES)}
_LATE: Final = 1  # the aligner's frames begin where ours have their middle


def labels(path: Path, frames: int) -> NDArray[np.int64]:
    """The phone of each frame [frames], as its number in `PHONES`."""
    said = np.zeros(frames, np.int64)
    for phone, first, count in json.loads(path.read_text(encoding="utf-8")):
        said[first + _LATE : first + count + _LATE] = _NUMBERS.get(phone, 0)
    return said
