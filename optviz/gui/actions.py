"""Every command of the window, declared once: menus, buttons, keys and the shortcut sheet read this table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from optviz.gui.icons import icon
from optviz.translation import QT_TRANSLATE_NOOP

_Standard = QKeySequence.StandardKey


@dataclass(frozen=True)
class Command:
    """Declaration of one command.

    Attributes
    ----------
    text
        What it is called in menus and in the shortcut sheet.
    keys
        A standard key of the platform and more keys as text; the first is the one shown.
    repeats
        Whether holding the key repeats it.
    """

    name: str
    group: str
    text: str
    keys: tuple[_Standard | str, ...] = ()
    icon: str = ""
    checkable: bool = False
    repeats: bool = False

    def shortcuts(self) -> list[QKeySequence]:
        """Return its keys on this platform."""
        found: list[QKeySequence] = []
        for key in self.keys:
            found += [QKeySequence(key)] if isinstance(key, str) else QKeySequence.keyBindings(key)
        return list(dict.fromkeys(found)) if found else []


def _c(
    name: str, group: str, text: str, *keys: _Standard | str, icon: str = "", checkable: bool = False,
    repeats: bool = False,
) -> Command:  # fmt: skip
    return Command(name, group, text, keys, icon, checkable, repeats)


FILE = QT_TRANSLATE_NOOP("Actions", "File")
EDIT = QT_TRANSLATE_NOOP("Actions", "Edit")
PLAY = QT_TRANSLATE_NOOP("Actions", "Playing")
VIEW = QT_TRANSLATE_NOOP("Actions", "View")
TRAIN = QT_TRANSLATE_NOOP("Actions", "Training")
HELP = QT_TRANSLATE_NOOP("Actions", "Help")

COMMANDS = (
    _c("play", PLAY, QT_TRANSLATE_NOOP("Actions", "Play"), "Space", icon="play"),
    _c(
        "previous", PLAY, QT_TRANSLATE_NOOP("Actions", "Previous step"), "Left", icon="previous", repeats=True
    ),
    _c("next", PLAY, QT_TRANSLATE_NOOP("Actions", "Next step"), "Right", icon="next", repeats=True),
    _c("back_ten", PLAY, QT_TRANSLATE_NOOP("Actions", "Back ten steps"), "Shift+Left", repeats=True),
    _c("forward_ten", PLAY, QT_TRANSLATE_NOOP("Actions", "Forward ten steps"), "Shift+Right", repeats=True),
    _c("first", PLAY, QT_TRANSLATE_NOOP("Actions", "First step"), "Home", icon="first"),
    _c("last", PLAY, QT_TRANSLATE_NOOP("Actions", "Last step"), "End", icon="last"),
    _c("slower", PLAY, QT_TRANSLATE_NOOP("Actions", "Play slower"), "["),
    _c("faster", PLAY, QT_TRANSLATE_NOOP("Actions", "Play faster"), "]"),
    _c(
        "loop", PLAY, QT_TRANSLATE_NOOP("Actions", "Start again at the end"), "R", icon="loop", checkable=True
    ),
    _c("open", FILE, QT_TRANSLATE_NOOP("Actions", "Open…"), _Standard.Open, icon="open"),
    _c("open_run", FILE, QT_TRANSLATE_NOOP("Actions", "Open run folder…"), "Ctrl+Shift+O"),
    _c("save_run", FILE, QT_TRANSLATE_NOOP("Actions", "Save run as…")),
    _c("save", FILE, QT_TRANSLATE_NOOP("Actions", "Save"), _Standard.Save, icon="save"),
    _c("save_as", FILE, QT_TRANSLATE_NOOP("Actions", "Save as…"), "Ctrl+Shift+S"),
    _c("export", FILE, QT_TRANSLATE_NOOP("Actions", "Export…"), "Ctrl+E", icon="export"),
    _c("export_kit", FILE, QT_TRANSLATE_NOOP("Actions", "Lecture kit…"), "Ctrl+Shift+E"),
    _c("gallery", FILE, QT_TRANSLATE_NOOP("Actions", "Failure gallery…"), "Ctrl+G"),
    _c("export_numbers", FILE, QT_TRANSLATE_NOOP("Actions", "Export numbers (CSV)…")),
    _c("quit", FILE, QT_TRANSLATE_NOOP("Actions", "Quit"), "Ctrl+Q"),
    _c("undo", EDIT, QT_TRANSLATE_NOOP("Actions", "Undo"), _Standard.Undo, icon="undo"),
    _c("redo", EDIT, QT_TRANSLATE_NOOP("Actions", "Redo"), _Standard.Redo, "Ctrl+Y", icon="redo"),
    _c("train_with", EDIT, QT_TRANSLATE_NOOP("Actions", "Train with these optimizers"), "Ctrl+T"),
    _c(
        "train_start",
        TRAIN,
        QT_TRANSLATE_NOOP("Actions", "Start, pause or resume the training"),
        "Ctrl+Return",
    ),
    _c("train_stop", TRAIN, QT_TRANSLATE_NOOP("Actions", "Stop the training"), "Ctrl+."),
    _c("race", VIEW, QT_TRANSLATE_NOOP("Actions", "Go to Race"), "Ctrl+1"),
    _c("reshape", VIEW, QT_TRANSLATE_NOOP("Actions", "Go to Reshape"), "Ctrl+2"),
    _c("maps", VIEW, QT_TRANSLATE_NOOP("Actions", "Go to Maps"), "Ctrl+3"),
    _c("train", VIEW, QT_TRANSLATE_NOOP("Actions", "Go to Train"), "Ctrl+4"),
    _c("learn", VIEW, QT_TRANSLATE_NOOP("Actions", "Go to Learn"), "Ctrl+5"),
    _c("map", VIEW, QT_TRANSLATE_NOOP("Actions", "Map of this race, and back"), "M", icon="map"),
    _c("next_page", VIEW, QT_TRANSLATE_NOOP("Actions", "Next page"), "Ctrl+Tab", "Ctrl+PgDown"),
    _c("previous_page", VIEW, QT_TRANSLATE_NOOP("Actions", "Previous page"), "Ctrl+Shift+Tab", "Ctrl+PgUp"),
    _c("zoom_in", VIEW, QT_TRANSLATE_NOOP("Actions", "Zoom in"), _Standard.ZoomIn, "Ctrl+="),
    _c("zoom_out", VIEW, QT_TRANSLATE_NOOP("Actions", "Zoom out"), _Standard.ZoomOut),
    _c("reset_view", VIEW, QT_TRANSLATE_NOOP("Actions", "Show the whole picture"), "Ctrl+0", icon="home"),
    _c("view_kind", VIEW, QT_TRANSLATE_NOOP("Actions", "Contour, 3-D or both"), "V"),
    _c("solid", VIEW, QT_TRANSLATE_NOOP("Actions", "3-D, and back"), "3"),
    _c(
        "turntable",
        VIEW,
        QT_TRANSLATE_NOOP("Actions", "Turn slowly around the surface"),
        "T",
        icon="turntable",
        checkable=True,
    ),
    _c("camera_key", VIEW, QT_TRANSLATE_NOOP("Actions", "Set the film's camera here"), "Ctrl+K"),
    _c("step_by_step", VIEW, QT_TRANSLATE_NOOP("Actions", "Step by step"), "S"),
    _c("why", VIEW, QT_TRANSLATE_NOOP("Actions", "Why did it go that way?"), "W"),
    _c(
        "panels",
        VIEW,
        QT_TRANSLATE_NOOP("Actions", "Show the side panel"),
        "Ctrl+B",
        icon="panel",
        checkable=True,
    ),
    _c(
        "theme",
        VIEW,
        QT_TRANSLATE_NOOP("Actions", "Switch between light and dark"),
        "Ctrl+Shift+L",
        icon="moon",
    ),
    _c(
        "full_screen",
        VIEW,
        QT_TRANSLATE_NOOP("Actions", "Full screen"),
        _Standard.FullScreen,
        "F11",
        checkable=True,
    ),
    _c("present", VIEW, QT_TRANSLATE_NOOP("Actions", "Present on the whole screen"), "F5"),
    _c(
        "shortcuts", HELP, QT_TRANSLATE_NOOP("Actions", "Keyboard shortcuts"), "F1", "Ctrl+/", icon="keyboard"
    ),
    _c("about", HELP, QT_TRANSLATE_NOOP("Actions", "About optviz")),
)


def translated(text: str) -> str:
    """Return a text of this table in the person's language."""
    return QCoreApplication.translate("Actions", text)


def make(window: QWidget, handlers: Mapping[str, Callable[[], object]]) -> dict[str, QAction]:
    """Make the actions of a window, by name. The keys work wherever the focus is inside it."""
    actions = {}
    for command in COMMANDS:
        action = QAction(translated(command.text), window)
        action.setObjectName(command.name)
        if command.icon:
            action.setIcon(icon(command.icon))
        action.setShortcuts(command.shortcuts())
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setAutoRepeat(command.repeats)
        action.setCheckable(command.checkable)
        _describe(action)
        action.changed.connect(lambda action=action: _describe(action))
        handler = handlers[command.name]
        action.triggered.connect(lambda _checked=False, handler=handler: handler())
        window.addAction(action)
        actions[command.name] = action
    return actions


def _describe(action: QAction) -> None:
    """Put the name and the first key into the tooltip."""
    key = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
    text = action.text().rstrip("…")
    action.setToolTip(f"{text} ({key})" if key else text)
