"""The dialects under the name that they had before each got a module of its own."""

from twopop_otio.dialects import Dialect, recognise

__all__ = ["Dialect", "recognise"]
