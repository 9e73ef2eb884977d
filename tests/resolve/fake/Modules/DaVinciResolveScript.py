"""The fake for a process of its own: its project is kept in the file that FAKE_RESOLVE names.

FAKE_RESOLVE_ODDITIES lists what goes wrong; FAKE_RESOLVE_ANSWERS holds as JSON what the user does in windows, and
FAKE_RESOLVE_SHOWN names the file that is told what they showed.
"""

import atexit
import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from resolve.fake.app import FakeModule
from resolve.fake.model import ProjectState
from resolve.fake.world import World


def _world() -> World | None:
    kept = os.environ.get("FAKE_RESOLVE")
    if not kept:
        return None
    oddities = tuple(filter(None, os.environ.get("FAKE_RESOLVE_ODDITIES", "").split(",")))
    answers = os.environ.get("FAKE_RESOLVE_ANSWERS")
    world = World(ProjectState.load(Path(kept)), oddities, store=Path(kept))
    world.answers = json.loads(answers) if answers else None
    if shown := os.environ.get("FAKE_RESOLVE_SHOWN"):
        atexit.register(lambda: Path(shown).write_text(json.dumps(world.shown)))
    return world


_module = FakeModule(_world())
scriptapp = _module.scriptapp
UIDispatcher = _module.UIDispatcher
