"""The settings of a comparison: a table with a column for either side, what differs first."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QSpacerItem,
    QVBoxLayout,
    QWidget,
)

from optviz.catalog import Surface
from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.gui.controls import look
from optviz.gui.controls.picker import Pick, Picker
from optviz.gui.controls.suggest import calmed
from optviz.gui.controls.typeset import FormulaLabel
from optviz.gui.reshape import edits as edits
from optviz.gui.reshape.controls.modes import ModeBar
from optviz.gui.reshape.controls.race import RaceSettings
from optviz.gui.reshape.controls.rows import NAME_WIDTH, SettingRow
from optviz.gui.reshape.controls.words import item_name, side_name, value_name
from optviz.gui.reshape.edits import Item, Value
from optviz.gui.reshape.session import ReshapeSession
from optviz.scene import typeset
from optviz.surfaces import SURFACES

# What belongs to the data rather than to the comparison, and what is seldom moved, is shown with the race,
# unless the sides differ in it.
_COMMON = ("coefficients.m", "coefficients.seed", "choices.batch_norm_mode", "coefficients.epsilon")
# These do nothing while neither side normalizes.
_MARK = 44  # pixels for the side's name before a formula
_NORM = ("choices.batch_norm_mode", "coefficients.gamma", "coefficients.beta", "coefficients.epsilon")


class _Swap(look.FlatButton):
    """Two arrows, one each way."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(look.ink(), 1.4)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.translate(QPointF(self.width() / 2, self.height() / 2))
        for sign in (1.0, -1.0):
            y = -2.6 * sign
            tip = 6.0 * sign
            painter.drawLine(QPointF(-tip, y), QPointF(tip, y))
            painter.drawLine(QPointF(tip, y), QPointF(tip - 3.0 * sign, y - 3.0 * sign))
        painter.end()


class ReshapePanel(QWidget):
    """Chooses the surface and sets what either side is.

    Signals
    -------
    reveal(QWidget)
        This part should be scrolled into sight: the keyboard has moved it.
    """

    reveal = Signal(QWidget)

    def __init__(self, session: ReshapeSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._surface: Surface | None = None
        self._items: tuple[Item, ...] = ()
        self._said: list[str] = []
        self.rows: dict[str, SettingRow] = {}
        self._held = ""  # the row that stays where it is though it belongs elsewhere now
        self._held_at: tuple[QVBoxLayout, int] | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 6)
        column.setSpacing(2)
        self.modes = ModeBar(session, self)
        column.addLayout(self._top())
        self.formulas = {side: FormulaLabel(12, self) for side in ("before", "after")}
        self.marks: dict[str, look.Note] = {}
        for side, label in self.formulas.items():
            mark = self.marks[side] = look.Note(side_name(side), self)
            mark.setFixedWidth(_MARK)
            inset = QHBoxLayout()
            inset.setContentsMargins(8, 0, 4, 0)
            inset.setSpacing(0)
            inset.addWidget(mark)
            inset.addWidget(label, 1)
            column.addLayout(inset)
        column.addWidget(self.modes)
        column.addWidget(self._header())
        self._different, self._equal, self._common = QVBoxLayout(), QVBoxLayout(), QVBoxLayout()
        column.addLayout(self._different)
        self._rule = look.Hairline(self)
        column.addWidget(self._rule)
        column.addLayout(self._equal)
        self.details = QWidget(self)
        details = QVBoxLayout(self.details)
        details.setContentsMargins(0, 4, 0, 0)
        details.setSpacing(0)
        details.addWidget(look.Hairline(self.details))
        details.addLayout(self._common)
        self.race = RaceSettings(session, self.details)
        self.race.setContentsMargins(8, 0, 2, 0)
        details.addWidget(self.race)
        self.details.hide()
        column.addWidget(self.details)
        for part in (self._different, self._equal, self._common):
            part.setSpacing(0)
        session.experiment_changed.connect(self.refresh)
        self.refresh()

    def _top(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        self.button = look.FlatButton(self.tr("surface"), self.tr("Choose the surface"), "", self)
        self.button.setFont(look.sized(self.font(), 15, strong=True))
        self.button.trailing = "down"
        self.button.clicked.connect(self.open_picker)
        picks = [
            Pick(surface.id, look.catalog(surface.title), look.catalog(surface.help), group)
            for group, data in ((self.tr("Losses of data"), True), (self.tr("Formulas"), False))
            for surface in SURFACES
            if (surface.model is not None) == data
        ]
        self.picker = Picker(picks, self.tr("Search {0} surfaces").format(len(picks)), self)
        self.picker.picked.connect(self.choose)
        self.more = look.FlatButton(
            self.tr("more"), self.tr("Samples, statistics, start, steps, noise and seeds"), "sliders", self
        )
        self.more.setCheckable(True)
        self.more.toggled.connect(self._open)
        row.addWidget(self.button)
        row.addStretch(1)
        row.addWidget(self.more)
        return row

    def _header(self) -> QWidget:
        header = QWidget(self)
        grid = QGridLayout(header)
        grid.setContentsMargins(8, 2, 2, 0)
        grid.setHorizontalSpacing(4)
        for place, side in enumerate(("before", "after"), 1):
            label = QLabel(side_name(side), header)
            label.setFont(look.sized(self.font(), look.SMALL, strong=True))
            grid.addWidget(label, 0, place)
            grid.setColumnStretch(place, 1)
        self.swap = _Swap(self.tr("swap"), self.tr("Exchange before and after"), "", header)
        self.swap.clicked.connect(lambda: self._edit(edits.swapped, self.tr("swap before and after")))
        grid.addItem(_gap(NAME_WIDTH), 0, 0)
        grid.addWidget(self.swap, 0, 3)
        return header

    # -------------------------------------------------------------- showing

    def refresh(self) -> None:
        """Show the session's experiment."""
        experiment = self.session.experiment
        surface = experiment.declared_surface
        if surface != self._surface:
            self._surface, self._items = surface, edits.items_of(surface)
            title = look.catalog(surface.title)
            self.button.show_text(title)
            self.button.setAccessibleName(self.tr("surface: {0}").format(title))
            self.button.setToolTip(look.tip(title, look.catalog(surface.help), surface.reference))
        self._show_formulas(experiment)
        moved = self._arrange(experiment)
        for row in self.rows.values():
            row.refresh(experiment)
        normed = any(side.choices.get("batch_norm") for side in experiment.sides.values())
        for key in _NORM:
            if key in self.rows:
                self.rows[key].setVisible(normed or self.rows[key].split)
        self.modes.refresh(experiment)
        self.race.refresh(experiment)
        if moved:
            self._order_tabs()

    def _show_formulas(self, experiment: Experiment) -> None:
        said = [
            typeset(experiment.declared_surface, side.coefficients, side.choices)
            for side in experiment.sides.values()
        ]
        plain = experiment.declared_surface.formula
        if said == self._said:
            return
        self._said = said
        for side, latex in zip(self.formulas, said, strict=True):
            self.formulas[side].set_formula(latex, f"{side_name(side)}: {plain}")
            self.formulas[side].setToolTip(look.tip(side_name(side), plain))
        self._fit_formulas()

    def _fit_formulas(self) -> None:
        """Show the formula of before, too, where it is another one and both are short; say whose is whose."""
        differ, room = len(set(self._said)) > 1, self.width() - 28 - _MARK
        short = all(label.lines_in(room) == 1 for label in self.formulas.values())
        self.formulas["before"].setVisible(differ and short)
        self.marks["before"].setVisible(differ and short)
        self.marks["after"].setVisible(differ)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit_formulas()

    def _arrange(self, experiment: Experiment) -> bool:
        """Make a row for each setting, those with a value each first; return whether any is new."""
        wanted = {item.key: (item, edits.is_split(experiment, item)) for item in self._items}
        have = {key: (row.item, row.split) for key, row in self.rows.items()}
        if list(have.items()) == list(wanted.items()):
            return False
        for key, row in list(self.rows.items()):
            if wanted.get(key) != have[key]:
                del self.rows[key]
                for place in (self._different, self._equal, self._common):
                    place.removeWidget(row)
                row.hide()
                row.deleteLater()
        kept, self.rows = self.rows, {}
        for key, (item, is_split) in wanted.items():
            self.rows[key] = kept.get(key) or self._new_row(item, is_split)
        self._sort()
        return True

    def _sort(self) -> None:
        """Put each row where it belongs; one that was just linked or split under the pointer stays."""
        held = self.rows.get(self._held)
        for row in self.rows.values():
            if row is not held:
                place = self._place(row)
                place.removeWidget(row)
                place.addWidget(row)
        if held is not None and self._held_at is not None:
            place, at = self._held_at
            place.insertWidget(at, held)
        self._rule.setVisible(any(row.split for row in self.rows.values() if row is not held))

    def _hold(self, row: SettingRow) -> None:
        """Let a row stay where it is, so that a second click undoes the first."""
        for place in (self._different, self._equal, self._common):
            at = place.indexOf(row)
            if at >= 0 and row.item.key != self._held:
                self._held, self._held_at = row.item.key, (place, at)

    def _let_go(self, used: str = "") -> None:
        """Sort the table: the pointer has left it, or another row is used."""
        if self._held and used != self._held:
            self._held, self._held_at = "", None
            self._sort()
            self._order_tabs()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().leaveEvent(event)
        self._let_go()

    def _place(self, row: SettingRow) -> QVBoxLayout:
        if row.split:
            return self._different
        return self._common if row.item.key in _COMMON else self._equal

    def _new_row(self, item: Item, is_split: bool) -> SettingRow:
        common = not is_split and item.key in _COMMON
        row = SettingRow(item, is_split, self.details if common else self)
        row.value_changed.connect(self._set)
        row.drag_ended.connect(self.session.end_drag)
        row.tied.connect(self._tie)
        return row

    def _order_tabs(self) -> None:
        shown = [*self._rows_of(self._different), *self._rows_of(self._equal)]
        common = self._rows_of(self._common)
        modes = self.modes
        order: list[QWidget] = [self.button, self.more, *modes.modes.values(), modes.small]
        order += [modes.linked_view, modes.linked_scale, modes.batch, self.swap]
        order += [part for row in (*shown, *common) for part in row.focus_order]
        order += [self.race.reset, *self.race.start]
        for first, second in pairwise(order):
            QWidget.setTabOrder(first, second)

    @staticmethod
    def _rows_of(place: QVBoxLayout) -> list[SettingRow]:
        items = (place.itemAt(i) for i in range(place.count()))
        found = (item.widget() for item in items if item is not None)
        return [row for row in found if isinstance(row, SettingRow)]

    def _open(self, opened: bool) -> None:
        self.details.setVisible(opened)
        self.more.chosen = opened
        self.more.setAccessibleName(self.tr("less") if opened else self.tr("more"))

    # -------------------------------------------------------------- a person's wishes

    def open_picker(self) -> None:
        """Open the list of surfaces."""
        self.picker.open_under(self.button, self.session.experiment.surface or "")

    def choose(self, identifier: str) -> None:
        """Take a surface; it begins with a difference worth seeing."""
        experiment = self.session.experiment
        if identifier == experiment.surface:
            return
        text = self.tr("surface {0}").format(look.catalog(SURFACES[identifier].title))
        self.session.end_drag()
        try:
            # What is raced there has nothing to do with the file that is open.
            self.session.begin(calmed(edits.compared(experiment.replace(surface=identifier))), text)
        except InputError as error:
            self.refresh()
            self.session.failed.emit(str(error))

    def _edit(self, change: Callable[[Experiment], Experiment], text: str, merge: str = "") -> bool:
        try:
            self.session.edit(change(self.session.experiment), text, merge)
        except InputError as error:
            self.refresh()
            self.session.failed.emit(str(error))
            return False
        return True

    def _set(self, item: Item, side: str, value: Value) -> None:
        self._let_go(item.key)
        text = self.tr("{0} {1}").format(item_name(item), value_name(item, value))
        self._edit(
            lambda experiment: edits.with_value(experiment, item, value, side), text, f"{item.key} {side}"
        )

    def _tie(self, item: Item, tied: bool) -> None:
        change = edits.linked if tied else edits.split
        name = item_name(item)
        text = self.tr("link {0}") if tied else self.tr("split {0}")
        self.session.end_drag()
        self._let_go(item.key)
        row = self.rows[item.key]
        held, pointed = row.link.hasFocus(), row.link.by_mouse
        if pointed:
            self._hold(row)
        if self._edit(lambda experiment: change(experiment, item), text.format(name)) and held:
            row = self.rows[item.key]
            row.link.setFocus()
            if not pointed:  # its place is known once the layout has run
                QTimer.singleShot(0, row, lambda: self.reveal.emit(row))


def _gap(width: int) -> QSpacerItem:
    return QSpacerItem(width, 1, QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
