"""Page Up and Page Down on the Learn page: a clicker's keys, which no slider may keep."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSlider, QApplication, QWidget

_WAYS = {Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1}


class PageKeys(QObject):
    """Takes the two keys from the sliders of a page; everything else leaves them to the page's shortcuts.

    Parameters
    ----------
    turn
        Called with 1 or -1.
    """

    def __init__(self, page: QWidget, turn: Callable[[int], None]) -> None:
        super().__init__(page)
        self._page, self._turn = page, turn
        self._watched: QWidget | None = None
        cast(QApplication, QApplication.instance()).focusChanged.connect(self._follow)

    def _follow(self, _old: QWidget | None, new: QWidget | None) -> None:
        if self._watched is not None:
            with contextlib.suppress(RuntimeError):  # it is being deleted
                self._watched.removeEventFilter(self)
            self._watched = None
        if isinstance(new, QAbstractSlider) and self._page.isAncestorOf(new):
            new.installEventFilter(self)
            self._watched = new

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() != QEvent.Type.KeyPress:
            return False
        pressed = cast(QKeyEvent, event)
        way = _WAYS.get(Qt.Key(pressed.key()), 0)
        if not way or pressed.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        self._turn(way)
        return True
