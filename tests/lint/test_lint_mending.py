"""Mends whose result is known beforehand: nested sequences, angles, links, file names, labels of markers and takes."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

import otio_files as files
from renderer import plays
from twopop_otio.lint import Fixed, fix, open_timeline
from twopop_otio.lint.media import file_url
from twopop_otio.timeline import write
from twopop_otio.urls import locate

S = Fraction(1)


def shot(name: str, start: Fraction = 0 * S, length: Fraction = 4 * S) -> files.Json:
    return files.clip(name, f"/m/{name}", files.span(start, length, 24.0), files.span(0 * S, 99 * S, 24.0))


def mend(folder: Path, editor: str, *tracks: files.Json, metadata: files.Json | None = None) -> tuple[Fixed, Path]:
    path = files.save(files.timeline(*tracks, metadata=metadata), folder / "in.otio")
    mended = fix(open_timeline(path), editor)
    write(mended.document, folder / "out.otio")
    return mended, folder / "out.otio"


def heard(path: Path) -> list[tuple[str, str, str, Fraction, Fraction, Fraction]]:
    found = [(p.track, p.kind, p.name, p.start, p.end, p.source(p.start)) for p in plays(path) if p.enabled]
    return sorted(found)


def test_layers_of_a_nested_sequence_get_tracks_of_their_own(tmp_path: Path) -> None:
    """Two pictures and a sound, of which the seconds from 1 to 4 show, from second 2 on."""
    nest = files.stack(
        "nest", files.span(S, 3 * S, 24.0),
        files.track("a", "Video", shot("low", 10 * S, 2 * S), shot("next", 20 * S)),
        files.track("b", "Video", files.gap(2 * S, 24.0), shot("high", 30 * S, 1 * S)),
        files.track("c", "Audio", shot("sound", 40 * S, 9 * S)),
    )  # fmt: skip
    track = files.track("V1", "Video", files.gap(2 * S, 24.0), nest, shot("after"))
    mended, path = mend(tmp_path, "kdenlive", track)
    assert heard(path) == [
        ("V1", "Video", "after", 5 * S, 9 * S, 0 * S),
        ("V1", "Video", "low", 2 * S, 3 * S, 11 * S),
        ("V1", "Video", "next", 3 * S, 5 * S, 20 * S),
        ("nest audio 1", "Audio", "sound", 2 * S, 5 * S, 41 * S),
        ("nest video 2", "Video", "high", 3 * S, 4 * S, 30 * S),
    ]
    assert [finding.rule for finding in mended.fixed] == ["nested"]


def test_nested_in_nested_and_clips_that_lie_loose_in_a_stack(tmp_path: Path) -> None:
    inner = files.stack("inner", None, shot("one", 5 * S))
    outer = files.stack("outer", files.span(2 * S, 6 * S, 24.0), files.track("t", "Video", shot("zero"), inner))
    _, path = mend(tmp_path, "kdenlive", files.track("V1", "Video", outer))
    assert heard(path) == [
        ("V1", "Video", "one", 2 * S, 6 * S, 5 * S),
        ("V1", "Video", "zero", 0 * S, 2 * S, 2 * S),
    ]


def test_thirty_levels_of_nesting(tmp_path: Path) -> None:
    item = shot("deep", 5 * S)
    for level in range(30):
        item = files.stack(f"level {level}", None, files.track("t", "Video", item))
    mended, path = mend(tmp_path, "kdenlive", files.track("V1", "Video", item))
    assert heard(path) == [("V1", "Video", "deep", 0 * S, 4 * S, 5 * S)]
    assert sum(finding.rule == "nested" for finding in mended.fixed) == 30


def test_of_a_multicam_clip_the_active_angle_stays(tmp_path: Path) -> None:
    angles = [files.track(f"Angle {number}", "Video", shot(f"cam{number}")) for number in (1, 2, 3)]
    stack = files.stack("Interview - Angle 2", None, *angles)
    stack["metadata"] = {"Resolve_OTIO": {"Sequence Type": "Multicam Clip"}}
    _, path = mend(tmp_path, "resolve", files.track("Video 1", "Video", stack), metadata=files.RESOLVE)
    assert heard(path) == [("Video 1", "Video", "cam2", 0 * S, 4 * S, 0 * S)]


@pytest.mark.parametrize("what", ["effect", "transition inside", "transition beside", "cuts a retimed clip", "trimmed"])
def test_what_cannot_be_replaced_exactly_is_left(tmp_path: Path, what: str) -> None:
    fast = {"OTIO_SCHEMA": "LinearTimeWarp.1", "metadata": {}, "name": "", "effect_name": "", "time_scalar": 2.0}
    inner = files.track("t", "Video", shot("a"), shot("b", 9 * S))
    nest = files.stack("nest", files.span(S, 5 * S, 24.0), inner)
    items = [nest, shot("c", 9 * S)]
    if what == "effect":
        nest["effects"] = [fast]
    elif what == "transition inside":
        inner["children"].insert(1, files.transition(S / 4, 24.0))
    elif what == "transition beside":
        items.insert(1, files.transition(S / 4, 24.0))
    elif what == "trimmed":
        inner["source_range"] = files.span(S, 6 * S, 24.0)
    else:
        inner["children"][0]["effects"] = [fast]
    mended, path = mend(tmp_path, "kdenlive", files.track("V1", "Video", *items))
    assert [finding.rule for finding in mended.left if finding.rule == "nested"] == ["nested"]
    assert "nested" not in [finding.rule for finding in mended.fixed]
    assert heard(path) == heard(tmp_path / "in.otio")


def test_links_keep_their_groups(tmp_path: Path) -> None:
    tracks = []
    for kind in ("Video", "Audio"):
        clips = [shot("a"), shot("b"), shot("c")]
        for clip, group in zip(clips, ("x", "17", None), strict=True):
            clip["metadata"] = {"PremierePro_OTIO": {"LinkID": group} if group else {}}
        tracks.append(files.track(kind, kind, *clips))
    _, path = mend(tmp_path, "resolve", *tracks, metadata=files.PREMIERE)
    assert "PremierePro_OTIO" not in path.read_text()
    for track in json.loads(path.read_text())["tracks"]["children"]:
        groups = [clip["metadata"]["Resolve_OTIO"].get("Link Group ID") for clip in track["children"]]
        assert groups == [1, 2, None]
    back = fix(open_timeline(path), "premiere").document.tracks[0]["children"]
    assert [clip["metadata"].get("PremierePro_OTIO") for clip in back] == [{"LinkID": "1"}, {"LinkID": "2"}, None]


@pytest.mark.parametrize("editor", ["resolve", "blender"])
def test_markers_and_takes_move_with_the_labels(tmp_path: Path, editor: str) -> None:
    """The first media begins at one hour, the take at two seconds; what each shows stays, and the marker's frame."""
    hour = 3600 * S
    start = hour + 3 * S if editor == "blender" else 3 * S
    clip = files.clip("a", "/m/a", files.span(start, 2 * S, 24.0), files.span(hour, 99 * S, 24.0))
    clip["media_references"]["take"] = {
        "OTIO_SCHEMA": "ExternalReference.1", "metadata": {}, "name": "", "target_url": "/m/b",
        "available_range": files.span(start - S, 50 * S, 24.0),
    }  # fmt: skip
    at = files.span(start + S, S / 24, 24.0)
    clip["markers"] = [{"OTIO_SCHEMA": "Marker.2", "metadata": {}, "name": "", "color": "RED", "marked_range": at}]
    _, path = mend(tmp_path, editor, files.track("V1", "Video", clip))
    (out,) = json.loads(path.read_text())["tracks"]["children"][0]["children"]
    first = out["source_range"]["start_time"]["value"] / 24
    references = out["media_references"]
    assert first - references["DEFAULT_MEDIA"]["available_range"]["start_time"]["value"] / 24 == 3
    assert first - references["take"]["available_range"]["start_time"]["value"] / 24 == 1
    assert out["markers"][0]["marked_range"]["start_time"]["value"] / 24 - first == 1
    assert first == (3 if editor == "blender" else 3603)


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("/shoot/A 1#.mov", "file:///shoot/A%201%23.mov"),
        ("/Ä/100%.mov", "file:///%C3%84/100%25.mov"),
        ("F:\\a b\\x.mov", "file:///F:/a%20b/x.mov"),
        ("\\\\nas\\a b\\x.mov", "file://nas/a%20b/x.mov"),
    ],
)
def test_file_urls_lead_back_to_the_path(path: str, url: str) -> None:
    assert file_url(path) == url
    assert locate(url, Path("/")).path == path
