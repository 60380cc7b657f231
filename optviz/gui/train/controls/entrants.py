"""The entrants of a training: the same cards as in a race, and what is different for each."""

from __future__ import annotations

import math
from typing import cast

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from optviz.entrant import Entrant
from optviz.errors import InputError
from optviz.gui.controls import look
from optviz.gui.controls.entrant_card import EntrantCard
from optviz.gui.controls.entrant_details import EntrantDetails
from optviz.gui.controls.entrants import EntrantList
from optviz.gui.controls.picker import Pick
from optviz.gui.playback import Playback
from optviz.gui.train.controls.changes import ChangesForm
from optviz.gui.train.session import TrainSession
from optviz.gui.train.values import usual_rate
from optviz.optimizers import OPTIMIZERS
from optviz.render.style import number
from optviz.training.scene.names import names
from optviz.training.setting import Changes, TrainEntrant


def why_no_newton() -> str:
    """Return in a sentence why Newton's method trains no network here."""
    return QCoreApplication.translate(
        "Train", "it needs the Hessian of all weights, which for n weights has n² numbers."
    )


class TrainDetails(EntrantDetails):
    """The expanded part of a card, with what is different for the entrant."""

    def __init__(self, optimizer: str, parent: QWidget | None = None) -> None:
        super().__init__(optimizer, parent)
        self.changes = ChangesForm(self)
        column = cast(QVBoxLayout, self.layout())
        column.insertWidget(column.indexOf(self.schedule) + 1, self.changes)


class TrainCard(EntrantCard):
    """The controls of one entrant of a training."""

    session: TrainSession

    def _make_details(self) -> TrainDetails:
        return TrainDetails(self.optimizer, self)

    def _connect(self, details: EntrantDetails) -> None:
        super()._connect(details)
        changes = cast(TrainDetails, details).changes
        changes.changed.connect(self._set_changes)
        changes.drag_ended.connect(self.session.end_drag)

    def _refresh_details(self, details: EntrantDetails) -> None:
        training = self.session.training
        steps = training.steps_of(self.index)
        details.refresh(self.index, self.slot, training.entrants, steps, self.session.max_entrants)
        cast(TrainDetails, details).changes.refresh(self.index, training)

    def _set_changes(self, changes: Changes, text: str, merge: str) -> None:
        self.session.select(self.index)
        try:
            self.session.change_entrant(self.index, text, f"entrant {self.index}.{merge}", changes=changes)
        except InputError as error:
            self.refresh(self.index)
            self.session.failed.emit(str(error))

    def refresh(self, index: int) -> None:
        super().refresh(index)
        name = names(self.session.training)[index]
        entrant = self.entrant
        shown = name if name != entrant.title else look.catalog(name) if not entrant.label else name
        if shown != self.handle.name.text():
            self.handle.name.setText(shown)
        self.eye.setToolTip(
            look.tip(
                self.tr("Show it in the picture")
                if entrant.hidden
                else self.tr("Hide it in the picture; it trains all the same")
            )
        )

    def set_frame(self, frame: int) -> None:
        steps, all_steps = self.session.training.steps_of(self.index), self.session.training.steps
        super().set_frame(frame)
        if self.details is not None and self.expanded:
            self.details.set_frame(round(frame * steps / max(all_steps, 1)))

    def status_text(self) -> tuple[str, str, bool]:
        """Return how the entrant does at the frame shown, the reason, and whether it is bad news."""
        scene = self.session.scene
        if scene is None or not self.session.is_of_run(self.index):
            return "", "", False
        own, k = scene.record.entrants[self.index], self._frame
        if scene.lost_at(self.index, k):
            return self.tr("diverged"), own.why, True
        judged = scene.judgement_at(self.index, k)
        if judged is not None:
            return self.tr("test {0} %").format(f"{100 * judged.accuracy:.2f}"), "", False
        done = scene.steps_at(self.index, k)
        if not done:
            return "", "", False
        loss = float(scene.curve(self.index, "loss").mean[done - 1])
        text = self.tr("loss {0}").format(number(loss, 3, fixed=True)) if math.isfinite(loss) else ""
        return text, "", False

    def lock(self, locked: bool) -> None:
        """Let nothing be changed that is in use; hiding and the look of the line stay free."""
        own: list[QWidget] = [self.slider, self.number]
        for one in own:
            one.setEnabled(not locked)
        if self.details is not None:
            details = cast(TrainDetails, self.details)
            parts: list[QWidget] = [*details.rows.values(), details.schedule, details.changes]
            for part in (*parts, *details.buttons.values()):
                part.setEnabled(not locked)
            if not locked:
                self._refresh_details(details)

    def set_expanded(self, expanded: bool) -> None:
        super().set_expanded(expanded)
        self.lock(self.session.locked)


class TrainEntrants(EntrantList):
    """A card for each entrant of a training."""

    session: TrainSession

    def __init__(self, session: TrainSession, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(session, playback, parent)
        session.told.connect(self._show_frame_again)
        session.state_changed.connect(self._lock)
        session.changed.connect(self._show_frame_again)

    @staticmethod
    def picks() -> list[Pick]:
        # In a training all see the same batches: the one thing the catalog says otherwise.
        gd = QCoreApplication.translate("Train", "Steps downhill on the batch of each step, like SGD.")
        own = {"gd": gd}
        return [
            Pick(o.id, look.catalog(o.title), own.get(o.id) or look.catalog(o.help))
            for o in OPTIMIZERS
            if o.id != "newton"
        ]

    def absent(self) -> dict[str, str]:
        return {
            look.catalog(OPTIMIZERS["newton"].title): self.tr("Newton is not offered: {why}").format(
                why=why_no_newton()
            )
        }

    def refresh(self) -> None:
        super().refresh()
        self._lock()

    def _about_adding(self) -> str:
        return self.tr("Add an optimizer. Newton is not among them: {why}").format(why=why_no_newton())

    def _new_card(self, place: int) -> EntrantCard:
        card = TrainCard(self.session, place, self)
        card.action.connect(self._act)
        card.opened.connect(lambda card=card: self._reveal_soon(card))
        card.handle.dragged.connect(lambda at, card=card: self._show_drop(card, at))
        card.handle.dropped.connect(lambda at, card=card: self._drop_card(card, at))
        card.set_frame(self.playback.frame)
        return card

    def new_entrant(self, identifier: str, color: str) -> Entrant:
        rate = usual_rate(identifier)
        return TrainEntrant(identifier, hyperparameters={"learning_rate": rate}, color=color)

    def _show_lines(self) -> None:
        self._show_frame_again()

    def _show_frame_again(self) -> None:
        self._show_frame(self.playback.frame)

    def _lock(self) -> None:
        locked = self.session.locked
        self.add.setEnabled(not locked and len(self.cards) < self.session.max_entrants)
        for card in self.cards:
            cast(TrainCard, card).lock(locked)

    def _act(self, name: str, index: int) -> None:
        if not self.session.locked:
            super()._act(name, index)

    def reorder(self, index: int, to: int) -> None:
        if not self.session.locked:
            super().reorder(index, to)
