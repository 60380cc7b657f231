"""A document: one frozen value that a page shows and a person edits, with its history and its file.

Every edit makes a new value, one signal tells, everything on the page follows. Nothing writes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from optviz import atomic
from optviz.entrant import Entrant
from optviz.errors import InputError
from optviz.opening import Opened, read


class _Edit(QUndoCommand):
    """One step back: the value before and after."""

    def __init__(self, document: Document, after: Any, text: str, merge: str) -> None:
        super().__init__(text)
        self._document, self._before, self._after, self._merge = document, document.value, after, merge

    def id(self) -> int:
        return 1 if self._merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:  # noqa: N802 - Qt's name
        if not isinstance(other, _Edit) or other._merge != self._merge or self._document.drag_ended:
            return False
        self._after = other._after
        self.setText(other.text())
        return True

    def undo(self) -> None:
        self._document._show(self._before)

    def redo(self) -> None:
        self._document._show(self._after)


class _Open(QUndoCommand):
    """One step back over opening: the values, their files and what was run of them, before and after."""

    def __init__(
        self, document: Document, after: Any, path: Path | None, run: Any, text: str, saved: bool
    ) -> None:
        super().__init__(text or document.name_of(after))
        self._document, self._after = document, (after, path, run)
        self._before = (document.value, document.path, None)
        self._saved = not document.unsaved, saved  # before, after

    def undo(self) -> None:
        document = self._document
        value, path, _ = self._after
        self._after = (value, path, document.run())
        document._enter(*self._before)
        document._is_saved = self._saved[0]

    def redo(self) -> None:
        document = self._document
        value, path, _ = self._before
        self._before = (value, path, document.run())
        if self._saved[1] and not self._saved[0]:
            document.left = (value, path)
        document._enter(*self._after)
        document._is_saved = self._saved[1]


class Document(QObject):
    """Holds the current value of a page, a frozen one with entrants and a view, and its history.

    Signals
    -------
    changed(value)
        At once after each edit; forms follow it.
    scene_changed(scene)
        What is drawn of the value is another; pictures follow it.
    failed(str)
        Something was refused; what was there stays.
    selected_changed(int)
        Another entrant is selected (-1: none).
    file_changed(), saved_changed(bool)
        The file's name, or whether there is something unsaved, changed.
    waiting_changed(bool)
        Whether the scene is not yet that of the current value.
    progress_changed(str)
        What is under way behind the window; empty when nothing is.

    Attributes
    ----------
    value
        The current experiment, or the current training.
    path
        Its file, if it has one.
    left
        Unsaved work that was left for another file, and its file.
    unfolded
        Returns the entrant whose card is open, else the first; set by the column of the cards.
    exported
        Where the value came out of an exported file: how that was exported; the export dialog starts from it.
    """

    changed = Signal(object)
    scene_changed = Signal(object)
    failed = Signal(str)
    selected_changed = Signal(int)
    file_changed = Signal()
    saved_changed = Signal(bool)
    waiting_changed = Signal(bool)
    progress_changed = Signal(str)

    max_entrants = 0  # given by each kind
    takes_apart = False  # whether one update of an entrant can be told part by part

    def __init__(self, value: Any, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.value: Any = value
        self.scene: Any = None
        self.selected = 0
        self.path: Path | None = None
        self.left: tuple[Any, Path | None] | None = None
        self.exported: Mapping[str, Any] | None = None
        self.unfolded: Callable[[], int] = lambda: 0
        self.drag_ended = False
        self.waiting = False
        self.undo_stack = QUndoStack(self)
        self.undo_stack.cleanChanged.connect(self._follow_clean)
        self.undo_stack.indexChanged.connect(self._follow_index)
        self._is_saved = False  # what the history has just gone to is as it is in its file

    # -------------------------------------------------------------- to be given by each kind

    @staticmethod
    def name_of(value: Any) -> str:
        """Return what a value is called."""
        return str(value.title)

    def compute(self) -> None:
        """Have what is drawn of the current value made."""

    def close(self) -> None:
        """End whatever runs behind the window."""

    def _follow_value(self) -> None:
        """The value, or its view, is another one."""

    def run(self) -> Any:
        """Return what was run of the value and comes back with it; None where that is made anew."""
        return None

    def _take_run(self, run: Any) -> None:
        """Go over to what was run of another value, before that is shown."""

    def _first_selected(self, value: Any) -> int:
        """Return the entrant that is selected when a value was opened."""
        return self.unfolded()

    # -------------------------------------------------------------- editing

    @property
    def name(self) -> str:
        """What is open, for titles and dialogs."""
        return self.name_of(self.value)

    @property
    def heading(self) -> tuple[str, Path | None, bool]:
        """What the window's title says: what is open, its file, and whether something in it is unsaved."""
        return self.name, self.path, self.unsaved

    @property
    def unsaved(self) -> bool:
        return not self.undo_stack.isClean()

    def settle(self) -> None:
        """Take what is being typed; about to be saved. Raises InputError where it cannot be taken."""

    def _follow_clean(self, clean: bool) -> None:
        self.saved_changed.emit(not clean)

    def _follow_index(self) -> None:
        # The history calls only one of its places clean; going over an opening may find another.
        if self._is_saved:
            self._is_saved = False
            self.undo_stack.setClean()

    def edit(self, after: Any, text: str, merge: str = "") -> None:
        """Make `after` the current value, as one step of the history named `text`.

        Edits with the same `merge` key that follow one another are one step, until `end_drag`.
        """
        if after == self.value:
            return
        self.undo_stack.push(_Edit(self, after, text, merge))
        self.drag_ended = False

    def change(self, text: str, merge: str = "", **changes: Any) -> None:
        """Edit by fields of the value. Raises InputError when one is not allowed."""
        self.edit(self.value.replace(**changes), text, merge)

    def change_entrant(self, index: int, text: str, merge: str = "", **changes: Any) -> None:
        """Edit one entrant by fields or hyperparameter names. Raises InputError."""
        entrants = list(self.value.entrants)
        entrants[index] = entrants[index].replace(**changes)
        self.change(text, merge, entrants=tuple(entrants))

    def set_entrants(self, entrants: Sequence[Entrant], text: str, select: int) -> None:
        """Replace the list of entrants (add, remove, duplicate, reorder)."""
        self.change(text, entrants=tuple(entrants))
        self.select(min(select, len(entrants) - 1))

    def end_drag(self) -> None:
        """The next edit starts a step of its own, whatever its merge key."""
        self.drag_ended = True

    def select(self, index: int) -> None:
        if index != self.selected:
            self.selected = index
            self.selected_changed.emit(index)

    def set_view(self, view: Any) -> None:
        """Change what is drawn. Looking around is not an edit: it cannot be undone and asks for no saving."""
        if view != self.value.view:
            self.look_at(self.value.replace(view=view))

    def look_at(self, value: Any) -> None:
        """Take a value that differs in nothing but how it is looked at; no step of the history."""
        self.value = value
        self.changed.emit(value)
        self._follow_value()

    def _show(self, value: Any, keep_view: bool = True) -> None:
        if keep_view and self._same_view(value):
            value = value.replace(view=self._view_after(value))
        self.look_at(value)

    def _view_after(self, value: Any) -> Any:
        """Return how a value that the history goes to is looked at: as the current one."""
        return self.value.view

    def _same_view(self, value: Any) -> bool:
        """Return whether another value, gone to in the history, is looked at as the current one is."""
        return True

    # -------------------------------------------------------------- files

    def open(self, value: Any, path: Path | None) -> None:
        """Go over to another value; this too can be undone."""
        self._open_with(value, path, None)

    def _open_with(self, value: Any, path: Path | None, run: Any) -> None:
        """Go over to another value with what was run of it."""
        self.undo_stack.push(_Open(self, value, path, run, "", True))

    def take(self, opened: Opened, path: Path | None) -> None:
        """Go over to what was read from a file."""
        self.open(opened.value, path)

    def run_to_save(self, folder: Path) -> Path:
        """Return the folder of what was run, to be copied to `folder`. Raises InputError if it cannot be."""
        raise InputError("only a training has a run folder")

    def run_saved(self, source: Path, folder: Path) -> None:
        """The folder of what was run has been copied."""

    def begin(self, value: Any, text: str) -> None:
        """Go over to a value that has nothing to do with the file that is open, and is not saved."""
        self.undo_stack.push(_Open(self, value, None, None, text, False))

    def _enter(self, value: Any, path: Path | None, run: Any = None) -> None:
        self.path = path
        self.exported = None
        self.selected = -1
        self._take_run(run)
        if self.left is not None and self.left[0] == value:
            self.left = None  # it is here again
        self._show(value, keep_view=False)
        self.select(self._first_selected(value))
        self.file_changed.emit()

    def load(self, path: Path) -> None:
        """Open a file. Raises InputError and changes nothing when it is wrong."""
        opened = read(path)
        if type(opened.value) is not type(self.value):
            raise InputError(f"{path.name} belongs on another page")
        self.take(opened, path if opened.export is None else None)
        self.exported = opened.export

    def save(self, path: Path) -> None:
        """Write the value to its file, whole or not at all. Raises InputError."""
        atomic.write_bytes(path, self.value.dumps().encode())
        self.path = path
        if self.left is not None and self.left[0] == self.value:
            self.left = None
        self.undo_stack.setClean()
        self.file_changed.emit()

    def save_left(self, path: Path) -> None:
        """Write what was left unsaved to its file, and touch nothing else. Raises InputError."""
        if self.left is not None:
            atomic.write_bytes(path, self.left[0].dumps().encode())
            self.left = None
