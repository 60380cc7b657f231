"""The export dialog, and the process that does what it asks."""
