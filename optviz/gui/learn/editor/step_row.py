"""The steps of a lesson that is being written: which one, and adding, moving and removing them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QWidget

from optviz.errors import InputError
from optviz.gui.controls import look
from optviz.gui.controls.combo import Combo
from optviz.gui.learn import edits
from optviz.gui.learn.session import LessonSession


class StepRow(QWidget):
    """The step that is shown and changed, by title, and buttons for the list of them."""

    def __init__(self, session: LessonSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 8, 0)
        row.setSpacing(2)
        self.list = Combo(self)
        self.list.setAccessibleName(self.tr("step"))
        self.list.setToolTip(look.tip(self.tr("The step that is shown and changed")))
        self.list.setMinimumContentsLength(8)
        self.list.setSizeAdjustPolicy(Combo.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        row.addWidget(self.list, 1)
        row.addSpacing(4)
        self.add = self._button(self.tr("add a step"), "add", lambda: edits.add_step(session))
        self.copy = self._button(
            self.tr("duplicate this step"), "duplicate", lambda: edits.duplicate_step(session)
        )
        self.up = self._button(self.tr("move this step up"), "up", lambda: edits.move_step(session, -1))
        self.down = self._button(self.tr("move this step down"), "down", lambda: edits.move_step(session, 1))
        self.remove = self._button(self.tr("remove this step"), "remove", lambda: edits.remove_step(session))
        for part in (self.add, self.copy, self.up, self.down, self.remove):
            row.addWidget(part)
        self.list.activated.connect(session.go)
        session.changed.connect(self.refresh)
        session.step_changed.connect(self.refresh)
        session.drafts.changed.connect(self.refresh)
        self.refresh()

    def _button(self, name: str, glyph: str, call: Callable[[], None]) -> look.FlatButton:
        button = look.FlatButton(name, name[:1].upper() + name[1:], glyph, self)

        def press() -> None:
            try:
                call()
            except InputError as error:
                self.session.failed.emit(str(error))

        button.clicked.connect(press)
        return button

    def refresh(self) -> None:
        """Show the steps."""
        steps, index = self.session.lesson.steps, self.session.index
        bad = [bool(self.session.drafts.of(step)) for step in steps]
        titles = [
            f"{i}.  {step.title}{'  ⚠' if wrong else ''}"
            for i, (step, wrong) in enumerate(zip(steps, bad, strict=True), 1)
        ]
        if titles != [self.list.itemText(i) for i in range(self.list.count())]:
            self.list.clear()
            self.list.addItems(titles)
        self.list.setCurrentIndex(index)
        self.up.setEnabled(index > 0)
        self.down.setEnabled(index < len(steps) - 1)
        self.remove.setEnabled(len(steps) > 1)
