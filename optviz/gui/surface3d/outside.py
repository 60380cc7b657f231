"""Notices a press of the mouse beside what is open."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QApplication, QWidget


class Outside(QObject):
    """Watches a window while something is open in it.

    Parameters
    ----------
    inside
        Where a press means what is open, or what it is about.

    Signals
    -------
    pressed()
        The mouse was pressed anywhere else in the window.
    """

    pressed = Signal()

    def __init__(self, inside: Iterable[QWidget], parent: QWidget) -> None:
        super().__init__(parent)
        self._inside, self._within = tuple(inside), parent
        self._watching = False

    def watch(self, on: bool) -> None:
        """Begin to watch, or stop: nothing is asked of anybody's events while nothing is open."""
        if on == self._watching:
            return
        self._watching = on
        app = cast(QApplication, QApplication.instance())
        if on:
            app.installEventFilter(self)
        else:
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() != QEvent.Type.MouseButtonPress or not isinstance(watched, QWidget):
            return False
        # Menus and dialogs are windows of their own.
        if watched.window() is self._within.window() and not any(
            part is watched or part.isAncestorOf(watched) for part in self._inside
        ):
            self.pressed.emit()
        return False
