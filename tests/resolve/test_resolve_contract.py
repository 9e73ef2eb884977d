"""Both ways of working in Resolve keep every host's promises, on the fake in both of its tempers about end frames."""

from __future__ import annotations

from pathlib import Path

import pytest

from hosts.contract import HostContract, Workbench
from resolve.bench import ResolveWorkbench
from twopop_resolve.in_place import InPlaceHost
from twopop_resolve.new_timeline import NewTimelineHost


class TestNewTimeline(HostContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Workbench:
        return ResolveWorkbench(NewTimelineHost, tmp_path / "Schnitt 1.twopop")


class TestInPlace(HostContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Workbench:
        return ResolveWorkbench(InPlaceHost, tmp_path / "Schnitt 1.twopop")


class TestInPlaceWithEndFrames(HostContract):
    @pytest.fixture
    def bench(self, tmp_path: Path) -> Workbench:
        return ResolveWorkbench(InPlaceHost, tmp_path / "Schnitt 1.twopop", ("end_inclusive",))
