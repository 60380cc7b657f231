"""The tools of a page's pictures: the bar over them, its panels, and the pass that draws them in full."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from optviz.gui.playback import Playback
from optviz.gui.refine import Refiner
from optviz.gui.scene_view import SceneView
from optviz.gui.session import Session
from optviz.gui.surface3d.area import SurfaceArea
from optviz.gui.surface3d.bar import FreeLook, Overlay, PictureBar
from optviz.gui.surface3d.camera_panel import CameraPanel
from optviz.gui.surface3d.options_panel import OptionsPanel
from optviz.gui.surface3d.outside import Outside
from optviz.gui.surface3d.viewpoint import REST, Viewpoint
from optviz.view import KINDS

_INSET = 10  # pixels around what lies over the pictures
_MOVES = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.LayoutRequest)


class PictureTools(QObject):
    """Ties the pictures of a page to the kind, the camera and the options of the experiment's view.

    Parameters
    ----------
    over
        What panels lie over; they are its children.
    areas
        The pictures; those of an area that is hidden do not count.
    viewpoint
        What they are seen from.
    beside
        What else belongs to the pictures: a click there leaves a panel open.

    Attributes
    ----------
    bar
        For the window to put where its bar is.
    """

    def __init__(
        self, session: Session, playback: Playback, over: QWidget, areas: list[SurfaceArea],
        viewpoint: Viewpoint, actions: dict[str, QAction], beside: Sequence[QWidget] = (),
    ) -> None:  # fmt: skip
        super().__init__(over)
        self.session, self.playback, self.over, self.areas = session, playback, over, areas
        self.viewpoint = viewpoint
        turntable, kind = actions.get("turntable"), actions.get("view_kind")
        key = kind.shortcut().toString(QKeySequence.SequenceFormat.NativeText) if kind is not None else ""
        self._action = turntable
        self.bar = PictureBar(turntable, key, over)
        self.bar.hide()  # until the window has a place for it
        self.free = FreeLook(over)
        self.camera = CameraPanel(viewpoint, over)
        self.options = OptionsPanel(session, over)
        self._before = "contour"  # the kind that three dimensions alone took the place of
        self._panels: dict[Overlay, QWidget] = {self.camera: self.bar.camera, self.options: self.bar.options}
        for panel in self._panels:
            panel.hide()
            panel.installEventFilter(self)
        self._escape = QShortcut(QKeySequence(Qt.Key.Key_Escape), over)
        self._escape.activated.connect(self.close_panels)
        self._outside = Outside((*self._panels, self.bar, *areas, *beside), over)
        self._outside.pressed.connect(self.close_panels)
        self._follow_panels()
        self.refiner = Refiner(self._full_pictures, self, rest=REST, threads=1)
        self.refiner.changed.connect(self._follow_refiner)
        for area in areas:
            area.solid.stale = self.refiner.disturb
            for picture in (area.flat, area.solid):
                picture.covers = partial(self._covers, picture)
        self.bar.kind_chosen.connect(self.set_kind)
        self.free.ended.connect(viewpoint.follow_film)
        self.bar.camera.clicked.connect(lambda on: self._open(self.camera if on else None))
        self.bar.options.clicked.connect(lambda on: self._open(self.options if on else None))
        viewpoint.turning_changed.connect(self._follow_turning)
        viewpoint.free_changed.connect(self.refresh)
        session.experiment_changed.connect(self.refresh)
        for watched in (over, *areas, *(area.solid for area in areas)):
            watched.installEventFilter(self)
        self._placing = QTimer(self)
        self._placing.setSingleShot(True)
        self._placing.setInterval(0)
        self._placing.timeout.connect(self.place)
        self.refresh()

    # -------------------------------------------------------------- commands

    @property
    def kind(self) -> str:
        return self.session.experiment.view.kind

    def set_kind(self, kind: str) -> None:
        """Show the surface from above, in three dimensions, or both."""
        self.session.set_view(replace(self.session.experiment.view, kind=kind))
        self.refresh()  # the one that was chosen stays chosen

    def next_kind(self) -> None:
        """Go on to the next kind of picture."""
        self.set_kind(KINDS[(KINDS.index(self.kind) + 1) % len(KINDS)])

    def toggle_solid(self) -> None:
        """Show the surface in three dimensions, or as it was shown before that."""
        kind, self._before = self.kind, self.kind if self.kind != "surface3d" else self._before
        self.set_kind(self._before if kind == "surface3d" else "surface3d")

    def toggle_turntable(self) -> None:
        """Turn slowly around the surface, or stop; the contour picture makes room for it."""
        if self.kind == "contour":
            self.set_kind("surface3d")
        self.viewpoint.turn(not self.viewpoint.turning)

    def set_key(self) -> None:
        """Keep the camera for the film at the frame shown."""
        if self.kind != "contour":
            self.viewpoint.set_key()

    def enter(self) -> None:
        """The page is shown now."""
        self._follow_turning(self.viewpoint.turning)

    def leave(self) -> None:
        """Another page is shown now."""
        self.put_away()
        self.viewpoint.close()

    def put_away(self) -> None:
        """Close what is open over the pictures, and stand still: something else is looked at now."""
        self.close_panels()
        self.viewpoint.turn(False)

    def close_down(self) -> None:
        """End whatever runs."""
        self.close_panels()
        self.viewpoint.close()
        self.refiner.close()

    # -------------------------------------------------------------- following

    def refresh(self) -> None:
        """Show the view of the experiment."""
        kind = self.kind
        for area in self.areas:
            area.show_kind(kind)
        self.bar.show_kind(kind)
        self.free.setVisible(kind != "contour" and self.viewpoint.free)
        if kind == "contour":
            self.viewpoint.turn(False)
            if not self.camera.isHidden():
                self._open(None)
        self.place()

    def _follow_turning(self, on: bool) -> None:
        if self._action is not None and self._action.isChecked() != on:
            self._action.setChecked(on)

    def _full_pictures(self) -> list[Callable[[], None]]:
        jobs = (area.solid.full_picture() for area in self.areas)
        return [job for job in jobs if job is not None]

    def _follow_refiner(self) -> None:
        for area in self.areas:
            area.solid.update()

    # -------------------------------------------------------------- places

    def _open(self, panel: Overlay | None) -> None:
        """Open one panel, or none; the bar's buttons follow."""
        for one, button in self._panels.items():
            held = one.isVisible() and one.isAncestorOf(one.window().focusWidget() or one)
            one.setVisible(one is panel)
            button.setChecked(one is panel)  # type: ignore[attr-defined]
            if held and one is not panel:
                button.setFocus(Qt.FocusReason.OtherFocusReason)
        self._follow_panels()
        self.place()

    def close_panels(self) -> None:
        """Close the panel that is open."""
        if any(not panel.isHidden() for panel in self._panels):
            self._open(None)

    def _follow_panels(self) -> None:
        # The key is everybody else's while there is nothing to close.
        is_open = any(not panel.isHidden() for panel in self._panels)
        self._escape.setEnabled(is_open)
        self._outside.watch(is_open)

    def place(self) -> None:
        """Put what lies over the pictures into the upper corners of the last one.

        A panel that would cover most of a small one lies in the corner of them all: over another picture.
        """
        area = next((area for area in reversed(self.areas) if area.isVisibleTo(self.over)), self.areas[0])
        picture = area.pictures[-1]
        corner = QRect(picture.mapTo(self.over, QPoint(0, 0)), picture.size())
        if not self.camera.isHidden():
            self.camera.fit(picture.size())
        for part in (self.free, *self._panels):
            if part.isHidden():
                continue
            part.adjustSize()
            large = 3 * part.width() * part.height() > picture.width() * picture.height()
            place = self._outline() if large and part is not self.free else corner
            left = place.left() + _INSET if part is self.free else place.right() - _INSET - part.width()
            top = min(place.top() + _INSET, self.over.height() - _INSET - part.height())
            part.move(max(0, left), max(0, top))
            part.raise_()

    def _outline(self) -> QRect:
        """Return what all pictures take up together."""
        found = QRect()
        for area in self.areas:
            if area.isVisibleTo(self.over):
                found = found.united(QRect(area.mapTo(self.over, QPoint(0, 0)), area.size()))
        return found

    def _covers(self, picture: SceneView) -> list[QRectF]:
        """Return where something lies over a picture, in its coordinates."""
        origin = picture.mapTo(self.over, QPoint(0, 0))
        parts = [self.free, *self._panels]
        return [QRectF(part.geometry().translated(-origin)) for part in parts if part.isVisible()]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() in _MOVES:
            self._placing.start()  # once the layouts have had it, too
        elif watched in self._panels and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.KeyPress:  # a field in it keeps the key, and has let it go now
                self.close_panels()
            return True
        return False
