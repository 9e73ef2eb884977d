"""What a build needs of other packages, and whether a version will do."""

import importlib.metadata

import pytest

from twopop.packages import Requirement, fits, parse_requirement, requirements, version_of
from twopop_cli.health.packages import problem_of


@pytest.mark.parametrize(
    ("line", "extra", "found"),
    [
        ("grpcio>=1.66.2", "", Requirement("grpcio", ">=1.66.2")),
        ("grpcio>=1.66.2", "cli", None),
        ('typer>=0.12; extra == "cli"', "cli", Requirement("typer", ">=0.12")),
        ("typer>=0.12; extra == 'cli'", "engine", None),
        ('av >=18, <20 ; extra == "x"', "x", Requirement("av", ">=18,<20")),
        ("tomli>=2.0; (python_version < '3.9') and extra == 'x'", "x", None),
        ("tomli>=2.0; (python_version < '9.9') and extra == 'x'", "x", Requirement("tomli", ">=2.0")),
        ('twopop[otio]; extra == "cli"', "cli", None),
        ("types-grpcio; extra == 'dev'", "dev", Requirement("types-grpcio", "")),
        ("", "", None),
    ],
)
def test_a_line_of_the_metadata(line: str, extra: str, found: Requirement | None) -> None:
    assert parse_requirement(line, extra) == found


@pytest.mark.parametrize(
    ("version", "rules", "will_do"),
    [
        ("1.66.2", ">=1.66.2", True), ("1.66.10", ">=1.66.2", True), ("1.9", ">=1.66", False), ("2", ">=2.0.0", True),
        ("4.14.0.94", "<5", True), ("5.0", "<5", False), ("2.13.0+cpu", "==2.13.0", True),
        ("2.13.1", "==2.13.0", False), ("3.0", ">=2,<3", False), ("2.9", ">=2,<3", True),
        ("1.0", "!=1.0", False), ("1.0", "", True), ("2.0", ">2", False), ("2.0", "<=2", True),
    ],
)  # fmt: skip
def test_whether_a_version_will_do(version: str, rules: str, will_do: bool) -> None:
    assert fits(version, rules) is will_do


def test_what_is_wrong_is_said_with_both_versions() -> None:
    assert problem_of(Requirement("av", ">=18"), "17.0") == "av is 17.0, needed is >=18"
    assert problem_of(Requirement("av", ">=18"), "") == "av is missing"
    assert problem_of(Requirement("av", ">=18"), "18.1") == ""


def test_this_builds_own_metadata_is_read() -> None:
    assert {"grpcio", "protobuf"} <= {it.name for it in requirements("")}
    assert {"typer", "rich"} <= {it.name for it in requirements("cli")}
    assert {"av", "numpy"} <= {it.name for it in requirements("engine-base")}
    assert version_of("grpcio") == importlib.metadata.version("grpcio")
    assert version_of("no-such-package-of-ours") == ""
