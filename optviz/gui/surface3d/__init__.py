"""The surface in three dimensions in the window: looking around it, and the tools for that."""
