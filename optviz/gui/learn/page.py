"""The Learn page: a lesson, step by step."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import QApplication, QStackedWidget, QWidget

from optviz import resources
from optviz.entrant import Entrant
from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.gui.learn.column import WIDTH, LearnColumn
from optviz.gui.learn.drafts import Draft
from optviz.gui.learn.editor.column import EditColumn
from optviz.gui.learn.ending import Ending
from optviz.gui.learn.keys import PageKeys
from optviz.gui.learn.library import Library
from optviz.gui.learn.picture import LearnPicture
from optviz.gui.learn.records import Records
from optviz.gui.learn.session import LessonSession
from optviz.gui.learn.status import LearnStatus
from optviz.gui.page import Page
from optviz.gui.recent import Memory
from optviz.gui.splitter import HANDLE
from optviz.lesson import Lesson, LessonStep

if TYPE_CHECKING:
    from optviz.gui.presenter.show import Show

_SHARE, _EDIT_SHARE, _WIDEST = 0.31, 0.355, 560  # of the window, for the column where there is room


class LearnPage(Page):
    """The picture of a step, what is said and asked beside it; the list of lessons when none is open.

    Signals
    -------
    lesson_chosen(Path)
        A person picked a lesson that comes with optviz.
    open_asked()
        A person wants to open a file.
    experiment_taken(Experiment)
        A person wants a step's experiment on its own page.
    experiment_wanted(str)
        A person wants the experiment of another page for a step.
    """

    name = "learn"
    session: LessonSession
    lesson_chosen = Signal(object)
    open_asked = Signal()
    experiment_taken = Signal(object)
    experiment_wanted = Signal(str)

    def __init__(
        self, session: LessonSession, actions: dict[str, QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(session, actions, parent)
        self.playback.loop = False
        self.transport.count_in(
            self._count,
            self.tr("Step shown"),
            self.tr("Drag to move through what this step of the lesson shows"),
        )
        self._by_hand = False  # whether somebody has moved the line between picture and column
        self.splitter.splitterMoved.connect(self._moved_by_hand)
        self.picture = LearnPicture(session, self.playback, self.splitter)
        self.column = LearnColumn(session, self.splitter)
        self.right = QStackedWidget(self.splitter)
        self.right.addWidget(self.column)
        self.editor: EditColumn | None = None  # made when it is first wanted
        self._arrange(self.picture, self.right)
        self.library = Library(self)
        self._column.insertWidget(0, self.library, 1)
        self.picture.painted.connect(self.painted)
        self.status.progress_changed.connect(self.picture.say_progress)
        self.library.painted.connect(self.painted)
        self.library.chosen.connect(self.lesson_chosen)
        self.library.open_asked.connect(self.open_asked)
        self.library.new_asked.connect(self.begin_new)
        self.library.go_on_asked.connect(lambda: session.set_home(False))
        self.records = Records()
        for signal in (session.step_changed, session.finished_changed):
            signal.connect(lambda _: self.records.note(session))
        self.column.home_asked.connect(lambda: session.set_home(True))
        self.column.taken.connect(self._take_step)
        self.column.edit_asked.connect(lambda: self.edit(True))
        session.step_changed.connect(self._follow_step)
        session.draft_wanted.connect(self._show_draft)
        session.drafts.changed.connect(self._put_right)
        self._held_up = False  # whether a message says what could not be taken
        session.home_changed.connect(self._show_home)
        for keys, way in (("PgDown", 1), ("PgUp", -1)):
            # A clicker's keys, whatever has the keyboard, or nothing: all it takes is that the page is seen.
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
            shortcut.activated.connect(lambda way=way: self.turn(way))
        PageKeys(self, self.turn)
        self.column.next_asked.connect(lambda: self.turn(1))
        self.column.previous_asked.connect(lambda: self.turn(-1))
        self.ending = Ending(session, self.right)
        self.right.addWidget(self.ending)
        self.ending.home_asked.connect(lambda: session.set_home(True))
        self.ending.back_asked.connect(lambda: self.turn(-1))
        session.finished_changed.connect(self._show_side)
        self._follow_step()
        self._show_home(session.home)

    @classmethod
    def first_session(cls) -> LessonSession:
        session = LessonSession(first_lesson())
        session.home, session.chosen = True, False
        return session

    @classmethod
    def session_of(cls, value: Lesson) -> LessonSession:
        return LessonSession(value)

    def _make_status(self) -> LearnStatus:
        return LearnStatus(self.session, self.playback, self)

    def show_of(self) -> Show:
        from optviz.gui.presenter.lesson_show import LessonShow

        self.session.set_home(False)  # of the list itself there is nothing to be presented
        return LessonShow(self)

    # -------------------------------------------------------------- following

    def last_frame(self, scene: Any) -> int:
        # What is asked about is not shown before it is answered.
        return self.session.step.first if self.session.asking else self.session.step.last

    def _count(self, step: int, last: int) -> str:
        # Of the race, as the picture says it, though a part of it may be all that plays.
        scene = self.session.scene
        whole = last if scene is None else max(last, int(scene.last))
        return self.tr("step {step} of {last}").format(step=step, last=whole)

    def _follow_step(self) -> None:
        step = self.session.step
        self.playback.pause()
        self.playback.set_speed(step.speed)
        asking = self.session.asking
        revealed = step.ask is not None and not asking
        plays = (step.plays or revealed) and not asking
        self.show_from_start(step.first if asking or revealed else step.opening_frame, plays)

    def show_from_start(self, frame: int = 0, plays: bool = True) -> None:
        self._from_start, self._first, self._plays = True, frame, plays

    def _follow_scene(self, scene: Any) -> None:
        first = self._from_start
        super()._follow_scene(scene)
        if first and self.session.step.moves and self._entered and not self.session.asking:
            self.session.start_moving()
        self.status.refresh()

    def toggle(self) -> None:
        """Play or pause; from the step's own beginning when its end is reached."""
        playback, step = self.playback, self.session.step
        if not playback.playing and playback.frame >= playback.last:
            playback.seek(step.first)
        playback.toggle()

    def turn(self, way: int) -> None:
        """Go to the next step (1) or the one before (-1); after the last comes the end of the lesson."""
        session = self.session
        if session.home:
            return
        if session.finished:
            if way < 0:
                session.go(session.index)
        elif way > 0 and session.index == len(session.lesson.steps) - 1 and not session.editing:
            session.finish()
        else:
            session.go(session.index + way)

    def _show_side(self) -> None:
        """Show the step in words, its editor, or the end."""
        session, held = self.session, self.right.isAncestorOf(QApplication.focusWidget() or self)
        shown: QWidget = self.ending if session.finished else self.column
        if session.editing and self.editor is not None:
            shown = self.editor
        self.right.setCurrentWidget(shown)
        if session.finished:
            self.playback.pause()
            session.stop_moving()
        if held and not session.editing:
            first = self.ending.again if session.finished else self.column.next
            first.setFocus(Qt.FocusReason.OtherFocusReason)

    def _take_step(self) -> None:
        experiment = self.session.experiment
        self.experiment_taken.emit(experiment)

    def begin_new(self) -> None:
        """Begin a lesson of one's own."""
        self.session.begin(new_lesson(), self.tr("new lesson"))
        self.edit(True)

    def edit(self, editing: bool) -> None:
        """Write the lesson, or go through it."""
        if editing and self.editor is None:
            self.editor = EditColumn(self.session, self.right)
            self.editor.done.connect(lambda: self.edit(False))
            self.editor.wanted.connect(self.experiment_wanted)
            self.right.addWidget(self.editor)
        self.session.set_home(False)
        self.session.set_editing(editing)
        self._show_side()
        self._fit_side()
        if editing and self.editor is not None:
            self.editor.refresh()
            self.editor.text.title.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_draft(self, draft: Draft) -> None:
        """Go to what was typed and could not be taken."""
        self._held_up = True
        if not self.session.editing or self.session.home:
            self.edit(True)
        if self.editor is not None:
            self.editor.show_draft(draft)

    def _put_right(self) -> None:
        """Take away what was said of something that could not be taken, once it could."""
        if self._held_up and not self.session.drafts.within(self.session.lesson):
            self._held_up = False
            self.banner.hide()

    def take_experiment(self, experiment: Experiment) -> None:
        """Show an experiment of another page in the step that is being written."""
        if self.editor is not None:
            self.editor.take(experiment)

    def take_entrants(self, entrants: Sequence[Entrant], title: str = "") -> None:
        """A lesson has its own entrants."""

    # -------------------------------------------------------------- the list of lessons

    def _show_home(self, home: bool) -> None:
        self.library.setVisible(home)
        self.splitter.setVisible(not home)
        self.transport.setVisible(not home)
        if home:
            self.playback.pause()
            self.library.follow(self.session, self.records)
            self.library.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self._fit_side()
        if self._entered and self.session.scene is None and not self.session.waiting:
            self.session.compute()

    # -------------------------------------------------------------- coming and going

    def enter(self) -> None:
        if self.session.home:  # nothing runs behind the list of lessons
            self._entered = True
            self.transport.refresh()
            return
        super().enter()
        if self.session.step.moves and self.session.share < 1.0 and self.session.scene is not None:
            self.session.start_moving()

    def leave(self) -> None:
        self.session.stop_moving()
        super().leave()

    def close_down(self) -> None:
        if self.editor is not None:
            self.editor.question.answer_told.close_down()
        super().close_down()

    def zoom(self, factor: float) -> None:
        """The picture is as the lesson has it."""

    def reset_view(self) -> None:
        """The picture is as the lesson has it."""

    def focus_view(self) -> None:
        target = self.library if self.session.home else self.picture
        target.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fit_side(self) -> None:
        """Give the column its share of the window, unless a person has moved the line."""
        if not self._by_hand and self.panels_shown:
            share = _EDIT_SHARE if self.session.editing else _SHARE
            side = max(WIDTH, min(round(share * self.width()), _WIDEST))
            self.splitter.setSizes([self.width() - side - HANDLE, side])

    def _moved_by_hand(self) -> None:
        self._by_hand = True

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit_side()

    def save_state(self, memory: Memory) -> None:
        super().save_state(memory)
        self.records.note(self.session)
        self.records.save(memory)
        memory.set(f"{self.name}/by_hand", self._by_hand)

    def restore_state(self, memory: Memory) -> None:
        super().restore_state(memory)
        self.records.restore(memory)
        self.library.follow(self.session, self.records)
        self._by_hand = memory.flag(f"{self.name}/by_hand", False)
        self._fit_side()


def first_lesson() -> Lesson:
    """Return the lesson that is there before one is chosen: the first that comes with optviz."""
    for path in resources.lessons():
        with contextlib.suppress(InputError):
            return Lesson.load(path)
    return new_lesson()


def new_lesson() -> Lesson:
    """Return the beginning of a lesson."""
    experiment = Experiment(
        surface="ellipse", entrants=(Entrant("gd", hyperparameters={"learning_rate": 0.05}),), steps=120
    )
    step = LessonStep("First step", experiment, "Say here what is shown, and what to look for.")
    return Lesson("A lesson of my own", (step,))
