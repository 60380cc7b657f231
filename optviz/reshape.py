"""The comparison of two settings of one surface: everything that can be drawn about it, with no Qt in it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from optviz.experiment import Experiment
from optviz.problem import NEVER, Problem, Stop
from optviz.scene import Scene, alone, build_scene, seen
from optviz.setting import MORPH_FRAMES
from optviz.simulate import simulate, simulate_between


@dataclass(frozen=True, eq=False)
class ReshapeScene:
    """Both sides of a comparison, and what lies between them.

    Attributes
    ----------
    experiment
        With its `reshape`.
    before, after
        The scene of either side; on one scale of colours where that is linked.
    between
        The scene of the mixture (1 - morph) L_before + morph L_after; None where both sides are shown.
    """

    experiment: Experiment
    before: Scene
    after: Scene
    between: Scene | None = None

    @property
    def title(self) -> str:
        return self.experiment.title or self.experiment.surface_name

    @property
    def theme(self) -> str:
        return self.experiment.view.theme

    @property
    def main(self) -> Scene:
        """The scene that speaks for the comparison where one has to: what lies between, or after."""
        return self.between if self.between is not None else self.after

    @property
    def shown(self) -> tuple[Scene, ...]:
        """The scenes that are drawn, from left to right."""
        return (self.between,) if self.between is not None else (self.before, self.after)

    @property
    def last(self) -> int:
        """The index of the last frame: a step of the race, or of the way from before to after."""
        reshape = self.experiment.reshape
        sweeps = reshape is not None and reshape.film == "morph"
        return MORPH_FRAMES if sweeps else self.experiment.steps


def frames_of(experiment: Experiment) -> int:
    """Return the index of the last frame of an export: as `ReshapeScene.last`, with nothing computed."""
    sweeps = experiment.reshape is not None and experiment.reshape.film == "morph"
    return MORPH_FRAMES if sweeps else experiment.steps


def build_reshape(
    experiment: Experiment, *, previous: ReshapeScene | None = None, stop: Stop = NEVER, grid: int = 0
) -> ReshapeScene:
    """Return the scene of a comparison, both sides simulated.

    Parameters
    ----------
    previous
        A scene made before: runs whom no change concerns are taken from it.
    grid
        Points a side on which a slow surface is computed; 0 for all it has.

    Raises
    ------
    InputError
        As `simulate`.
    Stopped
        When `stop` was set.
    """
    reshape = experiment.reshape
    assert reshape is not None
    sides = [experiment.sides[name] for name in ("before", "after")]
    problems = [Problem.of(side).at_grid(grid, stop) for side in sides]
    company: tuple[Problem, ...] = ()
    if reshape.linked_scale:
        company = tuple(one for both in zip(problems, sides, strict=True) for one in seen(*both))
    olds = (previous.before, previous.after) if previous is not None else (None, None)
    scenes = [
        _scene(side, problem, company, old, stop)
        for side, problem, old in zip(sides, problems, olds, strict=True)
    ]
    between = None
    if reshape.show == "morph":
        mixture = problems[0].between(problems[1], reshape.morph)
        if mixture in problems:
            return ReshapeScene(experiment, scenes[0], scenes[1], scenes[problems.index(mixture)])
        old = previous.between if previous is not None else None
        done = old.run if old is not None else None
        run = simulate_between(sides[0], sides[1], mixture, previous=done, stop=stop)
        between = build_scene(run, problem=mixture, company=company, other=sides[1])
    return ReshapeScene(experiment, scenes[0], scenes[1], between)


def _scene(
    side: Experiment, problem: Problem, company: tuple[Problem, ...], old: Scene | None, stop: Stop
) -> Scene:
    if old is not None and old.experiment == side and old.problem.key == problem.key:
        return replace(old, company=company or alone(problem, side))
    run = simulate(side, problem=problem, previous=old.run if old is not None else None, stop=stop)
    return build_scene(run, problem=problem, company=company)


def at_morph(experiment: Experiment, frame: int) -> Experiment:
    """Return the experiment whose picture is frame `frame` of a film from before to after."""
    assert experiment.reshape is not None
    reshape = replace(experiment.reshape, show="morph", morph=frame / MORPH_FRAMES)
    return replace(experiment, reshape=reshape)
