"""What a map shows, in words."""

from __future__ import annotations

from optviz.caption.words import number, say, setting
from optviz.catalog import Knob
from optviz.experiment import Experiment
from optviz.setting import Pair
from optviz.translation import QT_TRANSLATE_NOOP as T

_BASIN = T("Caption", "Map of the minimum that {name} ends in, from {width} × {height} starts")
_STEPS = T("Caption", "Map of the steps that {name} needs, from {width} × {height} starts")
_LOSS = T("Caption", "Map of the loss of {name}, from {width} × {height} starts")
_DIFFERENCE = T("Caption", "Map of who is ahead, {name} or {rival}, from {width} × {height} starts")
_SETTINGS = T("Caption", "Map of the loss of {name}, {x} and {y}, {width} × {height} settings")
_SETTINGS_STEPS = T("Caption", "Map of the steps that {name} needs, {x} and {y}, {width} × {height} settings")
_RATES = T("Caption", "Loss by learning rate, {count} runs for each, {low} – {high}")
_SPAN = T("Caption", "{name} {low} – {high}")
_KINDS = {"basin": _BASIN, "steps": _STEPS, "loss": _LOSS, "difference": _DIFFERENCE}


def map_of(experiment: Experiment) -> str:
    """Return what the map of an experiment shows; empty where it has none."""
    chosen, entrants = experiment.map, experiment.entrants
    if chosen is None:
        return ""
    width, height = chosen.size
    if chosen.kind == "learning_rate":
        _, (low, high) = chosen.rates(entrants)
        return say(_RATES).format(count=width, low=number(low), high=number(high))
    name = entrants[chosen.entrant].title
    if chosen.over_start:
        rival = entrants[chosen.opponents(entrants)[1]].title if chosen.kind == "difference" else ""
        return say(_KINDS[chosen.kind]).format(name=name, rival=rival, width=width, height=height)
    x, y = (_span(*axis) for axis in chosen.axes(entrants))
    text = say(_SETTINGS_STEPS if chosen.measure == "steps" else _SETTINGS)
    return text.format(name=name, x=x, y=y, width=width, height=height)


def _span(knob: Knob, limits: Pair) -> str:
    spoken = setting(knob.name, limits[0]).rsplit(" ", 1)[0]
    return say(_SPAN).format(name=spoken, low=number(limits[0]), high=number(limits[1]))
