"""The view that takes one update apart: the panel, and what tells it part by part."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QHideEvent, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from optviz.gui import motion, theme
from optviz.gui.anatomy.narrator import Narrator
from optviz.gui.controls import look
from optviz.gui.playback import Playback
from optviz.gui.session import Session
from optviz.render import style
from optviz.render.anatomy import AnatomyPanel, looks
from optviz.render.style import number

_SETTLE = 120  # ms after which formulas with numbers are set


class AnatomyView(QWidget):
    """Shows the update of the entrant that the session's view asks for, and tells it slowly.

    Signals
    -------
    closed()
        A person wants the curves back.
    """

    closed = Signal()

    def __init__(self, session: Session, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plots")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.session, self.playback = session, playback
        self.narrator = Narrator(session, playback, self)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 4, 8, 4)
        column.setSpacing(2)
        self.canvas = _Canvas(self.narrator, self)
        column.addLayout(self._make_bar())
        column.addWidget(self.canvas, 1)
        column.addLayout(self._make_buttons())
        self.narrator.changed.connect(self._show)
        self.narrator.playing_changed.connect(self._show)
        self._show()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(400, 430)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(280, 240)

    def _make_bar(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        title = QLabel(self.tr("Step by step"), self)
        title.setFont(look.sized(title.font(), look.NORMAL, strong=True))
        row.addWidget(title)
        row.addStretch(1)
        self.close_button = look.FlatButton(
            self.tr("Close step by step"), self.tr("Back to the curves (Esc)"), "close", self
        )
        self.close_button.clicked.connect(self.closed)
        row.addWidget(self.close_button)
        return row

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        self.play = look.FlatButton(
            self.tr("Play narrated"), self.tr("Tell part by part, step after step (Enter)"), "play", self
        )
        self.play.show_text(self.tr("Narrate"))
        self.previous = look.FlatButton(
            self.tr("Previous part"), self.tr("Take back what was told last (Up)"), "previous", self
        )
        self.next = look.FlatButton(self.tr("Next part"), self.tr("Tell the next part (Down)"), "next", self)
        self.step = look.FlatButton(
            self.tr("Next step"), self.tr("Go on to the next step (Page Down)"), "last", self
        )
        self.said = look.Note("", self)
        self.play.clicked.connect(self.narrator.toggle)
        self.previous.clicked.connect(self._held(self.narrator.previous_part))
        self.next.clicked.connect(self._held(self.narrator.next_part))
        self.step.clicked.connect(self._held(self.narrator.next_step))
        for button in (self.play, self.previous, self.next, self.step):
            row.addWidget(button)
        row.addStretch(1)
        row.addWidget(self.said)
        return row

    def _held(self, act: Callable[[], None]) -> Callable[[], None]:
        """Return what does something by hand, after which the clock does not."""

        def do() -> None:
            self.narrator.pause()
            act()

        return do

    # -------------------------------------------------------------- showing

    def begin(self) -> None:
        """Tell the current step from its first part on; by the clock, unless nothing may move by itself."""
        self.narrator.begin(playing=not motion.reduced())

    def _show(self) -> None:
        narrator = self.narrator
        count, told, playing = narrator.count, narrator.told, narrator.playing
        self.play.set_glyph("pause" if playing else "play")
        self.play.setAccessibleName(self.tr("Pause narration") if playing else self.tr("Play narrated"))
        self.play.setEnabled(count > 0)
        self.previous.setEnabled(told > 1)
        self.next.setEnabled(
            count > 0 and (narrator.revealed is None or told < count or narrator.has_next_step)
        )
        self.step.setEnabled(narrator.has_next_step)
        text = self.tr("{told} of {count}").format(told=told, count=count) if count else ""
        self.said.setText(text)
        self.canvas.refresh()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        self.narrator.pause()
        super().hideEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        acts: dict[Qt.Key, Callable[[], None]] = {
            Qt.Key.Key_Up: self._held(self.narrator.previous_part),
            Qt.Key.Key_Down: self._held(self.narrator.next_part),
            Qt.Key.Key_PageDown: self._held(self.narrator.next_step),
            Qt.Key.Key_Return: self.narrator.toggle,
            Qt.Key.Key_Enter: self.narrator.toggle,
            Qt.Key.Key_Escape: self.closed.emit,
        }
        act = acts.get(Qt.Key(event.key()))
        if act is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        else:
            act()


class _Canvas(QWidget):
    """Where the panel is painted."""

    def __init__(self, narrator: Narrator, parent: QWidget) -> None:
        super().__init__(parent)
        self.narrator = narrator
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("The parts of the step"))
        self.setMinimumHeight(140)
        self._by_key = False  # whether the focus came by the keyboard and has to be seen
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(_SETTLE)
        self._settling.timeout.connect(self._settle)
        theme.theme_changed.connect(self.update)

    def refresh(self) -> None:
        """Paint what shows now; what takes longest, once nothing has changed for a moment."""
        self.update()
        self._settling.start()

    def _settle(self) -> None:
        if self.narrator.playback.playing:
            self._settling.start()
            return
        self.update()
        self.setAccessibleDescription(self.words())

    @property
    def quick(self) -> bool:
        """Whether formulas with numbers wait until things stand still."""
        return self._settling.isActive() or self.narrator.playback.playing

    def words(self) -> str:
        """Return what has been told, for those who do not see it."""
        narrator, scene = self.narrator, self.narrator.scene
        found = narrator.anatomy
        if found is None or scene is None:
            return ""
        names = scene.problem.surface.axes
        said = [looks.spoken(note) for note in (found.note, found.rounding) if note]
        if found.parts:
            said.append(self.tr("Step {k} to {next}.").format(k=found.k, next=found.k + 1))
        told = [*found.parts, found.whole][: narrator.told]
        for part in told:
            x, y = (number(float(value)) for value in part.vector)
            text = self.tr("{title}: {x} in {name_x}, {y} in {name_y}.").format(
                title=looks.tr(part.title), x=x, y=y, name_x=names[0], name_y=names[1]
            )
            said.append(text)
        if told:
            said.append(looks.spoken(told[-1].sentence))
        return " ".join(said)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        self._by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        colors = theme.current_theme()
        painter.fillRect(self.rect(), QColor(colors.page))
        narrator = self.narrator
        scene = narrator.scene
        if scene is not None:
            box = QRectF(self.rect()).adjusted(6, 0, -6, 0)
            metrics = style.Metrics(max(1.0, min(self.width() / 420.0, self.height() / 620.0)))
            AnatomyPanel(colors, metrics).paint(
                painter, box, scene, narrator.playback.frame, revealed=narrator.revealed, quick=self.quick
            )
        if narrator.session.waiting:
            painter.fillRect(self.rect(), look.veil())
        if self._by_key and self.hasFocus():
            painter.setPen(QPen(QColor(theme.colors().accent), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        painter.end()
