"""What an import to a new timeline loses: another channel of a recording fails; what can be mended is noted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hosts.contract import change_list, place, write_wav
from resolve.bench import ResolveWorkbench
from twopop.errors import HostFailed
from twopop_actions.host import Applied
from twopop_resolve.new_timeline import NewTimelineHost


def conformed(tmp_path: Path, oddity: str = "", channels: tuple[int, ...] = (0,)) -> Applied:
    write_wav(tmp_path / "12A-3 Ton.wav")
    bench = ResolveWorkbench(NewTimelineHost, tmp_path / "work.twopop")
    bench.open(tmp_path)
    line = bench.world.open.line()
    assert line
    line.tracks[0].transitions.append((line.tracks[0].clips[0].start, dissolve()))
    host = bench.reopen()
    placed = place(host.read(), tmp_path)
    placed = replace(placed, media=replace(placed.media, channels=channels))
    before = bench.world.copy().lines
    bench.world.oddities = (oddity,) if oddity else ()
    try:
        return host.apply(change_list(host.read(), placed))
    except HostFailed:
        assert bench.world.open.lines == before, "the new timeline is deleted again"
        raise


def dissolve() -> dict[str, Any]:
    time = {"OTIO_SCHEMA": "RationalTime.1", "rate": 25.0, "value": 5.0}
    return {
        "OTIO_SCHEMA": "Transition.1", "metadata": {"Resolve_OTIO": {}}, "name": "Cross Dissolve", "parameters": {},
        "in_offset": time, "out_offset": dict(time), "transition_type": "SMPTE_Dissolve",
    }  # fmt: skip


def losses(applied: Applied) -> list[str]:
    return [note for note in applied.notes if "grades" not in note]


def test_without_losses_nothing_is_noted(tmp_path: Path) -> None:
    assert losses(conformed(tmp_path, channels=(1,))) == []


@pytest.mark.parametrize(
    ("oddity", "channels"),
    [
        ("import_drops_channels", (0,)), ("import_drops_channels", (1,)), ("import_first_channel", (1,)),
        ("import_first_channel", (0, 1)),
    ],
)  # fmt: skip
def test_another_channel_than_asked_for_fails(tmp_path: Path, oddity: str, channels: tuple[int, ...]) -> None:
    with pytest.raises(HostFailed, match=r"1 thing\(s\) did not land.*12A-3"):
        conformed(tmp_path, oddity, channels)


@pytest.mark.parametrize(
    ("oddity", "said"),
    [
        ("import_drops_transitions", ["1 transition(s) were lost; make them again in Resolve."]),
        ("import_retypes", [
            "The audio track 1 (Audio 1) is now 5.1, and was stereo.",
            "The audio track 2 (BOOM) is now 5.1, and was mono.",
        ]),
        ("import_renames", ["The audio track 2 (BOOM) is now named 'Audio 2'."]),
    ],
)  # fmt: skip
def test_what_can_be_mended_is_noted(tmp_path: Path, oddity: str, said: list[str]) -> None:
    assert losses(conformed(tmp_path, oddity)) == said
