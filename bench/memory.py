"""Measures the memory of a day's work: a reference of three hours against twenty files of ten minutes.

    PYTHONPATH=tests python bench/memory.py [--hours 3] [--others 20] [--folder DIR] [--codec wav|aac] [--out FILE]

Makes the files in code, nine of ten cut from the reference's event with room, noise and a clock of their own, the rest
from another event; matches all in one call to a warm engine; samples the memory of the engine and its workers from
/proc (Linux only) twenty times a second.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import av
import numpy as np
import soundfile
from numpy.typing import NDArray
from warm_engine import WarmEngine

from scenes import clock, noise, room, speech
from twopop.v1 import sync_pb2

_RATE_HZ = 48000
_BLOCK_S = 600
_MIB = 1 << 20


@dataclass(frozen=True)
class Other:
    """One of the files to place, and the truth about it; start is None when it belongs nowhere."""

    path: Path
    start_s: float | None
    drift_ppm: float


class MemoryMeter:
    """Samples the memory of a process and all below it, for the time of a `with` block.

    Attributes:
        peak: Highest sum of resident sets, bytes; pages that two processes share count twice.
    """

    def __init__(self, pid: int) -> None:
        """Takes the process at the top."""
        self.peak = 0
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def __enter__(self) -> MemoryMeter:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._done.wait(0.05):
            self.peak = max(self.peak, memory_of_family(self._pid))


def memory_of_family(top: int) -> int:
    """Resident bytes of a process and of all below it."""
    return sum(_resident(pid) for pid in _family(top))


def _family(top: int) -> list[int]:
    """A process and all its descendants."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    family = [top]
    for pid in family:
        family += [child for child, parent in parents.items() if parent == pid]
    return family


def _resident(pid: int) -> int:
    """Resident bytes of a process; zero when it is gone."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def write_event(path: Path, seconds: float, rng: np.random.Generator) -> None:
    """Writes a long event block by block."""
    with soundfile.SoundFile(path, "w", _RATE_HZ, 1, "PCM_16") as file:
        while file.frames < seconds * _RATE_HZ:
            file.write(speech.synthetic_speech(min(_BLOCK_S, seconds - file.frames / _RATE_HZ), rng))


def write_other(event: Path, path: Path, start_s: float, drift_ppm: float, rng: np.random.Generator) -> float:
    """Writes ten minutes of the event as another recorder heard it, and returns where they truly start."""
    first = round(start_s * _RATE_HZ)
    sound, _ = soundfile.read(event, frames=_BLOCK_S * _RATE_HZ, start=first, dtype="float32")
    response, direct_index = room.room_response(rng, _RATE_HZ, 0.5, 0.0)
    heard: NDArray[np.float32] = room.in_room(sound, response)[: len(sound)]
    unwanted = noise.noise("pink", len(heard) / _RATE_HZ, rng)
    heard = heard + unwanted * np.float32(noise.noise_gain(heard, unwanted, 10.0))
    soundfile.write(path, clock.with_clock(heard, _RATE_HZ, drift_ppm) * np.float32(0.3), _RATE_HZ, "PCM_24")
    return (first - direct_index) / _RATE_HZ


def make_others(event: Path, hours: float, count: int, rng: np.random.Generator) -> list[Other]:
    """Writes the files to place: the last tenth of them from another event."""
    strangers = max(1, count // 10)
    stranger = event.with_name("stranger.wav")
    write_event(stranger, strangers * _BLOCK_S, rng)
    others = []
    for number in range(count):
        path = event.with_name(f"other{number:02}.wav")
        drift_ppm = float(rng.uniform(-80, 80))
        index = number - (count - strangers)
        if index >= 0:
            write_other(stranger, path, index * _BLOCK_S, drift_ppm, rng)
            others.append(Other(path, None, drift_ppm))
        else:
            start_s = float(rng.uniform(0, hours * 3600 - _BLOCK_S))
            others.append(Other(path, write_other(event, path, start_s, drift_ppm, rng), drift_ppm))
    stranger.unlink()
    return others


def as_aac(source: Path) -> Path:
    """Codes a WAV file as AAC in MP4, as a camera would, and removes it."""
    target = source.with_suffix(".m4a")
    with av.open(str(source), "r") as read, av.open(str(target), "w") as write:
        stream = write.add_stream("aac", rate=_RATE_HZ)
        for frame in read.decode(audio=0):
            write.mux(stream.encode(frame))
        write.mux(stream.encode(None))
    source.unlink()
    return target


def main() -> None:
    """Makes the files, matches them and prints what it took."""
    options = _options()
    rng = np.random.default_rng(options.seed)
    with tempfile.TemporaryDirectory(prefix="twopop-memory-", dir=options.folder) as folder, WarmEngine() as engine:
        event = Path(folder) / "reference.wav"
        print(f"making {options.hours:g} h and {options.others} files", flush=True)
        write_event(event, options.hours * 3600, rng)
        others = make_others(event, options.hours, options.others, rng)
        reference = as_aac(event) if options.codec == "aac" else event
        pid = engine.pid
        idle = memory_of_family(pid)
        begin = time.perf_counter()
        with MemoryMeter(pid) as meter:
            result = engine.match_many(reference, [other.path for other in others])
        wall_s = time.perf_counter() - begin
    figures = _judge(others, result)
    figures |= {
        "reference_h": options.hours,
        "others": options.others,
        "codec": options.codec,
        "wall_s": round(wall_s, 2),
        "wall_per_second_of_audio": wall_s / (options.hours * 3600 + options.others * _BLOCK_S),
        "idle_mib": idle // _MIB,
        "peak_mib": meter.peak // _MIB,
        "cores": os.cpu_count(),
    }
    text = json.dumps(figures, indent=1)
    print("\n" + text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")


def _judge(others: list[Other], result: sync_pb2.MatchResult) -> dict[str, object]:
    errors_ms, drifts_ppm, missed, invented = [], [], 0, 0
    for other, pair in zip(others, result.pairs, strict=True):
        matched = pair.verdict == sync_pb2.MATCH_VERDICT_MATCHED
        if other.start_s is None:
            invented += matched
        elif matched:
            errors_ms.append(1000 * abs(pair.start_s - other.start_s))
            drifts_ppm.append(abs(pair.drift_ppm - other.drift_ppm))
        else:
            missed += 1
    return {
        "largest_error_ms": max(errors_ms, default=None),
        "largest_drift_error_ppm": max(drifts_ppm, default=None),
        "true_refused": missed,
        "strangers_matched": invented,
    }


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Measures the memory of a long match.")
    parser.add_argument("--hours", type=float, default=3.0)
    parser.add_argument("--others", type=int, default=20)
    parser.add_argument("--codec", choices=["wav", "aac"], default="wav", help="how the reference is coded")
    parser.add_argument("--folder", type=Path, help="where to make the files: about 3 GB; default: the system's")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="where to write the figures, as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
