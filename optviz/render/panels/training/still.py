"""What the pictures of a training share: they are drawn once for what they show, and kept."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import Any, ClassVar, Protocol

from PySide6.QtCore import QCoreApplication, QLineF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from optviz.colors import mix
from optviz.render import fonts
from optviz.render.panels.chart import Chart, Words, wrapped
from optviz.render.panels.training import pictures as pictures
from optviz.render.style import Metrics, Theme
from optviz.training.record import Judgement, Look, Record
from optviz.training.setting import Training

Table = tuple[tuple[str, ...], list[tuple[Any, ...]]]  # the names of the columns, and rows
_KEPT = 2  # pictures kept of one panel: the window's and, say, a larger one
_SMALLEST = (120.0, 84.0)  # pixels at 1280 x 720 below which there is nothing but the title


class Shown(Protocol):
    """What these pictures need to know of a scene of a training."""

    @property
    def training(self) -> Training: ...
    @property
    def record(self) -> Record: ...
    @property
    def class_names(self) -> tuple[str, ...]: ...
    def look_at(self, i: int, k: int) -> Look | None: ...
    def looks_until(self, i: int, k: int) -> Sequence[Look]: ...
    def judgement_at(self, i: int, k: int) -> Judgement | None: ...


class StillChart(Chart):
    """A picture that depends on nothing but what `shown` returns.

    A picture like this changes now and then, while its surroundings are drawn sixty times a second: it is
    drawn again only when what it shows is another thing. Looks and judgements are compared by identity.
    """

    name: ClassVar[str] = ""

    def __init__(self, theme: Theme, metrics: Metrics) -> None:
        super().__init__(theme, metrics)
        self._kept: list[tuple[tuple[Hashable, ...], QImage]] = []

    def shown(self, scene: Shown, k: int) -> tuple[Any, ...]:
        """Return everything the picture of frame `k` depends on."""
        raise NotImplementedError

    def draw(self, painter: QPainter, rect: QRectF, *shown: Any) -> None:
        """Draw it."""
        raise NotImplementedError

    def paint(self, painter: QPainter, rect: QRectF, scene: Shown, k: int) -> None:
        """Paint frame `k` of a scene."""
        self.paint_kept(painter, rect, self.shown(scene, k))

    def paint_kept(self, painter: QPainter, rect: QRectF, shown: tuple[Any, ...]) -> None:
        """Paint what is to be shown, from memory where it was painted before."""
        if rect.width() < 1.0 or rect.height() < 1.0:
            return
        painter.save()
        if pictures.on_pixels(painter):
            ratio = pictures.ratio_of(painter)
            left, top = round(rect.x() * ratio) / ratio, round(rect.y() * ratio) / ratio
            image = self._image(rect.width(), rect.height(), ratio, shown)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(QRectF(left, top, image.width() / ratio, image.height() / ratio), image)
        else:
            painter.setClipRect(rect)
            self.draw(painter, rect, *shown)
        painter.restore()

    def _image(self, width: float, height: float, ratio: float, shown: tuple[Any, ...]) -> QImage:
        key = (width, height, ratio, *shown)
        for kept, image in self._kept:
            if kept == key:
                return image
        image = QImage(math.ceil(width * ratio), math.ceil(height * ratio), QImage.Format.Format_RGB32)
        image.fill(QColor(self.theme.paper))
        with QPainter(image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.scale(ratio, ratio)
            self.draw(painter, QRectF(0.0, 0.0, width, height), *shown)
        self._kept = [(key, image), *self._kept][:_KEPT]
        return image

    # -------------------------------------------------------------- what they look alike in

    def head(self, painter: QPainter, rect: QRectF, titles: Sequence[str], notes: Sequence[str] = ()) -> None:
        """Write a title, and a note at the right where there is room for one: the first that fits of each."""
        m, theme = self.metrics, self.theme
        face = fonts.font(m.small)
        left, right, base = rect.x() + m.gap(2), rect.right() - m.gap(2), rect.y() + m.gap(4)
        room = right - left
        for title in titles:
            for note in (*notes, ""):
                between = m.gap(3) if note else 0.0
                if fonts.width(title, face) + fonts.width(note, face) + between <= room:
                    fonts.write(painter, left, base, title, face, theme.ink)
                    fonts.write(painter, right, base, note, face, theme.muted, fonts.RIGHT)
                    return
        fonts.write(painter, left, base, fonts.elided(titles[-1], face, room), face, theme.ink)

    def title(self, painter: QPainter, rect: QRectF, *choices: Words) -> None:
        """Write a title where the other pictures of a training have theirs."""
        self.head(painter, rect, ["".join(text for text, _ in one) for one in choices])

    def body(self, rect: QRectF) -> QRectF:
        """Return where the picture goes below its title; empty where it would say nothing."""
        m = self.metrics
        if rect.width() < m.px(_SMALLEST[0]) or rect.height() < m.px(_SMALLEST[1]):
            return QRectF()
        box = rect.adjusted(m.gap(2), m.gap(6), -m.gap(2), -m.gap(2))
        return QRectF(round(box.x()), round(box.y()), round(box.width()), round(box.height()))

    def empty(self, painter: QPainter, rect: QRectF, title: str, text: str) -> None:
        """Paint a title, and in the middle why there is nothing below it."""
        self.head(painter, rect, [title])
        m = self.metrics
        room = rect.adjusted(m.gap(2), m.gap(6), -m.gap(2), -m.gap(2))
        if room.height() >= m.gap(5):
            self.said(painter, room, text)

    def said(self, painter: QPainter, room: QRectF, text: str) -> None:
        """Say in the middle why there is nothing yet, over what may be planned there."""
        m, face = self.metrics, fonts.font(self.metrics.small)
        around = 0.5 * (room.width() - min(room.width(), max(0.62 * room.width(), m.px(130))))
        room = room.adjusted(around, 0, -around, 0)
        lines = wrapped(text, face, room.width() - m.gap(6))
        high = min(m.gap(5) * len(lines) + m.gap(2), room.height())
        wide = min(max((fonts.width(line, face) for line in lines), default=0.0) + m.gap(4), room.width())
        middle = room.center()
        ground = QRectF(middle.x() - wide / 2, middle.y() - high / 2, wide, high)
        painter.fillRect(ground, QColor(self.theme.paper))
        self.nothing(painter, room, text)

    def faint_line(self, painter: QPainter, left: float, y: float, right: float) -> None:
        """Paint where something will stand."""
        painter.setPen(QPen(QColor(mix(self.theme.page, self.theme.hairline, 0.7)), self.metrics.hairline))
        y = round(y) + self.metrics.hairline / 2
        painter.drawLine(QLineF(left, y, right, y))

    def faint_frames(self, painter: QPainter, room: QRectF, side: float, gap: float, most: int) -> None:
        """Paint where pictures will stand: empty squares."""
        columns = max(0, int((room.width() + gap) // (side + gap)))
        rows = max(0, int((room.height() + gap) // (side + gap)))
        painter.setPen(QPen(QColor(mix(self.theme.page, self.theme.hairline, 0.7)), self.metrics.hairline))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        half = self.metrics.hairline / 2
        for i in range(min(columns * rows, most)):
            row, column = divmod(i, columns)
            left, top = room.x() + column * (side + gap), room.y() + row * (side + gap)
            painter.drawRect(QRectF(round(left) + half, round(top) + half, round(side), round(side)))


class JudgementPanel(StillChart):
    """A picture of the latest judgement."""

    def shown(self, scene: Shown, k: int) -> tuple[Any, ...]:
        return scene.judgement_at(chosen(scene), k), scene.class_names

    def missing(self, painter: QPainter, rect: QRectF, title: str) -> None:
        """Say that there is no judgement yet."""
        self.empty(painter, rect, title, tr("it shows after the first epoch"))


def percent(share: float, digits: int = 1) -> str:
    """Return a share as people say it: 99.8 %, 99.0 %; 0 % and 100 % only where it is none and all.

    Parameters
    ----------
    digits
        After the point.
    """
    if not math.isfinite(share):
        return "–"
    text, least = f"{100.0 * share:.{digits}f}", 10.0**-digits
    if share <= 0.0 or share >= 1.0:
        text = f"{100.0 * share:.0f}"
    elif float(text) == 0.0:
        text = f"<{least:.{digits}f}"
    elif float(text) >= 100.0:
        text = f"{100.0 - least:.{digits}f}"
    return text + " %"


def tr(text: str) -> str:
    """Return a text of these pictures in the language of the program."""
    return QCoreApplication.translate("TrainPanels", text)


def chosen(scene: Shown) -> int:
    """Return the entrant whose inside is shown."""
    return min(scene.training.view.entrant, len(scene.training.entrants) - 1)
