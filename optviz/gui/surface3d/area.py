"""A surface from above, in three dimensions, or both beside each other."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from optviz.experiment import Experiment
from optviz.gui.scene_view import SceneView
from optviz.gui.session import Sight
from optviz.gui.splitter import Splitter
from optviz.gui.surface3d.view import Surface3DView
from optviz.gui.surface_view import SurfaceView

_WIDE = 1.25  # times the height: from then on both pictures lie beside, not below each other


class SurfaceArea(QWidget):
    """Holds both pictures of a surface and shows those that the kind asks for."""

    def __init__(self, flat: SurfaceView, solid: Surface3DView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.flat, self.solid = flat, solid
        self.splitter = Splitter(Qt.Orientation.Horizontal, self)
        column = QHBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.splitter)
        for place, picture in enumerate((flat, solid)):
            self.splitter.addWidget(picture)
            self.splitter.setStretchFactor(place, 1)
        solid.hide()
        self.kind = "contour"
        self._by_hand = False
        self.splitter.splitterMoved.connect(self._moved_by_hand)
        flat.pointed.connect(solid.point_at)
        solid.pointed.connect(flat.point_at)
        flat.painted.connect(self._match_colors)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(860, 600)

    def show_kind(self, kind: str) -> None:
        """Show "contour", "surface3d" or both, "split"; a picture that goes hands the keyboard on."""
        if kind == self.kind:
            return
        self.kind = kind
        held = self.flat.hasFocus() or self.solid.hasFocus()
        comes: SceneView = self.flat if kind == "contour" else self.solid
        comes.show()
        if held and not (kind == "split" and self.flat.hasFocus()):
            comes.setFocus(Qt.FocusReason.OtherFocusReason)  # before the other goes, and takes it elsewhere
        self.flat.setVisible(kind != "surface3d")
        self.solid.setVisible(kind != "contour")
        for picture in (self.flat, self.solid):
            picture.point_at(None)
        self._match_colors()
        self._arrange()

    @property
    def pictures(self) -> list[SceneView]:
        """The pictures that are shown, from left to right."""
        return [picture for picture in (self.flat, self.solid) if not picture.isHidden()]

    def sights_of(self, experiment: Experiment) -> tuple[Sight, ...]:
        """Return what an experiment's pictures show here."""
        shown = (self.flat.isHidden(), self.flat), (self.solid.isHidden(), self.solid)
        return tuple(picture.sight_of(experiment) for hidden, picture in shown if not hidden)

    def _match_colors(self) -> None:
        """Beside the contour picture equal losses have equal colours: that one shows more of the plane."""
        if self.kind == "contour":
            return
        view = self.flat.mapping() if self.kind == "split" else None
        self.solid.set_color_limits((view.xlim, view.ylim) if view is not None else None)

    def cover(self, covered: QRectF, picture: SceneView) -> QRectF:
        """Return a rectangle of this widget in the coordinates of a picture."""
        return covered.translated(QPoint(0, 0) - picture.mapTo(self, QPoint(0, 0)))

    def _moved_by_hand(self) -> None:
        self._by_hand = True

    def _arrange(self) -> None:
        wide = self.width() >= _WIDE * self.height()
        way = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if way != self.splitter.orientation():
            self.splitter.setOrientation(way)
            self._by_hand = False
        if self.kind == "split" and not self._by_hand:
            self.splitter.setSizes([1000, 1000])

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._arrange()
