"""Who a recording is: scene, take, tracks and timestamp from its bext and iXML chunks."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from twopop.timing import Frames, Timecode, round_half_up, snap_rate
from twopop_engine.media.chunks import BroadcastExtension, parse_bext, read_chunk
from twopop_engine.media.info import SoundIdentity, StartTimecode
from twopop_engine.media.ixml import Ixml, parse_ixml

_HUNDREDTHS = Fraction(100)


@dataclass(frozen=True)
class SoundMetadata:
    """What the chunks of a sound file say, put together.

    Attributes:
        identity: Who it is; None without chunks.
        timecode: Its start timecode; None without a timestamp.
        bext: The bext chunk; None without one.
        ixml: The iXML chunk; None without one that is well-formed.
    """

    identity: SoundIdentity | None = None
    timecode: StartTimecode | None = None
    bext: BroadcastExtension | None = None
    ixml: Ixml | None = None

    def channel_names(self, channels: int) -> tuple[str, ...]:
        """One name a channel, or nothing when the file names none of them."""
        names = {track.interleave - 1: track.name for track in self.ixml.tracks} if self.ixml else {}
        if not any(names.get(channel) for channel in range(channels)):
            return ()
        return tuple(names.get(channel, "") for channel in range(channels))


def read_sound_metadata(path: Path, sample_rate_hz: int) -> SoundMetadata:
    """Reads the bext and iXML chunks of a WAV, RF64 or BW64 file; other files and broken chunks say nothing.

    Args:
        path: The file.
        sample_rate_hz: Its sample rate.
    """
    bext_content, ixml_content = read_chunk(path, b"bext"), read_chunk(path, b"iXML")
    bext = parse_bext(bext_content) if bext_content else None
    ixml = parse_ixml(ixml_content) if ixml_content else None
    if bext is None and ixml is None:
        return SoundMetadata()
    identity = _identity(bext, ixml or Ixml())
    return SoundMetadata(identity, _timecode(identity, sample_rate_hz, "bext" if bext else "ixml"), bext, ixml)


def _identity(bext: BroadcastExtension | None, ixml: Ixml) -> SoundIdentity:
    reference = bext.time_reference if bext else None
    if reference is None and ixml.text("SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO"):
        low = ixml.number("SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO")
        reference = low | ixml.number("SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI") << 32
    bext = bext or BroadcastExtension()
    return SoundIdentity(
        scene=ixml.text("SCENE"),
        take=ixml.text("TAKE"),
        roll=ixml.text("TAPE"),
        note=ixml.text("NOTE"),
        family_uid=ixml.text("FILE_SET/FAMILY_UID"),
        family_name=ixml.text("FILE_SET/FAMILY_NAME"),
        family_index=_family_index(ixml.text("FILE_SET/FILE_SET_INDEX")),
        family_count=ixml.number("FILE_SET/TOTAL_FILES"),
        timecode_rate=ixml.text("SPEED/TIMECODE_RATE"),
        timecode_flag=ixml.text("SPEED/TIMECODE_FLAG"),
        file_sample_rate_hz=ixml.number("SPEED/FILE_SAMPLE_RATE"),
        digitizer_sample_rate_hz=ixml.number("SPEED/DIGITIZER_SAMPLE_RATE"),
        timestamp_sample_rate_hz=ixml.number("SPEED/TIMESTAMP_SAMPLE_RATE"),
        origination_date=bext.origination_date.replace(":", "-").replace("/", "-"),
        origination_time=bext.origination_time.replace("-", ":"),
        originator=bext.originator,
        originator_reference=bext.originator_reference,
        description=bext.description,
        time_reference=reference,
    )


def _family_index(text: str) -> int:
    """FILE_SET_INDEX is a letter by the specification ("A") and a number in many files."""
    if len(text) == 1 and text.isascii() and text.isalpha():
        return ord(text.upper()) - ord("A") + 1
    return int(text) if text.isdecimal() else 0


def _timecode(identity: SoundIdentity, sample_rate_hz: int, source: str) -> StartTimecode | None:
    if identity.time_reference is None:
        return None
    since_midnight = Fraction(identity.time_reference, identity.timestamp_sample_rate_hz or sample_rate_hz)
    rate = _frame_rate(identity.timecode_rate)
    drop = identity.timecode_flag.upper() == "DF" and rate.denominator == 1001 and round_half_up(rate) % 30 == 0
    label = Timecode(Frames((since_midnight * rate).__floor__()), rate, drop)
    return StartTimecode(str(label), rate, drop, since_midnight, source)


def _frame_rate(text: str) -> Fraction:
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        return _HUNDREDTHS
    return snap_rate(rate) if 1 <= rate <= 1000 else _HUNDREDTHS
