"""What is presented: the picture of a page, or a lesson that is gone through step by step."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QPainter

from optviz.caption import short_caption
from optviz.gui.export.preview import at_hand
from optviz.gui.page import Page
from optviz.gui.playback import Playback
from optviz.render.stages import AnyStage, Drawn
from optviz.render.style import Metrics, Theme
from optviz.reshape import ReshapeScene
from optviz.scene import Line, Scene

Pair = tuple[float, float]

_LONG = 150  # characters of a caption that fit into two lines


class Show(QObject):
    """What the presenter shows, and what the clicker does with it.

    Signals
    -------
    changed()
        Another picture or another caption.

    Attributes
    ----------
    playback
        What moves the picture; the same as in the window.
    """

    changed = Signal()

    def __init__(self, playback: Playback, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.playback = playback

    @property
    def scene(self) -> Drawn | None:
        """What is drawn; None while it is computed."""
        raise NotImplementedError

    @property
    def caption(self) -> tuple[str, str]:
        """The caption: a heading, and what is said or asked, which may be empty."""
        raise NotImplementedError

    @property
    def most_lines(self) -> int:
        """How many lines of the caption's text there is room for."""
        return 3

    @property
    def place(self) -> tuple[int, int]:
        """Which step of how many is shown, from 1; (1, 1) where there is but one."""
        return 1, 1

    @property
    def revealed(self) -> int | None:
        """Of an update that is taken apart, how many parts are told; None for all of them."""
        return None

    def next(self) -> None:
        """Go on, as the clicker's forward button asks."""
        raise NotImplementedError

    def previous(self) -> None:
        """Go back, as the clicker's other button asks."""
        raise NotImplementedError

    def paint_over(
        self, painter: QPainter, stage: AnyStage, scene: Drawn, colors: Theme, metrics: Metrics, room: QRectF
    ) -> None:
        """Paint what the audience marks over the picture that a stage drew, in its pixels."""

    def point_at(self, point: Pair) -> bool:
        """Take a click on a point of the surface; False where it is not wanted."""
        return False

    def choose(self, entrant: int) -> bool:
        """Take the choice of an entrant, from 0; False where none is asked for."""
        return False


class PageShow(Show):
    """The picture of a page: the clicker plays it, and goes back to its start."""

    def __init__(self, page: Page, parent: QObject | None = None) -> None:
        super().__init__(page.playback, parent)
        self._session: Any = page.session
        self._session.scene_changed.connect(self._tell)
        if hasattr(self._session, "map_changed"):
            self._session.map_changed.connect(self._tell)

    def _tell(self) -> None:
        self.changed.emit()

    @property
    def scene(self) -> Drawn | None:
        session = self._session
        if session.scene is None:
            return None
        scene: Drawn | None = getattr(session, "drawn_scene", session.scene)
        # A slow surface has to be at hand for the whole screen at once.
        return at_hand(scene) if isinstance(scene, (Scene, ReshapeScene)) else scene

    @property
    def caption(self) -> tuple[str, str]:
        # The title stands above the picture already: here is what was run.
        return "", "" if self.scene is None else short_caption(self._session.value, self._fits)

    def _fits(self, text: str) -> bool:
        return len(text) <= _LONG

    def next(self) -> None:
        if self.playback.playing:
            self.playback.pause()
            self.playback.seek(self.playback.last)
        else:
            self.playback.play()

    def previous(self) -> None:
        self.playback.pause()
        self.playback.seek(0)


def lines_of(scene: Drawn | None) -> tuple[Line, ...]:
    """Return the entrants of a race or a comparison in their order; none of a training."""
    if isinstance(scene, ReshapeScene):
        return scene.main.lines
    return scene.lines if isinstance(scene, Scene) else ()
