"""The client: finds or starts the engine, makes typed calls, follows operations."""

from twopop_client.client import EngineClient, wire_path
from twopop_client.connection import Watch

__all__ = ["EngineClient", "Watch", "wire_path"]
