"""The learning-rate schedule of one entrant: which one, its numbers, and its curve drawn small."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from optviz.catalog import Array
from optviz.entrant import learning_rates
from optviz.experiment import Entrant, ScheduleSetting
from optviz.gui.controls import look
from optviz.gui.controls.combo import Combo
from optviz.gui.controls.knob_row import LABEL_WIDTH, KnobRow, shown_name
from optviz.gui.controls.number_words import number_text
from optviz.schedules import SCHEDULES


class CurvePicture(QWidget):
    """The learning rate of every step, from 0 to its largest, and where playback stands."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rates: Array = np.zeros(0)
        self._frame = 0
        self.setFont(look.sized(self.font(), look.SMALL - 1))
        self.setFixedHeight(52)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("learning rate against the step"))

    def set_rates(self, rates: Array) -> None:
        self._rates = rates
        self.setToolTip(
            look.tip(
                self.tr("Learning rate of each step: from {0} to {1} at most, {2} at the end").format(
                    number_text(float(rates[0]), 3),
                    number_text(float(rates.max()), 3),
                    number_text(float(rates[-1]), 3),
                )
            )
        )
        self.update()

    def set_frame(self, frame: int) -> None:
        """Mark the step that is on show."""
        if frame != self._frame:
            self._frame = frame
            if self.isVisible():
                self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(120, 52)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(LABEL_WIDTH + 8, 6, -2, -6)
        painter.setPen(QPen(look.hairline(), 1))
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        rates, top = self._rates, float(self._rates.max(initial=0.0))
        if len(rates) > 1 and np.isfinite(top) and top > 0:
            # Both ends of every column's range, so that no tooth of a saw is lost.
            at = np.linspace(0, len(rates), min(len(rates), int(box.width())) + 1).astype(int)
            parts = [rates[a : max(b, a + 1)] for a, b in pairwise(at)]
            line = QPolygonF()
            for i, part in enumerate(parts):
                x = box.left() + box.width() * i / max(len(parts) - 1, 1)
                for rate in (part[0],) if len(part) == 1 else (part[0], part.max(), part.min(), part[-1]):
                    line.append(QPointF(x, box.bottom() - box.height() * 0.94 * float(rate) / top))
            pen = QPen(look.accent(), 1.5)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            painter.setPen(pen)
            painter.drawPolyline(line)
            self._draw_ends(painter, box, top)
            step = min(self._frame, len(rates) - 1)
            x = box.left() + box.width() * step / (len(rates) - 1)
            painter.setPen(QPen(look.muted(), 1))
            painter.drawLine(QPointF(x, box.top() - 3), QPointF(x, box.bottom()))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.accent())
            y = box.bottom() - box.height() * 0.94 * float(rates[step]) / top
            if np.isfinite(y):
                painter.drawEllipse(QPointF(x, y), 3, 3)
        painter.end()

    def _draw_ends(self, painter: QPainter, box: QRectF, top: float) -> None:
        """Write the largest and the smallest rate beside the curve, each at its height."""
        low = float(self._rates.min())
        painter.setPen(look.muted())
        flags = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        ends = [(top, box.bottom() - 0.94 * box.height())]
        y = box.bottom() - 0.94 * box.height() * low / top
        if y - ends[0][1] > 14:
            ends.append((low, min(y, self.height() - 7.0)))
        for value, at in ends:
            painter.drawText(
                QRectF(0, at - 8, box.left() - 6, 16), flags, number_text(value, 3).replace("-", "−")
            )


class ScheduleEditor(QWidget):
    """Lets a person choose a schedule and set its numbers.

    Signals
    -------
    changed(ScheduleSetting, str, str)
        The new setting, what to call the edit, and the key under which such edits are one step.
    drag_ended()
    """

    changed = Signal(object, str, str)
    drag_ended = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._setting = ScheduleSetting()
        self.rows: dict[str, KnobRow] = {}
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.choice = Combo(self)
        # It takes the width it is given; a long title is cut rather than widen the column.
        self.choice.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setMinimumContentsLength(10)
        self.choice.setAccessibleName(self.tr("schedule"))
        for schedule in SCHEDULES:
            self.choice.addItem(look.catalog(schedule.title), schedule.id)
            tip = look.tip(look.catalog(schedule.title), look.catalog(schedule.help))
            self.choice.setItemData(self.choice.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self.choice.activated.connect(self._chosen)
        label = QLabel(self.tr("schedule"), self)
        label.setFont(look.sized(self.font(), look.SMALL))
        label.setFixedWidth(LABEL_WIDTH)
        label.setBuddy(self.choice)
        row = QHBoxLayout()
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self.choice, 1)
        self._column.addLayout(row)
        self.curve = CurvePicture(self)
        inset = QHBoxLayout()
        inset.setContentsMargins(0, 4, 0, 0)
        inset.addWidget(self.curve)
        self._column.addLayout(inset)

    def refresh(self, entrant: Entrant, steps: int) -> None:
        """Show an entrant's schedule."""
        setting = entrant.schedule
        if setting.name != self._setting.name or not self.rows:
            self._build(setting.name)
        self._setting = setting
        self.choice.setCurrentIndex(SCHEDULES.ids.index(setting.name))
        declared = SCHEDULES[setting.name]
        self.choice.setToolTip(
            look.tip(look.catalog(declared.title), look.catalog(declared.help), declared.reference)
        )
        for name, row in self.rows.items():
            row.set_value(setting.values[name])
        self.curve.setVisible(setting.name != "constant")
        if setting.name != "constant":
            self.curve.set_rates(learning_rates(entrant, steps))

    def _build(self, name: str) -> None:
        for row in self.rows.values():
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = {}
        for place, knob in enumerate(SCHEDULES[name].knobs):
            row = KnobRow(knob, parent=self)
            row.value_changed.connect(lambda value, knob=knob: self._set(knob.name, value))
            row.drag_ended.connect(self.drag_ended)
            self._column.insertWidget(1 + place, row)
            self.rows[knob.name] = row

    def _chosen(self, index: int) -> None:
        name = SCHEDULES.ids[index]
        if name != self._setting.name:
            text = self.tr("schedule {0}").format(look.catalog(SCHEDULES[name].title))
            self.changed.emit(ScheduleSetting(name), text, "")

    def _set(self, name: str, value: float) -> None:
        typed = self.rows[name].typed_value(value)
        setting = ScheduleSetting(self._setting.name, {**self._setting.values, name: typed})
        text = self.tr("{0} {1}").format(shown_name(name), number_text(value))
        self.changed.emit(setting, text, f"schedule.{name}")
