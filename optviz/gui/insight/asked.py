"""What a page is asked about an entrant: why it went that way, and its numbers in a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from optviz.gui.controls.entrants import EntrantList
from optviz.gui.page import Page
from optviz.gui.session import Session

if TYPE_CHECKING:  # a page that is asked nothing loads none of their code
    from optviz.gui.insight.explainer import Explainer
    from optviz.gui.insight.numbers import NumbersFile


class Asked:
    """Answers for one page, beside the cards of its entrants; each part is made when it is first asked."""

    def __init__(self, page: Page, session: Session, cards: EntrantList) -> None:
        self._page, self._session, self._cards = page, session, cards
        self.explainer: Explainer | None = None
        self._numbers: NumbersFile | None = None

    @property
    def selected(self) -> int:
        """The place of the selected entrant, of the first where none is."""
        session = self._session
        return min(max(session.selected, 0), len(session.experiment.entrants) - 1)

    def explain(self, entrant: int) -> None:
        """Say why an entrant went the way it went; where that is said already, close it."""
        if self.explainer is None:
            from optviz.gui.insight.explainer import Explainer

            page = self._page
            self.explainer = Explainer(self._session, page.playback, self._cards, self.numbers, page)
        self.explainer.toggle(entrant)

    @property
    def numbers(self) -> NumbersFile:
        """What writes the numbers of an entrant to a file."""
        if self._numbers is None:
            from optviz.gui.insight.numbers import NumbersFile

            self._numbers = NumbersFile(self._session, self._page)
            self._numbers.failed.connect(self._page.banner.show_error)
            said = QCoreApplication.translate("Asked", "The numbers are in {name}.")
            self._numbers.written.connect(
                lambda path: self._page.banner.show_note(said.format(name=path.name))
            )
        return self._numbers

    def export(self) -> None:
        """Ask where the numbers of the selected entrant go, and write them."""
        self.numbers.ask(self.selected)

    def close(self) -> None:
        """Close what is said: another page is shown now."""
        if self.explainer is not None:
            self.explainer.close()

    def close_down(self) -> None:
        """End whatever runs; the window is about to close."""
        for part in (self.explainer, self._numbers):
            if part is not None:
                part.close_down()
