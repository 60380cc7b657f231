"""Which pages there are, and what belongs on which. A page's code is loaded with the page."""

from __future__ import annotations

from typing import Any

from optviz.experiment import Experiment
from optviz.gui.page import Page
from optviz.translation import QT_TRANSLATE_NOOP

NAMES = {
    "race": QT_TRANSLATE_NOOP("Pages", "Race"),
    "reshape": QT_TRANSLATE_NOOP("Pages", "Reshape"),
    "maps": QT_TRANSLATE_NOOP("Pages", "Maps"),
    "train": QT_TRANSLATE_NOOP("Pages", "Train"),
    "learn": QT_TRANSLATE_NOOP("Pages", "Learn"),
}
HINTS = {
    "race": QT_TRANSLATE_NOOP("Pages", "Many optimizers on one surface"),
    "reshape": QT_TRANSLATE_NOOP("Pages", "One surface before and after a change"),
    "maps": QT_TRANSLATE_NOOP("Pages", "What becomes of every start, and of every setting"),
    "train": QT_TRANSLATE_NOOP("Pages", "A real network, watched while it learns"),
    "learn": QT_TRANSLATE_NOOP("Pages", "Lessons: watch, predict, understand"),
}


def page_of(value: Any) -> str:
    """Return the name of the page an experiment, a training or a lesson belongs on."""
    if isinstance(value, Experiment):
        return "maps" if value.map is not None else "race" if value.reshape is None else "reshape"
    from optviz.lesson import Lesson

    return "learn" if isinstance(value, Lesson) else "train"


def page_class(name: str) -> type[Page]:
    """Return the class of a page."""
    if name == "race":
        from optviz.gui.race.page import RacePage

        return RacePage
    if name == "maps":
        from optviz.gui.maps.page import MapsPage

        return MapsPage
    if name == "train":
        from optviz.gui.train.page import TrainPage

        return TrainPage
    if name == "learn":
        from optviz.gui.learn.page import LearnPage

        return LearnPage
    from optviz.gui.reshape.page import ReshapePage

    return ReshapePage
