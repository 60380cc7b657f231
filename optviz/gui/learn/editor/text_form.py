"""Writing the text of a step, with a preview of how it is set."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from optviz.gui.controls import look
from optviz.gui.controls.text_field import TextField
from optviz.gui.learn.editor.fields import Complaint, TextArea, form, label
from optviz.gui.learn.editor.keeper import Keeper
from optviz.gui.learn.edits import change_step
from optviz.gui.learn.prose_view import ProseView
from optviz.gui.learn.session import LessonSession


class TextForm(QWidget):
    """Title and text of the step that is shown."""

    def __init__(self, session: LessonSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        column = form(self)
        self.title = TextField(self)
        self.title.setAccessibleName(self.tr("title of the step"))
        self.title.setToolTip(look.tip(self.tr("The heading of the step, in one line")))
        self.text = TextArea(
            self.tr("text of the step"),
            self.tr(
                "Paragraphs, **bold**, *italic*, $\\eta \\nabla L$; a line that begins with - is an item"
            ),
            8,
            parent=self,
        )
        self.wrong = Complaint(self)
        self.keeper = Keeper(session, self.wrong, {"title": self.tr("title"), "text": self.tr("text")})
        self.hint = look.Note(
            self.tr("**bold**   *italic*   $formula$   - item   empty line: new paragraph"), self
        )
        self.preview = ProseView(look.NORMAL, parent=self)
        column.addWidget(label(self.tr("Title"), self.title, self))
        column.addWidget(self.title)
        column.addWidget(label(self.tr("Text"), self.text, self))
        column.addWidget(self.text)
        column.addWidget(self.wrong)
        column.addWidget(self.hint)
        column.addSpacing(6)
        column.addWidget(label(self.tr("As it will look"), None, self))
        column.addWidget(self.preview)
        column.addStretch(1)
        self.title.textEdited.connect(self._retitle)
        self.title.editingFinished.connect(session.end_drag)
        self.text.edited.connect(self._rewrite)
        self.text.left.connect(session.end_drag)

    def refresh(self) -> None:
        """Show the step."""
        step = self.session.step
        title, text = self.keeper.raw("title", step.title), self.keeper.raw("text", step.text)
        if self.title.text() != title:
            self.title.setText(title)
        self.title.set_bad(self.keeper.draft("title") is not None)
        if self.text.toPlainText().strip() != text.strip():
            self.text.put(text)
        self.preview.show_text(step.paragraphs)
        self.keeper.tell()

    def start_over(self) -> None:
        """Another step is shown, with what could not be taken of it."""
        self.refresh()

    def field_of(self, key: str) -> QWidget:
        """Return the field of a draft."""
        return self.title if key == "title" else self.text

    def _retitle(self, text: str) -> None:
        name = self.tr("title of a step")
        good = self.keeper.attempt(
            "title", text, lambda: change_step(self.session, name, "title", title=text)
        )
        self.title.set_bad(not good)

    def _rewrite(self, text: str) -> None:
        name = self.tr("text of a step")
        self.keeper.attempt("text", text, lambda: change_step(self.session, name, "text", text=text))
        self.preview.show_text(self.session.step.paragraphs)
