"""Insight along the path, drawn."""
