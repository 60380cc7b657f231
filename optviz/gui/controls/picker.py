"""A list to pick from that opens under a button, searched by typing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from optviz.gui.controls import look
from optviz.gui.controls.glyphs import draw

_WIDTH, _HEIGHT = 372, 440
_TEXT = _WIDTH - 2 - 24 - 10  # what the margins and the scroll bar leave over
_ID, _HELP, _GROUP, _CHOSEN = (Qt.ItemDataRole.UserRole + i for i in range(4))


@dataclass(frozen=True)
class Pick:
    """One thing to pick: `help` is its second line, `group` the heading it comes under.

    What is `chosen` already has a mark; what is `off` is greyed, and its help says why.
    """

    id: str
    title: str
    help: str = ""
    group: str = ""
    chosen: bool = False
    off: bool = False


def _help_height(option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> int:
    metrics = QFontMetrics(look.sized(option.font, look.SMALL))
    wrap = int(Qt.TextFlag.TextWordWrap)
    return metrics.boundingRect(QRect(0, 0, _TEXT, 1000), wrap, index.data(_HELP) or "").height()


class _Delegate(QStyledItemDelegate):
    """Draws a title over a line of help, or a heading."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802
        if index.data(_GROUP):
            return QSize(0, 28)
        return QSize(0, 26 + _help_height(option, index) + 6)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        rect: QRect = option.rect
        font = option.font
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        inner = rect.adjusted(12, 0, -12, 0)
        if index.data(_GROUP):
            painter.setFont(look.sized(font, look.SMALL, strong=True))
            painter.setPen(look.muted())
            painter.drawText(inner.adjusted(0, 4, 0, 0), int(Qt.AlignmentFlag.AlignVCenter), index.data())
        else:
            state = option.state
            if state & (QStyle.StateFlag.State_Selected | QStyle.StateFlag.State_MouseOver):
                chosen = bool(state & QStyle.StateFlag.State_Selected)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(look.mix(look.base(), look.accent(), 0.16) if chosen else look.hover())
                painter.drawRoundedRect(rect.adjusted(4, 1, -4, -1), look.RADIUS, look.RADIUS)
            painter.setFont(look.sized(font, look.NORMAL))
            enabled = bool(state & QStyle.StateFlag.State_Enabled)
            painter.setPen(look.ink() if enabled else look.disabled())
            if index.data(_CHOSEN):
                draw(painter, "check", QPointF(rect.right() - 30, rect.top() + 7), "accent")
            line = QRect(inner.left(), rect.top() + 5, _TEXT, 20)
            cut = painter.fontMetrics().elidedText(index.data(), Qt.TextElideMode.ElideRight, _TEXT)
            painter.drawText(line, int(Qt.AlignmentFlag.AlignVCenter), cut)
            painter.setFont(look.sized(font, look.SMALL))
            painter.setPen(look.muted())
            lines = QRect(inner.left(), rect.top() + 25, _TEXT, _help_height(option, index) + 2)
            painter.drawText(lines, int(Qt.TextFlag.TextWordWrap), index.data(_HELP))
        painter.restore()


class Picker(QFrame):
    """A popup with a search field over a list.

    Parameters
    ----------
    absent
        Titles of what is not there though somebody may look for it, and why.

    Signals
    -------
    picked(str)
        The id of what was picked.
    """

    picked = Signal(str)

    def __init__(
        self,
        picks: Sequence[Pick],
        hint: str,
        parent: QWidget | None = None,
        absent: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._absent = dict(absent or {})
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setAccessibleName(hint)
        self._place, self._above = QRect(), False
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        self.search = QLineEdit(self)
        self.search.setAcceptDrops(False)
        self.search.setPlaceholderText(hint)
        self.search.setAccessibleName(hint)
        self.search.setToolTip(look.tip(self.tr("Type to search; arrow keys and Enter pick")))
        self.search.setFrame(False)
        self.search.setFixedHeight(36)
        self.search.setTextMargins(10, 0, 10, 0)
        self.search.setMaxLength(60)
        self.search.installEventFilter(self)
        self.search.textChanged.connect(self._filter)
        self.list = QListWidget(self)
        self.list.setItemDelegate(_Delegate(self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setMouseTracking(True)
        self.list.setAccessibleName(hint)
        self.list.setToolTip(look.tip(hint))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.list.itemClicked.connect(self._pick)
        self.list.itemActivated.connect(self._pick)
        self.none = look.Note(self.tr("Nothing is called that."), self)
        self.none.setWordWrap(True)
        self.none.setContentsMargins(12, 12, 12, 12)
        self.none.hide()
        for widget in (self.search, look.Hairline(self), self.none, self.list):
            column.addWidget(widget)
        group = ""
        for pick in picks:
            if pick.group != group:
                group = pick.group
                heading = QListWidgetItem(group, self.list)
                heading.setFlags(Qt.ItemFlag.NoItemFlags)
                heading.setData(_GROUP, True)
            item = QListWidgetItem(pick.title, self.list)
            item.setData(_ID, pick.id)
            item.setData(_HELP, pick.help)
            item.setData(_CHOSEN, pick.chosen)
            if pick.chosen:
                said = self.tr("{title}, shown").format(title=pick.title)
                item.setData(Qt.ItemDataRole.AccessibleTextRole, said)
            if pick.off:
                item.setFlags(item.flags() & ~Qt.ItemFlag.ItemIsEnabled)
            item.setToolTip(look.tip(pick.title, pick.help))
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, pick.help)

    def open_under(self, widget: QWidget, current: str = "") -> None:
        """Open below a widget, or above it where there is no room, with `current` chosen."""
        self.search.clear()
        self._filter("")
        for item in self._items():
            if item.data(_ID) == current:
                self.list.setCurrentItem(item)
        self._above = False
        area = widget.screen().availableGeometry()
        height = min(_HEIGHT, area.height() - 16)
        corner = widget.mapToGlobal(QPoint(0, widget.height() + 2))
        left = max(area.left(), min(corner.x(), area.right() - _WIDTH))
        top = corner.y()
        if top + height > area.bottom():
            self._above = True
            top = max(
                area.top(), min(widget.mapToGlobal(QPoint(0, 0)).y() - height - 2, area.bottom() - height)
            )
        self.setGeometry(left, top, _WIDTH, height)
        self._place = self.geometry()
        self.show()
        self.search.setFocus()
        self._fit()
        self._show_current()

    def _show_current(self) -> None:
        """Scroll to what is chosen so that the list begins with a whole entry."""
        self.list.scrollToTop()
        item = self.list.currentItem()
        if item is None or self.list.visualItemRect(item).bottom() < self.list.viewport().height():
            return
        shown = [i for i in self._items()[: self.list.row(item) + 1] if not i.isHidden()]
        before = shown[-3] if len(shown) > 2 else shown[0]
        self.list.scrollToItem(before, QListWidget.ScrollHint.PositionAtTop)

    def _fit(self) -> None:
        """Take no more height than the entries need; the edge at the button stays."""
        if not self.isVisible():
            return
        rows = sum(self.list.visualItemRect(i).height() for i in self._items() if not i.isHidden())
        note = self.none.heightForWidth(_WIDTH - 2) if not self.none.isHidden() else 0
        needed = self.search.height() + 1 + (rows + 6 if rows else 0) + note + 2
        place = QRect(self._place)
        if needed < place.height():
            if self._above:
                place.setTop(place.bottom() + 1 - needed)
            place.setHeight(needed)
        self.setGeometry(place)

    def shown_ids(self) -> list[str]:
        """Return what the search left over."""
        return [item.data(_ID) for item in self._items() if not item.isHidden() and item.data(_ID)]

    def _items(self) -> list[QListWidgetItem]:
        return [self.list.item(i) for i in range(self.list.count())]

    def _filter(self, text: str) -> None:
        words = text.casefold().replace("_", " ").split()
        items = self._items()
        for item in items:
            if item.data(_ID):
                about = f"{item.text()} {item.data(_ID)} {item.data(_HELP)}".casefold().replace("_", " ")
                item.setHidden(not all(word in about for word in words))
        empty = True
        for item in reversed(items):  # a heading stays while something under it does
            if item.data(_GROUP):
                item.setHidden(empty)
                empty = True
            elif not item.isHidden():
                empty = False
        # A title that begins with what was typed comes before one whose help mentions it.
        shown = [item for item in items if item.data(_ID) and not item.isHidden()]
        first = [item for item in shown if words and item.text().casefold().startswith(words[0])]
        able = [item for item in first or shown if item.flags() & Qt.ItemFlag.ItemIsEnabled]
        self.list.setCurrentItem((able or [None])[0])  # type: ignore[list-item]
        self.list.setVisible(bool(shown))
        typed = text.strip().casefold()
        why = [
            reason
            for title, reason in self._absent.items()
            if len(typed) > 1 and any(word.startswith(typed) for word in title.casefold().split())
        ]
        self.none.setText(why[0] if why else self.tr("Nothing is called that."))
        self.none.setVisible(bool(why) or not shown)
        self._fit()

    def _pick(self, item: QListWidgetItem | None) -> None:
        identifier = item.data(_ID) if item is not None else None
        enabled = item is not None and bool(item.flags() & Qt.ItemFlag.ItemIsEnabled)
        if identifier and enabled and not item.isHidden():  # type: ignore[union-attr]
            self.close()
            self.picked.emit(identifier)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = event.key()
            if key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
                self.list.keyPressEvent(event)
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._pick(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)
