"""Rates, timecodes, files and retimes of FCP7 XML (Apple, "Final Cut Pro XML Interchange Format", version 5)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from twopop.timing import Timecode
from twopop_otio.imports import nodes
from twopop_otio.imports.markup import Element, text_of
from twopop_otio.times import Node

_NTSC = Fraction(1000, 1001)


def rate_of(element: Element | None, default: Fraction) -> Fraction:
    """The frames per second that an element's <rate> says, or the default.

    Raises:
        ValueError: It says no number greater than zero.
    """
    timebase = text_of(element, "rate/timebase")
    if not timebase:
        return default
    rate = number(timebase, "a timebase")
    if rate <= 0:
        raise ValueError(f"a timebase is {timebase}, expected frames per second")
    return rate * _NTSC if text_of(element, "rate/ntsc").upper() == "TRUE" else rate


def number(text: str, what: str) -> Fraction:
    """A number as it stands in a file; "-1" marks an edge under a transition.

    Raises:
        ValueError: It is none.
    """
    try:
        return Fraction(text)
    except (ValueError, ZeroDivisionError) as problem:
        raise ValueError(f"{what} is {text!r}, expected a number of frames") from problem


def timecode_of(holder: Element, default: Fraction) -> tuple[Fraction, bool]:
    """The timecode of a sequence's or file's first frame, in seconds since midnight, and whether it is drop-frame."""
    timecode = holder.find("timecode")
    if timecode is None:
        return Fraction(0), False
    rate = rate_of(timecode, default)
    label = text_of(timecode, "string")
    drop = text_of(timecode, "displayformat").upper() == "DF" or ";" in label
    frame = text_of(timecode, "frame")
    if frame:
        return number(frame, "a timecode's frame") / rate, drop
    return (Timecode.parse(label, rate, drop).since_midnight if label else Fraction(0)), drop


@dataclass(frozen=True)
class File:
    """A <file>.

    Attributes:
        name: Its name.
        url: Where it is; empty when the file does not say.
        reel: Its tape or card.
        zero: Label of its first frame, in seconds.
        rate: Its frames per second.
        duration: In seconds; None when not said.
    """

    name: str
    url: str
    reel: str
    zero: Fraction
    rate: Fraction
    duration: Fraction | None

    @classmethod
    def of(cls, element: Element, default: Fraction) -> File:
        """Reads a <file>; `default` is the rate of what uses it."""
        rate = rate_of(element, rate_of(element.find("timecode"), default))
        length = text_of(element, "duration")
        return cls(
            name=text_of(element, "name"),
            url=text_of(element, "pathurl"),
            reel=text_of(element, "timecode/reel/name"),
            zero=timecode_of(element, rate)[0],
            rate=rate,
            duration=number(length, "a file's duration") / rate if length else None,
        )

    @property
    def reference(self) -> Node:
        """Its media reference."""
        available = (self.zero, self.duration) if self.duration else None
        return nodes.file_reference(self.url or None, self.name, available, self.rate)


@dataclass(frozen=True)
class Remap:
    """A time remap: from a clip's own frames, in which its in and out points count, to media frames.

    Attributes:
        speed: Media frames for each clip frame; negative when reversed, 0 for a freeze.
        points: (clip frame, media frame) of its graph, by clip frame.
        variable: Whether the speed changes.
    """

    speed: Fraction = Fraction(1)
    points: tuple[tuple[Fraction, Fraction], ...] = ()
    variable: bool = False

    @classmethod
    def of(cls, item: Element) -> Remap:
        """The remap of a clipitem; normal speed when it has none."""
        for effect in item.iterfind("filter/effect"):
            if text_of(effect, "effectid") == "timeremap" or text_of(effect, "name") == "Time Remap":
                return cls._read(effect)
        return cls()

    @classmethod
    def _read(cls, effect: Element) -> Remap:
        said = {text_of(parameter, "parameterid"): parameter for parameter in effect.iterfind("parameter")}
        speed = number(text_of(said.get("speed"), "value", "100"), "a speed") / 100
        if text_of(said.get("reverse"), "value").upper() == "TRUE":
            speed = -abs(speed)
        graph = said.get("graphdict")
        keys = [] if graph is None else [key for key in graph.iterfind("keyframe") if text_of(key, "value")]
        real = [key for key in keys if text_of(key, "speedvirtualkf").upper() != "TRUE"]
        points = {_key(key) for key in (real if len(real) > 1 else keys)}
        variable = text_of(said.get("variablespeed"), "value") not in ("", "0", "FALSE")
        return cls(speed.limit_denominator(10**6), tuple(sorted(points)), variable)

    def media(self, frame: Fraction, length: Fraction | None) -> Fraction:
        """The media's time in frames at a clip's frame; backwards, the frame that is seen then ends there.

        Args:
            frame: The clip's frame.
            length: The media's, in frames.
        """
        graph = self._graph(frame)
        if self.variable and graph is not None:
            return graph
        straight = frame * self.speed
        if self.speed < 0:
            if graph is None:  # such editors count a reversed clip from the media's end
                return (length or Fraction(0)) + straight
            # A graph that reaches the media's end draws times; any other names the frames that are seen.
            return graph if length is not None and max(value for _, value in self.points) >= length else graph + 1
        # The graph's values are whole frames: it counts where it says something else than its speed.
        return graph if graph is not None and abs(graph - straight) > 1 else straight

    def _graph(self, frame: Fraction) -> Fraction | None:
        if len(self.points) < 2:
            return None
        behind = next((i for i, (when, _) in enumerate(self.points) if i and when >= frame), len(self.points) - 1)
        (w0, v0), (w1, v1) = self.points[behind - 1], self.points[behind]
        return v0 + (v1 - v0) * (frame - w0) / (w1 - w0)


def _key(key: Element) -> tuple[Fraction, Fraction]:
    return number(text_of(key, "when"), "a keyframe's time"), number(text_of(key, "value"), "a keyframe's value")
