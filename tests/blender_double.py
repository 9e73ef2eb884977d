"""Programs that answer as Blender's command line does: a strict double, and the real one inside bpy's package.

`bpy` has no program of its own; `real_blender` writes one that hands Blender's own command-line code what it is given.
"""

import sys
import zipfile
from pathlib import Path

import pytest

_DOUBLE = """#!{python}
import os, shutil, sys, zipfile
words = sys.argv[1:]
repository = os.path.join({folder!r}, "extensions", "user_default")
mode = {mode!r}
if words == ["--version"]:
    print("Blender {version}\\n\\tbuild date: 2025-01-01")
elif words[:3] == ["--background", "--factory-startup", "--python-expr"] and len(words) == 4:
    exec(words[3])
elif words == ["--command", "extension", "repo-list"]:
    print('blender_org:\\n    name: "x"\\n    directory: "/none"\\n    url: "https://example.invalid"')
    print('user_default:\\n    name: "User Default"\\n    directory: "%s"\\n    source: "USER"' % repository)
elif words[:6] == ["--command", "extension", "install-file", "-r", "user_default", "-e"] and len(words) == 7:
    if mode == "lying":
        print("Error: wheels are missing")
    else:
        with zipfile.ZipFile(words[6]) as archive:
            archive.extractall(os.path.join(repository, "twopop"))
elif words == ["--command", "extension", "remove", "user_default.twopop"]:
    if mode != "lying":
        shutil.rmtree(os.path.join(repository, "twopop"))
else:
    sys.exit("unknown arguments: %s" % words)
"""

_REAL = """#!{python}
import os, sys
os.environ["BLENDER_USER_RESOURCES"] = {folder!r}
words = sys.argv[1:]
import bpy
if words == ["--version"]:
    print("Blender %d.%d.%d" % bpy.app.version)
elif words[0] == "--background":
    exec(words[3])
else:
    assert words[:2] == ["--command", "extension"], words
    import addon_utils
    addon_utils.enable("bl_pkg", default_set=True)
    from bl_pkg.bl_extension_cli import cli_extension_handler
    code = cli_extension_handler(words[2:])
    sys.stdout.flush()
    os._exit(code)
"""


def fake_blender(folder: Path, version: str = "4.5.1", mode: str = "honest", user: Path | None = None) -> Path:
    """A program that knows the arguments that we use, and no others.

    Args:
        folder: Where its program lies.
        version: What it says that it is.
        mode: "lying": it answers well and does nothing.
        user: Where its user's files lie; None: beside the program.
    """
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "blender"
    program.write_text(_DOUBLE.format(python=sys.executable, folder=str(user or folder), version=version, mode=mode))
    program.chmod(0o755)
    return program


def real_blender(folder: Path, version: str) -> Path:
    """A program that runs Blender's own code in a venv of the checkout; skips where there is none."""
    python = Path(__file__).parents[1] / f".venv-blender-{version}" / "bin" / "python"
    if not python.exists():
        pytest.skip(f"there is no {python.parent.parent.name} (make test-blender BPY={version})")
    folder.mkdir(parents=True, exist_ok=True)
    program = folder / "blender"
    program.write_text(_REAL.format(python=python, folder=str(folder / "user")))
    program.chmod(0o755)
    return program


def extension_file(path: Path, version: str = "1.0.0") -> Path:
    """A small extension that Blender takes."""
    manifest = "\n".join(
        [
            'schema_version = "1.0.0"', 'id = "twopop"', f'version = "{version}"', 'name = "twopop"',
            'tagline = "Keeps sound and picture together"', 'maintainer = "twopop"', 'type = "add-on"',
            'blender_version_min = "4.2.0"', 'license = ["SPDX:Apache-2.0"]',
        ]
    )  # fmt: skip
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("blender_manifest.toml", manifest)
        archive.writestr("__init__.py", "def register(): ...\ndef unregister(): ...\n")
    return path
