"""The page in a real browser."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from browser import laid_out, opened
from twopop.locations import Home
from twopop.timing import range_to_wire
from twopop.v1 import media_pb2, report_pb2, sync_pb2
from twopop_engine.report.jobs import write
from twopop_engine.runtime.context import LocalContext

RATE_HZ = 8000
LONG_NAME = "A001C003_" + "x" * 111
EVIL_NAME = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">"


def clip_named(name: str, path: Path) -> report_pb2.ReportClip:
    return report_pb2.ReportClip(
        name=name,
        record_timecode="01:00:00:00",
        duration_s=4.0,
        reference_path=str(path),
        reference_range=range_to_wire(Fraction(0), Fraction(4)),
        other_paths=[str(path)],
        other_name=name,
        outcome=f"Linked {name}.",
        match=sync_pb2.MatchPair(
            verdict=sync_pb2.MATCH_VERDICT_MATCHED,
            start_s=0.0,
            drift_ppm=0.0,
            confidence=0.99,
            segments=[media_pb2.Segment(duration_s=4.0)],
            curve=sync_pb2.CorrelationCurve(first_lag_s=-0.01, step_s=0.001, values=[0.0] * 10 + [9.0] + [0.0] * 10),
        ),
    )


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    sound = folder / f"{LONG_NAME}.wav"
    soundfile.write(sound, np.random.default_rng(1).normal(0, 0.1, 4 * RATE_HZ), RATE_HZ)
    clips = [clip_named(name, sound) for name in ("A001C003", LONG_NAME, EVIL_NAME)]
    target = folder / "report.html"
    request = report_pb2.ReportRequest(output_path=str(target), title="reel 1.otio", clips=clips, notes=[LONG_NAME])
    write(request, LocalContext(Home(folder / "home")))
    return target


def test_it_opens_without_a_complaint_and_runs_no_name(page: Path, tmp_path: Path) -> None:
    view = opened(page, tmp_path / "profile")
    assert view.console == []
    assert view.title == "reel 1.otio: sync report"
    assert view.dom.count('<tr role="row">') == 4
    assert view.dom.count("<svg ") == 3 * 9


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (700, True), (500, False)])
def test_it_fits_its_window_and_loads_nothing(page: Path, tmp_path: Path, width: int, dark: bool) -> None:
    layout = laid_out(page, tmp_path / "profile", width, dark)
    assert layout.width == pytest.approx(width, abs=20)
    assert layout.overflow <= layout.width
    assert layout.wide == []
    assert layout.loads == []
    assert contrast(layout.ink, layout.background) > 7  # WCAG 2.2, 1.4.6
    assert (luminance(layout.background) < luminance(layout.ink)) == dark


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2) of "rgb(r, g, b)"."""
    parts = (int(part) / 255 for part in colour.strip("rgb()").split(","))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(one: str, other: str) -> float:
    bright, dim = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dim + 0.05)
