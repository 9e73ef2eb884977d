"""The client: finds or starts the engine, makes typed calls, follows operations."""
