"""What a map shows: the table [map] of an experiment file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from optviz.catalog import Choice, Knob
from optviz.entrant import Entrant, table_of
from optviz.errors import InputError, allowed, shown
from optviz.optimizers import OPTIMIZERS
from optviz.setting import Pair, limits
from optviz.view import followed

OVER_START = ("basin", "steps", "loss", "difference")
OVER_KNOBS = ("sensitivity", "learning_rate")
MAP_KINDS = (*OVER_START, *OVER_KNOBS)
MEASURES = ("loss", "steps")
LARGEST = 4096  # points a side
_LEAST, _MOST = 1e-200, 1e200  # of an axis: what lies beyond has no picture
_DECADES = 300  # that a logarithmic axis may span
_NARROWEST = 1e-9  # of what is spread evenly: closer limits are one number

_KIND = Choice("kind", "basin", MAP_KINDS, "What the map shows.")
_MEASURE = Choice("measure", "loss", MEASURES, "What a sensitivity map measures: the loss, or the steps.")
_PLACE = Knob("entrant", 0, "Whose map it is, counted from 0.", 0, 63, kind="int")
_POINTS = Knob("size", 256, "Points along one side of the map.", 2, LARGEST, kind="int")
# What is looked at first beside the learning rate, where a rule has it.
_SECOND = ("momentum", "beta1", "rho", "alpha", "eta_plus", "weight_decay", "epsilon")


@dataclass(frozen=True)
class MapAxis:
    """An axis of a map over hyperparameters: which one, from where to where (None: its slider's range)."""

    knob: str
    limits: Pair | None = None

    @classmethod
    def of(cls, value: object, where: str) -> MapAxis:
        """Make one from a table, from the name of a hyperparameter, or from one itself."""
        if isinstance(value, cls):
            return value
        table = {"knob": value} if isinstance(value, str) else table_of(value, where, ("knob", "limits"))
        if not isinstance(table.get("knob"), str):
            raise InputError(f"{where}: knob is missing; it must be the name of a hyperparameter")
        span = table.get("limits")
        return cls(table["knob"], None if span is None else limits(span, f"{where}.limits"))

    def table(self) -> dict[str, Any]:
        """Return it as plain values, as the file has it."""
        return {"knob": self.knob, **({"limits": list(self.limits)} if self.limits is not None else {})}


@dataclass(frozen=True)
class MapSetting:
    """What a map shows.

    Attributes
    ----------
    kind
        Over the start point: "basin", the minimum each start ends in; "steps", how many steps it takes to get
        there; "loss", the loss after as many steps as the frame shows; "difference", who of two entrants has
        the lower loss then. Over hyperparameters: "sensitivity", over two of one entrant; "learning_rate",
        the loss against the learning rate for all entrants.
    entrant
        Whose map it is, counted from 0; of a difference, the first.
    rival
        Of a difference, the other; None for the next one.
    size
        (width, height): points of the map. Of "learning_rate", the width is the number of rates each entrant
        tries.
    measure
        Of "sensitivity": "loss" or "steps".
    x, y
        The axes of "sensitivity"; None for the learning rate, and for what the rule has beside it. `x` is the
        axis of "learning_rate", too. What a kind has no use for waits for one that has.
    """

    kind: str = "basin"
    entrant: int = 0
    rival: int | None = None
    size: tuple[int, int] = (256, 256)
    measure: str = "loss"
    x: MapAxis | None = None
    y: MapAxis | None = None

    def __post_init__(self) -> None:
        for choice in (_KIND, _MEASURE):
            choice.check(getattr(self, choice.name), f"map.{choice.name}")
        for name in ("entrant", "rival"):
            value = getattr(self, name)
            if name == "entrant" or value is not None:
                object.__setattr__(self, name, int(_PLACE.check(value, f"map.{name}")))
        object.__setattr__(self, "size", _size(self.size))
        for name in ("x", "y"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, MapAxis.of(value, f"map.{name}"))

    @classmethod
    def of(cls, value: object) -> MapSetting:
        """Make one from the table of a file."""
        names = ("kind", "entrant", "rival", "size", "measure", "x", "y")
        return value if isinstance(value, cls) else cls(**table_of(value, "map", names))

    @property
    def over_start(self) -> bool:
        """Whether its axes are the start's coordinates."""
        return self.kind in OVER_START

    @property
    def moves(self) -> bool:
        """Whether it is another one at each step of the race."""
        return self.kind in ("loss", "difference", "learning_rate") or (
            self.kind == "sensitivity" and self.measure == "loss"
        )

    def checked(self, entrants: Sequence[Entrant]) -> MapSetting:
        """Return it if it goes with these entrants, else raise InputError."""
        last = len(entrants) - 1
        if self.entrant > last:
            raise InputError(f"map.entrant: {self.entrant} is not allowed; it must be 0 to {last}")
        self._at_rest(entrants)
        if self.kind == "difference":
            if not last:
                raise InputError('map.kind: "difference" is not allowed; there must be two entrants for it')
            if self.rival is not None and (self.rival > last or self.rival == self.entrant):
                others = allowed(str(i) for i in range(last + 1) if i != self.entrant)
                raise InputError(f"map.rival: {self.rival} is not allowed; it must be one of {others}")
        elif self.kind == "sensitivity":
            self.axes(entrants)
        elif self.kind == "learning_rate":
            self.rates(entrants)
        return self

    def _at_rest(self, entrants: Sequence[Entrant]) -> None:
        """Refuse what no kind of map could use, though this one may not look at it."""
        last = len(entrants) - 1
        if self.rival is not None and self.rival > last:
            raise InputError(f"map.rival: {self.rival} is not allowed; it must be 0 to {last}")
        own = {knob.name for knob in number_knobs(entrants[self.entrant])}
        for where, axis in (("map.x", self.x), ("map.y", self.y)):
            if axis is None or self.kind == "sensitivity":
                continue
            if axis.knob in own or axis.knob not in _every_knob():
                self._span(entrants, axis, where)
            # Else another rule has it: axes outlast a change of the optimizer.

    def followed(self, before: Sequence[Entrant], after: Sequence[Entrant]) -> MapSetting:
        """Return it for a list of entrants that has changed: of whoever is still there, else of the first."""
        place = followed(self.entrant, before, after)
        rival = None if self.rival is None else followed(self.rival, before, after)
        kind = "basin" if self.kind == "difference" and len(after) < 2 else self.kind
        found = replace(self, kind=kind, entrant=place or 0, rival=None if rival == (place or 0) else rival)
        try:
            return found.checked(after)
        except InputError:
            bare = replace(found, x=None, y=None)
        try:
            return bare.checked(after)
        except InputError:
            return replace(bare, kind="learning_rate" if not self.over_start else "basin")

    def opponents(self, entrants: Sequence[Entrant]) -> tuple[int, int]:
        """Return the two entrants of a difference."""
        rival = self.rival if self.rival is not None else (self.entrant + 1) % len(entrants)
        return self.entrant, rival

    def axes(self, entrants: Sequence[Entrant]) -> tuple[tuple[Knob, Pair], tuple[Knob, Pair]]:
        """Return the knobs and limits of a sensitivity map's axes, defaults filled in."""
        names = [knob.name for knob in number_knobs(entrants[self.entrant])]
        if len(names) < 2:
            title = OPTIMIZERS[entrants[self.entrant].optimizer].id
            raise InputError(
                f'map.kind: "sensitivity" is not allowed for {title}, which has one hyperparameter only; '
                'use "learning_rate"'
            )
        x = self.x or MapAxis(
            "learning_rate" if self.y is None or self.y.knob != "learning_rate" else names[1]
        )
        y = self.y or MapAxis(next(n for n in (*_SECOND, *names) if n in names and n != x.knob))
        if x.knob == y.knob:
            raise InputError(
                f"map.y: {shown(y.knob)} is not allowed; it must be another hyperparameter than map.x"
            )
        return self._span(entrants, x, "map.x"), self._span(entrants, y, "map.y")

    def rates(self, entrants: Sequence[Entrant]) -> tuple[Knob, Pair]:
        """Return the learning rate's declaration and the limits of a map over it, the default filled in."""
        axis = self.x or MapAxis("learning_rate")
        if axis.knob != "learning_rate":
            raise InputError(f"map.x.knob: {shown(axis.knob)} is not allowed; it must be learning_rate")
        return self._span(entrants, axis, "map.x")

    def _span(self, entrants: Sequence[Entrant], axis: MapAxis, where: str) -> tuple[Knob, Pair]:
        known = {knob.name: knob for knob in number_knobs(entrants[self.entrant])}
        if axis.knob not in known:
            raise InputError(
                f"{where}.knob: {shown(axis.knob)} is not known; it must be one of {allowed(known)}"
            )
        knob = known[axis.knob]
        span = axis.limits or knob.slider or (knob.default, 2 * knob.default + 1)
        for value in span:
            knob.check(float(value), f"{where}.limits")
        _drawable(knob, float(span[0]), float(span[1]), f"{where}.limits")
        return knob, (float(span[0]), float(span[1]))

    def table(self) -> dict[str, Any]:
        """Return it as plain values; what is not given, and the usual, is left out but for the kind."""
        known: dict[str, Any] = {"kind": self.kind, "entrant": self.entrant}
        if self.rival is not None:
            known["rival"] = self.rival
        if self.size != (256, 256):
            known["size"] = list(self.size)
        if self.measure != "loss":
            known["measure"] = self.measure
        for name in ("x", "y"):
            axis = getattr(self, name)
            if axis is not None:
                known[name] = axis.table()
        return known


def _drawable(knob: Knob, low: float, high: float, where: str) -> None:
    """Refuse limits between which values cannot be spread and drawn."""
    if knob.scale == "log" and low <= 0:
        raise InputError(f"{where}: {shown(low)} is not allowed; it must be > 0 on this scale")
    for value in (low, high):
        if abs(value) > _MOST or (knob.scale == "log" and value < _LEAST):
            least = _LEAST if knob.scale == "log" else -_MOST
            raise InputError(f"{where}: {shown(value)} is not allowed; it must be {least:g} to {_MOST:g}")
    if knob.scale == "log":
        low, high = math.log10(low), math.log10(high)
        if high - low > _DECADES:
            raise InputError(f"{where}: {high - low:.0f} decades are not allowed; at most {_DECADES} are")
    elif knob.scale == "one_minus" and high < 1.0:
        low, high = -math.log1p(-low), -math.log1p(-high)
    least = 1.0 if knob.scale == "log" else 0.0  # a logarithm tells ratios as near to 1 as that only
    if high - low < _NARROWEST * max(abs(low), abs(high), least):
        raise InputError(f"{where}: they are not allowed to be that close to each other")


@cache
def _every_knob() -> frozenset[str]:
    """Return the names of all hyperparameters that are numbers, of whatever rule."""
    knobs = (knob for optimizer in OPTIMIZERS for knob in optimizer.knobs)
    return frozenset(knob.name for knob in knobs if knob.kind == "float")


def number_knobs(entrant: Entrant) -> tuple[Knob, ...]:
    """Return the hyperparameters of an entrant that are numbers, so that a map can run over them."""
    return tuple(knob for knob in OPTIMIZERS[entrant.optimizer].knobs if knob.kind == "float")


def _size(value: object) -> tuple[int, int]:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        raise InputError(f"map.size: {shown(value)} is not allowed; it must be [width, height]")
    width, height = (int(_POINTS.check(n, "map.size")) for n in value)
    return width, height
