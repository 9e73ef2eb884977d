"""Faces in pictures: detection, landmarks and tracks through a shot."""
