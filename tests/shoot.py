"""A shoot whose truth is known: cameras and recorders on one event's clock, and an engine that tells it.

The engine answers as the real one does, from the script instead of from sound. `event_time` says what moment of the
event a file's clock shows, for cameras, recorders and for everything that was rendered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from twopop.timing import range_from_wire, rational_to_wire
from twopop.v1 import media_pb2, operations_pb2, sync_pb2
from twopop_actions.engine import AnyPath
from twopop_client.connection import Watch


@dataclass(frozen=True)
class Camera:
    """A camera's file.

    Attributes:
        path: The file.
        start: Where its first frame lies on the event's clock, in seconds.
        duration: In seconds.
        timecode_s: Start timecode, in seconds since midnight; None for none.
        sound: Whether it has any.
        event: What was filmed.
        lead_s: By how much its sound leads its picture, in seconds; None when nobody's lips are seen.
        course: How that runs.
        drift_ppm: By how much it drifts.
        least_s: Stretches that are shorter cannot be told.
        channels: Of its sound.
    """

    path: str
    start: Fraction
    duration: Fraction
    timecode_s: Fraction | None = None
    sound: bool = True
    event: str = "scene"
    lead_s: float | None = None
    course: str = "constant"
    drift_ppm: float = 0.0
    least_s: float = 2.0
    channels: int = 2


@dataclass(frozen=True)
class Recorder:
    """A recording.

    Attributes:
        path: The file, or the family's files.
        start: Where its first sample lies on the event's clock, in seconds.
        duration: On its own clock, in seconds.
        channels: Names.
        drift_ppm: > 0: its clock runs fast.
        uncertainty_ppm: What the engine says of the drift.
        mono_files: Whether every channel is a file.
        rate_hz: Samples per second.
        event: What was recorded.
        segments: (own start, length, start on the camera's clock) where the map is not one straight line.
        time_reference: bext; -1 for none.
        confidence: What the engine says.
    """

    path: str
    start: Fraction
    duration: Fraction
    channels: tuple[str, ...] = ("MIX",)
    drift_ppm: float = 0.0
    uncertainty_ppm: float = 0.5
    mono_files: bool = False
    rate_hz: int = 48000
    event: str = "scene"
    segments: tuple[tuple[float, float, float], ...] = ()
    time_reference: int = -1
    confidence: float = 0.99

    @property
    def paths(self) -> list[str]:
        if not self.mono_files:
            return [self.path]
        stem, suffix = self.path.rsplit(".", 1)
        return [f"{stem}_{index + 1}.{suffix}" for index in range(len(self.channels))]

    def message(self) -> media_pb2.Recording:
        return media_pb2.Recording(
            id=self.paths[0],
            name=Path(self.path).stem,
            paths=self.paths,
            channels=[
                media_pb2.RecordingChannel(
                    name=name,
                    file_index=index if self.mono_files else 0,
                    channel_index=0 if self.mono_files else index,
                )
                for index, name in enumerate(self.channels)
            ],
            sample_rate_hz=self.rate_hz,
            duration=rational_to_wire(self.duration),
            identity=media_pb2.SoundIdentity(scene="12A", take="3", roll="R1", time_reference=self.time_reference),
        )


@dataclass
class Shoot:
    """The engine that knows the truth.

    Attributes:
        cameras: By path.
        recorders: By first path.
        rendered: What was rendered, by path.
        calls: Names of the calls made, in order.
        assessed: What was asked to be measured against its picture.
    """

    cameras: dict[str, Camera] = field(default_factory=dict)
    recorders: dict[str, Recorder] = field(default_factory=dict)
    rendered: dict[str, tuple[str, media_pb2.RenderItem]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    assessed: list[sync_pb2.AssessItem] = field(default_factory=list)

    @classmethod
    def of(cls, *files: Camera | Recorder) -> Shoot:
        shoot = cls()
        for file in files:
            if isinstance(file, Camera):
                shoot.cameras[file.path] = file
            else:
                shoot.recorders[file.paths[0]] = file
        return shoot

    def event_time(self, path: str, at: Fraction) -> Fraction:
        """The event's clock when a file's clock shows `at`, in seconds."""
        if path in self.cameras:
            return self.cameras[path].start + at
        if path in self.rendered:
            camera, item = self.rendered[path]
            return self.cameras[camera].start + range_from_wire(item.range)[0] + at
        recorder = next(recorder for recorder in self.recorders.values() if path in recorder.paths)
        return recorder.start + at / (1 + Fraction(str(recorder.drift_ppm)) / 10**6)

    def probe(self, paths: Iterable[AnyPath], watch: Watch | None = None) -> media_pb2.ProbeResult:
        self._begin("probe", watch)
        return media_pb2.ProbeResult(files=[self._probed(str(path)) for path in paths])

    def _probed(self, path: str) -> media_pb2.ProbedFile:
        camera = self.cameras.get(path)
        if camera is None and (path in self.rendered or any(path in r.paths for r in self.recorders.values())):
            return media_pb2.ProbedFile(path=path, info=media_pb2.MediaInfo(path=path, container="wav"))
        if camera is None:
            error = operations_pb2.Error(reason="MEDIA_NOT_FOUND", message=f"{path}: no such file")
            return media_pb2.ProbedFile(path=path, error=error)
        info = media_pb2.MediaInfo(path=path, container="mov", duration=rational_to_wire(camera.duration))
        info.video.add(codec="h264", frame_rate=rational_to_wire(Fraction(24)))
        if camera.sound:
            info.audio.add(codec="aac", sample_rate_hz=48000, channel_count=camera.channels)
        if camera.timecode_s is not None:
            info.timecode.since_midnight.CopyFrom(rational_to_wire(camera.timecode_s))
        return media_pb2.ProbedFile(path=path, info=info)

    def scan(self, paths: Iterable[AnyPath], watch: Watch | None = None) -> media_pb2.ScanResult:
        self._begin("scan", watch)
        return media_pb2.ScanResult(recordings=[self.recorders[key].message() for key in sorted(self.recorders)])

    def match(self, request: sync_pb2.MatchRequest, watch: Watch | None = None) -> sync_pb2.MatchResult:
        self._begin("match", watch)
        camera = self.cameras[request.reference.paths[0]]
        return sync_pb2.MatchResult(pairs=[self._pair(camera, self.recorders[o.paths[0]]) for o in request.others])

    def assess(self, request: sync_pb2.AssessRequest, watch: Watch | None = None) -> sync_pb2.AssessResult:
        self._begin("assess", watch)
        self.assessed.extend(request.items)
        return sync_pb2.AssessResult(videos=[self._assessed(item) for item in request.items])

    def _assessed(self, item: sync_pb2.AssessItem) -> sync_pb2.VideoSync:
        """Judged by EBU R37: 40 ms early, 60 ms late."""
        camera, (start, duration) = self.cameras[item.path], range_from_wire(item.range)
        video = sync_pb2.VideoSync(path=item.path, frame_rate=24, duration_s=float(duration))
        video.verdict = sync_pb2.SYNC_VERDICT_CANNOT_TELL
        if camera.lead_s is None or duration < camera.least_s:
            video.reason = "no_face" if camera.lead_s is None else "too_short"
            video.explanation = "nobody is seen" if camera.lead_s is None else "too little is said"
            return video
        fits = -0.060 <= camera.lead_s <= 0.040
        video.verdict = sync_pb2.SYNC_VERDICT_IN_SYNC if fits else sync_pb2.SYNC_VERDICT_OUT_OF_SYNC
        speaker = video.speakers.add(track=1, verdict=video.verdict, offset_s=camera.lead_s, uncertainty_s=0.004)
        speaker.confidence, speaker.course, speaker.model = 0.97, camera.course, "lips.test.v1"
        if camera.course == "drifting":
            speaker.drift_ppm = camera.drift_ppm
        if camera.course == "jumps":
            half = float(duration) / 2
            for at, offset_s in ((0.0, camera.lead_s), (half, -camera.lead_s)):
                speaker.stretches.add(start_s=float(start) + at, duration_s=half, offset_s=offset_s, confidence=0.9)
        return video

    def _begin(self, name: str, watch: Watch | None) -> None:
        self.calls.append(name)
        for fraction in (0.0, 0.5, 1.0) if watch else ():
            watch(operations_pb2.Progress(fraction=fraction, stage=name))  # type: ignore[misc]

    def _pair(self, camera: Camera, recorder: Recorder) -> sync_pb2.MatchPair:
        pair = sync_pb2.MatchPair(other=recorder.paths[0], model="sync.test.v1")
        if camera.event != recorder.event:
            pair.verdict, pair.reason = sync_pb2.MATCH_VERDICT_REFUSED, "unrelated"
            pair.explanation, pair.confidence = "nothing in it sounds like the camera's file.", 0.02
            return pair
        pair.verdict = sync_pb2.MATCH_VERDICT_MATCHED
        pair.start_s = float(recorder.start - camera.start)
        pair.drift_ppm, pair.drift_uncertainty_ppm = recorder.drift_ppm, recorder.uncertainty_ppm
        pair.confidence, pair.uncertainty_s = recorder.confidence, 1e-5
        for start, duration, at in recorder.segments or ((0.0, float(recorder.duration), pair.start_s),):
            pair.segments.add(other_start_s=start, duration_s=duration, start_s=at, drift_ppm=recorder.drift_ppm)
        return pair

    def render(self, request: media_pb2.RenderRequest, watch: Watch | None = None) -> media_pb2.RenderResult:
        self._begin("render", watch)
        return media_pb2.RenderResult(files=[self._rendered(request.output_dir, item) for item in request.items])

    def _rendered(self, folder: str, item: media_pb2.RenderItem) -> media_pb2.RenderedFile:
        mark = hashlib.sha256(item.SerializeToString(deterministic=True)).hexdigest()[:10]
        path = str(Path(folder) / f"{item.name}-{mark}.wav")
        start, duration = range_from_wire(item.range)
        if item.path in self.cameras:  # its own sound, for its own picture
            self.rendered[path] = (item.path, item)
            return media_pb2.RenderedFile(
                path=path, sample_rate_hz=48000, channel_count=1, sample_count=round(duration * 48000),
                time_reference=-1,
            )  # fmt: skip
        recorder = next(recorder for recorder in self.recorders.values() if item.path in recorder.paths)
        camera = next(c.path for c in self.cameras.values() if self._is_reference(c, recorder, item))
        self.rendered[path] = (camera, item)
        reference = recorder.time_reference
        if reference >= 0:
            reference += round((self.cameras[camera].start + start - recorder.start) * recorder.rate_hz)
        return media_pb2.RenderedFile(
            path=path, sample_rate_hz=recorder.rate_hz, channel_count=1,
            sample_count=round(duration * recorder.rate_hz), time_reference=reference,
        )  # fmt: skip

    def _is_reference(self, camera: Camera, recorder: Recorder, item: media_pb2.RenderItem) -> bool:
        if camera.event != recorder.event:
            return False
        return list(self._pair(camera, recorder).segments) == list(item.segments)
