"""Whether things may move by themselves: the desktop can ask that they do not."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QStyle

SLIDE = 180  # ms in which something slides to where it belongs


def reduced() -> bool:
    """Return whether the desktop asks for no animation."""
    style = QApplication.style()
    return style.styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration) == 0
