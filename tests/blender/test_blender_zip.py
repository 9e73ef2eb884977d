"""The zip: what is in it, that it is the same each time, and what Blender's own command line says of it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import bpy
import pytest
import tomllib

ROOT = Path(__file__).resolve().parents[2]
_BUNDLED = {"grpc", "google", "bpy", "aud"}


def build(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    script = ROOT / "plugins" / "blender" / "build.py"
    command = [os.environ["TWOPOP_ENGINE_PYTHON"], str(script), *words, "-o", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = build(tmp_path_factory.mktemp("zip"), "--platform", "linux-x64")
    assert run.returncode == 0, run.stderr
    return Path(run.stdout.strip())


def modules(made: Path, folder: Path) -> Iterator[tuple[str, ast.Module]]:
    """All Python modules that are ours: the extension's and those of our wheel."""
    with zipfile.ZipFile(made) as archive:
        wheel = archive.extract(next(n for n in archive.namelist() if n.startswith("wheels/twopop-")), folder)
        for name in archive.namelist():
            if name.endswith(".py"):
                yield name, ast.parse(archive.read(name))
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.endswith(".py"):
                yield name, ast.parse(archive.read(name))


def test_blender_finds_it_valid(made: Path) -> None:
    command = Path(bpy.utils.system_resource("SCRIPTS")) / "addons_core" / "bl_pkg" / "cli" / "blender_ext.py"
    run = subprocess.run([sys.executable, str(command), "validate", str(made)], capture_output=True, text=True)
    assert run.returncode == 0 and "Success" in run.stdout, run.stdout + run.stderr


def test_it_is_the_same_each_time(made: Path, tmp_path: Path) -> None:
    again = Path(build(tmp_path, "--platform", "linux-x64").stdout.strip())
    assert again != made and again.read_bytes() == made.read_bytes()


def test_nothing_is_imported_that_is_not_bundled(made: Path, tmp_path: Path) -> None:
    """No dependency of the engine's or of another host's comes into Blender's Python."""
    found: dict[str, str] = {}
    for name, module in modules(made, tmp_path):
        for node in ast.walk(module):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0]: name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
                found[node.module.split(".")[0]] = name
    ours = {"twopop", "twopop_client", "twopop_actions", "twopop_blender"}
    assert set(found) - ours - _BUNDLED - sys.stdlib_module_names == set(), found


def test_the_manifest_lists_what_is_there(made: Path) -> None:
    with zipfile.ZipFile(made) as archive:
        manifest = tomllib.loads(archive.read("blender_manifest.toml").decode())
        names = {f"./{name}" for name in archive.namelist() if name.startswith("wheels/")}
        assert "LICENSE" in archive.namelist()
    assert set(manifest["wheels"]) == names and len(names) == 4
    assert manifest["platforms"] == ["linux-x64"] and set(manifest["permissions"]) == {"files", "network"}


@pytest.mark.parametrize(
    ("platform", "mark"), [("macos-arm64", "macosx"), ("macos-x64", "macosx"), ("windows-x64", "win_amd64")]
)
def test_other_platforms(tmp_path: Path, platform: str, mark: str) -> None:
    run = build(tmp_path, "--platform", platform)
    assert run.returncode == 0, run.stderr
    with zipfile.ZipFile(run.stdout.strip()) as archive:
        native = [name for name in archive.namelist() if "grpcio" in name or "protobuf" in name]
    assert len(native) == 2 and all(mark in name for name in native)


def test_a_platform_without_wheels(tmp_path: Path) -> None:
    run = build(tmp_path, "--platform", "windows-arm64")
    assert run.returncode == 1 and run.stderr.startswith("windows-arm64, Python 3.11: ERROR: No matching distribution")
    assert list(tmp_path.iterdir()) == []
