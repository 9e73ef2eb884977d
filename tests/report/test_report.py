"""The job on real files, and the page as text."""

import subprocess
import sys
from fractions import Fraction
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import soundfile

from twopop.errors import OperationCancelled, OptionInvalid, OutputUnwritable
from twopop.locations import Home
from twopop.timing import range_to_wire, rational_to_wire
from twopop.v1 import media_pb2, report_pb2, sync_pb2
from twopop_engine.report.figures import LONGEST_STRETCH_S, draw
from twopop_engine.report.jobs import DRAWN_CLIPS, write
from twopop_engine.runtime.context import LocalContext

RATE_HZ = 16_000
LEAD_S = 0.75


class Page(HTMLParser):
    """Rows of the summary table, text, and every attribute of every element."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.in_cell = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self.in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.in_cell = False

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.in_cell:
            self.rows[-1][-1] += data


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A camera's sound and a recording that starts 0.75 s before it; both hold one click."""
    folder = tmp_path_factory.mktemp("media")
    event = np.random.default_rng(3).normal(0, 0.01, 8 * RATE_HZ)
    event[5 * RATE_HZ] = 0.9
    soundfile.write(folder / "camera.wav", event[2 * RATE_HZ :], RATE_HZ)
    soundfile.write(folder / "boom.wav", event[round((2 - LEAD_S) * RATE_HZ) :], RATE_HZ)
    return folder


def matched_clip(folder: Path, **fields: object) -> report_pb2.ReportClip:
    clip = report_pb2.ReportClip(
        name="A001C003",
        record_timecode="01:00:00:00",
        duration_s=5.0,
        reference_path=str(folder / "camera.wav"),
        reference_range=range_to_wire(Fraction(1, 2), Fraction(5)),
        other_paths=[str(folder / "boom.wav")],
        other_name="12 / 3",
        outcome="Linked the original.",
        match=sync_pb2.MatchPair(
            other=str(folder / "boom.wav"),
            verdict=sync_pb2.MATCH_VERDICT_MATCHED,
            start_s=-LEAD_S,
            drift_ppm=-12.34,
            drift_uncertainty_ppm=0.5,
            confidence=0.987,
            uncertainty_s=0.00002,
            segments=[media_pb2.Segment(start_s=-LEAD_S, duration_s=6.75)],
            curve=sync_pb2.CorrelationCurve(first_lag_s=-0.02, step_s=0.001, values=[0.0] * 20 + [31.5] + [0.0] * 20),
        ),
    )
    clip.MergeFrom(report_pb2.ReportClip(**fields))  # type: ignore[arg-type]
    return clip


def refused_clip(folder: Path) -> report_pb2.ReportClip:
    clip = matched_clip(folder, name="A001C004", outcome="Nothing was moved.")
    clip.match.CopyFrom(
        sync_pb2.MatchPair(
            verdict=sync_pb2.MATCH_VERDICT_REFUSED,
            reason="too_short",
            explanation="Only 0.2 s of it overlap.",
            confidence=0.2,
        )
    )
    return clip


def request_for(target: Path, *clips: report_pb2.ReportClip) -> report_pb2.ReportRequest:
    return report_pb2.ReportRequest(
        output_path=str(target),
        title="reel 1.otio",
        frame_rate=rational_to_wire(Fraction(24_000, 1001)),
        clips=clips,
        changes=["Place BOOM."],
        notes=["Scratch was muted."],
    )


def written(tmp_path: Path, *clips: report_pb2.ReportClip) -> Page:
    target = tmp_path / "out" / "report.html"
    result = write(request_for(target, *clips), LocalContext(Home(tmp_path / "home")))
    assert result.path == str(target)
    assert [path.name for path in target.parent.iterdir()] == ["report.html"]
    return Page(target.read_text(encoding="utf-8"))


def test_the_summary_tells_each_clip_in_figures_and_words(media: Path, tmp_path: Path) -> None:
    lone = report_pb2.ReportClip(name="A001C005", record_timecode="01:00:20:00")
    page = written(tmp_path, matched_clip(media), refused_clip(media), lone)
    cells = [[cell.replace("\xa0", " ") for cell in row] for row in page.rows[1:]]
    assert cells == [
        ["A001C003", "01:00:00:00", "12 / 3", "−0.7500 s", "−12.3 ppm", "98.7 %", "matched"],
        ["A001C004", "01:00:00:00", "12 / 3", "–", "–", "20.0 %", "refused: too short"],
        ["A001C005", "01:00:20:00", "–", "–", "–", "–", "not measured"],
    ]
    text = page.text.replace("\xa0", " ")
    for sentence in (
        "3 clips: 1 matched, 1 refused, 1 not measured.",
        "Only 0.2 s of it overlap.",
        "Nothing was moved.",
        "Scratch was muted.",
        "Place BOOM.",
        "0.750000 s before the camera's file",
        "−17.98 frames at 23.976 frames per second",
        "12.3 ±0.5 ppm slow: 62 µs over this clip",
        "±20 µs",
    ):
        assert sentence in text


def test_the_click_is_under_the_mark_after_and_elsewhere_before(media: Path) -> None:
    figures = draw(matched_clip(media))
    titles = [panel.title for panel in figures.panels]
    assert titles == [
        "Before: lined up at their starts",
        "After: at the place found",
        "Before: 200 ms around the strongest onset",
        "After: 200 ms around the strongest onset",
    ]
    assert [tick.replace("\xa0", " ") for tick in figures.panels[3].ticks] == [
        "2.400 s", "2.450 s", "2.500 s", "2.550 s", "2.600 s",
    ]  # fmt: skip
    before, after = (str(panel.lanes[1].drawing) for panel in figures.panels[2:])
    camera = str(figures.panels[3].lanes[0].drawing)
    assert peak_place(camera) == peak_place(after) == pytest.approx(240, abs=2)
    assert peak_place(before) != pytest.approx(240, abs=2)


def peak_place(svg: str) -> float:
    """Where an envelope reaches highest, in columns of 480."""
    steps = svg.partition(' d="')[2].partition("z")[0].partition("l")
    x, y = (float(number) for number in steps[0][1:].split())
    best = (y, x)
    numbers = [float(number) for number in steps[2].split()]
    for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
        x, y = x + dx, y + dy
        best = min(best, (y, x))
    return best[1]


def test_timecode_lines_up_before_where_there_is_one(media: Path) -> None:
    clip = matched_clip(media)
    clip.match.timecode_start_s = -LEAD_S
    panels = draw(clip).panels
    assert panels[0].title == "Before: lined up by timecode"
    assert panels[2].lanes[1].drawing[:].split(" d=")[1] == panels[3].lanes[1].drawing[:].split(" d=")[1]


def test_inverted_polarity_is_drawn_turned(media: Path) -> None:
    clip = matched_clip(media)
    clip.match.timecode_start_s = -LEAD_S
    clip.match.inverted_polarity = True
    before, after = (str(panel.lanes[1].drawing) for panel in draw(clip).panels[2:])
    assert before.split(" d=")[1] != after.split(" d=")[1]


def test_a_refused_clip_is_drawn_once(media: Path) -> None:
    titles = [panel.title for panel in draw(refused_clip(media)).panels]
    assert titles == ["Lined up at their starts", "200 ms around the strongest onset"]


def test_a_long_clip_is_drawn_in_part_and_says_so(tmp_path: Path) -> None:
    length_s = LONGEST_STRETCH_S * 3
    silence = np.zeros(round(length_s * 1000), np.float32)
    silence[500_000] = 0.5
    soundfile.write(tmp_path / "camera.wav", silence, 1000)
    soundfile.write(tmp_path / "boom.wav", silence[400_000:600_000], 1000)
    clip = matched_clip(tmp_path)
    clip.reference_range.CopyFrom(range_to_wire(Fraction(0), Fraction(int(length_s))))
    del clip.match.segments[:]
    clip.match.segments.add(start_s=400, duration_s=200)
    figures = draw(clip)
    assert figures.remark.replace("\xa0", " ") == (
        "The clip is 15 min 00 s long; 5 min 00 s of it are drawn, from 5 min 50 s on."
    )
    assert figures.panels[-1].ticks[2].replace("\xa0", " ").startswith("500.00")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("gone.wav", None, "no such file"),
        ("empty.wav", b"", "empty"),
        ("text.mp4", b"not a movie", "text.mp4"),
    ],
)
def test_media_that_cannot_be_read_is_said_and_the_page_is_written(
    media: Path, tmp_path: Path, name: str, content: bytes | None, problem: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    clip = matched_clip(media)
    clip.reference_path = str(tmp_path / name)
    page = written(tmp_path, clip)
    sentence = page.text.partition("The waveforms could not be drawn: ")[2].partition("\n")[0]
    assert str(tmp_path / name) in sentence
    assert problem in sentence


def test_names_are_text_and_never_markup(media: Path, tmp_path: Path) -> None:
    evil = "\"><script>document.title='owned'</script><img src=x onerror=alert(1)>' {{ 7 * 7 }}"
    clip = matched_clip(media, other_name=evil, outcome=evil, record_timecode=evil)
    clip.name = evil
    clip.match.reason = clip.match.explanation = clip.match.via = clip.match.model = evil
    clip.match.warnings.append(evil)
    clip.other_paths[0] = f"/{evil}.wav"
    request = request_for(tmp_path / "report.html", clip, clip)
    request.title = evil
    request.changes.append(evil)
    request.notes.append(evil)
    write(request, LocalContext(Home(tmp_path / "home")))
    page = Page((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert not {"script", "img"} & set(page.tags)
    assert not [name for name, _ in page.attributes if name.startswith("on")]
    assert page.text.count(evil) >= 16


def test_nothing_is_loaded_from_elsewhere(media: Path, tmp_path: Path) -> None:
    page = written(tmp_path, matched_clip(media))
    links = [value or "" for name, value in page.attributes if name in ("src", "href", "action", "data", "srcset")]
    assert [link for link in links if not link.startswith(("#", "data:"))] == []
    policy = [value for name, value in page.attributes if name == "content"]
    assert "default-src 'none'; style-src 'unsafe-inline'; img-src data:" in policy


def test_every_drawing_is_described_and_every_column_has_a_header(media: Path, tmp_path: Path) -> None:
    page = written(tmp_path, matched_clip(media))
    labels = [value for name, value in page.attributes if name == "aria-label"]
    assert len(labels) == page.tags.count("svg") == 9
    assert all(labels)
    assert len(page.rows[0]) == [name for name, value in page.attributes].count("scope") - 1


def test_two_thousand_clips_make_a_page_that_draws_some(media: Path, tmp_path: Path) -> None:
    clip = matched_clip(media)
    clip.reference_range.CopyFrom(range_to_wire(Fraction(3), Fraction(1, 5)))
    page = written(tmp_path, *[clip] * 2000)
    assert len(page.rows) == 2001
    assert page.tags.count("figure") <= 5 * DRAWN_CLIPS + 2000
    assert f"Waveforms are drawn for the first {DRAWN_CLIPS} clips" in page.text
    assert [name for name, _ in page.attributes].count("open") == 1  # the short list of changes
    assert (tmp_path / "out" / "report.html").stat().st_size < 30e6


def test_an_empty_timeline_makes_a_page(tmp_path: Path) -> None:
    assert "The timeline has no camera clip." in written(tmp_path).text


def test_a_timeline_without_a_name_is_called_after_its_folder(tmp_path: Path) -> None:
    request = request_for(tmp_path / "reel 7.twopop" / "report.html")
    request.title = ""
    write(request, LocalContext(Home(tmp_path / "home")))
    assert "<h1>reel 7</h1>" in Path(request.output_path).read_text(encoding="utf-8")


def test_progress_rises_and_cancelling_stops(media: Path, tmp_path: Path) -> None:
    seen: list[float] = []
    context = LocalContext(Home(tmp_path / "home"), watch=lambda fraction, stage, message: seen.append(fraction))
    write(request_for(tmp_path / "a.html", *[matched_clip(media)] * 3), context)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    context.cancelled.set()
    with pytest.raises(OperationCancelled):
        write(request_for(tmp_path / "b.html", *[matched_clip(media)] * 3), context)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.html"]


def test_an_old_report_is_replaced(media: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "report.html").write_text("old")
    assert "reel 1.otio" in written(tmp_path, matched_clip(media)).text


def test_a_relative_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionInvalid, match=r"output_path: must be absolute, not 'report\.html'"):
        write(request_for(Path("report.html")), LocalContext(Home(tmp_path)))


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputUnwritable, match=r"report\.html: cannot be written"):
        write(request_for(tmp_path / "file" / "report.html"), LocalContext(Home(tmp_path)))


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from twopop.errors import OutputUnwritable
from twopop.locations import Home
from twopop.v1 import report_pb2
from twopop_engine.report.jobs import write
from twopop_engine.runtime.context import LocalContext
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))
try:
    write(report_pb2.ReportRequest(output_path=sys.argv[1], title="x"), LocalContext(Home(Path(sys.argv[2]))))
except OutputUnwritable as error:
    print(error.message)
"""


def test_a_full_disk_leaves_the_old_report_and_nothing_half_written(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("old")
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(target), str(tmp_path / "home")], capture_output=True, text=True
    )
    assert run.stdout.startswith(f"{target}: cannot be written: "), run.stderr
    assert target.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_sections_stand_at_the_end_and_an_item_without_a_sentence_says_so(tmp_path: Path) -> None:
    losses = report_pb2.ReportSection(
        title="Other formats",
        lead="What each would lose.",
        items=[
            report_pb2.ReportItem(name="EDL", sentences=["2 markers <lost>.", "1 retime."]),
            report_pb2.ReportItem(name="AAF"),
        ],
    )
    target = tmp_path / "report.html"
    request = report_pb2.ReportRequest(output_path=str(target), title="t", sections=[losses])
    write(request, LocalContext(Home(tmp_path / "home")))
    page = Page(target.read_text(encoding="utf-8"))
    assert "Other formats" in page.text and "What each would lose." in page.text
    assert "2 markers <lost>." in page.text and "Nothing." in page.text
    assert "lost" not in page.tags
