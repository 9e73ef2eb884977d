"""The contact sheet of mouths: what is on screen when the sound is heard, as it is and after the mend."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from twopop.errors import TwopopError
from twopop.v1 import sync_pb2
from twopop_engine.report import wording
from twopop_engine.report.plot import waveform_svg
from twopop_engine.report.waveform import Mixed, envelope, open_mixed, whole_file

STRIP_S = 0.5
_COLUMNS = 120
_JPEG = b"\xff\xd8\xff"


@dataclass(frozen=True)
class Moment:
    """A moment of sound.

    Attributes:
        time: When it is heard, in words.
        sound: The sound around it, its beginning in the middle; None when it cannot be read.
        pictures: What is on screen then: as it is and, where the offset is known, after the mend.
    """

    time: str
    sound: Markup | None
    pictures: Sequence[Markup]


@dataclass(frozen=True)
class Sheet:
    """The contact sheet of one speaker.

    Attributes:
        rows: What each row of pictures shows.
        moments: By time.
    """

    rows: Sequence[str]
    moments: Sequence[Moment]


def sheet_of(speaker: sync_pb2.SpeakerSync, frame_rate: float, path: str) -> Sheet | None:
    """Lays out a speaker's mouths.

    Args:
        speaker: With pictures: two for each moment where its offset is known, else one.
        frame_rate: Frames a second.
        path: The file, for its sound.

    Returns:
        The sheet; None when there are no pictures. Where the mend is less than half a frame, its row would be the
        same as the first one and is left out.
    """
    step = 2 if speaker.HasField("offset_s") else 1
    groups = [speaker.mouths[at : at + step] for at in range(0, len(speaker.mouths) - step + 1, step)]
    groups = [group for group in groups if all(one.jpeg.startswith(_JPEG) for one in group)]
    if not groups:
        return None
    moved = step == 2 and abs(speaker.offset_s) * frame_rate >= 0.5
    rows = ["As it is", "Mended"] if moved else ["On screen"]
    try:
        with open_mixed([path]) as sound:
            strips: list[Markup | None] = [_strip(sound, group[0].time_s) for group in groups]
    except TwopopError:  # the file is gone since; the pictures stay
        strips = [None] * len(groups)
    moments = [
        Moment(f"{group[0].time_s:.2f}{wording.THIN}s", strip, [_image(one) for one in group[: len(rows)]])
        for group, strip in zip(groups, strips, strict=True)
    ]
    return Sheet(rows, moments)


def _strip(sound: Mixed, time_s: float) -> Markup:
    shape = envelope(sound, [whole_file(0.0, sound.length_s)], time_s - STRIP_S / 2, STRIP_S, _COLUMNS)
    return waveform_svg(shape, f"Sound around {time_s:.2f} s.", 0.5)


def _image(mouth: sync_pb2.MouthPicture) -> Markup:
    data = b64encode(mouth.jpeg).decode("ascii")
    return Markup('<img src="data:image/jpeg;base64,{}" alt="The picture at {:.2f} s">').format(data, mouth.time_s)
