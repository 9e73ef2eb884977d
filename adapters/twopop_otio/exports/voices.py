"""Which channels of a file a clip of sound plays, for formats whose tracks carry one channel each."""

from __future__ import annotations

from dataclasses import dataclass, field

from twopop_actions.timeline import TrackKind
from twopop_otio.exports.cut import Event
from twopop_otio.exports.losses import Ledger
from twopop_otio.exports.media import Media
from twopop_otio.exports.strip import Strip
from twopop_otio.exports.wave_header import WaveHeader, wave_header


@dataclass
class Voices:
    """Knows the headers of WAV files, each read once.

    Attributes:
        ledger: Takes the files whose number of channels is not known.
    """

    ledger: Ledger
    _headers: dict[str, WaveHeader | None] = field(default_factory=dict)

    def header(self, media: Media) -> WaveHeader | None:
        """The header of a WAV file that is here."""
        if media.path is None or media.offline is not None:
            return None
        if media.path not in self._headers:
            self._headers[media.path] = wave_header(media.path)
        return self._headers[media.path]

    def of(self, kind: TrackKind, event: Event) -> tuple[int, ...]:
        """The channels that become tracks, from 0; picture has one."""
        if kind == "video" or event.channels:
            return event.channels or (0,)
        header = self.header(event.media)
        if header is None:
            self.ledger.add("channel_count", event.name)
        return tuple(range(header.channels if header else 1))

    def of_strip(self, strip: Strip) -> list[tuple[int, ...]]:
        """The channels of each play of a lane."""
        return [self.of(strip.lane.kind, play.event) for play in strip.plays]
