"""How the editors that write OTIO differ: a module for each, and `recognise`, which tells them apart."""

from twopop_otio.dialects.plain import Dialect
from twopop_otio.dialects.recognition import EDITORS, recognise

__all__ = ["EDITORS", "Dialect", "recognise"]
