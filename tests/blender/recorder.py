"""What a recorder beside a real camera would have taken down; run by the engine's Python.

recorder.py CAMERA OUT BEFORE_S: the camera's own sound at 48 kHz, quieter, after some seconds of a room.
"""

import sys

import av
import numpy as np
import soundfile

RATE_HZ = 48000


def main(camera: str, out: str, before_s: float) -> None:
    """Writes the recording."""
    resampler = av.AudioResampler(format="flt", layout="mono", rate=RATE_HZ)
    with av.open(camera) as reader:
        frames = [new for frame in reader.decode(audio=0) for new in resampler.resample(frame)]
    heard = np.concatenate([frame.to_ndarray()[0] for frame in [*frames, *resampler.resample(None)]])
    rng = np.random.default_rng(5)
    room = rng.standard_normal(round(before_s * RATE_HZ)).astype(np.float32) * 0.001
    soundfile.write(out, np.concatenate([room, 0.7 * heard]), RATE_HZ, subtype="PCM_24")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
