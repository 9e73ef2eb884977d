"""Installing into editors: where their folders are, what goes there, and how it is taken away again."""
