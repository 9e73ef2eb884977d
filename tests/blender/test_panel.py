"""The panel and its operators, without a window: drawn on and driven by recorders that know the real ones."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import bpy
import cutting_room as room
import pytest
from edit import Edit, state
from recorders import CLICK, TIMER, Layout, window_context

from twopop.errors import EngineUnavailable
from twopop_actions.catalog import ACTIONS
from twopop_actions.conform import CONFORM
from twopop_actions.findings import MARKERS
from twopop_actions.task import Task
from twopop_blender.host import BlenderHost
from twopop_blender.job import Job
from twopop_blender.result import Refused, Result, keep, last
from twopop_client import EngineClient

_EXTENSION = "bl_ext.user_default.twopop"
operators: Any = sys.modules[f"{_EXTENSION}.operators"]
panel: Any = sys.modules[f"{_EXTENSION}.panel"]


@pytest.fixture(autouse=True)
def idle() -> Iterator[None]:
    """Nothing runs before or after a test."""
    operators.State.job, operators.State.error = None, ""
    yield
    operators.State.job, operators.State.error = None, ""


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[None]:
    """The engine that the extension starts is ended with the tests."""
    yield
    with EngineClient.connect(start=False) as client:
        client.stop()


class Click(operators.ActionOperator):  # type: ignore[misc]
    """An action's operator, as Blender runs it, but for Blender: the same class without Blender's base."""

    wait = False

    def __init__(self, action: Any) -> None:
        self.action = action
        self.reports: list[tuple[str, str]] = []

    def report(self, kinds: set[str], text: str) -> None:
        (kind,) = kinds
        self.reports.append((kind, text))


def draw() -> Layout:
    layout = Layout()
    panel.TwopopPanel.draw(SimpleNamespace(layout=layout), bpy.context)
    return layout


def run(click: Click, context: Any) -> set[str]:
    """What Blender's event loop does: hands a modal operator events until it says that it is over."""
    answer: set[str] = click.invoke(context, CLICK)
    for _ in range(3000):
        if answer not in ({"RUNNING_MODAL"}, {"PASS_THROUGH"}):
            return answer
        time.sleep(0.02)
        answer = click.modal(context, TIMER)
    raise AssertionError(f"it never ended: {operators.State.job.stage}")


def test_every_option_of_every_action_is_drawn(tmp_path: Path) -> None:
    room.empty_scene(Fraction(25))
    settings = bpy.context.scene.twopop_settings
    settings.conform.sound.add().path = str(tmp_path)
    drawn = draw()
    shown = {(str(d.given["data"].path_from_id()), d.given["property"]) for d in drawn.drawn if d.kind == "prop"}
    expected = {
        (f"twopop_settings.{action.name}", option.name)
        for action in ACTIONS
        for option in action.options
        if option.kind != "folders"
    }
    assert shown == expected | {("twopop_settings.conform.sound[0]", "path")}
    assert drawn.operators() == [
        "twopop.folder_remove", "twopop.folder_add", "twopop.conform", "twopop.markers", "twopop.undo",
    ]  # fmt: skip


def test_folder_buttons_do_what_they_say() -> None:
    room.empty_scene(Fraction(25))
    sound = bpy.context.scene.twopop_settings.conform.sound
    for path in ("/one", "/two"):
        bpy.ops.twopop.folder_add(action="conform", option="sound")
        sound[-1].path = path
    remove = next(d for d in draw().drawn if d.given.get("operator") == "twopop.folder_remove")
    assert remove.set == {"action": "conform", "option": "sound", "index": 0}
    bpy.ops.twopop.folder_remove(**remove.set)
    assert [item.path for item in sound] == ["/two"]


def test_options_keep_to_their_limits() -> None:
    room.empty_scene(Fraction(25))
    conform = bpy.context.scene.twopop_settings.conform
    conform.handles = -5
    low = conform.handles
    conform.handles = 1e9
    assert (low, conform.handles) == (0, 3600)
    with pytest.raises(TypeError, match="'mute', 'disable', 'keep'"):
        conform.scratch = "nonsense"


def test_an_action_runs_beside_the_interface(tmp_path: Path) -> None:
    edit = Edit(tmp_path, Fraction(24))
    context, click = window_context(), Click(CONFORM)
    assert click.invoke(context, CLICK) == {"RUNNING_MODAL"}
    assert len(context.window_manager.timers) == 1 and context.window_manager.modal == [click]
    assert click.modal(context, CLICK) == {"PASS_THROUGH"}  # others get their events
    assert "twopop-plan" in {thread.name for thread in threading.enumerate()}
    assert not bpy.ops.twopop.conform.poll() and not bpy.ops.twopop.undo.poll()
    seen: set[str] = set()
    while (answer := click.modal(context, TIMER)) == {"PASS_THROUGH"}:
        seen.update(text for text in draw().texts())
        assert draw().operators() == ["twopop.cancel"]
        time.sleep(0.02)
    assert answer == {"FINISHED"} and click.reports == [("INFO", "Conform sound: 4 changes, 2 placed")]
    assert context.window_manager.timers == [] and context.area.redraws > 2
    assert len(seen) > 3, seen  # stages of the work went by
    assert "Conform sound: 4 changes, 2 placed" in draw().texts() and "wm.path_open" in draw().operators()
    found = room.claps(bpy.context.scene, tmp_path)
    assert max(abs(heard - true) for heard, true in zip(found, edit.claps, strict=True)) <= 1


def test_blenders_own_undo_takes_an_action_back_in_one_step(tmp_path: Path) -> None:
    Edit(tmp_path, Fraction(24))
    bpy.ops.ed.undo_push(message="edited")
    before = state()
    assert run(Click(CONFORM), window_context()) == {"FINISHED"}
    after = state()
    assert bpy.ops.ed.undo() == {"FINISHED"} and state() == before
    assert bpy.ops.ed.redo() == {"FINISHED"} and state() == after
    result = last(bpy.context.scene)
    assert result is not None and result.changes == 4
    assert bpy.ops.twopop.undo("EXEC_DEFAULT", True) == {"FINISHED"} and state() == before  # as a click calls it
    assert bpy.ops.ed.undo() == {"FINISHED"} and state() == after


def test_cancel_stops_the_work_and_changes_nothing(tmp_path: Path) -> None:
    Edit(tmp_path, Fraction(24))
    before, context, click = state(), window_context(), Click(CONFORM)
    click.invoke(context, CLICK)
    while operators.State.job.stage == "starting":
        click.modal(context, TIMER)
        time.sleep(0.01)
    bpy.ops.twopop.cancel()
    while (answer := click.modal(context, TIMER)) == {"PASS_THROUGH"}:
        time.sleep(0.01)
    assert answer == {"CANCELLED"} and state() == before
    assert click.reports == [("WARNING", "Conform sound was cancelled; nothing was changed")]
    assert operators.State.job is None and context.window_manager.timers == []


def test_an_engine_that_does_not_answer_holds_nothing_up(tmp_path: Path) -> None:
    """Connecting cannot be stopped, so that the panel goes on without it, and what comes of it later is dropped."""
    Edit(tmp_path, Fraction(24))
    before, release = state(), threading.Event()

    def connect() -> EngineClient:
        release.wait(30)
        raise EngineUnavailable("it came too late")

    task = Task.prepare("conform", BlenderHost(bpy.context.scene), {"sound": (str(tmp_path),)})
    job = Job(task, connect=connect)
    job.start()
    job.cancel()
    while not job.step():
        time.sleep(0.01)
    assert job.error is not None and job.error.reason == "OPERATION_CANCELLED"
    release.set()
    assert job.step() and job.done is None and state() == before


def test_opening_another_file_ends_it(tmp_path: Path) -> None:
    Edit(tmp_path, Fraction(24))
    context, click = window_context(), Click(CONFORM)
    click.invoke(context, CLICK)
    click.cancel(context)  # what Blender calls
    room.empty_scene(Fraction(25))
    assert operators.State.job is None and context.window_manager.timers == []
    assert "twopop" not in bpy.context.scene


def test_errors_stay_on_the_panel(tmp_path: Path) -> None:
    room.empty_scene(Fraction(25))
    click = Click(CONFORM)
    assert click.invoke(window_context(), CLICK) == {"CANCELLED"}
    assert click.reports[0][0] == "ERROR" and "the sequencer holds no strips" in click.reports[0][1]
    assert "the sequencer holds no strips" in " ".join(draw().texts())
    Edit(tmp_path, Fraction(24))
    bpy.context.scene.twopop_settings.conform.recipe = set()
    with pytest.raises(RuntimeError, match="--recipe: names no step"):
        bpy.ops.twopop.conform(wait=True)
    assert bpy.ops.twopop.undo() == {"FINISHED"} and operators.State.error == ""


def test_markers_need_a_conform_first_and_no_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Edit(tmp_path, Fraction(24))
    monkeypatch.setenv("TWOPOP_HOME", str(tmp_path / "nobody home"))
    click = Click(MARKERS)
    assert run(click, window_context()) == {"CANCELLED"}
    assert "conform the timeline first" in click.reports[0][1] and not (tmp_path / "nobody home").exists()


def test_refusals_are_listed(tmp_path: Path) -> None:
    room.empty_scene(Fraction(25))
    refused = tuple(Refused(f"A{n:03}", "00:00:01:00", "no matching sound was found. " * 4) for n in range(11))
    keep(bpy.context.scene, Result("Conform sound", 2, 0, 1, refused, ("a note",), str(tmp_path / "gone.html")))
    texts = draw().texts()
    assert "Conform sound: 2 changes, 1 placed, 11 refused" in texts and "and 3 more in the report" in texts
    assert all(len(text) <= 64 for text in texts) and "a note" in texts
    assert "wm.path_open" not in draw().operators()  # the page was deleted


def test_disabling_takes_everything_away_and_enabling_brings_it_back() -> None:
    room.empty_scene(Fraction(25))
    bpy.ops.preferences.addon_disable(module=_EXTENSION)
    assert not hasattr(bpy.types.Scene, "twopop_settings") and not hasattr(bpy.types, "TWOPOP_PT_panel")
    assert "conform" not in dir(bpy.ops.twopop)
    bpy.ops.preferences.addon_enable(module=_EXTENSION)
    assert hasattr(bpy.types.Scene, "twopop_settings") and bpy.ops.twopop.conform.get_rna_type()
