"""Where one looks from: named viewpoints, the turntable of films, and the camera's key-frames."""

from __future__ import annotations

import math

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from optviz.camera import CAMERA_KNOBS, CameraKey
from optviz.gui.controls import look
from optviz.gui.controls.number_box import NumberBox
from optviz.gui.surface3d import orbit
from optviz.gui.surface3d.bar import Overlay
from optviz.gui.surface3d.viewpoint import Viewpoint

_ROWS = 4  # key-frames that are seen at once
_WIDE = 232


class KeyRow(QWidget):
    """One key-frame: go there, or forget it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self.go = look.FlatButton("", "", "", self)
        self.go.setFont(look.sized(self.font(), look.SMALL))
        self.remove = look.FlatButton("", "", "close", self)
        self.remove.quiet = True
        row.addWidget(self.go)
        row.addStretch(1)
        row.addWidget(self.remove)

    def show_key(self, key: CameraKey, here: bool) -> None:
        """Show a key-frame; `here` where its frame is the one shown."""
        angle = f"{math.remainder(key.camera.azimuth, 360.0):.0f}°".replace("-", "−")
        text = self.tr("step {k}, from {angle}").format(k=key.frame, angle=angle)
        self.go.show_text(text)
        self.go.setAccessibleName(self.tr("Go to step {k}").format(k=key.frame))
        self.go.setToolTip(look.tip(self.tr("Go to step {k} and its camera").format(k=key.frame)))
        forget = self.tr("Forget the camera at step {k}").format(k=key.frame)
        self.remove.setAccessibleName(forget)
        self.remove.setToolTip(look.tip(forget))
        if self.go.chosen != here:
            self.go.chosen = here
            self.go.update()


class CameraPanel(Overlay):
    """The camera of a page's pictures in three dimensions."""

    share = 1.0

    def __init__(self, viewpoint: Viewpoint, parent: QWidget) -> None:
        super().__init__(parent)
        self.viewpoint = viewpoint
        self.setAccessibleName(self.tr("Camera"))
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(6)
        grid = QGridLayout()
        grid.setSpacing(2)
        grid.setContentsMargins(0, 0, 0, 2)
        for third in range(3):
            grid.setColumnStretch(third, 1)
        self.places: dict[str, look.FlatButton] = {}
        for at, place in enumerate(orbit.PLACES):
            name = QCoreApplication.translate("Viewpoint", place.text)
            button = look.FlatButton(name, QCoreApplication.translate("Viewpoint", place.hint), "", self)
            button.setFont(look.sized(self.font(), look.SMALL))
            button.show_text(name)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _=False, place=place: self._go(place))
            grid.addWidget(button, at // 3, at % 3)
            self.places[place.name] = button
        column.addLayout(grid)
        column.addWidget(look.Hairline(self))
        turn = QHBoxLayout()
        turn.setSpacing(6)
        turn.addWidget(look.Note(self.tr("turntable, ° a step"), self))
        turn.addStretch(1)
        name = self.tr("Degrees that the camera goes around with each step")
        self.turntable = NumberBox(CAMERA_KNOBS["turntable"], name, self)
        self.turntable.set_help(self.tr("How far the camera goes around with each step, here and in films"))
        self.turntable.setFixedWidth(64)
        self.turntable.value_changed.connect(viewpoint.set_film_turntable)
        self.turntable.settled.connect(viewpoint.session.end_drag)
        turn.addWidget(self.turntable)
        column.addLayout(turn)
        column.addWidget(look.Hairline(self))
        film = QHBoxLayout()
        film.addWidget(look.Note(self.tr("camera of the film"), self))
        film.addStretch(1)
        self.clear = look.FlatButton("", "", "", self)
        self.clear.setFont(look.sized(self.font(), look.SMALL))
        self.clear.quiet = True
        keeps = self.clear.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)  # nothing jumps when it appears
        self.clear.setSizePolicy(keeps)
        self.clear.clicked.connect(self._clear)
        film.addWidget(self.clear)
        column.addLayout(film)
        self.keep = look.FlatButton("", "", "add", self)
        self.keep.setFont(look.sized(self.font(), look.SMALL))
        self.keep.clicked.connect(viewpoint.set_key)
        column.addWidget(self.keep, 0, Qt.AlignmentFlag.AlignLeft)
        self._list = QWidget(self)
        self._rows_column = QVBoxLayout(self._list)
        self._rows_column.setContentsMargins(0, 0, 0, 0)
        self._rows_column.setSpacing(0)
        self._scroll = QScrollArea(self)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidget(self._list)
        column.addWidget(self._scroll)
        self.rows: list[KeyRow] = []
        self._most_rows = _ROWS
        self._cleared: tuple[CameraKey, ...] = ()
        self.setFixedWidth(_WIDE)
        viewpoint.changed.connect(self._refresh_shown)
        viewpoint.session.experiment_changed.connect(self._refresh_shown)
        viewpoint.playback.frame_changed.connect(self._refresh_shown)
        self.refresh()

    def _go(self, place: orbit.Place) -> None:
        self.viewpoint.go(orbit.at_place(self.viewpoint.camera(), place))

    def _go_to_key(self, at: int) -> None:
        keys = self.viewpoint.keys
        if at < len(keys):
            self.viewpoint.playback.pause()
            self.viewpoint.playback.seek(keys[at].frame)
            self.viewpoint.follow_film()

    def _forget(self, at: int) -> None:
        keys = self.viewpoint.keys
        if at < len(keys):
            self.viewpoint.remove_key(keys[at].frame)

    def _clear(self) -> None:
        if self.viewpoint.keys:
            self._cleared = self.viewpoint.keys
            self.viewpoint.clear_keys()
        else:
            self.viewpoint.set_keys(self._cleared, self.tr("Bring back camera key-frames"))
            self._cleared = ()
        self.refresh()

    def _refresh_shown(self) -> None:
        if not self.isHidden():
            self.refresh()

    def showEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        self.refresh()

    def fit(self, room: QSize) -> None:
        """Be no larger than a third of a picture; what the list of key-frames has no room for, it scrolls."""
        listed = 0 if self._scroll.isHidden() else self._scroll.height()
        rest = room.width() * room.height() / 3 / _WIDE - (self.sizeHint().height() - listed)
        most = max(1, min(_ROWS, int(rest // look.ROW)))
        if most != self._most_rows:
            self._most_rows = most
            self.refresh()

    def refresh(self) -> None:
        """Show the camera as it is."""
        view, keys = self.viewpoint, self.viewpoint.keys
        k = view.playback.frame
        self.turntable.set_value(view.view.camera.turntable)
        text = self.tr("change at step {k}") if view.key_at(k) else self.tr("set here, at step {k}")
        text = text.format(k=k)
        if text != self.keep.text():
            self.keep.show_text(text)
            self.keep.setAccessibleName(text)
            self.keep.setToolTip(look.tip(self.tr("A film looks from here at step {k}").format(k=k)))
        self.keep.setEnabled(not view.full)
        while len(self.rows) < len(keys):
            row, at = KeyRow(self._list), len(self.rows)
            row.go.clicked.connect(lambda _=False, at=at: self._go_to_key(at))
            row.remove.clicked.connect(lambda _=False, at=at: self._forget(at))
            self._rows_column.addWidget(row)
            self.rows.append(row)
        while len(self.rows) > len(keys):
            row = self.rows.pop()
            row.hide()
            self._rows_column.removeWidget(row)
            row.deleteLater()
        for row, key in zip(self.rows, keys, strict=True):
            row.show_key(key, key.frame == k)
        self._scroll.setVisible(bool(keys))
        self._scroll.setFixedHeight(min(len(keys), self._most_rows) * look.ROW)
        back = bool(self._cleared) and not keys
        self.clear.setVisible(bool(keys) or back)
        text = self.tr("bring them back") if back else self.tr("clear all")
        if text != self.clear.text():
            help_text = self.tr("Bring back the key-frames that were cleared") if back else self.tr(
                "Forget all key-frames: the camera stays where it is"
            )  # fmt: skip
            self.clear.show_text(text)
            self.clear.setAccessibleName(text)
            self.clear.setToolTip(look.tip(help_text))
        self.adjustSize()
