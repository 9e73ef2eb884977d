"""Between plain data and protocol messages."""

from __future__ import annotations

from pathlib import Path

from twopop.errors import TwopopError, error_to_message
from twopop.timing import range_from_wire, rational_to_wire
from twopop.v1 import media_pb2
from twopop_engine.media.info import AudioStream, MediaInfo, SoundIdentity, StartTimecode, VideoStream
from twopop_engine.media.recordings import Recording
from twopop_engine.media.render import RenderedFile, RenderItem
from twopop_engine.media.segment import Segment

_ABSENT = -1


def info_to_wire(info: MediaInfo) -> media_pb2.MediaInfo:
    """What a file holds, as a message."""
    return media_pb2.MediaInfo(
        path=str(info.path),
        container=info.container,
        duration=rational_to_wire(info.duration),
        video=[_video_to_wire(stream) for stream in info.video],
        audio=[_audio_to_wire(stream) for stream in info.audio],
        timecode=_timecode_to_wire(info.timecode),
        identity=_identity_to_wire(info.identity),
    )


def _video_to_wire(stream: VideoStream) -> media_pb2.VideoStream:
    return media_pb2.VideoStream(
        index=stream.index,
        codec=stream.codec,
        width=stream.width,
        height=stream.height,
        frame_rate=rational_to_wire(stream.frame_rate),
        variable_rate=stream.variable_rate,
        start=rational_to_wire(stream.start),
        duration=rational_to_wire(stream.duration),
    )


def _audio_to_wire(stream: AudioStream) -> media_pb2.AudioStream:
    return media_pb2.AudioStream(
        index=stream.index,
        codec=stream.codec,
        sample_rate_hz=stream.sample_rate_hz,
        channel_count=stream.channel_count,
        layout=stream.layout,
        start=rational_to_wire(stream.start),
        duration=rational_to_wire(stream.duration),
        channel_names=stream.channel_names,
    )


def _timecode_to_wire(timecode: StartTimecode | None) -> media_pb2.Timecode | None:
    if timecode is None:
        return None
    return media_pb2.Timecode(
        text=timecode.text,
        frame_rate=rational_to_wire(timecode.rate),
        drop_frame=timecode.drop_frame,
        since_midnight=rational_to_wire(timecode.since_midnight),
        source=timecode.source,
    )


def _identity_to_wire(identity: SoundIdentity | None) -> media_pb2.SoundIdentity | None:
    if identity is None:
        return None
    return media_pb2.SoundIdentity(
        scene=identity.scene,
        take=identity.take,
        roll=identity.roll,
        note=identity.note,
        family_uid=identity.family_uid,
        family_index=identity.family_index,
        family_count=identity.family_count,
        timecode_rate=identity.timecode_rate,
        file_sample_rate_hz=identity.file_sample_rate_hz,
        digitizer_sample_rate_hz=identity.digitizer_sample_rate_hz,
        timestamp_sample_rate_hz=identity.timestamp_sample_rate_hz,
        origination_date=identity.origination_date,
        origination_time=identity.origination_time,
        originator=identity.originator,
        time_reference=_ABSENT if identity.time_reference is None else identity.time_reference,
    )


def recording_to_wire(recording: Recording) -> media_pb2.Recording:
    """A recording as a message."""
    return media_pb2.Recording(
        id=str(recording.paths[0]),
        name=recording.name,
        paths=[str(path) for path in recording.paths],
        channels=[
            media_pb2.RecordingChannel(
                name=channel.name,
                file_index=channel.file_index,
                stream_index=channel.stream_index,
                channel_index=channel.channel_index,
            )
            for channel in recording.channels
        ],
        sample_rate_hz=recording.sample_rate_hz,
        duration=rational_to_wire(recording.duration),
        identity=_identity_to_wire(recording.identity),
        timecode=_timecode_to_wire(recording.timecode),
    )


def unreadable_to_wire(path: Path, error: TwopopError) -> media_pb2.ProbedFile:
    """A file that could not be read, with why."""
    return media_pb2.ProbedFile(
        path=str(path).encode("utf-8", "backslashreplace").decode(), error=error_to_message(error)
    )


def segment_from_wire(message: media_pb2.Segment) -> Segment:
    """A piece of a map."""
    return Segment(message.other_start_s, message.duration_s, message.start_s, message.drift_ppm)


def item_from_wire(message: media_pb2.RenderItem) -> RenderItem:
    """One file to render."""
    start, duration = range_from_wire(message.range)
    return RenderItem(
        name=message.name,
        path=Path(message.path),
        stream_index=message.stream_index,
        channel_index=message.channel_index,
        segments=tuple(segment_from_wire(segment) for segment in message.segments),
        start=start,
        duration=duration,
        sample_rate_hz=message.sample_rate_hz,
        track_name=message.track_name,
        invert_polarity=message.invert_polarity,
    )


def rendered_to_wire(rendered: RenderedFile) -> media_pb2.RenderedFile:
    """A file that was rendered."""
    return media_pb2.RenderedFile(
        path=str(rendered.path),
        sample_rate_hz=rendered.sample_rate_hz,
        channel_count=rendered.channel_count,
        sample_count=rendered.sample_count,
        time_reference=_ABSENT if rendered.time_reference is None else rendered.time_reference,
        reused=rendered.reused,
    )
