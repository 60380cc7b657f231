"""How the parts of an update look: a colour for each, the same as arrow, bar and title."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from optviz.anatomy.values import Sentence
from optviz.render.style import Theme

# Which of the eight colours a part has; those that never meet in one update share one.
_SLOTS = {
    "gradient": 0, "noise": 5, "penalty": 6, "weight_decay": 4, "dampening": 7, "memory": 1, "look_ahead": 6,
    "bias_correction": 3, "scaling": 2, "past_steps": 1, "maximum": 6, "rectification": 6, "curvature": 2,
    "sign": 2, "step_size": 1, "pause": 3, "rate_decay": 3, "warm_up": 3, "lead": 1, "averaging": 6,
    "schedule": 7, "projection": 5,
}  # fmt: skip


def color(theme: Theme, name: str) -> str:
    """Return the colour of a part's arrow and bar; that of the step itself is the ink's."""
    return theme.ink if name == "step" else theme.line(_SLOTS[name])


def tr(text: str) -> str:
    """Return a text of an anatomy in the language of the program."""
    return QCoreApplication.translate("Anatomy", text) if text else ""


def spoken(sentence: Sentence) -> str:
    """Return a sentence in the language of the program."""
    values = dict(sentence.values)
    if "schedule" in values:
        values["schedule"] = QCoreApplication.translate("Catalog", values["schedule"])
    return tr(sentence.template).format(**values)
