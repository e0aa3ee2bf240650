"""One pass over a trajectory: sources of frames, observers of them, and the store they fill."""
