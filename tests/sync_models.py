"""The default model of lip sync and the face networks of this user's store: tests skip where they are not.

`TWOPOP_REQUIRE=models` turns the skips into failures.
"""

import os

import pytest

from twopop.errors import InputError
from twopop_engine.sync.meter import CardMeter, meter_of


def need_default_model() -> CardMeter:
    """What measures by default."""
    try:
        return meter_of("")
    except InputError as error:
        if "models" in os.environ.get("TWOPOP_REQUIRE", "").split(","):
            pytest.fail(f"{error.message} (TWOPOP_REQUIRE names models)")
        pytest.skip(error.message)
