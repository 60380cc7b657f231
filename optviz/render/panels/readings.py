"""The readings above a surface, a small table: at the minimum, and where one looks."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QPointF, QRectF
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from optviz.readings import SHORT, Curvature, Readings
from optviz.render import fonts
from optviz.render.style import Metrics, Theme, number

_ROW = 4.5  # steps of the grid
_RANK = ("zeros", "step", "kappa", "high", "angle")  # what stays longest where there is little room


@dataclass(frozen=True)
class _Column:
    """One column: its headings, the longest first, and the widest thing in it."""

    key: str
    names: tuple[str, str, str]
    widest: str


class ReadingsPanel:
    """Three rows: headings, the minimum, the cursor. Columns that have no room are left out, see `_RANK`.

    Parameters
    ----------
    theme, metrics
        Colours and sizes.
    """

    def __init__(self, theme: Theme, metrics: Metrics) -> None:
        self.theme, self.metrics = theme, metrics
        self._fitted: tuple[tuple[float, bool, bool], tuple[list[_Column], list[float], int]] | None = None

    @property
    def height(self) -> float:
        """How high the table is, in pixels."""
        return 3 * self.metrics.gap(_ROW)

    def paint(
        self, painter: QPainter, rect: QRectF, readings: Readings, here: str = "", *, vector: bool = False
    ) -> None:
        """Paint the table into the upper part of `rect`.

        Parameters
        ----------
        here
            What the cursor's row is called; "here" if not given.
        """
        m, theme = self.metrics, self.theme
        face = fonts.font(m.small)
        names = (_tr("at the minimum"), here or _tr("here"))
        first = min(max(fonts.width(name, face) for name in names), 0.36 * rect.width())
        room = rect.width() - first
        known = readings.at_minimum, readings.at_cursor
        between = any(one is not None and one.between for one in known)
        key = (room, readings.weights, between)
        if self._fitted is None or self._fitted[0] != key:
            self._fitted = (key, self._columns(*key, face))
        columns, edges, tier = self._fitted[1]
        rise, row = fonts.rise(face), m.gap(_ROW)
        bases = [round(rect.y() + (i + 0.5) * row + rise / 2) for i in range(3)]
        for name, base in zip(names, bases[1:], strict=True):
            fonts.write(painter, rect.x(), base, fonts.elided(name, face, first), face, theme.muted)
        for column, edge in zip(columns, edges, strict=True):
            right = rect.x() + first + edge
            fonts.write(painter, right, bases[0], column.names[tier], face, theme.muted, fonts.RIGHT)
        rows = (
            self._texts(readings.at_minimum, readings.no_minimum, None, readings.minimum_zeros),
            self._texts(readings.at_cursor, "", readings.angle, None if readings.lost else _ended(readings)),
        )
        for (texts, notes), base in zip(rows, bases[1:], strict=True):
            covers = sum(c.key not in texts for c in columns)  # what has numbers comes last
            if notes and (covers or not edges):
                free = edges[covers - 1] if covers else rect.width() - first
                left, room = rect.x() + first + m.gap(3), free - m.gap(3)
                text = next((one for one in notes if fonts.width(one, face) <= room), notes[-1])
                text = fonts.elided(text, face, room)
                fonts.write(painter, left, base, text, face, theme.ink)
            for column, edge in zip(columns, edges, strict=True):
                self._write(painter, rect.x() + first + edge, base, texts.get(column.key, ""), face)
        painter.setPen(QPen(QColor(theme.hairline), m.hairline))
        y = round(rect.y() + row) + m.hairline / 2
        end = rect.x() + first + (edges[-1] if edges else 0.0)
        painter.drawLine(QPointF(rect.x(), y), QPointF(end, y))

    def _write(self, painter: QPainter, right: float, base: float, text: str, face: QFont) -> None:
        fonts.write_moving(painter, right, base, text, face, self.theme.ink, fonts.RIGHT)

    def _columns(
        self, room: float, weights: bool, between_kinks: bool, face: QFont
    ) -> tuple[list[_Column], list[float], int]:
        """Return the columns that fit, their right edges from the first column's end, and which headings."""
        high, step, widest = "λₘₐₓ", "2/λₘₐₓ", "8.88×10⁻⁸"
        zeros = _tr("{some} of 2").format(some=2)
        kappa = (_tr("condition number κ"), _tr("condition κ"), "κ")
        if between_kinks:
            kappa = (_tr("condition κ between the kinks"), _tr("κ between the kinks"), _tr("κ between kinks"))
        columns = [
            _Column("kappa", kappa, widest),
            _Column("high", (_tr("curvature {name}").format(name=high), high, high), widest),
            _Column("step", (_tr("stable step {name}").format(name=step), step, step), widest),
            _Column("angle", (_tr("gradient's aim off by"), _tr("aim off by"), _tr("aim off")), "180°"),
            _Column("zeros", (_tr("weights at 0"), _tr("weights at 0"), _tr("zeros")), zeros),
        ]
        columns = columns if weights else columns[:-1]
        order = [key for key in _RANK if any(column.key == key for column in columns)]
        between = self.metrics.gap(4)
        for tier, least in ((0, len(order)), (1, len(order)), (2, 1)):
            for count in range(len(order), least - 1, -1):
                some = [column for column in columns if column.key in order[:count]]
                widths = [
                    between + max(fonts.width(text, face) for text in (c.names[tier], c.widest)) for c in some
                ]
                spare = (room - sum(widths)) / count
                if spare >= 0.0:  # which is shared out, so that the table is as wide as its picture
                    return some, [sum(widths[: i + 1]) + (i + 1) * spare for i in range(count)], tier
        return [], [], 2

    def _texts(
        self, curvature: Curvature | None, missing: str, angle: float | None, zeros: int | None
    ) -> tuple[dict[str, str], list[str]]:
        """Return the texts of one row by column, and what may stand in place of the curvature."""
        texts: dict[str, str] = {}
        notes = [missing] if missing else []
        if curvature is not None and curvature.kink:
            notes = [curvature.kink]
        elif curvature is not None:
            texts = {
                "kappa": number(curvature.condition, fixed=True),
                "high": number(curvature.high, fixed=True),
                "step": number(curvature.stable_step, fixed=True),
            }
        if angle is not None:
            texts["angle"] = "–" if math.isnan(angle) else f"{angle:.0f}°"
        if zeros is not None:
            texts["zeros"] = _tr("{some} of 2").format(some=zeros)
        name = curvature.name if curvature is not None else ""
        while notes and notes[-1] in SHORT:
            notes.append(SHORT[notes[-1]])
        return texts, [_tr(note).format(name=name) for note in notes]


def _ended(readings: Readings) -> int | None:
    """Return how many weights are 0 where the first entrant shown ended."""
    return readings.zeros[0][1] if readings.zeros else None


def spoken(readings: Readings) -> str:
    """Return the readings as sentences, for those who do not see the table."""
    parts = []
    for name, curvature in ((_tr("at the minimum"), readings.at_minimum), (_tr("here"), readings.at_cursor)):
        if curvature is None:
            parts.append(_tr(readings.no_minimum))
        elif curvature.kink:
            parts.append(f"{name}: {_tr(curvature.kink).format(name=curvature.name)}")
        elif curvature.reason:
            text = _tr("{place}: {why}, largest eigenvalue {high}")
            parts.append(text.format(place=name, why=_tr(curvature.reason), high=number(curvature.high)))
        else:
            text = _tr("{place}: condition number {kappa}, largest eigenvalue {high}, stable step {step}")
            kappa, high = number(curvature.condition), number(curvature.high)
            step = number(curvature.stable_step)
            parts.append(text.format(place=name, kappa=kappa, high=high, step=step))
    if not math.isnan(readings.angle):
        text = _tr("the gradient points {angle}° off the minimum")
        parts.append(text.format(angle=f"{readings.angle:.0f}"))
    return ". ".join(parts) + "."


def _tr(text: str) -> str:
    return QCoreApplication.translate("Readings", text)
