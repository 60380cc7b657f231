"""How well a network does: the mistakes it was surest of, and beside them the other two pictures."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from optviz.render import fonts
from optviz.render.panels.training import pictures as pictures
from optviz.render.panels.training.classes import PerClassPanel
from optviz.render.panels.training.confusion import ConfusionPanel
from optviz.render.panels.training.still import JudgementPanel, Shown, Table, chosen, percent, tr
from optviz.training.record import PICTURES_KEPT, Judgement

__all__ = ["ConfusionPanel", "PerClassPanel", "WorstPanel"]

_ENOUGH = 6  # mistakes: rather these larger than more of them
_PICTURES = 24  # of mistakes that a judgement keeps at most
_LARGEST = 3  # times 28 pixels that they are drawn at


class WorstPanel(JudgementPanel):
    """The images the network was most confidently wrong about: what they are → what it said, how surely."""

    def draw(
        self, painter: QPainter, rect: QRectF, judgement: Judgement | None, names: tuple[str, ...]
    ) -> None:
        m, theme = self.metrics, self.theme
        title = tr("most confidently wrong")
        if judgement is None:
            self.faint_frames(painter, self.body(rect), m.px(48), m.gap(2), _PICTURES)
            self.missing(painter, rect, title)
            return
        images = np.asarray(judgement.worst_images)
        if not len(images):
            self.empty(painter, rect, title, _why_none(judgement))
            return
        body = self.body(rect)
        face = fonts.font(m.small)
        captions = [self._caption(judgement, i, names) for i in range(len(images))]
        ratio = pictures.ratio_of(painter)
        layout, lines = None, 1
        if not body.isEmpty():
            layout, lines = self._layout(body, captions, images.shape[1:], ratio, face)
        notes = []
        if layout is not None:
            notes = [tr("true → predicted, probability"), tr("true → predicted")]
        self.head(painter, rect, [title], notes)
        if layout is None:
            return
        rows = pictures.shade(np.asarray(images[: layout.count], np.float64), 0.0, 255.0)
        colors = pictures.table(theme, "ink")
        page = pictures.rgb(theme.paper)
        image = pictures.mosaic(colors[rows], layout, page)
        pictures.draw(painter, body.x(), body.y(), image, ratio)
        room = layout.step_x / ratio - m.gap(1.5)
        half = m.hairline / 2
        for i in range(layout.count):
            across, down = layout.place(i)
            x, y = body.x() + across / ratio, body.y() + down / ratio
            place = QRectF(x, y, layout.width / ratio, layout.height / ratio)
            painter.setPen(QPen(QColor(theme.hairline), m.hairline))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(place.adjusted(half, half, -half, -half))
            base = place.bottom() + m.gap(1) + fonts.rise(face)
            what, sure = captions[i]
            texts = [f"{what}, {sure}"] if lines == 1 else [what, sure]
            for n, text in enumerate(texts):
                color = theme.ink if n == 0 else theme.muted
                at = base + n * m.gap(3.75)
                fonts.write(painter, x, at, fonts.elided(text, face, room), face, color)

    @staticmethod
    def _caption(judgement: Judgement, i: int, names: tuple[str, ...]) -> tuple[str, str]:
        true, said = int(judgement.worst_true[i]), int(judgement.worst_said[i])
        return f"{names[true]} → {names[said]}", percent(float(judgement.worst_confidence[i]))

    def _layout(
        self, body: QRectF, captions: list[tuple[str, str]], shape: tuple[int, ...], ratio: float, face: QFont
    ) -> tuple[pictures.Grid | None, int]:
        """Return where pictures stand, and in how many lines captions are: what shows more, and larger."""
        m = self.metrics
        found = []
        size = (body.width() * ratio, body.height() * ratio)
        for lines, times in ((n, t) for t in range(_LARGEST, 0, -1) for n in (1, 2)):
            texts = [f"{what}, {sure}" for what, sure in captions]
            if lines == 2:
                texts = [text for both in captions for text in both]
            widest = max(fonts.width(text, face) for text in texts)
            if lines == 1 and widest > body.width():
                continue
            cell = min(widest + m.gap(2.5), body.width())
            caption = m.gap(1) + lines * m.gap(3.75) + m.gap(1)
            layout = pictures.grid(
                size, len(captions), (int(shape[0]), int(shape[1])), round(m.gap(2) * ratio),
                times * m.px(28) * ratio, caption * ratio, cell * ratio,
            )  # fmt: skip
            if layout is not None:
                rank = (min(layout.count, _ENOUGH), layout.width, layout.count, -lines)
                found.append((rank, layout, lines))
        if not found:
            return None, 1
        _, layout, lines = max(found, key=lambda one: one[0])
        return layout, lines

    def spoken(self, scene: Shown, k: int) -> str:
        """Return the three worst mistakes as a sentence."""
        judgement = scene.judgement_at(chosen(scene), k)
        if judgement is None:
            return tr("no mistakes known yet")
        if not len(judgement.worst_index):
            return _why_none(judgement)
        text = tr("test image {n}, {true}, taken for {said} with {share}")
        return "; ".join(
            text.format(
                n=int(judgement.worst_index[i]), true=scene.class_names[int(judgement.worst_true[i])],
                said=scene.class_names[int(judgement.worst_said[i])],
                share=percent(float(judgement.worst_confidence[i])),
            )
            for i in range(min(3, len(judgement.worst_index)))
        )  # fmt: skip

    def table(self, scene: Shown, k: int) -> Table:
        """Return the mistakes: the index of the image, what it is, what it was taken for, how surely."""
        judgement = scene.judgement_at(chosen(scene), k)
        header = ("test_image", "true", "predicted", "probability")
        if judgement is None:
            return header, []
        names = scene.class_names
        j = judgement
        columns = (j.worst_index, j.worst_true, j.worst_said, j.worst_confidence)
        return header, [
            (int(n), names[int(true)], names[int(said)], float(share))
            for n, true, said, share in zip(*columns, strict=True)
        ]


def _why_none(judgement: Judgement) -> str:
    """Return why a judgement has no pictures of mistakes."""
    confusion = np.asarray(judgement.confusion)
    mistakes = int(confusion.sum() - np.trace(confusion))
    if mistakes:
        text = tr("{count} mistakes, their pictures are not kept: only those of the last {kept} epochs are")
        return text.format(count=f"{mistakes:,}", kept=PICTURES_KEPT)
    return tr("not one mistake on the test images") if confusion.sum() else tr("none")
