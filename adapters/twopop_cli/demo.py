"""`twopop demo`: two scenes made in code, conformed, and measured against the truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from twopop.errors import OutputUnwritable
from twopop.v1 import demo_pb2, sync_pb2
from twopop_actions.conform import CONFORM
from twopop_actions.task import Done, Task
from twopop_cli.conform import conformed_json, run, write_clips, write_summary
from twopop_cli.output import NO_ANSWER, Json, write_json, write_line, write_table
from twopop_cli.progress import progress_bar
from twopop_cli.timeline import write_timeline
from twopop_client import EngineClient
from twopop_otio.opening import Opening, open_timeline

TOLERANCE_S = 0.001
TOLERANCE_PPM = 5.0  # a scene is a quarter of a minute long; minutes are measured more finely


@dataclass(frozen=True)
class Check:
    """A recording's truth beside what was found.

    Attributes:
        truth: Where it really lies.
        pair: What was measured and placed; None when it was placed nowhere.
    """

    truth: demo_pb2.DemoTruth
    pair: sync_pb2.MatchPair | None

    @property
    def start_error_s(self) -> float | None:
        """Measured start minus the true one."""
        return self.pair.start_s - self.truth.start_s if self.pair and self.truth.camera_path else None

    @property
    def drift_error_ppm(self) -> float | None:
        """Measured drift minus the true one."""
        return self.pair.drift_ppm - self.truth.drift_ppm if self.pair and self.truth.camera_path else None

    @property
    def right(self) -> bool:
        """Whether it was placed where it lies, or rightly nowhere."""
        if not self.truth.camera_path:
            return self.pair is None
        if self.start_error_s is None or self.drift_error_ppm is None:
            return False
        return abs(self.start_error_s) < TOLERANCE_S and abs(self.drift_error_ppm) < TOLERANCE_PPM


def demo(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to make.")] = Path("twopop-demo"),
    as_json: Json = False,
) -> int:
    """Make two scenes with picture and recorder sound, conform them, and compare with the truth."""
    folder = out.absolute()
    with EngineClient.connect() as engine:
        with progress_bar("Demo") as watch:
            made = engine.make_demo(folder, watch)
        timeline = folder / "demo.otio"
        try:
            write_timeline(made, timeline)
        except OSError as error:
            raise OutputUnwritable.at(str(timeline), error.strerror or str(error)) from error
        opened = open_timeline(timeline, folder / "demo_conformed.otio", Opening())
        done = run(engine, Task.prepare(CONFORM.name, opened.host, {"sound": (made.sound_dir,)}), opened)
    checks = compare(made, done)
    right = all(check.right for check in checks)
    if as_json:
        write_json(
            {**conformed_json(done), "timeline": str(timeline), "truths": [_check_json(item) for item in checks]}
        )
        return 0 if right else 1
    write_clips(done.plan)
    columns = ("Recording", "True offset", "Off by", "True drift", "Off by ", "Right")
    write_table(columns, [_row(item) for item in checks], right=columns[1:5], fold=columns[:1])
    write_summary(done)
    write_line(f"Media:    {folder}")
    return 0 if right else 1


def compare(made: demo_pb2.DemoResult, done: Done) -> list[Check]:
    """Sets each recording's truth beside what the conform placed."""
    placed = {
        (outcome.slot.media.path, match.recording.paths[0]): match.pair
        for outcome in done.plan.outcomes
        if outcome.verdict == "placed"
        for match in outcome.matches
    }
    found = []
    for truth in made.truths:
        pairs = [pair for (camera, recording), pair in placed.items() if recording == truth.recording_path]
        own = placed.get((truth.camera_path, truth.recording_path))
        found.append(Check(truth, own or next(iter(pairs), None)))
    return found


def _row(check: Check) -> tuple[str, ...]:
    name = Path(check.truth.recording_path).name
    verdict = "yes" if check.right else "NO"
    if not check.truth.camera_path:
        return (name, "on no clip", NO_ANSWER, NO_ANSWER, NO_ANSWER, verdict)
    start, drift = check.start_error_s, check.drift_error_ppm
    return (
        name,
        f"{check.truth.start_s:+.6f} s",
        NO_ANSWER if start is None else f"{start * 1e6:+.1f} \N{MICRO SIGN}s",
        f"{check.truth.drift_ppm:+.1f} ppm",
        NO_ANSWER if drift is None else f"{drift:+.2f} ppm",
        verdict,
    )


def _check_json(check: Check) -> dict[str, Any]:
    return {
        "recording": check.truth.recording_path,
        "camera": check.truth.camera_path or None,
        "true_start_s": check.truth.start_s if check.truth.camera_path else None,
        "true_drift_ppm": check.truth.drift_ppm if check.truth.camera_path else None,
        "start_error_s": check.start_error_s,
        "drift_error_ppm": check.drift_error_ppm,
        "right": check.right,
    }
