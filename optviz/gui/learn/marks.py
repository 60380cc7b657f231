"""What is marked on a picture that somebody predicts on: the prediction, where it truly ends, and the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.gui.learn.session import LessonSession
from optviz.render import fonts
from optviz.render.stages import AnyStage, Drawn
from optviz.render.style import Metrics, Theme
from optviz.reshape import ReshapeScene
from optviz.setting import Pair

_RING, _INNER = 9.0, 6.0  # pixels of a 1280 x 720 picture
_TEXT = 13


@dataclass(frozen=True)
class Marks:
    """The point that is predicted, and the one that is true once it is revealed; None where there is none."""

    given: Pair | None
    true: Pair | None


def marks_of(session: LessonSession) -> Marks:
    """Return what is to be marked of the step that is shown."""
    ask, outcome = session.step.ask, session.outcome
    if ask is None or ask.kind != "end":
        return Marks(None, None)
    given = outcome.given if outcome is not None else session.given
    true = outcome.answer.point if outcome is not None else None
    return Marks(given if isinstance(given, tuple) else None, true)


def hidden_parts(session: LessonSession, stage: AnyStage, scene: Drawn) -> Iterator[QRectF]:
    """Yield the parts of a picture that would tell the answer: a comparison's numbers and small plots."""
    if session.asking and isinstance(scene, ReshapeScene):
        from optviz.render.reshape_stage import ReshapeStage

        if isinstance(stage, ReshapeStage):
            place = stage.layout(scene)
            yield from place.readings
            yield from (rect for _, rect in place.small)


class MarkPainter:
    """Paints marks, in the colours of a theme, `room` being where their words may stand."""

    def __init__(self, colors: Theme, metrics: Metrics, room: QRectF) -> None:
        self.colors, self.metrics, self.room = colors, metrics, room

    def paint(self, painter: QPainter, marks: Marks, to_pixel: Callable[[Pair], QPointF]) -> None:
        """Paint what there is."""
        mine = to_pixel(marks.given) if marks.given is not None else None
        true = to_pixel(marks.true) if marks.true is not None else None
        if mine is not None and true is not None:
            self._way(painter, mine, true)
        if true is not None:
            self._target(painter, true)
        if mine is not None:
            self.ring(painter, mine, self.colors.accent, _tr("your prediction"))

    def ring(self, painter: QPainter, at: QPointF, color: str, text: str = "") -> None:
        """Paint a ring with a cross hair."""
        px = self.metrics.px
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for tint, width in ((self.colors.halo, 5.0), (color, 2.2)):
            painter.setPen(QPen(QColor(tint), px(width)))
            painter.drawEllipse(at, px(_RING), px(_RING))
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                way = QPointF(dx, dy)
                painter.drawLine(at + way * px(_INNER), at + way * px(_RING + 5.0))
        self._write(painter, at, text, color)

    def _way(self, painter: QPainter, mine: QPointF, true: QPointF) -> None:
        for tint, width in ((self.colors.halo, 4.0), (self.colors.accent, 1.6)):
            pen = QPen(QColor(tint), self.metrics.px(width))
            pen.setDashPattern([6.0 / width, 5.0 / width])
            painter.setPen(pen)
            painter.drawLine(mine, true)

    def _target(self, painter: QPainter, at: QPointF) -> None:
        px = self.metrics.px
        painter.setPen(QPen(QColor(self.colors.halo), px(2.0)))
        painter.setBrush(QColor(self.colors.ink))
        painter.drawEllipse(at, px(6.5), px(6.5))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.colors.page))
        painter.drawEllipse(at, px(2.6), px(2.6))
        self._write(painter, at, _tr("it ends here"), self.colors.ink, below=True)

    def _write(self, painter: QPainter, at: QPointF, text: str, color: str, below: bool = False) -> None:
        if not text:
            return
        px = self.metrics.px
        face = fonts.font(round(px(_TEXT)))
        wide = fonts.width(text, face)
        left = min(max(at.x() - wide / 2, self.room.left() + px(8)), self.room.right() - wide - px(8))
        base = at.y() + (px(_RING + 20.0) if below else -px(_RING + 10.0))
        fonts.write_haloed(painter, left, base, text, face, color, self.colors.halo, px(3.0), False)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Learn", text)
