"""What a step asks: the kind of question, its text, and what is said with the answer."""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QGridLayout, QWidget

from optviz.gui.controls import look
from optviz.gui.controls.combo import Combo
from optviz.gui.learn.editor.answer_told import AnswerTold
from optviz.gui.learn.editor.fields import Complaint, TextArea, form, label
from optviz.gui.learn.editor.keeper import Keeper
from optviz.gui.learn.edits import change_step
from optviz.gui.learn.prose_view import ProseView
from optviz.gui.learn.session import LessonSession
from optviz.lesson import Ask, parse
from optviz.lesson.asking import KINDS
from optviz.setting import SIDES


class QuestionForm(QWidget):
    """The question of the step that is shown, if it has one."""

    def __init__(self, session: LessonSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        column = form(self)
        self.kind = Combo(self)
        self.kind.addItems(
            [
                self.tr("nothing"),
                self.tr("where an entrant ends"),
                self.tr("who wins"),
                self.tr("the largest learning rate that still converges"),
                self.tr("one of several answers"),
            ]
        )
        self.kind.setAccessibleName(self.tr("what is asked"))
        self.kind.setToolTip(
            look.tip(self.tr("What is asked before it is shown; answers come from the race itself"))
        )
        self.question = TextArea(
            self.tr("question"), self.tr("The question, in one paragraph"), 2, parent=self
        )
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        self.entrant, self.side, self.answer = Combo(self), Combo(self), Combo(self)
        self.side.addItems([self.tr("before"), self.tr("after")])
        self.options = TextArea(
            self.tr("answers to choose from"), self.tr("The answers to choose from, one in each line"), 4,
            parent=self,
        )  # fmt: skip
        self._labels: dict[QWidget, QWidget] = {}
        for row, (text, part, tip) in enumerate(
            (
                (self.tr("of"), self.entrant, self.tr("The entrant it is about")),
                (self.tr("on the side"), self.side, self.tr("The side of the comparison it is about")),
                (self.tr("answers"), self.options, ""),
                (self.tr("right is"), self.answer, self.tr("The right one of these answers")),
            )
        ):
            self._labels[part] = label(text, part, self)
            if tip:
                part.setAccessibleName(tip)
                part.setToolTip(look.tip(tip))
            grid.addWidget(self._labels[part], row, 0)
            grid.addWidget(part, row, 1)
        grid.setColumnStretch(1, 1)
        self.explanation = TextArea(
            self.tr("explanation"), self.tr("What is said with the answer"), 6, parent=self
        )
        self.wrong = Complaint(self)
        self.keeper = Keeper(session, self.wrong, {"ask": self.tr("question")})
        self.preview = ProseView(look.NORMAL, parent=self)
        self.answer_told = AnswerTold(session, self)
        column.addWidget(label(self.tr("The step asks"), self.kind, self))
        column.addWidget(self.kind)
        self._more: list[QWidget] = [label(self.tr("Question"), self.question, self), self.question]
        column.addWidget(self._more[0])
        column.addWidget(self.question)
        column.addLayout(grid)
        self._more += [label(self.tr("Explanation, shown with the answer"), self.explanation, self)]
        column.addWidget(self._more[-1])
        column.addWidget(self.explanation)
        column.addWidget(self.wrong)
        column.addWidget(self.preview)
        column.addWidget(self.answer_told)
        column.addStretch(1)
        self._more += [self.explanation, self.preview]
        self.kind.activated.connect(self._take_kind)
        for combo in (self.entrant, self.side, self.answer):
            combo.activated.connect(lambda _: self._take())
        for area in (self.question, self.explanation, self.options):
            area.edited.connect(lambda _: self._take())
            area.left.connect(session.end_drag)

    # -------------------------------------------------------------- showing

    def refresh(self) -> None:
        """Show the question of the step."""
        step, ask = self.session.step, self.session.step.ask
        kind = ask.kind if ask is not None else ""
        self.kind.setCurrentIndex(KINDS.index(kind) + 1 if kind else 0)
        for part in self._more:
            part.setVisible(ask is not None)
        self._offer(self.entrant, [one.title for one in step.experiment.entrants])
        shown = {
            self.entrant: kind in ("end", "largest_learning_rate"),
            self.side: bool(kind) and kind != "choice" and step.experiment.reshape is not None,
            self.options: kind == "choice",
            self.answer: kind == "choice",
        }
        for part, on in shown.items():
            part.setVisible(on)
            self._labels[part].setVisible(on)
        self.answer_told.follow(self.isVisible())
        if ask is None:
            return
        self.entrant.setCurrentIndex(ask.entrant)
        self.side.setCurrentIndex(SIDES.index(ask.side))
        taken = {"question": ask.question, "explanation": ask.explanation, "options": "\n".join(ask.options)}
        for name, text in self.keeper.raw("ask", taken).items():
            self._put(getattr(self, name), text)
        self.keeper.tell()
        self._offer(self.answer, list(ask.options))
        if ask.answer in ask.options:
            self.answer.setCurrentIndex(ask.options.index(ask.answer))
        self.preview.show_text(parse(f"{ask.question}\n\n{ask.explanation}"))

    @staticmethod
    def _put(area: TextArea, text: str) -> None:
        # An empty line, or a space at the end of one, is still being typed.
        shown = [line.strip() for line in area.toPlainText().strip().split("\n")]
        if shown != [line.strip() for line in text.strip().split("\n")]:
            area.put(text)

    @staticmethod
    def _offer(combo: Combo, texts: list[str]) -> None:
        if texts != [combo.itemText(i) for i in range(combo.count())]:
            combo.clear()
            combo.addItems(texts)

    def start_over(self) -> None:
        """Another step is shown, with what could not be taken of it."""
        self.keeper.tell()
        self.refresh()

    def field_of(self, key: str) -> QWidget:
        """Return the field of a draft: the one that differs from what was taken."""
        ask = self.session.step.ask
        taken = ask.explanation if ask is not None else ""
        if ask is not None and ask.kind == "choice" and self.question.toPlainText().strip() == ask.question:
            return (
                self.options if self.explanation.toPlainText().strip() == taken.strip() else self.explanation
            )
        same = ask is not None and self.question.toPlainText().strip() == ask.question
        return self.explanation if same else self.question

    def _raw(self) -> dict[str, str]:
        return {name: getattr(self, name).toPlainText() for name in ("question", "explanation", "options")}

    # -------------------------------------------------------------- taking

    def _take_kind(self, at: int) -> None:
        if at == 0:
            self.keeper.drop("ask")
            self._change(None)
            return
        before = self.session.step.ask
        # What is typed goes over into the other kind, taken or not.
        question = self.question.toPlainText() if before is not None else self.tr("What do you think?")
        table: dict[str, Any] = {"kind": KINDS[at - 1], "question": question}
        if before is not None and self.explanation.toPlainText():
            table["explanation"] = self.explanation.toPlainText()
        if KINDS[at - 1] == "choice":
            table |= {"options": [self.tr("this"), self.tr("that")], "answer": self.tr("this")}
        self._change(table)

    def _take(self) -> None:
        """Take what is typed and chosen, or say what is wrong with it."""
        ask = self.session.step.ask
        if ask is None:
            return
        table: dict[str, Any] = {
            "kind": ask.kind,
            "question": self.question.toPlainText(),
            "explanation": self.explanation.toPlainText(),
        }
        if ask.kind in ("end", "largest_learning_rate"):
            table["entrant"] = max(0, self.entrant.currentIndex())
        if ask.range is not None:
            table["range"] = list(ask.range)
        if self.session.step.experiment.reshape is not None and ask.kind != "choice":
            table["side"] = SIDES[max(0, self.side.currentIndex())]
        if ask.kind == "choice":
            options = [line.strip() for line in self.options.toPlainText().split("\n") if line.strip()]
            place = max(0, self.answer.currentIndex())
            answer = ask.answer if ask.answer in options else options[place] if place < len(options) else ""
            if self.answer.currentText() in options:
                answer = self.answer.currentText()
            table |= {"options": options, "answer": answer}
        self._change(table, "question")

    def _change(self, table: dict[str, Any] | None, merge: str = "") -> None:
        session = self.session

        def change() -> None:
            ask = None if table is None else Ask.of(table, session.step.experiment, self.tr("question"))
            change_step(session, self.tr("question of a step"), merge, ask=ask)

        self.keeper.attempt("ask", self._raw(), change)
        self.refresh()
