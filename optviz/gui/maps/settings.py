"""What the map shows: its kind, whose it is, its axes, how fine it is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.gui.controls import look
from optviz.gui.controls.combo import Combo
from optviz.gui.controls.main_button import MainButton
from optviz.gui.maps import edits
from optviz.gui.maps.axis_row import AxisRow
from optviz.gui.maps.session import MapSession
from optviz.gui.maps.tiles import KindTiles
from optviz.gui.maps.words import KINDS, REFUSALS, name_of, translated
from optviz.gui.surface3d.bar import Segments
from optviz.map_setting import number_knobs
from optviz.render.style import number

_LABEL = 58  # pixels
_TRIES = (33, 65, 129, 257)  # rates that each entrant tries


class MapSettings(QWidget):
    """Chooses the map. What a kind has no use for is not shown.

    Signals
    -------
    race_wanted()
        The race, without its map, is to be opened where races are.
    best_wanted()
        Everyone is to race at the best rate of their own.
    map_wanted()
        The map of the race on the page of races is to be shown.
    """

    race_wanted = Signal()
    best_wanted = Signal()
    map_wanted = Signal()

    def __init__(self, session: MapSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        self.kinds = KindTiles(self)
        self.kinds.picked.connect(self._set_kind)
        column.addWidget(self.kinds)
        self.about = look.Note("", self)
        self.about.setWordWrap(True)
        self.about.setMinimumHeight(2 * self.about.fontMetrics().height())
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(self.about)
        self.entrant = self._combo(self.tr("optimizer"), self.tr("Whose map it is"), self._set_entrant)
        self.rival = self._combo(self.tr("rival"), self.tr("Whom it is compared with"), self._set_rival)
        self.points = self._combo(
            self.tr("points"), self.tr("How fine the map is: each point is a race of its own"), self._set_size
        )
        self.tries = self._combo(
            self.tr("tries"),
            self.tr("How many rates each optimizer tries: the same number for all of them"),
            self._set_tries,
        )
        self.measure = Segments(
            {
                "loss": (self.tr("loss"), self.tr("The loss at the step shown"), self.tr("loss")),
                "steps": (
                    self.tr("steps"), self.tr("How many steps it takes to a minimum"), self.tr("steps"),
                ),
            },
            self,
        )  # fmt: skip
        self.measure.picked.connect(
            lambda measure: self._edit(self.tr("measure"), edits.with_map, measure=measure)
        )
        self._of = self._row(column, self.tr("of"), self.entrant)
        self._against = self._row(column, self.tr("against"), self.rival)
        self._shows = self._row(column, self.tr("shows"), self.measure, stretch=True)
        self.axes: dict[str, AxisRow] = {}
        for which, text in (("x", self.tr("across")), ("y", self.tr("up"))):
            row = self.axes[which] = AxisRow(which, text, _LABEL, self)
            row.knob_chosen.connect(lambda name, which=which: self._set_axis(which, name))
            row.limits_changed.connect(lambda limits, which=which: self._set_limits(which, limits))
            row.settled.connect(session.end_drag)
            column.addWidget(row)
        self._fine = self._row(column, self.tr("points"), self.points)
        self._each = self._row(column, self.tr("tries each"), self.tries)
        self.best = MainButton(self)
        self.best.say(
            self.tr("Race everyone at their own best"),
            self.tr(
                "Each optimizer at the best rate it found, after as many tries as all others: a fair race"
            ),
        )
        self.best.clicked.connect(self.best_wanted)
        column.addWidget(self.best, 0, Qt.AlignmentFlag.AlignHCenter)
        self.best_line = look.Note("", self)
        self.best_line.setWordWrap(True)
        column.addWidget(self.best_line)
        self.race = look.FlatButton(
            self.tr("Open this race on Race"),
            self.tr("The race shown, with its surface and its curves, on the page Race"),
            "play",
            self,
        )
        self.race.setFont(look.sized(self.font(), look.SMALL))
        self.race.show_text(self.tr("open this race on Race"))
        self.race.clicked.connect(self.race_wanted)
        self.map = look.FlatButton(
            self.tr("Map the race on Race"), self.tr("The map of the race that is on the page Race"), "", self
        )
        self.map.setFont(look.sized(self.font(), look.SMALL))
        self.map.show_text(self.tr("map the race on Race"))
        self.map.clicked.connect(self.map_wanted)
        ways = QHBoxLayout()
        ways.setContentsMargins(0, 0, 0, 0)
        ways.setSpacing(2)
        ways.addWidget(self.race)
        ways.addWidget(self.map)
        ways.addStretch(1)
        column.addLayout(ways)
        session.experiment_changed.connect(self.refresh)
        session.map_changed.connect(self._show_best)
        self.refresh()

    def _combo(self, name: str, help_text: str, chosen: Callable[[int], None]) -> Combo:
        combo = Combo(self)
        combo.setAccessibleName(name)
        combo.setToolTip(look.tip(name, help_text))
        combo.activated.connect(chosen)
        return combo

    def _row(self, column: QVBoxLayout, text: str, field: QWidget, stretch: bool = False) -> QWidget:
        row = QWidget(self)
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(8)
        label = QLabel(text, row)
        label.setFont(look.sized(self.font(), look.SMALL))
        label.setFixedWidth(_LABEL)
        label.setBuddy(field)
        row.setFixedHeight(look.ROW)
        line.addWidget(label)
        line.addWidget(field, 0 if stretch else 1)
        if stretch:
            line.addStretch(1)
        column.addWidget(row)
        return row

    # Showing.

    def refresh(self) -> None:
        """Show the session's experiment."""
        experiment = self.session.experiment
        setting = edits.setting_of(experiment)
        kind = setting.kind
        self.kinds.choose(kind)
        for one, tile in self.kinds.tiles.items():
            why = edits.refusal(experiment, one)
            tile.refuse(translated(REFUSALS[why]) if why else "")
        about = translated(KINDS[kind][1])
        if kind == "sensitivity" and edits.only_decay(experiment):
            about = self.tr(
                "Beside its learning rate this optimizer has weight decay only, which changes little: "
                "Best rates tells more."
            )
        self.about.setText(about)
        titles = [name_of(one.title, one.label) for one in experiment.entrants]
        _fill(self.entrant, [(title, place) for place, title in enumerate(titles)], setting.entrant)
        self._of.setVisible(kind != "learning_rate")
        self._against.setVisible(kind == "difference")
        if kind == "difference":
            own, rival = setting.opponents(experiment.entrants)
            others = [(title, place) for place, title in enumerate(titles) if place != own]
            _fill(self.rival, others, rival)
        self._shows.setVisible(kind == "sensitivity")
        self.measure.choose(setting.measure)
        self._show_axes(experiment)
        finder = kind == "learning_rate"
        self._fine.setVisible(not finder)
        self._each.setVisible(finder)
        width = setting.size[0]
        sizes = [(n, n) for n in edits.SIZES]
        sizes += [setting.size] if setting.size not in sizes else []
        _fill(self.points, [(f"{w} × {h}", (w, h)) for w, h in sorted(sizes)], setting.size)
        tries = sorted({*_TRIES, width})
        _fill(self.tries, [(self.tr("{n} rates").format(n=n), n) for n in tries], width)
        self.best.setVisible(finder)
        self._show_best()

    def _show_axes(self, experiment: Experiment) -> None:
        setting = edits.setting_of(experiment)
        for which, row in self.axes.items():
            row.setVisible(
                setting.kind == "sensitivity" or (setting.kind == "learning_rate" and which == "x")
            )
        if setting.over_start:
            return
        if setting.kind == "learning_rate":
            knob, span = setting.rates(experiment.entrants)
            self.axes["x"].show_axis((), knob, span, edits.limits_given(experiment, "x"))
            return
        knobs = number_knobs(experiment.entrants[setting.entrant])
        axes = setting.axes(experiment.entrants)
        for (which, row), (knob, span) in zip(self.axes.items(), axes, strict=True):
            row.show_axis(knobs, knob, span, edits.limits_given(experiment, which))

    def _show_best(self) -> None:
        # There is a best rate once there are curves.
        scene = self.session.map_scene
        ready = scene is not None and scene.kind == "learning_rate" and self.session.complete
        self.best.setEnabled(ready)
        self.best_line.setVisible(scene is not None and scene.kind == "learning_rate" == self._kind)
        if scene is None or not ready:
            self.best_line.setText("")
            return
        # The race is at what is best in the end, whatever step the picture shows.
        sheet = scene.rates(scene.last)
        named = [
            f"{name_of(one.title, one.label)} {number(float(sheet.rates[best]))}"
            for one, best in zip(scene.experiment.entrants, sheet.best, strict=True)
            if best >= 0 and not one.hidden
        ]
        text = self.tr("best after {n} steps: {rates}").format(n=scene.last, rates=", ".join(named))
        self.best_line.setText(text)
        self.best.say(
            self.tr("Race everyone at their own best"),
            self.tr(
                "Each optimizer at the best rate it found, after as many tries as all others: a fair race; "
                "{best}"
            ).format(best=text),
        )

    @property
    def _kind(self) -> str:
        return edits.setting_of(self.session.experiment).kind

    # A person's wishes.

    def _edit(
        self, text: str, change: Callable[..., Experiment], *given: Any, merge: str = "", **named: Any
    ) -> None:
        try:
            self.session.edit(change(self.session.experiment, *given, **named), text, merge)
        except InputError as error:
            self.session.failed.emit(self._in_words(str(error)))
        self.refresh()

    def _in_words(self, message: str) -> str:
        """Return a message with the names that are on the screen in place of the file's."""
        for which, row in self.axes.items():
            for key in (f"map.{which}.limits", f"map.{which}.knob", f"map.{which}"):
                message = message.replace(key, row.title)
        return re.sub(r"-(?=\d)", "−", message)

    def _set_kind(self, kind: str) -> None:
        self._edit(translated(KINDS[kind][0]), edits.with_kind, kind)

    def _set_entrant(self, place: int) -> None:
        entrant = int(self.entrant.itemData(place))
        self._edit(self.tr("map of {0}").format(self.entrant.itemText(place)), edits.with_entrant, entrant)
        self.session.select(entrant)

    def map_of(self, entrant: int) -> None:
        """Show the map of the entrant at a place, where a map is of one."""
        setting = edits.setting_of(self.session.experiment)
        entrants = self.session.experiment.entrants
        if setting.kind == "learning_rate" or entrant == setting.entrant or entrant >= len(entrants):
            return
        one = entrants[entrant]
        text = self.tr("map of {0}").format(name_of(one.title, one.label))
        self._edit(text, edits.with_entrant, entrant)

    def _set_rival(self, place: int) -> None:
        rival = int(self.rival.itemData(place))
        self._edit(self.tr("against {0}").format(self.rival.itemText(place)), edits.with_map, rival=rival)

    def _set_size(self, place: int) -> None:
        width, height = self.points.itemData(place)
        self._edit(self.points.itemText(place), edits.with_map, size=(int(width), int(height)))

    def _set_tries(self, place: int) -> None:
        setting = edits.setting_of(self.session.experiment)
        size = (int(self.tries.itemData(place)), setting.size[1])
        self._edit(self.tries.itemText(place), edits.with_map, size=size)

    def _set_axis(self, which: str, name: str) -> None:
        self._edit(self.tr("axis"), edits.with_axis, which, name)

    def _set_limits(self, which: str, limits: tuple[float, float] | None) -> None:
        self._edit(self.tr("limits"), edits.with_limits, which, limits, merge=f"map {which} limits")


def _fill(combo: Combo, items: list[tuple[str, Any]], chosen: Any) -> None:
    """Show texts with what each stands for, one of them chosen, without telling anybody."""
    texts = [text for text, _ in items]
    if texts != [combo.itemText(place) for place in range(combo.count())]:
        combo.clear()
        for text, stands_for in items:
            combo.addItem(text, stands_for)
    else:
        for place, (_, stands_for) in enumerate(items):
            combo.setItemData(place, stands_for)
    at = next((place for place, (_, one) in enumerate(items) if one == chosen), 0)
    combo.setCurrentIndex(at)
