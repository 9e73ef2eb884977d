"""Sources: the files of one recording as sounds to match, its mix and each of its channels.

Prepared sounds are kept in the engine's scratch folder, so that a file that is held against many is decoded once.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from twopop.errors import OutputUnwritable, StreamMissing
from twopop_engine.media.digest import media_digest
from twopop_engine.media.info import MediaInfo
from twopop_engine.media.output import atomic_output
from twopop_engine.media.pcm import open_audio
from twopop_engine.media.probe import probe
from twopop_engine.runtime.results import result_key
from twopop_engine.sync.sound import Preparer, Sound

_BLOCK_S: Final = 4
_SCRATCH_LIMIT_BYTES: Final = 4 << 30
_ALIKE: Final = 0.97  # correlation from which a channel is the mix over again
_QUIET: Final = 1e-4  # -80 dB full scale: an unused input
_MOST_CHANNELS: Final = 8  # tried one by one; a larger desk has them in its mix
_REVISION: Final = "sync.sound/1"


@dataclass(frozen=True)
class Source:
    """A recording: one file, or the files of a family that ran together.

    Attributes:
        paths: Absolute paths.
        infos: What they hold.
        digest: Identity of all of them.
    """

    paths: tuple[Path, ...]
    infos: tuple[MediaInfo, ...]
    digest: str

    @classmethod
    def open(cls, paths: Sequence[Path]) -> Source:
        """Reads what the files hold.

        Raises:
            InputError: A file is missing or unreadable, or none of them has sound.
        """
        infos = tuple(probe(path) for path in paths)
        if not any(info.audio for info in infos):
            raise StreamMissing.at(str(paths[0]), "audio")
        return cls(tuple(paths), infos, result_key("source", *(media_digest(path) for path in paths)))

    @property
    def duration_s(self) -> float:
        """Length of the longest file in seconds."""
        return float(max(info.duration for info in self.infos))

    @property
    def timecode_s(self) -> Fraction | None:
        """Start in seconds since midnight, when the first file carries a timecode to be trusted."""
        timecode = self.infos[0].timecode
        # Recorders whose clock was never set stamp midnight.
        return timecode.since_midnight if timecode and timecode.since_midnight > 0 else None

    @property
    def own_drift_ppm(self) -> float | None:
        """The speed change that the recorder wrote down (iXML SPEED), in parts per million; None for none."""
        identity = self.infos[0].identity
        if not identity or not identity.digitizer_sample_rate_hz or not identity.file_sample_rate_hz:
            return None
        return (identity.digitizer_sample_rate_hz / identity.file_sample_rate_hz - 1.0) * 1e6


@dataclass(frozen=True)
class Voices:
    """A source ready to be matched.

    Attributes:
        mix: The mean of all channels.
        channels: Channels that differ from the mix and are not silent, the loudest first.
    """

    mix: Sound
    channels: tuple[Sound, ...]


def load(source: Source, scratch: Path, report: Callable[[float], None]) -> Voices:
    """Prepares a source, or finds it prepared.

    Args:
        source: The recording.
        scratch: Folder for prepared sounds.
        report: Called with the seconds of sound read since the last call; may raise to stop.

    Returns:
        Its voices.
    """
    path = scratch / f"sound-{result_key(_REVISION, source.digest)[:32]}.npz"
    kept = _kept(path)
    if kept is None:
        kept = _decode(source, report)
        _keep(path, kept)
    else:
        report(source.duration_s)
    return kept


def _decode(source: Source, report: Callable[[float], None]) -> Voices:
    rate_hz = max(stream.sample_rate_hz for info in source.infos for stream in info.audio)
    count = sum(stream.channel_count for info in source.infos for stream in info.audio)
    mix = Preparer(rate_hz)
    singles = [Preparer(rate_hz) for _ in range(count)] if 1 < count <= _MOST_CHANNELS else []
    moments = np.zeros((3, count))
    for block in _blocks(source, rate_hz, report):
        mean = block.mean(axis=0, dtype=np.float32)
        mix.push(mean)
        moments[0] += block @ mean
        moments[1] += np.square(block).sum(axis=1)
        moments[2] += np.square(mean).sum()
        for single, channel in zip(singles, block, strict=False):
            single.push(channel)
    alike = moments[0] / np.sqrt(moments[1] * moments[2] + 1e-20)
    loud = np.sqrt(moments[1] / max(source.duration_s * rate_hz, 1.0)) > _QUIET
    order = np.argsort(-moments[1], kind="stable")
    chosen = [k for k in order if singles and loud[k] and alike[k] < _ALIKE]
    return Voices(mix.finish(), tuple(singles[k].finish() for k in chosen))


def _blocks(source: Source, rate_hz: int, report: Callable[[float], None]) -> Iterator[npt.NDArray[np.float32]]:
    """Blocks [channels, samples] of all streams of all files side by side; shorter ones end in silence."""
    readers = [open_audio(info.path, stream.index) for info in source.infos for stream in info.audio]
    try:
        length = max(reader.length for reader in readers if reader.rate_hz == rate_hz)
        streams = [reader.blocks(_BLOCK_S * rate_hz, 0, length) for reader in readers if reader.rate_hz == rate_hz]
        for parts in zip(*streams, strict=True):
            report(parts[0].shape[1] / rate_hz)
            yield np.concatenate(parts)
    finally:
        for reader in readers:
            reader.close()


def _kept(path: Path) -> Voices | None:
    try:
        with np.load(path, allow_pickle=False) as data:
            sounds = [Sound(data[f"full{k}"], data[f"half{k}"], data[f"level{k}"]) for k in range(int(data["count"]))]
    except (OSError, ValueError, KeyError):
        return None
    os.utime(path)
    return Voices(sounds[0], tuple(sounds[1:]))


def _keep(path: Path, voices: Voices) -> None:
    """Writes prepared sounds; a full disk costs only the next run's time."""
    arrays: dict[str, npt.NDArray[np.generic]] = {}
    for k, sound in enumerate((voices.mix, *voices.channels)):
        arrays |= {f"full{k}": sound.full, f"half{k}": sound.half, f"level{k}": sound.level_db}
    with suppress(OSError, OutputUnwritable):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with atomic_output(path) as partial:
            np.savez(partial, allow_pickle=False, count=np.array(1 + len(voices.channels)), **arrays)
        _forget_oldest(path.parent)


def _forget_oldest(folder: Path) -> None:
    """Keeps the scratch folder within its limit."""
    files = sorted(folder.glob("sound-*.npz"), key=lambda file: -file.stat().st_mtime)
    total = 0
    for file in files:
        total += file.stat().st_size
        if total > _SCRATCH_LIMIT_BYTES:
            file.unlink(missing_ok=True)
