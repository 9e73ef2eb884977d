"""Makes a camera's file whose flash and clap are known; run by the engine's Python, since Blender's has no encoder.

film.py OUT RATE FRAMES FLASH_FRAME CLAP_SAMPLE: dark pictures but for a white one, 48 kHz sound, silent but for a clap.
"""

import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE_HZ = 48000


def film(path: Path, rate: Fraction, frames: int, flash: int, clap: int) -> None:
    """Writes the file: FFV1 and PCM where the container takes them, so that nothing is smeared."""
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
        sound = np.zeros((1, round(Fraction(frames) / rate * RATE_HZ)), np.int16)
        sound[0, clap : clap + 1] = 30000
        heard = av.AudioFrame.from_ndarray(sound, format="s16", layout="mono")
        heard.sample_rate, heard.pts = RATE_HZ, 0
        writer.mux(audio.encode(heard))
        writer.mux(audio.encode(None))


if __name__ == "__main__":
    out, rate_text, *numbers = sys.argv[1:]
    film(Path(out), Fraction(rate_text), *(int(number) for number in numbers))
