"""How the updates of the schedule-free rules are made up; the others are in `optviz.insight.rules`."""

from __future__ import annotations

import numpy as np

from optviz.catalog import Array
from optviz.insight.course import Course


def _fast(course: Course) -> Array:
    """Return the fast point z before each step."""
    return np.where(course.t == 1.0, course.theta, course.before[0])


def _averaged(course: Course, z: Array, share: Array) -> None:
    x, fresh = course.theta, course.after[0]
    course.add("lead", fresh - x, z - x)
    course.add("averaging", ((1.0 - share) * x + share * fresh) - x, -(1.0 - share) * (fresh - x))


def schedule_free_sgd(course: Course) -> None:
    """Schedule-free SGD: a plain step of z, averaged over all steps."""
    x, z, decay = course.theta, _fast(course), course.hyper("weight_decay")
    course.gradient()
    if decay:
        own = -course.eta * decay * (z + course.hyper("momentum") * (x - z))
        course.add("weight_decay", course.total + own, own)
    course.schedule()
    _averaged(course, z, 1.0 / (course.t + 1.0))


def schedule_free_adamw(course: Course) -> None:
    """Schedule-free AdamW: a scaled step of z, averaged by the squares of the rates."""
    x, z, eta, decay = course.theta, _fast(course), course.eta, course.hyper("weight_decay")
    course.gradient()
    direction = course.grad / (np.sqrt(course.after[1]) + course.hyper("epsilon"))
    course.add("scaling", -eta * direction)
    correction = np.sqrt(1.0 - course.power(course.hyper("beta2")))
    course.add("warm_up", -(eta * correction) * direction, (correction - 1.0) * course.total)
    if decay:
        own = -(eta * correction) * decay * (z + course.hyper("beta1") * (x - z))
        course.add("weight_decay", course.total + own, own)
    course.schedule()
    squares = np.square(course.rate * correction)
    sums = np.cumsum(squares, axis=0)
    _averaged(course, z, np.where(sums > 0.0, squares / np.where(sums > 0.0, sums, 1.0), 0.0))
