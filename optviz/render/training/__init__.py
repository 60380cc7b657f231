"""Drawing a training: where its panels lie, and one frame of it."""
