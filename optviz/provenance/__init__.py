"""What an exported file knows about itself: the whole experiment, the frame, and how it was exported.

It travels as one ASCII text with a checksum inside PNG, SVG, PDF, MP4, WebM and GIF files. Reading it back
trusts nothing: every reader is our own, takes at most a megabyte, and nothing is run.
"""

from optviz.provenance.carriers import read, text_of
from optviz.provenance.record import KEY, MOST, Provenance

__all__ = ["KEY", "MOST", "Provenance", "read", "text_of"]
