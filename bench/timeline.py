"""How long a timeline of 2,000 clips takes to be read, planned and written, the engine's own work aside.

An engine that knows the answers (`tests/shoot.py`) stands in for the real one, so that what is measured is the adapter.
Run it on one core: `taskset -c 0 python bench/timeline.py`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import otio_files as files
from shoot import Camera, Recorder, Shoot
from twopop_actions.task import Task
from twopop_otio.host import OtioHost

RATE = 24.0
CLIP_S = Fraction(4)
CAMERA_S = Fraction(600)
CLIPS_A_CAMERA = 100


def make(clip_count: int, folder: Path) -> tuple[Path, Shoot]:
    """A timeline in which half the clips are pictures and half their sound, and its shoot.

    Args:
        clip_count: Clips on all tracks together.
        folder: Where to write it.

    Returns:
        The timeline, and the engine that knows where everything lies.
    """
    pictures, sounds = [], []
    shot: list[Camera | Recorder] = []
    for number in range(clip_count // 2):
        path = f"/shoot/A{number // CLIPS_A_CAMERA:03}.mov"
        source = files.span(Fraction(number % CLIPS_A_CAMERA) * 5, CLIP_S, RATE)
        metadata = {"Resolve_OTIO": {"Link Group ID": number}}
        pictures.append(files.clip(Path(path).stem, path, source, metadata=metadata))
        sounds.append(files.clip(Path(path).stem, path, source, metadata=metadata))
    for number in range(-(-clip_count // 2 // CLIPS_A_CAMERA)):
        event = f"scene {number}"
        shot += [
            Camera(f"/shoot/A{number:03}.mov", Fraction(100), CAMERA_S, event=event),
            Recorder(f"/sound/{number:03}.wav", Fraction(90), CAMERA_S + 20, ("MIX", "BOOM"), 12.0, event=event),
        ]
    root = files.timeline(
        files.track("V1", "Video", *pictures), files.track("A1", "Audio", *sounds), metadata=files.RESOLVE
    )
    return files.save(root, folder / "long.otio"), Shoot.of(*shot)


def measure(clip_count: int) -> dict[str, float | int]:
    """Seconds for each part."""
    with tempfile.TemporaryDirectory() as name:
        path, shoot = make(clip_count, Path(name))
        started = time.perf_counter()
        host = OtioHost(path, Path(name) / "out.otio")
        read = time.perf_counter()
        task = Task.prepare("conform", host, {"sound": ("/sound",)})
        plan = task.plan(shoot)
        planned = time.perf_counter()
        task.apply(plan)
        applied = time.perf_counter()
    return {
        "clips": clip_count,
        "changes": len(plan.changes.changes),
        "read_s": read - started,
        "plan_s": planned - read,
        "apply_s": applied - planned,
        "total_s": applied - started,
    }


def main() -> int:
    """Measures and prints JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clips", nargs="*", type=int, default=[500, 2000, 8000])
    print(json.dumps([measure(count) for count in parser.parse_args().clips], indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
