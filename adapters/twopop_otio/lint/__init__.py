"""What an editor would refuse, drop or change of a timeline, told before the import, and mended where that is possible.

The rules are what was measured or read in the importers' sources; where nobody knows what an editor does there is none.
"""

from twopop_otio.lint.check import Fixed, fix, lint
from twopop_otio.lint.registry import RULES
from twopop_otio.lint.rule import Finding, Rule, Severity
from twopop_otio.lint.source import open_timeline

__all__ = ["RULES", "Finding", "Fixed", "Rule", "Severity", "fix", "lint", "open_timeline"]
