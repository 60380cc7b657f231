"""The one typeface, and writing with it.

DejaVu Sans comes with ziafont, so that a frame needs no font of the system and looks the same on every
machine. Sizes are in pixels and nothing is hinted: hinting would change pixels with the screen's scale.
Its figures are all of one width.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QFontMetricsF,
    QImage,
    QPaintEngine,
    QPainter,
    QPainterPath,
    QPen,
    QTransform,
)

LEFT, CENTER, RIGHT = 0.0, 0.5, 1.0
_GRID = 2048  # units of the typeface for a size


@lru_cache(maxsize=1)
def family() -> str:
    """Register the bundled typeface with Qt and return its name; an application must exist."""
    data = files("ziafont").joinpath("fonts", "DejaVuSans.ttf").read_bytes()
    identifier = QFontDatabase.addApplicationFontFromData(data)
    families = QFontDatabase.applicationFontFamilies(identifier) if identifier >= 0 else []
    return families[0] if families else "DejaVu Sans"


@lru_cache(maxsize=128)
def font(pixels: int, *, italic: bool = False, strong: bool = False) -> QFont:
    """Return the typeface at a pixel size; treat it as read-only."""
    result = QFont(family())
    result.setPixelSize(max(1, pixels))
    result.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    result.setStyleStrategy(
        QFont.StyleStrategy(QFont.StyleStrategy.PreferAntialias | QFont.StyleStrategy.NoSubpixelAntialias)
    )
    result.setItalic(italic)
    result.setWeight(QFont.Weight.Bold if strong else QFont.Weight.Normal)
    return result


@lru_cache(maxsize=4096)
def width(text: str, face: QFont) -> float:
    """Return how far a text reaches, in pixels."""
    return QFontMetricsF(face).horizontalAdvance(text)


@lru_cache(maxsize=128)
def rise(face: QFont) -> float:
    """Return the height of a figure above the baseline."""
    return QFontMetricsF(face).capHeight()


def fitting(text: str, sizes: Sequence[int], room: float) -> QFont:
    """Return the typeface at the first of some sizes at which a text fits, else at the last."""
    return next((one for one in map(font, sizes) if width(text, one) <= room), font(sizes[-1]))


def elided(text: str, face: QFont, room: float) -> str:
    """Return the text, its end replaced by … where it does not fit."""
    if width(text, face) <= room:
        return text
    return QFontMetricsF(face).elidedText(text, Qt.TextElideMode.ElideRight, room)


def write(
    painter: QPainter, x: float, baseline: float, text: str, face: QFont, color: str, align: float = LEFT
) -> QRectF:
    """Write one line of text and return the box it covers.

    On pixels its outlines are filled: Qt's cache of glyphs gives a letter the place within a pixel at which
    it was first wanted, so that what was drawn before would show. In SVG and PDF it stays text.
    """
    reach = width(text, face)
    left = x - align * reach
    if painter.paintEngine().type() == QPaintEngine.Type.Raster:
        # Letters stand on a whole pixel of the device.
        frame, ratio = painter.worldTransform(), painter.device().devicePixelRatioF()
        foot = round((frame.dy() + baseline * frame.m22()) * ratio) / ratio
        at = QPointF(left, (foot - frame.dy()) / (frame.m22() or 1.0))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(at)
        painter.fillPath(_outline(text, face), QColor(color))
        painter.translate(-at)
    else:
        painter.setFont(face)
        painter.setPen(QColor(color))
        painter.drawText(QPointF(left, baseline), text)
    return QRectF(left, baseline - rise(face), reach, rise(face))


def write_moving(
    painter: QPainter, x: float, baseline: float, text: str, face: QFont, color: str, align: float = LEFT
) -> None:
    """Write a short text that is another one in each frame, such as a number.

    On pixels each letter is drawn once for each quarter of a pixel it may stand on and kept; filling the
    outlines of every new text would cost a fifth of a frame.
    """
    frame, ratio = painter.worldTransform(), painter.device().devicePixelRatioF()
    if painter.paintEngine().type() != QPaintEngine.Type.Raster or ratio != 1.0 or not frame.isIdentity():
        write(painter, x, baseline, text, face, color, align)
        return
    advances = [width(letter, face) for letter in text]
    left, foot = x - align * sum(advances), round(baseline)
    for letter, advance in zip(text, advances, strict=True):
        quarters = round(4.0 * left)
        if not letter.isspace():
            image, above = _letter(letter, face, color, quarters % 4)
            painter.drawImage(quarters // 4 - 2, foot - above, image)
        left += advance


@lru_cache(maxsize=4096)
def _letter(letter: str, face: QFont, color: str, quarter: int) -> tuple[QImage, int]:
    """Return a letter, two pixels in from the left, and how far down its baseline is."""
    metrics = QFontMetricsF(face)
    above = math.ceil(metrics.ascent()) + 2
    image = QImage(
        math.ceil(metrics.horizontalAdvance(letter)) + 5,
        above + math.ceil(metrics.descent()) + 2,
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.fill(Qt.GlobalColor.transparent)
    with QPainter(image) as painter:
        write(painter, 2.0 + quarter / 4.0, above, letter, face, color)
    return image, above


@lru_cache(maxsize=2048)
def _outline(text: str, face: QFont) -> QPainterPath:
    """Return the outlines of a text, its baseline beginning at the origin.

    They are taken at the typeface's own grid, where coordinates are whole numbers, and scaled: at small sizes
    the font engine rounds to 1/64 pixel, now up, now down, by what other sizes it has drawn before.
    """
    large = QFont(face)
    large.setPixelSize(_GRID)
    outline = QPainterPath()
    outline.addText(0.0, 0.0, large, text)
    for i in range(outline.elementCount()):
        point = outline.elementAt(i)
        outline.setElementPositionAt(i, round(point.x), round(point.y))
    share = face.pixelSize() / _GRID
    return QTransform.fromScale(share, share).map(outline)


def write_haloed(
    painter: QPainter,
    x: float,
    baseline: float,
    text: str,
    face: QFont,
    color: str,
    halo: str,
    reach: float,
    vector: bool = False,
) -> None:
    """Write one line of text that reads over any ground, from `x` on.

    On pixels the text with its halo is drawn once and kept, and stands on whole pixels; stroking the
    outlines anew would cost more than all paths of a frame.
    """
    if vector:
        painter.save()
        painter.translate(x, baseline)
        _paint_haloed(painter, text, face, color, halo, reach)
        painter.restore()
        return
    ratio = painter.device().devicePixelRatioF() * abs(painter.worldTransform().m11())
    image = _haloed(text, face, color, halo, reach, ratio)
    edge, above = math.ceil(reach) + 1, _above(face, reach)
    at = QPointF(round((x - edge) * ratio) / ratio, round((baseline - above) * ratio) / ratio)
    painter.drawImage(at, image)


def _paint_haloed(painter: QPainter, text: str, face: QFont, color: str, halo: str, reach: float) -> None:
    outline = _outline(text, face)
    join, cap = Qt.PenJoinStyle.RoundJoin, Qt.PenCapStyle.RoundCap
    painter.strokePath(outline, QPen(QColor(halo), 2.0 * reach, Qt.PenStyle.SolidLine, cap, join))
    write(painter, 0.0, 0.0, text, face, color)


def _above(face: QFont, reach: float) -> int:
    return math.ceil(QFontMetricsF(face).ascent() + reach) + 1


@lru_cache(maxsize=256)
def _haloed(text: str, face: QFont, color: str, halo: str, reach: float, ratio: float) -> QImage:
    edge, above = math.ceil(reach) + 1, _above(face, reach)
    size = (width(text, face) + 2 * edge, above + QFontMetricsF(face).descent() + reach + 1)
    image = QImage(
        math.ceil(size[0] * ratio), math.ceil(size[1] * ratio), QImage.Format.Format_ARGB32_Premultiplied
    )
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(edge, above)
        _paint_haloed(painter, text, face, color, halo, reach)
    return image
