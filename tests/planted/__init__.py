"""Score maps and moving pictures made in code, whose offsets are known exactly."""
