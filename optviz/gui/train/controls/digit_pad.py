"""A pad to draw a digit on, what the network sees of it, and what it says."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, QSignalBlocker, QSize, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from optviz.gui import theme
from optviz.gui.controls import look
from optviz.gui.controls.combo import Combo
from optviz.gui.train.controls.ink_pad import SIDE, Pad, inked
from optviz.gui.train.session import TrainSession
from optviz.render.panels.training.bars import PredictionBars
from optviz.render.style import Metrics
from optviz.training.scene.names import names
from optviz.training.setting import IMAGE_SIZES
from optviz.training.strokes import picture

_ASK_MS = 30
_LIVE_MS = 400  # between questions about a drawing that stands still, while the network changes

Bytes = npt.NDArray[np.uint8]


class Seen(QWidget):
    """The picture the network gets, its pixels large."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pixels: Bytes | None = None
        self.setFixedSize(58, 58)
        self.setAccessibleName(self.tr("what the network sees"))

    def show_pixels(self, pixels: Bytes | None, image: tuple[int, int]) -> None:
        """Show uint8[h, w], or nothing."""
        self.pixels = pixels
        size = f"{image[1]} × {image[0]}"
        self.setToolTip(
            look.tip(
                self.tr("What the network sees: {size} pixels").format(size=size),
                self.tr("The drawing, centred and scaled the way the digits of the data set are"),
            )
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(look.groove())
        painter.setBrush(look.base())
        painter.drawRect(box)
        if self.pixels is not None:
            height, width = self.pixels.shape
            data = np.ascontiguousarray(self.pixels)
            mask = QImage(data.data, width, height, width, QImage.Format.Format_Grayscale8).copy()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(QRectF(1, 1, 56, 56), inked(mask))
        painter.end()


class Bars(QWidget):
    """What the network says: a bar for each class."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.probabilities: npt.NDArray[np.float32] | None = None
        self.class_names: tuple[str, ...] = tuple(str(i) for i in range(10))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(SIDE - 16)
        self.setAccessibleName(self.tr("answer of the network"))

    def say(self, probabilities: npt.NDArray[np.float32] | None, class_names: tuple[str, ...]) -> None:
        """Show float32[10], or that nothing was asked."""
        self.probabilities, self.class_names = probabilities, class_names
        self.setAccessibleDescription(PredictionBars.spoken(probabilities, class_names))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(120, SIDE - 16)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        bars = PredictionBars(theme.current_theme(), Metrics(1.0))
        bars.paint(painter, QRectF(self.rect()), self.probabilities, self.class_names)
        painter.end()


class DigitPad(QWidget):
    """The pad with its tools, the picture the network sees, and the bars.

    A question goes out a moment after the ink changed; while one waits for its answer, only the newest of the
    others is asked. An answer to an older question than the one last answered is dropped.
    """

    def __init__(self, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._entrant = self._whose()
        self._answered = -1  # numbers of questions
        self._number = -1
        self._asking = QTimer(self)
        self._asking.setSingleShot(True)
        self._asking.setInterval(_ASK_MS)
        self._asking.timeout.connect(self.ask)
        self._live = QTimer(self)
        self._live.setSingleShot(True)
        self._live.setInterval(_LIVE_MS)
        self._live.timeout.connect(self.ask)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 10)
        row.setSpacing(10)
        self.pad = Pad(self)
        row.addWidget(self.pad)
        middle = QVBoxLayout()
        middle.setSpacing(2)
        self.seen = Seen(self)
        middle.addWidget(self.seen)
        middle.addSpacing(2)
        self.pen = self._tool(self.tr("pen"), self.tr("Draw (E changes between pen and eraser)"))
        self.eraser = self._tool(self.tr("eraser"), self.tr("Erase (E changes between pen and eraser)"))
        self.clear = self._tool(self.tr("clear"), self.tr("Take all ink away (Delete)"))
        self.pen.clicked.connect(lambda: self.pad.set_erasing(False))
        self.eraser.clicked.connect(lambda: self.pad.set_erasing(True))
        self.clear.clicked.connect(self.pad.clear)
        for button in (self.pen, self.eraser, self.clear):
            middle.addWidget(button)
        middle.addStretch(1)
        row.addLayout(middle)
        right = QVBoxLayout()
        right.setSpacing(0)
        self.who = look.Elided("", self)
        self.who.setFont(look.sized(self.font(), look.SMALL))
        self.who.tint = "muted"
        self.who.setFixedHeight(16)
        right.addWidget(self.who)
        self.bars = Bars(self)
        right.addWidget(self.bars)
        row.addLayout(right, 1)
        self.pad.drawn.connect(self._follow_ink)
        self.pad.tool_changed.connect(self._show_tool)
        session.predicted.connect(self._take)
        session.told.connect(self._follow_training)
        session.scene_changed.connect(self._follow_scene)
        session.changed.connect(self._follow_view)
        session.state_changed.connect(self._follow_scene)
        self._show_tool()
        self._follow_scene()

    def _tool(self, name: str, tip: str) -> look.FlatButton:
        button = look.FlatButton(name, tip, "", self)
        button.setFont(look.sized(self.font(), look.SMALL))
        button.show_text(name)
        button.setFixedHeight(24)
        return button

    @property
    def entrant(self) -> int:
        """Whose network answers: the one whose inside is shown."""
        return self._entrant

    def _whose(self) -> int:
        scene, training = self.session.scene, self.session.training
        return scene.chosen if scene is not None else min(training.view.entrant, len(training.entrants) - 1)

    def _follow_view(self) -> None:
        if self._whose() != self._entrant:
            self._entrant = self._whose()
            self._answered = max(self._answered, self._number)  # what the other one still says is not wanted
            self._say(None)
            if not self.pad.empty:
                self.ask()

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width of what the networks take."""
        record = self.session.record
        return IMAGE_SIZES[(record.training if record is not None else self.session.training).dataset]

    def ask(self) -> None:
        """Ask the network about what is drawn."""
        self._asking.stop()
        self._live.stop()
        pixels = picture(self.pad.ink() / np.float32(255.0), self.image_size)
        self.seen.show_pixels(pixels, self.image_size)
        if pixels is None:
            self._answered = max(self._answered, self._number)
            self._say(None)
            return
        number = self.session.predict(self._entrant, pixels)
        if number < 0:
            self._say(None)
        self._number = max(self._number, number)

    def _follow_ink(self) -> None:
        # The first of many strokes starts the clock; the last one is what is asked about.
        if not self._asking.isActive():
            self._asking.start()

    def _follow_training(self) -> None:
        if not self.pad.empty and not self._live.isActive() and self.isVisible():
            self._live.start()

    def _follow_scene(self) -> None:
        self._follow_view()
        if self.pad.empty:
            self.seen.show_pixels(None, self.image_size)
            self._say(None)
        elif not self._asking.isActive():
            self._asking.start()

    def _take(self, number: int, said: Any) -> None:
        if number > self._answered and not self.pad.empty:
            self._answered = number
            self._say(np.asarray(said, np.float32))

    def _say(self, said: npt.NDArray[np.float32] | None) -> None:
        scene = self.session.scene
        known = scene.class_names if scene is not None else self.bars.class_names
        self.bars.say(said, known)
        who = names(scene.training if scene is not None else self.session.training)
        mine = who[self._entrant] if self._entrant < len(who) else ""
        self.bars.setToolTip(look.tip(self.tr("What the network of {name} says").format(name=mine)))
        self.bars.setAccessibleName(self.tr("answer of {name}").format(name=mine))
        self.who.setText(self.tr("{name} says").format(name=mine))

    def _show_tool(self) -> None:
        for button, on in ((self.pen, not self.pad.erasing), (self.eraser, self.pad.erasing)):
            button.chosen = on
            button.update()


class EntrantChoice(Combo):
    """Chooses one of the entrants.

    Signals
    -------
    chosen(int)
    """

    chosen = Signal(int)

    def __init__(self, session: TrainSession, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._shown: tuple[str, ...] = ()
        self.setAccessibleName(name)
        self.setToolTip(look.tip(tip))
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(9)
        self.activated.connect(self.chosen)
        session.changed.connect(self.refresh)
        session.scene_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show who there is."""
        scene = self.session.scene
        training = scene.training if scene is not None else self.session.training
        shown = tuple(names(training))
        if shown != self._shown:
            at = self.currentIndex()
            with QSignalBlocker(self):
                self.clear()
                self.addItems(list(shown))
                self.setCurrentIndex(min(max(at, 0), len(shown) - 1))
            self._shown = shown
        self.setVisible(len(shown) > 1)
