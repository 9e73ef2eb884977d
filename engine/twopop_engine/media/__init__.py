"""Media files: probing, exact reading and writing."""
