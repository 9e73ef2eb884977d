"""The table of all rules. Its order is that of mending: what a rule needs is put right above it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from twopop_otio.lint import adoption, losses, media, names, ranges, rates, shape, structure
from twopop_otio.lint.rule import Rule, Severity


def _for(**editors: Severity) -> Mapping[str, Severity]:
    return MappingProxyType(editors)


def _all(severity: Severity) -> Mapping[str, Severity]:
    return _for(resolve=severity, premiere=severity, blender=severity, kdenlive=severity)


RULES: tuple[Rule, ...] = (
    Rule(
        "schema-newer", _all("refuse"),
        "A marker or effect is of a newer version than the OTIO library 0.18.1 reads.",
        shape.newer_schemas, "Writes Marker.3 as Marker.2.",
    ),
    Rule(
        "schema-unknown", _all("drop"),
        "An object is of a schema that OTIO does not have.",
        shape.unknown_schemas,
    ),
    Rule(
        "clip-version", _for(resolve="refuse"),
        "A clip is written as Clip.1, with one media reference.",
        shape.old_clips, "Writes Clip.2 with the reference under DEFAULT_MEDIA.",
    ),
    Rule(
        "length-unknown", _all("refuse"),
        "A clip or gap has neither source range nor available range.",
        shape.unknown_lengths,
    ),
    Rule(
        "item-loose", _all("drop"),
        "An item lies beside the tracks, in none of them.",
        shape.loose_items,
    ),
    Rule(
        "track-kind", _all("drop"),
        "A track carries neither picture nor sound.",
        shape.other_tracks,
    ),
    Rule(
        "start-missing", _for(resolve="change"),
        "The timeline has no start timecode.",
        shape.missing_start, "Writes 00:00:00:00, which is what OTIO means by none.",
    ),
    Rule(
        "start-dropped", _for(blender="change", kdenlive="change"),
        "The start timecode is not zero and is not taken over.",
        shape.dropped_start,
    ),
    Rule(
        "rate-spelling", _all("change"),
        "A frame rate is spelled as 23.976, 23.98 or the like; values drift or no profile fits.",
        rates.spelled_rates, "Writes the nearest double, such as 24000/1001; frame counts stay.",
    ),
    Rule(
        "offline-path", _for(resolve="change", premiere="drop", blender="drop", kdenlive="drop"),
        "The path of a clip that was offline stands where only Resolve looks, or the file is back.",
        media.offline_paths, "Writes it as an external reference.",
    ),
    Rule(
        "nested", _for(resolve="refuse", blender="change", kdenlive="drop"),
        "A track holds a nested sequence, compound or multicam clip.",
        structure.nested,
        "Puts its clips into its place, further layers onto new tracks; of a multicam clip the active angle. Not where "
        "it is retimed, has effects, transitions in it or beside it, or cuts a retimed clip.",
    ),
    Rule(
        "disabled-track", _for(blender="change", kdenlive="change"),
        "A track is switched off, which is not looked at.",
        structure.switched_off_tracks, "Takes the track out.",
    ),
    Rule(
        "disabled-clip", _for(blender="change", kdenlive="change"),
        "A clip is switched off, which is not looked at.",
        structure.switched_off_clips, "Puts a gap in its place.",
    ),
    Rule(
        "media-none", _for(resolve="refuse", blender="change", kdenlive="drop"),
        "A title, generator or clip without media; in Blender it becomes a colour.",
        media.without_media, "For Resolve: puts a gap in its place, with its markers.",
    ),
    Rule(
        "item-empty", _all("drop"),
        "A clip or gap has no length.",
        structure.empty_items, "Takes it out, where no transition stands beside it.",
    ),
    Rule(
        "transition-alone", _all("drop"),
        "A transition has no clip beside it.",
        structure.transitions_beside_gaps, "Takes it out.",
    ),
    Rule(
        "transition-long", _for(resolve="change", premiere="change"),
        "A transition is longer than a clip beside it, or than the media left beyond the cut.",
        structure.long_transitions,
    ),
    Rule(
        "transition-dropped", _for(blender="drop", kdenlive="change"),
        "A transition; Kdenlive drops it before 26.08 and makes it a dissolve since.",
        structure.transitions,
    ),
    Rule(
        "source-missing", _for(resolve="refuse", blender="refuse"),
        "A clip has no source range.",
        ranges.missing_sources, "Writes the whole available range.",
    ),
    Rule(
        "available-missing", _for(resolve="refuse"),
        "The media of a clip has no available range.",
        ranges.missing_available,
    ),
    Rule(
        "range-from-zero", _for(resolve="change"),
        "A source range counts from the file's first frame and not in its timecode.",
        ranges.counted_from_zero, "Adds the timecode at which the file begins.",
    ),
    Rule(
        "range-from-timecode", _for(blender="change"),
        "A source range counts in the file's timecode, which Blender takes for a number of frames.",
        ranges.counted_from_timecode, "Takes off the timecode at which the file begins.",
    ),
    Rule(
        "timecode-unknown", _for(resolve="change"),
        "The editor that wrote the file writes every medium as beginning at zero.",
        ranges.unknown_timecodes,
    ),
    Rule(
        "range-outside", _for(resolve="change", premiere="change"),
        "A clip uses more than its media has.",
        ranges.beyond_media,
    ),
    Rule(
        "rate-mixed", _for(resolve="change", blender="change", kdenlive="change"),
        "An item is measured at another rate than the timeline's: the media's, or 48000 for sound. Kdenlive takes the "
        "highest for the project's.",
        rates.mixed_rates, "Measures it at the timeline's rate, with fractions of frames where there are any.",
    ),
    Rule(
        "between-frames", _for(resolve="change", blender="change", kdenlive="change"),
        "An edit, or the sound of a clip, lies between frames; `twopop conform` renders such sound to lie on one.",
        rates.between_frames,
    ),
    Rule(
        "takes-dropped", _all("drop"),
        "A clip has alternate media references.",
        media.takes,
    ),
    Rule(
        "media-relative", _all("change"),
        "Media is named relative to the timeline, or found only while that stays in its folder.",
        media.relative_urls, "Writes the absolute path.",
    ),
    Rule(
        "media-url", _for(resolve="refuse", premiere="change", kdenlive="drop"),
        "Media is named otherwise than the editor does: bare paths in Resolve and Kdenlive, file:// URLs in Premiere.",
        media.url_forms, "Writes the same path the editor's way.",
    ),
    Rule(
        "media-letters", _for(kdenlive="drop"),
        "A bare path holds one of % # ?.",
        media.special_letters,
    ),
    Rule(
        "media-missing", _for(resolve="refuse", premiere="change", blender="change", kdenlive="drop"),
        "A file is not where the timeline says; Resolve then imports nothing of the whole timeline.",
        media.missing_files,
    ),
    Rule(
        "media-offline", _all("change"),
        "A clip was offline when Resolve wrote the file, and its file is not here.",
        media.still_offline,
    ),
    Rule(
        "media-elsewhere", _all("change"),
        "A file lies on a drive that this machine does not have, so it was not checked.",
        media.files_elsewhere,
    ),
    Rule(
        "media-sequence", _for(blender="change", kdenlive="drop"),
        "A clip plays an image sequence.",
        media.image_sequences,
    ),
    Rule(
        "timeline-empty", _for(kdenlive="refuse"),
        "No clip names a file.",
        media.nothing_to_import,
    ),
    Rule(
        "retime-dropped", _for(blender="change", kdenlive="change"),
        "A clip has a speed, freeze or ramp, which is not looked at.",
        losses.retimes,
    ),
    Rule(
        "retime-ramp", _for(premiere="change"),
        "A ramp is kept in Resolve's own keys.",
        losses.foreign_ramps,
    ),
    Rule(
        "retime-idle", _for(premiere="drop"),
        "A retime to normal speed makes Premiere drop motion and opacity.",
        losses.idle_retimes, "Takes the retime out.",
    ),
    Rule(
        "effects-dropped", _all("drop"),
        "An effect of a clip or track is not the editor's own; a clip's gain is one.",
        losses.effects,
    ),
    Rule(
        "channels-dropped", _all("change"),
        "A clip plays some channels of its file, in another editor's words.",
        losses.channel_maps,
    ),
    Rule(
        "retime-spelling", _all("change"),
        "The length of a retimed item is spelled as another editor means it: Premiere counts media, others not.",
        adoption.retimes, "Writes the length as the editor means it; the timeline keeps its own.",
    ),
    Rule(
        "links-spelling", _for(resolve="drop", premiere="drop"),
        "Links between clips are written as another editor does.",
        adoption.links, "Writes the same groups as the editor does.",
    ),
    Rule(
        "links-dropped", _for(blender="drop", kdenlive="drop"),
        "Links between clips are not taken over.",
        adoption.lost_links,
    ),
    Rule(
        "mark-missing", _for(resolve="refuse"),
        "The timeline is not marked as Resolve's.",
        adoption.own_mark, "Writes the mark.",
    ),
    Rule(
        "mark-foreign", _all("drop"),
        "Objects carry metadata of another editor, by which readers would take the file for that editor's.",
        adoption.foreign_marks, "Takes it out.",
    ),
    Rule(
        "fields-missing", _for(resolve="refuse"),
        "The stack, a track or an item lacks `enabled` or `metadata`, or a track or clip its Resolve_OTIO block.",
        shape.missing_fields, "Writes what Resolve writes by default; sound tracks as stereo.",
    ),
    Rule(
        "clip-name", _for(resolve="change"),
        "A clip has no name.",
        names.clip_names, "Names it after its media.",
    ),
    Rule(
        "track-name", _for(resolve="change"),
        "A track has no name, or that of another track of its kind.",
        names.track_names, "Names it by kind and number.",
    ),
    Rule(
        "marker-note", _for(resolve="drop"),
        "The comment of a marker does not stand where Resolve keeps its note.",
        losses.marker_notes, "Writes it there too.",
    ),
    Rule(
        "marker-name", _for(kdenlive="drop"),
        "A marker has a name and no comment; Kdenlive shows comments.",
        losses.marker_names, "Writes the name as the comment.",
    ),
    Rule(
        "marker-place", _for(kdenlive="change"),
        "The marker of a clip is counted in its media's labels, and Kdenlive counts from the clip's first frame.",
        losses.marker_places, "Counts it from the clip's first frame, where that can be read in one way only.",
    ),
    Rule(
        "markers-dropped", _for(blender="drop"),
        "A marker.",
        losses.markers,
    ),
    Rule(
        "metadata-dropped", _all("drop"),
        "Metadata of other tools.",
        losses.metadata,
    ),
    Rule(
        "grades", _for(resolve="drop"),
        "Colour grades do not travel in OTIO.",
        losses.grades,
    ),
)  # fmt: skip
