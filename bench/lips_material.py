"""Reads talking clips into what `twopop_models.train.lipsync` is trained on: mouth shapes and sound.

    python bench/lips_material.py OUT VIDEO...

Of each video the face that is seen for longest is taken. The face networks must be in the store (`twopop models pull`).
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from twopop_engine.faces.nets import FaceNets
from twopop_engine.faces.tracker import FaceTracker
from twopop_engine.media.frames import open_video
from twopop_engine.media.pcm import open_audio
from twopop_engine.runtime.models import model_store
from twopop_engine.sync.assess.sound import FileSound
from twopop_engine.sync.lipsync.shape import mouth_shape


def read_clip(video: Path, nets: FaceNets) -> dict[str, np.ndarray]:
    """Times in seconds [n], shapes [n, 14] and sound (16 bits at 16 kHz) of a video."""
    seen = defaultdict(list)
    tracker = FaceTracker(nets)
    with open_video(video) as reader:
        for frame in reader.frames():
            for face in tracker.see(frame).faces:
                seen[face.track].append((float(frame.time), mouth_shape(face.landmarks)))
    times_s, shapes = zip(*max(seen.values(), key=len), strict=True)
    with open_audio(video) as source:
        sound = FileSound(source)
        samples = sound.read(0, sound.length)
    return {
        "times_s": np.array(times_s),
        "shapes": np.stack(shapes),
        "sound": np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16),
    }


def main() -> None:
    """Writes a file for each video."""
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    store = model_store()
    detector = store.path("faces.blazeface-full.v1", "face_detection_full_range_sparse.tflite")
    nets = FaceNets.load(detector, store.path("faces.mesh.v1", "face_landmark.tflite"))
    for name in sys.argv[2:]:
        np.savez(out / f"{Path(name).stem}.npz", allow_pickle=False, **read_clip(Path(name), nets))
        print(name, flush=True)


if __name__ == "__main__":
    main()
