"""Between the fields of a form and the lesson: what cannot be taken is kept, and said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtGui import QFocusEvent

from optviz.errors import InputError
from optviz.gui.controls.number_box import NumberBox
from optviz.gui.learn.drafts import Draft
from optviz.gui.learn.editor.fields import Complaint
from optviz.gui.learn.session import LessonSession
from optviz.lesson import Lesson, LessonStep


class Keeper:
    """Takes what stands in the fields of one form, and keeps as drafts what is refused.

    Parameters
    ----------
    wrong
        Where it says what is wrong.
    names
        The fields by key, as a person reads them.
    whole
        Whether they belong to the lesson, not to the step that is shown.
    """

    def __init__(
        self, session: LessonSession, wrong: Complaint, names: dict[str, str], *, whole: bool = False
    ) -> None:
        self.session, self.wrong, self.names, self._whole = session, wrong, names, whole

    @property
    def holder(self) -> LessonStep | Lesson:
        """What the fields belong to now."""
        return self.session.lesson if self._whole else self.session.step

    def name_of(self, key: str) -> str:
        """Return the name of a field; one of several, like "moves.0.end", has that of its group."""
        return self.names.get(key) or self.names[key.split(".")[0]]

    def draft(self, key: str) -> Draft | None:
        """Return what is kept of a field."""
        return self.session.drafts.get(self.holder, key)

    def raw(self, key: str, taken: Any) -> Any:
        """Return what a field has to show: what is kept, else what was taken."""
        draft = self.draft(key)
        return taken if draft is None else draft.raw

    def attempt(self, key: str, raw: object, change: Callable[[], None]) -> bool:
        """Do a change; where it is refused, keep what the field shows and say why."""
        drafts = self.session.drafts
        before = self.draft(key)
        if before is not None:
            self.keep(key, raw, before.message)  # the forms follow the change while it is done
        try:
            change()
        except InputError as error:
            self.keep(key, raw, str(error))
            return False
        drafts.drop(self.holder, key)
        self.tell()
        return True

    def keep(self, key: str, raw: object, message: str) -> None:
        """Keep what cannot be taken."""
        self.session.drafts.put(self.holder, key, self.name_of(key), raw, message)
        self.tell()

    def drop(self, key: str) -> None:
        """Forget what was kept of a field."""
        self.session.drafts.drop(self.holder, key)
        self.tell()

    def own(self) -> list[Draft]:
        """Return what is kept of the form's fields."""
        return [one for one in self.session.drafts.of(self.holder) if one.key.split(".")[0] in self.names]

    def tell(self) -> None:
        """Say what is wrong with the first field that is."""
        self.wrong.say(next((one.message for one in self.own()), ""))


class KeptNumber(NumberBox):
    """A box for a number in which a text that is no allowed number stays when it is left."""

    @property
    def raw(self) -> str:
        """The text in the box."""
        return self.lineEdit().text()

    def hold(self, raw: str | None) -> None:
        """Show a text that is no allowed number; with None, the number again."""
        if raw is not None:
            if raw != self.raw or not self.message:
                self.lineEdit().setText(raw)
                self.lineEdit().setModified(True)
                self._judge()
                self._hush()
        elif self.message and not self.hasFocus():
            self._write()

    def _hush(self) -> None:
        if self._bubble is not None and not self.hasFocus():
            self._bubble.hide()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        text = self.raw
        refused = not self.commit()
        super().focusOutEvent(event)
        if refused:
            self.hold(text)
