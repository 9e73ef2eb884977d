"""The engine's look at itself: what is well is said to be, and a damaged second is noticed, not raised."""

from pathlib import Path
from typing import Any

import av
import pytest

from twopop.locations import Home
from twopop.packages import requirements
from twopop.v1 import engine_pb2
from twopop_engine.media import selfcheck
from twopop_engine.runtime.context import LocalContext


def looked(home: Path) -> engine_pb2.CheckResult:
    return selfcheck.check(engine_pb2.CheckRequest(), LocalContext(Home(home)))


def test_a_second_comes_back_exactly_and_libraries_are_named(tmp_path: Path) -> None:
    found = looked(tmp_path)
    assert (found.picture_problem, found.sound_problem) == ("", "")
    versions = {library.name: library.version for library in found.libraries}
    assert versions["av"] == av.__version__
    assert versions["libavcodec"] == ".".join(map(str, av.library_versions["libavcodec"]))
    assert {needed.name for needed in requirements("engine-base")} <= versions.keys()
    assert all(versions.values())
    assert "CPUExecutionProvider" in found.execution_providers


@pytest.mark.parametrize("keep", [0.0, 0.3, 0.9])
def test_a_damaged_second_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keep: float) -> None:
    write = selfcheck._write

    def damaged(path: Path) -> Any:
        sound = write(path)
        data = path.read_bytes()
        path.write_bytes(data[: int(keep * len(data))])
        return sound

    monkeypatch.setattr(selfcheck, "_write", damaged)
    found = looked(tmp_path)
    assert found.picture_problem
    assert found.sound_problem


def test_other_content_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = selfcheck._write

    def other(path: Path) -> Any:
        return write(path)[::-1]

    monkeypatch.setattr(selfcheck, "_write", other)
    found = looked(tmp_path)
    assert found.picture_problem == ""
    assert found.sound_problem == "of 48000 samples written, 48000 came back, not all unchanged"
