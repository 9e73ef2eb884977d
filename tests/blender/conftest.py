"""These tests run inside Blender's own Python (`make test-blender`); elsewhere there is nothing to collect.

The extension is built, installed and enabled as a user would, and what is tested is what it brought along: neither
this checkout nor its environment is on the path.
"""

import importlib.util
import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _build(folder: Path) -> Path:
    """The extension for this machine."""
    script = ROOT / "plugins" / "blender" / "build.py"
    python = "{}.{}".format(*sys.version_info)
    command = [os.environ["TWOPOP_ENGINE_PYTHON"], str(script), "--platform", "linux-x64", "--python", python]
    run = subprocess.run([*command, "-o", str(folder)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return Path(run.stdout.strip())


if importlib.util.find_spec("bpy") is None:
    collect_ignore_glob = ["test_*.py"]
else:
    private = Path(tempfile.mkdtemp(prefix="twopop-blender-"))
    # Before bpy is imported: nobody's own preferences and extensions, no engine and no results of theirs.
    os.environ["BLENDER_USER_RESOURCES"] = str(private / "blender")
    os.environ["TWOPOP_HOME"] = str(private / "home")
    os.environ["TWOPOP_DATA"] = str(private / "data")
    os.environ.setdefault("TWOPOP_ENGINE_PYTHON", str(ROOT / ".venv" / "bin" / "python"))
    sys.path.append(str(Path(__file__).parent))

    import bpy

    bpy.ops.extensions.package_install_files(filepath=str(_build(private)), repo="user_default", enable_on_install=True)
