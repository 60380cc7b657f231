"""What a training is: everything its file says, checked when it is made. Nothing here needs torch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from os import PathLike
from types import MappingProxyType
from typing import Any, Self

from optviz import tomlfile
from optviz.catalog import Choice, Knob
from optviz.entrant import Entrant, one_line, table_of
from optviz.errors import InputError, shown
from optviz.kernels.activations import ACTIVATIONS
from optviz.setting import Penalty, mapping

MAX_ENTRANTS = 16
MAX_LAYERS = 32
MAX_WIDTH = 4096
CLASSES = 10  # of every data set there is

DATASETS = ("mnist", "fashion_mnist", "digits")
IMAGE_SIZES: Mapping[str, tuple[int, int]] = {"mnist": (28, 28), "fashion_mnist": (28, 28), "digits": (8, 8)}
TRAIN_SIZES: Mapping[str, int] = {"mnist": 60_000, "fashion_mnist": 60_000, "digits": 1_437}
TEST_SIZES: Mapping[str, int] = {"mnist": 10_000, "fashion_mnist": 10_000, "digits": 360}

_SWITCH = (False, True)
KNOBS = {
    knob.name: knob
    for knob in (
        Knob("train_limit", 0, "How many training images are used; 0 is all of them.", 0, 60_000, kind="int"),
        Knob("epochs", 3, "How often every image is seen.", 1, 10_000, slider=(1, 50), kind="int"),
        Knob(
            "batch_size", 256, "Images a step sees. A small batch makes noisy steps, and many.", 1, 60_000,
            slider=(1, 2048), scale="log", kind="int",
        ),
        Knob("seed", 0, "Start of the random numbers: weights, order of images, dropout.", 0, 2**63 - 1,
             kind="int"),
        Knob("threads", 0, "Processor cores to use; 0 is one less than there are.", 0, 256, kind="int"),
    )
}  # fmt: skip
CHOICES = {
    choice.name: choice
    for choice in (
        Choice("dataset", "mnist", DATASETS, "The images to learn from."),
        Choice("device", "auto", ("auto", "cpu", "cuda", "mps"), "What computes; auto takes a GPU if any."),
        Choice("precision", "float32", ("float32", "float64"), "How exactly numbers are kept."),
        Choice(
            "step", "auto", ("auto", "kernel", "torch"),
            "What moves the weights: the race's own kernel, or the same rule in torch; auto takes the kernel "
            "on the CPU.",
        ),
        Choice(
            "interleave", True, _SWITCH,
            "Whether entrants take turns, so that their curves grow together, or train one after another.",
        ),
    )
}  # fmt: skip
MODEL_CHOICES = {
    choice.name: choice
    for choice in (
        Choice("kind", "cnn", ("mlp", "cnn", "lstm", "transformer"), "How the network is built."),
        Choice(
            "activation", "relu", tuple(one.id for one in ACTIVATIONS), "What each neuron does to its input."
        ),
        Choice("batch_norm", True, _SWITCH, "Whether inputs of the activations are normalized."),
    )
}
MODEL_KNOBS = {
    knob.name: knob
    for knob in (
        Knob(
            "dropout", 0.0, "Share of neurons silenced at random in each training step.", 0.0, 1.0,
            open_maximum=True, slider=(0.0, 0.9),
        ),
        Knob("width", 64, "Features of a token of the transformer; a multiple of heads.", 1, MAX_WIDTH,
             slider=(8, 256), kind="int"),
        Knob("heads", 4, "Attention heads of the transformer.", 1, 64, slider=(1, 16), kind="int"),
    )
}  # fmt: skip
VIEW_KNOBS = {
    knob.name: knob
    for knob in (
        Knob(
            "smoothing", 0.9,
            "Share of the running mean that is kept in each hundredth of an epoch, the same for every batch "
            "size; it looks back at most 0.3 epochs.",
            0.0, 1.0, open_maximum=True, slider=(0.0, 0.99), scale="one_minus",
        ),
        Knob("entrant", 0, "The entrant whose inside is shown.", 0, MAX_ENTRANTS - 1, kind="int"),
        Knob("digit", 0, "The test image followed through the layers.", 0, 9_999, kind="int"),
    )
}  # fmt: skip
VIEW_CHOICES = {
    choice.name: choice
    for choice in (
        Choice("show", "all", ("all", "curves", "inside", "judgement"), "What is drawn."),
        Choice("theme", "light", ("light", "dark", "projector"), "Colours of the picture."),
        Choice("log", False, _SWITCH, "Whether the loss is drawn on a logarithmic scale."),
    )
}


def _checked(it: object, knobs: Mapping[str, Knob], choices: Mapping[str, Choice], where: str = "") -> None:
    declared: dict[str, Knob | Choice] = {**knobs, **choices}
    for name, one in declared.items():
        object.__setattr__(it, name, one.check(getattr(it, name), where + name))


def _sizes(value: object, where: str, least: int) -> tuple[int, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str) or not least <= len(value) <= MAX_LAYERS:
        raise InputError(
            f"{where}: {shown(value)} is not allowed; it must be {least} to {MAX_LAYERS} whole numbers, "
            "like [128]"
        )
    size = Knob("size", 1, "", 1, MAX_WIDTH, kind="int")
    return tuple(int(size.check(one, f"{where}[{i}]")) for i, one in enumerate(value))


@dataclass(frozen=True)
class ModelSetting:
    """The network of a training.

    Attributes
    ----------
    kind
        "mlp" (flat pixels), "cnn" (3 × 3 convolutions, each followed by 2 × 2 max pooling, then a head),
        "lstm" (the image read row by row) or "transformer" (the image cut into 16 patches).
    hidden
        mlp and the head of cnn: neurons of each layer; lstm: cells of each stacked layer; transformer: the
        feed-forward neurons of each block.
    channels
        cnn: feature maps of each convolution.
    batch_norm
        mlp, cnn: between each weighted layer and its activation; lstm: on the last hidden state;
        transformer: in the place of its layer norms.
    width, heads
        transformer: features of a token, attention heads.
    """

    kind: str = "cnn"
    hidden: tuple[int, ...] = (128,)
    channels: tuple[int, ...] = (16, 32)
    activation: str = "relu"
    batch_norm: bool = True
    dropout: float = 0.0
    width: int = 64
    heads: int = 4

    def __post_init__(self) -> None:
        _checked(self, MODEL_KNOBS, MODEL_CHOICES)
        least = 1 if self.kind in ("lstm", "transformer") else 0
        object.__setattr__(self, "hidden", _sizes(self.hidden, "hidden", least))
        object.__setattr__(self, "channels", _sizes(self.channels, "channels", int(self.kind == "cnn")))
        if self.kind == "transformer" and self.width % self.heads:
            raise InputError(
                f"width: {self.width} is not allowed; it must be a multiple of heads, {self.heads}"
            )

    def table(self) -> dict[str, Any]:
        """Return the network as plain values."""
        known = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: list(v) if isinstance(v, tuple) else v for name, v in known.items()}


@dataclass(frozen=True)
class TrainView:
    """What is drawn of a training: which part, for whom, how."""

    show: str = "all"
    theme: str = "light"
    log: bool = False
    smoothing: float = 0.9
    entrant: int = 0
    digit: int = 0

    def __post_init__(self) -> None:
        _checked(self, VIEW_KNOBS, VIEW_CHOICES, "view.")


_CHANGES = ("batch_size", "model", "penalty")


@dataclass(frozen=True)
class Changes:
    """What is different for one entrant about the training all share; what is not given stays.

    Attributes
    ----------
    model, penalty
        The values that are different here, by name.
    """

    batch_size: int | None = None
    model: Mapping[str, Any] = field(default_factory=dict)
    penalty: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.batch_size is not None:
            object.__setattr__(self, "batch_size", KNOBS["batch_size"].check(self.batch_size, "batch_size"))
        model = table_of(self.model, "model", [f.name for f in fields(ModelSetting)])
        plain = {name: tuple(v) if isinstance(v, list) else v for name, v in model.items()}
        object.__setattr__(self, "model", MappingProxyType(plain))
        penalty = dict(table_of(self.penalty, "penalty", ("l1", "l2")))
        object.__setattr__(self, "penalty", MappingProxyType(penalty))

    def __hash__(self) -> int:
        return hash((self.batch_size, tuple(self.model.items()), tuple(self.penalty.items())))

    def __bool__(self) -> bool:
        return self.batch_size is not None or bool(self.model) or bool(self.penalty)

    def __reduce__(self) -> tuple[Any, ...]:
        return Changes, (self.batch_size, dict(self.model), dict(self.penalty))

    def table(self) -> dict[str, Any]:
        """Return what is given here as plain values."""
        model = {name: list(v) if isinstance(v, tuple) else v for name, v in self.model.items()}
        known = {"batch_size": self.batch_size, "model": model, "penalty": dict(self.penalty)}
        return {name: value for name, value in known.items() if value not in (None, {})}


@dataclass(frozen=True)
class TrainEntrant(Entrant):
    """An entrant of a training: an optimizer as in a race, and what else is different for it."""

    changes: Changes = Changes()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.optimizer == "newton":
            raise InputError(
                "optimizer 'newton' cannot train a network: it needs the Hessian of all weights, which for "
                "n weights has n² numbers; any other optimizer can"
            )

    def __hash__(self) -> int:
        return hash((super().__hash__(), self.changes))

    @classmethod
    def of(cls, table: object, where: str) -> Self:
        """Make an entrant from a table of the training file."""
        if isinstance(table, cls):
            return table
        if isinstance(table, Entrant):  # of a race
            table = table.table()
        if not isinstance(table, Mapping) or "changes" not in table:
            return super().of(table, where)
        entrant = super().of({name: v for name, v in table.items() if name != "changes"}, where)
        try:
            changes = Changes(**table_of(table["changes"], "changes", _CHANGES))
        except InputError as error:
            raise InputError(f"{where}: changes: {error}") from None
        return replace(entrant, changes=changes)

    def table(self) -> dict[str, Any]:
        known = super().table()
        if self.changes:
            known["changes"] = self.changes.table()
        return known


@dataclass(frozen=True)
class Resolved:
    """What one entrant really trains with."""

    model: ModelSetting
    penalty: Penalty
    batch_size: int


@dataclass(frozen=True)
class Training:
    """Everything about a training, as its file says it; checked when it is made.

    Parameters are those of the file (see the README). `entrants` may be tables; `model`, `penalty` and
    `view` may be tables.

    Raises
    ------
    InputError
        For anything out of bounds or unknown, in one line.
    """

    entrants: tuple[TrainEntrant, ...] = ()
    title: str = ""
    dataset: str = "mnist"
    data_dir: str = ""
    train_limit: int = 0
    epochs: int = 3
    batch_size: int = 256
    seed: int = 0
    device: str = "auto"
    threads: int = 0
    precision: str = "float32"
    step: str = "auto"
    interleave: bool = True
    model: ModelSetting = field(default_factory=ModelSetting)
    penalty: Penalty = field(default_factory=Penalty)
    view: TrainView = field(default_factory=TrainView)

    def __post_init__(self) -> None:
        def put(name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        put("title", one_line(self.title, "title", 200))
        put("data_dir", one_line(self.data_dir, "data_dir", 4000))
        _checked(self, KNOBS, CHOICES)
        if not isinstance(self.model, ModelSetting):
            put("model", _made(ModelSetting, self.model, "model"))
        if not isinstance(self.penalty, Penalty):
            put("penalty", Penalty(**table_of(self.penalty, "penalty", ("l1", "l2"))))
        if not isinstance(self.view, TrainView):
            put("view", TrainView(**table_of(self.view, "view", [f.name for f in fields(TrainView)])))
        if not isinstance(self.entrants, Sequence) or isinstance(self.entrants, str):
            raise InputError("entrants: this is not allowed; it must be a list of tables, [[entrants]]")
        if not 1 <= len(self.entrants) <= MAX_ENTRANTS:
            raise InputError(
                f"entrants: {len(self.entrants)} of them is not allowed; there must be 1 to {MAX_ENTRANTS}"
            )
        put("entrants", tuple(TrainEntrant.of(e, f"entrant {i + 1}") for i, e in enumerate(self.entrants)))
        images = TRAIN_SIZES[self.dataset]
        if self.train_limit > images:
            raise InputError(
                f"train_limit: {self.train_limit} is not allowed; {self.dataset} has {images:,} training "
                f"images, so it must be 0 (all) to {images}"
            )
        self.resolved_entrants  # noqa: B018 - checked here, not when they train

    @cached_property
    def resolved_entrants(self) -> tuple[Resolved, ...]:
        """What each entrant trains with: the training's own settings and the entrant's changes."""
        made = []
        for i, entrant in enumerate(self.entrants):
            try:
                model = {**self.model.table(), **entrant.changes.model}
                penalty = {"l1": self.penalty.l1, "l2": self.penalty.l2, **entrant.changes.penalty}
                size = entrant.changes.batch_size or self.batch_size
                one = Resolved(_made(ModelSetting, model, "model"), Penalty(**penalty), size)
                self._check_batch(one)
            except InputError as error:
                raise InputError(f"entrant {i + 1}: {error}") from None
            made.append(one)
        return tuple(made)

    def _check_batch(self, one: Resolved) -> None:
        images = self.images
        if one.batch_size > images:
            raise InputError(
                f"batch_size: {one.batch_size} is not allowed; there are {images} training images, so it "
                f"must be ≤ {images}"
            )
        if one.model.batch_norm and one.model.kind != "transformer" and one.batch_size < 2:
            raise InputError(
                "batch_size: 1 is not allowed; the statistics of batch norm need at least 2 images"
            )

    @property
    def images(self) -> int:
        """How many training images there are."""
        return self.train_limit or TRAIN_SIZES[self.dataset]

    def steps_per_epoch(self, index: int) -> int:
        """Return the steps of entrant `index` in an epoch.

        The last batch of an epoch may be smaller; a single image that is left over is left out, for batch
        norm could not normalize it.
        """
        size = self.resolved_entrants[index].batch_size
        full, left = divmod(self.images, size)
        return full + (left > 1 or full == 0)

    def steps_of(self, index: int) -> int:
        """Return all steps of entrant `index`."""
        return self.epochs * self.steps_per_epoch(index)

    @property
    def steps(self) -> int:
        """The steps of whoever takes the most: frames of the training are numbered by them."""
        return max(self.steps_of(index) for index in range(len(self.entrants)))

    def replace(self, **changes: Any) -> Training:
        """Return a changed copy, checked anew."""
        return replace(self, **changes)

    @cached_property
    def key(self) -> str:
        """A text that is the same for equal trainings."""
        return json.dumps(self._tables(), sort_keys=True)

    def __hash__(self) -> int:
        return hash(self.key)

    def __reduce__(self) -> tuple[Any, ...]:
        return Training.loads, (self.dumps(),)

    def _tables(self) -> dict[str, Any]:
        known: dict[str, Any] = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "entrants"}
        known["model"] = self.model.table()
        for name in ("penalty", "view"):
            known[name] = {f.name: getattr(known[name], f.name) for f in fields(known[name])}
        return {**known, "entrants": [entrant.table() for entrant in self.entrants]}

    def dumps(self) -> str:
        """Return the training as the text of its file; `loads` gives back an equal one."""
        import tomlkit

        return tomlkit.dumps(self._tables())

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Training:
        """Read a training file.

        Raises
        ------
        InputError
            When it cannot be read or something in it is wrong; the message starts with its name.
        """
        tables, name = tomlfile.read(path, "a training")
        return cls.of(tables, name)

    @classmethod
    def loads(cls, text: str, where: str = "training") -> Training:
        """Make a training from the text of its file."""
        return cls.of(tomlfile.tables(text, where), where)

    @classmethod
    def of(cls, table: Mapping[str, Any], where: str = "training") -> Training:
        """Make a training from the tables of its file.

        A table [run], which the file of a run folder has, tells what was found and is nobody's wish.
        """
        known = [f.name for f in fields(cls)]
        try:
            given = table_of(table, "training", [*known, "run"])
            return cls(**{name: value for name, value in given.items() if name != "run"})
        except InputError as error:
            raise InputError(f"{where}: {error}") from None


def _made(kind: type[ModelSetting], table: object, where: str) -> ModelSetting:
    given = table_of(mapping(table, where), where, [f.name for f in fields(kind)])
    try:
        return kind(**given)
    except InputError as error:
        raise InputError(f"{where}.{error}") from None


def is_training(tables: Mapping[str, Any]) -> bool:
    """Say whether the tables of a file are a training's rather than an experiment's."""
    return (
        "surface" not in tables
        and "formula" not in tables
        and bool({"dataset", "model", "epochs"} & set(tables))
    )
