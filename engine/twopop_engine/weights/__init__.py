"""The model store behind the Models service."""
