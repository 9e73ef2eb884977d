"""What `sync assess` and `sync fix` say of what was measured: keys that other tools rely on, and a row for people."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from twopop.errors import InputError, OptionInvalid, OutputUnwritable
from twopop.v1 import sync_pb2
from twopop_actions.lipsync.measured import STANDARDS, lead_words, surest
from twopop_cli.assess import assess_options, check_page
from twopop_cli.assessed import COLUMNS, video_json, video_rows
from twopop_cli.videos import find_videos
from twopop_engine.sync.assess.standards import microseconds, passes

OUT, CANNOT = sync_pb2.SYNC_VERDICT_OUT_OF_SYNC, sync_pb2.SYNC_VERDICT_CANNOT_TELL
KEYS = {"track", "offset_s", "offset_frames", "confidence", "verdict", "reason", "standards", "lse_d", "lse_c", "model"}
NAME = Path("dailies/A001.mov")


def measured(offset_s: float | None, track: int = 1) -> sync_pb2.SpeakerSync:
    speaker = sync_pb2.SpeakerSync(track=track, confidence=0.91, model="lips.v1", verdict=CANNOT)
    if offset_s is None:
        speaker.reason, speaker.explanation = "no_match", "the sound fits at no lag."
        return speaker
    speaker.offset_s, speaker.verdict, speaker.course = offset_s, OUT, "constant"
    speaker.standards.update(passes(microseconds(offset_s), Fraction(25)))
    speaker.windows.add(start_s=1, duration_s=4, offset_s=offset_s, confidence=0.8)
    speaker.windows.add(start_s=2, duration_s=4, confidence=0.1)
    return speaker


def video(*speakers: sync_pb2.SpeakerSync, **more: str) -> sync_pb2.VideoSync:
    verdict = speakers[0].verdict if speakers else CANNOT
    return sync_pb2.VideoSync(verdict=verdict, speakers=speakers, frame_rate=25, duration_s=9, **more)


def test_the_keys_of_the_design_are_there() -> None:
    found = video_json(NAME, video(measured(0.12)))
    assert found["video"] == "dailies/A001.mov" and found["verdict"] == "out_of_sync" and found["reason"] is None
    (speaker,) = found["speakers"]
    assert speaker.keys() >= KEYS | {"windows"}
    assert (speaker["track"], speaker["offset_s"], speaker["offset_frames"]) == (1, 0.12, 3.0)
    assert (speaker["verdict"], speaker["reason"], speaker["lse_d"], speaker["lse_c"]) == (
        "out_of_sync",
        None,
        None,
        None,
    )
    assert tuple(speaker["standards"]) == STANDARDS
    assert speaker["standards"]["itu-r-bt1359-accept"] == "fail" and speaker["standards"]["ebu-r37"] == "fail"
    assert speaker["windows"][0] == {"start_s": 1, "duration_s": 4, "offset_s": 0.12, "confidence": 0.8}
    assert speaker["windows"][1]["offset_s"] is None


def test_unknown_figures_are_null() -> None:
    found = video_json(NAME, video(measured(None), reason="no_match"))
    (speaker,) = found["speakers"]
    assert (found["verdict"], found["reason"], speaker["verdict"]) == ("cannot_tell", "no_match", "cannot_tell")
    assert speaker["offset_s"] is speaker["offset_frames"] is speaker["drift_ppm"] is speaker["course"] is None
    assert speaker["standards"] == dict.fromkeys(STANDARDS)


def test_syncnets_figures_are_shown() -> None:
    speaker = measured(0.12)
    speaker.lse_d, speaker.lse_c, speaker.lse_d_corrected, speaker.lse_c_corrected = 7.5, 3.25, 7.25, 3.5
    found = video_json(NAME, video(speaker))["speakers"][0]
    assert (found["lse_d"], found["lse_c"]) == (7.5, 3.25)
    assert (found["lse_d_corrected"], found["lse_c_corrected"]) == (7.25, 3.5)
    assert "LSE-D 7.500, LSE-C 3.250" in next(video_rows(NAME, video(speaker)))[-1]


def test_rows_for_people() -> None:
    (row,) = video_rows(NAME, video(measured(0.12)))
    assert len(row) == len(COLUMNS)
    assert row[:6] == ("dailies/A001.mov", "1", "out of sync", "+120 ms", "+3.00", "0.91")
    assert row[6].startswith("outside itu-r-bt1359-detect, itu-r-bt1359-accept, ebu-r37")
    first, second = video_rows(NAME, video(measured(0.12), measured(None, 2)))
    assert first[6].endswith("the file: out of sync") and second[:3] == ("", "2", "cannot tell")
    assert second[6] == "the sound fits at no lag"
    (none,) = video_rows(NAME, video(reason="unreadable", explanation="A001.mov: no such file."))
    assert none[1:6] == ("\N{EN DASH}", "cannot tell", *["\N{EN DASH}"] * 3) and none[6] == "A001.mov: no such file"
    (moving,) = video_rows(NAME, video(measured(0.02, 0)))
    assert moving[1] == "picture"


def test_jumps_and_drift_are_remarks() -> None:
    jumping, drifting = measured(0.12), measured(0.12)
    jumping.course, drifting.course, drifting.drift_ppm = "jumps", "drifting", -31.0
    jumping.stretches.add(start_s=0, duration_s=4, offset_s=0.12)
    jumping.stretches.add(start_s=4, duration_s=5, offset_s=-0.08)
    assert "jumps: +120 ms from 0.0 s, -80 ms from 4.0 s" in next(video_rows(NAME, video(jumping)))[-1]
    assert "drifts by -31 ppm" in next(video_rows(NAME, video(drifting)))[-1]


def test_the_surest_speaker_speaks_for_the_file() -> None:
    sure, other = measured(0.1), measured(0.12, 2)
    sure.confidence = 0.99
    assert surest(video(other, sure, measured(None, 3))) == sure
    disagreeing = video(sure, other)
    disagreeing.verdict = CANNOT
    assert surest(disagreeing) is None and surest(video(measured(None))) is None


@pytest.mark.parametrize(
    ("offset_s", "words"), [(0.12, "leads by 120 ms"), (-0.08, "trails by 80 ms"), (0.0004, "is in sync")]
)
def test_a_lead_in_words(offset_s: float, words: str) -> None:
    assert lead_words(offset_s) == words


def test_folders_are_searched_in_order(tmp_path: Path) -> None:
    for name in (
        "b/2.MP4",
        "b/1.mov",
        "a.mkv",
        "b/notes.txt",
        ".hidden/x.mov",
        "b/.x.mov",
        "b/cut.twopop/x.mov",
        "z.avi",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    named = tmp_path / "b" / "notes.txt"
    found = find_videos([named, tmp_path, tmp_path / "z.avi", tmp_path / "gone.mov"])
    assert [path.name for path in found] == ["notes.txt", "a.mkv", "z.avi", "1.mov", "2.MP4", "gone.mov"]


def test_a_folder_without_videos_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no video in this folder"):
        find_videos([tmp_path])


def test_what_is_wrong_is_told_before_anything_long(tmp_path: Path) -> None:
    with pytest.raises(OptionInvalid, match="--standard: 'smpte' is not one of itu-r-bt1359-detect"):
        assess_options(None, "smpte")
    with pytest.raises(OutputUnwritable, match=r"must end in \.html"):
        check_page(tmp_path / "page.txt")
    with pytest.raises(OutputUnwritable, match="its folder does not exist"):
        check_page(tmp_path / "gone" / "page.html")
