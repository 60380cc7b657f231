"""A page of the window: a document of its own with everything that shows, plays and changes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent, QShortcut
from PySide6.QtWidgets import QVBoxLayout, QWidget

from optviz.entrant import Entrant
from optviz.gui.banner import Banner
from optviz.gui.document import Document
from optviz.gui.playback import Playback
from optviz.gui.recent import Memory
from optviz.gui.splitter import HANDLE, Splitter
from optviz.gui.status import Status
from optviz.gui.transport import Transport

if TYPE_CHECKING:
    from optviz.gui.presenter.show import Show

_MOST_SIDE = 0.36  # of the width, for the column at the right after a resize


class Page(QWidget):
    """What one tab of the window shows: a picture, a column beside it, the transport below.

    A page is made with its session, `RacePage(session, actions, parent)`, then builds its parts as children
    of `splitter` and hands them to `_arrange`. Commands of the window (play, undo, save, export, …) go to
    the page that is shown.

    Parameters
    ----------
    session
        The page's own document; the page becomes its parent.
    actions
        The window's actions by name.

    Attributes
    ----------
    name
        The page's id: what settings and the window know it by.
    playback, status, transport, banner
        The page's own.
    side
        The column at the right.

    Signals
    -------
    painted()
        The picture has been painted with something in it.
    export_asked(str)
        A person wants to export one plot of the picture.
    """

    painted = Signal()
    export_asked = Signal(str)
    name = ""
    bar: QWidget | None = None  # its tools for the bar of the window
    has_camera = False  # whether there is a picture in three dimensions
    takes_apart = False  # whether one update can be told part by part

    def __init__(self, session: Document, actions: dict[str, QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session: Document = session
        session.setParent(self)
        self.playback = Playback(self)
        self.status: Status = self._make_status()
        self.splitter = Splitter(Qt.Orientation.Horizontal, self)
        self.transport = Transport(self.playback, actions, self)
        self.banner: Banner
        self.side: QWidget
        self._entered = False
        self._resumes = False
        self._from_start = True  # whether the next scene is to be seen from its first step, or from `_first`
        self._first, self._plays = 0, True
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        session.scene_changed.connect(self._follow_scene)
        session.waiting_changed.connect(self._follow_waiting)
        session.failed.connect(self._say_failed)
        session.file_changed.connect(self._hide_banner)
        self.status.changed.connect(self.transport.say)
        if "why" in actions:
            # Where the action is off its key would do nothing, and not say so.
            self._no_why = QShortcut(actions["why"].shortcut(), self, self._say_no_why)
            self._mind_why(actions["why"].isEnabled())
            actions["why"].enabledChanged.connect(self._mind_why)

    def _arrange(self, view: QWidget, side: QWidget, under_banner: QWidget | None = None) -> None:
        """Lay out the picture at the left and the column at the right; both are children of `splitter`.

        Messages lie over `under_banner`, over the whole of `view` where it is not given.
        """
        self.side = side
        for part in (view, side):
            self.splitter.addWidget(part)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        self._column.addWidget(self.splitter, 1)
        self._column.addWidget(self.transport)
        self.banner = self._make_banner(under_banner or view)
        self.transport.status.asked.connect(self.banner.show_note)

    # -------------------------------------------------------------- to be given by each page

    @classmethod
    def first_session(cls) -> Document:
        """Return a document with what the page shows when nothing was opened on it."""
        raise NotImplementedError

    @classmethod
    def session_of(cls, value: Any) -> Document:
        """Return a document of the page's kind with a value that belongs on it."""
        raise NotImplementedError

    def _make_banner(self, over: QWidget) -> Banner:
        """Return what messages are shown in."""
        return Banner(over)

    def _make_status(self) -> Status:
        """Return what says the line of news."""
        raise NotImplementedError

    def zoom(self, factor: float) -> None:
        """Make things in the picture `factor` times larger about its middle."""
        raise NotImplementedError

    def reset_view(self) -> None:
        """Show the whole picture again."""
        raise NotImplementedError

    def next_kind(self) -> None:
        """Go on to the next kind of picture: from above, in three dimensions, both."""

    def toggle_solid(self) -> None:
        """Show the picture in three dimensions, or as it was before."""

    def toggle_turntable(self) -> None:
        """Turn slowly around the picture, or stop."""

    def set_camera_key(self) -> None:
        """Have a film look from here at the frame shown."""

    def toggle_step_by_step(self) -> None:
        """Take the update of the selected entrant apart, or go back to the curves."""

    def toggle_why(self) -> None:
        """Say why the selected entrant went the way it went, or close what says so."""

    def _mind_why(self, told: bool) -> None:
        self._no_why.setEnabled(not told)

    def _say_no_why(self) -> None:
        self.banner.show_note(self.tr("Why? explains the optimizers of a race: open the page “Race” first."))

    def export_numbers(self) -> None:
        """Write what was measured along the path of the selected entrant to a file."""

    def take_entrants(self, entrants: Sequence[Entrant], title: str = "") -> None:
        """Go on with the entrants of another page, called `title`."""

    def start_or_pause(self) -> None:
        """Start what the page runs, pause it, or go on with it."""

    def stop(self) -> None:
        """Stop what the page runs."""

    def toggle(self) -> None:
        """Play or pause."""
        self.playback.toggle()

    def show_of(self) -> Show:
        """Return what the presenter shows of this page."""
        from optviz.gui.presenter.show import PageShow

        return PageShow(self)

    def focus_view(self) -> None:
        """Give the keyboard to the picture."""
        raise NotImplementedError

    def parts(self) -> Iterable[tuple[str, Splitter]]:
        """Return the splitters whose places are remembered, by name."""
        return (("splitter", self.splitter),)

    # -------------------------------------------------------------- following

    def _follow_scene(self, scene: Any) -> None:
        self.banner.put_right()
        last = self.last_frame(scene)
        self.playback.set_last(last)
        self.transport.set_last(last)
        if self._from_start:
            self._from_start = False
            self.playback.seek(self._first)
            if not self._plays:
                self.playback.pause()
                self._resumes = False
            elif self._entered:
                self.playback.play()
            else:
                self._resumes = True

    def _follow_waiting(self, waiting: bool) -> None:
        # What is on the screen belongs to something else: it stands still and is greyed out.
        self.playback.held = waiting
        self.transport.set_stale(waiting)

    def _say_failed(self, text: str) -> None:
        self.banner.show_error(text, passing=True)

    def _hide_banner(self) -> None:
        self.banner.hide()

    def last_frame(self, scene: Any) -> int:
        """Return the number of the last frame the playback goes to."""
        return int(scene.last)

    def show_from_start(self, frame: int = 0, plays: bool = True) -> None:
        """See what has been opened from its first step, or from a frame on, and play it unless it stands."""
        self._from_start, self._first, self._plays = True, frame, plays
        self.playback.seek(0)

    # -------------------------------------------------------------- coming and going

    def enter(self) -> None:
        """The page is shown now: compute what is missing and play on."""
        self._entered = True
        if self.session.scene is None and not self.session.waiting:
            self.session.compute()
        if self._resumes:
            self._resumes = False
            self.playback.play()
        self.transport.refresh()

    def leave(self) -> None:
        """Another page is shown now: hold the clock."""
        self._entered = False
        self._resumes = self.playback.playing
        self.playback.pause()

    def put_away(self) -> None:
        """Close what lies open over the picture, which stands still: something else is looked at now."""

    def close_down(self) -> None:
        """End whatever runs; the window is about to close."""
        self.playback.pause()
        self.session.close()

    def follow_theme(self) -> None:
        """Redraw what is a picture in the colours in force."""
        self.transport.follow_theme()

    # -------------------------------------------------------------- panels and places

    @property
    def panels_shown(self) -> bool:
        return not self.side.isHidden()

    def show_panels(self, shown: bool) -> None:
        """Show or hide the column at the right."""
        self.side.setVisible(shown)
        if not shown:
            self.focus_view()

    def save_state(self, memory: Memory) -> None:
        """Remember where the splitters are."""
        for name, splitter in self.parts():
            memory.set(f"{self.name}/{name}", splitter.saveState())
        memory.set(f"{self.name}/panels", self.panels_shown)

    def restore_state(self, memory: Memory) -> None:
        """Put the splitters where they were; the page has its size already."""
        for name, splitter in self.parts():
            state = memory.get(f"{self.name}/{name}")
            if isinstance(state, QByteArray):
                splitter.restoreState(state)
            splitter.setHandleWidth(HANDLE)
        self.side.setVisible(memory.flag(f"{self.name}/panels", True))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        # A column made for a large window must not crowd the picture out of a small one.
        most = round(_MOST_SIDE * self.width())
        if self.panels_shown and self.splitter.count() == 2 and self.splitter.sizes()[1] > most:
            self.splitter.setSizes([self.width() - most - HANDLE, most])
