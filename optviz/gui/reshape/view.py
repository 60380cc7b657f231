"""Both sides of a comparison beside each other, or one picture in between, and what can be read off them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from optviz.gui.playback import Playback
from optviz.gui.refine import Refiner
from optviz.gui.reshape.companions import LEAST, Companions
from optviz.gui.reshape.heads import SideHead
from optviz.gui.reshape.morph import MorphBar
from optviz.gui.reshape.picture import SidePicture
from optviz.gui.reshape.session import ReshapeSession
from optviz.gui.scene_view import SceneView
from optviz.gui.splitter import HANDLE, Splitter
from optviz.gui.surface3d.area import SurfaceArea
from optviz.gui.surface3d.view import Surface3DView
from optviz.gui.surface3d.viewpoint import Viewpoint
from optviz.setting import Pair

_PICTURES_SHARE = 0.55  # of the window, for the pictures with what stands over them
_LARGE = 0.37  # of the height, for the companions once enlarged


class SideView(QWidget):
    """The pictures of one side with its caption and its readings over them."""

    def __init__(
        self,
        session: ReshapeSession,
        playback: Playback,
        viewpoint: Viewpoint,
        which: str,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.which = which
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        face = session.side(which)
        self.head = SideHead(session, face, playback, self)
        self.picture = SidePicture(face, playback)
        self.solid = Surface3DView(face, playback, viewpoint)  # type: ignore[arg-type]
        self.area = SurfaceArea(self.picture, self.solid, self)
        names = {
            "before": self.tr("Surface before"),
            "after": self.tr("Surface after"),
            "between": self.tr("Surface between before and after"),
        }
        self.picture.setAccessibleName(names[which])
        self.solid.setAccessibleName(self.tr("{side}, in three dimensions").format(side=names[which]))
        column.addWidget(self.head)
        column.addWidget(self.area, 1)


class ReshapeView(QWidget):
    """The pictures above, the companions below.

    Signals
    -------
    painted()
        A picture has been painted with a race in it.
    companions_changed(bool)
        Whether the small pictures are shown, which may be as before.
    """

    painted = Signal()
    companions_changed = Signal(bool)

    def __init__(
        self, session: ReshapeSession, playback: Playback, viewpoint: Viewpoint, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.session, self.playback = session, playback
        self.point: Pair | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.splitter = Splitter(Qt.Orientation.Vertical, self)
        column.addWidget(self.splitter)
        upper = self.upper = QWidget(self.splitter)
        rows = QVBoxLayout(upper)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        self._row = pictures = QHBoxLayout()
        pictures.setSpacing(0)
        rows.addLayout(pictures, 1)
        self.sides: dict[str, SideView] = {}
        for which in ("before", "after", "between"):
            side = SideView(session, playback, viewpoint, which, upper)
            for picture in (side.picture, side.solid):
                picture.pointed.connect(lambda point, which=which: self._follow_pointer(which, point))
            side.picture.painted.connect(self.painted)
            pictures.addWidget(side, 1)
            self.sides[which] = side
        self.morph = MorphBar(session, upper)
        rows.addWidget(self.morph)
        self.companions = Companions(session, playback, self.splitter)
        for part in (upper, self.companions):
            self.splitter.addWidget(part)
        self.splitter.setCollapsible(1, True)
        self.splitter.setStretchFactor(0, 4)
        self.splitter.setStretchFactor(1, 1)
        self.splitter.splitterMoved.connect(self._moved_by_hand)
        self.by_hand = False  # whether somebody has moved the line between pictures and companions
        self.companions.clicked.connect(self.enlarge_companions)
        self.refiner = Refiner(self._full_pictures, self)
        self.refiner.changed.connect(self._follow_drafts)
        self._mode = ""
        self._show_mode()
        session.experiment_changed.connect(self._show_mode)
        session.reshape_changed.connect(self._follow_scene)
        playback.frame_changed.connect(self._follow_frame)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(936, 620)

    def _show_mode(self) -> None:
        mode = self.session.reshape.show
        if mode == self._mode:
            return
        self._mode = mode
        held = any(side.picture.hasFocus() or side.solid.hasFocus() for side in self.sides.values())
        for which, side in self.sides.items():
            side.setVisible((which == "between") == (mode == "morph"))
        self.morph.setVisible(mode == "morph")
        self._follow_pointer("", None)
        if held:
            self.focus_view()

    def _follow_scene(self) -> None:
        self.refiner.disturb()
        for side in self.sides.values():
            side.picture.also = side.solid.also = side.head.caption() + "."

    def _follow_frame(self) -> None:
        # Of mini-batches every step has a surface of its own.
        if self.session.experiment.view.sample == "batch":
            self.refiner.disturb()

    def _follow_drafts(self, drafts: bool) -> None:
        for side in self.sides.values():
            side.picture.set_draft(drafts)

    def _full_pictures(self) -> list[Callable[[], None]]:
        jobs = (picture.full_picture() for picture in self.shown)
        return [job for job in jobs if job is not None]

    def close_down(self) -> None:
        """End whatever runs."""
        self.morph.stop()
        self.refiner.close()

    # -------------------------------------------------------------- the pictures

    @property
    def shown(self) -> list[SidePicture]:
        """The pictures from above of the sides that are shown, from left to right."""
        return [side.picture for side in self.sides.values() if not side.isHidden()]

    @property
    def pictures(self) -> list[SceneView]:
        """All pictures that are shown, from left to right."""
        sides = [side for side in self.sides.values() if not side.isHidden()]
        return [picture for side in sides for picture in side.area.pictures]

    @property
    def current(self) -> SceneView:
        """The picture that has the keyboard, else the first."""
        shown = self.pictures
        focused = QApplication.focusWidget()
        return next((picture for picture in shown if picture is focused), shown[0])

    def focus_view(self) -> None:
        """Give the keyboard to a picture."""
        self.current.setFocus(Qt.FocusReason.OtherFocusReason)

    def _follow_pointer(self, which: str, point: Pair | None) -> None:
        self.point = point
        for name, side in self.sides.items():
            if name != which:  # the two of one side see to themselves
                side.picture.point_at(point)
                side.solid.point_at(point)
            elif point is None:
                side.picture.point_at(None)
                side.solid.point_at(None)
            side.head.set_point(point)
        self.companions.set_point(point)

    # -------------------------------------------------------------- room

    def usual_sizes(self) -> list[int]:
        """Return how high pictures and companions are while nobody has moved the line between them.

        The pictures get their share of the window first; what is too low to be read is not shown at all.
        """
        height = self.height() - HANDLE
        below = self._room_below(self.width(), self.height())
        return [height, 0] if below < LEAST else [height - below, below]

    def leaves_room(self, width: int, height: int) -> bool:
        """Whether in a size small pictures could be read below the others."""
        return self._room_below(width, height) >= LEAST

    def _room_below(self, width: int, height: int) -> int:
        height, window = height - HANDLE, self.window()
        wanted = round(_PICTURES_SHARE * window.width() * window.height() / max(width, 1))
        return min(height - wanted, height // 3)

    def enlarge_companions(self) -> None:
        """Make the small pictures large or, where they are, as they usually are."""
        height, now = self.height() - HANDLE, self.splitter.sizes()[1]
        usual, large = self.usual_sizes()[1], round(_LARGE * height)
        below = usual if now > 0.5 * (usual + large) else large
        self.by_hand = True
        self.splitter.setSizes([height - below, below])

    @property
    def companions_shown(self) -> bool:
        return self.splitter.sizes()[1] > 0

    def show_companions(self, shown: bool) -> None:
        """Show the small pictures, large where they usually have no room, or give theirs to the others."""
        height = self.height() - HANDLE
        below = (self.usual_sizes()[1] or round(_LARGE * height)) if shown else 0
        self.by_hand = True
        self.splitter.setSizes([height - below, below])
        self.companions_changed.emit(self.companions_shown)

    def _moved_by_hand(self) -> None:
        self.by_hand = True
        self.companions_changed.emit(self.companions_shown)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        # Both pictures are equally wide: linked, they show exactly the same.
        self._row.setContentsMargins(0, 0, self.width() % 2, 0)
        if not self.by_hand:
            self.splitter.setSizes(self.usual_sizes())
        self.companions_changed.emit(self.companions_shown)
