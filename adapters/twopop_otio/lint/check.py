"""Running the rules over a timeline, and mending it until none finds anything that can be mended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from twopop.errors import InternalFailure, OptionInvalid, TimelineUnreadable
from twopop_otio.dialects import EDITORS
from twopop_otio.lint.cut import Cut, Item, label, spellings
from twopop_otio.lint.registry import RULES
from twopop_otio.lint.rule import Finding, Hit, Rule
from twopop_otio.tags import copy_of
from twopop_otio.timeline import Document

_ROUNDS = 1000
"""One mend can lay bare what another rule mends, a level of nesting each; deeper than this no file can be read."""

_T = TypeVar("_T")


@dataclass(frozen=True)
class Fixed:
    """A mended timeline.

    Attributes:
        document: The timeline.
        fixed: What was mended, in the order in which it was.
        left: What the rules still find.
        lost: What they found before and no longer do though nothing mended it: it went with what was taken out.
    """

    document: Document
    fixed: tuple[Finding, ...]
    left: tuple[Finding, ...]
    lost: tuple[Finding, ...]


def lint(document: Document, editor: str) -> tuple[Finding, ...]:
    """What an editor would refuse, drop or change.

    Args:
        document: The timeline.
        editor: "resolve", "premiere", "blender" or "kdenlive".

    Returns:
        The findings, in the order of the rules.

    Raises:
        OptionInvalid: No such editor.
        TimelineUnreadable: The timeline is damaged.
    """
    return _guarded(document, lambda: _lint(document, _known(editor)))


def fix(document: Document, editor: str) -> Fixed:
    """A timeline with everything mended that can be.

    Args:
        document: The timeline; it is not changed.
        editor: As for `lint`.

    Returns:
        The mended timeline, in which `lint` finds nothing more that can be mended.

    Raises:
        OptionInvalid: No such editor.
        TimelineUnreadable: The timeline is damaged.
    """
    return _guarded(document, lambda: _fix(document, _known(editor)))


def _known(editor: str) -> str:
    if editor not in EDITORS:
        raise OptionInvalid.of("dialect", f"there is none called {editor!r}; choose one of {', '.join(EDITORS)}")
    return editor


def _guarded(document: Document, work: Callable[[], _T]) -> _T:
    try:
        return work()
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as problem:
        raise TimelineUnreadable.at(str(document.path), f"cannot be understood: {problem}") from problem


def _lint(document: Document, editor: str) -> tuple[Finding, ...]:
    cut = Cut(document, editor)
    return tuple(_finding(rule, hit, cut) for rule in _rules(editor) for hit in rule.check(cut))


def _fix(document: Document, editor: str) -> Fixed:
    document = replace(document, root=copy_of(document.root))
    first = _lint(document, editor)
    fixed: list[Finding] = []
    for _ in range(_ROUNDS):
        mended = _mend_all(document, editor)
        fixed += mended
        if not mended:
            left = _lint(document, editor)
            found = {finding.rule for finding in left}
            lost = (one for one in first if not one.fix and one.severity != "refuse" and one.rule not in found)
            return Fixed(_spelled(document, editor), tuple(fixed), left, tuple(lost))
    raise InternalFailure(f"{document.path}: mending it for {editor} does not come to an end")


def _mend_all(document: Document, editor: str) -> list[Finding]:
    """Mends what each rule finds, rule after rule; what was mended."""
    mended: list[Finding] = []
    cut = Cut(document, editor)
    for rule in _rules(editor):
        hits = [(hit, hit.mend) for hit in rule.check(cut) if hit.mend]
        mended += [_finding(rule, hit, cut) for hit, _ in hits]
        for _, mend in hits:
            mend()
        cut = Cut(document, editor) if hits else cut
    return mended


def _spelled(document: Document, editor: str) -> Document:
    """The document with its rate as it is spelled now."""
    cut = Cut(document, editor)
    return document if document.rate in spellings(cut.rate, editor) else replace(document, rate=cut.editor.rate)


def _rules(editor: str) -> list[Rule]:
    return [rule for rule in RULES if editor in rule.editors]


def _finding(rule: Rule, hit: Hit, cut: Cut) -> Finding:
    severity = rule.editors[cut.editor.name]
    mending = rule.fix if hit.mend else None
    if isinstance(hit.where, Item):
        item = hit.where
        return Finding(
            rule.id, severity, label(item.track, f"track {item.track_number}"), item.number,
            label(item.node, f"unnamed {item.schema.lower()}"), cut.timecode(item.record_start), hit.message, mending,
        )  # fmt: skip
    name = label(hit.where, "unnamed track") if hit.where else None
    return Finding(rule.id, severity, name, None, name, None, hit.message, mending)
