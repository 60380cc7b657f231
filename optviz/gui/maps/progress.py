"""What lies over a map that is on its way: how fine it is by now, and a button that stops it."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QWidget

from optviz.gui.controls import look
from optviz.gui.maps.session import MapSession
from optviz.gui.surface3d.bar import Overlay

AFTER = 180  # ms a map may take before anything is said about it


class MapProgress(Overlay):
    """Says how far the map is, and stops or resumes it.

    What is quick is never spoken of: it would only flicker.
    """

    def __init__(self, session: MapSession, parent: QWidget) -> None:
        super().__init__(parent)
        self.session, self._over = session, parent
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 3, 3, 3)
        row.setSpacing(4)
        self.text = look.Note("", self)
        row.addWidget(self.text)
        self.button = look.FlatButton(self.tr("stop"), "", "", self)
        self.button.setFont(look.sized(self.font(), look.SMALL))
        self.button.clicked.connect(self.press)
        row.addWidget(self.button)
        self.hide()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(AFTER)
        self._soon.timeout.connect(self._show)
        session.computing_changed.connect(self.refresh)
        session.map_changed.connect(self.refresh)

    @property
    def late(self) -> bool:
        """Whether the map has been on its way for long enough to say so."""
        return self.isVisibleTo(self._over) and self.session.computing

    def refresh(self) -> None:
        """Follow the session."""
        session = self.session
        if session.computing and not session.preparing:
            if self.isHidden():
                if not self._soon.isActive():
                    self._soon.start()
            else:
                self._show()
            return
        self._soon.stop()
        if session.stopped and session.map_scene is not None and not session.complete:
            self._show()
        else:
            self.setVisible(False)

    def _show(self) -> None:
        session = self.session
        if session.preparing or not (session.computing or session.stopped):
            return
        if session.computing:
            now, full = session.progress or (session.setting.size, session.setting.size)
            if session.setting.kind == "learning_rate":
                text = self.tr("computing {n} of {all} rates…").format(n=now[0], all=full[0])
            elif now == full:
                text = self.tr("computing {w} × {h}…").format(w=now[0], h=now[1])
            else:
                text = self.tr("computing {w} × {h} of {all_w} × {all_h}…").format(
                    w=now[0], h=now[1], all_w=full[0], all_h=full[1]
                )
            self._offer(self.tr("stop"), self.tr("Leave the map as fine as it is (Esc)"))
        else:
            text = self.tr("stopped")
            self._offer(self.tr("go on"), self.tr("Compute the map to the end"))
        if text != self.text.text():
            self.text.setText(text)
        self.adjustSize()
        self.place()
        if self.isHidden():
            self._over.update()
        self.show()
        self.raise_()

    def _offer(self, name: str, help_text: str) -> None:
        if self.button.text() != name:
            self.button.show_text(name)
            self.button.setFixedHeight(24)
            self.button.setAccessibleName(name)
            self.button.setToolTip(look.tip(help_text))

    def press(self) -> None:
        """Stop the map, or go on with it."""
        if self.session.computing:
            self.session.stop_map()
        else:
            self.session.resume_map()

    def place(self) -> None:
        """Stand at the top, in the middle."""
        self.move((self._over.width() - self.width()) // 2, 10)
