"""The recorder: a clock of its own, and broadcast wave files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soxr
from numpy.typing import NDArray

from twopop_engine.demo.scene import FRAME_RATE, RATE_HZ, Array, Take
from twopop_engine.media.chunks import BroadcastExtension
from twopop_engine.media.ixml import Ixml, IxmlTrack, build_ixml
from twopop_engine.media.wav import WavFormat, WavWriter


def recorded(event: Array, start: int, length: int, drift_ppm: float, rate_hz: int) -> NDArray[np.float32]:
    """What a recorder with a clock of its own takes of an event.

    Args:
        event: Waveform [samples] or [samples, channels] on the event's clock.
        start: First sample taken.
        length: Samples taken, on the event's clock.
        drift_ppm: Its clock against the event's; > 0: it runs fast and writes more samples.
        rate_hz: Samples per second of both, by their own clocks.

    Returns:
        Waveform of the same shape, about length * (1 + drift_ppm / 1e6) samples long. Its sample n was heard at
        start / rate_hz + n / (rate_hz * (1 + drift_ppm / 1e6)) seconds.
    """
    heard = event[start : start + length]
    if drift_ppm:
        heard = soxr.resample(heard, rate_hz, rate_hz * (1 + drift_ppm * 1e-6), "VHQ")
    return np.asarray(heard, np.float32)


def write_take(folder: Path, take: Take, samples: NDArray[np.float32], time_reference: int) -> list[Path]:
    """Writes a take as 24-bit BWF: one poly file, or one file for each channel.

    Args:
        folder: Where to.
        take: What it is.
        samples: Waveform [samples, channels] at 48 kHz.
        time_reference: Samples since midnight of the first sample, by the recorder's clock.

    Returns:
        The files, in the order of the take.
    """
    tracks = [IxmlTrack(i, i, name) for i, name in enumerate(take.channels, 1)]
    if len(take.file_names) == 1:
        split = [(tracks, samples)]
    else:
        split = [([IxmlTrack(t.channel, 1, t.name)], samples[:, [t.channel - 1]]) for t in tracks]
    paths = []
    for index, (name, (names, sound)) in enumerate(zip(take.file_names, split, strict=True), 1):
        ixml = Ixml(_ixml_values(take, index, time_reference), tuple(names))
        path = folder / name
        bext = _bext(take, names, time_reference)
        with WavWriter(path, WavFormat(RATE_HZ, len(names)), bext, build_ixml(ixml)) as file:
            file.write(np.ascontiguousarray(sound.T))
        paths.append(path)
    return paths


def _bext(take: Take, tracks: Sequence[IxmlTrack], time_reference: int) -> BroadcastExtension:
    second = time_reference // RATE_HZ
    return BroadcastExtension(
        description=f"sSCENE={take.scene}\r\nsTAKE={take.take}\r\n"
        + "".join(f"sTRK{track.channel}={track.name}\r\n" for track in tracks),
        originator="twopop demo",
        origination_date=take.date,
        origination_time=f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}",
        time_reference=time_reference,
    )


def _ixml_values(take: Take, file_index: int, time_reference: int) -> dict[str, str]:
    rate = f"{FRAME_RATE.numerator}/{FRAME_RATE.denominator}"
    values = {
        "IXML_VERSION": "3.0",
        "SCENE": take.scene,
        "TAKE": take.take,
        "TAPE": take.roll,
        "NOTE": take.note,
        "SPEED/MASTER_SPEED": rate,
        "SPEED/CURRENT_SPEED": rate,
        "SPEED/TIMECODE_RATE": rate,
        "SPEED/TIMECODE_FLAG": "NDF",
        "SPEED/FILE_SAMPLE_RATE": str(RATE_HZ),
        "SPEED/DIGITIZER_SAMPLE_RATE": str(RATE_HZ),
        "SPEED/TIMESTAMP_SAMPLE_RATE": str(RATE_HZ),
        "SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_HI": str(time_reference >> 32),
        "SPEED/TIMESTAMP_SAMPLES_SINCE_MIDNIGHT_LO": str(time_reference & 0xFFFFFFFF),
    }
    if len(take.file_names) > 1:
        values["FILE_SET/TOTAL_FILES"] = str(len(take.file_names))
        values["FILE_SET/FAMILY_UID"] = f"TWOPOP{take.date.replace('-', '')}{time_reference:012}"
        values["FILE_SET/FILE_SET_INDEX"] = chr(ord("A") + file_index - 1)
    return values
