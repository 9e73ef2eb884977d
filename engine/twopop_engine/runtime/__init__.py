"""What every capability runs with: progress, cancellation, the store of results."""
