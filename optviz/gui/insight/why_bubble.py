"""The bubble beside an entrant's card that says why it went the way it went."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from itertools import pairwise

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen, QTextDocument
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from optviz.gui import theme
from optviz.gui.controls import look
from optviz.gui.controls.swatch import draw_swatch
from optviz.insight import Sentence
from optviz.render.style import power_of_ten
from optviz.scene import Line

WIDTH = 348
ARROW = 8  # pixels by which the tip stands out at the right
_MARGIN, _INSET = 10, 6
# Which of the numbers in a sentence are steps: those called so, and by name; how many there were comes last.
_CALLED = re.compile(r"\bstep,? \{(\w+)\}")
_STEPS = ("k", "at", "crossed", "done", "step")


def translated(sentence: Sentence) -> str:
    """Return a sentence in the language of the program."""
    values = {name: written(value) for name, value in sentence.values.items()}
    return QCoreApplication.translate("Why", sentence.template).format(**values)


def written(value: str) -> str:
    """Return a number as it is written everywhere else: 7.83e+26 as 7.83×10²⁶, 10000 in groups of three."""
    if re.fullmatch("[+−-]?([0-9]{4,}|[0-9]{1,3}(,[0-9]{3})+)", value):
        return grouped(value.replace(",", ""))
    found = re.fullmatch("(.*[0-9])e([+−-]?)([0-9]+)(.*)", value)
    if found is None:
        return value
    mantissa, sign, power, rest = found.groups()
    return f"{mantissa}×{power_of_ten(int(power) * (1 if sign in ('', '+') else -1))}{rest}"


def grouped(digits: str) -> str:
    """Return a whole number with its digits in groups of three, a thin space between them."""
    sign, digits = (digits[0], digits[1:]) if digits[:1] in ("+", "−", "-") else ("", digits)
    return sign + f"{int(digits):,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def step_of(sentence: Sentence) -> int | None:
    """Return the step that a sentence is about; None where it names none."""
    return _named_step(sentence)[1]


def _named_step(sentence: Sentence) -> tuple[str, int | None]:
    template = sentence.template
    named = [name for name in _CALLED.findall(template) if name != "step"]
    named += [name for name in _STEPS if "{" + name + "}" in template]
    for name in named:
        if re.fullmatch("[0-9]{1,7}", sentence.values.get(name, "")):
            return name, int(sentence.values[name])
    return "", None


class SentenceRow(QAbstractButton):
    """One sentence, its numbers emphasized; where it names a step, clicking goes there."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.step: int | None = None
        self._step_name = ""
        self._document = QTextDocument(self)
        self._document.setDocumentMargin(0.0)
        self._sentence: Sentence | None = None
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFont(look.sized(self.font(), 13))

    def show_sentence(self, sentence: Sentence) -> None:
        """Say a sentence."""
        self._sentence = sentence
        self._step_name, self.step = _named_step(sentence)
        text = translated(sentence)
        self.setText(text)
        self.setAccessibleName(text)
        goes = self.step is not None
        tip = (
            self.tr("Go to step {step}").format(step=grouped(str(self.step)))
            if goes
            else self.tr("What was measured")
        )
        self.setToolTip(look.tip(tip))
        self.setAccessibleDescription(tip if goes else "")
        self.setCursor(Qt.CursorShape.PointingHandCursor if goes else Qt.CursorShape.ArrowCursor)
        self._set()

    def _set(self) -> None:
        """Lay out the words in the colours in force."""
        if self._sentence is None:
            return
        colors = theme.colors()
        template = escape(QCoreApplication.translate("Why", self._sentence.template))
        values = {name: self._strong(name, value) for name, value in self._sentence.values.items()}
        self._document.setDefaultFont(self.font())
        self._document.setHtml(f"<div style='color:{colors.text}'>{template.format(**values)}</div>")
        self._document.setTextWidth(self.width() - 2 * _INSET)
        self.setFixedHeight(max(28, round(self._document.size().height()) + 10))
        self.update()

    def _strong(self, name: str, value: str) -> str:
        style = f" style='color:{theme.colors().accent}'" if name == self._step_name else ""
        return f"<b{style}>{escape(written(value))}</b>"

    def set_width(self, width: int) -> None:
        """Break the words to a width."""
        self.setFixedWidth(width)
        self._set()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.step is not None and (self.underMouse() or self.isDown()):
            painter.setBrush(look.mix(look.base(), look.ink(), 0.13 if self.isDown() else 0.07))
            painter.drawRoundedRect(box, look.RADIUS, look.RADIUS)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(look.accent(), 1.5))
            painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), look.RADIUS, look.RADIUS)
        painter.translate(float(_INSET), 5.0)
        self._document.drawContents(painter)
        painter.end()


class _Heading(QWidget):
    """Who it is: a piece of its line, and its name."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.slot, self.color, self.name = 0, None, ""  # type: int, str | None, str
        self.setFixedHeight(24)
        self.setFont(look.sized(self.font(), look.NORMAL, strong=True))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        draw_swatch(painter, QRectF(0, 0, 28, 24), self.slot, self.color, False)
        painter.setPen(look.ink())
        room = QRectF(36, 0, self.width() - 36, 24)
        cut = painter.fontMetrics().elidedText(self.name, Qt.TextElideMode.ElideRight, round(room.width()))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), cut)
        painter.end()


class WhyBubble(QWidget):
    """Three sentences on one entrant, with what can be done with them.

    Signals
    -------
    step_asked(int)
        A person wants to see a step.
    closed()
    copy_asked(), numbers_asked()
        A person wants the sentences on the clipboard, or the numbers they rest on in a file.

    Attributes
    ----------
    tip
        How far down the right edge the tip stands that points to the card; None for no tip.
    """

    step_asked = Signal(int)
    closed = Signal()
    copy_asked = Signal()
    numbers_asked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("why")
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setAccessibleName(self.tr("Why it went that way"))
        self.tip: float | None = None
        self.setFixedWidth(WIDTH)
        column = QVBoxLayout(self)
        column.setContentsMargins(_MARGIN, 8, _MARGIN + ARROW, 6)
        column.setSpacing(2)
        top = QHBoxLayout()
        top.setSpacing(4)
        self.heading = _Heading(self)
        top.addWidget(self.heading, 1)
        self.close_button = look.FlatButton(self.tr("Close"), self.tr("Close (Esc)"), "close", self)
        self.close_button.quiet = True
        self.close_button.clicked.connect(self.closed)
        top.addWidget(self.close_button)
        column.addLayout(top)
        self.verdict = QLabel(self)
        self.verdict.setTextFormat(Qt.TextFormat.PlainText)
        self.verdict.setContentsMargins(36, 0, 0, 4)
        column.addWidget(self.verdict)
        self.rows = [SentenceRow(self) for _ in range(3)]
        for row in self.rows:
            row.clicked.connect(lambda _=False, row=row: self._go(row))
            column.addWidget(row)
        column.addSpacing(4)
        column.addWidget(look.Hairline(self))
        column.addSpacing(2)
        foot = QHBoxLayout()
        foot.setSpacing(4)
        self.copy = look.FlatButton(self.tr("Copy"), self.tr("Copy the sentences"), "duplicate", self)
        self.numbers = look.FlatButton(
            self.tr("Export numbers (CSV)…"),
            self.tr("Write everything measured along its path to a file, a row a step"),
            "export",
            self,
        )
        for button, text in ((self.copy, self.tr("Copy")), (self.numbers, self.tr("Export numbers (CSV)…"))):
            button.setFont(look.sized(self.font(), look.SMALL))
            button.show_text(text)
            foot.addWidget(button)
        foot.addStretch(1)
        self.copy.clicked.connect(self.copy_asked)
        self.numbers.clicked.connect(self.numbers_asked)
        column.addLayout(foot)
        order: list[QWidget] = [*self.rows, self.copy, self.numbers, self.close_button]
        for first, second in pairwise(order):
            QWidget.setTabOrder(first, second)
        theme.theme_changed.connect(self.follow_theme)

    def _go(self, row: SentenceRow) -> None:
        if row.step is not None:
            self.step_asked.emit(row.step)

    @property
    def text(self) -> str:
        """All it says, as plain text."""
        said = [row.text() for row in self.rows if not row.isHidden()]
        return "\n".join([f"{self.heading.name}: {self.verdict.text()}", *said])

    def show_line(self, line: Line, slot: int, color: str | None) -> None:
        """Show whose sentences these are, and how it ended in two words."""
        heading = self.heading
        heading.slot, heading.color, heading.name = slot, color, line.label
        heading.update()
        n, bad = grouped(str(line.stopped_at)), line.status == "diverged" or line.verdict.growing
        if line.status == "diverged":
            text = self.tr("diverged at step {n}").format(n=n)
        elif line.status == "converged":
            text = self.tr("converged at step {n}").format(n=n)
        elif line.verdict.growing:
            text = self.tr("growing after all {n} steps").format(n=n)
        else:
            text = self.tr("all {n} steps done").format(n=n)
        self.verdict.setText(text)
        self.verdict.setProperty("role", "bad" if bad else "good" if line.status == "converged" else "")
        self.follow_theme()

    def show_sentences(self, sentences: Sequence[Sentence]) -> None:
        """Say these; none while they are being worked out."""
        for i, row in enumerate(self.rows):
            row.setVisible(i < len(sentences))
            if i < len(sentences):
                row.set_width(WIDTH - 2 * _MARGIN - ARROW)
                row.show_sentence(sentences[i])
        if not sentences:
            self.rows[0].setVisible(True)
            self.rows[0].show_sentence(Sentence(self.tr("Being worked out…")))
        self.setAccessibleDescription(self.text)
        self.setFixedHeight(self.sizeHint().height())

    def follow_theme(self) -> None:
        """Take the colours in force."""
        colors = theme.colors()
        role = self.verdict.property("role")
        color = colors.error if role == "bad" else colors.accent if role == "good" else colors.muted
        self.verdict.setStyleSheet(f"color: {color}; font-size: {look.SMALL}px; background: transparent")
        for row in self.rows:
            row._set()
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        layout = self.layout()
        assert layout is not None
        return QSize(WIDTH, layout.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5 - ARROW, -0.5)
        shape = QPainterPath()
        shape.addRoundedRect(box, 8, 8)
        if self.tip is not None:
            y = min(max(self.tip, 18.0), self.height() - 18.0)
            beak = QPainterPath(QPointF(box.right() - 1.0, y - ARROW))
            beak.lineTo(box.right() + ARROW - 1.0, y)
            beak.lineTo(box.right() - 1.0, y + ARROW)
            beak.closeSubpath()
            shape = shape.united(beak)
        painter.setPen(QPen(QColor(theme.colors().groove), 1))
        painter.setBrush(look.base())
        painter.drawPath(shape)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Nothing below is meant."""
