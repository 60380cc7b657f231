"""The failure gallery: cards beside each other, and below them what a lecturer would say of one."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from optviz.gallery import FAILURES
from optviz.gui import theme
from optviz.gui.controls import look
from optviz.gui.gallery.card import FailureCard, translated
from optviz.gui.gallery.pictures import Pictures

COLUMNS = 3
_SIZE = (1060, 640)
_MARGIN = 64  # pixels of the window that stay in sight around it
_EDGE = 24  # pixels beside the cards and the text below them
_STEPS = {
    Qt.Key.Key_Left: -1,
    Qt.Key.Key_Right: 1,
    Qt.Key.Key_Up: -COLUMNS,
    Qt.Key.Key_Down: COLUMNS,
}


class GalleryDialog(QDialog):
    """The gallery; the window stays alive behind it.

    Arrow keys go from card to card, Enter or Space opens one.

    Signals
    -------
    chosen(Path)
        The experiment file of the failure whose card was pressed.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Failure gallery"))
        self.setObjectName("gallery")
        self.pictures = Pictures(self)
        self.pictures.made.connect(self._refresh)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._area = QScrollArea(self)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        column.addWidget(self._area, 1)
        body = QWidget(self._area)
        inner = QVBoxLayout(body)
        inner.setContentsMargins(_EDGE, 20, _EDGE, 20)
        inner.setSpacing(16)
        head = QLabel(
            self.tr("Where optimizers fail, why, and what helps: every number is measured on its race."), body
        )
        head.setObjectName("muted")
        inner.addWidget(head)
        grid = QGridLayout()
        grid.setSpacing(16)
        inner.addLayout(grid)
        inner.addStretch(1)
        self.cards = [FailureCard(failure, self.pictures, body) for failure in FAILURES]
        for at, card in enumerate(self.cards):
            card.clicked.connect(lambda _=False, card=card: self._choose(card))
            card.looked_at.connect(self._tell)
            card.arrow.connect(lambda key, at=at: self._move(key, at))
            grid.addWidget(card, at // COLUMNS, at % COLUMNS, Qt.AlignmentFlag.AlignTop)
        for place in range(COLUMNS):
            grid.setColumnStretch(place, 1)
        self._area.setWidget(body)
        column.addWidget(look.Hairline(self))
        self.foot = self._make_foot()
        column.addWidget(self.foot)
        room = self.screen().availableSize() if parent is None else parent.size()
        self.resize(min(_SIZE[0], room.width() - _MARGIN), min(_SIZE[1], room.height() - _MARGIN))
        theme.theme_changed.connect(self._repaint)

    def _make_foot(self) -> QWidget:
        foot = QFrame(self)
        foot.setObjectName("foot")
        column = QVBoxLayout(foot)
        column.setContentsMargins(_EDGE, 10, _EDGE, 10)
        column.setSpacing(4)
        self.text, self.source = QLabel(foot), QLabel(foot)
        for label in (self.text, self.source):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
            column.addWidget(label)
        self.text.setFont(look.sized(self.font(), look.SMALL))
        self.source.setFont(look.sized(self.font(), look.SMALL))
        self.source.setObjectName("muted")
        column.addStretch(1)
        return foot

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        # As high as the longest text, so that nothing moves while others come and go.
        room = QRect(0, 0, self.width() - 2 * _EDGE, 10_000)
        metrics, wrapped = QFontMetrics(self.text.font()), int(Qt.TextFlag.TextWordWrap)

        def height(text: str) -> int:
            return metrics.boundingRect(room, wrapped, text).height()

        most = max(height(translated(one.text)) + height(one.reference) for one in FAILURES)
        self.foot.setFixedHeight(most + 28)

    def _tell(self, card: FailureCard) -> None:
        self.text.setText(translated(card.failure.text))
        self.source.setText(card.failure.reference)

    def _choose(self, card: FailureCard) -> None:
        self.close()
        self.chosen.emit(card.failure.path)

    def _refresh(self, identifier: str) -> None:
        for card in self.cards:
            if card.failure.id == identifier:
                card.refresh()

    def _repaint(self) -> None:
        for card in self.cards:
            card.update()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self.pictures.begin()
        focused = self.focusWidget()
        (focused if isinstance(focused, FailureCard) else self.cards[0]).setFocus()

    def _move(self, key: int, at: int) -> None:
        to = at + _STEPS[Qt.Key(key)]
        if 0 <= to < len(self.cards):
            self.cards[to].setFocus()
            self._area.ensureWidgetVisible(self.cards[to], 0, 20)

    def close_down(self) -> None:
        """End what is computed for the pictures."""
        self.pictures.close()
        self.close()
