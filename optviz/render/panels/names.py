"""The names of entrants at their heads: what they say, and writing them."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from optviz.catalog import Array
from optviz.render import fonts
from optviz.render.panels import labels
from optviz.render.panels.labels import Label, Visits
from optviz.render.style import Metrics, Theme, number
from optviz.scene import Line

_LABEL = 0.35  # of the picture's width: longer names are cut
_WHOLE = 0.7  # of that width: what is longer with it goes without the place of the head


def text_of(line: Line, k: int, width: float, m: Metrics, away: Array | None = None) -> str:
    """Return what is written at the head of an entrant at frame `k`.

    Parameters
    ----------
    width
        Of the picture, in pixels.
    away
        Where the head is, if that is outside the picture.
    """
    face = fonts.font(m.small)
    label = fonts.elided(line.label, face, _LABEL * width)
    lost = line.status == "diverged" and k >= line.stopped_at
    texts = [label]
    if away is not None:
        texts.insert(0, f"{label}  ({number(float(away[0]))}, {number(float(away[1]))})")
    if lost:
        ended = QCoreApplication.translate("Stage", "{label}, diverged")
        texts = [ended.format(label=text) for text in texts]
    for text in texts:  # where it is far away is left out before anything is cut off
        if fonts.width(text, face) <= _WHOLE * width:
            return text
    return fonts.elided(texts[-1], face, max(0.0, width - 2 * m.gap(2)))


def label_at(x: float, y: float, clear: float, text: str, m: Metrics) -> Label:
    """Return the label of a text beside a point, its place not found yet."""
    face = fonts.font(m.small)
    return Label(x, y, clear, fonts.width(text, face), fonts.rise(face) + m.gap(2))


def paint_names(
    painter: QPainter,
    named: Sequence[tuple[Label, Line, str]],
    area: QRectF,
    marks: Sequence[QRectF],
    visits: Visits | None,
    k: int,
    theme: Theme,
    m: Metrics,
    *,
    vector: bool,
    texts: Sequence[QRectF] = (),
) -> None:
    """Find places for names inside `area` and write them with lines to far heads.

    They keep clear of `marks`, and above all of `texts`.
    """
    face = fonts.font(m.small)
    labels.place([label for label, _, _ in named], area, marks, visits, k, texts)
    colors = [theme.text(theme.line(line.index, line.color)) for _, line, _ in named]
    for (label, _, _), color in zip(named, colors, strict=True):
        _paint_leader(painter, label, color, theme, m)  # under all names: none is struck through
    for (label, _, text), color in zip(named, colors, strict=True):
        base = label.box.center().y() + fonts.rise(face) / 2
        fonts.write_haloed(painter, label.box.left(), base, text, face, color, theme.halo, m.px(2.2), vector)


def _paint_leader(painter: QPainter, label: Label, color: str, theme: Theme, m: Metrics) -> None:
    """Paint the line from a name to the point it is far from."""
    box = label.box
    if label.moved:
        side = box.left() - m.gap(0.5) if box.left() > label.x else box.right() + m.gap(0.5)
        ends = QPointF(side, box.center().y()), QPointF(label.x, label.y)
        length = math.hypot(ends[1].x() - ends[0].x(), ends[1].y() - ends[0].y()) or 1.0
        stop = ends[1] - (ends[1] - ends[0]) * (m.head * 1.3 / length)
        for tint, thick in ((theme.halo, m.px(3.0)), (color, max(1.0, m.px(1.0)))):
            painter.setPen(QPen(QColor(tint), thick, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(ends[0], stop)
