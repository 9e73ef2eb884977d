"""The demo's job: its media, with the truth about them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from twopop.errors import OptionInvalid
from twopop.timing import Frames, Timecode, range_to_wire, rational_to_wire
from twopop.v1 import demo_pb2
from twopop_engine.demo.camera import film
from twopop_engine.demo.picture import Frame, draw, mouth_openings
from twopop_engine.demo.plan import SCENES, TIMELINE_START
from twopop_engine.demo.recorder import recorded, write_take
from twopop_engine.demo.scene import (
    CAMERA,
    FRAME_RATE,
    FRAME_SAMPLES,
    RATE_HZ,
    Performance,
    Scene,
    Shot,
    listen,
    perform,
    recorder_channels,
)
from twopop_engine.media.output import unwritable
from twopop_engine.runtime.context import Context


def make(request: demo_pb2.DemoRequest, context: Context) -> demo_pb2.DemoResult:
    """Makes the demo: movies in `media/`, recordings in `sound/`.

    Args:
        request: The folder.
        context: Progress and cancelling.

    Returns:
        What was made, and where each recording really lies.

    Raises:
        OptionInvalid: The folder's path is not absolute.
        OutputUnwritable: The folder cannot be written to.
    """
    folder = Path(request.output_dir)
    if not folder.is_absolute():
        raise OptionInvalid.of("output_dir", f"must be absolute, not {request.output_dir!r}")
    movies, sounds = _made(folder / "media"), _made(folder / "sound")
    result = demo_pb2.DemoResult(
        frame_rate=rational_to_wire(FRAME_RATE), start_timecode=TIMELINE_START, sound_dir=str(sounds)
    )
    for index, scene in enumerate(SCENES):
        step = _Step(context, index / len(SCENES), 1 / len(SCENES))
        step.progress(0.0, "play", scene.take.file_names[0])
        performance = perform(scene)
        step.progress(0.1, "record", scene.take.file_names[0])
        recordings = _record(sounds, scene, performance)
        camera = ""
        if scene.shot:
            camera = str(_film(movies, scene, scene.shot, performance, step))
            result.clips.append(_clip(camera, scene, scene.shot))
        result.truths.append(_truth(str(recordings[0]), camera, scene))
    context.progress(1.0, "done", str(folder))
    return result


class _Step:
    """One scene's share of the progress."""

    def __init__(self, context: Context, start: float, share: float) -> None:
        self._context, self._start, self._share = context, start, share

    def progress(self, fraction: float, stage: str, message: str) -> None:
        self._context.progress(self._start + fraction * self._share, stage, message)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    return folder


def _record(folder: Path, scene: Scene, performance: Performance) -> list[Path]:
    take = scene.take
    channels = recorder_channels(performance, scene.seed)
    event = np.stack([channels[name] for name in take.channels], axis=1)
    samples = recorded(event, take.start, take.length, take.drift_ppm, RATE_HZ)
    lead = round(take.clock_lead_s * RATE_HZ)
    return write_take(folder, take, samples, _start_frame(scene) * FRAME_SAMPLES + take.start + lead)


def _film(folder: Path, scene: Scene, shot: Shot, performance: Performance, step: _Step) -> Path:
    path = folder / shot.file_name
    first = shot.start_frame * FRAME_SAMPLES
    sound = listen(performance, CAMERA, scene.seed, 0)[first : first + shot.frame_count * FRAME_SAMPLES]
    film(path, _frames(scene, shot, performance, step), sound.astype(np.float32), str(_timecode(scene, shot, 0)))
    return path


def _frames(scene: Scene, shot: Shot, performance: Performance, step: _Step) -> Iterator[Frame]:
    first = shot.start_frame * FRAME_SAMPLES
    mouths = {name: mouth_openings(voice, first, shot.frame_count) for name, voice in performance.voices.items()}
    for frame in range(shot.frame_count):
        step.progress(0.3 + 0.7 * frame / shot.frame_count, "film", shot.file_name)
        openings = {name: float(levels[frame]) for name, levels in mouths.items()}
        timecode = str(_timecode(scene, shot, frame))
        yield draw(frame, scene.clap_frame - shot.start_frame, openings, scene.slate, timecode)


def _start_frame(scene: Scene) -> int:
    return Timecode.parse(scene.start_timecode, FRAME_RATE).frame


def _timecode(scene: Scene, shot: Shot, frame: int) -> Timecode:
    return Timecode(Frames(_start_frame(scene) + shot.start_frame + frame), FRAME_RATE, drop_frame=False)


def _clip(path: str, scene: Scene, shot: Shot) -> demo_pb2.DemoClip:
    return demo_pb2.DemoClip(
        name=Path(path).stem,
        path=path,
        source_range=range_to_wire(shot.used_from_frame / FRAME_RATE, shot.used_frame_count / FRAME_RATE),
        duration=rational_to_wire(shot.frame_count / FRAME_RATE),
        start_timecode=str(_timecode(scene, shot, 0)),
    )


def _truth(recording: str, camera: str, scene: Scene) -> demo_pb2.DemoTruth:
    truth = demo_pb2.DemoTruth(recording_path=recording, camera_path=camera, drift_ppm=scene.take.drift_ppm)
    if scene.shot:
        truth.start_s = float(Fraction(scene.take.start - scene.shot.start_frame * FRAME_SAMPLES, RATE_HZ))
    return truth
