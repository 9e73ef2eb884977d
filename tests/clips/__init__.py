"""Small media files made in code, whose contents are known exactly."""
