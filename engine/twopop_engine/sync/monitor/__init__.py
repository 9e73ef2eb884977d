"""The live monitor: by how much sound and lips of a running stream are apart, and what delay would mend it."""
