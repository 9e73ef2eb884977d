"""Aligns phones to recordings with PocketSphinx and its own American English model (both BSD), in a venv of their own.

    python align.py OUT_FOLDER RECORDING...

Words are recognised first, unless RECORDING is followed by "=WORDS". Wrong words are wrong in sound only a little,
which is all that matters here.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import soundfile
from pocketsphinx import Decoder


def align(samples: bytes, words: str = "") -> list[tuple[str, int, int]]:
    """Phones of 16-bit mono sound at 16 kHz: name, first frame, frames, at 100 a second; empty when none is found."""
    decoder = Decoder(loglevel="FATAL")
    if words:
        decoder.set_align_text(words)
    _decode(decoder, samples)
    if decoder.hyp() is None:
        return []
    decoder.set_alignment()
    _decode(decoder, samples)
    return [(phone.name, phone.start, phone.duration) for word in decoder.get_alignment().words() for phone in word]


def _decode(decoder: Decoder, samples: bytes) -> None:
    decoder.start_utt()
    decoder.process_raw(samples, full_utt=True)
    decoder.end_utt()


def main() -> None:
    """Writes an alignment beside the name of each recording."""
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for argument in sys.argv[2:]:
        name, _, words = argument.partition("=")
        target = out / f"{Path(name).stem}.json"
        if target.exists():
            continue
        samples, _ = soundfile.read(name, dtype="int16")
        phones = align(samples.tobytes(), words)
        if phones:
            target.write_text(json.dumps(phones), encoding="utf-8")


if __name__ == "__main__":
    main()
