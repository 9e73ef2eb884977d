"""Long work: operations, the workers that do it, the results kept."""
