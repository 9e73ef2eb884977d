"""What single story elements of FCPXML say of themselves."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from twopop_otio.imports.fcpxml_resources import Asset, time_map
from twopop_otio.imports.imported import Notes
from twopop_otio.imports.markup import Element
from twopop_otio.imports.view import FOREVER, View

LEAVES = ("asset-clip", "video", "audio", "title")
ITEMS = (*LEAVES, "clip", "sync-clip", "mc-clip", "ref-clip", "gap", "audition", "spine")

_CARRIED = {
    *ITEMS, "transition", "timeMap", "mc-source", "sync-source", "audio-channel-source", "audio-role-source", "marker",
    "chapter-marker", "note", "metadata", "keyword", "rating", "analysis-marker", "text", "text-style-def", "reserved",
}  # fmt: skip
_BOTH = frozenset(("Video", "Audio"))


def name_of(element: Element) -> str:
    """An element's name."""
    return element.get("name", "")


def picked(element: Element) -> Element:
    """The active pick of an audition; any other element itself.

    Raises:
        ValueError: The audition holds no clip.
    """
    if element.tag != "audition":
        return element
    pick = next((child for child in element if child.tag in ITEMS), None)
    if pick is None:
        raise ValueError("an audition holds no clip")
    return picked(pick)


def kinds_of(element: Element) -> frozenset[str]:
    """Which of "Video" and "Audio" an element may show."""
    if element.tag in ("video", "title"):
        return frozenset(("Video",))
    if element.tag == "audio":
        return frozenset(("Audio",))
    return enabled_kinds(element.get("srcEnable", "all"))


def enabled_kinds(said: str) -> frozenset[str]:
    """What a srcEnable attribute lets through."""
    return frozenset({"video": ("Video",), "audio": ("Audio",), "none": ()}.get(said, _BOTH))


def kinds_in(asset: Asset, kinds: frozenset[str]) -> frozenset[str]:
    """Those of some kinds that a file holds."""
    held = {"Video": asset.video, "Audio": asset.audio}
    return frozenset(kind for kind in kinds if held[kind])


def label_at(element: Element, own: Fraction, length: Fraction) -> Fraction:
    """Where a stretch of a clip's own time begins in the time of what it holds; backwards, it ends where it began."""
    view = View(Fraction(0), FOREVER, own).mapped(time_map(element))[0]
    return view.at - length if view.speed < 0 else view.at


def is_heard(element: Element, part: str, notes: Notes) -> bool:
    """Whether the sound of an element is switched on.

    Args:
        element: A clip.
        part: Which part of a sync-clip: "storyline" or "connected"; empty: the clip itself.
        notes: Takes what is switched off in part only.
    """
    said = list(_sources(element, part))
    off = [s for s in said if s.get("active", "1") == "0" or s.get("enabled", "1") == "0"]
    if off and len(off) < len(said):
        notes.add("single sound channels or roles of it are switched off; all are read", name_of(element))
    return not said or len(off) < len(said)


def note_losses(element: Element, notes: Notes) -> None:
    """Notes what an element holds that is not carried."""
    for child in element:
        if child.tag == "conform-rate":
            notes.add("its rate conform is left out: it plays at its own speed", name_of(element))
        elif child.tag not in _CARRIED:
            notes.add(f"its {child.tag} is not carried", name_of(element))
    if element.tag == "audition":
        notes.add("of an audition the active pick is read", name_of(picked(element)))
    eased = {point.get("interp", "smooth2") for point in element.iterfind("timeMap/timept")} - {"linear"}
    if eased and len(time_map(element)) > 2:
        notes.add("the eased changes of its speed are read as abrupt ones", name_of(element))


def _sources(element: Element, part: str) -> Iterator[Element]:
    if not part:
        yield from element.iterfind("audio-channel-source")
        yield from element.iterfind("audio-role-source")
    for source in element.iterfind("sync-source"):
        if source.get("sourceID") == part:
            yield from source.iterfind("audio-role-source")
