"""The experiment: a frozen value that says everything about a race, and its TOML file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from math import isfinite
from os import PathLike
from types import MappingProxyType
from typing import Any

from optviz import tomlfile
from optviz.catalog import Choice, Knob, Surface, fill
from optviz.entrant import Entrant, ScheduleSetting, one_line, table_of
from optviz.errors import InputError, allowed, shown
from optviz.formula import check
from optviz.map_setting import MapSetting
from optviz.setting import (
    PENALTY_KNOBS,
    SIDES,
    Pair,
    Penalty,
    Reshape,
    Setting,
    mapping,
    pair,
)
from optviz.surfaces import SURFACES
from optviz.view import View, followed

__all__ = [
    "EXPERIMENT_KNOBS", "PENALTY_KNOBS", "SIDES", "Entrant", "Experiment", "Penalty", "Reshape",
    "ScheduleSetting", "Setting", "View",
]  # fmt: skip

MAX_ENTRANTS = 64

# What a formula typed by a person is shown on, until they say otherwise.
FORMULA_DOMAIN = ((-5.0, 5.0), (-5.0, 5.0))
FORMULA_START = (-3.0, 2.0)

_STEPS = Knob("steps", 500, "How many steps each entrant takes.", 1, 1_000_000, kind="int")
_SEED = Knob("seed", 0, "Start of the random numbers.", 0, 2**63 - 1, kind="int")
_NOISE = Knob(
    "noise",
    0.0,
    "Standard deviation of the noise added to each gradient coordinate.",
    0.0,
    slider=(1e-3, 10.0),
)
_BATCH = Knob("batch_size", 0, "Samples a step sees; 0 is all of them.", 0, kind="int")
DATA_CHOICES = (
    Choice(
        "activation",
        "tanh",
        ("identity", "sigmoid", "tanh", "relu", "leaky_relu", "gelu", "silu", "softplus", "elu"),
        "What each neuron does to its input.",
    ),
    Choice("batch_norm", False, (False, True), "Whether inputs of the activation are normalized."),
    Choice("loss", "mse", ("mse", "bce"), "Mean squared error or binary cross-entropy."),
)
EXPERIMENT_KNOBS = {knob.name: knob for knob in (_STEPS, _SEED, _NOISE, _BATCH)}


@dataclass(frozen=True)
class Experiment:
    """Everything about a race, as the experiment file says it; checked when it is made.

    Parameters are those of the file (see the README). `entrants` may be tables or `Entrant`s;
    `penalty`, `view`, `reshape` and `map` may be tables.

    Raises
    ------
    InputError
        For anything out of bounds or unknown, in one line.
    """

    surface: str | None = None
    entrants: tuple[Entrant, ...] = ()
    formula: str | None = None
    title: str = ""
    start: Pair | None = None
    steps: int = 500
    seed: int = 0
    noise: float = 0.0
    batch_size: int = 0
    coefficients: Mapping[str, float] = field(default_factory=dict)
    choices: Mapping[str, str | bool] = field(default_factory=dict)
    penalty: Penalty = field(default_factory=Penalty)
    view: View = field(default_factory=View)
    reshape: Reshape | None = None
    map: MapSetting | None = None

    def __post_init__(self) -> None:
        def put(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        if (self.surface is None) == (self.formula is None):
            raise InputError("an experiment needs exactly one of surface and formula")
        if self.formula is not None:
            if not isinstance(self.formula, str):
                raise InputError(f"formula: {shown(self.formula)} is not allowed; it must be text")
            check(self.formula)
        declared = self.declared_surface
        put("title", one_line(self.title, "title", 200))
        if self.start is not None:
            put("start", pair(self.start, "start"))
            self._check_start()
        for name, knob in EXPERIMENT_KNOBS.items():
            put(name, knob.check(getattr(self, name), name))
        given = mapping(self.coefficients, "coefficients")
        put("coefficients", MappingProxyType(fill(declared.coefficients, given, "coefficients")))
        put("choices", MappingProxyType(_choices(declared, mapping(self.choices, "choices"))))
        if declared.model is not None and declared.model.check is not None:
            declared.model.check(self.coefficients, self.choices)
        self._check_batch()
        if not isinstance(self.penalty, Penalty):
            put("penalty", Penalty(**table_of(self.penalty, "penalty", ("l1", "l2"))))
        if not isinstance(self.view, View):
            put("view", View.of(self.view))
        if not isinstance(self.entrants, Sequence) or isinstance(self.entrants, str):
            raise InputError("entrants: this is not allowed; it must be a list of tables, [[entrants]]")
        if not 1 <= len(self.entrants) <= MAX_ENTRANTS:
            raise InputError(
                f"entrants: {len(self.entrants)} of them is not allowed; there must be 1 to {MAX_ENTRANTS}"
            )
        put("entrants", tuple(Entrant.of(e, f"entrant {i + 1}") for i, e in enumerate(self.entrants)))
        self._check_step_by_step()
        if self.reshape is not None:
            put("reshape", Reshape.of(self.reshape))
            self.sides  # noqa: B018 - checked here, not when they are first drawn
        if self.map is not None:
            if self.reshape is not None:
                raise InputError("map: it is not allowed beside reshape; an experiment is one or the other")
            put("map", MapSetting.of(self.map).checked(self.entrants))

    def _check_start(self) -> None:
        set_of = self.declared_surface.feasible
        if set_of is None or self.declared_surface.nearest(self.start_point) == self.start_point:
            return
        ends = [
            f"{name} {sign} {end:g}".replace("-", "\N{MINUS SIGN}")
            for name, limits in zip(self.declared_surface.axes, set_of, strict=True)
            for sign, end in zip("≥≤", limits, strict=True)
            if isfinite(end)
        ]
        raise InputError(
            f"start: {shown(list(self.start_point))} is not allowed; this surface is declared for "
            f"{allowed(ends)} alone"
        )

    def _check_batch(self) -> None:
        size, declared = self.batch_size, self.declared_surface
        if not size:
            return
        what = f"batch_size: {size} is not allowed; "
        if declared.model is None:
            raise InputError(f"{what}{self.surface_name} has no samples, so it must be 0")
        samples = int(self.coefficients["m"])
        if size > samples:
            raise InputError(f"{what}there are {samples} samples, so it must be 0 (all) to {samples}")
        normed = self.choices.get("batch_norm") and self.choices.get("batch_norm_mode") == "training"
        if size == 1 and normed:
            raise InputError(f"{what}the statistics of batch norm need at least 2 samples")

    def _check_step_by_step(self) -> None:
        entrant, last = self.view.step_by_step, len(self.entrants) - 1
        if entrant is None:
            return
        what = f"view.step_by_step: {entrant} is not allowed; "
        if entrant > last:
            raise InputError(f"{what}it must be 0 to {last}")
        if self.reshape is not None:
            raise InputError(f"{what}it takes an update of a race apart, and a comparison has none")

    def __hash__(self) -> int:
        return hash(self.key)

    def __reduce__(self) -> tuple[Any, ...]:
        return Experiment.loads, (self.dumps(),)

    @cached_property
    def declared_surface(self) -> Surface:
        """The surface's declaration; for a formula, one made for it."""
        if self.formula is not None:
            return Surface(
                "formula",
                self.formula,
                self.formula,
                FORMULA_DOMAIN,
                FORMULA_START,
                (),
                "A formula of your own.",
                "",
            )
        return SURFACES[self.surface]

    @property
    def surface_name(self) -> str:
        return self.declared_surface.title

    @property
    def start_point(self) -> Pair:
        return self.start or self.declared_surface.start

    @property
    def xlim(self) -> Pair:
        return self.view.xlim or self.declared_surface.domain[0]

    @property
    def ylim(self) -> Pair:
        return self.view.ylim or self.declared_surface.domain[1]

    @cached_property
    def sides(self) -> dict[str, Experiment]:
        """What is compared as "before" and "after": this experiment with either side's changes.

        Without a comparison both sides are the experiment itself.
        """
        if self.reshape is None:
            return dict.fromkeys(SIDES, self)
        made = {}
        for name in SIDES:
            try:
                made[name] = self._changed(getattr(self.reshape, name), self.reshape.linked_view)
            except InputError as error:
                raise InputError(f"reshape.{name}: {error}") from None
        return made

    def _changed(self, setting: Setting, linked_view: bool) -> Experiment:
        view = self.view
        if not linked_view:
            view = replace(view, xlim=setting.xlim or view.xlim, ylim=setting.ylim or view.ylim)
        return replace(
            self,
            coefficients={**self.coefficients, **setting.coefficients},
            choices={**self.choices, **setting.choices},
            penalty=Penalty(**{**asdict(self.penalty), **setting.penalty}),
            batch_size=self.batch_size if setting.batch_size is None else setting.batch_size,
            view=view,
            reshape=None,
        )

    @cached_property
    def key(self) -> str:
        """A text that is the same for equal experiments, for caches."""
        return json.dumps(self.resolved(), sort_keys=True)

    def replace(self, **changes: Any) -> Experiment:
        """Return a changed copy, checked anew.

        Changing `surface` or `formula` drops what belonged to the old one: the other of the two, the
        title, the start, the coefficients, the choices, the mini-batches, the comparison and the limits of
        the view, unless they are given. An update that is taken apart (`view.step_by_step`) goes along with
        its entrant where `entrants` changes; it goes where the entrant does, or where `reshape` comes.
        """
        if ("surface" in changes and changes["surface"] != self.surface) or (
            "formula" in changes and self.formula is None
        ):
            changes.setdefault("surface", None)
            changes.setdefault("formula", None)
            fresh: dict[str, Any] = {
                "title": "", "start": None, "coefficients": {}, "choices": {}, "batch_size": 0,
                "reshape": None,
            }  # fmt: skip
            changes = {**fresh, "view": replace(self._view_after(changes), xlim=None, ylim=None), **changes}
        elif "view" not in changes:
            changes["view"] = self._view_after(changes)
        if self.map is not None and "map" not in changes:
            changes["map"] = None if changes.get("reshape") is not None else self._map_after(changes)
        return replace(self, **changes)

    def _map_after(self, changes: Mapping[str, Any]) -> MapSetting | None:
        """Return the map of whoever is still there, with the axes that their rules have."""
        after, setting = changes.get("entrants"), self.map
        if setting is None or not isinstance(after, Sequence) or isinstance(after, str) or not after:
            return setting
        made = [Entrant.of(entrant, f"entrant {i + 1}") for i, entrant in enumerate(after)]
        return setting.followed(self.entrants, made)

    def _view_after(self, changes: Mapping[str, Any]) -> View:
        """Return the view with the update of whoever is still there taken apart."""
        place, after = self.view.step_by_step, changes.get("entrants")
        if place is None:
            return self.view
        if changes.get("reshape") is not None:
            return replace(self.view, step_by_step=None)
        if not isinstance(after, Sequence) or isinstance(after, str):
            return self.view
        made = [Entrant.of(entrant, f"entrant {i + 1}") for i, entrant in enumerate(after)]
        return replace(self.view, step_by_step=followed(place, self.entrants, made))

    def resolved(self) -> dict[str, Any]:
        """Return the experiment as plain values with every default filled in."""
        known = self._tables()
        known["start"] = list(self.start_point)
        known["view"] = {**self.view.table(), "xlim": list(self.xlim), "ylim": list(self.ylim)}
        for table, entrant in zip(known["entrants"], self.entrants, strict=True):
            table["label"] = entrant.title
            if table["schedule"].get("total_steps") == 0:
                table["schedule"]["total_steps"] = self.steps
        return known

    def _tables(self) -> dict[str, Any]:
        of = {"surface": self.surface} if self.formula is None else {"formula": self.formula}
        return {
            "title": self.title,
            **of,
            **({"start": list(self.start)} if self.start is not None else {}),
            "steps": self.steps,
            "seed": self.seed,
            "noise": self.noise,
            "batch_size": self.batch_size,
            "coefficients": dict(self.coefficients),
            "choices": dict(self.choices),
            "penalty": asdict(self.penalty),
            "view": self.view.table(),
            **({"reshape": self.reshape.table()} if self.reshape is not None else {}),
            **({"map": self.map.table()} if self.map is not None else {}),
            "entrants": [entrant.table() for entrant in self.entrants],
        }

    def dumps(self) -> str:
        """Return the experiment as the text of its file; `loads` gives back an equal one."""
        import tomlkit

        tables = {
            name: value
            for name, value in self._tables().items()
            if value not in ({}, "") or name == "entrants"
        }
        for table in tables["entrants"]:
            if not table["label"]:
                del table["label"]
            if table["schedule"] == {"name": "constant"}:
                del table["schedule"]
        return tomlkit.dumps(tables)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Experiment:
        """Read an experiment file.

        Raises
        ------
        InputError
            When it cannot be read or something in it is wrong; the message starts with its name.
        """
        tables, name = tomlfile.read(path, "an experiment")
        return cls.of(tables, name)

    @classmethod
    def loads(cls, text: str, where: str = "experiment") -> Experiment:
        """Make an experiment from the text of its file."""
        return cls.of(tomlfile.tables(text, where), where)

    @classmethod
    def of(cls, table: Mapping[str, Any], where: str = "experiment") -> Experiment:
        """Make an experiment from the tables of its file."""
        try:
            return cls(**table_of(table, "experiment", [f.name for f in fields(cls)]))
        except InputError as error:
            raise InputError(f"{where}: {error}") from None


def _choices(surface: Surface, given: Mapping[str, Any]) -> dict[str, str | bool]:
    declared = {choice.name: choice for choice in surface.choices}
    known = {**{choice.name: choice for choice in DATA_CHOICES}, **declared}
    for name in given:
        if name not in known:
            raise InputError(
                f"choices: {shown(name)} is not known; it must be one of {allowed(known) or '(none)'}"
            )
    # What a file says for a surface that has nothing to choose there is checked and kept.
    return {
        name: choice.check(given.get(name, choice.default), f"choices.{name}")
        for name, choice in known.items()
        if name in declared or name in given
    }
