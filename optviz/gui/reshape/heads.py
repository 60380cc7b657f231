"""What stands over a picture: how this side differs, and what can be read off it."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from optviz.experiment import Experiment
from optviz.gui import theme
from optviz.gui.controls import look
from optviz.gui.playback import Playback
from optviz.gui.reshape.controls.words import option_name
from optviz.gui.reshape.edits import differs, items_of, value_of
from optviz.gui.reshape.session import Face, ReshapeSession
from optviz.readings import Readings, read
from optviz.render.panels.caption import CaptionPanel, differences
from optviz.render.panels.readings import ReadingsPanel, spoken
from optviz.render.panels.surface import GUTTER
from optviz.render.style import Metrics
from optviz.scene import Line
from optviz.setting import SIDES, Pair

_NARROW = ((520, 0.93), (400, 0.86))  # widths below which the type is that small
_CAPTION = 6  # steps of the grid


class SideHead(QWidget):
    """A caption over a small table of readings, at the race's place or the pointer's."""

    def __init__(
        self, session: ReshapeSession, face: Face, playback: Playback, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.session, self.face, self.playback = session, face, playback
        self._point: Pair | None = None
        self._read: tuple[object, tuple[Line, ...], Readings] | None = None
        self._image: tuple[object, Readings | None, QImage] | None = None
        self._metrics = Metrics()
        self._panels: tuple[CaptionPanel, ReadingsPanel] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        names = {
            "before": self.tr("Readings before"),
            "after": self.tr("Readings after"),
            "between": self.tr("Readings between before and after"),
        }
        self.setAccessibleName(names[face.which])
        self._help = self.tr(
            "Condition number κ and largest curvature λₘₐₓ of the loss, the largest learning rate with "
            "which gradient descent is stable, how far the gradient points past the minimum, and how "
            "many weights are 0: at the minimum and where the first entrant (or the pointer) is."
        )
        self.setToolTip(look.tip(self._help))
        face.scene_changed.connect(self.update)
        session.experiment_changed.connect(self.update)
        session.waiting_changed.connect(self.update)
        playback.frame_changed.connect(self.update)
        theme.theme_changed.connect(self._forget)
        self._fit()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(400, self.height())

    def set_point(self, point: Pair | None) -> None:
        """Read at a point; None for where the race is."""
        if point != self._point:
            self._point = point
            self.update()

    def set_metrics(self, metrics: Metrics) -> None:
        """Take the sizes of the picture below."""
        if metrics != self._metrics:
            self._metrics = metrics
            self._forget()

    def _forget(self) -> None:
        self._panels = None
        self._fit()
        self.update()

    def _fit(self) -> None:
        m = self._metrics
        table = ReadingsPanel(theme.current_theme(), m)
        self.setFixedHeight(round(m.gap(_CAPTION) + table.height + m.gap(1)))

    # -------------------------------------------------------------- what is said

    def readings(self) -> Readings | None:
        """Return what is read off this side now; None before there is a scene."""
        scene = self.face.scene
        if scene is None:
            return None
        # While the other side's slider moves nothing is read anew on this one.
        key = (scene.problem.key, self.playback.frame, self._point)
        if self._read is None or self._read[0] != key or self._read[1] is not scene.lines:
            with np.errstate(all="ignore"):
                self._read = (key, scene.lines, read(scene, self.playback.frame, self._point))
        return self._read[2]

    def caption(self) -> str:
        """Return what is special about this side."""
        experiment = self.session.experiment
        told = zip(SIDES, differences(experiment), strict=True)
        before, after = (text or _options(experiment, side) for side, text in told)
        if self.face.which != "between":
            return before if self.face.which == "before" else after
        share = self.session.reshape.morph
        return self.tr("t = {share} of the way from {before} to {after}").format(
            share=f"{share:.2f}", before=before, after=after
        )

    def place(self) -> str:
        """Return what the place of the readings is called."""
        scene = self.face.scene
        if self._point is not None or scene is None:
            return self.tr("at the pointer")
        line = next((line for line in scene.lines if not line.hidden), scene.lines[0])
        return self.tr("at {name}").format(name=line.label)

    def words(self) -> str:
        """Return caption and readings as sentences."""
        readings = self.readings() if not self.session.waiting else None
        return f"{self.caption()}. {spoken(readings)}" if readings is not None else self.caption()

    # -------------------------------------------------------------- painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        readings, ratio = self.readings(), self.devicePixelRatioF()
        key = (self.size(), ratio, self._metrics, theme.current_name(), self.caption(), self.place())
        if self._image is None or self._image[0] != key or self._image[1] is not readings:
            image = QImage(self.size() * ratio, QImage.Format.Format_RGB32)
            image.setDevicePixelRatio(ratio)
            with QPainter(image) as into:
                self._paint(into, readings)
            self._image = (key, readings, image)
        painter = QPainter(self)
        painter.drawImage(0, 0, self._image[2])
        if self.session.waiting:  # the caption is that of the experiment, what was read is not
            top = round(self._metrics.gap(_CAPTION))
            painter.fillRect(self.rect().adjusted(0, top, 0, 0), look.veil())
        painter.end()

    def _paint(self, painter: QPainter, readings: Readings | None) -> None:
        colors, m = theme.current_theme(), self._metrics
        painter.fillRect(self.rect(), QColor(colors.page))
        if self._panels is None:
            self._panels = CaptionPanel(colors, m), ReadingsPanel(colors, m)
        caption, table = self._panels
        left = m.gap(3) if self.width() < m.px(560) else m.gap(GUTTER)
        inner = QRectF(self.rect()).adjusted(left, m.gap(1), -m.gap(2), 0)
        which = self.face.which if self.face.which != "between" else ""
        caption.paint(painter, QRectF(inner.x(), inner.y(), inner.width(), m.gap(_CAPTION - 1)), which,
                      self.caption())  # fmt: skip
        if readings is not None:
            below = QRectF(inner.x(), m.gap(_CAPTION), inner.width(), table.height)
            table.paint(painter, below, readings, self.place())

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip:  # what was cut for want of room is read here
            self.setToolTip(look.tip(self.words(), self._help))
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        # A little smaller type where all columns of the table then have room.
        size = math.sqrt(min(self.width() / 650, self.window().height() / 900))
        for width, small in _NARROW:
            if self.width() < width:
                size = small
        self.set_metrics(Metrics(size if self.width() < _NARROW[0][0] else max(size, 1.0)))


def _options(experiment: Experiment, side: str) -> str:
    """Return what is chosen on a side where the sides differ, in the words of the settings."""
    items = [item for item in items_of(experiment.declared_surface) if item.table == "choices"]
    return ", ".join(
        option_name(value_of(experiment, item, side)) for item in items if differs(experiment, item)
    )
