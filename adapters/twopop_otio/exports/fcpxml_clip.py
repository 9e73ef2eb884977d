"""What stands inside a clip of FCPXML: time maps, volume, channels."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from xml.etree.ElementTree import Element

from twopop.timing import round_half_up
from twopop_otio.exports.fcpxml_assets import Assets, rational
from twopop_otio.exports.markup import child
from twopop_otio.exports.strip import Cross, Play

_SILENCE_DB = -96.0


@dataclass(frozen=True)
class Anchor:
    """A clip or gap that others can be connected to.

    Attributes:
        element: Its element.
        start: Record frame at which it begins.
        local: Its own time there, in seconds.
    """

    element: Element
    start: int
    local: Fraction


def add_timing(made: Anchor, play: Play, start: int, end: int, assets: Assets) -> None:
    """Another frame rate of the file, and a constant speed as a straight time map."""
    event, rate = play.event, assets.cut.timebase.rate
    conform = assets.conform_rate(event.media)
    if conform is not None:
        child(made.element, "conform-rate", None, {"scaleEnabled": 0, "srcFrameRate": conform})
    if not event.retimed or event.media.is_still:
        return
    low = assets.start(event.media) + Fraction(play.source) / rate
    high = low + Fraction(play.length) / rate * abs(event.speed)
    origin = low if event.speed > 0 else high
    time_map = child(made.element, "timeMap")
    for position in (start, end):
        time = made.local + Fraction(position - start) / rate
        value = origin + Fraction(position - play.start) / rate * event.speed
        child(time_map, "timept", None, {"time": rational(time), "value": rational(value), "interp": "linear"})


def add_volume(made: Anchor, play: Play, start: int, ends: tuple[Cross | None, Cross | None], rate: Fraction) -> None:
    """Gain, its key frames, and the fades of sound that dissolves."""
    event, (head, tail) = play.event, ends
    if made.element.tag != "asset-clip" or not (event.gain_keys or event.gain_db != 0.0 or head or tail):
        return
    constant = 0.0 if event.gain_keys else event.gain_db
    volume = child(made.element, "adjust-volume", None, {"amount": _decibels(constant)})
    if not (event.gain_keys or head or tail):
        return
    amount = child(volume, "param", None, {"name": "amount"})
    for tag, cross in (("fadeIn", head), ("fadeOut", tail)):
        if cross:
            child(amount, tag, None, {"type": "linear", "duration": rational(Fraction(cross.length) / rate)})
    keys = child(amount, "keyframeAnimation") if event.gain_keys else None
    for key in event.gain_keys:
        frames = round_half_up((event.record_start + key.at) * rate) - start
        at = rational(made.local + Fraction(frames) / rate)
        if keys is not None:
            child(keys, "keyframe", None, {"time": at, "value": _decibels(key.gain_db)})


def add_channels(element: Element, play: Play | None) -> None:
    """The channels of the file that play."""
    if play is not None and play.event.channels and element.tag == "asset-clip":
        numbers = ", ".join(str(channel + 1) for channel in play.event.channels)
        child(element, "audio-channel-source", None, {"srcCh": numbers, "role": "dialogue.dialogue-1"})


def _decibels(gain_db: float | None) -> str:
    return f"{_SILENCE_DB if gain_db is None else max(gain_db, _SILENCE_DB):.4g}dB"
