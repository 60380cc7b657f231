"""The Maps page: the outcome of a race from every start, or for every setting, as a picture."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from optviz import resources
from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.gui.insight.asked import Asked
from optviz.gui.maps.column import MapColumn
from optviz.gui.maps.edits import as_race, with_kind
from optviz.gui.maps.session import MapSession
from optviz.gui.maps.status import MapStatus
from optviz.gui.maps.view import MapView
from optviz.gui.page import Page
from optviz.gui.recent import Memory
from optviz.gui.splitter import HANDLE
from optviz.map_setting import MapSetting
from optviz.maps.sheet import UNDECIDED, RatesSheet
from optviz.render.style import number

if TYPE_CHECKING:  # loaded when somebody asks why
    from optviz.gui.insight.explainer import Explainer

_SHARE, _SIDE, _WIDEST = 0.30, 360, 560  # of the window, for the column; at least and at most, in pixels
_NO_MAP = 0.8  # of the starts at no minimum: beyond it a first map of basins says too little


class MapsPage(Page):
    """The map large, what it shows and the entrants beside it.

    Signals
    -------
    race_given(Experiment)
        A race is to be opened on the page of races.
    map_wanted()
        The map of the race on the page of races is to be opened here.
    """

    race_given = Signal(object)
    map_wanted = Signal()
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
        settings.map_wanted.connect(self.map_wanted)
        self._judges = False  # whether the next whole map is to be judged: it is the first of a race
        session.map_changed.connect(self._judge)
        session.computing_changed.connect(self._judge)
        self.asked = Asked(self, session, self.controls.entrants)
        self.controls.entrants.why_asked.connect(self.explain)
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
        # The search budget is part of what the race says: it stands on each of its pictures.
        low, high = (number(float(rate)) for rate in sheet.rates[[0, -1]])
        title = self.tr("Everyone at their own best: {n} rates each, {low} … {high}, {steps} steps")
        title = title.format(n=sheet.budget, low=low, high=high, steps=scene.last)
        self.race_given.emit(as_race(scene.map.race_of_best(), title))

    # -------------------------------------------------------------- a race's first map

    def judge_first(self) -> None:
        """Where the first map of a race says next to nothing, show its loss instead, and say so."""
        self._judges = True

    def _judge(self) -> None:
        session = self.session
        if not self._judges or session.computing or not session.complete:
            return
        self._judges = False
        scene = session.map_scene
        if scene is None or scene.kind != "basin":
            return
        share = scene.field(scene.last).shares.get(UNDECIDED, 0.0)
        if share <= _NO_MAP:
            return
        text = self.tr("{percent} % of the starts are at no known minimum after {n} steps: here is the loss.")
        text = text.format(percent=number(100.0 * share, 2), n=scene.last)
        if session.experiment.noise:
            more = self.tr("With noise a race does not come to rest; with less of it there are basins.")
            text = f"{text} {more}"
        session.edit(with_kind(session.experiment, "loss"), self.tr("Loss"))
        self.banner.show_note(text, passing=False)

    # -------------------------------------------------------------- why

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
        self._judges = False
        self.asked.close()
        # What takes long must not slow the page down that is looked at now.
        self._waits = self.session.computing and not self.session.preparing
        self.session.stop_map()
        super().leave()

    def close_down(self) -> None:
        self.asked.close_down()
        self.view.close_down()
        super().close_down()


def _bar(action: QAction, parent: QWidget) -> QWidget:
    """Return the page's tools for the bar of the window: the way back to the race."""
    bar = QWidget(parent)
    row = QHBoxLayout(bar)
    row.setContentsMargins(0, 0, 8, 0)
    button = QToolButton(bar)
    button.setDefaultAction(action)
    button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    button.setIconSize(QSize(20, 20))
    button.setFixedHeight(32)
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
