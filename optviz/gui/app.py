"""Starting the window: the application, the first race, and a clean end."""

from __future__ import annotations

import signal
import socket
from pathlib import Path
from typing import Any, cast

from PySide6.QtCore import QSocketNotifier, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from optviz.errors import InputError
from optviz.gui import pages, theme
from optviz.gui.document import Document
from optviz.gui.recent import Memory
from optviz.gui.window import MainWindow
from optviz.opening import read
from optviz.render import fonts
from optviz.render.surroundings import utf8_locale


def main(path: str | None = None, exit_after_first_frame: bool = False) -> int:
    """Open the window and return when it is closed.

    Parameters
    ----------
    path
        A file or a run folder to open; a wrong one is reported in the window, on the first race.
    exit_after_first_frame
        Paint the window once with the race in it, and end: for measuring a start.

    Returns
    -------
    The exit status. Whether there is a display was asked before: Qt would abort the process without.
    """
    app = application()
    memory = Memory()
    theme.apply_theme(app, str(memory.get("theme", "system")))
    session, error = _first(path, str(memory.get("page", "race")))
    window = MainWindow(session, memory, warm=not exit_after_first_frame)
    if error:
        # Said once the first race is up, which would otherwise put it right.
        QTimer.singleShot(0, window, lambda: window.show_error(error))
    elif path is not None:
        memory.add_recent(Path(path))
    window.show_opened()
    if exit_after_first_frame:
        window.page.painted.connect(window.close_unasked, Qt.ConnectionType.QueuedConnection)
    watch = _watch_signals(window)
    try:
        session.compute()
        window.show()
        return int(app.exec())
    finally:
        watch()
        window.close_down()
        window.deleteLater()
        app.processEvents()


def application() -> QApplication:
    """Return the application, made and styled at the first call."""
    app = QApplication.instance()
    if app is None:
        QGuiApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
        with utf8_locale():
            app = QApplication(["optviz"])
    app = cast(QApplication, app)
    app.setApplicationName("optviz")
    app.setApplicationDisplayName("")
    app.setDesktopFileName("optviz")
    app.setStyle("Fusion")
    app.setFont(fonts.font(12))
    return app


def _first(path: str | None, page: str) -> tuple[Document, str]:
    """Return a document of what the window opens on, and an error in one line if there was one."""
    kind = pages.page_class(page if page in pages.NAMES else "race")
    if path is None:
        return kind.first_session(), ""
    try:
        opened = read(Path(path))
    except InputError as error:
        return kind.first_session(), str(error)
    session = pages.page_class(pages.page_of(opened.value)).session_of(opened.value)
    session.exported = opened.export
    if opened.record is not None:
        session.take(opened, None)
    elif opened.export is None:
        session.path = Path(path).absolute()
    return session, ""


def _watch_signals(window: MainWindow) -> Any:
    """Close the window on SIGINT and SIGTERM; return what undoes it.

    Python runs its handlers between bytecodes, of which an idle window has none: a byte on a socket wakes it.
    """
    reading, writing = socket.socketpair()
    reading.setblocking(False)
    writing.setblocking(False)
    notifier = QSocketNotifier(reading.fileno(), QSocketNotifier.Type.Read, window)
    before: dict[int, Any] = {}
    woken = -1

    def wake() -> None:
        reading.recv(64)
        window.close_unasked()

    try:
        woken = signal.set_wakeup_fd(writing.fileno(), warn_on_full_buffer=False)
        for which in (signal.SIGINT, signal.SIGTERM):
            before[which] = signal.signal(which, lambda *_: None)
    except ValueError:  # not in the main thread: whoever started us there minds the signals
        pass
    notifier.activated.connect(wake)

    def undo() -> None:
        for which, handler in before.items():
            signal.signal(which, handler)
        if before:
            signal.set_wakeup_fd(woken)
        notifier.setEnabled(False)
        reading.close()
        writing.close()

    return undo
