"""Parts of an experiment: the penalty, and what the two sides of a comparison change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from optviz.catalog import Choice, Knob
from optviz.entrant import table_of
from optviz.errors import InputError, shown

Pair = tuple[float, float]

_L1 = Knob("l1", 0.0, "Weight of the L1 penalty, l1 (|x| + |y|).", 0.0, slider=(1e-3, 10.0), scale="log")
_L2 = Knob("l2", 0.0, "Weight of the L2 penalty, l2 / 2 (x² + y²).", 0.0, slider=(1e-3, 10.0), scale="log")
_NUMBER = Knob("number", 0.0, "")
_SHOW = Choice("show", "both", ("both", "morph"), "Both sides beside each other, or one picture in between.")
_FILM = Choice("film", "race", ("race", "morph"), "What the frames of a film go through.")
_MORPH = Knob("morph", 0.5, "How far from before (0) to after (1).", 0.0, 1.0, slider=(0.0, 1.0))
_LINKED = Choice("linked_view", True, (True, False), "Whether both sides show the same part of the plane.")
_SCALED = Choice("linked_scale", True, (True, False), "Whether both sides share one scale of colours.")

PENALTY_KNOBS = {knob.name: knob for knob in (_L1, _L2)}
SIDES = ("before", "after")
MORPH_FRAMES = 120  # the last frame of a film that goes from before to after


def pair(value: object, where: str) -> Pair:
    """Return two numbers, or raise InputError naming `where`."""
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        raise InputError(f"{where}: {shown(value)} is not allowed; it must be two numbers, like [-1.0, 2.0]")
    return float(_NUMBER.check(value[0], f"{where}[0]")), float(_NUMBER.check(value[1], f"{where}[1]"))


def limits(value: object, where: str) -> Pair:
    """Return two rising numbers, or raise InputError naming `where`."""
    low, high = pair(value, where)
    if not low < high or high - low == float("inf"):
        raise InputError(f"{where}: {shown(value)} is not allowed; the first number must be below the second")
    return low, high


def mapping(value: object, where: str) -> Mapping[str, Any]:
    """Return a table, or raise InputError naming `where`."""
    if not isinstance(value, Mapping):
        raise InputError(f"{where}: {shown(value)} is not allowed; it must be a table")
    return value


@dataclass(frozen=True)
class Penalty:
    """L1 and L2 terms added to the loss and to its gradient.

    The loss becomes L + l1 (|x| + |y|) + l2 / 2 (x² + y²); at a kink the gradient of |w| is 0.
    """

    l1: float = 0.0
    l2: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "l1", float(_L1.check(self.l1, "penalty.l1")))
        object.__setattr__(self, "l2", float(_L2.check(self.l2, "penalty.l2")))


@dataclass(frozen=True)
class Setting:
    """What one side of a comparison changes about the experiment; what is not given stays.

    Attributes
    ----------
    coefficients, choices, penalty
        The values that are different here, by name.
    batch_size
        None for the experiment's.
    xlim, ylim
        Limits of this side's picture where the views are not linked; None for the experiment's.
    """

    coefficients: Mapping[str, float] = field(default_factory=dict)
    choices: Mapping[str, str | bool] = field(default_factory=dict)
    penalty: Mapping[str, float] = field(default_factory=dict)
    batch_size: int | None = None
    xlim: Pair | None = None
    ylim: Pair | None = None

    def __post_init__(self) -> None:
        for name in ("coefficients", "choices", "penalty"):
            object.__setattr__(self, name, MappingProxyType(dict(mapping(getattr(self, name), name))))
        table_of(self.penalty, "penalty", tuple(PENALTY_KNOBS))
        for name in ("xlim", "ylim"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, limits(value, name))

    def table(self) -> dict[str, Any]:
        """Return what is given here as plain values, as the file has it."""
        known: dict[str, Any] = {}
        for name in ("batch_size", "xlim", "ylim"):
            value = getattr(self, name)
            if value is not None:
                known[name] = list(value) if isinstance(value, tuple) else value
        for name in ("coefficients", "choices", "penalty"):
            if getattr(self, name):
                known[name] = dict(getattr(self, name))
        return known


@dataclass(frozen=True)
class Reshape:
    """A comparison of two settings of one surface: same data, entrants, start and noise.

    Attributes
    ----------
    before, after
        What either side changes.
    show
        "both" beside each other, or "morph": one picture of the loss (1 - morph) L_before + morph L_after.
    morph
        How far between them, 0 to 1.
    film
        What the frames of an export go through: "race", the steps, or "morph", the way from before to after
        in `MORPH_FRAMES` frames with the whole paths drawn.
    linked_view, linked_scale
        Whether both sides show the same limits, and share one scale of colours.
    """

    before: Setting = Setting()
    after: Setting = Setting()
    show: str = "both"
    morph: float = 0.5
    film: str = "race"
    linked_view: bool = True
    linked_scale: bool = True

    def __post_init__(self) -> None:
        for name in SIDES:
            value = getattr(self, name)
            if not isinstance(value, Setting):
                names = ("coefficients", "choices", "penalty", "batch_size", "xlim", "ylim")
                try:
                    object.__setattr__(self, name, Setting(**table_of(value, name, names)))
                except InputError as error:
                    raise InputError(f"reshape.{name}: {error}") from None
        for choice in (_SHOW, _FILM, _LINKED, _SCALED):
            choice.check(getattr(self, choice.name), f"reshape.{choice.name}")
        object.__setattr__(self, "morph", float(_MORPH.check(self.morph, "reshape.morph")))

    @classmethod
    def of(cls, value: object) -> Reshape:
        """Make one from the table of a file."""
        names = ("before", "after", "show", "morph", "film", "linked_view", "linked_scale")
        return value if isinstance(value, Reshape) else cls(**table_of(value, "reshape", names))

    def table(self) -> dict[str, Any]:
        """Return it as plain values, as the file has it."""
        own = {
            "show": self.show, "morph": self.morph, "film": self.film,
            "linked_view": self.linked_view, "linked_scale": self.linked_scale,
        }  # fmt: skip
        return {**own, **{name: getattr(self, name).table() for name in SIDES}}
