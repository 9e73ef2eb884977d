"""Makes media whose flash and clap are known; run by the engine's Python, since Blender's has no encoder.

film.py OUT RATE FRAMES FLASH SEED START CLAP: a camera's file, dark but for one white picture, or with the suffix .wav
a recording as long as so many frames. Both hear the event of a seed from sample START on; its clap is at sample CLAP.
"""

import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soundfile

RATE_HZ = 48000
_EVENT_S = 60
_BURST_S = 0.05


def event(seed: int, clap: int) -> np.ndarray:
    """What happened, as sound: bursts of noise of many loudnesses and colours, and a clap of one sample."""
    rng = np.random.default_rng(seed)
    sound = rng.standard_normal(_EVENT_S * RATE_HZ)
    burst = round(_BURST_S * RATE_HZ)
    loudness = np.repeat(rng.uniform(0, 1, -(-len(sound) // burst)) ** 3, burst)[: len(sound)]
    sound = np.convolve(sound * loudness, (0.25, 0.5, 0.25), "same") * 0.06
    sound[clap] = 0.95
    return sound.clip(-1, 1).astype(np.float32)


def film(path: Path, rate: Fraction, frames: int, flash: int, sound: np.ndarray) -> None:
    """Writes a camera's file; a .mov holds its sound as it is, others as AAC."""
    with av.open(str(path), "w") as writer:
        video = writer.add_stream("libx264", rate=rate, options={"crf": "10", "g": "1", "bf": "0"})
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        audio = writer.add_stream("pcm_s16le" if path.suffix == ".mov" else "aac", rate=RATE_HZ, layout="mono")
        for number in range(frames):
            picture = np.full((48, 64, 3), 255 if number == flash else 20, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, 1 / rate
            writer.mux(video.encode(frame))
        writer.mux(video.encode(None))
        heard = av.AudioFrame.from_ndarray((sound * 32767).astype(np.int16)[None], format="s16", layout="mono")
        heard.sample_rate, heard.pts = RATE_HZ, 0
        writer.mux(audio.encode(heard))
        writer.mux(audio.encode(None))


if __name__ == "__main__":
    out, rate_text, *numbers = sys.argv[1:]
    rate, (frames, flash, seed, start, clap) = Fraction(rate_text), map(int, numbers)
    samples = round(Fraction(frames) / rate * RATE_HZ)
    heard = event(seed, clap)[start : start + samples]
    if out.endswith(".wav"):
        soundfile.write(out, heard, RATE_HZ, subtype="FLOAT")
    else:
        film(Path(out), rate, frames, flash, heard)
