"""Models of lip sync under test, and what stands in for trained weights, frames and sound."""
