"""Texts of lessons in the person's language, and names of what moves."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from optviz.experiment import Experiment
from optviz.gui.controls import look
from optviz.gui.controls.knob_row import shown_name
from optviz.lesson import Answer, Score, knob_of


def told(said: Answer | Score) -> str:
    """Return an answer or a score in a sentence."""
    return QCoreApplication.translate("Lesson", said.template).format(**said.values)


def knob_name(experiment: Experiment, path: str) -> str:
    """Return what moves as it is read: "learning rate, Adam", "start, x"."""
    parts = path.split(".")
    if parts[0] == "start":
        return QCoreApplication.translate("Learn", "start, {axis}").format(axis="xy"[int(parts[1])])
    name = shown_name(knob_of(experiment, path).name)
    if parts[0] == "entrants" and len(experiment.entrants) > 1:
        return f"{name}, {experiment.entrants[int(parts[1])].title}"
    if parts[0] == "reshape" and len(parts) > 2:
        return f"{name}, {look.catalog(parts[1])}"
    return name


def points_words(points: float, of: int) -> str:
    """Return a score: "2.5 of 4 points"."""
    amount = f"{points:.1f}".removesuffix(".0")
    if of == 1:
        return QCoreApplication.translate("Learn", "{points} of 1 point").format(points=amount)
    return QCoreApplication.translate("Learn", "{points} of {all} points").format(points=amount, all=of)
