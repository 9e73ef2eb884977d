"""These tests run inside Blender's own Python (`make test-blender`); elsewhere there is nothing to collect."""

import importlib.util
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

if importlib.util.find_spec("bpy") is None:
    collect_ignore_glob = ["test_*.py"]
else:
    sys.path += [str(ROOT / "proto"), str(ROOT / "adapters"), str(Path(__file__).parent)]
    # Before bpy is imported: nobody's own preferences and extensions, no engine and no results of theirs.
    private = Path(tempfile.mkdtemp(prefix="twopop-blender-"))
    os.environ["BLENDER_USER_RESOURCES"] = str(private / "blender")
    os.environ["TWOPOP_HOME"] = str(private / "home")
    os.environ["TWOPOP_DATA"] = str(private / "data")
    os.environ.setdefault("TWOPOP_ENGINE_PYTHON", str(ROOT / ".venv" / "bin" / "python"))
