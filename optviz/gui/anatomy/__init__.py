"""Step by step: one update told part by part, in place of the curves."""
