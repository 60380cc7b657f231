"""Title and summary of a lesson."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from optviz.gui.controls import look
from optviz.gui.controls.text_field import TextField
from optviz.gui.learn.editor.fields import Complaint, TextArea, form, label
from optviz.gui.learn.editor.keeper import Keeper
from optviz.gui.learn.session import LessonSession


class LessonForm(QWidget):
    """What the list of lessons says about the lesson."""

    def __init__(self, session: LessonSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        column = form(self)
        self.title = TextField(self)
        self.title.setAccessibleName(self.tr("title of the lesson"))
        self.title.setToolTip(look.tip(self.tr("The title of the lesson, in one line")))
        self.summary = TextArea(
            self.tr("summary of the lesson"), self.tr("What the lesson is about, in one paragraph"), 4,
            parent=self,
        )  # fmt: skip
        self.wrong = Complaint(self)
        names = {"title": self.tr("title of the lesson"), "summary": self.tr("summary")}
        self.keeper = Keeper(session, self.wrong, names, whole=True)
        column.addWidget(label(self.tr("Title of the lesson"), self.title, self))
        column.addWidget(self.title)
        column.addWidget(label(self.tr("Summary"), self.summary, self))
        column.addWidget(self.summary)
        column.addWidget(self.wrong)
        column.addStretch(1)
        self.title.textEdited.connect(self._retitle)
        self.title.editingFinished.connect(session.end_drag)
        self.summary.edited.connect(self._summarize)
        self.summary.left.connect(session.end_drag)

    def refresh(self) -> None:
        """Show the lesson."""
        lesson = self.session.lesson
        title, summary = self.keeper.raw("title", lesson.title), self.keeper.raw("summary", lesson.summary)
        if self.title.text() != title:
            self.title.setText(title)
        self.title.set_bad(self.keeper.draft("title") is not None)
        if self.summary.toPlainText().strip() != summary.strip():
            self.summary.put(summary)
        self.keeper.tell()

    def field_of(self, key: str) -> QWidget:
        """Return the field of a draft."""
        return self.title if key == "title" else self.summary

    def start_over(self) -> None:
        """Another step is shown; the lesson is the same."""
        self.refresh()

    def _retitle(self, text: str) -> None:
        name = self.tr("title of the lesson")
        good = self.keeper.attempt("title", text, lambda: self.session.change(name, "title", title=text))
        self.title.set_bad(not good)

    def _summarize(self, text: str) -> None:
        name = self.tr("summary of the lesson")
        self.keeper.attempt("summary", text, lambda: self.session.change(name, "summary", summary=text))
