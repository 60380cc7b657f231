"""The failure gallery in the window: cards with pictures and measured outcomes."""
