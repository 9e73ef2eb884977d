"""Builds the extension for Blender: the sources here, our thin packages as one wheel, and the wheels that they need.

build.py --platform linux-x64 --python 3.11 -o dist: the same sources give the same bytes.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import importlib.util
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
MANIFEST = "blender_manifest.toml"
PACKAGES = ("twopop", "twopop_client", "twopop_actions", "twopop_blender")
PLATFORMS = {
    "linux-x64": ("manylinux_2_28_x86_64", "manylinux2014_x86_64", "manylinux_2_17_x86_64"),
    "macos-arm64": ("macosx_11_0_arm64", "macosx_11_0_universal2", "macosx_10_9_universal2"),
    "macos-x64": ("macosx_11_0_x86_64", "macosx_11_0_universal2", "macosx_10_9_universal2"),
    "windows-x64": ("win_amd64",),
    "windows-arm64": ("win_arm64",),
}
"""Blender's names of the platforms, and the tags of the wheels that run there."""

_OUR_WHEEL_TAG = "py3-none-any"
_EPOCH = (2020, 1, 1, 0, 0, 0)
_CHECKOUT = (HERE.parents[1] / "proto", HERE.parents[1] / "adapters")


class BuildError(Exception):
    """The extension cannot be built; the message says why."""


def build(platform: str, python: str, folder: Path) -> Path:
    """Builds the extension.

    Args:
        platform: One of `PLATFORMS`.
        python: Version of Blender's Python: "3.11" for 4.2 to 5.0.
        folder: Where the zip goes; made when missing.

    Returns:
        The zip's path.

    Raises:
        BuildError: A wheel does not exist for the platform, or cannot be fetched.
    """
    version = _version()
    folder.mkdir(parents=True, exist_ok=True)
    out = folder / f"twopop-{version}-blender-{platform}-py{python.replace('.', '')}.zip"
    with tempfile.TemporaryDirectory() as scratch:
        wheels = [*_fetch(platform, python, Path(scratch)), _our_wheel(version, Path(scratch))]
        names = sorted(wheel.name for wheel in wheels)
        files = {path.name: path.read_bytes() for path in HERE.glob("*.py") if path != Path(__file__).resolve()}
        files |= {path.name: path.read_bytes() for path in HERE.parents[1].glob("LICENSE")}
        files[MANIFEST] = _manifest(version, platform, names).encode()
        files |= {f"wheels/{wheel.name}": wheel.read_bytes() for wheel in wheels}
        _write_zip(out, files)
    return out


def _fetch(platform: str, python: str, folder: Path) -> list[Path]:
    """The wheels of others, checked against `wheels.txt`."""
    tags = [word for tag in PLATFORMS[platform] for word in ("--platform", tag)]
    abis = [word for abi in (f"cp{python.replace('.', '')}", "abi3", "none") for word in ("--abi", abi)]
    command = [
        sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--only-binary=:all:", "--require-hashes", "--python-version", python, "--implementation", "cp",
        *tags, *abis, "--dest", str(folder), "-r", str(HERE / "wheels.txt"),
    ]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        said = [line for line in run.stderr.splitlines() if line.startswith("ERROR")] or [run.stderr.strip()]
        raise BuildError(f"{platform}, Python {python}: {said[-1]}")
    return [_named_for(wheel, python) for wheel in sorted(folder.glob("*.whl"))]


def _named_for(wheel: Path, python: str) -> Path:
    """A wheel with Blender's Python in its name.

    Blender 4.3 passes over wheels of the stable ABI that are named after an older Python: it looks for its own version
    in the name. Tags may be sets (PEP 425), so that its own is added.
    """
    *head, python_tag, abi_tag, platform_tag = wheel.stem.split("-")
    own = f"cp{python.replace('.', '')}"
    if abi_tag != "abi3" or own in python_tag.split("."):
        return wheel
    return wheel.rename(wheel.with_name("-".join([*head, f"{python_tag}.{own}", abi_tag, platform_tag]) + ".whl"))


def _our_wheel(version: str, folder: Path) -> Path:
    """Our thin packages as a wheel (PEP 427)."""
    info = f"twopop-{version}.dist-info"
    files = {name: data for package in PACKAGES for name, data in _sources(package)}
    files[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: twopop\nVersion: {version}\n".encode()
    files[f"{info}/WHEEL"] = (
        f"Wheel-Version: 1.0\nGenerator: twopop\nRoot-Is-Purelib: true\nTag: {_OUR_WHEEL_TAG}\n".encode()
    )
    lines = [f"{name},sha256={_digest(data)},{len(data)}" for name, data in sorted(files.items())]
    files[f"{info}/RECORD"] = "\n".join([*lines, f"{info}/RECORD,,", ""]).encode()
    out = folder / f"twopop-{version}-{_OUR_WHEEL_TAG}.whl"
    _write_zip(out, files)
    return out


def _sources(package: str) -> Iterable[tuple[str, bytes]]:
    """The modules of a package, from the checkout around this file, else from where it is installed."""
    root = next((place / package for place in _CHECKOUT if (place / package).is_dir()), None)
    if root is None:
        spec = importlib.util.find_spec(package)
        if spec is None or not spec.submodule_search_locations:
            raise BuildError(f"{package} is neither beside this file nor installed")
        root = Path(spec.submodule_search_locations[0])
    for path in sorted(root.rglob("*.py")):
        yield f"{package}/{path.relative_to(root).as_posix()}", path.read_bytes()


def _manifest(version: str, platform: str, wheels: Sequence[str]) -> str:
    text = (HERE / MANIFEST).read_text(encoding="utf-8")
    if f'version = "{version}"' not in text:
        raise BuildError(f"{MANIFEST} does not say version {version}")
    listed = "".join(f'    "./wheels/{name}",\n' for name in wheels)
    added = f'platforms = ["{platform}"]\nwheels = [\n{listed}]\n'
    mark = "# build.py adds `platforms` and `wheels`.\n"
    if mark not in text:
        raise BuildError(f"{MANIFEST} has lost the line that says where the wheels go")
    return text.replace(mark, added)


def _version() -> str:
    lines = dict(_sources("twopop"))["twopop/__init__.py"].decode().splitlines()
    return next(line.split('"')[1] for line in lines if line.startswith("__version__"))


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def _write_zip(out: Path, files: dict[str, bytes]) -> None:
    """Writes to a temporary name first; dates are the same always."""
    part = out.with_name(out.name + ".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, files[name])
    part.replace(out)


def main() -> int:
    """Builds what the command line asks for."""
    parser = argparse.ArgumentParser(description="Build twopop's extension for Blender.")
    parser.add_argument("--platform", choices=sorted(PLATFORMS), required=True)
    parser.add_argument("--python", default="3.11", help="version of Blender's Python (3.11 for Blender 4.2 to 5.0)")
    parser.add_argument("-o", "--output", type=Path, default=Path("dist"), help="folder for the zip")
    given = parser.parse_args()
    try:
        print(build(given.platform, given.python, given.output))
    except BuildError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
