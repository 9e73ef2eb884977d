"""The twopop command."""
