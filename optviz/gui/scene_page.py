"""A page whose document is an experiment: a race, or a comparison of two."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QWidget

from optviz.experiment import Experiment
from optviz.gui.compile_process import kernels_for
from optviz.gui.page import Page
from optviz.gui.scene_view import SceneView
from optviz.gui.session import Session
from optviz.gui.status import RaceStatus
from optviz.gui.surface3d.area import SurfaceArea
from optviz.gui.surface3d.tools import PictureTools
from optviz.gui.surface3d.view import Surface3DView
from optviz.gui.surface3d.viewpoint import Viewpoint
from optviz.gui.surface_view import SurfaceView
from optviz.kernels import Kernel


class ScenePage(Page):
    """What Race and Reshape have in common.

    It tells the session by `session.sights_of` which parts of the plane its pictures show, so that slow
    surfaces are computed there behind the window.

    Attributes
    ----------
    viewpoint
        From where all pictures in three dimensions are seen.
    tools
        The bar over the pictures, and what it opens.
    """

    session: Session
    has_camera = True

    def __init__(self, session: Session, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(session, actions, parent)
        self.viewpoint = Viewpoint(session, self.playback, self)
        self.tools: PictureTools
        self._actions = actions

    @classmethod
    def session_of(cls, value: Experiment) -> Session:
        """Return a session for the page, on an experiment."""
        return Session(value)

    def kernels(self) -> list[Kernel]:
        """Return every kernel that computing and drawing the experiment calls."""
        return kernels_for(self.session.experiment)

    def _make_status(self) -> RaceStatus:
        return RaceStatus(self.session, self.playback, self)

    def _equip(self, over: QWidget, areas: list[SurfaceArea]) -> None:
        """Lay the tools over the pictures of the page."""
        self.tools = PictureTools(self.session, self.playback, over, areas, self.viewpoint, self._actions,
                                  beside=(self.transport,))  # fmt: skip
        self.bar = self.tools.bar
        for area in areas:
            area.solid.painted.connect(self.painted)

    def _arrange(self, view: QWidget, side: QWidget, under_banner: QWidget | None = None) -> None:
        super()._arrange(view, side, under_banner)
        for kind in (SurfaceView, Surface3DView):
            for picture in self.splitter.findChildren(kind):
                self.status.progress_changed.connect(picture.say_progress)
        self.viewpoint.keys_changed.connect(self._mark_keys)
        self._mark_keys()

    def _mark_keys(self) -> None:
        self.transport.slider.set_marks([key.frame for key in self.viewpoint.keys])

    # -------------------------------------------------------------- the pictures

    @property
    def pictures(self) -> list[SceneView]:
        """The pictures that are shown."""
        raise NotImplementedError

    @property
    def _meant(self) -> list[SceneView]:
        """The picture that has the keyboard, else all that look at the same differently."""
        shown, focused = self.pictures, QApplication.focusWidget()
        held = [picture for picture in shown if picture is focused]
        if held:
            return held
        kinds = {type(picture): picture for picture in reversed(shown)}
        return list(kinds.values())  # those of one kind are linked, or another one is not meant

    def zoom(self, factor: float) -> None:
        for picture in self._meant:
            picture.zoom(factor)

    def reset_view(self) -> None:
        for picture in self._meant:
            picture.reset_view()

    def focus_view(self) -> None:
        self._meant[-1].setFocus()

    def next_kind(self) -> None:
        self.tools.next_kind()

    def toggle_solid(self) -> None:
        self.tools.toggle_solid()

    def toggle_turntable(self) -> None:
        self.tools.toggle_turntable()

    def set_camera_key(self) -> None:
        self.tools.set_key()

    # -------------------------------------------------------------- coming and going

    def enter(self) -> None:
        super().enter()
        self.tools.enter()

    def put_away(self) -> None:
        self.tools.put_away()

    def leave(self) -> None:
        self.tools.leave()
        super().leave()

    def close_down(self) -> None:
        self.tools.close_down()
        super().close_down()
