"""The images networks learn from: where they are, how they are fetched, read and checked."""
