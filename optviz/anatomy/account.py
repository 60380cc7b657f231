"""The account of one update: what is known about it, and the parts as they are added up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from optviz.anatomy.typeset import SYMBOLS, number, numeric, spoken, symbolic
from optviz.anatomy.values import Part, Sentence
from optviz.catalog import Array, Surface, Values
from optviz.optimizers.knobs import NEGLIGIBLE
from optviz.translation import QT_TRANSLATE_NOOP

Lines = Sequence[tuple[str, str]]


@dataclass(eq=False)
class Account:
    """Everything that was recorded of an update, and its parts so far.

    Attributes
    ----------
    t
        The step's number from 1, as kernels and papers count.
    eta, rate
        The learning rate that was set, and the one the schedule gave this step.
    rates
        float64[t]: what the schedule gave each step until this one.
    theta, grad : float64[2]
        The point before, and the gradient the step used.
    noise, penalty : float64[2]
        The shares of noise and penalty in that gradient.
    before, after : float64[rows, 2]
        The optimizer's memory.
    hypers
        Hyperparameters by name.
    hessian
        hxx, hxy, hyy for a rule that reads them.
    schedule
        The schedule's title; empty for a constant rate.
    batch
        Samples in the mini-batch; 0 for all.
    total
        What the parts so far lead to, as the rule has it.
    sums
        That after each part.
    """

    t: int
    eta: float
    rate: float
    rates: Array
    theta: Array
    grad: Array
    noise: Array | None
    penalty: Array | None
    before: Array
    after: Array
    hypers: Values
    hessian: Array
    schedule: str
    batch: int
    l1: float = 0.0
    l2: float = 0.0
    parts: list[Part] = field(default_factory=list)
    sums: list[Array] = field(default_factory=list)
    total: Array = field(default_factory=lambda: np.zeros(2))
    known: dict[str, float | Array] = field(default_factory=dict)
    symbols: dict[str, str] = field(default_factory=lambda: dict(SYMBOLS))

    def __post_init__(self) -> None:
        self.let(eta=self.eta, etat=self.rate, t=float(self.t), theta=self.theta, grad=self.grad, g=self.grad)
        for name, short in (("epsilon", "eps"), ("weight_decay", "lambda"), ("beta1", "beta1"),
                            ("beta2", "beta2")):  # fmt: skip
            if name in self.hypers:
                self.known[short] = float(self.hypers[name])

    def let(self, **quantities: float | Array) -> None:
        """Say what a symbol stands for in this step."""
        self.known.update(quantities)

    def add(
        self, name: str, reached: Array, lines: Lines, template: str, own: Array | None = None, **values: str
    ) -> None:
        """Add the part that leads from the sum so far to `reached`.

        Parameters
        ----------
        own
            The part worked out from its own terms. Between sums that may be many times as large it is lost
            in their rounding; without it, it is their difference.
        lines
            Symbol and expression of each formula; without a symbol, the part's own vector.
        template, values
            Its sentence.
        """
        vector = np.asarray(reached - self.total if own is None else own, dtype=np.float64)
        self.total = np.asarray(reached, dtype=np.float64)
        self.sums.append(self.total)
        formula = r" \quad ".join(self._symbolic(left, right) for left, right in lines)
        filled = tuple(
            r" \quad ".join(self._filled(left, right, vector, i) for left, right in lines) for i in (0, 1)
        )
        self.parts.append(Part(name, vector, formula, filled, Sentence(template, values)))  # type: ignore[arg-type]

    def _symbolic(self, left: str, right: str) -> str:
        text = symbolic(right, self.symbols)
        return f"{self.symbols[left]} = {text}" if left else text

    def _filled(self, left: str, right: str, vector: Array, i: int) -> str:
        numbers = {name: float(np.broadcast_to(value, 2)[i]) for name, value in self.known.items()}
        if left and left not in numbers:
            return f"{self.symbols[left]} = {numeric(right, numbers)}"
        if left:
            return f"{self.symbols[left]} = {numeric(right, numbers)} = {number(numbers[left])}"
        text, value = numeric(right, numbers), number(float(vector[i]))
        return text if text == value else f"{text} = {value}"

    # -------------------------------------------------------------- what most rules have in common

    def gradient(self, at_y: bool = False) -> None:
        """Add the plain gradient step; penalty and noise apart, where there are any."""
        eta, left = self.eta, self.grad
        extra = [part for part in (self.penalty, self.noise) if part is not None]
        for part in extra:
            left = left - part
        self.let(f=left)
        template = _OF_BATCH if self.batch else _AT_Y if at_y else _GRADIENT
        norm, rate = spoken(float(np.hypot(*left))), spoken(eta)
        line = "-<eta>*<f>" if extra else "-<eta>*<grad>"
        self.add("gradient", -eta * left, [("", line)], template, norm=norm, rate=rate, batch=str(self.batch))
        if self.penalty is not None:
            left = left + self.penalty
            self.let(l1=self.l1, l2=self.l2, theta=self.theta)
            signs = r"\mathrm{sign}(<theta>)" if not at_y else r"\mathrm{sign}(<y>)"
            point = "<theta>" if not at_y else "<y>"
            terms = ([f"<l1>*{signs}"] if self.l1 else []) + ([f"<l2>*{point}"] if self.l2 else [])
            line = f"-<eta>*({' + '.join(terms)})"
            self.add("penalty", -eta * left, [("", line)], _PENALTY, own=-eta * self.penalty)
        if self.noise is not None:
            self.let(xi=self.noise)
            own = -eta * self.noise
            self.add("noise", -eta * self.grad, [("", "-<eta>*<xi>")], _NOISE, own=own)

    def coupled_decay(self) -> Array:
        """Add weight decay that joins the gradient, if there is any; return what the rule goes on with."""
        decay = float(self.hypers["weight_decay"])
        g = self.grad + decay * self.theta
        if decay:
            self.symbols["g"] = r"\tilde{g}_t"
            self.let(g=g)
            lines = [("g", "<grad> + <lambda>*<theta>"), ("", "-<eta>*<lambda>*<theta>")]
            own = -self.eta * decay * self.theta
            self.add("weight_decay", -self.eta * g, lines, _COUPLED, own=own, decay=spoken(decay))
        return g

    def decoupled_decay(self) -> None:
        """Add weight decay that does not pass through the gradient, if there is any."""
        decay = float(self.hypers["weight_decay"])
        if decay:
            own = -self.eta * decay * self.theta
            line = ("", "-<eta>*<lambda>*<theta>")
            share = _percent(self.eta * decay)
            self.add("weight_decay", self.total + own, [line], _DECOUPLED, own=own, share=share)

    def scheduled(self) -> None:
        """Add what the schedule does to a step that is as long as the learning rate says."""
        if not self.schedule:
            return
        factor = self.rate / self.eta
        self.let(so=self.total)
        self.add(
            "schedule", factor * self.total, [("", "(<etat> / <eta> - 1)*<so>")], _SCHEDULE,
            own=(self.rate - self.eta) / self.eta * self.total,
            schedule=self.schedule, rate=spoken(self.rate), factor=spoken(factor),
        )  # fmt: skip

    def projected(self, surface: Surface) -> None:
        """Add what leads a step that would leave the surface's feasible set back to its edge."""
        far = self.theta + self.total
        edge = np.array(surface.nearest((float(far[0]), float(far[1]))))
        if not (edge != far).any():
            return
        self.let(so=self.total, projected=edge)
        own = np.where(edge != far, edge - self.theta - self.total, 0.0)
        line = ("", "<projected> - (<theta> + <so>)")
        x, y = (spoken(float(part)) for part in edge)
        self.add("projection", self.total + own, [line], _PROJECTED, own=own, x=x, y=y)


def _percent(share: float) -> str:
    return f"{spoken(100.0 * share)} %"


@lru_cache(maxsize=64)
def power(beta: float, t: int) -> float:
    """Return beta to the power t as the kernels have it: a running product, zero once it is negligible."""
    if beta <= 0.0:
        return 0.0 if t else 1.0
    most = min(t, int(np.log(NEGLIGIBLE) / np.log(beta)) + 2)
    result = float(np.cumprod(np.full(most, beta))[-1]) if most else 1.0
    return result if result >= NEGLIGIBLE else 0.0


_GRADIENT = QT_TRANSLATE_NOOP(
    "Anatomy", "Straight downhill: against the gradient, {norm} long, times the learning rate {rate}."
)
_OF_BATCH = QT_TRANSLATE_NOOP(
    "Anatomy",
    "Against the gradient of this step's mini-batch of {batch} samples, {norm} long, times the learning rate "
    "{rate}.",
)
_AT_Y = QT_TRANSLATE_NOOP(
    "Anatomy",
    "Against the gradient, {norm} long, times the learning rate "
    "{rate}; it is taken at y, between the average "
    "x and the fast point z.",
)
_PENALTY = QT_TRANSLATE_NOOP("Anatomy", "The penalty on the weights adds its own gradient, towards zero.")
_NOISE = QT_TRANSLATE_NOOP("Anatomy", "The noise of this step pushes the gradient by chance.")
_COUPLED = QT_TRANSLATE_NOOP(
    "Anatomy",
    "Weight decay pulls towards zero: {decay} times the point joins the gradient and goes through all that "
    "follows.",
)
_DECOUPLED = QT_TRANSLATE_NOOP(
    "Anatomy", "Weight decay takes {share} off the point directly, apart from the gradient and its scaling."
)
_PROJECTED = QT_TRANSLATE_NOOP(
    "Anatomy",
    "The step would leave the feasible set: it is led back to the nearest point of its edge, ({x}, {y}).",
)
_SCHEDULE = QT_TRANSLATE_NOOP(
    "Anatomy",
    "The schedule ({schedule}) gives this step the learning rate {rate}: the whole step is multiplied by "
    "{factor}.",
)
