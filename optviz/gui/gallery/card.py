"""One failure: its picture, what goes wrong, and what came out."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from optviz.gallery import Failure
from optviz.gui import theme
from optviz.gui.controls import look
from optviz.gui.gallery.pictures import Pictures
from optviz.lesson.prose import Paragraph, Span
from optviz.render import fonts
from optviz.render.panels import markers
from optviz.render.prose import Setting, set_text

_PAD = 14.0
_RADIUS = 8.0
_SHAPE = 0.5  # height of the picture over its width
_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
_STRIP = 22.0  # height of the names below the picture
_OUTCOME_LINES = 4  # room for what came out, which is not known at first


def translated(text: str) -> str:
    """Return a text of the gallery in the person's language."""
    return QCoreApplication.translate("Gallery", text)


class FailureCard(QAbstractButton):
    """A failure as a card that opens its race.

    Signals
    -------
    looked_at(FailureCard)
        It has the focus or the pointer.
    arrow(int)
        An arrow key was pressed on it.
    """

    looked_at = Signal(object)
    arrow = Signal(int)

    def __init__(self, failure: Failure, pictures: Pictures, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.failure, self.pictures = failure, pictures
        self.setAccessibleName(translated(failure.title))
        self.setToolTip(look.tip(self.tr("Open “{title}” as a race").format(title=translated(failure.title))))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(240)
        self.refresh()

    def refresh(self) -> None:
        """Show what is known of the race by now."""
        self.setAccessibleDescription(f"{translated(self.failure.wrong)} {self.told()}".rstrip())
        self.update()

    def told(self) -> str:
        """Return what came out of the race, in words."""
        trouble = self.pictures.trouble(self.failure.id)
        if trouble:
            return self.tr("This race cannot be run: {reason}").format(reason=trouble)
        outcome = self.pictures.outcome(self.failure.id)
        return translated(outcome.template).format(**outcome.values) if outcome is not None else ""

    def _picture(self) -> QRectF:
        return QRectF(1.0, 1.0, self.width() - 2.0, round((self.width() - 2) * _SHAPE))

    def _parts(self) -> tuple[Setting, Setting]:
        width = max(120, round(self.width() - 2 * _PAD))
        title = Paragraph((Span(translated(self.failure.title)),))
        wrong = Paragraph((Span(translated(self.failure.wrong)),))
        return set_text((title,), width, 15, strong=True), set_text((wrong,), width, 13)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        title, wrong = self._parts()
        told = _OUTCOME_LINES * 16.0
        height = self._picture().height() + _STRIP + title.height + wrong.height + told + 2 * _PAD + 16
        return QSize(300, round(height))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.setMinimumHeight(self.sizeHint().height())

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusInEvent(event)
        self.looked_at.emit(self)

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802 - Qt's name
        super().enterEvent(event)
        self.looked_at.emit(self)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        # A button would go to the next one in the Tab order; the gallery knows where its cards stand.
        if event.key() in _ARROWS:
            self.arrow.emit(event.key())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        colors = theme.colors()
        box = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        place = self._picture()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.base())
            painter.drawRoundedRect(box, _RADIUS, _RADIUS)
            self._paint_picture(painter, box, place)
            edge = look.accent() if self.hasFocus() or self.underMouse() else look.hairline()
            painter.setPen(QPen(edge, 1.5 if self.hasFocus() else 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, _RADIUS, _RADIUS)
            title, wrong = self._parts()
            top = place.bottom() + _STRIP + _PAD - 6
            title.paint(painter, _PAD, top, colors.text)
            top += title.height + 4
            wrong.paint(painter, _PAD, top, colors.text)
            told = Paragraph((Span(self.told() or self.tr("racing…")),))
            width = max(120, round(self.width() - 2 * _PAD))
            set_text((told,), width, look.SMALL).paint(painter, _PAD, top + wrong.height + 6, colors.muted)

    def _paint_picture(self, painter: QPainter, box: QRectF, place: QRectF) -> None:
        painter.save()
        round_above = QPainterPath()
        round_above.addRoundedRect(box, _RADIUS, _RADIUS)
        painter.setClipPath(round_above)
        ratio = self.devicePixelRatioF()
        size = (max(16, round(place.width() * ratio)), max(16, round(place.height() * ratio)))
        image = self.pictures.image(self.failure.id, *size, ratio)
        if image is not None:
            painter.drawImage(place, image)
            self._paint_names(painter, place)
        else:
            painter.fillRect(place, look.chosen_ground())
            small = fonts.font(look.SMALL)
            text = "" if not self.pictures.trouble(self.failure.id) else self.tr("no picture")
            x, y = place.center().x(), place.center().y()
            fonts.write(painter, x, y, text, small, theme.colors().muted, fonts.CENTER)
        painter.restore()

    def _paint_names(self, painter: QPainter, place: QRectF) -> None:
        """Say below the picture who is who, each name with the head it has in the picture."""
        face, drawn = fonts.font(look.SMALL), theme.current_theme()
        middle, x = place.bottom() + 0.6 * _STRIP, _PAD + 4.0
        for index, name, color in self.pictures.entrants(self.failure.id):
            markers.head(painter, index, x, middle, 4.5, drawn.line(index, color), drawn.page)
            fonts.write(painter, x + 10.0, middle + fonts.rise(face) / 2, name, face, theme.colors().text)
            x += fonts.width(name, face) + 30.0
