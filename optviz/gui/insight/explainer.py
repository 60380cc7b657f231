"""Opens the bubble that says why an entrant went the way it went, and keeps it up to date."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QWidget

from optviz.gui.background import Background
from optviz.gui.controls.entrant_card import EntrantCard
from optviz.gui.controls.entrants import EntrantList
from optviz.gui.insight.numbers import NumbersFile
from optviz.gui.insight.why_bubble import WIDTH, WhyBubble
from optviz.gui.playback import Playback
from optviz.gui.session import Session
from optviz.insight import why
from optviz.problem import Stop

_SETTLE = 40  # ms in which further edits are waited for
_AT_ONCE = 50_000  # steps of all entrants up to which nobody notices the computing
_GAP = 6  # pixels between bubble and column


class Explainer(QObject):
    """The bubble of a race: at most one is open, for the entrant that was asked about.

    Attributes
    ----------
    bubble
        The one that is open; None where none is.
    """

    def __init__(
        self, session: Session, playback: Playback, entrants: EntrantList, numbers: NumbersFile, over: QWidget
    ) -> None:
        super().__init__(over)
        self.session, self.playback, self.entrants = session, playback, entrants
        self.numbers, self._over = numbers, over
        self.bubble: WhyBubble | None = None
        self._card: EntrantCard | None = None
        self._watched: list[QWidget] = []
        self._before: QWidget | None = None
        self._shortcut: QShortcut | None = None
        self._background: Background | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLE)
        self._timer.timeout.connect(self.refresh)
        session.scene_changed.connect(self._follow)
        session.file_changed.connect(self._follow_file)
        session.changed.connect(self._follow_cards)

    # -------------------------------------------------------------- opening and closing

    @property
    def entrant(self) -> int | None:
        """Who is explained, by place; None for nobody."""
        return self._card.index if self._card is not None else None

    def toggle(self, entrant: int) -> None:
        """Explain an entrant; where that one is explained already, close."""
        if self.entrant == entrant:
            self.close()
        elif 0 <= entrant < len(self.entrants.cards):
            self.open(entrant)

    def open(self, entrant: int) -> None:
        """Explain an entrant."""
        self.close()
        self._card = self.entrants.cards[entrant]
        self._before = QApplication.focusWidget()
        bubble = self.bubble = WhyBubble(self._over)
        bubble.closed.connect(self.close)
        bubble.step_asked.connect(self._seek)
        bubble.copy_asked.connect(lambda: QGuiApplication.clipboard().setText(bubble.text))
        bubble.numbers_asked.connect(lambda: self.numbers.ask(self.entrant or 0))
        self._shortcut = QShortcut(QKeySequence(Qt.Key.Key_Escape), self._over, self.close)
        self._watch()
        self.refresh()
        bubble.show()
        bubble.raise_()
        bubble.rows[0].setFocus(Qt.FocusReason.TabFocusReason)

    def close(self) -> None:
        """Close the bubble; the keyboard goes back to where it was."""
        bubble, self.bubble = self.bubble, None
        if bubble is None:
            return
        for widget in self._watched:
            widget.removeEventFilter(self)
        held = bubble.isAncestorOf(QApplication.focusWidget() or self._over)
        self._watched, card, self._card = [], self._card, None
        if self._shortcut is not None:
            self._shortcut.setEnabled(False)
            self._shortcut.deleteLater()
            self._shortcut = None
        bubble.hide()
        bubble.deleteLater()
        before, self._before = self._before, None
        if held and before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        elif held and card is not None:
            card.handle.setFocus(Qt.FocusReason.OtherFocusReason)

    def close_down(self) -> None:
        """End whatever runs behind the window."""
        self.close()
        if self._background is not None:
            self._background.close()

    def _seek(self, step: int) -> None:
        self.playback.pause()
        self.playback.seek(min(step, self.playback.last))

    # -------------------------------------------------------------- following

    def _follow(self) -> None:
        if self.bubble is not None and not self._timer.isActive():
            self._timer.start()

    def _follow_file(self) -> None:
        scene = self.session.scene
        if scene is None or scene.experiment != self.session.experiment:  # another one was opened
            self.close()

    def _follow_cards(self) -> None:
        if self._card is not None and self._card not in self.entrants.cards:
            self.close()

    def refresh(self) -> None:
        """Say what is so now."""
        scene, entrant, bubble = self.session.scene, self.entrant, self.bubble
        if bubble is None or entrant is None or scene is None or self.session.waiting:
            return
        if entrant >= len(scene.lines):
            return  # the scene of the new entrant is to come
        line = scene.lines[entrant]
        bubble.show_line(line, line.index, line.color)
        experiment, run, problem = scene.experiment, scene.run, scene.problem
        if problem.slow or sum(other.stopped_at for other in scene.lines) > _AT_ONCE:
            bubble.show_sentences(())
            self._place()

            def job(stop: Stop) -> Iterator[Any]:
                yield bubble, why(experiment, run, entrant, problem)

            self._behind().start(job)
            return
        bubble.show_sentences(why(experiment, run, entrant, problem))
        self._place()

    def _behind(self) -> Background:
        if self._background is None:
            self._background = Background(self)
            self._background.delivered.connect(self._deliver)
        return self._background

    def _deliver(self, value: Any) -> None:
        bubble, sentences = value
        if bubble is self.bubble and self.bubble is not None:
            self.bubble.show_sentences(sentences)
            self._place()

    # -------------------------------------------------------------- its place

    def _watch(self) -> None:
        """Follow the card wherever a layout, a scroll bar or a window takes it."""
        widget: QWidget | None = self._card
        while widget is not None:
            widget.installEventFilter(self)
            self._watched.append(widget)
            if widget is self._over:
                return
            widget = widget.parentWidget()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() in (QEvent.Type.Move, QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.Hide):
            QTimer.singleShot(0, self, self._place)
        return False

    def _place(self) -> None:
        """Stand beside the card, within the page."""
        bubble, card, over = self.bubble, self._card, self._over
        if bubble is None or card is None:
            return
        beside = card.isVisible()
        column = card.mapTo(over, QPoint(0, 0)) if beside else QPoint(over.width(), 0)
        middle = column.y() + card.handle.height() / 2
        left = max(4, column.x() - WIDTH - _GAP)
        top = max(4, min(round(middle - 32), over.height() - bubble.height() - 4))
        bubble.tip = middle - top if beside and top - 8 < middle < top + bubble.height() + 8 else None
        bubble.move(left, top)
        bubble.update()
