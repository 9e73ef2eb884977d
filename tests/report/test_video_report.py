"""Sound against picture on the page: words, figures, drawings, and the page in a real browser."""

from __future__ import annotations

import base64
import re
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import soundfile

from browser import laid_out, opened
from twopop.locations import Home
from twopop.v1 import report_pb2, sync_pb2
from twopop_engine.report.jobs import DRAWN_VIDEOS, write
from twopop_engine.report.offset_plot import HEIGHT, reach_ms
from twopop_engine.report.videos import video_entry
from twopop_engine.runtime.context import LocalContext
from twopop_engine.sync.assess.standards import STANDARDS, microseconds, passes

EVIL = "<script>document.title='owned'</script>"
OUT, IN, CANNOT = (
    sync_pb2.SYNC_VERDICT_OUT_OF_SYNC,
    sync_pb2.SYNC_VERDICT_IN_SYNC,
    sync_pb2.SYNC_VERDICT_CANNOT_TELL,
)
JPEG = bytes(cv2.imencode(".jpg", np.full((84, 112, 3), 90, np.uint8))[1])


def speaker(offset_s: float | None, track: int = 1, confidence: float = 0.97) -> sync_pb2.SpeakerSync:
    """A speaker with all evidence."""
    one = sync_pb2.SpeakerSync(track=track, confidence=confidence, model="lips.v1", verdict=CANNOT)
    one.seen.stop_s = 10
    one.curve.first_lag_s, one.curve.step_s = -1.0, 0.01
    one.curve.values.extend(np.exp(-np.square((np.arange(-100, 101) / 100 - (offset_s or 0)) / 0.05)) * 9)
    for index in range(7):
        one.windows.add(start_s=index, duration_s=4, offset_s=offset_s, confidence=0.5 + index / 20)
    for index in range(3):
        one.mouths.add(time_s=index + 1, jpeg=JPEG)
        if offset_s is not None:
            one.mouths.add(time_s=index + 1 + offset_s, jpeg=JPEG)
    if offset_s is not None:
        one.offset_s, one.uncertainty_s, one.course = offset_s, 0.004, "constant"
        one.standards.update(passes(microseconds(offset_s), Fraction(25)))
        one.verdict = IN if one.standards["ebu-r37"] else OUT
    return one


def video(path: Path, *speakers: sync_pb2.SpeakerSync, **more: str) -> report_pb2.ReportVideo:
    verdict = speakers[0].verdict if speakers else CANNOT
    sync = sync_pb2.VideoSync(path=str(path), verdict=verdict, speakers=speakers, frame_rate=25, duration_s=10, **more)
    return report_pb2.ReportVideo(name=path.name, sync=sync, outcome="Nothing was changed.")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("media") / "A001C003.wav"
    soundfile.write(path, np.random.default_rng(1).normal(0, 0.1, 80_000), 8000)
    return path


def written(folder: Path, *videos: report_pb2.ReportVideo) -> str:
    target = folder / "report.html"
    request = report_pb2.ReportRequest(output_path=str(target), title="dailies", videos=videos)
    write(request, LocalContext(Home(folder / "home")))
    return target.read_text(encoding="utf-8")


def test_a_page_of_videos_alone(sound: Path, tmp_path: Path) -> None:
    page = written(
        tmp_path,
        video(sound, speaker(0.12)),
        video(sound, speaker(0.01), speaker(0.013, 2)),
        video(sound.with_name("gone.mp4"), reason="unreadable", explanation="gone.mp4: no such file"),
    )
    assert "3 videos: 1 in sync, 1 out of sync, 1 cannot tell." in page
    assert "no camera clip" not in page and "cannot tell: unreadable" in page
    assert page.count('class="contact"') == page.count('class="course"') == 3
    assert "Gone.mp4: no such file." in page
    assert page.count("+120\N{NO-BREAK SPACE}ms") >= 2 and "+3.00\N{NO-BREAK SPACE}frames" in page


def test_the_words_of_a_speaker(sound: Path) -> None:
    entry = video_entry(1, video(sound, speaker(0.12)))
    (one,) = entry.speakers
    assert (entry.verdict, entry.verdict_words) == ("out of sync", "out of sync")
    assert (one.offset, one.frames, one.confidence) == ("+120\xa0ms", "+3.00\xa0frames", "97.0\xa0%")
    assert entry.surest is one and one.course and one.sheet and one.curve
    assert one.course.bands[0].name == "ITU-R BT.1359, acceptable"
    assert {band.name: band.passed for band in one.course.bands}["ITU-R BT.1359, detectable"] is False
    assert len(one.course.bands) == len(STANDARDS)


def test_what_cannot_be_told_has_no_figures(sound: Path) -> None:
    entry = video_entry(1, video(sound, speaker(None), reason="no_match", explanation="it fits at no lag"))
    (one,) = entry.speakers
    assert (entry.verdict_words, one.offset, entry.surest) == ("cannot tell: no match", "\N{EN DASH}", None)
    assert one.course is None and one.sheet and list(one.sheet.rows) == ["On screen"]
    assert all(len(moment.pictures) == 1 for moment in one.sheet.moments)


def test_speakers_stand_by_how_sure_they_are(sound: Path) -> None:
    entry = video_entry(1, video(sound, speaker(None, 1, 0.99), speaker(0.02, 2, 0.8), speaker(0.01, 3, 0.9)))
    assert [one.name for one in entry.speakers] == ["Speaker 3", "Speaker 2", "Speaker 1"]
    assert entry.face_count == 3
    moving = video_entry(1, video(sound, speaker(0.02, 0)))
    assert moving.speakers[0].name == "The picture's motion" and moving.face_count == 0


@pytest.mark.parametrize(("offset_s", "rows"), [(0.12, 2), (-0.08, 2), (0.019, 1), (0.0, 1)])
def test_the_contact_sheet_has_a_second_row_where_the_mend_shows(sound: Path, offset_s: float, rows: int) -> None:
    sheet = video_entry(1, video(sound, speaker(offset_s))).speakers[0].sheet
    assert sheet and len(sheet.rows) == rows
    assert [len(moment.pictures) for moment in sheet.moments] == [rows] * 3
    data = re.search(r"base64,([^\"]+)", sheet.moments[0].pictures[0])
    assert data and base64.b64decode(data[1]) == JPEG
    assert all(moment.sound for moment in sheet.moments)


def test_what_is_no_jpeg_is_left_out_and_a_missing_file_has_no_strips(tmp_path: Path) -> None:
    one = speaker(0.12)
    one.mouths[1].jpeg = b"<svg onload=alert(1)>"
    sheet = video_entry(1, video(tmp_path / "gone.mov", one)).speakers[0].sheet
    assert sheet and len(sheet.moments) == 2 and all(moment.sound is None for moment in sheet.moments)


def test_windows_lie_where_the_scale_says(sound: Path) -> None:
    course = video_entry(1, video(sound, speaker(0.105))).speakers[0].course
    assert course and list(course.scale) == ["+210\xa0ms", "0\xa0ms", "\N{MINUS SIGN}210\xa0ms"]
    heights = re.findall(r'class="window before" x1="[\d.]+" x2="[\d.]+" y1="([\d.]+)"', course.drawing)
    assert [float(y) for y in heights] == [HEIGHT / 4] * 7
    spans = re.findall(r'class="window before" x1="([\d.]+)" x2="([\d.]+)"', course.drawing)
    assert [float(x) for x in spans[0]] == pytest.approx([1.5 * 48, 2.5 * 48])
    bands = re.findall(r'class="band" x="0" width="480" y="([\d.]+)" height="([\d.]+)"', course.drawing)
    tops = [(float(y), float(y) + float(height)) for y, height in bands]
    assert tops[0] == pytest.approx((HEIGHT / 2 * (1 - 90 / 210), HEIGHT / 2 * (1 + 185 / 210)), abs=0.2)


def test_the_scale_grows_with_what_was_measured() -> None:
    assert (reach_ms([]), reach_ms([0.1, -0.17]), reach_ms([-0.5])) == (210, 210, 600)


def test_jumps_drift_and_the_mended_are_told(sound: Path) -> None:
    one, after = speaker(0.12), speaker(0.001)
    one.course, one.drift_ppm = "drifting", 31.4
    one.stretches.add(start_s=0, duration_s=5, offset_s=0.12, confidence=0.9)
    whole = video(sound, one)
    whole.mended.CopyFrom(video(sound, after, explanation="mended").sync)
    shown = video_entry(1, whole).speakers[0]
    facts = {fact.name: fact.value for fact in shown.facts}
    assert facts["Drift"] == "+31\xa0ppm" and facts["After the mend"] == "+1\xa0ms" and "5.0\xa0s" in facts["Stretch"]
    assert shown.course and shown.course.has_after
    assert shown.course.drawing.count("window after") == 7 and 'class="stretch"' in shown.course.drawing


def test_only_so_many_are_drawn(sound: Path, tmp_path: Path) -> None:
    brief = sync_pb2.SpeakerSync(track=1, offset_s=0.1, confidence=0.9)
    brief.windows.add(start_s=0, duration_s=4, offset_s=0.1)
    page = written(tmp_path, *[video(sound, brief)] * (DRAWN_VIDEOS + 2))
    assert page.count('class="course"') == DRAWN_VIDEOS and f"The first {DRAWN_VIDEOS} are drawn" in page
    assert page.count('id="video-') == DRAWN_VIDEOS + 2


@pytest.fixture(scope="module")
def page(sound: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    named = video(sound, speaker(0.12), explanation=EVIL)
    named.name = EVIL + "x" * 120
    written(folder, named, video(sound, speaker(None), reason="no_match"))
    return folder / "report.html"


def test_a_browser_runs_no_name_and_shows_all_pictures(page: Path, tmp_path: Path) -> None:
    view = opened(page, tmp_path / "profile")
    assert view.console == [] and view.title == "dailies: sync report"
    assert view.dom.count("<img ") == 2 * 3 + 3


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (820, True), (500, False)])
def test_it_fits_its_window(page: Path, tmp_path: Path, width: int, dark: bool) -> None:
    layout = laid_out(page, tmp_path / "profile", width, dark)
    assert layout.overflow <= layout.width and layout.wide == [] and layout.loads == []
