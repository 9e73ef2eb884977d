"""The mobs of media files in an AAF file: master mob, file mob with its locator, tape mob with its timecode."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from aaf2.auid import AUID

from twopop.timing import round_half_up
from twopop_actions.timeline import TrackKind
from twopop_otio.exports.cut import Cut
from twopop_otio.exports.markup import clean
from twopop_otio.exports.media import Media
from twopop_otio.exports.strip import AUDIO_RATE
from twopop_otio.exports.voices import Voices

_HD = (1920, 1080)
_BITS = 24
_UNCOMPRESSED_PCM = "04020202-0000-0000-060e-2b3404010101"
_SOME_COMPRESSED_PICTURE = "04010202-0000-0000-060e-2b3404010101"


def edit_rate(rate: Fraction) -> str:
    """A rate as AAF writes it."""
    return f"{rate.numerator}/{rate.denominator}"


@dataclass
class _Use:
    """What a file is used for: kinds of tracks, the latest moment in seconds, the highest channel."""

    kinds: set[TrackKind] = field(default_factory=set)
    end: Fraction = Fraction(0)
    channels: int = 0


@dataclass
class AafMedia:
    """Makes the mobs of each file once.

    Attributes:
        file: The AAF file that is written.
        cut: What is written.
        voices: Knows the headers of WAV files.
    """

    file: Any
    cut: Cut
    voices: Voices
    _masters: dict[str, Any] = field(default_factory=dict)
    _slots: dict[tuple[str, TrackKind, int], Any] = field(default_factory=dict)
    _files: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    _used: dict[str, _Use] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Notes what each file is used for."""
        for lane in self.cut.lanes:
            for event in lane.events:
                use = self._used.setdefault(_key(event.media), _Use())
                use.kinds.add(lane.kind)
                use.end = max(use.end, event.source_end)
                use.channels = max(use.channels, *event.channels, 0)

    def slot(self, media: Media, kind: TrackKind, channel: int) -> Any:
        """The master mob's slot for picture, or for one channel of sound (from 0)."""
        key = (_key(media), kind, channel)
        if key not in self._slots:
            self._slots[key] = self._add_slot(media, kind, channel)
        return self._slots[key]

    def master(self, media: Media) -> Any:
        """The master mob of a file."""
        key = _key(media)
        if key not in self._masters:
            master = self._masters[key] = self.file.create.MasterMob(clean(media.stem or "unnamed"))
            self.file.content.mobs.append(master)
        return self._masters[key]

    def _add_slot(self, media: Media, kind: TrackKind, channel: int) -> Any:
        rate = self._rate(kind)
        length = self._length(media, kind)
        file_slot = self._file_slot(media, kind, channel, length)
        slot = self.master(media).create_timeline_slot(edit_rate(rate))
        slot.name = "V1" if kind == "video" else f"A{channel + 1}"
        slot["PhysicalTrackNumber"].value = 1 if kind == "video" else channel + 1
        clip = self.file.create.SourceClip(0, length, self._files[_key(media)][0].mob_id, file_slot.slot_id)
        clip.media_kind = _media_kind(kind)
        slot.segment = clip
        return slot

    def _file_slot(self, media: Media, kind: TrackKind, channel: int, length: int) -> Any:
        file_mob, tape = self._file(media)
        slot = file_mob.create_timeline_slot(edit_rate(self._rate(kind)))
        slot["PhysicalTrackNumber"].value = 1 if kind == "video" else channel + 1
        clip = self.file.create.SourceClip(media_kind=_media_kind(kind), length=length)
        if tape is not None:
            tape_slot = self._tape_slot(tape, kind)
            clip.mob_id, clip.slot_id = tape.mob_id, tape_slot.slot_id
            clip.start = self._behind_timecode(media, kind)
        slot.segment = clip
        return slot

    def _file(self, media: Media) -> tuple[Any, Any]:
        key = _key(media)
        if key not in self._files:
            mob = self.file.create.SourceMob(clean(media.file_name))
            mob.descriptor = self._descriptor(media)
            self.file.content.mobs.append(mob)
            tape = self._tape(media) if media.first is not None else None
            self._files[key] = (mob, tape)
        return self._files[key]

    def _tape(self, media: Media) -> Any:
        base = self.cut.timebase
        tape = self.file.create.SourceMob(clean(media.stem))
        tape.descriptor = self.file.create.TapeDescriptor()
        self.file.content.mobs.append(tape)
        slot = tape.create_timeline_slot(edit_rate(base.rate))
        slot["PhysicalTrackNumber"].value = 1
        slot.segment = self.file.create.Timecode(round_half_up(base.rate), drop=base.drop_frame)
        slot.segment.start = self._timecode(media)
        return tape

    def _tape_slot(self, tape: Any, kind: TrackKind) -> Any:
        """The tape's slot of a kind, as long as its timecode."""
        for slot in tape.slots:
            if slot.segment.media_kind == _MEDIA_KINDS[kind]:
                return slot
        slot = tape.create_timeline_slot(edit_rate(self._rate(kind)))
        half_day = round_half_up(self._rate(kind) * 43200)
        slot.segment = self.file.create.SourceClip(media_kind=_media_kind(kind), length=half_day)
        return slot

    def _timecode(self, media: Media) -> int:
        return math.floor(media.label * self.cut.timebase.rate)

    def _behind_timecode(self, media: Media, kind: TrackKind) -> int:
        """How far behind the tape's first label the file begins: sound may begin within a frame."""
        rest = media.label - Fraction(self._timecode(media)) / self.cut.timebase.rate
        return round_half_up(rest * self._rate(kind))

    def _descriptor(self, media: Media) -> Any:
        kinds = self._used[_key(media)].kinds
        parts = [self._picture(media)] if "video" in kinds else []
        parts += [self._sound(media)] if "audio" in kinds else []
        whole = parts[0]
        if len(parts) > 1:
            whole = self.file.create.MultipleDescriptor()
            whole["SampleRate"].value = edit_rate(self.cut.timebase.rate)
            whole["Length"].value = self._length(media, "video")
            whole["FileDescriptors"].value = parts
        if media.path is not None:
            locator = self.file.create.NetworkLocator()
            locator["URLString"].value = media.url
            whole["Locator"].append(locator)
        return whole

    def _picture(self, media: Media) -> Any:
        width, height = self.cut.size or _HD
        made = self.file.create.CDCIDescriptor()
        values = {
            "SampleRate": edit_rate(self.cut.timebase.rate), "Length": self._length(media, "video"),
            "ComponentWidth": 8, "HorizontalSubsampling": 2, "VerticalSubsampling": 1, "FrameLayout": "FullFrame",
            "VideoLineMap": [0, 0], "ImageAspectRatio": f"{width}/{height}", "StoredWidth": width,
            "StoredHeight": height, "Compression": aaf_id(_SOME_COMPRESSED_PICTURE),
        }  # fmt: skip
        for name, value in values.items():
            made[name].value = value
        return made

    def _sound(self, media: Media) -> Any:
        header = self.voices.header(media)
        if header is not None:
            made = self.file.create.WAVEDescriptor()
            made["SampleRate"].value = str(header.rate_hz)
            made["Summary"].value = bytearray(header.summary)
            made["Length"].value = header.frames or self._length(media, "audio")
            return made
        made = self.file.create.PCMDescriptor()
        channels = self._used[_key(media)].channels + 1
        values = {
            "SampleRate": "48000", "AudioSamplingRate": "48000", "Channels": channels, "QuantizationBits": _BITS,
            "BlockAlign": channels * _BITS // 8, "AverageBPS": 48000 * channels * _BITS // 8,
            "Length": self._length(media, "audio"), "Compression": aaf_id(_UNCOMPRESSED_PCM),
        }  # fmt: skip
        for name, value in values.items():
            made[name].value = value
        return made

    def _length(self, media: Media, kind: TrackKind) -> int:
        length = media.duration if media.duration is not None else self._used[_key(media)].end
        return max(1, round_half_up(length * self._rate(kind)))

    def _rate(self, kind: TrackKind) -> Fraction:
        return self.cut.timebase.rate if kind == "video" else AUDIO_RATE


_MEDIA_KINDS: dict[TrackKind, str] = {"video": "Picture", "audio": "Sound"}


def _media_kind(kind: TrackKind) -> str:
    return _MEDIA_KINDS[kind].lower()


def _key(media: Media) -> str:
    return media.path or f"\0{media.name}"


def aaf_id(text: str) -> Any:
    """An identifier of the AAF dictionary."""
    return AUID(text)
