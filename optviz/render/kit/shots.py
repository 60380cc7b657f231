"""The moments of a lesson's step that is more than a race: knobs that glide, or an update told in parts."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

from optviz.experiment import Experiment
from optviz.lesson import Lesson, LessonStep, experiment_at, last_frame
from optviz.render.anatomy import taken_apart
from optviz.render.source import scene_of
from optviz.render.video import checked_rate
from optviz.scene import Scene

MOST = 301
"""Frames of a film of such a step."""

_RATE, _TOLD_RATE = 30, 10
_PART, _FASTEST, _SLOWEST = 2.0, 0.5, 8.0  # seconds that a part is looked at, as in the window
_WITH_MORE = 201  # frames of what glides where something follows
_HIGHEST_RATE = 240


@dataclass(frozen=True, eq=False)
class Shot:
    """One moment.

    Attributes
    ----------
    what, frame
        The experiment as it stands then, and which frame of it shows.
    share
        How much of the time that things glide in is over; None where nothing glides, or no more.
    revealed
        How many parts of the update have been told; None for all, or where none is taken apart.
    """

    what: Experiment
    frame: int
    share: float | None = None
    revealed: int | None = None


class Shots:
    """The moments of a step in the order of its film: first what glides, then what is told or raced.

    They depend on nothing but the step, so that a film of them can be made again from the step alone.

    Attributes
    ----------
    gliding
        How many of them are of what glides.
    parts
        How many parts an update has that is told; 0 for none.
    hold
        How many moments each of them stays.
    rate
        Frames a second.
    """

    def __init__(self, step: LessonStep, parts: int) -> None:
        self.step, self.parts = step, parts
        self.gliding, self.rate, self.hold = 0, Fraction(_TOLD_RATE), 1
        self._race = range(0)
        races = not parts and (step.plays or step.ask is not None)
        if step.moves:
            most = _WITH_MORE if parts or races else MOST
            self.gliding = min(most, max(2, round(step.seconds * _RATE) + 1))
            rate = min((self.gliding - 1) / step.seconds, float(_HIGHEST_RATE))
            self.rate = checked_rate(str(max(rate, 0.1)))
        left = MOST - self.gliding
        if parts:
            seconds = min(max(_PART / step.speed, _FASTEST), _SLOWEST)
            self.hold = max(1, min(round(seconds * self.rate), left // parts))
        elif races:
            frames = range(step.first, step.last + 1)
            self._race = frames[:: -(-len(frames) // left)]

    def __len__(self) -> int:
        return self.gliding + self.parts * self.hold + len(self._race)

    @property
    def distinct(self) -> range:
        """Every moment; where an update is told, one for each part."""
        return range(0, len(self), self.hold if not self.gliding else 1)

    @cached_property
    def lesson(self) -> Lesson:
        """The step as a lesson of its own."""
        return Lesson(self.step.title, (self.step,))

    def at(self, i: int) -> Shot:
        """Return moment `i`."""
        step = self.step
        if i < self.gliding:
            share = i / (self.gliding - 1)
            what = _gliding(step, share)
            last = last_frame(what)
            whole = step.opening_frame == last_frame(step.experiment)
            return Shot(what, last if whole else min(step.opening_frame, last), share)
        i -= self.gliding
        if self.parts:
            told = i // self.hold + 1
            # The step itself is the last part: with it, all is told.
            return Shot(step.experiment, step.opening_frame, None, told if told < self.parts else None)
        return Shot(step.experiment, self._race[i])


@lru_cache(maxsize=16)
def _gliding(step: LessonStep, share: float) -> Experiment:
    return experiment_at(step, share)


def shots_of(step: LessonStep) -> Shots | None:
    """Return the moments of a step; None for one that is a race and nothing else.

    Raises
    ------
    InputError
        As `optviz.simulate.simulate`.
    """
    parts = 0
    if step.step_by_step is not None and not step.plays:
        scene = scene_of(step.experiment)
        found = taken_apart(scene, step.step_by_step.frame) if isinstance(scene, Scene) else None
        parts = len(found.parts) + 1 if found is not None and found.parts else 0
    return Shots(step, parts) if step.moves or parts else None
