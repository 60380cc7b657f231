"""The Maps page: the outcome of a race from every start, or for every setting, as a picture."""

from __future__ import annotations

import contextlib
from typing import Any, cast

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from optviz import resources
from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.gui.maps.column import MapColumn
from optviz.gui.maps.edits import as_race
from optviz.gui.maps.session import MapSession
from optviz.gui.maps.status import MapStatus
from optviz.gui.maps.view import MapView
from optviz.gui.page import Page
from optviz.gui.recent import Memory
from optviz.gui.splitter import HANDLE
from optviz.map_setting import MapSetting
from optviz.maps.build import RatesSheet

_SHARE, _SIDE, _WIDEST = 0.30, 360, 560  # of the window, for the column; at least and at most, in pixels


class MapsPage(Page):
    """The map large, what it shows and the entrants beside it.

    Signals
    -------
    race_given(Experiment)
        A race is to be opened on the page of races.
    """

    race_given = Signal(object)
    name = "maps"
    session: MapSession

    def __init__(
        self, session: MapSession, actions: dict[str, QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(session, actions, parent)
        self.view = MapView(session, self.playback)
        self.controls = MapColumn(session, self.playback, self.splitter)
        self._arrange(self.view, self.controls)
        self._by_hand = False  # whether somebody has moved the line between picture and column
        self._waits = False  # whether the map goes on when the page is shown again
        self.splitter.splitterMoved.connect(self._moved_by_hand)
        self.view.painted.connect(self.painted)
        self.status.progress_changed.connect(self.view.say_progress)
        session.frame_of = lambda: self.playback.frame
        settings = self.controls.settings
        settings.race_wanted.connect(self.give_race)
        settings.best_wanted.connect(self.give_best)
        if "map" in actions:
            self.bar = _bar(actions["map"], self)

    @classmethod
    def first_session(cls) -> MapSession:
        return cls.session_of(first_map())

    @classmethod
    def session_of(cls, value: Experiment) -> MapSession:
        return MapSession(value)

    def _make_status(self) -> MapStatus:
        return MapStatus(self.session, self.playback, self)

    # -------------------------------------------------------------- races

    def give_race(self) -> None:
        """Have the race that is shown opened on the page of races."""
        self.race_given.emit(as_race(self.session.experiment))

    def give_best(self) -> None:
        """Have the race of everyone at the best rate of their own opened on the page of races."""
        scene = self.session.map_scene
        if scene is None or scene.kind != "learning_rate" or not self.session.complete:
            return
        sheet = scene.map.at()
        assert isinstance(sheet, RatesSheet)
        title = self.tr("Everyone at their own best of {n} learning rates").format(n=sheet.budget)
        self.race_given.emit(as_race(scene.map.race_of_best(), title))

    # -------------------------------------------------------------- the picture

    def zoom(self, factor: float) -> None:
        self.view.zoom(factor)

    def reset_view(self) -> None:
        self.view.reset_view()

    def focus_view(self) -> None:
        self.view.setFocus()

    def follow_theme(self) -> None:
        super().follow_theme()
        self.controls.settings.kinds.update()

    # -------------------------------------------------------------- room

    def _fit_side(self) -> None:
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
        super().restore_state(memory)
        self._by_hand = memory.flag(f"{self.name}/by_hand", False)
        self._fit_side()

    # -------------------------------------------------------------- coming and going

    def enter(self) -> None:
        super().enter()
        if self._waits:
            self._waits = False
            self.session.resume_map()

    def leave(self) -> None:
        # What takes long must not slow the page down that is looked at now.
        self._waits = self.session.computing and not self.session.preparing
        self.session.stop_map()
        super().leave()

    def close_down(self) -> None:
        self.view.close_down()
        super().close_down()


def _bar(action: QAction, parent: QWidget) -> QWidget:
    """Return the page's tools for the bar of the window: the way back to the race."""
    bar = QWidget(parent)
    row = QHBoxLayout(bar)
    row.setContentsMargins(0, 0, 8, 0)
    button = QToolButton(bar)
    button.setDefaultAction(action)
    button.setIconSize(QSize(20, 20))
    button.setFixedSize(32, 32)
    button.setAccessibleName(action.text())
    row.addWidget(button)
    bar.hide()  # until the window has a place for it
    return bar


def first_map() -> Experiment:
    """Return what the page shows at first: the first preset with a map."""
    for path in resources.presets():
        with contextlib.suppress(InputError):
            experiment = Experiment.load(path)
            if experiment.map is not None:
                return experiment
    return Experiment(
        surface="himmelblau",
        title="Four valleys, and who ends in which",
        steps=200,
        start=(-0.6, -0.9),
        entrants=tuple(
            cast(Any, entrant)
            for entrant in (
                {"optimizer": "momentum", "learning_rate": 0.01, "momentum": 0.9},
                {"optimizer": "adam", "learning_rate": 0.1},
            )
        ),
        map=MapSetting(),
    )
