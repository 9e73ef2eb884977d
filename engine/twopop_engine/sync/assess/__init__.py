"""From how well lips and sound fit at each lag to offsets and verdicts."""
