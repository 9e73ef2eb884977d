"""The engine's look at itself: a second of picture and sound written and decoded, and what it is built on."""

from __future__ import annotations

import sys
import tempfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from twopop.errors import TwopopError
from twopop.packages import Requirement, requirements, version_of
from twopop.v1 import engine_pb2
from twopop_engine.media.frames import open_video
from twopop_engine.media.pcm import open_audio
from twopop_engine.runtime.context import Context

_FRAME_RATE = Fraction(25)
_RATE_HZ = 48000
_SIZE = (96, 64)


def check(request: engine_pb2.CheckRequest, context: Context) -> engine_pb2.CheckResult:
    """Checks what decoding and networks need.

    Args:
        request: Nothing.
        context: Progress.

    Returns:
        What was found; what is wrong is said there, not raised.
    """
    context.progress(0.0, "check", "media")
    picture, sound = _media_problems()
    context.progress(0.9, "check", "libraries")
    return engine_pb2.CheckResult(
        libraries=[*_packages(), *_ffmpeg()],
        execution_providers=_execution_providers(),
        picture_problem=picture,
        sound_problem=sound,
        python_version=".".join(map(str, sys.version_info[:3])),
        python_path=sys.executable,
    )


def _media_problems() -> tuple[str, str]:
    """What is wrong with picture and with sound; empty when nothing is."""
    try:
        with tempfile.TemporaryDirectory(prefix="twopop-check-") as folder:
            movie = Path(folder) / "second.mov"
            sound = _write(movie)
            return _picture_problem(movie), _sound_problem(movie, sound)
    except (OSError, ValueError, TwopopError) as problem:  # av's errors are of the first two
        words = f"a second of media could not be written and read: {type(problem).__name__}: {problem}"
        return words, words


def _write(path: Path) -> NDArray[np.int16]:
    """A second of noise, and of frames that each have a grey of their own; the noise, by sample."""
    noise = np.random.default_rng(2).integers(-20000, 20000, _RATE_HZ).astype(np.int16)
    with av.open(path, "w") as movie:
        picture = movie.add_stream("png", _FRAME_RATE)
        picture.width, picture.height, picture.pix_fmt = *_SIZE, "gray"
        sound = movie.add_stream("pcm_s16le", _RATE_HZ, layout="mono")
        for index in range(int(_FRAME_RATE)):
            frame = av.VideoFrame.from_ndarray(np.full(_SIZE[::-1], index * 10, np.uint8), "gray")
            movie.mux(picture.encode(frame))
        samples = av.AudioFrame.from_ndarray(noise[np.newaxis], "s16", "mono")
        samples.sample_rate = _RATE_HZ
        movie.mux(sound.encode(samples))
        movie.mux(picture.encode())
        movie.mux(sound.encode())
    return noise


def _picture_problem(path: Path) -> str:
    with open_video(path) as video:
        greys = [int(frame.gray().mean().round()) for frame in video.frames()]
    wanted = [index * 10 for index in range(int(_FRAME_RATE))]
    return "" if greys == wanted else f"of {len(wanted)} frames written, {len(greys)} came back, not all unchanged"


def _sound_problem(path: Path, wanted: NDArray[np.int16]) -> str:
    with open_audio(path) as audio:
        samples = audio.read(0, audio.length)[0]
    if len(samples) == len(wanted) and np.array_equal(np.round(samples * 32768), wanted):
        return ""
    return f"of {len(wanted)} samples written, {len(samples)} came back, not all unchanged"


def _execution_providers() -> list[str]:
    """What onnxruntime can run on; imported late, since it takes a while and a job that only measures does without."""
    try:
        import onnxruntime
    except ImportError:
        return []
    return list(onnxruntime.get_available_providers())


def _packages() -> list[engine_pb2.EngineLibrary]:
    network = "onnxruntime-gpu" if version_of("onnxruntime-gpu") else "onnxruntime"
    extras = (*requirements("engine-base"), *(it for it in requirements("engine") if it.name == "onnxruntime"))
    named = [Requirement(network, it.versions) if it.name == "onnxruntime" else it for it in extras]
    return [
        engine_pb2.EngineLibrary(name=it.name, version=version_of(it.name), required=it.versions)
        for it in sorted(named, key=lambda it: it.name)
    ]


def _ffmpeg() -> list[engine_pb2.EngineLibrary]:
    versions = av.library_versions
    return [
        engine_pb2.EngineLibrary(name=name, version=".".join(map(str, versions[name]))) for name in sorted(versions)
    ]
