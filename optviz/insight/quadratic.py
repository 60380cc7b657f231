"""Whether a loss is a quadratic: told from its formula or its model, never guessed from samples of it."""

from __future__ import annotations

import math
from itertools import product

from optviz import formula
from optviz.formula.tree import CONSTANTS, Binary, Call, Name, Negate, Node, Number, combine, fold
from optviz.problem import Problem

# By the powers of x and y; None is something that is no polynomial of low degree.
Polynomial = dict[tuple[int, int], float] | None
_DEGREE = 4  # of what may stand in between, such as powers that cancel


def is_quadratic(problem: Problem) -> bool:
    """Say whether the loss of a problem, penalty included, is a polynomial of degree 2 or less."""
    if problem.penalty.l1 or (problem.other is not None and not _plain(problem.other)):
        return False
    return _plain(problem)


def _plain(problem: Problem) -> bool:
    surface = problem.surface
    if surface.model is not None:
        choices = problem.choices
        linear = surface.id == "linear_regression" or (
            surface.id == "neuron" and choices["activation"] == "identity" and choices["loss"] == "mse"
        )
        return linear and not choices.get("batch_norm")
    names = tuple(knob.name for knob in surface.coefficients)
    found = polynomial(formula.parse(surface.formula, names), problem.coefficients)
    return found is not None and all(i + j <= 2 for i, j in found)


def polynomial(tree: Node, coefficients: dict[str, float]) -> Polynomial:
    """Return the terms of a formula, by their powers of x and y; None where it is no such polynomial."""

    def make(node: Node, below: list[Polynomial]) -> Polynomial:
        match node:
            case Number(value):
                return _terms({(0, 0): value})
            case Name("x"):
                return {(1, 0): 1.0}
            case Name("y"):
                return {(0, 1): 1.0}
            case Name(name):
                return _terms({(0, 0): float(CONSTANTS.get(name, coefficients.get(name, math.nan)))})
        if any(part is None for part in below):
            return None
        parts = [part for part in below if part is not None]
        match node:
            case Negate():
                return {powers: -value for powers, value in parts[0].items()}
            case Binary(operator):
                return _binary(operator, *parts)
            case Call(name):
                numbers = [_constant(part) for part in parts]
                known = [number for number in numbers if number is not None]
                return _terms({(0, 0): fold(name, *known)}) if len(known) == len(numbers) else None
        return None

    return combine(tree, make)


def _binary(
    operator: str, left: dict[tuple[int, int], float], right: dict[tuple[int, int], float]
) -> Polynomial:
    a, b = _constant(left), _constant(right)
    if operator in "+-":
        sign = 1.0 if operator == "+" else -1.0
        total = dict(left)
        for powers, value in right.items():
            total[powers] = total.get(powers, 0.0) + sign * value
        return _terms(total)
    if operator == "*":
        return _product(left, right)
    if a is not None and b is not None:
        return _terms({(0, 0): fold(operator, a, b)})
    if operator == "/" and b:
        return _terms({powers: value / b for powers, value in left.items()})
    if operator == "**" and b is not None and b in range(_DEGREE + 1):
        power: Polynomial = {(0, 0): 1.0}
        for _ in range(int(b)):
            power = _product(power, left) if power is not None else None
        return power
    return None


def _product(left: dict[tuple[int, int], float], right: dict[tuple[int, int], float]) -> Polynomial:
    total: dict[tuple[int, int], float] = {}
    for ((i, j), a), ((k, m), b) in product(left.items(), right.items()):
        total[i + k, j + m] = total.get((i + k, j + m), 0.0) + a * b
    return _terms(total)


def _terms(terms: dict[tuple[int, int], float]) -> Polynomial:
    """Return the terms that are there; None where one is no number or of too high a degree."""
    kept = {powers: value for powers, value in terms.items() if value != 0.0}
    if all(math.isfinite(value) and sum(powers) <= _DEGREE for powers, value in kept.items()):
        return kept
    return None


def _constant(part: dict[tuple[int, int], float]) -> float | None:
    return part.get((0, 0), 0.0) if all(powers == (0, 0) for powers in part) else None
