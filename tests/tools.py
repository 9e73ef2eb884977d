"""Programs that only apt has: tests skip by name where one is missing, or fail where it was promised.

`TWOPOP_REQUIRE=chromium,melt` turns the skips of those tools into failures.
"""

import os
import shutil
from pathlib import Path

import pytest


def tool(*names: str) -> Path:
    """The first of a tool's spellings that is installed."""
    for name in names:
        if found := shutil.which(name):
            return Path(found)
    required = os.environ.get("TWOPOP_REQUIRE", "").split(",")
    if set(names) & set(required):
        pytest.fail(f"{names[0]} is missing, and TWOPOP_REQUIRE names it")
    pytest.skip(f"{names[0]} is not installed (apt-get install {names[0]})")
