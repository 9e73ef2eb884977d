"""The OTIO project's own adapters read the same cuts alike, where they are exact (docs/import.md says where not)."""

from __future__ import annotations

import logging
from collections import Counter
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from imports.cuts import Shot, all_plays
from imports.test_import_edl import edl
from imports.test_import_fcp7 import ZERO, one_track
from imports.test_import_fcpxml import clip, document
from renderer import Play, plays
from twopop_otio.imports import read_any

SHOTS = [Shot(0, 40, ZERO + 100, "a"), Shot(40, 25, ZERO + 900, "b"), Shot(77, 50, ZERO + 7, "c")]


def moments(found: list[Play], rate: Fraction) -> Counter[tuple[object, ...]]:
    """Pictures in frames; a peer's record times count from its first clip."""
    pictures = [play for play in found if play.kind == "Video"]
    return Counter((play.name, *(round(t * rate) for t in (play.start, play.end, play.label))) for play in pictures)


@pytest.mark.parametrize("rate", [Fraction(24), Fraction(25), Fraction(30)])
@pytest.mark.parametrize(("suffix", "adapter"), [("edl", "cmx_3600"), ("xml", "fcp_xml"), ("fcpxml", "fcpx_xml")])
def test_adapter_reads_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, rate: Fraction, suffix: str, adapter: str
) -> None:
    caplog.set_level(logging.CRITICAL)
    if adapter not in otio.adapters.available_adapter_names():
        pytest.skip(f"the OTIO adapter {adapter} is not installed")
    texts = {
        "edl": edl(SHOTS, rate, False),
        "xml": f'<xmeml version="5">{one_track(SHOTS, rate)}</xmeml>',
        "fcpxml": document(
            "".join(
                clip("asset-clip", s.record, s.source, s.length, rate=rate, name=s.name, srcEnable="video")
                for s in SHOTS[:2]
            ),
            rate=rate,
        ),
    }
    path = tmp_path / f"cut.{suffix}"
    path.write_text(texts[suffix])
    ours = moments(all_plays(read_any(path, rate=rate), tmp_path), rate)
    more = {"rate": float(rate)} if suffix == "edl" else {}
    theirs = otio.adapters.read_from_file(str(path), adapter, **more)
    if not isinstance(theirs, otio.schema.Timeline):
        theirs = next(iter(theirs.find_children(descended_from_type=otio.schema.Timeline)))
    for track in theirs.tracks:
        track.source_range = None  # the EDL's is written negative, which says nothing of the clips
    peer = tmp_path / "peer.otio"
    peer.write_text(theirs.to_json_string())
    assert moments(plays(peer), rate) == ours != Counter()
