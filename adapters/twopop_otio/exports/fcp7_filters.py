"""The filters of Final Cut Pro 7 XML that an export writes: constant speed, and gain with its key frames."""

from __future__ import annotations

from fractions import Fraction
from xml.etree.ElementTree import Element

from twopop.timing import round_half_up
from twopop_actions.timeline import TrackKind
from twopop_otio.exports.cut import Event
from twopop_otio.exports.losses import Ledger
from twopop_otio.exports.markup import child

_MOST = 3.98107
"""The largest level, as a factor: +12 dB."""


def add_speed(item: Element, speed: Fraction, kind: TrackKind) -> None:
    """Constant speed; its value is percent, its sign stands in "reverse"."""
    effect = _effect(item, "Time Remap", "timeremap", "motion", "motion", kind)
    _parameter(effect, "variablespeed", 0, 0, 1)
    _parameter(effect, "speed", f"{float(abs(speed) * 100):.10g}", -100000, 100000)
    child(_parameter(effect, "reverse", None), "value", "TRUE" if speed < 0 else "FALSE")
    child(_parameter(effect, "frameblending", None), "value", "FALSE")


def add_levels(item: Element, event: Event, shift: int, rate: Fraction, ledger: Ledger) -> None:
    """Gain, if the event has any; key frames count frames of the clip.

    Args:
        item: The clip item.
        event: The event.
        shift: The clip's in-point less the record frame at which it begins.
        rate: Frames per second.
        ledger: Takes gain that is too much for the format.
    """
    if not event.gain_keys and event.gain_db == 0.0:
        return
    gains = [key.gain_db for key in event.gain_keys] or [event.gain_db]
    if any(_factor(gain) > _MOST for gain in gains):
        ledger.add("gain_limited", event.name)
    effect = _effect(item, "Audio Levels", "audiolevels", "audiolevels", "audiolevels", "audio")
    level = _parameter(effect, "level", _level(gains[0]), 0, _MOST)
    for key in event.gain_keys:
        made = child(level, "keyframe")
        child(made, "when", shift + round_half_up((event.record_start + key.at) * rate))
        child(made, "value", _level(key.gain_db))


def _effect(item: Element, name: str, identity: str, category: str, kind: str, media: str) -> Element:
    effect = child(child(item, "filter"), "effect")
    texts = ("name", name), ("effectid", identity), ("effectcategory", category), ("effecttype", kind)
    for tag, text in (*texts, ("mediatype", media)):
        child(effect, tag, text)
    return effect


def _parameter(effect: Element, name: str, value: object, least: object = None, most: object = None) -> Element:
    parameter = child(effect, "parameter")
    child(parameter, "parameterid", name)
    child(parameter, "name", name)
    for tag, text in (("valuemin", least), ("valuemax", most), ("value", value)):
        if text is not None:
            child(parameter, tag, text)
    return parameter


def _factor(gain_db: float | None) -> float:
    return 0.0 if gain_db is None else float(10 ** (gain_db / 20))


def _level(gain_db: float | None) -> str:
    return f"{min(_factor(gain_db), _MOST):.6g}"
