"""The list of entrants and the button that adds one."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from optviz.entrant import Entrant
from optviz.gui.controls import look
from optviz.gui.controls.entrant_card import EntrantCard
from optviz.gui.controls.identity import copy_name, free_color, pinned
from optviz.gui.controls.picker import Pick, Picker
from optviz.gui.controls.suggest import suggest
from optviz.gui.document import Document
from optviz.gui.playback import Playback
from optviz.gui.session import Session
from optviz.optimizers import OPTIMIZERS


class _DropLine(QWidget):
    """Where a dragged card will land."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setPen(QPen(look.accent(), 2))
        painter.drawLine(4, 1, self.width() - 4, 1)
        painter.end()


def _alike(one: Entrant, other: Entrant) -> bool:
    """Return whether two entrants differ in nothing but the colour."""
    return one.replace(color=None) == other.replace(color=None)


class EntrantList(QWidget):
    """A card for each entrant, in the document's order.

    Signals
    -------
    reveal(QWidget)
        This part should be scrolled into sight.
    why_asked(int)
        A person asks why the entrant at a place went the way it went.
    """

    reveal = Signal(QWidget)
    why_asked = Signal(int)

    def __init__(self, session: Document, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.playback = session, playback
        self.cards: list[EntrantCard] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 4, 8, 4)
        self._column.setSpacing(0)
        self.add = look.FlatButton(self.tr("add optimizer"), "", "add", self)
        self.add.setFont(look.sized(self.font(), 13))
        self.add.show_text(self.tr("add optimizer"))
        self.add.clicked.connect(self.open_picker)
        self._column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        self._column.addStretch(1)
        self._drop = _DropLine(self)
        self._drop.setFixedHeight(3)
        self._drop.hide()
        picks = self.picks()
        self.picker = Picker(picks, self.tr("Search {0} optimizers").format(len(picks)), self, self.absent())
        self.picker.picked.connect(self.add_optimizer)
        session.changed.connect(self.refresh)
        session.scene_changed.connect(self._show_lines)
        session.selected_changed.connect(self._show_selected)
        session.unfolded = self._unfolded
        session.waiting_changed.connect(self._show_lines)
        playback.frame_changed.connect(self._show_frame)
        self.refresh()
        self._show_lines()

    @staticmethod
    def picks() -> list[Pick]:
        """Return what can be added."""
        return [Pick(o.id, look.catalog(o.title), look.catalog(o.help)) for o in OPTIMIZERS]

    def absent(self) -> dict[str, str]:
        """Return what cannot be added though somebody may look for it, and why."""
        return {}

    # Showing.

    def refresh(self) -> None:
        """Show the session's entrants; a card goes along with its entrant where it is moved."""
        entrants = self.session.value.entrants
        left = list(self.cards)
        chosen: list[EntrantCard | None] = [None] * len(entrants)
        for place, entrant in enumerate(entrants):
            same = next((card for card in left if card.entrant is entrant), None)
            if same is not None:
                chosen[place] = same
                left.remove(same)
        # Colours are written down when the list is changed; such an entrant is still the same one.
        for place, entrant in enumerate(entrants):
            if chosen[place] is None:
                alike = next((card for card in left if _alike(card.entrant, entrant)), None)
                if alike is not None:
                    chosen[place] = alike
                    left.remove(alike)
        for place, entrant in enumerate(entrants):
            old = self.cards[place] if place < len(self.cards) else None
            if (
                chosen[place] is None
                and old in left
                and old is not None
                and old.optimizer == entrant.optimizer
            ):
                chosen[place] = old
                left.remove(old)
        moved = chosen != self.cards
        self.cards = [card or self._new_card(place) for place, card in enumerate(chosen)]
        for card in left:
            self._column.removeWidget(card)
            card.hide()
            card.deleteLater()
        previous: QWidget | None = None
        for place, card in enumerate(self.cards):
            if self._column.indexOf(card) != place:
                self._column.insertWidget(place, card)
            card.refresh(place)
            if moved:
                card.set_lines(())
                if previous is not None:
                    QWidget.setTabOrder(previous, card.handle)
                previous = self._order_tabs(card)
        if moved and previous is not None:
            QWidget.setTabOrder(previous, self.add)
        full = len(entrants) >= self.session.max_entrants
        self.add.setEnabled(not full)
        self.add.setToolTip(
            look.tip(
                self.tr("There can be {0} entrants at most").format(self.session.max_entrants)
                if full
                else self._about_adding()
            )
        )
        self._share_width()
        self._show_selected(self.session.selected)

    def _about_adding(self) -> str:
        return self.tr("Add an optimizer with a learning rate that suits this surface")

    def _share_width(self) -> None:
        """Give all names the width the longest one needs, as far as the sliders can spare it."""
        wanted = max((card.handle.wanted_width() for card in self.cards), default=0)
        margins = self._column.contentsMargins()
        for card in self.cards:
            card.resize(self.width() - margins.left() - margins.right(), card.height())
            card.set_name_width(wanted)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._share_width()

    @staticmethod
    def _order_tabs(card: EntrantCard) -> QWidget:
        order: list[QWidget] = [card.handle, card.slider, card.number, card.why, card.eye, card.more]
        for first, second in pairwise(order):
            QWidget.setTabOrder(first, second)
        return card.more

    def _new_card(self, place: int) -> EntrantCard:
        card = EntrantCard(self.session, place, self)
        card.action.connect(self._act)
        card.opened.connect(lambda card=card: self._reveal_soon(card))
        card.handle.dragged.connect(lambda at, card=card: self._show_drop(card, at))
        card.handle.dropped.connect(lambda at, card=card: self._drop_card(card, at))
        card.set_frame(self.playback.frame)
        return card

    def _show_lines(self) -> None:
        """Let each card follow what its entrant did, on both sides of a comparison."""
        session = self.session
        sides = session.sides_shown if isinstance(session, Session) and not session.waiting else {}
        fits = all(len(scene.lines) == len(self.cards) for scene in sides.values())
        for place, card in enumerate(self.cards):
            card.set_lines(tuple(scene.lines[place] for scene in sides.values()) if fits else ())

    def _show_frame(self, frame: int) -> None:
        for card in self.cards:
            card.set_frame(frame)

    def _show_selected(self, index: int) -> None:
        for place, card in enumerate(self.cards):
            card.set_selected(place == index)

    def _unfolded(self) -> int:
        """Return the place of the card that is open, else of the first."""
        return next((place for place, card in enumerate(self.cards) if card.expanded), 0)

    def _reveal_soon(self, card: EntrantCard) -> None:
        # Its place and height are known once the layout has run.
        QTimer.singleShot(0, card, lambda: self.reveal.emit(card))

    # A person's wishes.

    def open_picker(self) -> None:
        """Open the list of optimizers."""
        self.picker.open_under(self.add)

    def add_optimizer(self, identifier: str) -> None:
        """Add an entrant with a learning rate that suits, after the others."""
        entrants = self.session.value.entrants
        if len(entrants) >= self.session.max_entrants:
            return
        entrant = self.new_entrant(identifier, free_color(entrants))
        text = self.tr("add {0}").format(look.catalog(entrant.title))
        self.session.set_entrants([*pinned(entrants), entrant], text, len(entrants))
        self._reveal_soon(self.cards[-1])

    def new_entrant(self, identifier: str, color: str) -> Entrant:
        """Return an entrant to be added, its learning rate one that suits the surface."""
        scene = self.session.scene
        problem = scene.problem if scene is not None else None
        rate = suggest(self.session.value, OPTIMIZERS[identifier], problem)
        return Entrant(identifier, hyperparameters={"learning_rate": rate}, color=color)

    def reorder(self, index: int, to: int) -> None:
        """Move an entrant to another place."""
        entrants = pinned(self.session.value.entrants)
        if 0 <= to < len(entrants) and to != index:
            entrants.insert(to, entrants.pop(index))
            self.session.set_entrants(entrants, self.tr("move"), to)
            self._reveal_soon(self.cards[to])

    def _act(self, name: str, index: int) -> None:
        before = self.session.value.entrants
        entrants = pinned(before)
        if name == "up":
            self.reorder(index, index - 1)
        elif name == "down":
            self.reorder(index, index + 1)
        elif name == "why":
            self.why_asked.emit(index)
        elif name == "step_by_step":
            view = self.session.value.view
            chosen = None if view.step_by_step == index else index
            self.session.set_view(replace(view, step_by_step=chosen))
        elif name == "remove" and len(entrants) > 1:
            gone = entrants.pop(index)
            self.session.set_entrants(entrants, self.tr("remove {0}").format(look.catalog(gone.title)), index)
        elif name == "duplicate" and len(entrants) < self.session.max_entrants:
            titles = [entrant.title for entrant in before]
            copy = entrants[index].replace(color=free_color(before), label=copy_name(titles[index], titles))
            entrants.insert(index + 1, copy)
            self.session.set_entrants(
                entrants, self.tr("duplicate {0}").format(look.catalog(titles[index])), index + 1
            )
            self._reveal_soon(self.cards[index + 1])

    def _place_at(self, at: QPoint) -> int:
        """Return between which cards a global position lies: 0 before the first."""
        y = self.mapFromGlobal(at).y()
        return sum(1 for card in self.cards if y > card.y() + card.height() / 2)

    def _show_drop(self, card: EntrantCard, at: QPoint) -> None:
        place = self._place_at(at)
        after = self.cards[place - 1] if place else None
        top = after.y() + after.height() - 2 if after is not None else self.cards[0].y() - 1
        self._drop.setGeometry(8, top, self.width() - 16, 3)
        self._drop.raise_()
        self._drop.show()
        near = self.cards[min(place, len(self.cards) - 1)]
        self.reveal.emit(near)

    def _drop_card(self, card: EntrantCard, at: QPoint) -> None:
        self._drop.hide()
        place = self._place_at(at)
        self.reorder(card.index, place - 1 if place > card.index else place)
