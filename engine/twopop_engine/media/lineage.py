"""The identity that a rendered file inherits from its source, with the timestamp moved to its own first sample."""

from __future__ import annotations

from fractions import Fraction

from twopop.timing import round_half_up
from twopop_engine.media.chunks import BroadcastExtension
from twopop_engine.media.identity import SoundMetadata
from twopop_engine.media.info import StartTimecode
from twopop_engine.media.ixml import Ixml, IxmlTrack
from twopop_engine.media.wav import WavFormat

_DAY_S = 86400
# Of the source's iXML, these say what the new file is not: its family, its chunks, its sync points.
_STALE_ELEMENTS = ("BEXT", "FILE_SET", "SYNC_POINT_LIST", "HISTORY", "LOUDNESS")
_ORIGINATOR = "twopop"


def inherit(
    source: SoundMetadata,
    source_name: str,
    timecode: StartTimecode | None,
    offset: Fraction,
    wav_format: WavFormat,
    track_names: tuple[str, ...],
) -> tuple[BroadcastExtension | None, Ixml]:
    """Makes the chunks of a file rendered from another.

    Args:
        source: What the source's chunks say.
        source_name: The source's file name.
        timecode: The source's start timecode; None when it has none.
        offset: Where the new file's first sample lies, in seconds on the source's clock; may be negative.
        wav_format: The new file's format; timestamps count at its rate.
        track_names: One name a channel of the new file; empty ones are left out.

    Returns:
        The bext chunk, None when there is no timestamp to carry; and the iXML chunk.
    """
    reference = None if timecode is None else _time_reference(timecode, offset, wav_format.rate_hz)
    values = {
        path: text
        for path, text in (source.ixml.values if source.ixml else {}).items()
        if path.split("/")[0] not in _STALE_ELEMENTS
    }
    values.setdefault("IXML_VERSION", "2.10")
    values |= _speed(wav_format, reference)
    values["HISTORY/ORIGINAL_FILENAME"] = source_name
    tracks = tuple(
        IxmlTrack(channel=index, interleave=index, name=name) for index, name in enumerate(track_names, start=1) if name
    )
    return _bext(source.bext, reference, wav_format), Ixml(values, tracks)


def _time_reference(timecode: StartTimecode, offset: Fraction, rate_hz: int) -> int:
    return round_half_up((timecode.since_midnight + offset) * rate_hz) % (_DAY_S * rate_hz)


def _speed(wav_format: WavFormat, reference: int | None) -> dict[str, str]:
    rate = str(wav_format.rate_hz)
    speed = {
        "SPEED/FILE_SAMPLE_RATE": rate,
        "SPEED/AUDIO_BIT_DEPTH": str(wav_format.sample_format.value),
        "SPEED/DIGITIZER_SAMPLE_RATE": rate,
    }
    if reference is not None:
        speed |= {
            "SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI": str(reference >> 32),
            "SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO": str(reference & 0xFFFFFFFF),
            "SPEED/TIMESTAMP_SAMPLE_RATE": rate,
        }
    return speed


def _bext(source: BroadcastExtension | None, reference: int | None, wav_format: WavFormat) -> BroadcastExtension | None:
    if reference is None:
        return None
    source = source or BroadcastExtension(originator=_ORIGINATOR)
    mode = {1: "mono", 2: "stereo"}.get(wav_format.channels, "multitrack")
    line = f"A=PCM,F={wav_format.rate_hz},W={wav_format.sample_format.value},M={mode},T={_ORIGINATOR}"
    history = f"{source.coding_history}\r\n{line}" if source.coding_history else line
    return BroadcastExtension(
        description=source.description,
        originator=source.originator,
        originator_reference=source.originator_reference,
        origination_date=source.origination_date,
        origination_time=source.origination_time,
        time_reference=reference,
        coding_history=history,
    )
