"""What the entrants of a training are called in its pictures."""

from __future__ import annotations

from collections import Counter

from optviz.training.setting import Training


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
    model = {name: _words(name, value) for name, value in own.model.table().items()}
    return {
        "learning_rate": f"rate {entrant.learning_rate:.3g}",
        "schedule": entrant.schedule.name.replace("_", " "),
        "batch_size": f"batch {own.batch_size}",
        **model,
        "l1": f"L1 {own.penalty.l1:.3g}",
        "l2": f"L2 {own.penalty.l2:.3g}",
    }


def _words(name: str, value: object) -> str:
    if isinstance(value, bool):
        return ("with " if value else "without ") + name.replace("_", " ")
    if isinstance(value, list):
        return name + " " + "-".join(map(str, value))
    return str(value) if name in ("kind", "activation") else f"{name} {value}"
