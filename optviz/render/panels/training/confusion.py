"""Which classes a network takes for which."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QLineF, QRectF
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from optviz.render import fonts
from optviz.render.panels.training import pictures as pictures
from optviz.render.panels.training.still import JudgementPanel, Shown, Table, chosen, percent, tr
from optviz.training.record import Ints, Judgement

_LEAST_SHARE, _FULL_SHARE = 0.001, 0.3  # of a row: the ends of the colours of what is wrong, a log scale
_FAINTEST = 0.16  # where in the colours the least mistake stands, so that it is seen
_WIDEST = 1.9  # how much wider than high a cell of the matrix gets


class ConfusionPanel(JudgementPanel):
    """How often each true class (rows) was taken for each class (columns).

    What is right lies on the diagonal, in calm blue; what is wrong is orange, the more of its row the
    stronger, on a logarithmic scale: a single mistake shows beside a thousand right answers.
    """

    def draw(
        self, painter: QPainter, rect: QRectF, judgement: Judgement | None, names: tuple[str, ...]
    ) -> None:
        title = tr("confusion matrix")
        if judgement is None:
            body = self.body(rect)
            if not body.isEmpty():
                self._matrix(painter, body, np.zeros((len(names), len(names)), np.int64), names, scale=False)
            self.missing(painter, rect, title)
            return
        accuracy = tr("accuracy {share}").format(share=percent(judgement.accuracy))
        long = tr("{accuracy} after epoch {epoch}").format(accuracy=accuracy, epoch=judgement.epoch)
        self.head(painter, rect, [title], [long, accuracy])
        body = self.body(rect)
        confusion = np.asarray(judgement.confusion)
        if body.isEmpty():
            return
        if not confusion.sum():
            self.nothing(painter, body, tr("no image got an answer: all the network says is not a number"))
            return
        self._matrix(painter, body, confusion, names, scale=True)

    def _matrix(
        self, painter: QPainter, body: QRectF, confusion: Ints, names: tuple[str, ...], *, scale: bool
    ) -> None:
        """Paint the cells with the names of rows and columns."""
        m = self.metrics
        count = len(confusion)
        face = self._face(body.height() - m.gap(9), count)
        line = fonts.rise(face) + m.gap(1.5)
        rows = max(fonts.width(name, face) for name in names) + m.gap(2)
        rows = min(rows, 0.28 * body.width())
        if fonts.rise(face) > (body.height() - line) / count:
            rows = 0.0  # too low for names
        if body.height() < m.px(110):
            # Too low for names of the axes: those of the classes and the colours say enough.
            box = body.adjusted(rows, 0, 0, -line)
            named = False
        else:
            box, named = body.adjusted(rows + line, 0, 0, -2 * line), True
        high = math.floor(box.height() / count)
        wide = math.floor(min(box.width() / count, _WIDEST * high))
        slanted = any(fonts.width(name, face) > wide - m.px(2) for name in names)
        if slanted and box.height() > m.px(150):  # long names of columns stand on end
            extra = min(max(fonts.width(name, face) for name in names), 0.25 * box.height()) - line + m.gap(2)
            box.adjust(0, 0, 0, -max(0.0, extra))
            high = math.floor(box.height() / count)
            wide = math.floor(min(box.width() / count, _WIDEST * high))
        else:
            extra = -math.inf
        if min(high, wide) < 3:
            return
        cells = QRectF(round(box.x()), round(box.y()), wide * count, high * count)
        self._cells(painter, cells, confusion, (wide, high))
        self._names(painter, cells, names, face, (wide, high), rows, extra if extra > -math.inf else None)
        if named:
            theme = self.theme
            base = min(cells.bottom() + line + m.gap(3.5) + max(0.0, extra), body.bottom())
            fonts.write(painter, cells.center().x(), base, tr("predicted"), face, theme.muted, fonts.CENTER)
            x = body.x() + fonts.rise(face)
            self._upright(painter, x, cells.center().y(), tr("true"), face, theme.muted)
            if scale:
                self._scale(painter, body, cells, face)

    def _face(self, height: float, count: int) -> QFont:
        m = self.metrics
        face = fonts.font(m.small)
        if fonts.rise(face) + m.px(2) > height / count:
            face = fonts.font(m.tiny)
        return face

    def colors_of(self, confusion: Ints) -> tuple[pictures.Bytes, Ints]:
        """Return the colour of each cell, uint8[c, c, 3], and its row in its table."""
        theme = self.theme
        right, wrong = pictures.table(theme, "right"), pictures.table(theme, "wrong")
        counts = np.asarray(confusion, np.float64)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
        ends = math.log(_LEAST_SHARE), math.log(_FULL_SHARE)
        with np.errstate(divide="ignore"):
            log = (np.log(shares) - ends[0]) / (ends[1] - ends[0])
        seen = np.where(counts > 0, _FAINTEST + (1.0 - _FAINTEST) * np.clip(log, 0.0, 1.0), 0.0)
        same = np.eye(len(counts), dtype=bool)
        at = pictures.shade(np.where(same, shares, seen), 0.0, 1.0)
        rgb = np.where(same[..., None], right[at], wrong[at])
        page = pictures.rgb(theme.paper)
        rgb[counts == 0] = page
        return np.asarray(rgb, np.uint8), np.asarray(at, np.int64)

    def _cells(self, painter: QPainter, cells: QRectF, confusion: Ints, size: tuple[int, int]) -> None:
        m, theme = self.metrics, self.theme
        wide, high = size
        rgb, at = self.colors_of(confusion)
        pictures.scaled_to(painter, cells, rgb, pictures.ratio_of(painter))
        count = len(confusion)
        painter.setPen(QPen(QColor(theme.hairline), m.hairline))
        half = m.hairline / 2
        for i in range(count + 1):
            x, y = cells.x() + i * wide - half, cells.y() + i * high - half
            if min(wide, high) >= m.px(9) or i in (0, count):
                painter.drawLine(QLineF(x, cells.y(), x, cells.bottom()))
                painter.drawLine(QLineF(cells.x(), y, cells.right(), y))
        same = np.eye(count, dtype=bool)
        mistakes = str(int(np.max(confusion, where=~same, initial=0)))
        for pixels in (m.small, m.tiny):
            face = fonts.font(pixels)
            if fonts.width(mistakes, face) + m.px(2) <= wide and fonts.rise(face) + m.px(2.5) <= high:
                break
        else:
            return  # colours alone, where numbers could not be read
        all_fit = fonts.width(str(int(confusion.max())), face) + m.px(1) <= wide
        right, wrong = pictures.text_on(theme, "right"), pictures.text_on(theme, "wrong")
        for i in range(count):
            for j in range(count):
                if confusion[i, j] and (i != j or all_fit):
                    ink = (right if i == j else wrong)[at[i, j]]
                    x = cells.x() + (j + 0.5) * wide
                    base = cells.y() + (i + 0.5) * high + fonts.rise(face) / 2
                    fonts.write_moving(painter, x, base, str(int(confusion[i, j])), face, ink, fonts.CENTER)

    def _names(
        self, painter: QPainter, cells: QRectF, names: tuple[str, ...], face: QFont, size: tuple[int, int],
        room: float, upright: float | None,
    ) -> None:  # fmt: skip
        m, theme = self.metrics, self.theme
        wide, high = size
        rise = fonts.rise(face)
        if rise <= high and room:
            for i, name in enumerate(names):
                base = cells.y() + (i + 0.5) * high + rise / 2
                text = fonts.elided(name, face, room - m.gap(1))
                fonts.write(painter, cells.x() - m.gap(1.5), base, text, face, theme.ink, fonts.RIGHT)
        if upright is not None and rise <= wide:
            for j, name in enumerate(names):
                x = cells.x() + (j + 0.5) * wide + rise / 2
                text = fonts.elided(name, face, upright + rise + m.gap(1))
                self._upright(painter, x, cells.bottom() + m.gap(1), text, face, theme.ink, fonts.RIGHT)
        elif upright is None and all(fonts.width(name, face) <= wide for name in names):
            base = cells.bottom() + m.gap(1) + rise
            for j, name in enumerate(names):
                x = cells.x() + (j + 0.5) * wide
                fonts.write(painter, x, base, name, face, theme.ink, fonts.CENTER)

    def _upright(
        self, painter: QPainter, x: float, y: float, text: str, face: QFont, color: str,
        align: float = fonts.CENTER,
    ) -> None:  # fmt: skip
        """Write a text that runs upward; `x` is its baseline."""
        painter.save()
        painter.translate(x, y)
        painter.rotate(-90.0)
        fonts.write(painter, 0.0, 0.0, text, face, color, align)
        painter.restore()

    def _scale(self, painter: QPainter, body: QRectF, cells: QRectF, face: QFont) -> None:
        """Paint, in what is free at the right, which colour is which share of a row."""
        m, theme = self.metrics, self.theme
        low, high = percent(_LEAST_SHARE), percent(_FULL_SHARE, 0)
        names = (tr("share of a row"), tr("of a row"))
        left, rise = cells.right() + m.gap(4), fonts.rise(face)
        room = body.right() - left
        texts = [f"≥ {high}", f"≤ {low}"]
        if room < max(fonts.width(text, face) for text in texts) + m.gap(4) or cells.height() < m.px(110):
            return
        name = next((one for one in names if fonts.width(one, face) <= room), "")
        fonts.write(painter, left, cells.y() + rise, name, face, theme.muted)
        at = np.round(np.linspace(1.0, _FAINTEST, 64) * (pictures.SHADES - 1)).astype(int)
        top = cells.y() + rise + m.gap(3)
        bar = QRectF(left, top, m.gap(2), min(m.gap(24), cells.bottom() - top - m.gap(8)))
        colors = pictures.table(theme, "wrong")[at][:, None]
        place = pictures.scaled_to(painter, bar, colors, pictures.ratio_of(painter))
        x = place.right() + m.gap(1.5)
        fonts.write(painter, x, place.y() + rise, texts[0], face, theme.muted)
        fonts.write(painter, x, place.bottom(), texts[1], face, theme.muted)
        word = tr("wrong")
        if bar.height() >= m.gap(14) and fonts.width(word, face) + m.gap(4) <= room:
            fonts.write(painter, x, place.center().y() + rise / 2, word, face, theme.muted)
        square = QRectF(place.x(), round(place.bottom() + m.gap(3)), place.width(), place.width())
        color = pictures.hex_at(pictures.table(theme, "right"), pictures.SHADES - 1)
        painter.fillRect(square, QColor(color))
        fonts.write(painter, x, square.center().y() + rise / 2, tr("right"), face, theme.muted)

    def spoken(self, scene: Shown, k: int) -> str:
        """Return the accuracy and the commonest confusions as a sentence."""
        judgement = scene.judgement_at(chosen(scene), k)
        if judgement is None:
            return tr("no confusion matrix yet")
        wrong = np.array(judgement.confusion)
        np.fill_diagonal(wrong, 0)
        names = scene.class_names
        parts = [tr("accuracy {share}").format(share=percent(judgement.accuracy))]
        for at in np.argsort(-wrong, axis=None, kind="stable")[:3].tolist():
            i, j = divmod(at, len(wrong))
            if wrong[i, j]:
                text = tr("{true} taken for {said} {count} times")
                parts.append(text.format(true=names[i], said=names[j], count=int(wrong[i, j])))
        return "; ".join(parts)

    def table(self, scene: Shown, k: int) -> Table:
        """Return the matrix: a row for each true class."""
        judgement = scene.judgement_at(chosen(scene), k)
        header = ("true", *scene.class_names)
        if judgement is None:
            return header, []
        rows = judgement.confusion.tolist()
        return header, [(name, *row) for name, row in zip(scene.class_names, rows, strict=True)]
