"""The hook "twopop_lint", before writing: what an editor would refuse ends the writing, with the list of it.

Asked for by the argument `twopop_lint="resolve"` (or another editor); with `twopop_fix=True` everything is mended first
that can be. What would be dropped or changed goes to the log.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from twopop.errors import TimelineUnreadable
from twopop_otio.lint import Finding, fix, lint
from twopop_otio.plugin.exchange import document_from, path_in, timeline_from

ARGUMENT = "twopop_lint"
FIX_ARGUMENT = "twopop_fix"

_log = logging.getLogger("twopop.otio")


def hook_function(in_timeline: Any, argument_map: Mapping[str, Any] | None = None) -> Any:
    """Lints for an editor, where it is asked for.

    Args:
        in_timeline: What an adapter is about to write.
        argument_map: The hook arguments of the tool.

    Returns:
        The timeline, mended where that was asked for; the same object where nothing was.

    Raises:
        TimelineUnreadable: The editor would refuse it, or it is damaged.
        OptionInvalid: No such editor.
    """
    editor = (argument_map or {}).get(ARGUMENT)
    if not argument_map or not editor:
        return in_timeline
    document = document_from(in_timeline, path_in(argument_map))
    if document is None:
        return in_timeline
    found: tuple[Finding, ...]
    if argument_map.get(FIX_ARGUMENT):
        mended = fix(document, str(editor))
        in_timeline, found = timeline_from(mended.document), (*mended.left, *mended.lost)
    else:
        found = lint(document, str(editor))
    _judge(found, str(editor), str(document.path))
    return in_timeline


def _judge(found: tuple[Finding, ...], editor: str, path: str) -> None:
    """Raises when something would be refused, and logs the rest.

    Raises:
        TimelineUnreadable: The message lists what would be refused.
    """
    for finding in found:
        if finding.severity != "refuse":
            _log.warning("%s would %s: %s (%s)", editor, finding.severity, finding.message, finding.rule)
    refused = [f"{finding.rule}: {finding.message}" for finding in found if finding.severity == "refuse"]
    if refused:
        raise TimelineUnreadable.at(path, f"{editor} would refuse it: " + " ".join(dict.fromkeys(refused)))
