"""How the controls look: the colours of the theme in force, sizes, and a few small parts.

Colours are asked for while painting, so that a change of theme reaches the controls by itself.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QLabel, QSizePolicy, QToolButton, QWidget

from optviz.gui import theme

RADIUS = 6.0
ROW = 28  # height of a row of controls
SMALL, NORMAL = 12, 14


def mix(first: QColor, second: QColor, share: float) -> QColor:
    """Return the colour a share of the way from `first` to `second`."""
    return QColor.fromRgbF(
        first.redF() + share * (second.redF() - first.redF()),
        first.greenF() + share * (second.greenF() - first.greenF()),
        first.blueF() + share * (second.blueF() - first.blueF()),
    )


def ink() -> QColor:
    return QColor(theme.colors().text)


def ground() -> QColor:
    return QColor(theme.colors().window)


def base() -> QColor:
    return QColor(theme.colors().base)


def muted() -> QColor:
    """The colour of second-rank text."""
    return QColor(theme.colors().muted)


def disabled() -> QColor:
    return QColor(theme.colors().disabled)


def hairline() -> QColor:
    return QColor(theme.colors().hairline)


def groove() -> QColor:
    """The edge of something that can be typed into, the groove of a slider."""
    return QColor(theme.colors().groove)


def hover() -> QColor:
    return QColor(theme.colors().hover)


def accent() -> QColor:
    return QColor(theme.colors().accent)


def danger() -> QColor:
    return QColor(theme.colors().error)


def error_ground() -> QColor:
    return QColor(theme.colors().error_ground)


def chosen_ground() -> QColor:
    """The ground of what is chosen in a list."""
    return mix(base(), accent(), 0.16)


def veil() -> QColor:
    """What lies over a picture that is no longer that of the experiment."""
    color = QColor(theme.colors().page)
    color.setAlphaF(0.7)
    return color


def catalog(text: str) -> str:
    """Return a text of the catalog in the person's language."""
    return QCoreApplication.translate("Catalog", text) if text else ""


def sized(font: QFont, pixels: int, *, strong: bool = False) -> QFont:
    """Return a copy of `font` with another size."""
    copy = QFont(font)
    copy.setPixelSize(pixels)
    copy.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    return copy


def tip(title: str, *lines: str) -> str:
    """Return a tooltip: a first line, and further ones below it. Rich text, so that it wraps."""
    from html import escape

    rest = "".join(f"<br>{escape(line)}" for line in lines if line)
    return f"<p style='margin:0'>{f'<b>{escape(title)}</b>' if rest else escape(title)}{rest}</p>"


class Hairline(QWidget):
    """A line one pixel thick between two groups."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedHeight(1)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.fillRect(self.rect(), hairline())
        painter.end()


class Note(QLabel):
    """Second-rank text in the small size; `bad` makes it an error message."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setFont(sized(self.font(), SMALL))
        self._bad = False
        self._tint()

    def set_bad(self, bad: bool) -> None:
        if bad != self._bad:
            self._bad = bad
            self._tint()

    def _tint(self) -> None:
        wanted = danger() if self._bad else muted()
        own = self.palette()
        if own.color(QPalette.ColorRole.WindowText) != wanted:
            own.setColor(QPalette.ColorRole.WindowText, wanted)
            self.setPalette(own)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() in (QEvent.Type.ApplicationPaletteChange, QEvent.Type.PaletteChange):
            self._tint()


class Elided(QLabel):
    """One line of text, cut with an ellipsis where the space ends instead of asking for more."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.tint = "ink"
        self.setMinimumWidth(16)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(16, super().minimumSizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        colors = {"ink": ink, "muted": muted, "danger": danger}
        painter.setPen(colors[self.tint]())
        cut = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), int(self.alignment() | Qt.AlignmentFlag.AlignVCenter), cut)
        painter.end()


class FlatButton(QToolButton):
    """A button without a frame: an icon, a text or both, with a soft ground under the mouse."""

    def __init__(self, name: str, help: str, glyph: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.glyph = glyph
        self.chosen = False
        self.quiet = False
        self.trailing = ""  # a glyph after the text
        self.setAccessibleName(name)
        self.setToolTip(tip(help))
        self.setFixedSize(24, 24)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def set_glyph(self, glyph: str) -> None:
        if glyph != self.glyph:
            self.glyph = glyph
            self.update()

    def show_text(self, text: str) -> None:
        """Show a text beside the glyph and take the width both need."""
        self.setText(text)
        self.setMinimumSize(0, 0)
        self.setMaximumSize(16_777_215, ROW)
        self.setFixedHeight(ROW)
        width = (
            self.fontMetrics().horizontalAdvance(text)
            + 16
            + (24 if self.glyph else 0)
            + (20 if self.trailing else 0)
        )
        self.setMinimumWidth(width)
        self.updateGeometry()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange) and self.text():
            self.show_text(self.text())

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(self.minimumWidth(), self.minimumHeight())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        from optviz.gui.controls.glyphs import draw

        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.isEnabled() and (self.isDown() or self.underMouse()):
            painter.setBrush(mix(ground(), ink(), 0.14 if self.isDown() else 0.08))
            painter.drawRoundedRect(box, RADIUS, RADIUS)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(accent(), 1.5))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)
        role = "accent" if self.chosen else "muted" if self.quiet else "text"
        if not self.isEnabled():
            role = "disabled"
        left = 8.0 if self.text() else (self.width() - 16) / 2
        if self.glyph:
            draw(painter, self.glyph, QPointF(left, (self.height() - 16) / 2), role)
            left += 24
        if self.text():
            painter.setPen(QColor(getattr(theme.colors(), role)))
            text = QRectF(left, 0, self.width() - left - 4, self.height())
            painter.drawText(
                text, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), self.text()
            )
        if self.trailing:
            corner = QPointF(self.width() - 22.0, (self.height() - 16) / 2 + 1)
            draw(painter, self.trailing, corner, "disabled" if not self.isEnabled() else "muted")
        painter.end()
