"""Small drawings of an answer: how far each loss fell, and where the edge of learning rates lies."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from optviz.experiment import Experiment
from optviz.gui import theme
from optviz.gui.controls import look
from optviz.gui.controls.identity import slots_of
from optviz.gui.controls.swatch import draw_swatch, drawn_color
from optviz.gui.learn.session import Outcome
from optviz.render import fonts
from optviz.render.style import number
from optviz.setting import Pair

_ROW, _HEAD = 22.0, 18.0


class AnswerChart(QWidget):
    """Draws the answer to "winner" as bars, that to "largest_learning_rate" as an axis with its edge."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._outcome: Outcome | None = None
        self._experiment: Experiment | None = None
        self._range: Pair = (1e-5, 10.0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(0)

    def show_outcome(self, outcome: Outcome | None, experiment: Experiment, span: Pair) -> None:
        """Draw another answer; nothing for None or what is not drawn."""
        self._outcome, self._experiment, self._range = outcome, experiment, span
        kind = outcome.answer.kind if outcome is not None and not outcome.answer.missing else ""
        height = 0.0
        if kind == "winner":
            height = _HEAD + _ROW * sum(not one.hidden for one in experiment.entrants)
        elif kind == "largest_learning_rate":
            height = 66.0
        self.setFixedHeight(round(height))
        self.setVisible(height > 0)
        self.setAccessibleName(self._described())
        self.update()

    def _described(self) -> str:
        outcome, experiment = self._outcome, self._experiment
        if outcome is None or experiment is None or outcome.answer.kind != "winner":
            return ""
        losses = zip(experiment.entrants, outcome.answer.losses, strict=True)
        return "; ".join(f"{one.title}: {number(loss)}" for one, loss in losses if not one.hidden)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        if self._outcome is None or self._experiment is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._outcome.answer.kind == "winner":
            self._paint_bars(painter, self._outcome, self._experiment)
        else:
            self._paint_edge(painter, self._outcome)
        painter.end()

    # -------------------------------------------------------------- who wins

    def _paint_bars(self, painter: QPainter, outcome: Outcome, experiment: Experiment) -> None:
        colors, face = theme.colors(), fonts.font(look.SMALL)
        bold = fonts.font(look.SMALL, strong=True)
        answer, slots = outcome.answer, slots_of(experiment.entrants)
        shown = [i for i, one in enumerate(experiment.entrants) if not one.hidden]
        finite = [answer.losses[i] for i in shown if math.isfinite(answer.losses[i])]
        log = all(loss > 0 for loss in finite)
        title = self.tr("loss at the end, lower is better")
        fonts.write(painter, 0, 12, title + (self.tr(" (logarithmic)") if log else ""), face, colors.muted)
        names = min(max(fonts.width(experiment.entrants[i].title, bold) for i in shown), 0.36 * self.width())
        left = 36.0 + names + 8.0
        room = self.width() - left - fonts.width("8.88×10⁻⁸⁸", face) - 8.0
        low, high = _span(finite, log)
        for row, i in enumerate(shown):
            middle = _HEAD + (row + 0.5) * _ROW
            entrant, loss = experiment.entrants[i], answer.losses[i]
            draw_swatch(painter, QRectF(0, middle - 6, 28, 12), slots[i], entrant.color, False)
            wins = i == answer.winner
            ink = colors.text if wins else colors.muted
            strong = bold if wins else face
            base = middle + fonts.rise(face) / 2
            fonts.write(painter, 36, base, fonts.elided(entrant.title, strong, names), strong, ink)
            share = 1.0
            if math.isfinite(loss):
                at = math.log10(loss) if log else loss
                share = 0.04 + 0.96 * (at - low) / (high - low)
            line = theme.current_theme().line(*drawn_color(slots[i], entrant.color))
            bar = QColor(line)
            bar.setAlphaF(1.0 if wins else 0.45)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(bar)
            painter.drawRoundedRect(QRectF(left, middle - 4, max(share * room, 3.0), 8), 2, 2)
            text = number(loss) if math.isfinite(loss) else self.tr("diverged")
            fonts.write(painter, self.width(), base, text, strong, ink, fonts.RIGHT)

    # -------------------------------------------------------------- the edge

    def _paint_edge(self, painter: QPainter, outcome: Outcome) -> None:
        colors, face = theme.colors(), fonts.font(look.SMALL)
        edge = outcome.answer.learning_rate
        given = outcome.given if isinstance(outcome.given, (int, float)) else None
        known = [edge] if given is None else [edge, float(given)]
        low, high = min(self._range[0], *known, edge / 4), max(self._range[1], *known, edge * 4)
        wide, top = self.width() - 2.0, 26.0

        def place(rate: float) -> float:
            return 1.0 + wide * math.log(rate / low) / math.log(high / low)

        at = place(edge)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.chosen_ground())
        painter.drawRoundedRect(QRectF(1, top, at - 1, 12), 3, 3)
        painter.setBrush(look.error_ground())
        painter.drawRoundedRect(QRectF(at, top, wide - at + 1, 12), 3, 3)
        painter.setPen(QPen(look.ink(), 2.0))
        painter.drawLine(QPointF(at, top - 5), QPointF(at, top + 17))
        text = self.tr("edge {rate}").format(rate=number(edge))
        half = fonts.width(text, face) / 2
        fonts.write(painter, min(max(at, half), self.width() - half), top - 10, text, face, colors.text, 0.5)
        if given is not None:
            x = place(float(given))
            painter.setPen(QPen(look.accent(), 2.2))
            painter.setBrush(look.ground())
            painter.drawEllipse(QPointF(x, top + 6), 6.0, 6.0)
            text = self.tr("you {rate}").format(rate=number(float(given)))
            half = fonts.width(text, face) / 2
            x = min(max(x, half), self.width() - half)
            fonts.write(painter, x, top + 34, text, face, colors.accent, fonts.CENTER)


def _span(losses: list[float], log: bool) -> Pair:
    """Return the ends of the axis of the bars."""
    values = [math.log10(loss) if log else loss for loss in losses] or [0.0]
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 1.0, high)
