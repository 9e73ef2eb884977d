"""The running Resolve, its open project and its open timeline.

Free Resolve takes no scripts from outside in any version; from 21.1 on its menu lists no Python either.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from twopop.errors import HostFailed, HostUnavailable, TimelineMissing
from twopop_resolve.api import MediaPool, Project, ProjectManager, ResolveApi, ScriptModule, TimelineApi
from twopop_resolve.library import load
from twopop_resolve.live import HOST, Live, required

UNTITLED = "Untitled Project"

_SILENT = (
    "it does not answer. Start it and open a project. In Resolve Studio set Preferences > System > General > "
    "External scripting using to Local. Free Resolve takes no scripts from outside: there, export the timeline as "
    ".otio into a folder that `twopop watch DIR` watches, and import the conformed .otio"
)


@dataclass(frozen=True)
class Session:
    """Resolve with a project and a timeline open.

    Attributes:
        resolve: The program.
        manager: Where it keeps projects.
        project: The open project.
        pool: Its media pool.
        timeline: The timeline that was open when this was made.
        project_name: The project's name.
        timeline_name: That timeline's name.
    """

    resolve: ResolveApi
    manager: ProjectManager
    project: Project
    pool: MediaPool
    timeline: TimelineApi
    project_name: str
    timeline_name: str

    @property
    def is_saved_project(self) -> bool:
        """Whether the project was ever saved; saving one that was not hangs where nobody can name it."""
        return self.project_name != UNTITLED

    def save(self) -> None:
        """Saves the project: what an API call left behind only in part is gone after that.

        Raises:
            HostFailed: It cannot be saved.
        """
        if not self.is_saved_project:
            raise HostFailed.of(HOST, "the project was never saved; give it a name (File > Save Project) and try again")
        if self.manager.SaveProject() is not True:
            raise HostFailed.of(HOST, f"the project {self.project_name} cannot be saved; save it by hand to see why")

    def timelines(self) -> dict[str, TimelineApi]:
        """All timelines of the project, by Resolve's id."""
        count = int(required(self.project.GetTimelineCount(), "how many timelines there are"))
        found = (self.project.GetTimelineByIndex(index) for index in range(1, count + 1))
        return {timeline_id(timeline): timeline for timeline in found if timeline}

    def open_timeline(self, timeline: TimelineApi) -> None:
        """Makes a timeline the open one.

        Raises:
            HostFailed: It does not open.
        """
        wanted = timeline_id(timeline)
        if _open_id(self.project) != wanted:
            self.project.SetCurrentTimeline(timeline)
            if _open_id(self.project) != wanted:
                problem = f"the timeline {timeline.GetName()} does not open; open it by hand and try again"
                raise HostFailed.of(HOST, problem)

    @contextmanager
    def on_page(self, name: str) -> Iterator[None]:
        """Shows a page, and the one that was shown before again at the end.

        Raises:
            HostFailed: The page does not open.
        """
        before = self.resolve.GetCurrentPage()
        if before != name:
            self.resolve.OpenPage(name)
            if self.resolve.GetCurrentPage() != name:
                raise HostFailed.of(HOST, f"the {name} page does not open; open it by hand and try again")
        try:
            yield
        finally:
            if before and before != name:
                with suppress(HostUnavailable):  # what made it go away is being told
                    self.resolve.OpenPage(before)

    @contextmanager
    def on_timeline(self, timeline: TimelineApi) -> Iterator[None]:
        """Opens a timeline, and the one that was open before again at the end."""
        before = self.project.GetCurrentTimeline()
        self.open_timeline(timeline)
        try:
            yield
        finally:
            with suppress(HostUnavailable):
                if before and timeline_id(before) != timeline_id(timeline):
                    self.project.SetCurrentTimeline(before)


def connect(folder: Path | None = None) -> Session:
    """The running Resolve with its open project and timeline.

    Args:
        folder: The scripting API's folder; None: where the environment or the installer put it.

    Raises:
        HostUnavailable: Not installed, not running, takes no scripts, or no project is open.
        TimelineMissing: No timeline is open.
    """
    return session_of(program(load(folder)))


def program(module: ScriptModule) -> ResolveApi:
    """The running program.

    Raises:
        HostUnavailable: It does not answer.
    """
    found = Live(module).scriptapp("Resolve")
    if found is None:
        raise HostUnavailable.of(HOST, _SILENT)
    return cast(ResolveApi, found)


def session_of(resolve: ResolveApi) -> Session:
    """A program's open project and timeline.

    Raises:
        HostUnavailable: No project is open, or it does not answer.
        TimelineMissing: No timeline is open.
    """
    manager = required(resolve.GetProjectManager(), "its project manager")
    project = manager.GetCurrentProject()
    if project is None:
        raise HostUnavailable.of(HOST, "no project is open; open one, and a timeline in it, and try again")
    timeline = project.GetCurrentTimeline()
    if timeline is None:
        raise TimelineMissing.of(HOST)
    return Session(
        resolve,
        manager,
        project,
        required(project.GetMediaPool(), "its media pool"),
        timeline,
        str(required(project.GetName(), "the project's name")),
        str(required(timeline.GetName(), "the timeline's name")),
    )


def timeline_id(timeline: TimelineApi) -> str:
    """Resolve's own id of a timeline; two timelines can have one name."""
    return str(required(timeline.GetUniqueId(), "a timeline's id"))


def _open_id(project: Project) -> str | None:
    timeline = project.GetCurrentTimeline()
    return timeline_id(timeline) if timeline else None
