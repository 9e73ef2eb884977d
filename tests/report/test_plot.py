import re
import xml.etree.ElementTree as ET

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from twopop_engine.report.plot import COLUMNS, HEIGHT, curve_svg, waveform_svg
from twopop_engine.report.waveform import Envelope

SVG = {"": "http://www.w3.org/2000/svg"}


def points(path: str) -> list[tuple[float, float]]:
    """Walks a path of the form that `plot` writes."""
    x = y = 0.0
    walked = []
    for start, steps in re.findall(r"M([^l]*)l?([^z]*)z", path):
        x, y = (float(part) for part in start.split())
        walked.append((x, y))
        numbers = [float(part) for part in steps.split()]
        for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
            x, y = x + dx, y + dy
            walked.append((x, y))
    return walked


@given(arrays(np.float32, st.integers(1, 1500), elements=st.floats(-4, 4, width=32) | st.just(float("nan"))))
def test_an_envelope_is_drawn_inside_its_box(high: np.ndarray) -> None:
    svg = ET.fromstring(str(waveform_svg(Envelope(-np.abs(high), np.abs(high)), "noise")))
    known = np.isfinite(high).any()
    paths = [element.get("d", "") for element in svg if element.get("class") == "wave"]
    assert bool(paths) == bool(known)
    for x, y in points("".join(paths)):
        assert 0 <= x <= min(high.size, COLUMNS)
        assert 0 <= y <= HEIGHT


def test_the_outline_follows_the_envelope() -> None:
    high = np.array([0.0, 1.0, 0.5], np.float32)
    low = np.array([0.0, -0.5, -0.5], np.float32)
    svg = ET.fromstring(str(waveform_svg(Envelope(low, high), "three")))
    half, full = HEIGHT / 2, HEIGHT / 2 - 1
    upper = [(0.5, half), (1.5, half - full), (2.5, np.round(half - full / 2))]
    lower = [(2.5, np.round(half + full / 2)), (1.5, np.round(half + full / 2)), (0.5, half)]
    assert points(svg[0].get("d", "")) == upper + lower


def test_a_hole_splits_the_outline() -> None:
    high = np.array([1, 1, np.nan, 1], np.float32)
    assert str(waveform_svg(Envelope(-high, high), "holes")).count("M") == 2


def test_the_mark_stands_at_its_share_of_the_width() -> None:
    shape = Envelope(np.zeros(200, np.float32), np.zeros(200, np.float32))
    svg = ET.fromstring(str(waveform_svg(shape, "mark", mark=0.25)))
    assert [line.get("x1") for line in svg if line.tag == "line"] == ["50.00"]
    assert "<line" not in waveform_svg(shape, "outside", mark=1.5)


def test_a_curve_keeps_its_peak_when_it_is_reduced() -> None:
    values = np.zeros(9601, np.float32)
    values[4800] = 30
    svg = ET.fromstring(str(curve_svg(values, "peak", mark=0.5)))
    path = next(element.get("d", "") for element in svg if element.get("class") == "curve")
    x, y = min(points(path), key=lambda point: point[1])
    assert y == 2
    assert abs(x - COLUMNS / 2) <= 1


def test_a_label_cannot_leave_its_attribute() -> None:
    shape = Envelope(np.zeros(2, np.float32), np.zeros(2, np.float32))
    label = '"><script>alert(1)</script>'
    svg = ET.fromstring(str(waveform_svg(shape, label)))
    assert svg.get("aria-label") == label
    assert len(svg) == 1
