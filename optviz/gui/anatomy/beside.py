"""Beside the surface: the curves or, where the view asks for it, one update taken apart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from optviz.entrant import Entrant
from optviz.gui.playback import Playback
from optviz.gui.plots_view import PlotsView
from optviz.gui.session import Session
from optviz.render.style import Metrics, Theme
from optviz.scene import Scene

if TYPE_CHECKING:  # loaded when it is first wanted
    from optviz.gui.anatomy.view import AnatomyView
    from optviz.render.anatomy import Picture

_SHARE = 0.66  # of the column's height that an update taken apart gets


class Beside(QWidget):
    """Holds the curves, and the view that takes an update apart in their place.

    Signals
    -------
    told()
        Something else has been told: the arrows on the surface are others.

    Attributes
    ----------
    anatomy
        The view; made when it is first asked for.
    """

    told = Signal()

    def __init__(
        self, session: Session, playback: Playback, plots: PlotsView, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.session, self.playback, self.plots = session, playback, plots
        self.anatomy: AnatomyView | None = None
        self._entrant: Entrant | None = None  # whose update it is
        self._last = -1  # its place
        self._arrived = False  # a file was opened, and its scene is to come
        self._sizes: list[int] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(plots)
        session.changed.connect(self._follow)
        session.scene_changed.connect(self._follow_scene)
        session.file_changed.connect(self._follow_file)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return self._shown.sizeHint()

    @property
    def _shown(self) -> QWidget:
        return self.plots if self.anatomy is None or self.plots.isVisibleTo(self) else self.anatomy

    @property
    def open(self) -> bool:
        """Whether an update is taken apart."""
        return self._entrant is not None

    # -------------------------------------------------------------- following

    def _follow_file(self) -> None:
        scene = self.session.scene
        # Where it is but saved, the scene is there already.
        self._arrived = scene is None or scene.experiment != self.session.experiment

    def _follow_scene(self) -> None:
        if self.open != (self.session.experiment.view.step_by_step is not None):
            self._follow()  # this is the first
        arrived, self._arrived = self._arrived, False
        if arrived and self.open and self.anatomy is not None:
            if self.playback.playing:  # a race that is opened plays; this one is told
                self.anatomy.begin()
            else:
                self.anatomy.narrator.show_all()

    def _follow(self) -> None:
        entrants, wanted = self.session.experiment.entrants, self.session.experiment.view.step_by_step
        if wanted is None:
            self._close()
            return
        known, self._entrant = self._entrant, entrants[wanted]
        if known is None:
            self._open()
        elif self._last != wanted and self.anatomy is not None and not _alike(known, self._entrant):
            self.anatomy.begin()  # somebody else was asked for
        self._last = wanted

    def _open(self) -> None:
        if self.anatomy is None:
            from optviz.gui.anatomy.view import AnatomyView

            self.anatomy = AnatomyView(self.session, self.playback, self)
            self.anatomy.closed.connect(self.close_anatomy)
            self.anatomy.narrator.changed.connect(self.told)
            self._column.addWidget(self.anatomy)
        self.plots.hide()
        self.anatomy.show()
        splitter = self.parentWidget()
        if isinstance(splitter, QSplitter) and splitter.isVisible():
            self._sizes = splitter.sizes()
            whole, own = sum(self._sizes), splitter.indexOf(self)
            rest = whole - round(_SHARE * whole)
            if self._sizes[own] < whole - rest:
                splitter.setSizes([whole - rest if i == own else rest for i in range(splitter.count())])
        self.anatomy.begin()
        self.anatomy.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def _close(self) -> None:
        if self._entrant is None:
            return
        self._entrant = None
        held = self.anatomy is not None and self.anatomy.isAncestorOf(self.focusWidget() or self)
        if self.anatomy is not None:
            self.anatomy.hide()
        self.plots.show()
        splitter = self.parentWidget()
        if self._sizes and isinstance(splitter, QSplitter):
            splitter.setSizes(self._sizes)
            self._sizes = []
        if held:
            self.plots.canvas.setFocus(Qt.FocusReason.OtherFocusReason)

    def enter(self) -> None:
        """The page is shown now: an update is told, the race does not run past it."""
        if self.open and self.anatomy is not None and self.playback.playing:
            self.anatomy.begin()

    # -------------------------------------------------------------- a person's wishes

    def _ask(self, entrant: int | None) -> None:
        self.session.set_view(replace(self.session.experiment.view, step_by_step=entrant))

    def close_anatomy(self) -> None:
        """Show the curves again."""
        self._ask(None)

    def toggle(self) -> None:
        """Take the update of the selected entrant apart; where it is already, show the curves again."""
        value = self.session.experiment
        chosen = min(max(self.session.selected, 0), len(value.entrants) - 1)
        self._ask(None if value.view.step_by_step == chosen else chosen)

    # -------------------------------------------------------------- on the surface

    def paint_over(
        self, painter: QPainter, picture: Picture, scene: Scene, colors: Theme, metrics: Metrics, quick: bool
    ) -> None:
        """Paint the arrows of what has been told over a picture of the surface."""
        from optviz.render.anatomy import paint_on_surface, taken_apart

        found = taken_apart(scene, self.playback.frame)
        if found is None:
            return
        revealed = self.anatomy.narrator.revealed if self.anatomy is not None and self.open else None
        k = self.playback.frame
        painter.save()
        paint_on_surface(painter, picture, scene, k, found, colors, metrics, revealed=revealed, quick=quick)
        painter.restore()


def _alike(one: Entrant, other: Entrant) -> bool:
    """Return whether two entrants differ in nothing but the colour."""
    return one.replace(color=None) == other.replace(color=None)
