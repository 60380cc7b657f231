"""A page whose document is an experiment: a race, or a comparison of two."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from optviz.experiment import Experiment
from optviz.gui.compile_process import kernels_for
from optviz.gui.page import Page
from optviz.gui.session import Session
from optviz.gui.status import RaceStatus
from optviz.gui.surface_view import SurfaceView
from optviz.kernels import Kernel


class ScenePage(Page):
    """What Race and Reshape have in common.

    It tells the session by `session.sights_of` which parts of the plane its pictures show, so that slow
    surfaces are computed there behind the window.
    """

    session: Session

    def __init__(self, session: Session, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(session, actions, parent)

    @classmethod
    def session_of(cls, value: Experiment) -> Session:
        """Return a session for the page, on an experiment."""
        return Session(value)

    def kernels(self) -> list[Kernel]:
        """Return every kernel that computing and drawing the experiment calls."""
        return kernels_for(self.session.experiment)

    def _make_status(self) -> RaceStatus:
        return RaceStatus(self.session, self.playback, self)

    def _arrange(self, view: QWidget, side: QWidget, under_banner: QWidget | None = None) -> None:
        super()._arrange(view, side, under_banner)
        for picture in self.splitter.findChildren(SurfaceView):
            self.status.progress_changed.connect(picture.say_progress)
