"""The process a window trains in: what runs there, and how the two talk."""
