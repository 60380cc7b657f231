"""A widget that shows the text of a lesson, well set."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from optviz.gui import theme
from optviz.lesson.prose import Paragraph, plain
from optviz.render.prose import Setting, set_text


class ProseView(QWidget):
    """Shows paragraphs with formulas; as high as they need at its width.

    Attributes
    ----------
    role
        Which colour of the theme the text has.
    """

    def __init__(
        self, pixels: int = 14, role: str = "text", strong: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.role, self._pixels, self._strong = role, pixels, strong
        self._scale = 1.0
        self._paragraphs: tuple[Paragraph, ...] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setMinimumWidth(120)

    def show_text(self, paragraphs: Sequence[Paragraph]) -> None:
        """Show other paragraphs."""
        paragraphs = tuple(paragraphs)
        if paragraphs == self._paragraphs:
            return
        self._paragraphs = paragraphs
        self.setAccessibleName(plain(paragraphs))
        self.updateGeometry()
        self.update()

    def set_scale(self, scale: float) -> None:
        """Take larger or smaller type, 1 being the usual one."""
        if scale != self._scale:
            self._scale = scale
            self.updateGeometry()
            self.update()

    def setting(self, width: int) -> Setting:
        """Return the text as it is set in a width."""
        return set_text(self._paragraphs, max(width, 1), round(self._scale * self._pixels), self._strong)

    def hasHeightForWidth(self) -> bool:  # noqa: N802 - Qt's name
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802 - Qt's name
        return round(self.setting(width).height + 0.5)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        width = self.width() if self.width() > 120 else 320
        return QSize(width, self.heightForWidth(width))

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(120, 0)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setting(self.width()).paint(painter, 0.0, 0.0, getattr(theme.colors(), self.role))
        painter.end()
