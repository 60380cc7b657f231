"""The Reshape page."""
