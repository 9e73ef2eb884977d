"""What a format cannot carry: one sentence for each kind of thing, and only when the timeline holds it."""

from __future__ import annotations

from dataclasses import dataclass, field

SENTENCES = {
    "takes": "Alternate takes are left out, {format} holds a clip's active media only",
    "gain": "Gain of clips is left out, {format} carries none",
    "gain_keys": "Gain curves of clips are left out, {format} carries none",
    "gain_limited": "Gain above +12 dB is written as +12 dB, {format} has no more",
    "gain_unread": "Gain that is spelled in a way unknown to this build is left out",
    "sub_frame": "Clips that do not lie on whole frames were rounded to them",
    "sub_sample": "Clips that do not lie on whole samples were rounded to them",
    "too_short": "Clips shorter than {format} can hold are left out",
    "clip_markers": "Clip markers stand as markers of the timeline, {format} has none on clips",
    "markers": "Markers are left out, {format} carries none",
    "markers_outside": "Markers outside what their clip shows are left out",
    "retimes": "Speed is left out and the clip plays at normal speed, {format} carries none",
    "reverse": "Clips that run backwards run forwards in {format}",
    "reverse_length": "Clips that run backwards through a file of unknown length are taken to end with the file",
    "ramps": "Speed ramps are left out, the clip is written at normal speed",
    "freezes": "Freezes are left out, the clip is written at normal speed",
    "dissolves": "Dissolves are written as cuts, {format} carries none",
    "dissolve_kind": "Transitions of other kinds are written as dissolves",
    "dissolve_evened": "Dissolves were shortened to lie evenly about their cut, as {format} has them",
    "dissolve_nested": "Transitions inside nested sequences are written as cuts",
    "dissolve_dropped": "Transitions that cannot be played are written as cuts",
    "effects": "Effects are left out, {format} cannot say them",
    "metadata": "Metadata is left out, {format} has no place for it",
    "nested": "Nested sequences were laid out flat, on tracks of their own where they have several",
    "disabled": "Disabled clips are left out, {format} cannot say that a clip is switched off",
    "disabled_tracks": "Tracks that are switched off play in {format}",
    "generators": "Titles and generators are left out, their place is empty",
    "image_sequences": "Image sequences are left out, their place is empty",
    "no_media": "Clips that name no media file are left out, their place is empty",
    "offline": "Media that cannot be opened here is named as the timeline has it",
    "first_label": "Media whose first timecode the timeline does not say is taken to begin at zero",
    "outside_media": "Clips that begin before their media does are shortened by that",
    "links": "Links between clips are left out, {format} has no groups for them",
    "start_timecode": "The start timecode is left out, {format} begins at zero",
    "track_names": "Names of tracks are left out, {format} has none",
    "channels": "Chosen channels of a file are not carried, {format} plays all of them",
    "channel_count": "Files whose number of channels is not known here are written with their first channel only",
    "picture_size": "The size of the picture is not in the timeline, 1920 x 1080 is written",
    "names": "Names were shortened or respelled to what {format} can hold",
    "speed_rounded": "Speeds are written to two digits, the source times are exact",
    "media_rate": "Media of another frame rate than the timeline's is counted in frames of the timeline",
    "many_files": "Further tracks stand in files of their own, {format} holds one of picture and four of sound",
    "other_tracks": "Tracks are left out, {format} has no channel for them",
    "clips": "Clips are left out, the list holds markers only",
}
"""What is said of each kind, in the order of saying."""

_SHOWN = 3


@dataclass(frozen=True)
class Loss:
    """One kind of thing that a file does not carry, or carries in another way.

    Attributes:
        kind: A key of `SENTENCES`.
        sentence: For people.
        where: Each place: clip or track, timecode, what is particular about it.
    """

    kind: str
    sentence: str
    where: tuple[str, ...]


@dataclass
class Ledger:
    """Collects losses while a timeline is flattened and written."""

    entries: dict[str, list[str]] = field(default_factory=dict)

    def add(self, kind: str, where: str) -> None:
        """Notes one place where something is lost.

        Args:
            kind: A key of `SENTENCES`.
            where: The place, and what is particular about it.
        """
        if kind not in SENTENCES:
            raise KeyError(kind)
        self.entries.setdefault(kind, []).append(where)

    def losses(self, format_name: str) -> tuple[Loss, ...]:
        """All that was noted, in the order of `SENTENCES`."""
        return tuple(
            Loss(kind, _sentence(kind, self.entries[kind], format_name), tuple(self.entries[kind]))
            for kind in SENTENCES
            if kind in self.entries
        )


def _sentence(kind: str, where: list[str], format_name: str) -> str:
    more = f"; and {len(where) - _SHOWN} more" if len(where) > _SHOWN else ""
    return f"{SENTENCES[kind].format(format=format_name)}: {len(where)} ({'; '.join(where[:_SHOWN])}{more})."
