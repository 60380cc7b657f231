"""The list of everything that can be plotted, in groups."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QWidget

from optviz.gui.controls.picker import Pick, Picker
from optviz.gui.session import Session
from optviz.insight import Quantity, quantities
from optviz.plots import EIGEN, Plot, eigen_entrant
from optviz.quantity_plots import naming
from optviz.render.panels.curves import title_of
from optviz.translation import QT_TRANSLATE_NOOP

GRADIENT = QT_TRANSLATE_NOOP("Plots", "Gradient")
STEP = QT_TRANSLATE_NOOP("Plots", "Step")
MEMORY = QT_TRANSLATE_NOOP("Plots", "Memory")
GEOMETRY = QT_TRANSLATE_NOOP("Plots", "Geometry")
PARTS = QT_TRANSLATE_NOOP("Plots", "Parts of the step")
GROUPS = (GEOMETRY, GRADIENT, STEP, MEMORY, PARTS)

_RATE = (
    QT_TRANSLATE_NOOP("Plots", "learning rate"),
    QT_TRANSLATE_NOOP("Plots", "What the schedule gives each step."),
)
_EDGE = (
    QT_TRANSLATE_NOOP("Plots", "edge of stability: learning rate and 2/λ"),
    QT_TRANSLATE_NOOP(
        "Plots",
        "Each learning rate, and 2 over the curvature along the step: above it gradient descent overshoots.",
    ),
)
_EIGEN = (
    QT_TRANSLATE_NOOP("Plots", "eigen-view: theory over measurement"),
    QT_TRANSLATE_NOOP(
        "Plots",
        "The selected optimizer's error along each eigenvector of the Hessian, and what theory says it is.",
    ),
    QT_TRANSLATE_NOOP(
        "Plots", "Not here: this surface is not a quadratic with a minimum, so its eigenvectors turn."
    ),
    QT_TRANSLATE_NOOP("Plots", "Not yet: the race is still being computed."),
)


def group_of(key: str) -> str:
    """Return the heading under which a quantity is listed."""
    base = key.partition(".")[0]
    if base in ("memory", "part"):
        return MEMORY if base == "memory" else PARTS
    if base.startswith("gradient"):
        return GRADIENT
    return STEP if base.startswith(("step", "effective", "length", "learning")) else GEOMETRY


def picks(session: Session, chosen: Sequence[str]) -> list[Pick]:
    """Return what can be plotted beside the usual, group by group."""
    experiment, scene = session.experiment, session.scene
    axes = experiment.declared_surface.axes if scene is None else scene.problem.surface.axes
    place = min(max(session.selected, 0), len(experiment.entrants) - 1)
    found = scene.eigen(place) if scene is not None and place < len(scene.lines) else None
    title, help, other, early = (_tr(text) for text in _EIGEN)
    reason = "" if found is not None else early if scene is None else other
    wanted = any(eigen_entrant(key) is not None for key in chosen)
    listed = [Pick(EIGEN, title, reason or help, GEOMETRY, wanted, bool(reason))]
    listed += [_pick(quantity, axes, quantity.key in chosen) for quantity in quantities(experiment)]
    listed.append(Pick("learning_rate", _tr(_RATE[0]), _tr(_RATE[1]), STEP, "learning_rate" in chosen))
    by_group = sorted(listed, key=lambda pick: GROUPS.index(pick.group))
    return [Pick(p.id, p.title, p.help, _tr(p.group), p.chosen, p.off) for p in by_group]


def _pick(quantity: Quantity, axes: tuple[str, str], chosen: bool) -> Pick:
    key = quantity.key
    if key == "stability_limit":
        return Pick(key, _tr(_EDGE[0]), _tr(_EDGE[1]), GEOMETRY, chosen)
    title, context, values = naming(quantity, axes)
    named = title_of(Plot(key, title, False, 0.0, 1.0, context=context, values=values))
    help = QCoreApplication.translate("Insight", quantity.help)
    return Pick(key, named, help, group_of(key), chosen)


class QuantityPicker(Picker):
    """Picks what is plotted; it is made when it is opened and goes when it is closed."""

    def __init__(self, session: Session, chosen: Sequence[str], parent: QWidget) -> None:
        listed = picks(session, chosen)
        hint = QCoreApplication.translate("Plots", "Search {count} quantities").format(count=len(listed))
        super().__init__(listed, hint, parent)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        super().closeEvent(event)
        self.deleteLater()


def _tr(text: str) -> str:
    return QCoreApplication.translate("Plots", text)
