"""The kinds of map to choose from: a small picture of each with its name."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QToolButton, QWidget

from optviz.gui.controls import look
from optviz.gui.maps.words import KINDS, translated
from optviz.map_setting import MAP_KINDS

_HEIGHT, _PICTURE = 56, QSize(36, 24)


class KindTile(QToolButton):
    """One kind of map: a picture and its name below it."""

    def __init__(self, kind: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.kind, self.chosen = kind, False
        name, help_text = (translated(text) for text in KINDS[kind])
        self.setText(name)
        self.setAccessibleName(name)
        self._help = help_text
        self.setToolTip(look.tip(name, help_text))
        self.setAccessibleDescription(help_text)
        self.setCheckable(True)
        self.setFixedHeight(_HEIGHT)
        self.setMinimumWidth(72)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFont(look.sized(self.font(), look.SMALL))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(100, _HEIGHT)

    def refuse(self, why: str) -> None:
        """Say why there cannot be such a map; an empty text takes that back."""
        self.setEnabled(not why)
        self.setToolTip(look.tip(self.text(), why or self._help))
        self.setAccessibleDescription(why or self._help)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        enabled, on = self.isEnabled(), self.isChecked()
        painter.setPen(QPen(look.accent() if on or self.hasFocus() else look.hairline(), 1.5 if on else 1.0))
        ground = look.chosen_ground() if on else look.base()
        if enabled and not on and (self.isDown() or self.underMouse()):
            ground = look.mix(look.base(), look.ink(), 0.1 if self.isDown() else 0.05)
        painter.setBrush(ground)
        painter.drawRoundedRect(box, look.RADIUS, look.RADIUS)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.accent(), 1.5))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75), 7, 7)
        place = QRectF(QPointF((self.width() - _PICTURE.width()) / 2, 8.0), _PICTURE.toSizeF())
        painter.save()
        painter.setOpacity(1.0 if enabled else 0.35)
        clip = QPainterPath()
        clip.addRoundedRect(place, 3.0, 3.0)
        painter.setClipPath(clip)
        _PAINT[self.kind](painter, place)
        painter.restore()
        painter.setPen(look.ink() if enabled else look.disabled())
        text = QRectF(2, place.bottom() + 3, self.width() - 4, self.height() - place.bottom() - 6)
        cut = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, int(text.width()))
        painter.drawText(text, int(Qt.AlignmentFlag.AlignCenter), cut)
        painter.end()


class KindTiles(QWidget):
    """All kinds of map, of which one is chosen: those over the start above, over hyperparameters below.

    Signals
    -------
    picked(str)
        A person chose one.
    """

    picked = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Kind of map"))
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(4)
        self.tiles: dict[str, KindTile] = {}
        for place, kind in enumerate(MAP_KINDS):
            tile = self.tiles[kind] = KindTile(kind, self)
            tile.clicked.connect(lambda _=False, kind=kind: self._pick(kind))
            grid.addWidget(tile, place // 3, place % 3)

    def _pick(self, kind: str) -> None:
        self.choose(kind)  # the one that was chosen stays chosen
        self.picked.emit(kind)

    def choose(self, kind: str) -> None:
        """Show which one is chosen."""
        for one, tile in self.tiles.items():
            tile.setChecked(one == kind)


def _basin(painter: QPainter, box: QRectF) -> None:
    painter.fillRect(box, QColor("#4c8fc0"))
    for color, points in (
        ("#d98b3a", ((0.45, 0.0), (0.62, 0.35), (0.5, 0.62), (0.72, 1.0), (1.0, 1.0), (1.0, 0.0))),
        ("#5aa37a", ((0.0, 0.62), (0.28, 0.5), (0.5, 0.62), (0.72, 1.0), (0.0, 1.0))),
    ):
        shape = [QPointF(box.left() + x * box.width(), box.top() + y * box.height()) for x, y in points]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(color))
        painter.drawPolygon(QPolygonF(shape))


def _rings(painter: QPainter, box: QRectF, colors: tuple[str, ...], centre: tuple[float, float]) -> None:
    painter.fillRect(box, QColor(colors[0]))
    painter.setPen(Qt.PenStyle.NoPen)
    at = QPointF(box.left() + centre[0] * box.width(), box.top() + centre[1] * box.height())
    for place, color in enumerate(colors[1:], 1):
        share = 1.0 - place / len(colors)
        painter.setBrush(QColor(color))
        painter.drawEllipse(at, 0.75 * share * box.width(), 0.85 * share * box.height())


def _steps(painter: QPainter, box: QRectF) -> None:
    _rings(painter, box, ("#f0e6b4", "#c3b58a", "#8f8a7c", "#5d6473", "#2f3f6b"), (0.4, 0.55))


def _loss(painter: QPainter, box: QRectF) -> None:
    _rings(painter, box, ("#e7d842", "#86c25a", "#3f9f84", "#35708d", "#472f6d"), (0.62, 0.5))


def _difference(painter: QPainter, box: QRectF) -> None:
    painter.fillRect(box, QColor("#d6885f"))
    path = QPainterPath(box.topLeft())
    path.lineTo(box.left() + 0.35 * box.width(), box.top())
    path.cubicTo(
        QPointF(box.left() + 0.75 * box.width(), box.top() + 0.3 * box.height()),
        QPointF(box.left() + 0.2 * box.width(), box.top() + 0.65 * box.height()),
        QPointF(box.left() + 0.62 * box.width(), box.bottom()),
    )
    path.lineTo(box.bottomLeft())
    painter.fillPath(path, QColor("#5f8fc4"))
    painter.strokePath(path, QPen(QColor("#f3f1ee"), 2.0))


def _sensitivity(painter: QPainter, box: QRectF) -> None:
    columns, rows = 9, 6
    wide, high = box.width() / columns, box.height() / rows
    for c in range(columns):
        for r in range(rows):
            near = abs((c + 0.5) / columns - 0.6 * (1.0 - (r + 0.5) / rows) - 0.15)
            color = look.mix(QColor("#35708d"), QColor("#e7d842"), min(1.0, 1.8 * near))
            if (c + 0.5) / columns > 0.72 + 0.25 * (1.0 - (r + 0.5) / rows):
                color = QColor("#8d8790")
            painter.fillRect(
                QRectF(box.left() + c * wide, box.top() + r * high, wide + 0.5, high + 0.5), color
            )


def _rates(painter: QPainter, box: QRectF) -> None:
    painter.fillRect(box, look.mix(look.base(), look.ink(), 0.07))
    for color, low, depth in (("#4c8fc0", 0.38, 0.82), ("#d98b3a", 0.66, 0.62)):
        path = QPainterPath()
        for step in range(25):
            x = step / 24.0
            y = depth - 3.4 * (x - low) ** 2
            point = QPointF(box.left() + x * box.width(), box.top() + max(y, -0.2) * box.height())
            path.moveTo(point) if step == 0 else path.lineTo(point)
        painter.strokePath(path, QPen(QColor(color), 2.0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(color))
        painter.drawEllipse(
            QPointF(box.left() + low * box.width(), box.top() + depth * box.height()), 2.6, 2.6
        )


_PAINT = {
    "basin": _basin,
    "steps": _steps,
    "loss": _loss,
    "difference": _difference,
    "sensitivity": _sensitivity,
    "learning_rate": _rates,
}
