"""What a question offers to choose from: rows to be clicked, one of them chosen."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QVBoxLayout, QWidget

from optviz.gui import theme
from optviz.gui.controls import look
from optviz.gui.controls.swatch import draw_swatch
from optviz.lesson.prose import Paragraph
from optviz.render.prose import Setting, set_text

_LEFT, _SWATCH, _PAD = 30.0, 30.0, 7.0


class Option(QAbstractButton):
    """One of them: a ring, a piece of an entrant's line where it is one, and its text.

    Attributes
    ----------
    verdict
        After the answer: "right", "wrong" or "" for one that was neither chosen nor right.
    """

    def __init__(
        self, text: Paragraph, swatch: tuple[int, str | None] | None = None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._text, self._swatch = text, swatch
        self.verdict = ""
        self.scale = 1.0
        self.setCheckable(True)
        self.setAccessibleName(text.plain)
        self.setText(text.plain)
        self.setToolTip(look.tip(text.plain))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._fit()

    def _start(self) -> float:
        return _LEFT + (_SWATCH + 8.0 if self._swatch is not None else 0.0)

    def _setting(self) -> Setting:
        room = max(80, round(self.width() - self._start() - 10))
        return set_text((self._text,), room, round(self.scale * look.NORMAL))

    def _fit(self) -> None:
        self.setFixedHeight(max(34, round(self._setting().height + 2 * _PAD)))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(240, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75)
        chosen = self.isChecked()
        edge = look.accent() if chosen or self.hasFocus() else look.hairline()
        ground = look.chosen_ground() if chosen else look.base()
        if self.isEnabled() and self.underMouse() and not chosen:
            ground = look.hover()
        painter.setPen(QPen(edge, 1.5 if self.hasFocus() else 1.0))
        painter.setBrush(ground)
        painter.drawRoundedRect(box, look.RADIUS, look.RADIUS)
        middle = self.height() / 2
        self._paint_ring(painter, QPointF(16.0, middle), chosen)
        if self._swatch is not None:
            draw_swatch(painter, QRectF(_LEFT, middle - 6, _SWATCH, 12), *self._swatch, False)
        setting = self._setting()
        quiet = not self.isEnabled() and not chosen and self.verdict != "right"
        color = theme.colors().muted if quiet else theme.colors().text
        setting.paint(painter, self._start(), (self.height() - setting.height) / 2, color)
        painter.end()

    def _paint_ring(self, painter: QPainter, at: QPointF, chosen: bool) -> None:
        if self.verdict:
            right = self.verdict == "right"
            painter.setPen(QPen(look.accent() if right else look.danger(), 2.0))
            if right:
                painter.drawPolyline([at + QPointF(-4.5, 0.5), at + QPointF(-1.2, 3.8), at + QPointF(5, -4)])
            else:
                painter.drawLine(at + QPointF(-4, -4), at + QPointF(4, 4))
                painter.drawLine(at + QPointF(-4, 4), at + QPointF(4, -4))
            return
        painter.setPen(QPen(look.accent() if chosen else look.muted(), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(at, 6.0, 6.0)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.accent())
            painter.drawEllipse(at, 3.0, 3.0)


class Options(QWidget):
    """Rows, one of which is chosen.

    Signals
    -------
    chosen(int)
        A person chose one.
    """

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[Option] = []
        self._scale = 1.0
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    def offer(self, rows: list[tuple[Paragraph, tuple[int, str | None] | None]]) -> None:
        """Offer other rows: a text each, and the style slot and colour of an entrant."""
        for row in self.rows:
            row.hide()
            row.deleteLater()
        self.rows = []
        for number, (text, swatch) in enumerate(rows):
            row = Option(text, swatch, self)
            row.clicked.connect(lambda _=False, number=number: self._choose(number))
            row.scale = self._scale
            self._column.addWidget(row)
            self.rows.append(row)
            row.show()

    def set_scale(self, scale: float) -> None:
        """Take larger or smaller type, 1 being the usual one."""
        self._scale = scale
        for row in self.rows:
            row.scale = scale
            row._fit()
            row.update()

    def _choose(self, number: int) -> None:
        self.show_chosen(number)
        self.chosen.emit(number)

    def show_chosen(self, number: int | None) -> None:
        """Show which one is chosen, without telling anybody."""
        for place, row in enumerate(self.rows):
            row.setChecked(place == number)

    def show_verdict(self, right: int | None, chosen: int | None) -> None:
        """Show which one was right and, of a wrong choice, that it was; None: the question is open."""
        for place, row in enumerate(self.rows):
            row.setEnabled(right is None)
            row.verdict = ""
            if right is not None:
                row.verdict = "right" if place == right else "wrong" if place == chosen else ""
            row.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        ways = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        way = ways.get(Qt.Key(event.key()), 0)
        focused = [place for place, row in enumerate(self.rows) if row.hasFocus()]
        if way and focused:
            self.rows[(focused[0] + way) % len(self.rows)].setFocus(Qt.FocusReason.TabFocusReason)
        else:
            super().keyPressEvent(event)
