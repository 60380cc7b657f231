"""The bar under a morphing picture: a slider from before to after that plays back and forth."""

from __future__ import annotations

from time import monotonic

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from optviz.catalog import Knob
from optviz.gui.controls import look
from optviz.gui.controls.number_box import NumberBox
from optviz.gui.controls.slider import KnobSlider
from optviz.gui.icons import icon
from optviz.gui.reshape.controls.words import side_name
from optviz.gui.reshape.session import ReshapeSession

_SHARE = Knob("morph", 0.5, "How far from before (0) to after (1).", 0.0, 1.0, slider=(0.0, 1.0))
_WAY = 4.0  # seconds from one end to the other
_REST = 0.5  # seconds at each end
_TICK = 16


class MorphBar(QWidget):
    """Sets how far between both sides the picture is."""

    def __init__(self, session: ReshapeSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 12, 4)
        row.setSpacing(8)
        self.play = QToolButton(self)
        self.play.setIconSize(QSize(20, 20))
        self.play.setFixedSize(28, 28)
        self.play.clicked.connect(self.toggle)
        row.addWidget(self.play)
        name = self.tr("morph")
        self.slider = KnobSlider(_SHARE, name, self)
        self.slider.setToolTip(look.tip(name, self.tr("The loss on the way from before (0) to after (1)")))
        self.number = NumberBox(_SHARE, name, self)
        self.number.set_help(self.tr("The loss on the way from before (0) to after (1)"))
        self.number.setFixedWidth(64)
        self.ends = [look.Note(side_name(side), self) for side in ("before", "after")]
        row.addWidget(self.ends[0])
        row.addWidget(self.slider, 1)
        row.addWidget(self.ends[1])
        row.addWidget(self.number)
        self.slider.value_moved.connect(self._set)
        self.number.value_changed.connect(self._set)
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(_TICK)
        self._timer.timeout.connect(self._tick)
        self._back = False
        self._exact, self._ticked, self._rests = 0.0, 0.0, 0.0
        session.experiment_changed.connect(self.refresh)
        self._show_playing()
        self.refresh()

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    def refresh(self) -> None:
        """Show the session's share."""
        share = self.session.reshape.morph
        self.slider.set_value(share)
        self.number.set_value(round(share, 2))
        if self.session.reshape.show != "morph":
            self.stop()

    def toggle(self) -> None:
        """Go back and forth between both ends, or stop."""
        if self.playing:
            self.stop()
            return
        self._exact, self._ticked, self._rests = self.session.reshape.morph, monotonic(), 0.0
        if self._exact >= 1.0:
            self._back = True
        elif self._exact <= 0.0:
            self._back = False
        self._timer.start()
        self._show_playing()

    def stop(self) -> None:
        """Stay where it is."""
        if self.playing:
            self._timer.stop()
            self._show_playing()

    def _set(self, value: float) -> None:
        self.stop()
        self.session.look(morph=value)

    def _tick(self) -> None:
        now = monotonic()
        passed, self._ticked = min(now - self._ticked, 0.1), now
        if self.session.waiting:  # asked for anew each tick, a slow picture would never come
            return
        if self._rests > 0.0:
            self._rests -= passed
            return
        self._exact += (-passed if self._back else passed) / _WAY
        if not 0.0 < self._exact < 1.0:
            self._exact = min(max(self._exact, 0.0), 1.0)
            self._back, self._rests = self._exact >= 1.0, _REST
        self.session.look(morph=round(self._exact, 4))

    def _show_playing(self) -> None:
        self.play.setIcon(icon("pause" if self.playing else "play"))
        text = self.tr("Stop morphing") if self.playing else self.tr("Morph back and forth")
        self.play.setAccessibleName(text)
        self.play.setToolTip(look.tip(text))
