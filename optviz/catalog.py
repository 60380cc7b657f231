"""What a declaration is: knobs, choices, optimizers, surfaces, schedules, and lists of them.

Everything a person may set is declared once, here, as a value. The command line, the forms of the
window, the file format, the tests and the help all read the same declarations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from optviz.errors import InputError, allowed, shown
from optviz.kernels import Kernel

Values = Mapping[str, float]
Array = npt.NDArray[np.float64]
Batches = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Knob:
    """Declaration of one number (or yes/no) a person may set.

    `minimum` and `maximum` are where the mathematics stops making sense, None meaning no bound;
    `open_minimum` and `open_maximum` leave the bound itself out. `slider` is the range in which it
    is interesting, `scale` how a slider runs through it.
    """

    name: str
    default: float
    help: str
    minimum: float | None = None
    maximum: float | None = None
    open_minimum: bool = False
    open_maximum: bool = False
    slider: tuple[float, float] | None = None
    scale: Literal["linear", "log", "one_minus"] = "linear"  # one_minus: log in 1 - value (betas)
    kind: Literal["float", "int", "bool"] = "float"

    @property
    def bounds(self) -> str:
        """The allowed values in words, for messages and tooltips."""
        if self.kind == "bool":
            return "true or false"
        parts = []
        if self.minimum is not None:
            parts.append(f"{'>' if self.open_minimum else '≥'} {self.minimum:g}")
        if self.maximum is not None:
            parts.append(f"{'<' if self.open_maximum else '≤'} {self.maximum:g}")
        noun = "a whole number" if self.kind == "int" else "a finite number"
        return f"{noun} {' and '.join(parts)}".rstrip()

    def check(self, value: object, where: str) -> float:
        """Return `value` as the knob's own type, or raise InputError naming `where`."""
        if self.kind == "bool":
            if isinstance(value, (bool, np.bool_)):
                return bool(value)
        elif isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool):
            whole = isinstance(value, (int, np.integer))
            if self.kind == "float" or whole:
                try:
                    float(value)  # a whole number of 400 digits is no finite number either
                    number = int(value) if self.kind == "int" else float(value)
                except OverflowError:
                    number = math.inf
                if math.isfinite(number) and self._inside(number):
                    return number
        raise InputError(f"{where}: {shown(value)} is not allowed; it must be {self.bounds}")

    def _inside(self, number: float) -> bool:
        low, high = self.minimum, self.maximum
        above = low is None or (number > low if self.open_minimum else number >= low)
        below = high is None or (number < high if self.open_maximum else number <= high)
        return above and below


@dataclass(frozen=True, slots=True)
class Choice:
    """Declaration of one named option a person may pick."""

    name: str
    default: str | bool
    options: tuple[str | bool, ...]
    help: str

    def check(self, value: object, where: str) -> str | bool:
        """Return `value` if it is one of the options, else raise InputError naming `where`."""
        for option in self.options:
            if type(value) is type(option) and value == option:
                return option
        names = allowed(str(o).lower() if isinstance(o, bool) else o for o in self.options)
        raise InputError(f"{where}: {shown(value)} is not allowed; it must be one of {names}")


class Declared(Protocol):
    """What every catalog entry has."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Optimizer:
    """A declared update rule.

    Attributes
    ----------
    knobs
        Hyperparameters in the order the step kernel reads them; `learning_rate` comes first.
    step
        Kernel of kind `step`.
    state_rows
        Names of the rows of optimizer memory, in order.
    rule
        The update in LaTeX, for the card and the help.
    help
        What it does, in a sentence a lecturer could read aloud.
    reference
        Paper or documentation, with the equation where there is one.
    memory
        How many shared numbers the kernel keeps between steps.
    probe
        Kernel of kind `probe` for a rule that takes its gradient elsewhere than at theta.
    needs_hessian
        Whether the step reads the surface's Hessian.
    samples
        False for the full-batch, noise-free rule.
    stable_product
        Given the hyperparameters, the largest stable learning_rate * curvature on a quadratic, where theory
        gives one: 2 for gradient descent. None where the rule rescales its steps.
    step_scale
        What sets the length of a step: the gradient, the learning rate alone (sign-like and Adam-like
        rules), the Hessian, or the rule itself (adadelta). Used to suggest a learning rate.
    note
        How the rule departs from what one may expect, such as where its gradient is taken.
    """

    id: str
    title: str
    knobs: tuple[Knob, ...]
    step: Kernel
    state_rows: tuple[str, ...]
    rule: str
    help: str
    reference: str
    memory: int = 0
    probe: Kernel | None = None
    needs_hessian: bool = False
    samples: bool = True
    stable_product: Callable[[Values], float] | None = None
    step_scale: Literal["gradient", "learning_rate", "hessian", "own"] = "gradient"
    note: str = ""


Choices = Mapping[str, str | bool]


@dataclass(frozen=True, eq=False)
class Posed:
    """A data surface made concrete: its numbers as the kernels read them, and as a person may check them.

    Attributes
    ----------
    coefficients : float64[p]
        What the kernels take as `coefficients`; the layout is the model's own.
    data : float64[columns, m]
        The samples, one a column, the targets in the last row. Kernels accept any selection of columns.
    arrays
        What `surface_data` returns: named arrays, samples along the first axis.
    """

    coefficients: Array
    data: Array
    arrays: Mapping[str, npt.NDArray[Any]]

    @property
    def samples(self) -> int:
        """The number of samples, m."""
        return int(self.data.shape[1])


@dataclass(frozen=True)
class Units:
    """What goes into the activations at one point of a data surface.

    Attributes
    ----------
    before, after : float64[layers, n]
        Pre-activations before and after batch norm (the same where there is none), for every sample and, in
        a network, every neuron. No layers where the model has no activation.
    activation
        The id of the activation, "identity" where there is none.
    """

    before: Array
    after: Array
    activation: str


@dataclass(frozen=True)
class Model:
    """The mathematics of a data surface.

    Attributes
    ----------
    loss, hessian, value
        Kernels of those kinds; `value` is the loss alone, for pictures.
    pose
        Given every coefficient and choice, the numbers. Cached; may take seconds where a network is trained.
    units
        Given what `pose` returned and a point, what goes into the activations there (full batch).
    typeset
        Given coefficients and choices, the loss in LaTeX.
    slow
        Whether a picture takes so long that it is drawn on a grid of `grid` points a side, coarse first, and
        races run behind the window.
    check
        Raises InputError for coefficients that do not go with the choices.
    draw
        Given the choices, the number of samples m, a batch size below it, the number of steps and a stream,
        which samples each step sees, int32[steps, size]; fewer steps see the same. None shuffles the samples
        anew for each pass.
    """

    loss: Kernel
    hessian: Kernel
    value: Kernel
    pose: Callable[[Values, Choices], Posed]
    units: Callable[[Posed, float, float], Units]
    typeset: Callable[[Values, Choices], str]
    slow: bool = False
    grid: int = 0
    check: Callable[[Values, Choices], None] | None = None
    draw: Callable[[Choices, int, int, int, np.random.Generator], Batches] | None = None


@dataclass(frozen=True, slots=True)
class Minimum:
    """A known minimum: where it is and the loss there (without penalty)."""

    point: tuple[float, float]
    loss: float


@dataclass(frozen=True, slots=True)
class Surface:
    """A declared loss over the point (x, y), at its default coefficients unless said.

    Attributes
    ----------
    formula
        The loss as text in the language of `optviz.formula`, coefficients by name; for a data surface, whose
        `model` holds the mathematics, as text to be read.
    typeset
        The loss in LaTeX as a textbook writes it, where that is shorter than the formula spelled out.
    domain
        ((xlo, xhi), (ylo, yhi)), the customary window.
    start
        A start from which optimizers differ tellingly.
    minima
        The known minima in the domain at the default coefficients and choices, the global ones first.
    model
        What a data surface is made of; None for a formula.
    axes
        What the two coordinates are called in pictures and readings.
    feasible
        The box ((xlo, xhi), (ylo, yhi)) that the loss is declared on, infinite where a side is open: a start
        lies in it, and a step that leaves it is led back to its nearest point (projected descent). None for
        the whole plane.
    """

    id: str
    title: str
    formula: str
    domain: tuple[tuple[float, float], tuple[float, float]]
    start: tuple[float, float]
    minima: tuple[Minimum, ...]
    help: str
    reference: str
    coefficients: tuple[Knob, ...] = ()
    choices: tuple[Choice, ...] = ()
    typeset: str = ""
    model: Model | None = None
    axes: tuple[str, str] = ("x", "y")
    feasible: tuple[tuple[float, float], tuple[float, float]] | None = None

    def nearest(self, point: tuple[float, float]) -> tuple[float, float]:
        """Return the nearest point of the feasible set."""
        if self.feasible is None:
            return point
        (xlo, xhi), (ylo, yhi) = self.feasible
        return min(max(point[0], xlo), xhi), min(max(point[1], ylo), yhi)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A declared learning-rate schedule.

    `factors(learning_rate, steps, values)` returns float64[steps]: the learning rate of each step,
    the first being k = 0. A knob `total_steps` with the default 0 stands for the experiment's steps.
    """

    id: str
    title: str
    knobs: tuple[Knob, ...]
    rates: Callable[[float, int, Values], Array]
    help: str
    reference: str


Entry = TypeVar("Entry", bound=Declared)


class Catalog(Generic[Entry]):
    """An ordered list of declarations, found by id.

    Parameters
    ----------
    noun
        What one entry is called in messages, such as "optimizer".
    """

    def __init__(self, noun: str, entries: Sequence[Entry]) -> None:
        self.noun = noun
        self._entries = {entry.id: entry for entry in entries}
        if len(self._entries) != len(entries):
            raise ValueError(f"two entries of the {noun} catalog share an id")

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, identifier: object) -> bool:
        return identifier in self._entries

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._entries)

    def __getitem__(self, identifier: object) -> Entry:
        """Return the entry called `identifier`, or raise InputError with the allowed ids."""
        if isinstance(identifier, str) and identifier in self._entries:
            return self._entries[identifier]
        raise InputError(
            f"{self.noun} {shown(identifier)} is not known; it must be one of {allowed(self.ids)}"
        )


def learning_rate_knob(default: float, help: str = "How far each step goes.") -> Knob:
    """Return the knob that every optimizer's declaration starts with."""
    return Knob(
        "learning_rate", default, help, minimum=0.0, open_minimum=True, slider=(1e-5, 10.0), scale="log"
    )


def fill(knobs: Sequence[Knob], given: Mapping[str, Any], where: str) -> dict[str, float]:
    """Return every knob's value, the given ones checked, the rest at their defaults.

    Raises
    ------
    InputError
        For an unknown name or a value out of bounds; the message starts with `where`.
    """
    known = {knob.name: knob for knob in knobs}
    for name in given:
        if name not in known:
            raise InputError(
                f"{where}: {shown(name)} is not known; it must be one of {allowed(known) or '(none)'}"
            )
    return {
        name: knob.check(given[name], f"{where}.{name}") if name in given else knob.default
        for name, knob in known.items()
    }
