"""What the parts of a map are called, and what a cell of it says, in words."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from optviz.gui.controls import look
from optviz.gui.controls.knob_row import shown_name
from optviz.maps.scene import MapScene
from optviz.maps.sheet import DIVERGED, OUTSIDE, UNDECIDED, MapScale
from optviz.render import style
from optviz.scene import Line
from optviz.translation import QT_TRANSLATE_NOOP

_CONTEXT = "MapWords"

KINDS = {
    "basin": (
        QT_TRANSLATE_NOOP("MapWords", "Basins"),
        QT_TRANSLATE_NOOP("MapWords", "Each start in the colour of the minimum it ends in."),
    ),
    "steps": (
        QT_TRANSLATE_NOOP("MapWords", "Steps"),
        QT_TRANSLATE_NOOP("MapWords", "How many steps each start needs to its minimum."),
    ),
    "loss": (
        QT_TRANSLATE_NOOP("MapWords", "Loss"),
        QT_TRANSLATE_NOOP("MapWords", "The loss each start has come to at the step shown: play it."),
    ),
    "difference": (
        QT_TRANSLATE_NOOP("MapWords", "Duel"),
        QT_TRANSLATE_NOOP("MapWords", "Who of two optimizers is ahead from where, at the step shown."),
    ),
    "sensitivity": (
        QT_TRANSLATE_NOOP("MapWords", "Sensitivity"),
        QT_TRANSLATE_NOOP("MapWords", "What two hyperparameters do to the race from one start."),
    ),
    "learning_rate": (
        QT_TRANSLATE_NOOP("MapWords", "Best rates"),
        QT_TRANSLATE_NOOP("MapWords", "The loss against the learning rate, for everyone at once."),
    ),
}
"""Of every kind of map its name and one line that explains it."""

REFUSALS = {
    "alone": QT_TRANSLATE_NOOP("MapWords", "A duel needs two optimizers: add one."),
    "one knob": QT_TRANSLATE_NOOP(
        "MapWords", "This optimizer has one hyperparameter only: see its best rate."
    ),
}


NO_RACE = QT_TRANSLATE_NOOP("MapWords", "no race: the surface is not declared here")
DIVERGED_TEXT = QT_TRANSLATE_NOOP("MapWords", "diverged")
UNDECIDED_TEXT = QT_TRANSLATE_NOOP("MapWords", "at no known minimum after {n} steps")


def translated(text: str) -> str:
    """Return a text of this module in the person's language."""
    return QCoreApplication.translate(_CONTEXT, text)


def axis_name(scale: MapScale) -> str:
    """Return what an axis is called: the coordinate, or the hyperparameter as its slider names it."""
    return scale.name if scale.knob is None else shown_name(scale.knob.name)


def fate(
    line: Line, sheet_class: int, minima: list[tuple[float, float]], steps: int, k: int | None = None
) -> str:
    """Return what became of a cell's race: one clause.

    Parameters
    ----------
    line
        The race of the cell.
    sheet_class
        Its class on the map.
    minima
        Those that classes count; none where they play no role.
    steps
        Of the whole race.
    k
        The step that the map shows; None where it shows the end.
    """
    if sheet_class == OUTSIDE:
        return translated(NO_RACE)
    ended = k is None or k >= line.stopped_at
    if sheet_class == DIVERGED or (line.status == "diverged" and ended):
        return translated(QT_TRANSLATE_NOOP("MapWords", "diverged at step {n}")).format(n=line.stopped_at)
    if 0 <= sheet_class < len(minima):
        return ends_in(sheet_class, minima)
    if sheet_class == UNDECIDED:
        return translated(UNDECIDED_TEXT).format(n=steps)
    at = line.stopped_at if k is None else min(k, line.stopped_at)
    x, y = (style.number(float(part), 3, fixed=True) for part in line.path[at])
    if at < line.stopped_at:
        return translated(QT_TRANSLATE_NOOP("MapWords", "at ({x}, {y}) by now")).format(x=x, y=y)
    return translated(QT_TRANSLATE_NOOP("MapWords", "ends at ({x}, {y})")).format(x=x, y=y)


def ends_in(index: int, minima: list[tuple[float, float]]) -> str:
    """Return that a race ends in a minimum, and where that is."""
    x, y = (style.number(part, 3, fixed=True) for part in minima[index])
    text = QT_TRANSLATE_NOOP("MapWords", "ends in minimum {n} at ({x}, {y})")
    return translated(text).format(n=index + 1, x=x, y=y)


def loss_name(scene: MapScene, k: int) -> str:
    """Return what a loss at frame `k` of a map is called: it says which step it is of."""
    if scene.moves and k < scene.last:
        return translated(QT_TRANSLATE_NOOP("MapWords", "loss at step {n}")).format(n=k)
    return translated(QT_TRANSLATE_NOOP("MapWords", "loss after {n} steps")).format(n=scene.last)


def class_name(found: int, minima: list[tuple[float, float]]) -> str:
    """Return what the cells of a class have in common."""
    if 0 <= found < len(minima):
        return ends_in(found, minima)
    names = {
        UNDECIDED: QT_TRANSLATE_NOOP("MapWords", "at no known minimum"),
        DIVERGED: DIVERGED_TEXT,
        OUTSIDE: NO_RACE,
    }
    return translated(names.get(found, QT_TRANSLATE_NOOP("MapWords", "still running or at its end")))


def ahead(value: float, own: str, rival: str) -> str:
    """Return who of two is ahead, and how many times lower its loss is.

    Parameters
    ----------
    value
        By how many decades; infinite where the other one diverged.
    """
    if value == 0.0:
        return translated(QT_TRANSLATE_NOOP("MapWords", "{a} and {b} are level")).format(a=own, b=rival)
    first, second = (own, rival) if value > 0.0 else (rival, own)
    if abs(value) == float("inf"):
        text = QT_TRANSLATE_NOOP("MapWords", "{a} is ahead: {b} diverged")
        return translated(text).format(a=first, b=second)
    times = 10.0 ** min(abs(value), 300.0)
    text = QT_TRANSLATE_NOOP("MapWords", "{a} is ahead of {b}: {n} times lower")
    return translated(text).format(a=first, b=second, n=style.number(times, 2))


def name_of(title: str, label: str) -> str:
    """Return what an entrant is called: as it was named, else as its optimizer is."""
    return label or look.catalog(title)
