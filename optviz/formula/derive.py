"""From a checked tree to the kernels of its value, gradient and Hessian.

Derivatives are carried forward through the tree, each node giving its value, its two first and its
three second derivatives as operations on a tape, so the generated text stays proportional to the
formula. Conventions, where calculus leaves a choice:

- the derivative of abs(u) is sign(u), with sign(0) = 0;
- min and max take the first argument on a tie;
- where the derivative of an inner function is exactly 0, its product with an infinite derivative of
  sqrt or of a power is 0: sqrt(x**2 + y**2) and sqrt(abs(x)) have gradient 0 at their kink, which is
  a minimum. The slope of sqrt(x) at 0 is inf;
- second derivatives at a kink may be inf or nan, and are left so;
- outside its domain, as in log(-1), a formula is nan; dividing by 0 gives inf or nan. Nothing raises.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache, partial, reduce
from itertools import combinations_with_replacement
from typing import NamedTuple

import numpy as np

from optviz.formula.parse import FormulaError, parse
from optviz.formula.tape import Tape, Value
from optviz.formula.tree import CONSTANTS, Binary, Call, Name, Negate, Node, Number, combine
from optviz.kernels import Kernel, elementary, kernel_from_source

# What both kernels of a formula may cost, in operations of `Tape.cost`: compiling takes about 1.3 s for a
# thousand, and nobody waits for more than five seconds.
MAX_COST = 4000
_PAIRS = tuple(combinations_with_replacement(range(2), 2))  # xx, xy, yy
_NAMESPACE = {
    "np": np,
    "inf": math.inf,
    "nan": math.nan,
    "int64": np.int64,
    **{f: getattr(math, f) for f in ("sin", "cos", "tan", "exp", "log", "sqrt", "fabs", "tanh")},
    **{f"vector_{f}": getattr(elementary, f) for f in ("sin_cos", "tan", "exp", "log", "tanh")},
    **{f: getattr(elementary, f) for f in ("sign", "chain", "select", "mark", "is_marked", "FAR")},
}


class FormulaKernels(NamedTuple):
    """A formula compiled: value with gradient, and Hessian (signatures in `optviz.kernels.contract`)."""

    loss: Kernel
    hessian: Kernel


class Jet(NamedTuple):
    """A node's value, its derivatives in x and y, and those in xx, xy and yy."""

    value: Value
    first: tuple[Value, Value] = (0.0, 0.0)
    second: tuple[Value, Value, Value] = (0.0, 0.0, 0.0)


@lru_cache(maxsize=256)
def kernels(text: str, coefficients: tuple[str, ...] = ()) -> FormulaKernels:
    """Return the kernels of a formula; nothing is compiled before it is first used.

    Parameters
    ----------
    text
        The formula, in the language of `optviz.formula.parse`.
    coefficients
        Names of the coefficients, in the order of the array the kernels are given.

    Raises
    ------
    FormulaError
        Where the text is not in the language.
    """
    loss, hessian = _sources(text, coefficients)
    return FormulaKernels(
        kernel_from_source(loss, "formula_loss", "loss", _NAMESPACE),
        kernel_from_source(hessian, "formula_hessian", "hessian", _NAMESPACE),
    )


def check(text: str, coefficients: tuple[str, ...] = ()) -> None:
    """Raise FormulaError where `kernels` would, in milliseconds and without making any."""
    parse(text, coefficients)  # what is not even text could not be looked up
    _sources(text, coefficients)


@lru_cache(maxsize=256)
def _sources(text: str, coefficients: tuple[str, ...]) -> tuple[str, str]:
    """Return the texts of both kernels, or raise FormulaError where they are too long to compile."""
    node = parse(text, coefficients)
    programs = [_program(node, coefficients, order) for order in (1, 2)]
    cost = sum(tape.cost([value for _, value in outputs]) for tape, outputs in programs)
    if cost > MAX_COST:
        raise FormulaError(
            f"formula: too involved; its value and its derivatives take {cost:,} operations and at most "
            f"{MAX_COST:,} are allowed"
        )
    (tape1, outputs1), (tape2, outputs2) = programs
    return tape1.source("formula_loss", outputs1, vector=True), tape2.source("formula_hessian", outputs2)


def _program(node: Node, coefficients: Sequence[str], order: int) -> tuple[Tape, list[tuple[str, Value]]]:
    """Return the tape of `node` with its outputs: order 1 is value and gradient, 2 the Hessian."""
    derivation = _Derivation(coefficients, order)
    jet = derivation.jet(node)
    if order == 1:
        return derivation.tape, [("loss", jet.value), ("gx", jet.first[0]), ("gy", jet.first[1])]
    dxx, dxy, dyy = jet.second
    return derivation.tape, [("hxx", dxx), ("hxy", dxy), ("hyy", dyy)]


def _source(node: Node, coefficients: Sequence[str], order: int) -> str:
    """Return the text of one kernel of `node`."""
    tape, outputs = _program(node, coefficients, order)
    return tape.source("formula_loss" if order == 1 else "formula_hessian", outputs, vector=order == 1)


class _Derivation:
    def __init__(self, coefficients: Sequence[str], order: int) -> None:
        self.tape = Tape()
        self.coefficients = {name: index for index, name in enumerate(coefficients)}
        self.order = order

    def jet(self, node: Node) -> Jet:
        return combine(node, self._make)

    def _make(self, node: Node, below: list[Jet]) -> Jet:
        match node:
            case Number(value):
                return Jet(value)
            case Name("x"):
                return Jet(self.tape.x, (1.0, 0.0))
            case Name("y"):
                return Jet(self.tape.y, (0.0, 1.0))
            case Name(name):
                if name in CONSTANTS:
                    return Jet(CONSTANTS[name])
                return Jet(self.tape.coefficient(self.coefficients[name]))
            case Negate():
                u, negate = below[0], self.tape.negate
                return _jet(negate(u.value), [negate(d) for d in u.first], [negate(d) for d in u.second])
            case Binary("+" | "-" as operator):
                u, v = below
                join = self.tape.add if operator == "+" else self.tape.subtract
                return _jet(
                    join(u.value, v.value),
                    [join(a, b) for a, b in zip(u.first, v.first, strict=True)],
                    [join(a, b) for a, b in zip(u.second, v.second, strict=True)],
                )
            case Binary("*"):
                return self._product(*below)
            case Binary("/"):
                return self._quotient(*below)
            case Binary():
                return self._power(*below)
            case Call("min" | "max" as name):
                return reduce(partial(self._pick, name), below)
            case Call(name):
                return self._function(name, below[0])

    def _sum(self, *terms: Value) -> Value:
        total: Value = 0.0
        for term in terms:
            total = self.tape.add(total, term)
        return total

    def _product(self, u: Jet, v: Jet) -> Jet:
        times = self.tape.multiply
        first = [self._sum(times(u.first[a], v.value), times(u.value, v.first[a])) for a in range(2)]
        second: list[Value] = []
        for k, (a, b) in enumerate(_PAIRS if self.order == 2 else ()):
            cross = self._sum(times(u.first[a], v.first[b]), times(u.first[b], v.first[a]))
            second.append(self._sum(times(u.second[k], v.value), cross, times(u.value, v.second[k])))
        return _jet(self.tape.product(u.value, v.value), first, second)

    def _quotient(self, u: Jet, v: Jet) -> Jet:
        """w = u / v, from differentiating u = w v."""
        times, minus, over = self.tape.multiply, self.tape.subtract, self.tape.divide
        w = over(u.value, v.value)
        first = [self._over(minus(u.first[a], times(w, v.first[a])), v.value) for a in range(2)]
        second: list[Value] = []
        for k, (a, b) in enumerate(_PAIRS if self.order == 2 else ()):
            cross = self._sum(times(first[a], v.first[b]), times(first[b], v.first[a]))
            rest = self._sum(cross, times(w, v.second[k]))
            second.append(self._over(minus(u.second[k], rest), v.value))
        return _jet(w, first, second)

    def _over(self, u: Value, v: Value) -> Value:
        """u / v, but a derivative that is identically 0 stays 0."""
        return 0.0 if u == 0.0 else self.tape.divide(u, v)

    def _pick(self, name: str, u: Jet, v: Jet) -> Jet:
        condition = self.tape.takes_first(name, u.value, v.value)

        def pick(a: Value, b: Value) -> Value:
            return self.tape.select(condition, a, b)

        return _jet(
            pick(u.value, v.value),
            [pick(a, b) for a, b in zip(u.first, v.first, strict=True)],
            [pick(a, b) for a, b in zip(u.second, v.second, strict=True)],
        )

    def _function(self, name: str, u: Jet) -> Jet:
        """f(u), given the first and second derivative of f at u."""
        tape, value = self.tape, self.tape.call(name, u.value)
        times, over = tape.multiply, tape.divide
        once: Value
        twice: Value
        match name:
            case "sin":
                once, twice = tape.call("cos", u.value), tape.negate(value)
            case "cos":
                once, twice = tape.negate(tape.call("sin", u.value)), tape.negate(value)
            case "tan":
                once = tape.add(1.0, times(value, value))
                twice = times(2.0, times(value, once))
            case "exp":
                once = twice = value
            case "log":
                once = over(1.0, u.value)
                twice = tape.negate(times(once, once))
            case "tanh":
                # 1 - tanh(u)**2 loses every digit on the flat parts; 4 q / (1 + q)**2 loses none.
                q = tape.call("exp", times(-2.0, tape.call("abs", u.value)))
                one_more = tape.add(1.0, q)
                once = over(times(4.0, q), times(one_more, one_more))
                twice = times(-2.0, times(value, once))
            case "abs":
                once, twice = tape.sign(u.value), 0.0
            case _:  # sqrt
                once = over(0.5, value)
                twice = over(times(-0.5, once), u.value)
        return self._compose(value, once, twice, u, guarded=name == "sqrt")

    def _compose(self, value: Value, once: Value, twice: Value, u: Jet, guarded: bool) -> Jet:
        """Chain rule; `guarded` where the derivatives may be infinite at a finite value."""
        product = self.tape.chain if guarded else self.tape.multiply
        first = [product(once, d) for d in u.first]
        second: list[Value] = []
        for k, (a, b) in enumerate(_PAIRS if self.order == 2 else ()):
            bent = product(twice, self.tape.multiply(u.first[a], u.first[b]))
            second.append(self._sum(bent, product(once, u.second[k])))
        return _jet(value, first, second)

    def _power(self, u: Jet, n: Jet) -> Jet:
        """u ** n. Terms in the exponent's derivatives appear only where it has any."""
        tape = self.tape
        times, chain = tape.multiply, tape.chain
        value = tape.power(u.value, n.value)
        if isinstance(n.value, float):
            p = n.value
            if p == 0.0:
                return Jet(1.0)
            if p == 0.5:
                return self._function("sqrt", u)
            once = times(p, tape.power(u.value, p - 1.0))
            twice = 0.0 if p == 1.0 else times(p * (p - 1.0), tape.power(u.value, p - 2.0))
            return self._compose(value, once, twice, u, guarded=not p.is_integer())
        # d/du: n u**(n-1) and n (n-1) u**(n-2), the factors in n kept with the inner derivative so
        # that they, too, win over an infinite power of 0.
        less = tape.subtract(n.value, 1.0)
        power1 = tape.power(u.value, less)
        log = _log(u.value) if isinstance(u.value, float) else tape.call("log", u.value)
        # d/dn and d2/dn2, with their limit where the base is 0.
        vanishes = tape.is_zero(value)
        value_log = tape.select(vanishes, 0.0, times(value, log))
        value_log2 = tape.select(vanishes, 0.0, times(value_log, log))
        first = [
            self._sum(chain(power1, times(n.value, u.first[a])), chain(value_log, n.first[a]))
            for a in range(2)
        ]
        second: list[Value] = []
        for k, (a, b) in enumerate(_PAIRS if self.order == 2 else ()):
            power2 = tape.power(u.value, tape.subtract(n.value, 2.0))
            mixed = self._sum(times(u.first[a], n.first[b]), times(u.first[b], n.first[a]))
            second.append(
                self._sum(
                    chain(power1, times(n.value, u.second[k])),
                    chain(power2, times(times(n.value, less), times(u.first[a], u.first[b]))),
                    chain(times(power1, tape.add(1.0, times(n.value, log))), mixed),
                    chain(value_log2, times(n.first[a], n.first[b])),
                    chain(value_log, n.second[k]),
                )
            )
        return _jet(value, first, second)


def _log(value: float) -> float:
    """The logarithm of a number, as IEEE arithmetic has it."""
    return -math.inf if value == 0 else math.log(value) if value > 0 else math.nan


def _jet(value: Value, first: Sequence[Value], second: Sequence[Value]) -> Jet:
    dx, dy = first
    dxx, dxy, dyy = second or (0.0, 0.0, 0.0)
    return Jet(value, (dx, dy), (dxx, dxy, dyy))
