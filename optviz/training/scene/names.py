"""What the entrants of a training are called in its pictures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from optviz.training.setting import CLASSES, Training
from optviz.translation import QT_TRANSLATE_NOOP

FASHION = (
    QT_TRANSLATE_NOOP("TrainNames", "T-shirt"), QT_TRANSLATE_NOOP("TrainNames", "trousers"),
    QT_TRANSLATE_NOOP("TrainNames", "pullover"), QT_TRANSLATE_NOOP("TrainNames", "dress"),
    QT_TRANSLATE_NOOP("TrainNames", "coat"), QT_TRANSLATE_NOOP("TrainNames", "sandal"),
    QT_TRANSLATE_NOOP("TrainNames", "shirt"), QT_TRANSLATE_NOOP("TrainNames", "sneaker"),
    QT_TRANSLATE_NOOP("TrainNames", "bag"), QT_TRANSLATE_NOOP("TrainNames", "ankle boot"),
)  # fmt: skip
KINDS = {
    "mlp": QT_TRANSLATE_NOOP("TrainNames", "MLP"),
    "cnn": QT_TRANSLATE_NOOP("TrainNames", "CNN"),
    "lstm": QT_TRANSLATE_NOOP("TrainNames", "LSTM"),
    "transformer": QT_TRANSLATE_NOOP("TrainNames", "transformer"),
}
_WORDS = {
    "learning_rate": QT_TRANSLATE_NOOP("TrainNames", "rate {value}"),
    "schedule": "{value}",
    "batch_size": QT_TRANSLATE_NOOP("TrainNames", "batch {value}"),
    "kind": "{value}",
    "activation": "{value}",
    "hidden": QT_TRANSLATE_NOOP("TrainNames", "hidden {value}"),
    "channels": QT_TRANSLATE_NOOP("TrainNames", "feature maps {value}"),
    "dropout": QT_TRANSLATE_NOOP("TrainNames", "dropout {value}"),
    "width": QT_TRANSLATE_NOOP("TrainNames", "width {value}"),
    "heads": QT_TRANSLATE_NOOP("TrainNames", "heads {value}"),
    "l1": QT_TRANSLATE_NOOP("TrainNames", "L1 {value}"),
    "l2": QT_TRANSLATE_NOOP("TrainNames", "L2 {value}"),
}
_SWITCHED: dict[bool, dict[str, str]] = {
    True: {"batch_norm": QT_TRANSLATE_NOOP("TrainNames", "with batch norm")},
    False: {"batch_norm": QT_TRANSLATE_NOOP("TrainNames", "without batch norm")},
}

_translator: list[Callable[[str], str]] = []


def translate_by(translator: Callable[[str], str]) -> None:
    """Let names be translated; whoever draws them does this, for nothing here may import Qt."""
    _translator[:] = [translator]


def _say(text: str) -> str:
    return _translator[0](text) if _translator and text else text


def class_names(dataset: str) -> tuple[str, ...]:
    """Return what the classes of a data set are called, by number."""
    if dataset == "fashion_mnist":
        return tuple(_say(name) for name in FASHION)
    return tuple(str(i) for i in range(CLASSES))


def names(training: Training) -> list[str]:
    """Return a name for each entrant, no two alike.

    Entrants of one title are told apart by what is different among them (learning rate, batch size, network),
    else by number.
    """
    entrants = training.entrants
    titles = [entrant.title for entrant in entrants]
    result = list(titles)
    for title, count in Counter(titles).items():
        alike = [i for i, name in enumerate(titles) if name == title]
        if count == 1 or entrants[alike[0]].label:
            continue
        traits = [_traits(training, i) for i in alike]
        differing = [name for name in traits[0] if len({trait[name] for trait in traits}) > 1]
        for i, trait in zip(alike, traits, strict=True):
            result[i] = ", ".join([title, *(trait[name] for name in differing[:2])])
    used: Counter[str] = Counter()
    for i, name in enumerate(result):
        used[name] += 1
        result[i] = f"{name} {used[name]}" if used[name] > 1 else name
    return result


def _traits(training: Training, i: int) -> dict[str, str]:
    """Return what may tell an entrant from another of the same optimizer, in words."""
    entrant, own = training.entrants[i], training.resolved_entrants[i]
    values = {
        "learning_rate": f"{entrant.learning_rate:.3g}",
        "schedule": entrant.schedule.name.replace("_", " "),
        "batch_size": f"{own.batch_size}",
        **own.model.table(),
        "l1": f"{own.penalty.l1:.3g}",
        "l2": f"{own.penalty.l2:.3g}",
    }
    return {name: _words(name, value) for name, value in values.items()}


def _words(name: str, value: object) -> str:
    if isinstance(value, bool):
        return _say(_SWITCHED[value].get(name, "")) or f"{name} {value}"
    if isinstance(value, list):
        value = "-".join(map(str, value))
    if name == "kind":
        value = KINDS.get(str(value), str(value))
    return _say(_WORDS.get(name, name + " {value}")).format(value=_say(str(value)))
