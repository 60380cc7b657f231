"""Looking around on a map: over the start by the view, over hyperparameters by the limits of its axes."""

from __future__ import annotations

import math
from dataclasses import replace

from PySide6.QtCore import QObject, QPointF, QRectF

from optviz.errors import InputError
from optviz.gui.maps import edits, zoom
from optviz.gui.maps.session import MapSession
from optviz.maps.scene import MapScene
from optviz.setting import Pair

_SMALLEST = 1e-11  # a view narrower than this, seen from its own middle, has no more numbers in it


class MapLook(QObject):
    """Zooms and moves what the map of a session runs over."""

    def __init__(self, session: MapSession) -> None:
        super().__init__(session)
        self.session = session

    def zoom(self, scene: MapScene, box: QRectF, factor: float, about: QPointF | None = None) -> None:
        """Make things `factor` times larger; the pixel `about` stays in place; `box` is the map's."""
        if box.isEmpty():
            return
        about = about if about is not None and box.contains(about) else box.center()
        across = (about.x() - box.left()) / box.width()
        up = (box.bottom() - about.y()) / box.height()
        if self.session.setting.over_start:
            limits = []
            for (low, high), share in zip(self._limits(), (across, up), strict=True):
                middle = low + share * (high - low)
                limits.append((middle + (low - middle) / factor, middle + (high - middle) / factor))
            self._look_at(limits[0], limits[1])
            return
        self._set_axes(
            zoom.zoomed(scene.map.x, factor, across),
            zoom.zoomed(scene.map.y, factor, up) if scene.map.y is not None else None,
        )

    def pan(self, scene: MapScene, box: QRectF, right: float, down: float) -> None:
        """Look further to the right and down, by pixels."""
        if box.isEmpty():
            return
        across, up = right / box.width(), -down / box.height()
        if self.session.setting.over_start:
            (x0, x1), (y0, y1) = self._limits()
            dx, dy = across * (x1 - x0), up * (y1 - y0)
            self._look_at((x0 + dx, x1 + dx), (y0 + dy, y1 + dy))
            return
        self._set_axes(
            zoom.moved(scene.map.x, across),
            zoom.moved(scene.map.y, up) if scene.map.y is not None else None,
        )

    def _limits(self) -> tuple[Pair, Pair]:
        return self.session.experiment.xlim, self.session.experiment.ylim

    def _look_at(self, xlim: Pair, ylim: Pair) -> None:
        for low, high in (xlim, ylim):
            size = max(abs(low), abs(high))
            if not (
                math.isfinite(high - low) and high - low > _SMALLEST * size and 1e-290 < high - low < 1e290
            ):
                return
        try:
            self.session.set_view(replace(self.session.experiment.view, xlim=xlim, ylim=ylim))
        except InputError:
            return

    def _set_axes(self, x: Pair | None, y: Pair | None) -> None:
        """Look at another part of a map over hyperparameters: unlike a view, that can be undone."""
        session = self.session
        experiment = session.experiment
        if x is None:
            return
        try:
            after = edits.with_limits(experiment, "x", x)
            if y is not None:
                after = edits.with_limits(after, "y", y)
        except InputError:
            return
        session.edit(after, self.tr("limits"), "map view")

    def reset(self) -> None:
        """Show the whole map again."""
        session = self.session
        if session.setting.over_start:
            session.set_view(replace(session.experiment.view, xlim=None, ylim=None))
            return
        after = edits.with_limits(session.experiment, "x", None)
        if session.setting.kind == "sensitivity":
            after = edits.with_limits(after, "y", None)
        session.edit(after, self.tr("limits"))
