"""Model cards and the store that finds what they name."""
