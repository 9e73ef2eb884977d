"""A folder that timelines are exported into, watched by the real command with a real engine."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from commands import PATIENCE_S, Ended, command, twopop
from reels import CHANGES, Shooting, read_only

INTERVAL = ("--interval", "0.1")


class Watching:
    """A watch that runs, and what it has said so far."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.said: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(json.loads(line))

    def events(self, kind: str) -> list[str]:
        return [Path(event.get("timeline", "")).name for event in self.said if event["event"] == kind]

    def await_(self, condition: Callable[[], object]) -> None:
        deadline_s = time.monotonic() + PATIENCE_S
        while not condition():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline_s, self.said
            time.sleep(0.02)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(PATIENCE_S)
        self._reader.join(PATIENCE_S)
        return code


@contextmanager
def watching(shooting: Shooting, folder: Path, *words: str | Path) -> Iterator[Watching]:
    with subprocess.Popen(
        command("watch", folder, "--sound", shooting.sound, *INTERVAL, "--json", *words),
        env={**os.environ, "TWOPOP_HOME": str(shooting.home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            watch = Watching(process)
            watch.await_(lambda: watch.events("watching"))
            yield watch
        finally:
            process.kill()


def once(shooting: Shooting, folder: Path, *words: str | Path) -> Ended:
    return twopop(shooting.home, "watch", folder, "--sound", shooting.sound, "--once", *INTERVAL, *words)


def events(ended: Ended) -> dict[str, str]:
    """Event by timeline."""
    found = [json.loads(line) for line in ended.out.splitlines()]
    return {Path(event["timeline"]).name: event["event"] for event in found if "timeline" in event}


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_export_is_conformed_when_it_is_complete(shooting: Shooting, folder: Path, number: signal.Signals) -> None:
    text = shooting.text(f"slow {number}")
    slow = folder / "slow.otio"
    with watching(shooting, folder) as watch:
        with slow.open("w") as file:
            for start in range(0, len(text), len(text) // 4):
                file.write(text[start : start + len(text) // 4])
                file.flush()
                time.sleep(0.25)  # longer than two looks: it seems complete, and is not
            assert watch.events("failed") == []
        watch.await_(lambda: watch.events("conformed"))
        assert watch.said[-1]["changes"] == CHANGES
        assert (folder / "conformed" / "slow_conformed.otio").is_file()
        assert watch.end(number) == 0
        assert watch.said[-1] == {"event": "ended"}
        assert watch.process.stderr is not None
        assert watch.process.stderr.read() == ""
    assert not list(folder.glob("*.txt"))


def test_a_broken_export_is_said_beside_it_until_it_is_mended(shooting: Shooting, folder: Path) -> None:
    broken = folder / "cut.otio"
    word = folder / "cut.otio.twopop-error.txt"
    broken.write_text(shooting.text("mended")[:1000])
    with watching(shooting, folder) as watch:
        watch.await_(lambda: watch.events("failed"))
        watch.await_(word.is_file)
        assert str(broken) in word.read_text()
        assert "is not JSON" in word.read_text()
        shooting.reel(folder / "other.otio")  # it goes on meanwhile
        watch.await_(lambda: watch.events("conformed") == ["other.otio"])
        broken.write_text(shooting.text("mended"))
        watch.await_(lambda: "cut.otio" in watch.events("conformed"))
        watch.await_(lambda: not word.exists())
        assert len(watch.events("failed")) == 1  # one content, one answer


def test_each_content_once_even_after_a_restart(shooting: Shooting, folder: Path) -> None:
    reel = shooting.reel(folder / "a.otio")
    assert events(once(shooting, folder, "--json")) == {"a.otio": "conformed"}
    asked = shooting.operations()
    assert events(once(shooting, folder, "--json")) == {"a.otio": "current"}
    os.utime(reel)
    assert events(once(shooting, folder, "--json")) == {"a.otio": "current"}
    assert shooting.operations() == asked
    reel.write_text(shooting.text("cut again"))
    assert events(once(shooting, folder, "--json")) == {"a.otio": "conformed"}


def test_results_of_ours_are_passed_over(shooting: Shooting, folder: Path) -> None:
    shooting.reel(folder / "a.otio")
    assert once(shooting, folder, "--out", folder).code == 0
    (folder / "copy.otio").write_bytes((folder / "a_conformed.otio").read_bytes())
    shooting.reel(folder / "exported_conformed-3.otio")
    ended = once(shooting, folder, "--out", folder, "--json")
    assert events(ended) == {
        "a.otio": "current",
        "a_conformed.otio": "passed_over",
        "copy.otio": "passed_over",
        "exported_conformed-3.otio": "passed_over",
    }
    assert "passed over" in once(shooting, folder, "--out", folder).out


def test_once_leaves_with_the_worst_answer(shooting: Shooting, folder: Path) -> None:
    assert once(shooting, folder).code == 0
    shooting.reel(folder / "a.otio")
    (folder / "b.otio").write_text("[]")
    ended = once(shooting, folder)
    assert ended.code == 2
    assert f"a.otio: {CHANGES} changes, 0 refusals: {folder / 'conformed' / 'a_conformed.otio'}" in ended.out
    assert "b.otio: failed." in ended.out


def test_a_second_watch_of_a_folder_is_refused_and_a_killed_one_is_followed(shooting: Shooting, folder: Path) -> None:
    with watching(shooting, folder) as watch:
        second = once(shooting, folder, "--out", folder.parent / "elsewhere")
        assert second.code == 2
        assert f"a watch of {folder} runs already (process {watch.process.pid}); stop it first" in second.err
        watch.process.kill()
        watch.process.wait(PATIENCE_S)
    assert once(shooting, folder).code == 0


def test_a_watch_killed_in_the_middle_is_followed(shooting: Shooting, folder: Path) -> None:
    for name in ("a", "b", "c"):
        shooting.reel(folder / f"{name}.otio")
    with watching(shooting, folder) as watch:
        watch.await_((folder / "conformed" / "b_conformed.otio").exists)
        watch.process.kill()
    ended = once(shooting, folder, "--json")
    assert ended.code == 0
    assert events(ended)["a.otio"] == "current"
    assert events(ended)["c.otio"] == "conformed"
    names = sorted(path.name for path in (folder / "conformed").glob("*.otio"))
    assert names == ["a_conformed.otio", "b_conformed.otio", "c_conformed.otio"]


def test_a_folder_that_goes_and_comes_back(shooting: Shooting, folder: Path) -> None:
    out = folder.parent / "results"
    with watching(shooting, folder, "--out", out) as watch:
        folder.rename(folder.parent / "away")
        time.sleep(0.5)
        (folder.parent / "away").rename(folder)
        shooting.reel(folder / "a.otio")
        watch.await_(lambda: watch.events("conformed"))
        assert watch.end() == 0
        assert watch.process.stderr is not None
        assert watch.process.stderr.read().count("is gone; was its drive unmounted?") == 1


def test_strange_names(shooting: Shooting, folder: Path) -> None:
    long = folder / ("ü" * 120 + ".otio")
    shooting.reel(long)
    shooting.reel(folder / "日本 \U0001f3ac.otio")
    (folder / ("x" * 245 + ".otio")).write_text("{")  # no room for a file that says why
    ended = once(shooting, folder, "--json")
    assert ended.code == 2
    assert list(events(ended).values()).count("conformed") == 2
    assert not list(folder.glob("*.txt"))


def test_a_folder_that_takes_neither_lock_nor_word(shooting: Shooting, folder: Path) -> None:
    shooting.reel(folder / "a.otio")
    (folder / "b.otio").write_text("{")
    (folder / "a-link-to-nowhere.otio").symlink_to(folder / "nowhere")
    for name in (".twopop-watch.lock", "a.otio.twopop-error.txt", "b.otio.twopop-error.txt"):
        (folder / name).mkdir()
    out = folder.parent / "results"
    ended = once(shooting, folder, "--out", out, "--json")
    assert (ended.code, events(ended)) == (2, {"a.otio": "conformed", "b.otio": "failed"})
    assert (out / ".twopop-watch.lock").is_file()


def test_a_read_only_folder_is_watched_with_its_results_elsewhere(shooting: Shooting, folder: Path) -> None:
    shooting.reel(folder / "a.otio")
    (folder / "b.otio").write_text("{")
    with read_only(folder):
        ended = once(shooting, folder, "--out", folder.parent / "results", "--json")
        assert (ended.code, events(ended)) == (2, {"a.otio": "conformed", "b.otio": "failed"})
        inside = once(shooting, folder)
        assert inside.code == 2
        assert "--out names another folder" in inside.err
        assert sorted(path.name for path in folder.iterdir()) == ["a.otio", "b.otio"]


def test_an_engine_that_cannot_start_is_said_at_once(shooting: Shooting, folder: Path, tmp_path: Path) -> None:
    shooting.reel(folder / "a.otio")
    commands: list[list[str | Path]] = [["watch", folder], ["batch", folder, "--out", tmp_path / "out"]]
    for words in commands:
        ended = twopop(tmp_path / "home", *words, "--sound", shooting.sound, TWOPOP_ENGINE_PYTHON="/bin/false")
        assert ended.code == 3
        assert "the engine could not start" in ended.err
    assert not list(folder.glob("*.txt"))


def test_a_bundle_is_complete_when_its_files_are(shooting: Shooting, folder: Path) -> None:
    bundle = folder / "reel.otiod"
    bundle.mkdir()
    text = shooting.text("bundled")
    with watching(shooting, folder) as watch:
        (bundle / "content.otio").write_text(text[: len(text) // 2])
        time.sleep(0.25)
        (bundle / "content.otio").write_text(text)
        watch.await_(lambda: watch.events("conformed") == ["reel.otiod"])
        assert watch.events("failed") == []


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["gone"], "gone: is no folder"),
        (["file.otio"], "file.otio: is no folder"),
        ([".", "--interval", "0"], "--interval"),
        ([".", "--scratch", "burn"], "--scratch"),
    ],
)
def test_bad_usage(shooting: Shooting, tmp_path: Path, words: list[str], problem: str) -> None:
    (tmp_path / "file.otio").write_text("{}")
    ended = twopop(shooting.home, "watch", *words, "--sound", shooting.sound, folder=tmp_path)
    assert ended.code == 2
    assert problem in ended.err
    assert [path.name for path in tmp_path.iterdir()] == ["file.otio"]
