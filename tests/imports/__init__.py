"""Cuts whose truth is known, written as the text of other formats by code of the tests' own."""

from imports.cuts import RATES, Shot, label, shown

__all__ = ["RATES", "Shot", "label", "shown"]
