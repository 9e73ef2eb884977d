"""REAPER projects (.RPP): items at exact seconds, so that sound keeps its samples.

Written after projects that REAPER saves; opened in the program itself they were not. Times are decimal seconds with
more digits than a sample needs. A track of picture becomes a track of video items whose sound is turned down.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

import rpp

from twopop.timing import round_half_up
from twopop_otio.exports.cut import Cut, Dissolve, Event, Lane, Take
from twopop_otio.exports.format import Feature
from twopop_otio.exports.losses import Ledger
from twopop_otio.exports.markup import clean
from twopop_otio.exports.media import Media

CARRIES: frozenset[Feature] = frozenset(
    {
        "channels", "disabled", "dissolves", "gain", "gain_keys", "links", "markers", "media_rate", "retimes",
        "start_timecode", "takes", "track_names",
    }
)  # fmt: skip

_SOURCES = {".wav": "WAVE", ".wave": "WAVE", ".bwf": "WAVE", ".aif": "WAVE", ".aiff": "WAVE", ".w64": "WAVE"} | {
    ".mp3": "MP3", ".flac": "FLAC", ".ogg": "VORBIS", ".opus": "OPUS", ".wv": "WAVPACK",
}  # fmt: skip
_MONO, _PAIR = 3, 67
"""CHANMODE of the first channel alone, and of the first two."""

_NAMESPACE = uuid.UUID("5b1c4a52-7d0e-4c8e-9a57-2f6c1a9b7e10")


def write_rpp(cut: Cut, ledger: Ledger) -> Mapping[str, bytes]:
    """The project file of a cut."""
    return {"": rpp.dumps(_Project(cut, ledger).build()).encode("utf-8", "replace")}


@dataclass(frozen=True)
class _Ends:
    """An event as far as its dissolves reach, and how long they are, in seconds."""

    event: Event
    fade_in: Fraction
    fade_out: Fraction


@dataclass
class _Project:
    """Makes the elements of one file."""

    cut: Cut
    ledger: Ledger
    made: int = 0

    def build(self) -> rpp.Element:
        """The whole document."""
        base = self.cut.timebase
        nominal = round_half_up(base.rate)
        counting = 0 if base.rate.denominator == 1 else (1 if base.drop_frame else 2)
        project = rpp.Element("REAPER_PROJECT", ["0.1", "7.0", "0"])
        project.append(["PROJOFFS", _seconds(base.start), "0", "0"])
        project.append(["TIMEMODE", "5", "5", "-1", str(nominal), str(counting), "0", "-1"])
        project.append(["SAMPLERATE", "48000", "1", "0"])
        groups = self._groups()
        for number, mark in enumerate(self.cut.all_marks(), 1):
            text = _text(": ".join(part for part in (mark.name, mark.comment) if part))
            project.append(["MARKER", str(number), _seconds(mark.record), text, "0"])
            if mark.clip:
                self.ledger.add("clip_markers", f"{mark.name or 'marker'} on {mark.clip}")
        for lane in self.cut.lanes:
            project.append(self._track(lane, groups))
        return project

    def _groups(self) -> dict[str, str]:
        links = sorted({event.link for lane in self.cut.lanes for event in lane.events if event.link is not None})
        return {link: str(number) for number, link in enumerate(links, 1)}

    def _track(self, lane: Lane, groups: dict[str, str]) -> rpp.Element:
        track = rpp.Element("TRACK", [self._guid()])
        track.append(["NAME", _text(lane.name)])
        track.append(["MUTESOLO", "0" if lane.enabled else "1", "0", "0"])
        track.append(["NCHAN", "2"])
        for index, event in enumerate(lane.events):
            track.append(self._item(_reaching(lane, index, event), lane.kind == "video", groups))
        return track

    def _item(self, ends: _Ends, is_picture: bool, groups: dict[str, str]) -> rpp.Element:
        event = ends.event
        gain = 0.0 if is_picture or event.gain_db is None else 10 ** (event.gain_db / 20)
        item = rpp.Element("ITEM", [])
        item.append(["POSITION", _seconds(event.record_start)])
        item.append(["LENGTH", _seconds(event.record_duration)])
        item.append(["LOOP", "0"])
        item.append(["FADEIN", "0", _seconds(ends.fade_in), "0", "0", "0", "0"])
        item.append(["FADEOUT", "0", _seconds(ends.fade_out), "0", "0", "0", "0"])
        item.append(["MUTE", "0" if event.enabled else "1", "0"])
        if event.link is not None:
            item.append(["GROUP", groups[event.link]])
        item.append(["IGUID", self._guid()])
        volume = "1" if event.gain_keys and not is_picture else f"{gain:.10g}"
        self._take(item, event, Take(event.name, event.media, event.source_start), volume)
        if event.gain_keys and not is_picture:
            item.append(_envelope(event))
        for take in event.takes:
            item.append("TAKE")
            self._take(item, event, take, volume)
        return item

    def _take(self, item: rpp.Element, event: Event, take: Take, volume: str) -> None:
        item.append(["NAME", _text(take.name)])
        item.append(["VOLPAN", volume, "0", "1", "-1"] if take.media is event.media else ["TAKEVOLPAN", "0", "1", "-1"])
        item.append(["SOFFS", _seconds(take.source_start)])
        item.append(["PLAYRATE", f"{float(abs(event.speed)):.12g}", "1", "0", "-1", "0", "0.0025"])
        item.append(["CHANMODE", str(self._channel_mode(event))])
        item.append(["GUID", self._guid()])
        if take.media.path is not None:
            item.append(_source(take.media))

    def _channel_mode(self, event: Event) -> int:
        channels = event.channels
        if not channels:
            return 0
        if len(channels) == 1:
            return _MONO + channels[0]
        if len(channels) == 2 and channels[1] == channels[0] + 1:
            return _PAIR + channels[0]
        self.ledger.add("channels", f"{event.name}: {', '.join(str(channel + 1) for channel in channels)}")
        return 0

    def _guid(self) -> str:
        self.made += 1
        return "{" + str(uuid.uuid5(_NAMESPACE, f"{self.cut.name} {self.made}")).upper() + "}"


def _reaching(lane: Lane, index: int, event: Event) -> _Ends:
    """An item that overlaps its neighbours where they dissolve."""
    head = next((dissolve for dissolve in lane.dissolves if dissolve.right == index), None)
    tail = next((dissolve for dissolve in lane.dissolves if dissolve.left == index), None)
    if tail:
        low = event.source_start + min(event.speed, Fraction(0)) * tail.after
        event = replace(event, record_duration=event.record_duration + tail.after, source_start=low)
    if head:
        event = event.headless(-head.before)
    return _Ends(event, _length(head), _length(tail))


def _length(dissolve: Dissolve | None) -> Fraction:
    return dissolve.end - dissolve.start if dissolve is not None else Fraction(0)


def _envelope(event: Event) -> rpp.Element:
    """A take's volume curve: straight lines between gains as factors."""
    envelope = rpp.Element("VOLENV", [])
    envelope.append(["ACT", "1", "-1"])
    envelope.append(["VIS", "1", "1", "1"])
    for key in event.gain_keys:
        factor = 0.0 if key.gain_db is None else 10 ** (key.gain_db / 20)
        envelope.append(["PT", _seconds(key.at), f"{factor:.10g}", "0"])
    return envelope


def _source(media: Media) -> rpp.Element:
    source = rpp.Element("SOURCE", [_SOURCES.get(media.suffix, "VIDEO")])
    source.append(["FILE", _text(media.path or "")])
    return source


def _text(text: str) -> str:
    """A name on one line."""
    return " ".join(clean(text).split("\n")).replace("\r", " ")


def _seconds(time_s: Fraction) -> str:
    """Decimal seconds to a femtosecond; a sample at 192 kHz lasts five million of them."""
    sign = "-" if time_s < 0 else ""
    whole, rest = divmod(round_half_up(abs(time_s) * 10**15), 10**15)
    return f"{sign}{whole}.{rest:015}".rstrip("0").rstrip(".")
