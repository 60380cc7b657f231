"""One entrant: what it looks like, its learning rate, how it is doing; the rest one click away."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QCoreApplication, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from optviz.entrant import Entrant, ScheduleSetting
from optviz.errors import InputError
from optviz.gui.controls import look
from optviz.gui.controls.card_handle import HEIGHT, CardHandle
from optviz.gui.controls.entrant_details import EntrantDetails
from optviz.gui.controls.identity import pinned, slots_of
from optviz.gui.controls.knob_row import shown_name, typed_value
from optviz.gui.controls.number_box import NumberBox
from optviz.gui.controls.number_words import default_words, number_text
from optviz.gui.controls.slider import KnobSlider
from optviz.gui.document import Document
from optviz.gui.reshape.controls.words import side_name
from optviz.optimizers import OPTIMIZERS
from optviz.render import style
from optviz.scene import Line
from optviz.setting import SIDES

SLIDER, NUMBER, BUTTON = 28, 60, 20
# What a card's row takes besides the handle: the slider at its least, the number, two buttons, the gaps.
_BESIDE = SLIDER + NUMBER + 2 * BUTTON + 4 + 3 * 2 + 7 * 2
_WHY = BUTTON + 2  # and a third button, where an entrant can be explained


class EntrantCard(QWidget):
    """The controls of one entrant.

    Signals
    -------
    action(str, int)
        A wish: "duplicate", "remove", "up", "down", "step_by_step" or "why", and the entrant's place.
    opened()
        It was opened and now takes more room.
    """

    action = Signal(str, int)
    opened = Signal()

    def __init__(self, session: Document, index: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.index = session, index
        self.entrant: Entrant = session.value.entrants[index]
        self.optimizer = self.entrant.optimizer
        self._lines: tuple[Line, ...] = ()
        self._frame = 0
        self.details: EntrantDetails | None = None
        knob = OPTIMIZERS[self.optimizer].knobs[0]
        self.handle = CardHandle(self)
        self.handle.setFixedHeight(HEIGHT)
        self.slider = KnobSlider(knob, self.tr("learning rate"), self)
        self.number = NumberBox(knob, self.tr("learning rate"), self)
        self.number.setFixedWidth(NUMBER)
        help = look.catalog(knob.help)
        self.number.set_help(help)
        self.slider.setToolTip(look.tip(self.tr("learning rate"), help, default_words(knob)))
        self.slider.setMinimumWidth(SLIDER)
        for part in (self.slider.value_moved, self.number.value_changed):
            part.connect(lambda value: self._set("learning_rate", value))
        for part in (self.slider.drag_ended, self.number.settled):
            part.connect(session.end_drag)
        self.why = look.FlatButton(
            self.tr("why"),
            self.tr("Why did it go that way? Three sentences, each with its number (W)"),
            "why",
            self,
        )
        self.why.quiet = True
        self.why.setFixedSize(BUTTON, 24)
        self.why.setVisible(session.takes_apart)
        self.why.clicked.connect(lambda: self.action.emit("why", self.index))
        self.eye = look.FlatButton(
            self.tr("shown"), self.tr("Hide it in the picture; it races on"), "eye", self
        )
        self.eye.quiet = True
        self.eye.clicked.connect(self._toggle_hidden)
        self.eye.setFixedSize(BUTTON, 24)
        self.more = look.FlatButton(
            self.tr("more"), self.tr("Every number, the schedule, the rule"), "down", self
        )
        self.more.quiet = True
        self.more.setFixedSize(BUTTON, 24)
        self.more.clicked.connect(lambda: self.set_expanded(not self.expanded))
        top = QHBoxLayout()
        top.setContentsMargins(0, 0, 4, 0)
        top.setSpacing(2)
        top.addWidget(self.handle)
        top.addSpacing(2)
        top.addWidget(self.slider, 1)
        top.addSpacing(2)
        top.addWidget(self.number)
        top.addSpacing(2)
        top.addWidget(self.why)
        top.addWidget(self.eye)
        top.addWidget(self.more)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addLayout(top)
        self.handle.focus_moved.connect(self.update)
        self.handle.toggled.connect(lambda: self.set_expanded(not self.expanded))
        self.handle.removed.connect(lambda: self.action.emit("remove", self.index))
        self.refresh(index)

    @property
    def expanded(self) -> bool:
        return self.details is not None and self.details.isVisibleTo(self)

    def set_expanded(self, expanded: bool) -> None:
        """Open or close the card."""
        if expanded and self.details is None:
            self.details = self._make_details()
            self._connect(self.details)
            self.details.buttons["step_by_step"].setVisible(self.session.takes_apart)
            self._column.addWidget(self.details)
        if self.details is not None:
            self.details.setVisible(expanded)
        self.more.set_glyph("up" if expanded else "down")
        self.more.setAccessibleName(self.tr("less") if expanded else self.tr("more"))
        self.refresh(self.index)
        self.update()
        if expanded:
            self.session.select(self.index)
            self.opened.emit()

    def _make_details(self) -> EntrantDetails:
        return EntrantDetails(self.optimizer, self)

    def _refresh_details(self, details: EntrantDetails) -> None:
        value = self.session.value
        details.refresh(self.index, self.slot, value.entrants, value.steps, self.session.max_entrants)

    def _connect(self, details: EntrantDetails) -> None:
        details.hyperparameter_changed.connect(self._set)
        details.schedule_changed.connect(self._set_schedule)
        details.label_changed.connect(self._set_label)
        details.color_changed.connect(self._set_color)
        details.drag_ended.connect(self.session.end_drag)
        details.action.connect(self._act)

    # Showing.

    def refresh(self, index: int) -> None:
        """Show the entrant at a place of the document's value."""
        experiment = self.session.value
        self.index, self.entrant = index, experiment.entrants[index]
        entrant = self.entrant
        rate = entrant.learning_rate
        if rate != self.slider.knob_value:
            self.slider.set_value(rate)
        self.number.set_value(rate)
        handle = self.handle
        self.slot = slots_of(experiment.entrants)[index]
        handle.slot, handle.color, handle.hidden_line = self.slot, entrant.color, entrant.hidden
        self.eye.set_glyph("eye_off" if entrant.hidden else "eye")
        self.eye.setAccessibleName(self.tr("hidden") if entrant.hidden else self.tr("shown"))
        self.eye.setToolTip(
            look.tip(
                self.tr("Show it in the picture")
                if entrant.hidden
                else self.tr("Hide it in the picture; it races on")
            )
        )
        title = look.catalog(entrant.title) if not entrant.label else entrant.label
        if title != handle.name.text():
            handle.name.setText(title)
        handle.name.tint = "muted" if entrant.hidden else "ink"
        self.setAccessibleName(title)
        handle.setAccessibleName(title)
        if self.details is not None and self.expanded:
            self._refresh_details(self.details)
            self.details.set_frame(self._frame)
        self._show_status()
        handle.update()

    def set_lines(self, lines: tuple[Line, ...]) -> None:
        """Follow what the entrant did in the run on show, in both runs of a comparison, or in none."""
        self._lines = lines
        self._show_status()

    def set_frame(self, frame: int) -> None:
        self._frame = frame
        if self.details is not None and self.expanded:
            self.details.set_frame(frame)
        self._show_status()

    def set_name_width(self, wanted: int) -> None:
        """Give the name this width, or what the slider at its least leaves over."""
        beside = _BESIDE + (0 if self.why.isHidden() else _WHY)
        self.handle.set_width(max(min(wanted, self.width() - beside), 110))

    def set_selected(self, selected: bool) -> None:
        self.setProperty("selected", selected)
        self.update()

    def status_text(self) -> tuple[str, str, bool]:
        """Return the status in a few words, the reason, and whether it is bad news."""
        found = [self._status_of(line) for line in self._lines if len(line.loss)]
        if len(found) < 2:
            return found[0] if found else ("", "", False)
        # There is room for one number a side; how a run ended is said at length beside the pointer.
        values = [
            self.tr("diverged") if bad and line.status == "diverged" else self._loss(line)
            for line, (_, _, bad) in zip(self._lines, found, strict=True)
        ]
        whys = [
            self.tr("{side}: {text}").format(side=side_name(side), text=why or text)
            for side, (text, why, _) in zip(SIDES, found, strict=True)
            if any(reason for _, reason, _ in found)
        ]
        return " | ".join(values), "\n".join(whys), any(bad for _, _, bad in found)

    def _loss(self, line: Line) -> str:
        loss = float(line.loss[min(self._frame, len(line.loss) - 1)])
        return style.number(loss, 3, fixed=True)

    def _status_of(self, line: Line) -> tuple[str, str, bool]:
        why = ""
        done = self._frame >= line.stopped_at
        bad = line.status == "diverged" or (done and line.verdict.growing)
        if bad or done:
            verdict = line.verdict
            values = {k: QCoreApplication.translate("Verdict", v) for k, v in verdict.values.items()}
            why = QCoreApplication.translate("Verdict", verdict.template).format(**values)
        if done and line.status == "converged":
            return self.tr("converged at {0}").format(line.stopped_at), why, False
        if done and line.status == "diverged":
            return self.tr("diverged at {0}").format(line.stopped_at), why, True
        return self.tr("loss {0}").format(self._loss(line)), why, bad and done

    def _show_status(self) -> None:
        text, why, bad = self.status_text()
        status = self.handle.status
        status.setVisible(bool(text))  # the name alone stands in the middle
        tint = "danger" if bad else "muted"
        if text != status.text() or tint != status.tint:
            status.tint = tint
            status.setText(text)
        tip = look.tip(
            self.handle.name.text(),
            self.tr("The loss: before | after") if len(self._lines) > 1 else "",
            *(why.split("\n") if why else [look.catalog(OPTIMIZERS[self.optimizer].help)]),
            self.tr("Double-click opens it, dragging moves it"),
        )
        if tip != self.handle.toolTip():
            self.handle.setToolTip(tip)
            self.handle.setAccessibleDescription(why.replace("\n", " ") or text)
        if self.details is not None:
            self.details.show_why(why, bad)

    # A person's wishes, all of them edits of the session.

    def _change(self, text: str, merge: str = "", **changes: Any) -> None:
        self.session.select(self.index)
        key = f"entrant {self.index}.{merge}" if merge else ""
        try:
            self.session.change_entrant(self.index, text, key, **changes)
        except InputError:
            self.refresh(self.index)

    def _set(self, name: str, value: float) -> None:
        knob = next(knob for knob in OPTIMIZERS[self.optimizer].knobs if knob.name == name)
        typed = typed_value(knob, value)
        shown = number_text(value) if knob.kind != "bool" else self.tr("on") if value else self.tr("off")
        self._change(self.tr("{0} {1}").format(shown_name(name), shown), name, **{name: typed})

    def _set_schedule(self, setting: ScheduleSetting, text: str, merge: str) -> None:
        self._change(text, merge, schedule=setting)

    def _set_label(self, label: str) -> None:
        if label != self.entrant.label:
            self._change(self.tr("name"), label=label)

    def _set_color(self, color: str) -> None:
        # The others keep their looks when one takes a colour of the palette.
        entrants = pinned(self.session.value.entrants)
        entrants[self.index] = entrants[self.index].replace(color=color)
        self.session.select(self.index)
        self.session.change(self.tr("colour"), entrants=tuple(entrants))

    def _toggle_hidden(self) -> None:
        hidden = not self.entrant.hidden
        self._change(self.tr("hide") if hidden else self.tr("show"), hidden=hidden)

    def _act(self, name: str) -> None:
        if name == "reset":
            declared = OPTIMIZERS[self.optimizer]
            defaults = {knob.name: knob.default for knob in declared.knobs}
            self._change(self.tr("reset"), hyperparameters=defaults, schedule=ScheduleSetting())
        else:
            self.action.emit(name, self.index)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        alt = event.modifiers() & Qt.KeyboardModifier.AltModifier
        if alt and event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.action.emit("up" if event.key() == Qt.Key.Key_Up else "down", self.index)
        elif event.key() == Qt.Key.Key_Escape and self.expanded:
            self.set_expanded(False)
            self.handle.setFocus()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self.session.select(self.index)
        self.handle.setFocus(Qt.FocusReason.MouseFocusReason)
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.property("selected"):
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.mix(look.ground(), look.accent(), 0.09))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0, 0, 0, -1), look.RADIUS, look.RADIUS)
        else:
            painter.setPen(look.hairline())
            painter.drawLine(6, self.height() - 1, self.width() - 6, self.height() - 1)
        if self.handle.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.accent(), 1.5))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -2), look.RADIUS, look.RADIUS)
        painter.end()
