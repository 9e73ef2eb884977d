"""Real people as streams, against the offline answer of the same model; skipped where the media is absent."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import pytest

from scenes.face_models import face_files
from sync_models import need_default_model
from twopop.v1 import sync_pb2
from twopop_engine.sync.assess.options import AssessOptions
from twopop_engine.sync.monitor.session import play_file

MEDIA = Path(__file__).parents[3] / "shared" / "media" / "talking"
NEAR_S = 0.02


@pytest.fixture
def clip() -> Callable[[str], Path]:
    def find(name: str) -> Path:
        if not (MEDIA / name).exists():
            pytest.skip(f"the shared media is absent ({name})")
        return MEDIA / name

    return find


def offline_s(path: Path) -> float | None:
    """What the assessment says of a whole file, as its surest speaker."""
    answer = need_default_model().measure(path, AssessOptions(), lambda _share, _what: None)
    told = [speaker for speaker in answer.speakers if speaker.offset_s is not None]
    return max(told, key=lambda speaker: speaker.confidence).offset_s if told else None


@pytest.mark.parametrize(
    ("name", "told_from_s"), [("syncnet_example.avi", 8.0), ("latentsync_1.mp4", 8.0), ("latentsync_2.mp4", 18.0)]
)
def test_long_clips_are_told_as_offline(clip: Callable[[str], Path], name: str, told_from_s: float) -> None:
    """The second of latentsync hardly speaks in its first seconds: it is told later, and never wrongly."""
    face_files()
    path = clip(name)
    reference_s = offline_s(path)
    assert reference_s is not None
    updates = list(play_file(sync_pb2.MonitorStart(path=str(path))))
    errors = [abs(update.offset_s - reference_s) for update in updates if update.HasField("offset_s")]
    assert errors and max(errors) <= NEAR_S
    late = updates[int(told_from_s / 0.2) :]
    assert late and all(update.HasField("offset_s") for update in late)


def test_another_persons_sound_is_not_told(clip: Callable[[str], Path], tmp_path: Path) -> None:
    face_files()
    picture, sound = clip("latentsync_2.mp4"), clip("syncnet_example.avi")
    mixed = tmp_path / "mixed.mov"
    with av.open(picture) as first, av.open(sound) as second, av.open(mixed, "w") as out:
        video = out.add_stream_from_template(first.streams.video[0])
        audio = out.add_stream_from_template(second.streams.audio[0])
        for source, kind, stream in ((first, "video", video), (second, "audio", audio)):
            for packet in source.demux(**{kind: 0}):
                if packet.pts is not None and packet.pts * packet.time_base < Fraction(12):
                    packet.stream = stream
                    out.mux(packet)
    updates = list(play_file(sync_pb2.MonitorStart(path=str(mixed))))
    assert len(updates) > 50
    assert {update.HasField("offset_s") for update in updates} == {False}
    assert {update.delay_s for update in updates} == {0.0}
