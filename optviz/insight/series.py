"""The series along one entrant's path, worked out when they are asked for and kept while the run lives."""

from __future__ import annotations

from threading import Lock
from weakref import WeakKeyDictionary

import numpy as np

from optviz.catalog import Array
from optviz.entrant import Entrant
from optviz.experiment import Experiment
from optviz.insight.bends import bends
from optviz.insight.parts import parts_of
from optviz.problem import Problem
from optviz.simulate import EntrantRun, Run

_AXES = {"x": 0, "y": 1}


class Insight:
    """What can be measured along one entrant's path; n is the number of steps it took.

    Attributes
    ----------
    entrant
        Who it is.
    problem
        What the run posed, with all samples.
    path, loss, grad, learning_rate, state
        As in `EntrantRun`.
    """

    def __init__(self, experiment: Experiment, entrant: int, done: EntrantRun, problem: Problem) -> None:
        # Not `done` itself: it is what this is kept by.
        self.experiment, self.place, self.problem = experiment, entrant, problem
        self.entrant: Entrant = experiment.entrants[entrant]
        self.path, self.loss, self.grad = done.path, done.loss, done.grad
        self.learning_rate, self.state, self.rows = done.learning_rate, done.state, done.state_rows
        self._kept: dict[str, Array] = {}

    @property
    def steps(self) -> int:
        """How many steps were taken, n."""
        return len(self.path) - 1

    def series(self, key: str) -> Array:
        """Return a quantity: float64[n + 1] of points, float64[n] of steps.

        It is nan where it is undefined, and empty where this entrant has no such memory or part.

        Raises
        ------
        KeyError
            When there is no such quantity.
        """
        found = self._kept.get(key)
        if found is None:
            with np.errstate(all="ignore"):
                found = self._made(key)
            found.flags.writeable = False
            self._kept[key] = found
        return found

    def _made(self, key: str) -> Array:
        kind, _, rest = key.partition(".")
        if kind in ("memory", "part"):
            name, _, axis = rest.partition(".")
            column = _AXES[axis]
            if kind == "memory":
                if name not in self.rows:
                    return np.empty(0)
                return np.ascontiguousarray(self.state[:, self.rows.index(name), column])
            return self._part(name, column)
        made: Array = _MADE[key](self)
        return made

    def _part(self, name: str, column: int) -> Array:
        vectors = parts_of(self.experiment, self)
        for other, vector in vectors.items():  # one does not come without the others
            for axis, i in _AXES.items():
                self._kept.setdefault(f"part.{other}.{axis}", np.ascontiguousarray(vector[:, i]))
        return self._kept[f"part.{name}.{'xy'[column]}"] if name in vectors else np.empty(0)

    # -------------------------------------------------------------- what several series are made of

    @property
    def moves(self) -> Array:
        """The steps, float64[n, 2]."""
        return np.diff(self.path, axis=0)

    def _angle(self) -> Array:
        ux, uy = _unit(self.moves).T
        vx, vy = -_unit(self.grad).T
        angle: Array = np.degrees(np.arctan2(np.abs(ux * vy - uy * vx), ux * vx + uy * vy))
        return np.where((ux == 0.0) & (uy == 0.0) | (vx == 0.0) & (vy == 0.0), np.nan, angle)

    def _hessian(self) -> tuple[Array, Array, Array]:
        """The full batch's at every point, penalty included."""
        if "hxx" not in self._kept:
            for name, values in zip(("hxx", "hxy", "hyy"), self.problem.hessian(*self.path.T), strict=True):
                self._kept[name] = values
        return self._kept["hxx"], self._kept["hxy"], self._kept["hyy"]

    def _curvature(self) -> Array:
        hxx, hxy, hyy = (part[:-1] for part in self._hessian())
        ux, uy = _unit(self.moves).T
        size = ux * ux + uy * uy
        return np.where(size > 0.0, (hxx * ux * ux + 2.0 * hxy * ux * uy + hyy * uy * uy) / size, np.nan)

    def eigenvalues(self) -> tuple[Array, Array]:
        """Return the smallest and largest curvature at every point, float64[n + 1]; nan where undefined."""
        if "low" not in self._kept:
            with np.errstate(all="ignore"):
                low, high = bends(*self._hessian())
            undefined = ~np.isfinite(low + high)
            self._kept["low"], self._kept["high"] = (np.where(undefined, np.nan, end) for end in (low, high))
        return self._kept["low"], self._kept["high"]

    def _limit(self) -> Array:
        curvature = self.series("curvature")
        return np.where(curvature > 0.0, 2.0 / curvature, np.nan)

    def _length(self) -> Array:
        return np.concatenate([[0.0], np.cumsum(np.hypot(*self.moves.T))])


def _unit(vectors: Array) -> Array:
    """Return vectors of about unit length, so that no square of theirs overflows; 0 stays 0."""
    size = np.abs(vectors).max(axis=1, keepdims=True)
    return np.where(size > 0.0, vectors / np.where(size > 0.0, size, 1.0), 0.0)


def _effective(insight: Insight, axis: int) -> Array:
    gradient = insight.grad[:, axis]
    return np.where(gradient != 0.0, -insight.moves[:, axis] / gradient, np.nan)


_MADE = {
    "gradient_x": lambda own: np.ascontiguousarray(own.grad[:, 0]),
    "gradient_y": lambda own: np.ascontiguousarray(own.grad[:, 1]),
    "step_x": lambda own: np.diff(own.path[:, 0]),
    "step_y": lambda own: np.diff(own.path[:, 1]),
    "effective_rate_x": lambda own: _effective(own, 0),
    "effective_rate_y": lambda own: _effective(own, 1),
    "angle": Insight._angle,
    "curvature": Insight._curvature,
    "stability_limit": Insight._limit,
    "sharpness": lambda own: own.eigenvalues()[1].copy(),
    "length": Insight._length,
}


def insight_of(experiment: Experiment, run: Run, entrant: int, problem: Problem | None = None) -> Insight:
    """Return what can be measured along an entrant's path; asked again, the same.

    Parameters
    ----------
    problem
        What the run posed, where that is at hand; of a mixture it has to be given.

    Raises
    ------
    IndexError
        When there is no such entrant.
    """
    done = run.entrants[entrant]
    problem = problem or Problem.of(experiment)
    with _lock:
        kept = _insights.setdefault(done, {})
        found = kept.get(problem.loss_key)
        if found is None:
            found = kept[problem.loss_key] = Insight(experiment, entrant, done, problem)
    return found


_insights: WeakKeyDictionary[EntrantRun, dict[str, Insight]] = WeakKeyDictionary()
_lock = Lock()
