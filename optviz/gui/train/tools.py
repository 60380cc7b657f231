"""The strip above the picture of a training: what is drawn, and of whom."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from PySide6.QtCore import QPoint, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from optviz.gui import theme
from optviz.gui.controls import look
from optviz.gui.controls.check_box import CheckBox
from optviz.gui.controls.slider import KnobSlider
from optviz.gui.train.controls.digit_pad import EntrantChoice
from optviz.gui.train.controls.ink_pad import inked
from optviz.gui.train.session import TrainSession
from optviz.training.setting import VIEW_KNOBS

_THUMB = 22
_ROOMY = 760  # pixels of width from which words stand beside the controls
_CELL = 44


def _pixels(image: np.ndarray[Any, Any]) -> QImage:
    height, width = image.shape
    data = np.ascontiguousarray(image, np.uint8)
    return inked(QImage(data.data, width, height, width, QImage.Format.Format_Grayscale8).copy())


class DigitChoice(look.FlatButton):
    """Chooses which of the first test images is followed through the layers.

    Signals
    -------
    picked(int)
    """

    picked = Signal(int)

    def __init__(self, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__("", "", "", parent)
        self.session = session
        self._sheet: _Sheet | None = None
        self._images: list[QImage] = []
        self._of: object = None
        self.digit = 0
        self.setFixedSize(_THUMB + 24, 28)
        self.trailing = "down"
        self.setAccessibleName(self.tr("digit to follow"))
        self.setToolTip(look.tip(self.tr("Which test image is followed through the layers")))
        self.clicked.connect(self.open)
        session.scene_changed.connect(self.refresh)
        session.changed.connect(self.refresh)
        theme.theme_changed.connect(self._repaint)
        self.refresh()

    @property
    def images(self) -> list[QImage]:
        """The images there are to choose from."""
        return self._images

    def refresh(self) -> None:
        """Show the image that is followed."""
        record = self.session.record
        shown = record.images if record is not None else None
        if shown is not self._of:
            self._of = shown
            known = shown if shown is not None and shown.shape[-1] > 1 else ()
            self._images = [_pixels(image) for image in known]
        self.digit = self.session.training.view.digit
        self.setEnabled(bool(self._images))
        self.update()

    def _repaint(self) -> None:
        self._of = None  # the images are drawn in the ink of the theme
        self.refresh()

    def open(self) -> None:
        """Show all of them."""
        self._sheet = _Sheet(self)
        self._sheet.chosen.connect(self.picked)
        corner = self.mapToGlobal(QPoint(0, self.height() + 2))
        area = self.screen().availableGeometry()
        left = max(area.left(), min(corner.x(), area.right() - self._sheet.width()))
        self._sheet.move(left, corner.y())
        self._sheet.show()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        painter = QPainter(self)
        box = QRectF(3, 3, _THUMB, _THUMB)
        painter.setPen(look.groove())
        painter.setBrush(look.base())
        painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        if self.digit < len(self._images):
            painter.drawImage(box.adjusted(1, 1, -1, -1), self._images[self.digit])
        painter.end()


class _Sheet(QFrame):
    """The test images in a grid: a click, or the arrow keys and Enter, choose one."""

    chosen = Signal(int)

    def __init__(self, owner: DigitChoice) -> None:
        super().__init__(owner, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAccessibleName(owner.tr("digit to follow"))
        self.setMouseTracking(True)
        self._images = owner.images
        self._columns = 8 if len(self._images) > 8 else max(1, len(self._images))
        rows = -(-len(self._images) // self._columns)
        self.setFixedSize(self._columns * _CELL + 8, rows * _CELL + 8)
        self.at = owner.digit

    def _cell(self, i: int) -> QRectF:
        row, column = divmod(i, self._columns)
        return QRectF(4 + column * _CELL, 4 + row * _CELL, _CELL, _CELL)

    def _pick(self, i: int) -> None:
        if 0 <= i < len(self._images):
            self.chosen.emit(i)
            self.close()

    def _under(self, event: QMouseEvent) -> int:
        at = event.position()
        return next((i for i in range(len(self._images)) if self._cell(i).contains(at)), -1)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        at = self._under(event)
        if at >= 0 and at != self.at:
            self.at = at
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._pick(self._under(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        key = Qt.Key(event.key())
        moves = {
            Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -self._columns,
            Qt.Key.Key_Down: self._columns,
        }  # fmt: skip
        if key in moves:
            self.at = min(max(self.at + moves[key], 0), len(self._images) - 1)
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._pick(self.at)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setPen(look.groove())
        painter.setBrush(look.base())
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        for i, image in enumerate(self._images):
            box = self._cell(i)
            if i == self.at:
                painter.setPen(QPen(look.accent(), 2))
                painter.setBrush(look.chosen_ground())
                painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), 4, 4)
            painter.drawImage(box.adjusted(6, 6, -6, -6), image)
        painter.end()


class TrainTools(QWidget):
    """Which part is drawn, the loss's scale and smoothing, whose inside, and which digit."""

    def __init__(self, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.setFixedHeight(36)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 10, 2)
        row.setSpacing(2)
        self.parts: dict[str, look.FlatButton] = {}
        for name, text, tip in (
            ("all", self.tr("all"), self.tr("Everything there is room for")),
            ("curves", self.tr("curves"), self.tr("Loss, accuracy, norms, rates, speed")),
            ("inside", self.tr("inside"), self.tr("Filters, activations, histograms, dead neurons")),
            ("judgement", self.tr("judgement"), self.tr("Who is taken for whom, and the worst mistakes")),
        ):
            button = look.FlatButton(text, tip, "", self)
            button.setFont(look.sized(self.font(), 13))
            button.show_text(text)
            button.clicked.connect(lambda _=False, name=name: self._show(show=name))
            row.addWidget(button)
            self.parts[name] = button
        self._row = row
        row.addStretch(1)
        self.log = CheckBox(self.tr("log"), self)
        self.log.setFont(look.sized(self.font(), look.SMALL))
        self.log.setAccessibleName(self.tr("logarithmic loss"))
        self.log.setToolTip(look.tip(self.tr("The loss on a logarithmic scale")))
        self.log.clicked.connect(lambda on: self._show(log=bool(on)))
        row.addWidget(self.log)
        row.addSpacing(10)
        knob = VIEW_KNOBS["smoothing"]
        label = self.smoothing_label = self._label(self.tr("smoothing"))
        self.smoothing = KnobSlider(knob, self.tr("smoothing"), self)
        self.smoothing.setToolTip(look.tip(self.tr("smoothing"), look.catalog(knob.help)))
        self.smoothing.value_moved.connect(lambda value: self._show(smoothing=float(value)))
        label.setBuddy(self.smoothing)
        row.addWidget(label)
        row.addWidget(self.smoothing)
        row.addSpacing(10)
        self.who_label = self._label(self.tr("inside of"))
        row.addWidget(self.who_label)
        self.who = EntrantChoice(
            session, self.tr("inside of"), self.tr("Whose network is shown inside, judged, and asked"), self
        )
        self.who.chosen.connect(self._choose_entrant)
        row.addWidget(self.who)
        row.addSpacing(4)
        self.digit = DigitChoice(session, self)
        self.digit.picked.connect(session.follow_digit)
        row.addWidget(self.digit)
        session.changed.connect(self.refresh)
        session.scene_changed.connect(self.refresh)
        self.refresh()

    def take_back(self, button: QWidget) -> None:
        """Put the button that shows all plots again beside those that choose them."""
        last = self.parts["judgement"]
        self._row.insertWidget(self._row.indexOf(last) + 1, button)
        self.setTabOrder(last, button)

    def _label(self, text: str) -> QLabel:
        label = QLabel(text, self)
        label.setFont(look.sized(self.font(), look.SMALL))
        label.setObjectName("muted")
        return label

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(600, 36)

    def refresh(self) -> None:
        """Show how the picture is looked at."""
        view = self.session.training.view
        for name, button in self.parts.items():
            if button.chosen != (name == view.show):
                button.chosen = name == view.show
                button.update()
        with QSignalBlocker(self.log), QSignalBlocker(self.who):
            self.log.setChecked(view.log)
            self.who.setCurrentIndex(min(view.entrant, self.who.count() - 1))
        curves = view.show in ("all", "curves")
        for part in (self.log, self.smoothing, self.smoothing_label):
            part.setEnabled(curves)  # nothing else has a scale, or is smoothed
        if view.smoothing != self.smoothing.knob_value:
            self.smoothing.set_value(view.smoothing)
        self._fit()

    def _fit(self) -> None:
        """Leave the words out where there is no room for them; the tooltips have them."""
        several, roomy = self.who.count() > 1, self.width() >= _ROOMY
        self.who_label.setVisible(several and roomy)
        self.smoothing_label.setVisible(roomy or not several)
        self.smoothing.setFixedWidth(84 if roomy else 56)
        self.who.setFixedWidth(132 if roomy else 88)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit()

    def _show(self, **changes: Any) -> None:
        self.session.set_view(replace(self.session.training.view, **changes))

    def _choose_entrant(self, index: int) -> None:
        self._show(entrant=index)
