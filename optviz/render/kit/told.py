"""The moments of a step in words: what glides from where to where, and the parts of an update."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from optviz.anatomy import Anatomy, Part
from optviz.experiment import Experiment
from optviz.lesson import Move, knob_of
from optviz.render.anatomy import taken_apart
from optviz.render.kit.shots import Shots
from optviz.render.panels.arrows import arrows
from optviz.render.style import number
from optviz.scene import Scene


def tr(text: str) -> str:
    """Translate a text of a kit."""
    return QCoreApplication.translate("Kit", text)


# ------------------------------------------------------------------ what glides


def knob_name(experiment: Experiment, path: str) -> str:
    """Return what glides as it is read: "learning rate of Adam", "start, x"."""
    parts = path.split(".")
    if parts[0] == "start":
        return tr("start, {axis}").format(axis="xy"[int(parts[1])])
    if parts[0] == "view" and parts[1] in ("xlim", "ylim"):
        side = {"xlim": tr("left edge"), "ylim": tr("lower edge")} if parts[2] == "0" else {
            "xlim": tr("right edge"), "ylim": tr("upper edge")}  # fmt: skip
        return side[parts[1]]
    name = QCoreApplication.translate(
        "Catalog", knob_of(experiment, path).name.split(".")[-1].replace("_", " ")
    )
    if parts[0] == "entrants" and len(experiment.entrants) > 1:
        return tr("{name} of {owner}").format(name=name, owner=experiment.entrants[int(parts[1])].title)
    if parts[0] == "reshape" and len(parts) > 2:
        return tr("{name} {side}").format(
            name=name, side=tr("before") if parts[1] == "before" else tr("after")
        )
    return name


def glides(shots: Shots) -> str:
    """Return what glides from where to where, in a sentence for each; empty for nothing."""
    return " ".join(_glides(shots.step.experiment, move) for move in shots.step.moves)


def _glides(experiment: Experiment, move: Move) -> str:
    name = knob_name(experiment, move.knob)
    text = tr("{name} moves from {start} to {end} in {seconds} s.").format(
        name=name, start=number(move.start), end=number(move.end), seconds=number(move.seconds)
    )
    return text[:1].upper() + text[1:]


def values_at(shots: Shots, share: float) -> str:
    """Return how far everything is that glides: "rotation = 22.5"."""
    step = shots.step
    said = []
    for move in step.moves:
        value = move.value_at(move.share_at(share * step.seconds), knob_of(step.experiment, move.knob))
        said.append(f"{knob_name(step.experiment, move.knob)} = {number(value)}")
    return ", ".join(said)


# ------------------------------------------------------------------ an update in its parts


def told_of(anatomy: Anatomy, revealed: int | None) -> str:
    """Return what is told at one moment: the last part that shows, or all of it."""
    count = len(anatomy.parts) + 1
    if revealed is None or revealed >= count:
        return tr("all {count} parts together: {step}").format(count=count - 1, step=_vector(anatomy.whole))
    part = anatomy.parts[revealed - 1]
    text = tr("part {i} of {count}, {name}: {vector}")
    return text.format(i=revealed, count=count - 1, name=_title(part), vector=_vector(part))


def update(scene: Scene, k: int) -> list[str]:
    """Return the update that frame `k` takes apart, a sentence for it and for each part; none for none."""
    found = taken_apart(scene, k)
    if found is None:
        return []
    entrant = scene.experiment.view.step_by_step
    assert entrant is not None
    name = scene.experiment.entrants[entrant].title
    if not found.parts:
        return [_said(found.note.template, found.note.values)]
    start, end = (tr("({x}, {y})").format(x=number(p[0]), y=number(p[1])) for p in (found.start, found.end))
    text = tr(
        "The update of {name} from step {k} to step {next} is taken apart; it leads from {start} to {end}."
    )
    lines = [text.format(name=name, k=found.k, next=found.k + 1, start=start, end=end)]
    for i, part in enumerate(found.parts, 1):
        said = _said(part.sentence.template, part.sentence.values)
        lines.append(f"{i}. {_title(part)}: {_vector(part)}. {said}")
    lines.append(tr("Together: {step}.").format(step=_vector(found.whole)))
    if found.note:
        lines.append(_said(found.note.template, found.note.values))
    return lines


def _title(part: Part) -> str:
    return QCoreApplication.translate("Anatomy", part.title)


def _vector(part: Part) -> str:
    x, y = (number(float(n)) for n in part.vector)
    return tr("{x} in x and {y} in y").format(x=x, y=y)


def _said(template: str, values: object) -> str:
    assert hasattr(values, "items")
    return QCoreApplication.translate("Anatomy", template).format(**dict(values.items()))


def pointing(scene: Scene, k: int) -> list[str]:
    """Return which arrows stand at the heads of frame `k`, a sentence for each kind that does."""
    lines = []
    found = arrows(scene, k)
    for kind in scene.experiment.view.arrows:
        own = [one for one in found if one.kind == kind]
        if own:
            where = (
                tr("({x}, {y}) at {name}").format(
                    x=number(float(one.vector[0])), y=number(float(one.vector[1])), name=one.line.label
                )
                for one in own
            )
            text = {
                "gradient": tr("Arrows point down the gradient: {where}."),
                "momentum": tr("Arrows point along the momentum: {where}."),
                "update": tr("Arrows point along the next step: {where}."),
            }[kind]
            lines.append(text.format(where="; ".join(where)))
    return lines
