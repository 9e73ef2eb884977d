"""What the engine and its clients share: the protocol, the errors, exact time and where the engine is found."""

__version__ = "0.1.0"

API_MAJOR = 1
"""Changes when a client of the older number can no longer be served."""

API_MINOR = 0
"""Grows with every addition; an engine serves clients up to its own number."""
