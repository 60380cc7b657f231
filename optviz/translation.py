"""Marking texts for translation where they are declared, without Qt."""

from __future__ import annotations


def QT_TRANSLATE_NOOP(context: str, text: str) -> str:  # noqa: N802 - the name the translation tools look for
    """Return `text`, which is translated where it is shown."""
    return text
