"""The page says what the registry says."""

from __future__ import annotations

from pathlib import Path

from twopop_otio.dialects import EDITORS
from twopop_otio.lint import RULES, Rule

PAGE = Path(__file__).parents[2] / "docs" / "lint.md"


def row(rule: Rule) -> str:
    by_severity: dict[str, list[str]] = {}
    for editor, severity in rule.editors.items():
        by_severity.setdefault(severity, []).append(editor)
    names = {severity: "all" if len(who) == len(EDITORS) else ", ".join(who) for severity, who in by_severity.items()}
    who = "; ".join(f"{severity}: {editors}" for severity, editors in names.items())
    return f"| `{rule.id}` | {who} | {rule.doc} | {rule.fix or ''} |"


def test_the_table_is_the_registry() -> None:
    table = PAGE.read_text(encoding="utf-8").partition("<!-- rules -->")[2].partition("<!-- /rules -->")[0]
    assert table.strip().splitlines()[2:] == [row(rule) for rule in RULES]


def test_rules_have_one_name_each_and_known_editors() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES) >= 50
    for rule in RULES:
        assert rule.editors and set(rule.editors) <= set(EDITORS)
        assert set(rule.editors.values()) <= {"refuse", "drop", "change"}
        assert rule.doc.endswith(".") and (rule.fix is None or rule.fix.endswith("."))
        assert "|" not in rule.doc + (rule.fix or "")
