"""The Reshape page: what a setting does to a loss surface, before and after it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any, cast

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QWidget

from optviz import resources
from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.gui.recent import Memory
from optviz.gui.reshape.controls.column import ReshapeColumn
from optviz.gui.reshape.session import ReshapeSession
from optviz.gui.reshape.view import ReshapeView
from optviz.gui.scene_page import ScenePage
from optviz.gui.scene_view import SceneView
from optviz.gui.session import Session, Sight
from optviz.gui.splitter import HANDLE, Splitter

_SIDE = 328  # pixels, the least the table of settings needs
_SHARE = 0.27  # of the window, for the column where there is room


class ReshapePage(ScenePage):
    """Two pictures, or one that morphs; the settings of both sides beside them."""

    name = "reshape"
    session: ReshapeSession

    def __init__(self, session: Session, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        assert isinstance(session, ReshapeSession)
        super().__init__(session, actions, parent)
        self.view = ReshapeView(session, self.playback, self.viewpoint, self.splitter)
        self.controls = ReshapeColumn(session, self.playback, self.splitter)
        self._arrange(self.view, self.controls)
        areas = [side.area for side in self.view.sides.values()]
        self._equip(self.view.upper, areas)
        self._by_hand = False  # whether somebody has moved the line between pictures and column
        self.splitter.splitterMoved.connect(self._moved_by_hand)
        self.view.painted.connect(self.painted)
        small = self.controls.settings.modes.small
        small.clicked.connect(self.view.show_companions)
        self.view.companions_changed.connect(self.controls.settings.modes.say_small)
        session.sights_of = self._sights_of

    @classmethod
    def first_session(cls) -> Session:
        return cls.session_of(first_comparison())

    @classmethod
    def session_of(cls, value: Experiment) -> Session:
        return ReshapeSession(value)

    def _sights_of(self, experiment: Experiment) -> tuple[Sight, ...]:
        sides = experiment.sides
        found: list[Sight] = []
        for which, side in self.view.sides.items():
            if not side.isHidden():
                found += side.area.sights_of(sides["before" if which == "between" else which])
        return tuple(dict.fromkeys(found))

    @property
    def pictures(self) -> list[SceneView]:
        return self.view.pictures

    def focus_view(self) -> None:
        self.view.focus_view()

    def parts(self) -> Iterable[tuple[str, Splitter]]:
        return (("splitter", self.splitter),)

    def _usual_side(self) -> int:
        """Return how wide the column is at first: as the window has room, once the pictures have theirs."""
        side = max(_SIDE, min(round(_SHARE * self.width()), 560))
        # A wide column makes the pictures narrow; then they need the height of the small ones below.
        height = self.height() - self.transport.sizeHint().height()
        while side > _SIDE and not self.view.leaves_room(self.width() - side - HANDLE, height):
            side -= 2
        return side

    def _fit_side(self) -> None:
        if not self._by_hand and self.panels_shown:
            side = self._usual_side()
            self.splitter.setSizes([self.width() - side - HANDLE, side])

    def _moved_by_hand(self) -> None:
        self._by_hand = True

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit_side()

    def leave(self) -> None:
        self.view.morph.stop()
        super().leave()

    def close_down(self) -> None:
        self.view.close_down()
        super().close_down()

    def save_state(self, memory: Memory) -> None:
        super().save_state(memory)
        memory.set(f"{self.name}/by_hand", self._by_hand)
        if self.view.by_hand:
            memory.set(f"{self.name}/companions", self.view.splitter.saveState())

    def restore_state(self, memory: Memory) -> None:
        super().restore_state(memory)
        self._by_hand = memory.flag(f"{self.name}/by_hand", False)
        self._fit_side()
        state = memory.get(f"{self.name}/companions")
        if isinstance(state, QByteArray):
            self.view.by_hand = self.view.splitter.restoreState(state)
            self.view.splitter.setHandleWidth(HANDLE)


def first_comparison() -> Experiment:
    """Return what the page shows at first: the first preset with a comparison."""
    for path in resources.presets():
        with contextlib.suppress(InputError):
            experiment = Experiment.load(path)
            if experiment.reshape is not None:
                return experiment
    return Experiment(
        surface="neuron",
        start=(-4.0, 4.5),
        steps=300,
        coefficients={"feature_scale": 4.0},
        reshape=cast(Any, {"after": {"choices": {"batch_norm": True}}}),
        entrants=tuple(
            cast(Any, entrant)
            for entrant in (
                {"optimizer": "gd", "learning_rate": 1.0},
                {"optimizer": "adam", "learning_rate": 0.1},
            )
        ),
    )
