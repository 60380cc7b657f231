"""What a picture is drawn on: the page, another colour, or nothing."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from optviz.render.style import Theme


def lay(painter: QPainter, rect: QRectF, theme: Theme) -> None:
    """Lay the theme's paper where a picture is going to be painted; a drawing without one stays open."""
    if not theme.bare:
        painter.fillRect(rect, QColor(theme.paper))


def laid(width: int, height: int, theme: Theme) -> QImage:
    """Return an opaque image (Format_RGB32) of the theme's paper.

    Raises
    ------
    MemoryError
        Where there is no memory for one of this size.
    """
    image = QImage(width, height, QImage.Format.Format_RGB32)
    if image.isNull():
        raise MemoryError(f"no memory for a picture of {width} x {height} pixels")
    image.fill(QColor(theme.paper))
    return image
