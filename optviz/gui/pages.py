"""Which pages there are, and what belongs on which. A page's code is loaded with the page."""

from __future__ import annotations

from typing import Any

from optviz.experiment import Experiment
from optviz.gui.page import Page
from optviz.translation import QT_TRANSLATE_NOOP

NAMES = {
    "race": QT_TRANSLATE_NOOP("Pages", "Race"),
    "reshape": QT_TRANSLATE_NOOP("Pages", "Reshape"),
    "train": QT_TRANSLATE_NOOP("Pages", "Train"),
}
HINTS = {
    "race": QT_TRANSLATE_NOOP("Pages", "Many optimizers on one surface"),
    "reshape": QT_TRANSLATE_NOOP("Pages", "One surface before and after a change"),
    "train": QT_TRANSLATE_NOOP("Pages", "A real network, watched while it learns"),
}


def page_of(value: Any) -> str:
    """Return the name of the page an experiment, or a training, belongs on."""
    if not isinstance(value, Experiment):
        return "train"
    return "race" if value.reshape is None else "reshape"


def page_class(name: str) -> type[Page]:
    """Return the class of a page."""
    if name == "race":
        from optviz.gui.race.page import RacePage

        return RacePage
    if name == "train":
        from optviz.gui.train.page import TrainPage

        return TrainPage
    from optviz.gui.reshape.page import ReshapePage

    return ReshapePage
