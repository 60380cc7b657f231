"""The picture of a training in the window: repainted a panel at a time, so that nothing waits for it.

A training tells something twenty times a second. Painting the whole picture then would hold the window up;
instead panels that are no longer right queue up, and each tick of a 16 ms clock repaints as many of them as
a few milliseconds allow, into an image that the widget copies from.
"""

from __future__ import annotations

from time import perf_counter

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QMenu, QSizePolicy, QWidget

from optviz.gui import theme
from optviz.gui.controls import look
from optviz.gui.playback import Playback
from optviz.gui.train.session import TrainSession
from optviz.render.training.layout import CURVES, PanelPlace
from optviz.render.training.stage import TrainStage, scale_of

TICK = 16  # ms
BUDGET = 0.004  # seconds of painting in a tick while a training runs
_BUDGET_IDLE = 0.010


class TrainPicture(QWidget):
    """Shows the scene at the playback's frame.

    A click on a panel enlarges it; another click, Escape, or the button `back`, whose place is in the strip
    of tools, shows all again. The pointer over a curve moves a cursor
    through all of them.

    Signals
    -------
    painted()
        The whole picture has been painted.
    export_asked(str)
        A person wants to export this panel.
    """

    painted = Signal()
    export_asked = Signal(str)

    def __init__(self, session: TrainSession, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session, self.playback = session, playback
        self.cursor_epoch: float | None = None
        self._stage: TrainStage | None = None
        self._image = QImage()
        self._dirty: dict[str, None] = {}  # panels to be repainted, the one that waits longest first
        self._places: tuple[PanelPlace, ...] = ()
        self._costs: dict[str, float] = {}  # seconds that painting a panel took of late
        self._pressed = ""
        self._only: str | None = None
        self._whole = False  # the whole picture has been painted
        self._by_key = False  # the focus came by the keyboard, and is shown
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(320, 240)
        self.setAccessibleName(self.tr("training"))
        self.setToolTip("")
        self.back = look.FlatButton(
            self.tr("show all plots"), self.tr("Show all plots again (Esc)"), "", self
        )
        self.back.setFont(look.sized(self.font(), 13))
        self.back.show_text(self.tr("‹ all plots"))
        self.back.clicked.connect(self._go_back)
        self.back.hide()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK)
        self._timer.timeout.connect(self._tick)
        self._telling = QTimer(self)
        self._telling.setSingleShot(True)
        self._telling.setInterval(500)
        self._telling.timeout.connect(self._tell)
        session.scene_changed.connect(self._mark_all)
        session.told.connect(self._mark_all)
        playback.frame_changed.connect(self._mark_all)
        theme.theme_changed.connect(self._start_over)

    @property
    def only(self) -> str | None:
        """The panel that is enlarged; None for all of them."""
        return self._only

    @property
    def stage(self) -> TrainStage | None:
        return self._stage

    @property
    def pending(self) -> int:
        """How many panels wait to be repainted."""
        return len(self._dirty)

    def enlarge(self, key: str | None) -> None:
        """Show one panel alone, or all of them again."""
        if key != self._only:
            self._only = key
            if key is None and self.back.hasFocus():
                self.setFocus()
            self.back.setVisible(key is not None)
            self._start_over()

    def _go_back(self) -> None:
        self.enlarge(None)
        self.setFocus()

    def next_panel(self) -> None:
        """Enlarge the next panel, the first where none is."""
        scene = self.session.scene
        if scene is None or self._stage is None:
            return
        self._stage.only = None
        keys = [place.key for place in self._stage.panels(scene) if place.key != "header"]
        self._stage.only = self._only
        at = keys.index(self._only) + 1 if self._only in keys else 0
        self.enlarge(keys[at % len(keys)] if keys else None)

    # -------------------------------------------------------------- what has to be painted

    def _start_over(self) -> None:
        """Paint everything anew: the size or the colours are others."""
        self._stage = None
        self._whole = False
        self._mark_all()
        self.update()
        self._telling.start()

    def _mark_all(self) -> None:
        scene = self.session.scene
        if scene is None or not self.isVisible():
            return
        places = self._prepared().panels(scene)
        if places != self._places:  # what lay between the panels may lie under one now
            self._places, self._whole = places, False
        for place in places:
            self._dirty.setdefault(place.key)
        if not self._timer.isActive():
            self._timer.start()
        if not self._telling.isActive():
            self._telling.start()

    def _prepared(self) -> TrainStage:
        """Return the stage for the widget's size, and make the image fit."""
        if self._stage is None:
            width, height = max(1, self.width()), max(1, self.height())
            # Text as large as in a picture of the whole window, of which this is the larger part.
            self._stage = TrainStage(width, height, theme.current_name(), scale_of(width, height))
            self._stage.only = self._only
            self._dirty.clear()
            ratio = self.devicePixelRatioF()
            size = QRectF(0, 0, width * ratio, height * ratio).toAlignedRect().size()
            if self._image.size() != size or self._image.devicePixelRatioF() != ratio:
                self._image = QImage(size, QImage.Format.Format_RGB32)
                self._image.setDevicePixelRatio(ratio)
                self._image.fill(QColor(theme.colors().page))
                self._whole = False
        return self._stage

    def _tick(self) -> None:
        scene = self.session.scene
        if scene is None or not self.isVisible() or not self._dirty:
            self._timer.stop()
            return
        live = self.session.state == "training"
        budget = BUDGET if live and self._whole else _BUDGET_IDLE
        began = perf_counter()
        stage = self._prepared()
        places = {place.key: place.rect for place in stage.panels(scene)}
        if not self._whole:  # all at once, so that nobody sees half a picture
            self._image.fill(QColor(theme.colors().page))
            budget = float("inf")
        with QPainter(self._image) as painter:
            at = began
            while self._dirty:
                key = next(iter(self._dirty))
                # The first is painted whatever it takes, for each has its turn.
                if at > began and at - began + self._costs.get(key, 0.0) > budget:
                    break
                del self._dirty[key]
                if key not in places:
                    continue
                stage.paint_panel(
                    painter, key, scene, self.playback.frame, cursor=self.cursor_epoch, quick=True
                )
                self.update(places[key].toAlignedRect())
                now = perf_counter()
                self._costs[key] = max(now - at, 0.9 * self._costs.get(key, 0.0))
                at = now
        if not self._whole:
            self._whole = True
            self.update()
            self.painted.emit()

    def _tell(self) -> None:
        """Say in words what the picture shows, for those who cannot see it; not at every frame."""
        scene = self.session.scene
        if scene is None:
            return
        k = min(self.playback.frame, scene.now)
        parts = [self.tr("Epoch {0} of {1}").format(f"{scene.epoch_at(k):.2f}", scene.epochs)]
        for line in scene.lines:
            judged = scene.judgement_at(line.entrant, k)
            if scene.lost_at(line.entrant, k):
                parts.append(self.tr("{0}: diverged").format(line.label))
            elif judged is not None:
                parts.append(
                    self.tr("{0}: {1} % of the test images right").format(
                        line.label, f"{100 * judged.accuracy:.2f}"
                    )
                )
            else:
                parts.append(line.label)
        self.setAccessibleDescription("; ".join(parts))

    # -------------------------------------------------------------- Qt's events

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        rect = event.rect()
        if self._image.isNull():
            painter.fillRect(rect, QColor(theme.colors().page))
        else:
            ratio = self._image.devicePixelRatioF()
            source = QRectF(rect.x() * ratio, rect.y() * ratio, rect.width() * ratio, rect.height() * ratio)
            painter.drawImage(QRectF(rect), self._image, source)
        if self.hasFocus() and self._by_key:
            painter.setPen(QPen(look.accent(), 1.5))
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._start_over()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self._start_over()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusInEvent(event)
        self._by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        super().focusOutEvent(event)
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        scene, stage = self.session.scene, self._stage
        if scene is None or stage is None:
            return
        at = event.position()
        self._set_cursor(stage.epoch_at(scene, at.x(), at.y()))
        key = self._panel_under(at)
        self.setCursor(Qt.CursorShape.PointingHandCursor if key else Qt.CursorShape.ArrowCursor)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        self._set_cursor(None)
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self._panel_under(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() != Qt.MouseButton.LeftButton:
            return
        key, self._pressed = self._pressed, ""
        if key and key == self._panel_under(event.position()):
            self.enlarge(None if self._only is not None else key)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        key = self._panel_under(QPointF(event.pos())) or self._only
        if not key:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        large = self._only is not None
        enlarge = menu.addAction(self.tr("Show all plots") if large else self.tr("Enlarge this plot"))
        enlarge.triggered.connect(lambda: self.enlarge(None if large else key))
        export = menu.addAction(self.tr("Export this plot…"))
        export.triggered.connect(lambda: self.export_asked.emit(key))
        menu.popup(event.globalPos())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        if event.key() == Qt.Key.Key_Escape and self._only is not None:
            self.enlarge(None)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.next_panel()
        else:
            super().keyPressEvent(event)

    def _panel_under(self, at: QPointF) -> str:
        scene, stage = self.session.scene, self._stage
        if scene is None or stage is None:
            return ""
        place = stage.panel_at(scene, at.x(), at.y())
        return place.key if place is not None and place.key != "header" else ""

    def _set_cursor(self, epoch: float | None) -> None:
        scene = self.session.scene
        if epoch == self.cursor_epoch or scene is None:
            return
        self.cursor_epoch = epoch
        # Before all else, for a hand waits for it.
        waiting = [key for key in self._dirty if key not in CURVES]
        curves = [place.key for place in self._prepared().panels(scene) if place.key in CURVES]
        self._dirty = dict.fromkeys([*curves, *waiting])
        if not self._timer.isActive():
            self._timer.start()
