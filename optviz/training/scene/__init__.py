"""From a record of a training to everything that can be drawn of it."""
