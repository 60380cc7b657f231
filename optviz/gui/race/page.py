"""The Race page: one surface, many optimizers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QWidget

from optviz import resources
from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.gui.anatomy.beside import Beside
from optviz.gui.controls.column import ControlsColumn
from optviz.gui.insight.asked import Asked
from optviz.gui.plots_view import PlotsView
from optviz.gui.recent import Memory
from optviz.gui.scene_page import ScenePage
from optviz.gui.scene_view import SceneView
from optviz.gui.session import Session
from optviz.gui.splitter import HANDLE, Splitter
from optviz.gui.surface3d.area import SurfaceArea
from optviz.gui.surface3d.view import Surface3DView
from optviz.gui.surface_view import SurfaceView

if TYPE_CHECKING:  # loaded when somebody asks why
    from optviz.gui.insight.explainer import Explainer

_SHARE, _SIDE, _WIDEST = 0.31, 360, 640  # of the window, for the column; at least and at most, in pixels


class RacePage(ScenePage):
    """The surface large, the entrants and their curves beside it."""

    name = "race"
    takes_apart = True

    def __init__(self, session: Session, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(session, actions, parent)
        session.takes_apart = True
        self.surface = SurfaceView(session, self.playback)
        self.surface3d = Surface3DView(session, self.playback, self.viewpoint)
        self.area = SurfaceArea(self.surface, self.surface3d, self.splitter)
        column = self._plots_beside = Splitter(Qt.Orientation.Vertical, self.splitter)
        self.controls = ControlsColumn(session, self.playback, column)
        self.plots = PlotsView(session, self.playback)
        self.beside = Beside(session, self.playback, self.plots, column)
        for part in (self.controls, self.beside):
            column.addWidget(part)
        column.setCollapsible(1, True)
        column.setStretchFactor(0, 1)
        column.setStretchFactor(1, 2)
        self._arrange(self.area, column)
        self._by_hand = False  # whether somebody has moved the line between picture and column
        self.splitter.splitterMoved.connect(self._moved_by_hand)
        self._equip(self.area, [self.area])
        if "map" in actions:
            self.tools.bar.add_tool(actions["map"])
        self.surface.painted.connect(self.painted)
        session.sights_of = self.area.sights_of
        self.asked = Asked(self, session, self.controls.entrants)
        self.controls.entrants.why_asked.connect(self.explain)
        for picture in (self.surface, self.surface3d):
            picture.over = self.beside.paint_over
            self.beside.told.connect(picture.update)

    @classmethod
    def first_session(cls) -> Session:
        return cls.session_of(first_experiment())

    def enter(self) -> None:
        super().enter()
        self.beside.enter()

    def toggle_step_by_step(self) -> None:
        self.beside.toggle()

    @property
    def explainer(self) -> Explainer | None:
        """What says why an entrant went the way it went; None until it is asked."""
        return self.asked.explainer

    def toggle_why(self) -> None:
        self.asked.explain(self.asked.selected)

    def explain(self, entrant: int) -> None:
        """Say why an entrant went the way it went; where that is said already, close it."""
        self.asked.explain(entrant)

    def export_numbers(self) -> None:
        self.asked.export()

    def leave(self) -> None:
        self.asked.close()
        super().leave()

    def close_down(self) -> None:
        self.asked.close_down()
        super().close_down()

    @property
    def pictures(self) -> list[SceneView]:
        return self.area.pictures

    def parts(self) -> Iterable[tuple[str, Splitter]]:
        return ("splitter", self.splitter), ("side", self._plots_beside)

    def _fit_side(self) -> None:
        """Give the column its share of the window, unless a person has moved the line."""
        if not self._by_hand and self.panels_shown:
            side = max(_SIDE, min(round(_SHARE * self.width()), _WIDEST))
            self.splitter.setSizes([self.width() - side - HANDLE, side])

    def _moved_by_hand(self) -> None:
        self._by_hand = True

    def show_panels(self, shown: bool) -> None:
        super().show_panels(shown)
        self._fit_side()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit_side()

    def save_state(self, memory: Memory) -> None:
        super().save_state(memory)
        memory.set(f"{self.name}/by_hand", self._by_hand)

    def restore_state(self, memory: Memory) -> None:
        self._plots_beside.setSizes([340, 290])
        super().restore_state(memory)
        self._by_hand = memory.flag(f"{self.name}/by_hand", False)
        self._fit_side()


def first_experiment() -> Experiment:
    """Return the race a start without a file opens on."""
    for path in resources.presets()[:1]:
        with contextlib.suppress(InputError):
            return Experiment.load(path)
    return Experiment(
        surface="rosenbrock",
        title="Five ways down the valley",
        steps=400,
        start=(-1.5, 2.0),
        entrants=tuple(
            cast(Any, entrant)
            for entrant in (
                {"optimizer": "gd", "learning_rate": 0.0015},
                {"optimizer": "momentum", "learning_rate": 0.0015},
                {"optimizer": "rmsprop", "learning_rate": 0.02},
                {"optimizer": "adam", "learning_rate": 0.2},
                {"optimizer": "newton", "learning_rate": 0.1},
            )
        ),
    )
