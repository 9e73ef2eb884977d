"""A random cut goes out to each format and is read back by a reader that shares nothing with the writer."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import aaf2
import pytest
import rpp as rpp_library
from hypothesis import given, settings

import otio_files as files
from exports import readers
from exports.cuts import SAMPLE, RandomCut, cuts
from renderer import exact_rate
from twopop_otio.exports import export
from twopop_otio.timeline import read


def written(cut: RandomCut, to: str, folder: Path) -> list[Path]:
    done = export(read(files.save(cut.root, folder / "cut.otio")), to, folder / f"cut.{to}", force=True)
    return list(done.files)


@settings(max_examples=60, deadline=None)
@given(cuts())
def test_edl_by_pattern(cut: RandomCut) -> None:
    with TemporaryDirectory() as folder:
        rows = []
        for path in written(cut, "edl", Path(folder)):
            text = path.read_text()
            if "NON-DROP FRAME" not in text:
                assert exact_rate(cut.rate).denominator == 1001
                return
            rows += readers.edl(text, exact_rate(cut.rate), cut.start)
        assert sorted(rows) == cut.rows()


@settings(max_examples=25, deadline=None)
@given(cuts())
def test_edl_by_the_otio_adapter(cut: RandomCut) -> None:
    if cut.rate in (29.97, 59.94):
        return  # the adapter counts every label at these rates as drop-frame
    with TemporaryDirectory() as folder:
        rows = []
        for path in written(cut, "edl", Path(folder)):
            if " C  " in path.read_text():
                rows += readers.with_otio(path, "cmx_3600", cut.start, rate=float(exact_rate(cut.rate)))
        truth = [(name, duration, label) for name, _, duration, label in cut.rows()]  # it loses leading gaps
        assert [(name, duration, label) for name, _, duration, label in sorted(rows)] == truth


@settings(max_examples=60, deadline=None)
@given(cuts(odd_names=True))
def test_fcp7_by_the_otio_adapter(cut: RandomCut) -> None:
    with TemporaryDirectory() as folder:
        (path,) = written(cut, "fcp7xml", Path(folder))
        assert readers.with_otio(path, "fcp_xml") == cut.rows()


@settings(max_examples=60, deadline=None)
@given(cuts(odd_names=True))
def test_fcpxml_by_its_own_rules(cut: RandomCut) -> None:
    with TemporaryDirectory() as folder:
        (path,) = written(cut, "fcpxml", Path(folder))
        assert readers.fcpxml(path) == cut.rows()


@settings(max_examples=60, deadline=None)
@given(cuts())
def test_mlt_by_its_playlists(cut: RandomCut) -> None:
    with TemporaryDirectory() as folder:
        (path,) = written(cut, "mlt", Path(folder))
        labels = {p.name: p.label for p in cut.placed}
        truth = [(name, start, length, label - labels[name]) for name, start, length, label in cut.rows()]
        assert readers.mlt(path, exact_rate(cut.rate)) == truth


@settings(max_examples=60, deadline=None)
@given(cuts(samples=True, odd_names=True))
def test_reaper_to_the_sample(cut: RandomCut) -> None:
    with TemporaryDirectory() as folder:
        (path,) = written(cut, "rpp", Path(folder))
        text = path.read_text()
        labels = {p.name: p.label for p in cut.placed}
        truth = [(name, start, length, label - labels[name]) for name, start, length, label in cut.rows()]
        rows = readers.rpp(text)
        assert [row[0] for row in rows] == [row[0] for row in truth]
        for row, want in zip(rows, truth, strict=True):
            assert max(abs(got - exact) for got, exact in zip(row[1:], want[1:], strict=True)) < SAMPLE / 10**6
        library = rpp_library.loads(text)
        items = library.findall(".//ITEM")
        starts = sorted(float(item.find("POSITION")[1]) for item in items)
        assert starts == pytest.approx(sorted(float(row[1]) for row in truth), abs=1e-12)


@settings(max_examples=12, deadline=None)
@given(cuts(samples=True, odd_names=True))
def test_aaf_by_pyaaf2_to_the_sample(cut: RandomCut) -> None:
    with TemporaryDirectory() as folder:
        (path,) = written(cut, "aaf", Path(folder))
        assert raw_aaf(path) == units(cut)


def units(cut: RandomCut) -> list[tuple[str, int, int, int]]:
    return sorted((p.name, p.start, p.length, p.source) for p in cut.placed)


def raw_aaf(path: Path) -> list[tuple[str, int, int, int]]:
    """Master mob's name, position, length and start of each source clip, in edit units of its track."""
    rows = []
    with aaf2.open(str(path), "r") as file:
        (mob,) = file.content.toplevel()
        timecode = [slot for slot in mob.slots if slot.media_kind == "Timecode"]
        assert [slot["PhysicalTrackNumber"].value for slot in timecode] == [1]
        for slot in mob.slots:
            if slot.media_kind not in ("Picture", "Sound"):
                continue
            position = 0
            for part in slot.segment.components:
                if type(part).__name__ == "SourceClip":
                    rows.append((part.mob.name, position, part.length, part.start))
                position += part.length
            assert position == slot.segment.length
    return sorted(rows)


@settings(max_examples=8, deadline=None)
@given(cuts(samples=True))
def test_aaf_by_the_otio_adapter_to_the_sample(cut: RandomCut) -> None:
    with TemporaryDirectory() as folder:
        (path,) = written(cut, "aaf", Path(folder))
        rows = readers.with_otio(path, "AAF")
        truth = {row[0]: row for row in cut.rows()}
        assert sorted(row[0] for row in rows) == sorted(truth)
        for name, start, duration, _ in rows:
            assert (start, duration) == pytest.approx(truth[name][1:3], abs=float(SAMPLE) / 100)
