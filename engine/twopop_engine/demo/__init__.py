"""The demo's media, made in code."""
