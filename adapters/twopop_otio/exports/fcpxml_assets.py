"""The resources of an FCPXML file: formats and assets, and its way of writing time."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from xml.etree.ElementTree import Element

from twopop.timing import round_half_up
from twopop_actions.timeline import TrackKind
from twopop_otio.exports.cut import Cut
from twopop_otio.exports.markup import child
from twopop_otio.exports.media import Media
from twopop_otio.times import is_frame_rate

_HD = (1920, 1080)
_LARGEST = 2**31 - 1
_CONFORM = {
    Fraction(24000, 1001): "23.98", Fraction(24): "24", Fraction(25): "25", Fraction(30000, 1001): "29.97",
    Fraction(30): "30", Fraction(48000, 1001): "47.95", Fraction(48): "48", Fraction(50): "50",
    Fraction(60000, 1001): "59.94", Fraction(60): "60", Fraction(96): "96", Fraction(100): "100",
    Fraction(120000, 1001): "119.88", Fraction(120): "120",
}  # fmt: skip


def rational(time_s: Fraction) -> str:
    """A time as FCPXML writes it: "1001/24000s"; the denominator is what 32 bits hold."""
    exact = time_s if time_s.denominator <= _LARGEST else time_s.limit_denominator(_LARGEST)
    return f"{exact}s"


@dataclass
class Assets:
    """Formats and assets as they are asked for.

    Attributes:
        cut: What is written.
        resources: The element that holds them.
        kinds: What each file is used for.
    """

    cut: Cut
    resources: Element
    kinds: dict[str, set[TrackKind]] = field(default_factory=dict)
    ends: dict[str, Fraction] = field(default_factory=dict)
    formats: dict[Fraction | None, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, cut: Cut, resources: Element) -> Assets:
        """The assets of a cut; the sequence's format is the first resource."""
        assets = cls(cut, resources)
        for lane in cut.lanes:
            for event in lane.events:
                path = event.media.path or ""
                assets.kinds.setdefault(path, set()).add(lane.kind)
                assets.ends[path] = max(assets.ends.get(path, Fraction(0)), event.source_end)
        assets.format(cut.timebase.rate)
        return assets

    def format(self, rate: Fraction | None) -> str:
        """Id of the format of a frame rate; None stands for stills."""
        if rate not in self.formats:
            made = self.formats[rate] = f"r{len(self.formats) + len(self.ids) + 1}"
            width, height = self.cut.size or _HD
            attributes: dict[str, object] = {"id": made, "width": width, "height": height}
            if rate is None:
                attributes["name"] = "FFVideoFormatRateUndefined"
            else:
                attributes["frameDuration"] = rational(1 / rate)
            child(self.resources, "format", None, attributes)
        return self.formats[rate]

    def asset(self, media: Media) -> str:
        """Id of the asset of a file."""
        path = media.path or ""
        if path not in self.ids:
            self._add(path, media)
        return self.ids[path]

    def start(self, media: Media) -> Fraction:
        """Label of a file's first frame, on the file's own frames or samples."""
        rate = media.rate or self.cut.timebase.rate
        return Fraction(0) if media.is_still else round_half_up(media.label * rate) / rate

    def conform_rate(self, media: Media) -> str | None:
        """The file's frame rate where it is another one than the sequence's."""
        rate = self._picture_rate(media)
        return _CONFORM.get(rate) if rate is not None and rate != self.cut.timebase.rate else None

    def _add(self, path: str, media: Media) -> None:
        kinds = self.kinds[path]
        rate = media.rate or self.cut.timebase.rate
        length = media.duration if media.duration is not None else self.ends[path]
        duration = Fraction(0) if media.is_still else round_half_up(length * rate) / rate
        attributes: dict[str, object] = {
            "name": media.stem, "start": rational(self.start(media)), "duration": rational(duration),
        }  # fmt: skip
        if "video" in kinds:
            picture = None if media.is_still else self._picture_rate(media) or self.cut.timebase.rate
            attributes |= {"hasVideo": 1, "format": self.format(picture), "videoSources": 1}
        if "audio" in kinds:
            attributes |= {"hasAudio": 1, "audioSources": 1}
        self.ids[path] = f"r{len(self.formats) + len(self.ids) + 1}"
        asset = child(self.resources, "asset", None, {"id": self.ids[path], **attributes})
        child(asset, "media-rep", None, {"kind": "original-media", "src": media.url})

    def _picture_rate(self, media: Media) -> Fraction | None:
        """Frames per second of a film; None where the timeline counts it in samples or does not say."""
        known = media.rate is not None and is_frame_rate(float(media.rate)) and not media.is_still
        return media.rate if known and "video" in self.kinds.get(media.path or "", ()) else None
