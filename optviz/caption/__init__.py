"""What was run, in words: a line below a picture, and the full account with every hyperparameter."""

from __future__ import annotations

from optviz.caption.sentences import SEPARATOR, caption_of, short_caption, wordings
from optviz.caption.words import number, translate_by

__all__ = ["SEPARATOR", "caption_of", "number", "short_caption", "translate_by", "wordings"]
