"""The bar of the pictures: contour, 3-D or both, and what opens the tools of the camera."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from optviz.gui import theme
from optviz.gui.controls import look
from optviz.gui.icons import icon
from optviz.view import KINDS

_HEIGHT = 28


class Overlay(QWidget):
    """Something that lies over a picture on a ground of its own, with a hairline around it."""

    share = 0.92  # how much of what is below it covers

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCursor(Qt.CursorShape.ArrowCursor)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QColor(theme.colors().base)
        ground.setAlphaF(self.share)
        painter.setPen(QPen(look.hairline(), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), look.RADIUS, look.RADIUS)
        painter.end()

    def mousePressEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Nothing below is meant."""

    def mouseDoubleClickEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        """Nothing below is meant."""


class Segment(look.FlatButton):
    """One of several of which one is chosen."""

    def __init__(self, name: str, help: str, text: str, parent: QWidget) -> None:
        super().__init__(name, help, "", parent)
        self.setFont(look.sized(self.font(), look.SMALL))
        self.show_text(text)
        self.setCheckable(True)
        self.toggled.connect(self._follow)

    def show_text(self, text: str) -> None:
        super().show_text(text)
        self.setFixedHeight(_HEIGHT)

    def _follow(self, on: bool) -> None:
        self.chosen = on
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        if self.chosen:
            painter = QPainter(self)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.chosen_ground())
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            painter.end()
        super().paintEvent(event)


class Segments(QWidget):
    """A row of segments, of which one is chosen.

    Signals
    -------
    picked(str)
        A person chose one, by its id.
    """

    picked = Signal(str)

    def __init__(self, choices: dict[str, tuple[str, str, str]], parent: QWidget) -> None:
        """Take ids with name, help and text of each."""
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(1)
        self.buttons: dict[str, Segment] = {}
        for choice, (name, help_text, text) in choices.items():
            button = self.buttons[choice] = Segment(name, help_text, text, self)
            button.clicked.connect(lambda _=False, choice=choice: self._pick(choice))
            row.addWidget(button)

    def _pick(self, choice: str) -> None:
        self.choose(choice)  # the one that was chosen stays chosen
        self.picked.emit(choice)

    def choose(self, choice: str) -> None:
        """Show which one is chosen."""
        # No group of Qt's: that would take those that are not chosen out of the Tab order.
        for one, button in self.buttons.items():
            button.setChecked(one == choice)


class PictureBar(QWidget):
    """Chooses the kind of picture, and opens the panels of the camera and of what is shown.

    Signals
    -------
    kind_chosen(str)
        "contour", "surface3d" or "split".
    """

    kind_chosen = Signal(str)

    def __init__(self, turntable: QAction | None, key: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Kind of picture"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 8, 0)
        row.setSpacing(2)
        goes_on = self.tr("{key} goes on to the next").format(key=key) if key else ""
        names = {
            "contour": (
                self.tr("Contour picture"), self.tr("The surface from above"), self.tr("Contour"),
            ),
            "surface3d": (
                self.tr("Picture in three dimensions"), self.tr("The surface in three dimensions"),
                self.tr("3-D"),
            ),
            "split": (
                self.tr("Both pictures"), self.tr("Contour and 3-D beside each other"), self.tr("Both"),
            ),
        }  # fmt: skip
        self.turntable = self._button("turntable", self.tr("Turntable"), "")
        if turntable is not None:
            self.turntable.setDefaultAction(turntable)
        self.camera = self._button(
            "camera", self.tr("Camera"), self.tr("Where one looks from, also in films")
        )
        self.options = self._button(
            "tune", self.tr("What is shown"), self.tr("Height, lines, floor and arrows")
        )
        for tool in (self.turntable, self.camera, self.options):
            tool.setCheckable(True)
            row.addWidget(tool)
        row.addSpacing(4)
        self.kinds = Segments({kind: names[kind] for kind in KINDS}, self)
        for kind, button in self.kinds.buttons.items():
            button.setToolTip(look.tip(names[kind][1], goes_on))
        self.kinds.picked.connect(self.kind_chosen)
        row.addWidget(self.kinds)

    def _button(self, glyph: str, name: str, help_text: str) -> QToolButton:
        button = QToolButton(self)
        button.setIcon(icon(glyph))
        button.setIconSize(QSize(20, 20))
        button.setFixedSize(32, 32)
        button.setAccessibleName(name)
        button.setToolTip(look.tip(name, help_text))
        return button

    def add_tool(self, action: QAction) -> None:
        """Put a command of the window before the kinds of picture."""
        button = self._button("map", action.text(), "")
        button.setDefaultAction(action)
        row = self.layout()
        assert isinstance(row, QHBoxLayout)
        row.insertWidget(0, button)

    def show_kind(self, kind: str) -> None:
        """Show what is chosen, and only what goes with it."""
        self.kinds.choose(kind)
        for tool in (self.turntable, self.camera):
            tool.setVisible(kind != "contour")


class FreeLook(Overlay):
    """Says that the camera has left the film's, and takes it back there.

    Signals
    -------
    ended()
        The camera is to be the film's again.
    """

    ended = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(3, 3, 3, 3)
        name = self.tr("Back to the film's camera")
        self.button = look.FlatButton(
            name, self.tr("You look around freely; go back to the camera of the film"), "close", self
        )
        self.button.setFont(look.sized(self.font(), look.SMALL))
        self.button.show_text(self.tr("free look"))
        self.button.clicked.connect(self.ended)
        row.addWidget(self.button)
        self.adjustSize()
        self.hide()
