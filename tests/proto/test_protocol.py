"""The .proto files: their stubs are fresh, and they read like the manual."""

import re
import subprocess
from pathlib import Path

import pytest

PROTO = Path(__file__).parents[2] / "proto"
FILES = sorted((PROTO / "twopop" / "v1").glob("*.proto"))


def test_the_stubs_are_what_the_generator_makes(tmp_path: Path) -> None:
    python = PROTO.parent / ".venv-proto" / "bin" / "python"
    if not (python.parent.parent / ".ready").exists():
        pytest.skip("the stubs' generator is not installed (make proto)")
    ran = subprocess.run([python, PROTO / "generate.py", tmp_path], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    made = {path.relative_to(tmp_path): path.read_text() for path in tmp_path.rglob("*.py*")}
    kept = {path.relative_to(PROTO): path.read_text() for path in (PROTO / "twopop" / "v1").glob("*_pb2*.py*")}
    assert made.keys() == kept.keys()
    assert [str(path) for path in made if made[path] != kept[path]] == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_field_value_and_rpc_has_a_comment(path: Path) -> None:
    lines = path.read_text().splitlines()
    thing = re.compile(r"\s+(?:rpc \w+\(|[A-Z][A-Z_]+ = \d+;|(?:repeated |optional )?[\w.]+(?:<.*>)? \w+ = \d+;)")
    found = [number for number, line in enumerate(lines) if thing.match(line)]
    assert found
    assert [lines[number] for number in found if not lines[number - 1].strip().startswith("//")] == []
    assert lines[0].startswith("// ")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_names_and_types_follow_the_rules(path: Path) -> None:
    """AIP-126 (enums), 140 (names), 141 (no unsigned numbers)."""
    text = path.read_text()
    assert not re.search(r"\b(?:uint|fixed|sint)\d+\b", text)
    assert all(
        re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in re.findall(r"^\s+[\w.<>, ]+ (\w+) = \d+;", text, re.M)
    )
    for name, body in re.findall(r"^enum (\w+) \{\n(.*?)^\}", text, re.M | re.S):
        prefix = re.sub(r"(?<!^)(?=[A-Z])", "_", name).upper()
        values = re.findall(r"^\s+(\w+) = (\d+);", body, re.M)
        assert values[0] == (f"{prefix}_UNSPECIFIED", "0")
        assert all(value.startswith(prefix) for value, _ in values)
