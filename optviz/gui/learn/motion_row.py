"""What moves while a step is shown: where it stands, and a slider over the time it takes."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from optviz.gui.controls import look
from optviz.gui.learn.session import LessonSession
from optviz.gui.learn.words import knob_name
from optviz.gui.transport import ScrubSlider
from optviz.lesson import knob_of
from optviz.render.style import number

_TRAVEL = 1000


class MotionRow(QWidget):
    """A line for each knob that moves with its value, and one slider for all of them; it moves by itself."""

    def __init__(self, session: LessonSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 10, 12, 10)
        column.setSpacing(6)
        self.values = QLabel(self)
        self.values.setFont(look.sized(self.font(), look.NORMAL))
        self.values.setTextFormat(Qt.TextFormat.PlainText)
        self.values.setWordWrap(True)
        self.values.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.slider = ScrubSlider(self)
        self.slider.setRange(0, _TRAVEL)
        self.slider.setPageStep(_TRAVEL // 10)
        self.slider.setSingleStep(_TRAVEL // 100)
        self.slider.setFixedHeight(24)
        self.slider.setAccessibleName(self.tr("what moves"))
        self.slider.setToolTip(look.tip(self.tr("Drag to move it yourself")))
        self.again = look.FlatButton(
            self.tr("move again"), self.tr("Let it move again from the start"), "reset", self
        )
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.slider, 1)
        row.addWidget(self.again)
        column.addWidget(self.values)
        column.addLayout(row)
        self.slider.valueChanged.connect(self._drag)
        self.again.clicked.connect(self._again)
        session.step_changed.connect(self.refresh)
        session.share_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show what moves and where it stands."""
        session = self.session
        moves = session.step.moves
        self.setVisible(bool(moves) and not session.asking)
        if not moves:
            return
        experiment, seconds = session.step.experiment, session.share * session.step.seconds
        lines = []
        for move in moves:
            value = move.value_at(move.share_at(seconds), knob_of(experiment, move.knob))
            text = self.tr("{name} = {value}").format(
                name=knob_name(experiment, move.knob), value=number(value, fixed=True)
            )
            lines.append(text)
        self.values.setText("\n".join(lines))
        self.slider.blockSignals(True)
        self.slider.setValue(round(session.share * _TRAVEL))
        self.slider.blockSignals(False)
        self.slider.setAccessibleDescription("; ".join(lines))

    def _drag(self, value: int) -> None:
        self.session.stop_moving()
        self.session.move_to(value / _TRAVEL)

    def _again(self) -> None:
        self.session.stop_moving()
        self.session.move_to(0.0)
        self.session.start_moving()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.base())
        painter.drawRoundedRect(QRectF(self.rect()), look.RADIUS, look.RADIUS)
        painter.end()
