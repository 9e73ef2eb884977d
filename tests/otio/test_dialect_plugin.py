"""The OTIO plugin in OTIO's own tools, each in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import opentimelineio
import pytest

import otio_files as files

S = Fraction(1)
MANIFEST = Path(__file__).parents[2] / "adapters" / "twopop_otio" / "plugin_manifest.json"
SNAP = ("-H", "twopop_snap=True")


def tool(name: str, *words: str | Path, manifest: bool = True) -> subprocess.CompletedProcess[str]:
    """One of OTIO's tools, with our plugin or without any."""
    program = Path(sys.executable).parent / name
    extra = {"OTIO_PLUGIN_MANIFEST_PATH": str(MANIFEST) if manifest else "", "OTIO_DISABLE_ENTRYPOINTS_PLUGINS": "1"}
    return subprocess.run(
        [str(program), *(str(word) for word in words)],
        env={**os.environ, **extra}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def convert(source: Path, output: Path, *words: str | Path, manifest: bool = True) -> subprocess.CompletedProcess[str]:
    return tool("otioconvert", "-i", source, "-o", output, *words, manifest=manifest)


def cut(folder: Path, url: str = "/gone/A.mov", rate: float = 24.0) -> Path:
    clip = files.clip("A.mov", url, files.span(S, S, rate), files.span(0 * S, 9 * S, rate))
    return files.save(files.timeline(files.track("V1", "Video", clip), rate=rate), folder / "cut.otio")


def first_clip(path: Path) -> Any:
    return json.loads(path.read_text())["tracks"]["children"][0]["children"][0]


def url_in(path: Path) -> str:
    clip = first_clip(path)
    return str(clip["media_references"]["DEFAULT_MEDIA"].get("target_url"))


def test_otio_lists_the_plugin() -> None:
    listed = tool("otiopluginfo")
    assert listed.returncode == 0, listed.stderr
    for words in ("twopop_snap", "twopop_lint", "linker.py", str(MANIFEST)):
        assert words in listed.stdout
    assert "could not" not in listed.stderr


def test_the_installed_package_brings_it() -> None:
    """The entry point names the package, and OTIO looks for the manifest in it."""
    program = "import opentimelineio as o; print(*[p.name for p in o.plugins.ActiveManifest().hook_scripts])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert {"twopop_snap", "twopop_lint"} <= set(done.stdout.split())
    assert done.stdout.split().count("twopop_lint") == 1


def test_nothing_happens_unless_it_is_asked_for(tmp_path: Path) -> None:
    """The hooks run in every tool of the environment: an OTIO tool must write the same bytes with and without them."""
    source = cut(tmp_path, rate=23.98)
    for output, manifest in (("with.otio", True), ("without.otio", False)):
        done = convert(source, tmp_path / output, manifest=manifest)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "with.otio").read_bytes() == (tmp_path / "without.otio").read_bytes()


@pytest.mark.parametrize("spelling", [23.976, 23.98, 23.976024627685547])
def test_rates_are_snapped(tmp_path: Path, spelling: float) -> None:
    source = cut(tmp_path, rate=spelling)
    root = json.loads(source.read_text())
    root["tracks"]["children"][0]["children"][0]["source_range"]["start_time"]["value"] = -1.89e-14
    done = convert(files.save(root, source), tmp_path / "out.otio", *SNAP)
    assert done.returncode == 0, done.stderr
    used = first_clip(tmp_path / "out.otio")["source_range"]
    assert used["start_time"] == {"OTIO_SCHEMA": "RationalTime.1", "rate": 24000 / 1001, "value": 0.0}
    assert used["duration"]["rate"] == 24000 / 1001
    assert used["duration"]["value"] == 24000 / 1001  # one second is no whole number of frames and stays


def test_lint_ends_the_writing(tmp_path: Path) -> None:
    source = cut(tmp_path)
    refused = convert(source, tmp_path / "out.otio", "-H", 'twopop_lint="resolve"')
    assert refused.returncode != 0
    assert "resolve would refuse it" in refused.stderr
    assert "mark-missing: The timeline does not carry metadata.Resolve_OTIO" in refused.stderr
    assert not (tmp_path / "out.otio").exists()


def test_lint_mends_first_where_that_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "A.mov").touch()
    source = cut(tmp_path, (tmp_path / "A.mov").as_uri())
    done = convert(source, tmp_path / "out.otio", "-H", 'twopop_lint="resolve"', "-H", "twopop_fix=True")
    assert done.returncode == 0, done.stderr
    root = json.loads((tmp_path / "out.otio").read_text())
    assert root["metadata"]["Resolve_OTIO"] == {"Resolve OTIO Meta Version": "1.0"}
    assert url_in(tmp_path / "out.otio") == str(tmp_path / "A.mov")
    assert "resolve would drop" in done.stderr


def test_an_editor_nobody_knows(tmp_path: Path) -> None:
    done = convert(cut(tmp_path), tmp_path / "out.otio", "-H", 'twopop_lint="avid"')
    assert done.returncode != 0 and "there is none called 'avid'" in done.stderr


def link(folder: Path, source: Path, folders: str) -> subprocess.CompletedProcess[str]:
    words = ("--media-linker", "twopop", "-M", f"folders={json.dumps(folders)}")
    return convert(source, folder / "out.otio", *words)


def test_media_is_linked_by_name(tmp_path: Path) -> None:
    found = tmp_path / "day 1" / "Ärger #1.mov"
    found.parent.mkdir()
    found.touch()
    os.symlink(tmp_path, tmp_path / "day 1" / "loop")
    done = link(tmp_path, cut(tmp_path, "F:\\shoot\\Ärger #1.mov"), f"{tmp_path}{os.pathsep}{found.parent}")
    assert done.returncode == 0, done.stderr
    assert url_in(tmp_path / "out.otio") == found.as_uri()
    library = opentimelineio.adapters.read_from_file(str(tmp_path / "out.otio"))
    assert library.tracks[0][0].media_reference.available_range.duration.value == 216


def test_an_offline_clip_is_linked_by_the_path_that_it_had(tmp_path: Path) -> None:
    (tmp_path / "B.mov").touch()
    source = cut(tmp_path)
    root = json.loads(source.read_text())
    clip = root["tracks"]["children"][0]["children"][0]
    clip["media_references"]["DEFAULT_MEDIA"] = {
        "OTIO_SCHEMA": "MissingReference.1", "name": "", "available_range": None,
        "metadata": {"Resolve_OTIO": {"Media Url": "/old/B.mov"}},
    }  # fmt: skip
    assert link(tmp_path, files.save(root, source), str(tmp_path)).returncode == 0
    assert url_in(tmp_path / "out.otio") == (tmp_path / "B.mov").as_uri()


def test_what_is_ambiguous_or_there_is_left_alone(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "A.mov").touch()
    done = link(tmp_path, cut(tmp_path), str(tmp_path))
    assert done.returncode == 0
    assert url_in(tmp_path / "out.otio") == "/gone/A.mov"
    assert "several files have this name, none was linked" in done.stderr
    there = str(tmp_path / "two" / "A.mov")
    assert link(tmp_path, cut(tmp_path, there), str(tmp_path)).returncode == 0
    assert url_in(tmp_path / "out.otio") == there


@pytest.mark.parametrize(("folders", "problem"), [("", "none given"), ("/gone", "/gone is no folder")])
def test_folders_that_are_none(tmp_path: Path, folders: str, problem: str) -> None:
    done = link(tmp_path, cut(tmp_path), folders)
    assert done.returncode != 0 and problem in done.stderr
