"""What the legend of a map says: a row for each colour and each mark, with its number."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication

from optviz.catalog import Array
from optviz.maps.arrival import NEAR, nearest
from optviz.maps.scene import MapScene
from optviz.maps.sheet import DIVERGED, OUTSIDE, UNDECIDED, RatesSheet, Sheet
from optviz.render.maps import knob_axes
from optviz.render.maps.key import names_of
from optviz.render.maps.knob_panel import best_cell, current
from optviz.render.style import number
from optviz.translation import QT_TRANSLATE_NOOP

BASIN, SPECIAL, ENTRANT, MIDDLE, THEORY, CURRENT, BEST, VALUE, PLAIN = (
    "basin", "special", "entrant", "middle", "theory", "current", "best", "value", "",
)  # fmt: skip


_NOTHING = 1e-12  # a loss or coordinate this small at a minimum is what rounding left of 0


@dataclass(frozen=True)
class Row:
    """One row of a legend.

    Attributes
    ----------
    mark
        What stands at its left: one of the kinds above.
    which
        Of a basin its minimum; of a special colour its class; of an entrant, its side (0 or 1); of theory,
        the place of the line.
    text
        What it is.
    value
        Its number; it may change from frame to frame.
    at
        Of a value of the field, that value: its colour stands beside it.
    share
        Of a basin, its share of the cells.
    short
        What it is where there is little room; empty for no other words.
    """

    mark: str
    which: int
    text: str
    value: str = ""
    at: float = 0.0
    share: float = 0.0
    short: str = ""


_SHORT = {
    "Critical damping, steepest direction": QT_TRANSLATE_NOOP("Maps", "Critical, steepest direction"),
    "Critical damping, flattest direction": QT_TRANSLATE_NOOP("Maps", "Critical, flattest direction"),
    "Critical damping, upper end, steepest direction": QT_TRANSLATE_NOOP(
        "Maps", "Critical, upper end, steepest"
    ),
}


def heading(scene: MapScene) -> str:
    """Return what a map shows, in a line or two."""
    setting, lines = scene.experiment.map, scene.race.lines
    assert setting is not None
    name = lines[setting.entrant].label
    if scene.kind == "basin":
        return _tr("Where {name} ends, by where it starts").format(name=name)
    if scene.kind == "steps":
        return _tr("How many steps {name} needs, by where it starts").format(name=name)
    if scene.kind == "loss":
        return _tr("The loss of {name}, by where it starts").format(name=name)
    if scene.kind == "difference":
        first, second = names_of(scene)
        return _tr("Who is ahead, {first} or {second}, by where both start").format(
            first=first, second=second
        )
    if scene.kind == "learning_rate":
        return _tr("The loss by learning rate: everyone at their own best")
    assert scene.map.y is not None
    x, y = (knob_axes.name_of(axis) for axis in (scene.map.x, scene.map.y))
    if scene.measures_steps:
        return _tr("How many steps {name} needs, by {x} and {y}").format(name=name, x=x, y=y)
    return _tr("The loss of {name}, by {x} and {y}").format(name=name, x=x, y=y)


def remark(scene: MapScene) -> str:
    """Return what a map is made of, in small type below its heading."""
    setting, steps = scene.experiment.map, scene.last
    assert setting is not None
    if scene.kind == "learning_rate":
        declared = scene.rates(scene.last).declared
        rates = scene.map.x.values
        ends = {"low": number(float(rates[0])), "high": number(float(rates[-1]))}
        return _tr(declared.template).format(**{**declared.values, **ends})
    width, height = len(scene.map.x.values), len(scene.map.y.values) if scene.map.y is not None else 1
    if scene.over_start:
        text = _tr("{width} × {height} starts, up to {steps} steps from each")
    else:
        text = _tr("{width} × {height} settings, up to {steps} steps with each")
    text = text.format(width=width, height=height, steps=steps)
    if scene.kind == "difference":
        more = _tr("colours: how many times lower the loss is, above the lowest known")
        text = f"{text}; {more}"
    return text


def rows(scene: MapScene, k: int) -> list[Row]:
    """Return the legend of frame `k`; at every frame it has the same rows, but for their values."""
    if scene.kind == "learning_rate":
        return []
    sheet = scene.field(k)
    if scene.kind == "basin":
        return _of_basins(scene, sheet)
    if scene.kind == "difference":
        return _of_duel(scene, sheet)
    if scene.kind == "sensitivity":
        return _of_settings(scene, sheet)
    values = sheet.values[(sheet.classes >= 0) & np.isfinite(sheet.values)]
    known = len(values) > 0
    if scene.kind == "steps":
        found = [
            _of_steps(_tr("steps of the fastest"), float(values.min()) if known else math.nan),
            _of_steps(_tr("steps, the median"), float(np.median(values)) if known else math.nan),
            _of_steps(_tr("steps of the slowest"), float(values.max()) if known else math.nan),
        ]
        return found + _specials(scene, sheet, _late())
    quantiles = np.quantile(values, (0.0, 0.5, 1.0), method="nearest") if known else (np.nan,) * 3
    words = (_tr("lowest loss"), _tr("median loss"), _tr("highest loss"))
    found = [
        Row(VALUE, 0, word, number(float(value), fixed=True), at=float(value))
        for word, value in zip(words, quantiles, strict=True)
    ]
    return found + _specials(scene, sheet, "")


def _of_basins(scene: MapScene, sheet: Sheet) -> list[Row]:
    losses = np.asarray(scene.race.problem.loss(*sheet.minima.T)) if len(sheet.minima) else np.empty(0)
    found = []
    for i, ((x, y), loss) in enumerate(zip(sheet.minima, losses, strict=True)):
        place = f"({_at(float(x))}, {_at(float(y))})"
        told = 0.0 if abs(loss) < _NOTHING else float(loss)
        text = _tr("{place}, loss {loss}").format(place=place, loss=number(told))
        share = sheet.shares.get(i, 0.0)
        found.append(Row(BASIN, i, text, percent(share), share=share, short=place))
    return found + _specials(scene, sheet, _late())


def _at(coordinate: float) -> str:
    return number(0.0 if abs(coordinate) < _NOTHING else coordinate)


def _of_duel(scene: MapScene, sheet: Sheet) -> list[Row]:
    first, second = names_of(scene)
    size = sheet.values.size
    ahead = _tr("{name} ahead")
    return [
        Row(ENTRANT, 0, ahead.format(name=first), percent(np.count_nonzero(sheet.values > 0.0) / size)),
        Row(ENTRANT, 1, ahead.format(name=second), percent(np.count_nonzero(sheet.values < 0.0) / size)),
        Row(MIDDLE, 0, _tr("neither"), percent(np.count_nonzero(sheet.values == 0.0) / size)),
        *_specials(scene, sheet, "", _tr("both diverged")),
    ]


def _of_settings(scene: MapScene, sheet: Sheet) -> list[Row]:
    across, up = scene.map.x, scene.map.y
    assert up is not None
    best = best_cell(sheet)
    own = current(scene, across, up)
    found = [Row(CURRENT, 0, _setting(scene, *own), _of_current(scene, sheet, *own))]
    if best is not None:
        at = float(across.values[best[0]]), float(up.values[best[1]])
        found.append(Row(BEST, 0, _setting(scene, *at), number(float(sheet.values[best[1], best[0]]))))
    else:
        found.append(Row(BEST, 0, _tr("none that has not diverged"), "–"))
    for i, curve in enumerate(scene.map.theory):
        found.append(Row(THEORY, i, _tr(curve.name), short=_tr(_SHORT.get(curve.name, ""))))
    return found + _specials(scene, sheet, _late() if scene.measures_steps else "")


def _setting(scene: MapScene, x: float, y: float) -> str:
    across, up = scene.map.x, scene.map.y
    assert up is not None
    return ", ".join(
        f"{knob_axes.symbol_of(axis.name)} = {knob_axes.value_text(value, axis)}"
        for axis, value in ((across, x), (up, y))
    )


def _of_current(scene: MapScene, sheet: Sheet, x: float, y: float) -> str:
    """Return the value of the entrant's own setting, from its own race."""
    setting = scene.experiment.map
    assert setting is not None
    line = scene.race.lines[setting.entrant]
    k = min(sheet.k, line.stopped_at)
    if line.status == "diverged" and sheet.k >= line.stopped_at:
        return _tr("diverged")
    if scene.measures_steps:
        return _arrived(scene, sheet, line.path[: k + 1])
    return number(float(line.loss[k]))


def _arrived(scene: MapScene, sheet: Sheet, path: Array) -> str:
    """Return the step after which a race stays at the minimum it ends in, as the map counts it."""
    minima = sheet.minima if len(sheet.minima) else scene.race.minima
    (xlo, xhi), (ylo, yhi) = scene.race.xlim, scene.race.ylim
    radius = NEAR * float(np.hypot(xhi - xlo, yhi - ylo))
    index = int(nearest(path[-1:], minima, radius)[0])
    if index < 0:
        return "–"
    dx, dy = (path - minima[index]).T
    away = np.flatnonzero(dx * dx + dy * dy > radius * radius)
    return str(int(away[-1]) + 1 if len(away) else 0)


def _specials(scene: MapScene, sheet: Sheet, undecided: str, diverged: str = "") -> list[Row]:
    """Return the rows of what has no value; those that this map can have."""
    found = []
    if undecided:
        found.append(Row(SPECIAL, UNDECIDED, undecided, percent(sheet.shares.get(UNDECIDED, 0.0))))
    share = percent(sheet.shares.get(DIVERGED, 0.0))
    found.append(Row(SPECIAL, DIVERGED, diverged or _tr("diverged"), share))
    if scene.experiment.declared_surface.feasible is not None or OUTSIDE in sheet.shares:
        text = _tr("not defined there") if scene.over_start else _tr("no such run")
        found.append(Row(SPECIAL, OUTSIDE, text, percent(sheet.shares.get(OUTSIDE, 0.0))))
    return found


def best_rates(scene: MapScene, k: int) -> list[tuple[str, str]]:
    """Return the best learning rate of each entrant, and its loss there, as text."""
    sheet: RatesSheet = scene.rates(k)
    found = []
    for i in range(len(sheet.best)):
        best = int(sheet.best[i])
        if best < 0:  # where all are equal, as before the first step, none is the best
            found.append(("–", _tr("diverged") if sheet.diverged[i].all() else "–"))
        else:
            found.append((number(float(sheet.rates[best])), number(float(sheet.losses[i, best]))))
    return found


def notes(scene: MapScene) -> tuple[str, str]:
    """Return what is said below the table of a learning-rate map."""
    return _tr("filled: best · open: now · cross: diverges from there"), raced_at(scene)


def raced_at(scene: MapScene) -> str:
    """Return with which learning rates the race beside a learning-rate map is run."""
    sheet = scene.rates(scene.last)
    entrants = [(i, one) for i, one in enumerate(scene.experiment.entrants) if not one.hidden]
    rates = sheet.rates
    if all(sheet.best[i] >= 0 and rates[sheet.best[i]] == one.learning_rate for i, one in entrants):
        return _tr("race: everyone at their own best rate")
    if all(rates[0] <= one.learning_rate <= rates[-1] for _, one in entrants):
        return _tr("race: at the rates marked open")
    return _tr("race: at the rates now set")


def spoken(scene: MapScene, k: int) -> list[str]:
    """Return what a map shows at frame `k` in lines, for those who do not see it."""
    lines = [f"{heading(scene)}.", f"{remark(scene).rstrip('.')}."]
    if scene.kind == "learning_rate":
        text = _tr("{name}: best learning rate {rate}, loss there {loss}.")
        names = [line.label for line in scene.race.lines]
        none = _tr("{name}: no best learning rate.")
        found = zip(names, best_rates(scene, k), strict=True)
        lines += [
            (none if rate == "–" else text).format(name=name, rate=rate, loss=loss)
            for name, (rate, loss) in found
        ]
        said = raced_at(scene)
        return [*lines, f"{said[:1].upper()}{said[1:]}."]
    named = {CURRENT: _tr("now: {text}"), BEST: _tr("best: {text}"), BASIN: _tr("minimum {place}: {text}")}
    for row in rows(scene, k):
        text = named.get(row.mark, "{text}").format(text=row.text, place=row.which + 1)
        lines.append(f"{text}: {row.value}." if row.value else f"{text}.")
    return lines


def percent(share: float) -> str:
    """Return a share as a person reads it: 27.3 %."""
    if 0.0 < share < 0.0005:
        return "< 0.1\N{NO-BREAK SPACE}%"
    if 0.9995 < share < 1.0:
        return "> 99.9\N{NO-BREAK SPACE}%"
    return f"{100.0 * share:.1f}\N{NO-BREAK SPACE}%"


def _of_steps(text: str, value: float) -> Row:
    return Row(VALUE, 0, text, "–" if math.isnan(value) else f"{value:.0f}", at=value)


def _late() -> str:
    # Some still move, others rest elsewhere, at a saddle point for instance.
    return _tr("at no known minimum")


def _tr(text: str) -> str:
    return QCoreApplication.translate("Maps", text)
