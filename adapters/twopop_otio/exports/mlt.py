"""MLT XML, which melt plays and Kdenlive and Shotcut open.

Written after https://www.mltframework.org/docs/mltxml/ and measured with melt 7.12. Positions are whole frames of the
profile. The file's own clock counts, not its timecode: a label as in-point shows another part of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree.ElementTree import Element

from twopop.timing import round_half_up
from twopop_actions.changes import GainKey
from twopop_actions.timeline import TrackKind
from twopop_otio.exports.cut import Cut, Event, Lane
from twopop_otio.exports.format import Feature
from twopop_otio.exports.losses import Ledger
from twopop_otio.exports.markup import child, document, node
from twopop_otio.exports.strip import Cross, Grid, Play, Strip

CARRIES: frozenset[Feature] = frozenset(
    {"dissolves", "gain", "gain_keys", "media_rate", "retimes", "reverse", "track_names"}
)

_SEEKS_FROM = 12
"""A jump ahead of fewer frames is read through, and then sound starts up to a frame off (measured with melt 7.12)."""

_SILENCE_DB = -100.0
_HD = (1920, 1080)


def write_mlt(cut: Cut, ledger: Ledger) -> Mapping[str, bytes]:
    """The project file of a cut."""
    if cut.size is None and cut.lanes_of("video"):
        ledger.add("picture_size", "MLT profile")
    return {"": document(_Project(cut, ledger).build())}


@dataclass
class _Reader:
    """A producer of the lane that is being written, and the frame behind the last one that it plays."""

    name: str
    end: int
    last_play: Play

    def can_play(self, first: int) -> bool:
        """Whether it finds a frame exactly: one that follows, or one that it has to seek."""
        return first <= self.end or first - self.end >= _SEEKS_FROM


@dataclass
class _Project:
    """The file as it grows.

    Attributes:
        cut: What is written.
        ledger: Takes what is lost.
        root: The <mlt> element.
    """

    cut: Cut
    ledger: Ledger
    root: Element = field(default_factory=lambda: node("mlt", {"LC_NUMERIC": "C", "version": "7.12.0"}))
    pool: dict[tuple[str, Fraction], list[_Reader]] = field(default_factory=dict)
    made: int = 0

    @property
    def rate(self) -> Fraction:
        """Frames per second of the profile."""
        return self.cut.timebase.rate

    @property
    def length(self) -> int:
        """Frames of the whole, at least one."""
        return max(1, round_half_up(self.cut.duration * self.rate))

    def build(self) -> Element:
        """The whole document."""
        self.root.set("title", "")
        self._profile()
        self._black()
        playlists = [(lane, self._playlist(lane)) for lane in self.cut.lanes]
        self._main(playlists)
        return self.root

    def _profile(self) -> None:
        width, height = self.cut.size or _HD
        shape = Fraction(width, height)
        attributes: dict[str, object] = {
            "description": self.cut.name, "width": width, "height": height, "progressive": 1,
            "sample_aspect_num": 1, "sample_aspect_den": 1,
            "display_aspect_num": shape.numerator, "display_aspect_den": shape.denominator,
            "frame_rate_num": self.rate.numerator, "frame_rate_den": self.rate.denominator,
            "colorspace": 709 if height > 576 else 601,
        }  # fmt: skip
        child(self.root, "profile", None, attributes)

    def _black(self) -> None:
        last = self.length - 1
        black = child(self.root, "producer", None, {"id": "black", "in": 0, "out": last})
        _set(black, mlt_service="color", resource="0", length=self.length, eof="pause", mlt_image_format="rgb24a")

    def _playlist(self, lane: Lane) -> str:
        grid = Grid(self.rate, self.cut.timebase, self.ledger)
        strip = grid.strip(lane, keep_disabled=False)
        self._note_missing(strip)
        self.pool.clear()  # two tracks that share a producer would make it seek on every frame
        playlist = node("playlist", {"id": self._new_id("playlist")})
        _set(playlist, **{"kdenlive:track_name": lane.name})
        position = 0
        for start, end, part in _parts(strip):
            if start > position:
                child(playlist, "blank", None, {"length": start - position})
            if isinstance(part, Cross) and lane.kind == "video" and None in (part.left, part.right):
                self._fade(playlist, strip, part)
            elif isinstance(part, Cross):
                mix = self._mix(strip, part)
                child(playlist, "entry", None, {"producer": mix, "in": 0, "out": part.length - 1})
            else:
                self._entry(playlist, lane.kind, part, start, end)
            position = end
        self.root.append(playlist)
        return str(playlist.get("id"))

    def _note_missing(self, strip: Strip) -> None:
        for play in strip.plays:
            if play.event.media.path is None:
                self.ledger.add(
                    "no_media", f"{play.event.name} at {self.cut.timebase.timecode(play.event.record_start)}"
                )

    def _entry(self, playlist: Element, kind: TrackKind, play: Play, start: int, end: int) -> Element | None:
        if play.event.media.path is None:
            child(playlist, "blank", None, {"length": end - start})
            return None
        first = self._first(play) + start - play.start
        producer = self._producer(kind, play, first, first + end - start)
        entry = child(playlist, "entry", None, {"producer": producer, "in": first, "out": first + end - start - 1})
        if kind == "audio":
            self._gain(entry, play, start)
        return entry

    def _fade(self, playlist: Element, strip: Strip, cross: Cross) -> None:
        """Picture from or to nothing: what lies below shines through."""
        index = cross.left if cross.left is not None else cross.right or 0
        entry = self._entry(playlist, "video", strip.plays[index], cross.start, cross.end)
        if entry is not None:
            ends = ("0", "1") if cross.left is None else ("1", "0")
            _filter(entry, "brightness", level=1, alpha=f"0={ends[0]};{cross.length}={ends[1]}")

    def _first(self, play: Play) -> int:
        """Frame of the producer at a play's start: of the file, or of the file as the speed stretches it."""
        event = play.event
        if not event.retimed or event.media.is_still:
            return max(play.source, 0) if event.media.is_still else play.source
        at = Fraction(play.start) / self.rate - event.record_start
        if event.speed > 0:
            return round_half_up((event.source_start / event.speed + at) * self.rate)
        if event.media.duration is None:
            self.ledger.add("reverse_length", event.name)
        length = event.media.duration or event.source_end
        return round_half_up(((length - event.source_end) / -event.speed + at) * self.rate)

    def _producer(self, kind: TrackKind, play: Play, first: int, end: int) -> str:
        """A producer that is free to play a stretch; a clip keeps the one that it has."""
        speed = Fraction(1) if play.event.media.is_still else play.event.speed
        readers = self.pool.setdefault((str(play.event.media.path), speed), [])
        for reader in readers:
            met = reader.last_play.end > play.start - self.rate  # near enough for a dissolve to play both at once
            if reader.last_play is play or (not met and reader.can_play(first)):
                reader.end, reader.last_play = end, play
                return reader.name
        name = self._new_id("producer")
        readers.append(_Reader(name, end, play))
        self._add_producer(name, kind, play.event, speed)
        return name

    def _add_producer(self, name: str, kind: TrackKind, event: Event, speed: Fraction) -> None:
        path = str(event.media.path)
        made = child(self.root, "producer", None, {"id": name})
        if speed == 1:
            _set(made, resource=path)
        else:
            ratio = f"{float(speed):.10g}"
            _set(made, mlt_service="timewarp", resource=f"{ratio}:{path}", warp_speed=ratio, warp_resource=path)
        if event.media.duration is not None and not event.media.is_still:
            _set(made, length=max(1, round_half_up(event.media.duration / abs(speed) * self.rate)))
        _set(made, **({"audio_index": -1} if kind == "video" else {"video_index": -1}))

    def _gain(self, entry: Element, play: Play, start: int) -> None:
        event = play.event
        if event.gain_keys:
            frames = [round_half_up((event.record_start + key.at) * self.rate) - start for key in event.gain_keys]
            keys = ";".join(f"{frame}={_level(key)}" for frame, key in zip(frames, event.gain_keys, strict=True))
        elif event.gain_db != 0.0:
            keys = str(_level(GainKey(Fraction(0), event.gain_db)))
        else:
            return
        _filter(entry, "volume", level=keys)

    def _mix(self, strip: Strip, cross: Cross) -> str:
        """A tractor that plays a dissolve."""
        sides = [strip.plays[index] if index is not None else None for index in (cross.left, cross.right)]
        names = [self._side(strip.lane.kind, play, cross) for play in sides]
        tractor = child(self.root, "tractor", None, {"id": self._new_id("mix"), "in": 0, "out": cross.length - 1})
        for name in names:
            child(tractor, "track", None, {"producer": name})
        service = "luma" if strip.lane.kind == "video" else "mix"
        fade = child(tractor, "transition", None, {"in": 0, "out": cross.length - 1})
        _set(fade, mlt_service=service, a_track=0, b_track=1)
        if service == "mix":
            _set(fade, start=-1)  # from the one to the other
        return str(tractor.get("id"))

    def _side(self, kind: TrackKind, play: Play | None, cross: Cross) -> str:
        playlist = node("playlist", {"id": self._new_id("playlist")})
        if play is None:
            child(playlist, "entry", None, {"producer": "black", "in": 0, "out": cross.length - 1})
        else:
            self._entry(playlist, kind, play, cross.start, cross.end)
        self.root.append(playlist)
        return str(playlist.get("id"))

    def _main(self, playlists: list[tuple[Lane, str]]) -> None:
        tractor = child(self.root, "tractor", None, {"id": "main", "in": 0, "out": self.length - 1})
        child(tractor, "track", None, {"producer": "black"})
        for lane, name in playlists:
            hidden = {"video": "audio", "audio": "video"}[lane.kind] if lane.enabled else "both"
            child(tractor, "track", None, {"producer": name, "hide": hidden})
        for number, (lane, _) in enumerate(playlists, 1):
            joined = child(tractor, "transition")
            service = "composite" if lane.kind == "video" else "mix"
            _set(joined, mlt_service=service, a_track=0, b_track=number, always_active=1)
            _set(joined, **({"progressive": 1, "fill": 1} if lane.kind == "video" else {"sum": 1}))

    def _new_id(self, kind: str) -> str:
        self.made += 1
        return f"{kind}{self.made}"


def _parts(strip: Strip) -> list[tuple[int, int, Play | Cross]]:
    """Clips without their dissolves, and the dissolves, by time."""
    heads = {cross.right: cross for cross in strip.crosses if cross.right is not None}
    tails = {cross.left: cross for cross in strip.crosses if cross.left is not None}
    parts: list[tuple[int, int, Play | Cross]] = [(cross.start, cross.end, cross) for cross in strip.crosses]
    for index, play in enumerate(strip.plays):
        start = heads[index].end if index in heads else play.start
        end = tails[index].start if index in tails else play.end
        if end > start:
            parts.append((start, end, play))
    return sorted(parts, key=lambda part: part[0])


def _level(key: GainKey) -> float:
    return _SILENCE_DB if key.gain_db is None else round(key.gain_db, 4)


def _filter(entry: Element, service: str, **properties: object) -> None:
    """A filter of an entry; its key frames count from the entry's first frame because it begins there."""
    made = child(entry, "filter", None, {"in": entry.get("in"), "out": entry.get("out")})
    _set(made, mlt_service=service, **properties)


def _set(element: Element, **properties: object) -> None:
    for name, value in properties.items():
        child(element, "property", value, {"name": name})
