"""Many timelines by one command, on real media through a real engine."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from commands import PATIENCE_S, command, twopop
from reels import CHANGES, Shooting, read_only, states

STATE = ".twopop-batch.json"


def test_sub_folders_are_mirrored_and_a_failure_stops_nobody(shooting: Shooting, folder: Path, tmp_path: Path) -> None:
    shooting.reel(folder / "one.otio")
    shooting.reel(folder / "day 2" / "two.otio")
    (folder / "broken.otio").write_text("{")
    out = tmp_path / "out"
    ended = shooting.batch(folder, "--out", out, "--json")
    assert ended.code == 2
    assert states(ended) == {"one.otio": "conformed", "two.otio": "conformed", "broken.otio": "failed"}
    rows = {Path(row["timeline"]).name: row for row in ended.json["timelines"]}
    assert rows["two.otio"]["output"] == str(out / "day 2" / "two_conformed.otio")
    assert rows["two.otio"]["changes"] == CHANGES
    assert rows["two.otio"]["refusals"] == 0
    assert Path(rows["two.otio"]["report"]).is_file()
    assert rows["broken.otio"]["error"]["reason"] == "TIMELINE_UNREADABLE"
    assert str(folder / "broken.otio") in rows["broken.otio"]["error"]["message"]
    tracks = json.loads((out / "one_conformed.otio").read_text())["tracks"]["children"]
    assert [track["name"] for track in tracks] == ["V1", "A1", "MIX", "BOOM", "ANNA LAV", "BEN LAV"]


def test_a_second_run_asks_the_engine_for_nothing(shooting: Shooting, folder: Path, tmp_path: Path) -> None:
    for name in ("a.otio", "b.otio"):
        shooting.reel(folder / name)
    out = tmp_path / "out"
    assert shooting.batch(folder, "--out", out).code == 0
    asked, written = shooting.operations(), (out / "a_conformed.otio").stat().st_mtime_ns
    again = shooting.batch(folder, "--out", out, "--json")
    assert (again.code, states(again)) == (0, {"a.otio": "current", "b.otio": "current"})
    assert again.json["timelines"][0]["changes"] == CHANGES
    assert shooting.operations() == asked
    assert (out / "a_conformed.otio").stat().st_mtime_ns == written
    forced = shooting.batch(folder, "--out", out, "--again", "--json")
    assert states(forced) == {"a.otio": "conformed", "b.otio": "conformed"}
    assert shooting.operations() > asked


def test_only_what_changed_is_done_again(shooting: Shooting, folder: Path, tmp_path: Path) -> None:
    for name in ("a.otio", "b.otio", "c.otio", "d.otio"):
        shooting.reel(folder / name)
    out = tmp_path / "out"
    assert shooting.batch(folder, "--out", out).code == 0
    (folder / "a.otio").write_text(shooting.text("cut again"))
    (out / "b_conformed.otio").unlink()
    edited = out / "c_conformed.otio"
    edited.write_text(edited.read_text().replace("BOOM", "PLANT"))
    ended = shooting.batch(folder, "--out", out, "--json")
    assert ended.code == 0
    conformed = {"a.otio": "conformed", "b.otio": "conformed", "c.otio": "conformed", "d.otio": "current"}
    assert states(ended) == conformed
    assert "PLANT" in edited.read_text()  # an edit is never replaced
    row = ended.json["timelines"][2]
    assert row["output"] == str(out / "c_conformed-2.otio")
    assert row["notes"][0] == "c_conformed.otio was changed since it was written, and is kept."
    other = shooting.batch(folder, "--out", out, "--scratch", "keep", "--json")
    assert set(states(other).values()) == {"conformed"}


def test_an_edited_result_survives_a_failure_in_between(shooting: Shooting, folder: Path, tmp_path: Path) -> None:
    reel, out = shooting.reel(folder / "a.otio"), tmp_path / "out"
    assert shooting.batch(folder, "--out", out).code == 0
    reel.write_text("{")
    assert shooting.batch(folder, "--out", out).code == 2
    edited = out / "a_conformed.otio"
    edited.write_text(edited.read_text() + "\n")
    before = edited.read_text()
    shooting.reel(reel)
    ended = shooting.batch(folder, "--out", out, "--json")
    assert ended.json["timelines"][0]["output"] == str(out / "a_conformed-2.otio")
    assert edited.read_text() == before


def test_new_sound_counts_as_a_change(shooting: Shooting, folder: Path, tmp_path: Path) -> None:
    shooting.reel(folder / "a.otio")
    sound = tmp_path / "more sound"
    sound.mkdir()
    words = (folder, "--out", tmp_path / "out", "--sound", sound, "--json")
    assert states(shooting.batch(*words)) == {"a.otio": "conformed"}
    assert states(shooting.batch(*words)) == {"a.otio": "current"}
    (sound / "late.wav").write_bytes(next(shooting.sound.glob("*.wav")).read_bytes())
    assert states(shooting.batch(*words)) == {"a.otio": "conformed"}


def test_files_folders_and_patterns_name_each_timeline_once(shooting: Shooting, folder: Path, tmp_path: Path) -> None:
    for name in ("a.otio", "day/b.otio", "day/night/c.otio"):
        shooting.reel(folder / name)
    words = (folder / "a.otio", folder, "reels/**/*.otio", "--out", tmp_path / "out", "--json")
    ended = shooting.batch(*words, folder=tmp_path)
    outputs = [Path(row["output"]).relative_to(tmp_path / "out").as_posix() for row in ended.json["timelines"]]
    assert outputs == ["a_conformed.otio", "day/b_conformed.otio", "day/night/c_conformed.otio"]


def test_two_of_the_same_name_get_results_of_their_own(shooting: Shooting, folder: Path, tmp_path: Path) -> None:
    first, second = shooting.reel(folder / "x" / "cut.otio"), shooting.reel(folder / "y" / "cut.otio")
    out = tmp_path / "out"
    ended = shooting.batch(first, second, "--out", out, "--json")
    assert [row["output"] for row in ended.json["timelines"]] == [
        str(out / "cut_conformed.otio"),
        str(out / "cut_conformed-2.otio"),
    ]
    swapped = shooting.batch(second, first, "--out", out, "--json")  # each keeps its own
    assert [row["state"] for row in swapped.json["timelines"]] == ["current", "current"]
    assert swapped.json["timelines"][0]["output"] == str(out / "cut_conformed-2.otio")


def test_timelines_of_other_formats_are_conformed_alike(shooting: Shooting, folder: Path, tmp_path: Path) -> None:
    reel = shooting.reel(tmp_path / "cut.otio")
    for kind, suffix in (("fcp7xml", "xml"), ("fcpxml", "fcpxml"), ("edl", "edl")):
        made = twopop(shooting.home, "otio", "export", reel, "--to", kind, "-o", folder / f"cut.{suffix}")
        assert made.code == 0
    media = shooting.sound.parent / "media"
    ended = shooting.batch(folder, "--media", media, "--out", tmp_path / "out", "--json")
    assert ended.code == 0
    assert states(ended) == {"cut.edl": "conformed", "cut.fcpxml": "conformed", "cut.xml": "conformed"}
    assert {row["changes"] for row in ended.json["timelines"]} == {CHANGES}
    assert len({row["output"] for row in ended.json["timelines"]}) == 3


def test_results_of_ours_are_passed_over(shooting: Shooting, folder: Path) -> None:
    shooting.reel(folder / "a.otio")
    out = folder / "results"
    assert shooting.batch(folder, "--out", out).code == 0
    copied = folder / "copied.otio"
    copied.write_bytes((out / "a_conformed.otio").read_bytes())
    again = shooting.batch(folder, "--out", out, "--json")
    assert states(again) == {"a.otio": "current"}
    assert again.json["passed_over"] == [str(copied)]
    elsewhere = shooting.batch(out, "--out", folder / "elsewhere")
    assert elsewhere.code == 2
    assert "all 1 timelines there were written by twopop" in elsewhere.err
    named = shooting.batch(copied, "--out", folder / "elsewhere", "--json")  # asked for by name
    assert (states(named), named.json["timelines"][0]["changes"]) == ({"copied.otio": "conformed"}, 0)


def test_strange_and_very_long_names(shooting: Shooting, folder: Path, tmp_path: Path) -> None:
    long = "r" * 240
    deep = Path(*("très-loin-" + "ü" * 40 for _ in range(12)))
    for name in ("Тест 日本語 \U0001f3ac.otio", f"{long}.otio", "a [1] & <b>.otio", str(deep / "fin.otio")):
        shooting.reel(folder / name)
    page = tmp_path / "sum.html"
    ended = shooting.batch(folder, "--out", tmp_path / "out", "--json", "--html", page)
    assert (ended.code, set(states(ended).values())) == (0, {"conformed"})
    assert all(Path(row["output"]).is_file() for row in ended.json["timelines"])
    assert "a [1] &amp; &lt;b&gt;.otio" in page.read_text(encoding="utf-8")


def test_the_page_links_to_results_and_reports(shooting: Shooting, folder: Path, tmp_path: Path) -> None:
    shooting.reel(folder / "días" / "a#1.otio")
    (folder / "broken.otio").write_text("[")
    out = tmp_path / "out"
    page = out / "summary.html"
    assert shooting.batch(folder, "--out", out, "--html", page).code == 2
    text = page.read_text(encoding="utf-8")
    links = re.findall(r'href="([^"]+)"', text)
    assert links == ["d%C3%ADas/a%231_conformed.otio", "d%C3%ADas/a%231_conformed.twopop/report.html"]
    assert "2 timelines: 1 conformed, 1 failed." in text
    assert "is not" in text
    assert "<script" not in text


def test_people_read_a_table(shooting: Shooting, folder: Path, tmp_path: Path) -> None:
    shooting.reel(folder / "a.otio")
    shown = shooting.batch(folder, "--out", tmp_path / "out").out
    for words in ("a.otio", "conformed", "a_conformed.otio", "1 timelines: 1 conformed."):
        assert words in shown


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["reels"], "there is no timeline"),
        (["reels/*.otio"], "there is no timeline"),
        (["reels", "--html", "gone/sum.html"], "gone/sum.html"),
        (["reels", "--handles", "-1"], "--handles"),
    ],
)
def test_nothing_to_do_is_bad_input(
    shooting: Shooting, folder: Path, tmp_path: Path, words: list[str], problem: str
) -> None:
    if len(words) > 1:
        shooting.reel(folder / "a.otio")
    ended = shooting.batch(*words, "--out", tmp_path / "out", folder=tmp_path)
    assert ended.code == 2
    assert problem in ended.err
    assert not list(tmp_path.rglob("*_conformed*"))


def test_a_name_that_leads_nowhere_is_an_answer_among_others(shooting: Shooting, folder: Path, tmp_path: Path) -> None:
    shooting.reel(folder / "a.otio")
    ended = shooting.batch(folder / "gone.otio", folder, "--out", tmp_path / "out", "--json")
    assert (ended.code, states(ended)) == (2, {"gone.otio": "failed", "a.otio": "conformed"})


def test_an_output_folder_that_is_a_file(shooting: Shooting, folder: Path, tmp_path: Path) -> None:
    shooting.reel(folder / "a.otio")
    (tmp_path / "out").write_text("mine")
    ended = shooting.batch(folder, "--out", tmp_path / "out")
    assert ended.code == 2
    assert str(tmp_path / "out") in ended.err
    assert (tmp_path / "out").read_text() == "mine"


def test_folders_that_may_not_be_written_to(shooting: Shooting, folder: Path, tmp_path: Path) -> None:
    shooting.reel(folder / "a.otio")
    out = tmp_path / "out"
    (out / "sub").mkdir(parents=True)
    shooting.reel(folder / "sub" / "b.otio")
    with read_only(out / "sub"):
        ended = shooting.batch(folder, "--out", out, "--json")
        assert (ended.code, states(ended)) == (2, {"a.otio": "conformed", "b.otio": "failed"})
    with read_only(tmp_path):
        refused = shooting.batch(folder, "--out", tmp_path / "new")
        assert refused.code == 2
        assert str(tmp_path / "new") in refused.err


def test_a_damaged_state_file_is_said(shooting: Shooting, folder: Path, tmp_path: Path) -> None:
    shooting.reel(folder / "a.otio")
    out = tmp_path / "out"
    out.mkdir()
    (out / STATE).write_text('{"version": 1, "timelines": [{}]}')
    ended = shooting.batch(folder, "--out", out)
    assert ended.code == 2
    assert f"{out / STATE}: cannot be understood" in ended.err


@contextmanager
def batching(shooting: Shooting, folder: Path, out: Path) -> Iterator["subprocess.Popen[str]"]:
    with subprocess.Popen(
        command("batch", folder, "--sound", shooting.sound, "--out", out, "--json"),
        env={**os.environ, "TWOPOP_HOME": str(shooting.home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(process: "subprocess.Popen[str]", path: Path) -> None:
    deadline_s = time.monotonic() + PATIENCE_S
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline_s
        time.sleep(0.005)


def test_a_killed_batch_goes_on(shooting: Shooting, folder: Path, tmp_path: Path) -> None:
    names = ["a", "b", "c", "d"]
    for name in names:
        shooting.reel(folder / f"{name}.otio")
    out = tmp_path / "out"
    with batching(shooting, folder, out) as process:
        wait_for(process, out / "b_conformed.otio")  # written, and its entry still says that it was begun
        process.kill()
        process.communicate()
    first = (out / "a_conformed.otio").stat().st_mtime_ns
    assert not (out / "d_conformed.otio").exists()
    ended = shooting.batch(folder, "--out", out, "--json")
    assert ended.code == 0
    found = states(ended)
    assert (found["a.otio"], found["d.otio"]) == ("current", "conformed")
    assert (out / "a_conformed.otio").stat().st_mtime_ns == first
    assert sorted(path.name for path in out.glob("*.otio")) == [f"{name}_conformed.otio" for name in names]
    assert not list(out.rglob("*.partial"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_batch_keeps_what_is_done(
    shooting: Shooting, folder: Path, tmp_path: Path, number: signal.Signals
) -> None:
    for name in ("a", "b", "c", "d"):
        shooting.reel(folder / f"{name}.otio")
    out = tmp_path / "out"
    with batching(shooting, folder, out) as process:
        wait_for(process, out / "b_conformed.otio")
        process.send_signal(number)
        said, complaint = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert complaint == "twopop: cancelled; the same command goes on with what is left\n"
    answer = json.loads(said)
    assert answer["complete"] is False
    found = [row["state"] for row in answer["timelines"]]
    assert found[0] == "conformed"
    assert found[3] == "open"
    assert set(states(shooting.batch(folder, "--out", out, "--json")).values()) == {"current", "conformed"}


def test_an_engine_lost_on_the_way_is_started_anew(shooting: Shooting, folder: Path, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        shooting.reel(folder / f"{name}.otio")
    out = tmp_path / "out"
    with batching(shooting, folder, out) as process:
        wait_for(process, out / "a_conformed.otio")
        pid = json.loads((shooting.home / "engine.json").read_text())["pid"]
        os.kill(pid, signal.SIGKILL)
        said, complaint = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, complaint) == (0, "")
    answer = json.loads(said)
    assert [row["state"] for row in answer["timelines"]] == ["conformed"] * 3
    assert json.loads((shooting.home / "engine.json").read_text())["pid"] != pid


def test_one_batch_at_a_time_for_each_folder(shooting: Shooting, folder: Path, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        shooting.reel(folder / f"{name}.otio")
    out = tmp_path / "out"
    with batching(shooting, folder, out) as process:
        wait_for(process, out / STATE)
        second = shooting.batch(folder, "--out", out)
        process.communicate(timeout=PATIENCE_S)
    assert second.code == 2
    assert f"a batch into {out} runs already (process {process.pid}); stop it first" in second.err
    assert process.returncode == 0
