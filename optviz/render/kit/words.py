"""What a kit says in words: captions with everything that was run, and what somebody sees who cannot see."""

from __future__ import annotations

import math
import re
import textwrap
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication

from optviz.caption import SEPARATOR, caption_of, short_caption
from optviz.experiment import Experiment
from optviz.optimizers import OPTIMIZERS
from optviz.problem import Problem
from optviz.render.anatomy import taken_apart
from optviz.render.kit import told
from optviz.render.kit.subject import Subject
from optviz.render.stages import Drawn
from optviz.render.style import number
from optviz.reshape import ReshapeScene
from optviz.scene import Line, Scene
from optviz.training.scene.scene import TrainScene

if TYPE_CHECKING:  # where no map is drawn none of its code is loaded
    from optviz.maps.scene import MapScene

_WIDE = 100
_SCIENTIFIC = re.compile(r"(?<![\w.])[-−]?\d+(?:\.\d+)?e[-−+]?\d+(?!\w)")


def tr(text: str) -> str:
    """Translate a text of a kit."""
    return QCoreApplication.translate("Kit", text)


def step_text(subject: Subject, k: int) -> str:
    """Return which frame it is, as it stands in a picture."""
    shots = subject.shots
    if shots is not None:
        shot = shots.at(k)
        if shot.share is not None:
            return told.values_at(shots, shot.share)
        if shots.parts:
            count = shots.parts - 1
            which = tr("all {count} parts") if shot.revealed is None else tr("{i} of {count} parts")
            which = which.format(i=shot.revealed, count=count)
            return tr("step {k}: {told}").format(k=shot.frame, told=which)
        k = shot.frame
    text = tr("frame {k} of {last}") if subject.noun == "frame" else tr("step {k} of {last}")
    return text.format(k=k, last=subject.whole)


# ------------------------------------------------------------------ captions


def caption(subject: Subject, k: int | None = None) -> str:
    """Return everything that was run in a few sentences."""
    said = caption_of(subject.what, k if k is None else subject.frame_of(k))
    return said if subject.shots is None or not subject.shots.gliding else f"{_gliding(subject)} {said}"


def short(subject: Subject) -> str:
    """Return what was run in a line."""
    said = short_caption(subject.what)
    if subject.shots is None or not subject.shots.gliding:
        return said
    return SEPARATOR.join([told.glides(subject.shots).rstrip("."), said])


def _gliding(subject: Subject) -> str:
    """Return what moves in the film, and that all else is said of its end."""
    assert subject.shots is not None
    return f"{told.glides(subject.shots)} {tr('What follows is said of its end.')}"


def captions(subject: Subject) -> str:
    """Return the file of captions: a short one, a whole one, and every value by its name in the file."""
    heading = tr("Every hyperparameter, by its name in the experiment file")
    if subject.shots is not None and subject.shots.gliding:
        heading = tr("Every hyperparameter at the end of the movement, by its name in the experiment file")
    blocks = [
        _block(tr("In a line"), wrapped(short(subject))),
        _block(tr("Below a picture"), wrapped(caption(subject, subject.last))),
        _block(heading, _listing(subject)),
    ]
    return "\n\n".join([subject.title, *blocks]) + "\n"


def wrapped(text: str, indent: str = "") -> str:
    """Return paragraphs broken into lines."""
    lines = (
        textwrap.fill(line, _WIDE, initial_indent=indent, subsequent_indent=indent, break_long_words=False)
        for line in text.splitlines()
    )
    return "\n".join(lines)


def _block(heading: str, text: str) -> str:
    return f"{heading}\n{'-' * len(heading)}\n{text}"


def _listing(subject: Subject) -> str:
    what = subject.what
    entrants = what.entrants if isinstance(what, Experiment) else what.training.entrants
    blocks: list[str] = []
    for entrant in entrants:
        lines = [f"{entrant.title}  (optimizer = {entrant.optimizer})"]
        kinds = {knob.name: knob.kind for knob in OPTIMIZERS[entrant.optimizer].knobs}
        lines += [
            f"  {name} = {_exact(value, kinds[name])}" for name, value in entrant.hyperparameters.items()
        ]
        schedule = entrant.schedule
        lines.append(f"  schedule = {schedule.name}")
        lines += [f"    {name} = {_exact(value)}" for name, value in schedule.values.items()]
        changes = getattr(entrant, "changes", None)
        lines += [
            f"  changes.{name} = {value}" for name, value in (changes.table() if changes else {}).items()
        ]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def _exact(value: float, kind: str = "float") -> str:
    if kind == "bool":
        return str(bool(value)).lower()
    whole = kind == "int" or isinstance(value, int)
    return str(int(value)) if whole and math.isfinite(value) else repr(float(value))


# ------------------------------------------------------------------ alternative text


def alt_text(subject: Subject, scene: Drawn, k: int) -> str:
    """Return what the last frame shows, for somebody who hears it: where all start, where each ends, and why.

    Parameters
    ----------
    scene, k
        The scene of the last frame and the step it shows.
    """
    if isinstance(scene, TrainScene):
        return "\n".join(_of_training(scene, k))
    if subject.shots is not None and subject.shots.gliding:
        return "\n".join(_of_what_glides(subject, scene, k))
    return _of_scene(scene, k)


def _of_what_glides(subject: Subject, end: Drawn, k: int) -> list[str]:
    shots = subject.shots
    assert shots is not None
    first, at = subject.source(subject.size).at(0)
    assert not isinstance(first, TrainScene)
    assert not isinstance(end, TrainScene)
    said = [told.glides(shots), ""]
    for share, scene, step in ((0.0, first, at), (1.0, end, k)):
        where = tr("At first, {values}:") if share == 0.0 else tr("At the end, {values}:")
        said += [where.format(values=told.values_at(shots, share)), _of_scene(scene, step), ""]
    return said[:-1]


def _of_scene(scene: Scene | ReshapeScene | MapScene, k: int) -> str:
    if not isinstance(scene, (Scene, ReshapeScene)):
        from optviz.render.maps.told import spoken

        race = _of_race(scene.race, k)
        if scene.over_start:  # the colours are the map's, and told; the race runs over it
            race[0] = tr("Over it, contour lines of the loss, and the race from one start:")
        return "\n".join([*spoken(scene, k), "", *race])
    if isinstance(scene, ReshapeScene):
        lines = [tr("A comparison of two settings of one loss surface, side by side.")]
        if len(scene.shown) == 1:
            lines = [tr("A loss surface on the way from one setting to another.")]
            return "\n".join([*lines, *_of_race(scene.shown[0], k)])
        names = (tr("On the left, before:"), tr("On the right, after:"))
        for name, side in zip(names, scene.shown, strict=True):
            lines += ["", name, *_of_race(side, k)]
        return "\n".join(lines)
    return "\n".join(_of_race(scene, k))


def frame_alt(subject: Subject, scene: Drawn, k: int, at: int) -> str:
    """Return in one sentence what frame `k` shows; the scene is at step `at`."""
    head = step_text(subject, k)
    if subject.shots is not None and isinstance(scene, Scene):
        found, shot = taken_apart(scene, at), subject.shots.at(k)
        if found is not None and found.parts and shot.share is None:
            return f"{tr('step {k}').format(k=at)}, {told.told_of(found, shot.revealed)}"
    if isinstance(scene, TrainScene):
        words = [_trained_at(scene, line.entrant, line.label, at) for line in scene.lines]
        return f"{head}: {'; '.join(words)}"
    if isinstance(scene, ReshapeScene) and len(scene.shown) == 2:
        sides = (
            f"{name} {'; '.join(_stand(line, at) for line in _drawn(side))}"
            for name, side in zip((tr("before:"), tr("after:")), scene.shown, strict=True)
        )
        return f"{head}: {'. '.join(sides)}"
    race = scene.main if isinstance(scene, ReshapeScene) else scene
    if not isinstance(race, Scene):
        race = race.race
    return f"{head}: {'; '.join(_stand(line, at) for line in _drawn(race))}"


def _drawn(scene: Scene) -> list[Line]:
    return [line for line in scene.lines if not line.hidden] or list(scene.lines)


def _stand(line: Line, k: int) -> str:
    if line.status == "diverged" and k >= line.stopped_at:
        return tr("{name} has diverged").format(name=line.label)
    x, y = line.path[min(k, line.stopped_at)]
    text = tr("{name} at ({x}, {y}), loss {loss}")
    loss = line.loss[min(k, line.stopped_at)]
    return text.format(name=line.label, x=number(x), y=number(y), loss=number(loss))


def _of_race(scene: Scene, k: int) -> list[str]:
    lines = [_surface(scene), _start(scene)]
    lowest = _lowest(scene.problem)
    if lowest:
        lines.append(lowest)
    lines += [_path(line, k) for line in _drawn(scene)]
    lines += [*told.pointing(scene, k), *told.update(scene, k)]
    hidden = sum(line.hidden for line in scene.lines)
    if 0 < hidden < len(scene.lines):
        lines.append(tr("Not drawn: {count} more.").format(count=hidden))
    return lines


def _surface(scene: Scene) -> str:
    kinds = {
        "contour": tr("A map of the loss surface {name}, seen from above, with contour lines."),
        "surface3d": tr("The loss surface {name} in three dimensions."),
        "split": tr("The loss surface {name}, as a map seen from above and in three dimensions."),
    }
    view = scene.experiment.view
    name = QCoreApplication.translate("Catalog", scene.experiment.surface_name)
    text = tr("{axis} goes from {low} to {high}")
    limits = zip(scene.problem.surface.axes, (scene.xlim, scene.ylim), strict=True)
    spans = [text.format(axis=axis, low=number(low), high=number(high)) for axis, (low, high) in limits]
    shown = tr("{x}, {y}; the colour shows the loss.").format(x=spans[0], y=spans[1])
    formula = scene.problem.surface.formula
    first = kinds[view.kind].format(name=name)
    if scene.problem.surface.model is None and scene.experiment.formula is None:
        first = f"{first[:-1]}: f(x, y) = {formula}."
    return f"{first} {shown}"


def _start(scene: Scene) -> str:
    lines = _drawn(scene)
    x, y = scene.start
    names = listed([line.label for line in lines])
    text = tr("{names} starts at ({x}, {y}).") if len(lines) == 1 else tr("{names} start at ({x}, {y}).")
    first = text.format(names=names, x=number(x), y=number(y))
    losses = [float(line.loss[0]) for line in lines if len(line.loss)]
    return (
        f"{first[:-1]}, {tr('where the loss is {loss}').format(loss=number(losses[0]))}." if losses else first
    )


def _lowest(problem: Problem) -> str:
    minima = problem.minima
    if not len(minima):
        return ""
    losses = problem.loss(*minima.T)
    best = int(np.argmin(losses))
    x, y = minima[best]
    text = tr("The lowest minimum known lies at ({x}, {y}), with a loss of {loss}.")
    return text.format(x=number(x), y=number(y), loss=number(float(losses[best])))


def _path(line: Line, k: int) -> str:
    at = min(k, line.stopped_at)
    (x, y), loss = line.path[at], line.loss[at]
    where = {"name": line.label, "x": number(x), "y": number(y), "loss": number(loss), "step": at}
    if k < line.stopped_at:
        return tr("{name} is at ({x}, {y}) after step {step}, where the loss is {loss}.").format(**where)
    if line.status == "diverged":
        text = tr("{name} diverges; its last point, at step {step}, is ({x}, {y}), where the loss is {loss}.")
    else:
        text = tr("{name} ends at ({x}, {y}), where the loss is {loss}.")
    values = {key: QCoreApplication.translate("Verdict", value) for key, value in line.verdict.values.items()}
    why = _one_notation(QCoreApplication.translate("Verdict", line.verdict.template).format(**values))
    return f"{text.format(**where)} {why}"


def _one_notation(text: str) -> str:
    """Return a text whose numbers are all written as `number` writes them: 4.42×10⁻⁵, not 4.42e−05."""
    return _SCIENTIFIC.sub(lambda found: number(float(found[0].replace("−", "-"))), text)


def _of_training(scene: TrainScene, k: int) -> list[str]:
    text = tr("The training of {count} networks on {data}: curves against epochs, {epoch} of {epochs} done.")
    if len(scene.lines) == 1:
        text = tr("The training of a network on {data}: curves against epochs, {epoch} of {epochs} done.")
    first = text.format(
        count=len(scene.lines), data=scene.record.training.dataset.replace("_", " "),
        epoch=number(scene.epoch_at(k)), epochs=scene.epochs,
    )  # fmt: skip
    return [first, *(f"{_trained_at(scene, line.entrant, line.label, k)}." for line in scene.lines)]


def _trained_at(scene: TrainScene, i: int, label: str, k: int) -> str:
    if scene.lost_at(i, k):
        return tr("{name} has diverged").format(name=label)
    known = scene.curve(i, "loss").mean[: scene.steps_at(i, k)]
    words = [tr("{name} has not begun").format(name=label)]
    if len(known):
        words = [tr("{name} has a loss of {loss}").format(name=label, loss=number(float(known[-1])))]
    judged = scene.judgement_at(i, k)
    if judged is not None:
        words.append(tr("{share} of the test images right").format(share=f"{judged.accuracy:.1%}"))
    return ", ".join(words)


def listed(names: list[str]) -> str:
    """Return names as a list in a sentence."""
    if len(names) < 2:
        return "".join(names)
    return tr("{names} and {last}").format(names=", ".join(names[:-1]), last=names[-1])
