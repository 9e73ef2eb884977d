"""What reading a timeline of any format gives: the document, and notes on all that did not come along."""

from __future__ import annotations

from dataclasses import dataclass, field

from twopop_otio.timeline import Document

_NAMED = 3  # places that a note names before it counts


@dataclass(frozen=True)
class Imported:
    """A timeline that was read.

    Attributes:
        document: The timeline as OTIO.
        format: What it was: "OTIO", "EDL", "AAF", "FCP7 XML", "FCPXML", "OTIOZ", "OTIOD".
        notes: What was lost, guessed or chosen, a sentence each.
    """

    document: Document
    format: str
    notes: tuple[str, ...]


@dataclass
class Notes:
    """Collects notes; the same sentence about many places becomes one."""

    _places: dict[str, list[str]] = field(default_factory=dict)

    def add(self, sentence: str, place: str = "") -> None:
        """Notes something.

        Args:
            sentence: What happened, without a full stop.
            place: Where: "event 003", "clip A001"; empty: to the whole timeline.
        """
        places = self._places.setdefault(sentence, [])
        if place and place not in places:
            places.append(place)

    def sentences(self) -> tuple[str, ...]:
        """All notes, in the order in which they came up."""
        return tuple(_sentence(text, places) for text, places in self._places.items())


def _sentence(text: str, places: list[str]) -> str:
    if not places:
        return f"{text}."
    named = ", ".join(places[:_NAMED])
    more = f" and {len(places) - _NAMED} more" if len(places) > _NAMED else ""
    return f"{named}{more}: {text}."
