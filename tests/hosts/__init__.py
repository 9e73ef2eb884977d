"""Contract of the hosts."""
