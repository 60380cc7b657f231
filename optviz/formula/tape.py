"""A tape of single-assignment operations, simplified while it is written, printed as source text.

Every operation is recorded once, however often it is asked for; operations on numbers alone are
done at once; zeros and ones vanish. The text comes in two forms, both of the same tape: a loop
over points for Numba, and whole-array NumPy for the moments before Numba is ready.

Where it pays, the loop is one that LLVM turns into vector instructions, its functions those of
`optviz.kernels.elementary`. A second loop, with calls of the C library, then goes over the points
some angle of which is too large for them. Which loop a point's numbers come from depends on the
point alone, so they are the same bits in whatever company it is evaluated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from optviz.formula.tree import fold


@dataclass(frozen=True, slots=True)
class Ref:
    """The result of an operation on the tape."""

    index: int


Value: TypeAlias = float | Ref


@dataclass(frozen=True, slots=True)
class _Operation:
    name: str
    operands: tuple[Value, ...]
    varies: bool  # depends on x or y, not on coefficients alone


_ANGLES = ("sin", "cos", "tan")
_FUNCTIONS = (*_ANGLES, "exp", "log", "tanh")
_LOOP = {
    "+": "{0} + {1}",
    "-": "{0} - {1}",
    "*": "{0} * {1}",
    "/": "{0} / {1}",
    "**": "{0} ** {1}",
    "negate": "-{0}",
    **{name: name + "({0})" for name in (*_FUNCTIONS, "sqrt")},
    "abs": "fabs({0})",
    "sign": "sign({0})",
    "chain": "chain({0}, {1})",
    "is_zero": "{0} == 0.0",
    "min": "({0} <= {1}) | ({0} != {0})",  # whether min takes the first; a nan is passed on
    "max": "({0} >= {1}) | ({0} != {0})",
    "select": "select({0}, {1}, {2})",
}
# In a loop that is to become vector instructions no function may be a call.
_VECTOR = {
    **_LOOP,
    **{name: f"vector_{name}({{0}})" for name in ("tan", "exp", "log", "tanh")},
    "sin": "vector_sin_cos({0})[0]",
    "cos": "vector_sin_cos({0})[1]",
}
_FAR = "((fabs({0}) > FAR) & (fabs({0}) < inf))"
_ARRAYS = {
    **_LOOP,
    **{name: f"np.{name}({{0}})" for name in (*_FUNCTIONS, "sqrt")},
    "abs": "np.fabs({0})",
    "sign": "np.sign({0})",
    "chain": "np.where({1} == 0.0, 0.0, {0} * {1})",
    "select": "np.where({0}, {1}, {2})",
}
_COMMUTATIVE = ("+", "*")
# How many plain operations one of these takes as long to compile as.
_COSTS = {"chain": 6, "select": 6, "sign": 12, "**": 6}
# The most operations, and among them functions, of a loop that becomes vector instructions: each function
# takes 25 ms to compile, and a loop with angles is there twice.
_MAX_VECTOR_COST = 600
_MAX_VECTOR_FUNCTIONS = 16


class Tape:
    """Records operations; its methods return numbers where they can, else `Ref`s."""

    def __init__(self) -> None:
        self._operations: list[_Operation] = []
        self._known: dict[tuple[str, tuple[Value, ...]], Ref] = {}
        self.x = self._record("x[i]", (), varies=True)
        self.y = self._record("y[i]", (), varies=True)

    def coefficient(self, index: int) -> Ref:
        return self._record(f"coefficients[{index}]", ())

    def _record(self, name: str, operands: tuple[Value, ...], varies: bool = False) -> Ref:
        if name in _COMMUTATIVE:
            operands = tuple(sorted(operands, key=lambda v: (1, v.index) if isinstance(v, Ref) else (0, v)))
        key = (name, operands)
        if key not in self._known:
            for operand in operands:
                varies = varies or (isinstance(operand, Ref) and self._operations[operand.index].varies)
            self._known[key] = Ref(len(self._operations))
            self._operations.append(_Operation(name, operands, varies))
        return self._known[key]

    def _negated(self, value: Value) -> Value | None:
        """Return u where `value` is -u."""
        if isinstance(value, Ref) and self._operations[value.index].name == "negate":
            return self._operations[value.index].operands[0]
        return None

    def negate(self, u: Value) -> Value:
        if isinstance(u, float):
            return -u
        inner = self._negated(u)
        return self._record("negate", (u,)) if inner is None else inner

    def add(self, u: Value, v: Value) -> Value:
        if isinstance(u, float) and isinstance(v, float):
            return fold("+", u, v)
        if u == 0.0:
            return v
        if v == 0.0:
            return u
        for a, b in ((u, v), (v, u)):
            inner = self._negated(b)
            if inner is not None:
                return self.subtract(a, inner)
        return self._record("+", (u, v))

    def subtract(self, u: Value, v: Value) -> Value:
        if isinstance(u, float) and isinstance(v, float):
            return fold("-", u, v)
        if v == 0.0:
            return u
        if u == 0.0:
            return self.negate(v)
        inner = self._negated(v)
        return self._record("-", (u, v)) if inner is None else self.add(u, inner)

    def product(self, u: Value, v: Value) -> Value:
        """Return u * v for a formula's own product: 0 * log(-1) is nan, not 0."""
        if isinstance(u, Ref) != isinstance(v, Ref) and 0.0 in (u, v):
            return self._record("*", (u, v))
        return self.multiply(u, v)

    def multiply(self, u: Value, v: Value) -> Value:
        """Return u * v for derivatives: one that is identically 0 makes the product vanish."""
        if u == 0.0 or v == 0.0:
            return 0.0
        if isinstance(u, float) and isinstance(v, float):
            return fold("*", u, v)
        for a, b in ((u, v), (v, u)):
            if a == 1.0:
                return b
            if a == -1.0:
                return self.negate(b)
            inner = self._negated(a)
            if inner is not None:
                return self.negate(self.multiply(inner, b))
        return self._record("*", (u, v))

    def divide(self, u: Value, v: Value) -> Value:
        if isinstance(u, float) and isinstance(v, float):
            return fold("/", u, v)
        if v == 1.0:
            return u
        inner = self._negated(u)
        if inner is not None:
            return self.negate(self.divide(inner, v))
        return self._record("/", (u, v))

    def power(self, u: Value, v: Value) -> Value:
        """Return u ** v; whole powers up to 32 by repeated squaring."""
        if isinstance(v, float):
            if v == 0.0:
                return 1.0
            if v == 1.0:
                return u
            if isinstance(u, float):
                return fold("**", u, v)
            if v == 0.5:
                return self.call("sqrt", u)
            if v.is_integer() and abs(v) <= 32:
                return self.whole_power(u, int(v)) if v > 0 else self.divide(1.0, self.power(u, -v))
        return self._record("**", (u, v))

    def whole_power(self, u: Value, n: int) -> Value:
        if n == 1:
            return u
        half = self.whole_power(u, n // 2)
        square = self.multiply(half, half)
        return self.multiply(square, u) if n % 2 else square

    def call(self, name: str, u: Value) -> Value:
        return fold(name, u) if isinstance(u, float) else self._record(name, (u,))

    def sign(self, u: Value) -> Value:
        return float((u > 0) - (u < 0)) if isinstance(u, float) else self._record("sign", (u,))

    def chain(self, outer: Value, inner: Value) -> Value:
        """Return outer * inner, 0 where inner is 0 even if outer is infinite there."""
        if isinstance(outer, float) or isinstance(inner, float):
            return self.multiply(outer, inner)
        return self._record("chain", (outer, inner))

    def takes_first(self, name: str, u: Value, v: Value) -> Value:
        """Return whether min or max (`name`) of u and v is u; 1.0 or 0.0 where that is known."""
        if isinstance(u, float) and isinstance(v, float):
            return float(u <= v if name == "min" else u >= v)
        return self._record(name, (u, v))

    def is_zero(self, u: Value) -> Value:
        return float(u == 0.0) if isinstance(u, float) else self._record("is_zero", (u,))

    def select(self, condition: Value, u: Value, v: Value) -> Value:
        if isinstance(condition, float):
            return u if condition else v
        return u if u == v else self._record("select", (condition, u, v))

    def cost(self, results: Sequence[Value]) -> int:
        """Return how many operations `results` take, counted by the time they take to compile."""
        return sum(_COSTS.get(self._operations[k].name, 1) for k in self._needed(results))

    def source(self, name: str, outputs: Sequence[tuple[str, Value]], vector: bool = False) -> str:
        """Return the text of a module with `name` (for Numba) and `name_python` (for NumPy).

        Parameters
        ----------
        outputs
            The array each result is written to, by argument name, and the result.
        vector
            Whether the loop over points is to become vector instructions, for somewhat longer machine code.
        """
        needed = self._needed([value for _, value in outputs])
        arguments = f"(x, y, coefficients, data, {', '.join(array for array, _ in outputs)}):"
        fixed = [k for k in needed if not self._operations[k].varies]
        moving = [k for k in needed if self._operations[k].varies]
        lines = [f"def {name}{arguments}", *(f"    {self._line(k, _LOOP)}" for k in fixed)]
        plain = [self._line(k, _LOOP) for k in moving]
        plain += [f"{array}[i] = {_text(value)}" for array, value in outputs]
        if vector and self._pays(moving):
            lines += self._vector_loop(moving, outputs, plain)
        else:
            lines += ["    for i in range(x.shape[0]):", *(f"        {line}" for line in plain)]
        lines += ["", "", f"def {name}_python{arguments}"]
        # One point goes through as NumPy scalars, ten times faster than arrays of length one.
        lines += ["    i = 0 if x.shape[0] == 1 else slice(None)"]
        lines += ["    with np.errstate(all='ignore'):"]
        lines += [f"        {self._line(k, _ARRAYS)}" for k in fixed + moving]
        lines += [f"        {array}[:] = {_text(value)}" for array, value in outputs]
        return "\n".join(lines) + "\n"

    def _pays(self, moving: Sequence[int]) -> bool:
        """Return whether a vector loop of these operations compiles soon enough."""
        functions = sum(self._operations[k].name in _FUNCTIONS for k in moving)
        cost = sum(_COSTS.get(self._operations[k].name, 1) for k in moving)
        return functions <= _MAX_VECTOR_FUNCTIONS and cost <= _MAX_VECTOR_COST

    def _vector_loop(
        self, moving: Sequence[int], outputs: Sequence[tuple[str, Value]], plain: Sequence[str]
    ) -> list[str]:
        """Return the lines of a loop without calls and, where there are angles, of `plain` for far ones."""
        lines = ["    found = 0", "    for i in range(x.shape[0]):"]
        angles: dict[Value, list[int]] = {}
        for k in moving:
            if self._operations[k].name in _ANGLES:
                angles.setdefault(self._operations[k].operands[0], []).append(k)
        for k in moving:
            operation = self._operations[k]
            both = angles.get(operation.operands[0], []) if operation.name in ("sin", "cos") else []
            names = {self._operations[j].name: j for j in both}
            if "sin" not in names or "cos" not in names:
                lines.append(f"        {self._line(k, _VECTOR)}")
            elif k == min(names["sin"], names["cos"]):
                angle = _text(operation.operands[0])
                lines.append(f"        t{names['sin']}, t{names['cos']} = vector_sin_cos({angle})")
        if not angles:
            return [*lines[1:], *(f"        {array}[i] = {_text(value)}" for array, value in outputs)]
        (first, value), *others = outputs
        lines += [
            f"        far = {' | '.join(_FAR.format(_text(angle)) for angle in angles)}",
            f"        {first}[i] = mark({_text(value)}, far)",
            *(f"        {array}[i] = {_text(value)}" for array, value in others),
            "        found |= int64(far)",
            "    if found:",
            "        for i in range(x.shape[0]):",
            f"            if is_marked({first}[i]):",
        ]
        return [*lines, *(f"                {line}" for line in plain)]

    def _line(self, index: int, forms: dict[str, str]) -> str:
        operation = self._operations[index]
        form = forms.get(operation.name, operation.name)
        return f"t{index} = {form.format(*map(_text, operation.operands))}"

    def _needed(self, results: Sequence[Value]) -> list[int]:
        """Return, in order, the operations that `results` depend on."""
        wanted = [False] * len(self._operations)
        for result in results:
            if isinstance(result, Ref):
                wanted[result.index] = True
        for index in range(len(wanted) - 1, -1, -1):  # operands always come before their operation
            if wanted[index]:
                for operand in self._operations[index].operands:
                    if isinstance(operand, Ref):
                        wanted[operand.index] = True
        return [index for index, is_wanted in enumerate(wanted) if is_wanted]


def _text(value: Value) -> str:
    if isinstance(value, Ref):
        return f"t{value.index}"
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf" if value > 0 else "(-inf)"
    text = repr(value)
    return f"({text})" if text.startswith("-") else text
