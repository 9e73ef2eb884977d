"""Final Cut Pro 7 XML (xmeml 5), which Premiere, Resolve and others open.

Written after Apple's Final Cut Pro XML Interchange Format. Positions are whole frames of the timeline; a dissolve
stands between clips whose edges there are -1. A track of sound carries one channel, so that a file with several
channels lies on as many tracks; clips that belong together name each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree.ElementTree import Element

from twopop.timing import Frames, Timecode, round_half_up
from twopop_actions.timeline import TrackKind
from twopop_otio.exports.cut import Cut, Lane, Mark
from twopop_otio.exports.fcp7_filters import add_levels, add_speed
from twopop_otio.exports.format import Feature
from twopop_otio.exports.losses import Ledger
from twopop_otio.exports.markup import child, document, node
from twopop_otio.exports.media import Media
from twopop_otio.exports.strip import Cross, Grid, Play, Strip
from twopop_otio.exports.voices import Voices

CARRIES: frozenset[Feature] = frozenset(
    {
        "channels", "disabled", "dissolves", "gain", "gain_keys", "links", "markers", "retimes", "reverse",
        "start_timecode",
    }
)  # fmt: skip

_HD = (1920, 1080)


def write_fcp7(cut: Cut, ledger: Ledger) -> Mapping[str, bytes]:
    """The sequence of a cut."""
    if cut.size is None and cut.lanes_of("video"):
        ledger.add("picture_size", "format of the sequence")
    return {"": document(_Sequence(cut, ledger).build(), "xmeml")}


@dataclass(frozen=True)
class _Member:
    """A clip item of a group of linked ones."""

    element: Element
    kind: TrackKind
    track: int
    index: int


@dataclass
class _Sequence:
    """The file as it grows."""

    cut: Cut
    ledger: Ledger
    root: Element = field(default_factory=lambda: node("xmeml", {"version": "5"}))
    files: dict[str, str] = field(default_factory=dict)
    groups: dict[object, list[_Member]] = field(default_factory=dict)
    items: int = 0

    @property
    def rate(self) -> Fraction:
        """Frames per second."""
        return self.cut.timebase.rate

    def build(self) -> Element:
        """The whole document."""
        base = self.cut.timebase
        self.voices = Voices(self.ledger)
        sequence = child(self.root, "sequence", None, {"id": "sequence-1"})
        child(sequence, "name", self.cut.name)
        child(sequence, "duration", round_half_up(self.cut.duration * self.rate))
        self._rate(sequence)
        self._timecode(sequence, round_half_up(base.start * self.rate))
        media = child(sequence, "media")
        self._tracks(media, "video")
        self._tracks(media, "audio")
        for mark in (*self.cut.marks, *(mark for lane in self.cut.lanes for mark in lane.marks)):
            self._mark(sequence, mark, round_half_up(mark.record * self.rate))
        self._links()
        return self.root

    def _tracks(self, media: Element, kind: TrackKind) -> None:
        holder = child(media, kind)
        self._format(holder, kind)
        grid = Grid(self.rate, self.cut.timebase, self.ledger)
        number = 0
        for lane in self.cut.lanes_of(kind):
            strip = self._evened(grid.strip(lane, keep_disabled=True))
            voices = self.voices.of_strip(strip)
            for voice in range(max((len(channels) for channels in voices), default=1)):
                number += 1
                self._track(holder, strip, [c[voice] if voice < len(c) else None for c in voices], number)

    def _format(self, holder: Element, kind: TrackKind) -> None:
        characteristics = node("samplecharacteristics")
        if kind == "video":
            self._rate(characteristics)
            self._size(characteristics)
            child(characteristics, "anamorphic", "FALSE")
            child(characteristics, "pixelaspectratio", "square")
            child(characteristics, "fielddominance", "none")
        else:
            child(holder, "numOutputChannels", 2)
            child(characteristics, "depth", 24)
            child(characteristics, "samplerate", 48000)
        child(holder, "format").append(characteristics)

    def _evened(self, strip: Strip) -> Strip:
        """Dissolves as this format has them: about the middle, before, or behind the cut."""
        crosses = []
        for cross in strip.crosses:
            before, after = cross.cut - cross.start, cross.end - cross.cut
            if before and after and before != after:
                half = min(before, after)
                self.ledger.add("dissolve_evened", f"{cross.name or 'dissolve'}: {before + after} to {2 * half} frames")
                cross = Cross(cross.cut - half, cross.cut, cross.cut + half, cross.left, cross.right, cross.name)
            crosses.append(cross)
        return Strip(strip.lane, strip.plays, tuple(crosses))

    def _track(self, holder: Element, strip: Strip, channels: list[int | None], number: int) -> None:
        """A track with one channel of each clip; None: the clip has fewer."""
        track = child(holder, "track")
        count = 0
        for index, (play, channel) in enumerate(zip(strip.plays, channels, strict=True)):
            if channel is None:
                continue
            head, tail = strip.head(index), strip.tail(index)
            if head is not None:
                self._transition(track, head, strip.lane.kind)
            count += 1
            item = self._item(track, strip.lane, play, (head, tail), channel)
            group = play.event.link if play.event.link is not None else id(play)
            self.groups.setdefault(group, []).append(_Member(item, strip.lane.kind, number, count))
            if tail is not None and tail.right is None:
                self._transition(track, tail, strip.lane.kind)
        child(track, "enabled", _truth(strip.lane.enabled))
        child(track, "locked", "FALSE")

    def _transition(self, track: Element, cross: Cross, kind: TrackKind) -> None:
        made = child(track, "transitionitem")
        child(made, "start", cross.start)
        child(made, "end", cross.end)
        child(made, "alignment", _alignment(cross))
        self._rate(made)
        effect = child(made, "effect")
        names = ("Cross Dissolve", "Dissolve") if kind == "video" else ("Cross Fade (+3dB)", "Dissolve")
        child(effect, "name", names[0])
        child(effect, "effectid", names[0] if kind == "video" else "KGAudioTransCrossFade3dB")
        child(effect, "effectcategory", names[1])
        child(effect, "effecttype", "transition")
        child(effect, "mediatype", kind)

    def _item(
        self, track: Element, lane: Lane, play: Play, ends: tuple[Cross | None, Cross | None], channel: int
    ) -> Element:
        event, (head, tail) = play.event, ends
        self.items += 1
        item = child(track, "clipitem", None, {"id": f"clipitem-{self.items}"})
        child(item, "name", event.name)
        child(item, "enabled", _truth(event.enabled))
        child(item, "duration", self._media_frames(play, event.speed))
        self._rate(item)
        opened = head if head and head.left is not None else None
        closed = tail if tail and tail.right is not None else None
        child(item, "start", -1 if opened else play.start)
        child(item, "end", -1 if closed else play.end)
        first = self._first(play)
        child(item, "in", first - (play.start - opened.start if opened else 0))
        child(item, "out", first + play.length + (closed.end - play.end if closed else 0))
        self._file(item, event.media)
        if lane.kind == "audio":
            source = child(item, "sourcetrack")
            child(source, "mediatype", "audio")
            child(source, "trackindex", channel + 1)
            add_levels(item, event, first - play.start, self.rate, self.ledger)
        if event.retimed and not event.media.is_still:
            add_speed(item, event.speed, lane.kind)
        for mark in event.marks:
            self._mark(item, mark, first + round_half_up(mark.record * self.rate) - play.start)
        return item

    def _first(self, play: Play) -> int:
        """The in-point: a frame of the file, or of the file as the speed stretches it."""
        event = play.event
        if event.media.is_still or not event.retimed:
            return max(play.source, 0) if event.media.is_still else play.source
        if event.speed > 0:
            return round_half_up(play.source / event.speed)
        if event.media.duration is None:
            self.ledger.add("reverse_length", event.name)
        behind = self._media_frames(play, Fraction(1)) - play.source - play.source_length
        return round_half_up(behind / -event.speed)

    def _media_frames(self, play: Play, speed: Fraction) -> int:
        """Frames that the whole file lasts at a speed."""
        media = play.event.media
        length = media.duration if media.duration is not None else play.event.source_end
        return max(play.length, round_half_up(length * self.rate / abs(speed)))

    def _file(self, item: Element, media: Media) -> None:
        """The file in full where it is named first, by its id later."""
        key = media.path or f"\0{media.name}"
        if key in self.files:
            child(item, "file", None, {"id": self.files[key]})
            return
        self.files[key] = f"file-{len(self.files) + 1}"
        file = child(item, "file", None, {"id": self.files[key]})
        child(file, "name", media.file_name)
        if media.path is not None:
            child(file, "pathurl", media.url.replace("file:///", "file://localhost/", 1))
        self._rate(file)
        if media.duration is not None:
            child(file, "duration", round_half_up(media.duration * self.rate))
        self._timecode(file, int(media.label * self.rate // 1))
        self._file_media(child(file, "media"), media)

    def _file_media(self, holder: Element, media: Media) -> None:
        kinds = {lane.kind for lane in self.cut.lanes for event in lane.events if event.media.path == media.path}
        if "video" in kinds:
            self._size(child(child(holder, "video"), "samplecharacteristics"))
        if "audio" in kinds:
            header = self.voices.header(media)
            audio = child(holder, "audio")
            characteristics = child(audio, "samplecharacteristics")
            child(characteristics, "depth", header.bits if header else 24)
            child(characteristics, "samplerate", header.rate_hz if header else 48000)
            if header:
                child(audio, "channelcount", header.channels)

    def _links(self) -> None:
        for members in self.groups.values():
            for member in members if len(members) > 1 else ():
                for other in members:
                    link = child(member.element, "link")
                    child(link, "linkclipref", other.element.get("id"))
                    child(link, "mediatype", other.kind)
                    child(link, "trackindex", other.track)
                    child(link, "clipindex", other.index)

    def _mark(self, holder: Element, mark: Mark, frame: int) -> None:
        made = child(holder, "marker")
        child(made, "name", mark.name)
        child(made, "comment", mark.comment)
        length = round_half_up(mark.duration * self.rate)
        child(made, "in", frame)
        child(made, "out", frame + length if length > 1 else -1)

    def _size(self, holder: Element) -> None:
        width, height = self.cut.size or _HD
        child(holder, "width", width)
        child(holder, "height", height)

    def _rate(self, holder: Element) -> None:
        rate = child(holder, "rate")
        child(rate, "timebase", round_half_up(self.rate))
        child(rate, "ntsc", _truth(self.rate.denominator == 1001))

    def _timecode(self, holder: Element, frame: int) -> None:
        base = self.cut.timebase
        made = child(holder, "timecode")
        self._rate(made)
        child(made, "string", Timecode(Frames(frame), base.rate, base.drop_frame))
        child(made, "frame", frame)
        child(made, "displayformat", "DF" if base.drop_frame else "NDF")


def _alignment(cross: Cross) -> str:
    if cross.left is None:
        return "start-black"
    if cross.right is None:
        return "end-black"
    if cross.start == cross.cut:
        return "start"
    return "end" if cross.end == cross.cut else "center"


def _truth(value: bool) -> str:
    return "TRUE" if value else "FALSE"
