"""Insight in the window: why an entrant went the way it went, and which quantities are plotted."""
