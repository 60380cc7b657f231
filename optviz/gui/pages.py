"""Which pages there are, and which one an experiment belongs on. A page's code is loaded with the page."""

from __future__ import annotations

from optviz.experiment import Experiment
from optviz.gui.actions import QT_TRANSLATE_NOOP
from optviz.gui.page import Page

NAMES = {"race": QT_TRANSLATE_NOOP("Pages", "Race"), "reshape": QT_TRANSLATE_NOOP("Pages", "Reshape")}
HINTS = {
    "race": QT_TRANSLATE_NOOP("Pages", "Many optimizers on one surface"),
    "reshape": QT_TRANSLATE_NOOP("Pages", "One surface before and after a change"),
}


def page_of(experiment: Experiment) -> str:
    """Return the name of the page an experiment belongs on."""
    return "race" if experiment.reshape is None else "reshape"


def page_class(name: str) -> type[Page]:
    """Return the class of a page."""
    if name == "race":
        from optviz.gui.race_page import RacePage

        return RacePage
    from optviz.gui.reshape_page import ReshapePage

    return ReshapePage
