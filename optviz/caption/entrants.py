"""Who takes part, in words: optimizers with their hyperparameters."""

from __future__ import annotations

from collections.abc import Sequence

from optviz.caption.words import BATCH, number, say, setting
from optviz.entrant import Entrant
from optviz.optimizers import OPTIMIZERS
from optviz.schedules import SCHEDULES
from optviz.translation import QT_TRANSLATE_NOOP as T
from optviz.verdict import number as rounded

_SCHEDULE = T("Caption", "{name} schedule")
_RATE, _RATES = T("Caption", "learning rate"), T("Caption", "learning rates")
_MANY = T("Caption", "{count} optimizers")


def name_of(entrant: Entrant) -> str:
    """Return what an entrant is called, with its optimizer where the name does not tell."""
    title = OPTIMIZERS[entrant.optimizer].title
    clear = not entrant.label or title.lower() in entrant.label.lower()
    return entrant.title if clear else f"{entrant.label} ({title})"


def told(entrant: Entrant) -> str:
    """Return who takes part with what a reader has to know."""
    return f"{name_of(entrant)}: {', '.join([*values(entrant, whole=False), *changes_of(entrant)])}"


def values(entrant: Entrant, *, whole: bool) -> list[str]:
    """Return the learning rate and the other hyperparameters that differ from their defaults, or all."""
    declared = OPTIMIZERS[entrant.optimizer]
    given = entrant.hyperparameters
    words = [
        setting(knob.name, given[knob.name])
        for knob in declared.knobs
        if whole or knob.name == "learning_rate" or given[knob.name] != knob.default
    ]
    schedule = entrant.schedule
    if whole or schedule.name != "constant":
        own, knobs = schedule.values, SCHEDULES[schedule.name].knobs
        set_to = [setting(k.name, own[k.name]) for k in knobs if whole or own[k.name] != k.default]
        text = say(_SCHEDULE).format(name=say(schedule.name.replace("_", " ")))
        words.append(f"{text} ({', '.join(set_to)})" if set_to else text)
    return words


def changes_of(entrant: Entrant) -> list[str]:
    """Return what is different for one entrant of a training."""
    changes = getattr(entrant, "changes", None)
    if not changes:
        return []
    table = {**changes.model, **changes.penalty}
    size = [say(BATCH).format(count=changes.batch_size)] if changes.batch_size else []
    return [*size, *(setting(name, value) for name, value in table.items())]


def rates_of(entrants: Sequence[Entrant], *, whole: bool) -> str:
    """Return who takes part at which learning rate in one part, with what else differs if `whole`."""
    rates = [number(entrant.learning_rate) for entrant in entrants]
    titles = [entrant.title for entrant in entrants]
    # A label of several words and numbers must be told from the number after it and the name after that.
    mixed = any("," in title or title[-1].isdigit() for title in titles)
    between, is_ = ("; ", ": ") if mixed else (", ", " ")
    if len(entrants) == 1 or (not whole and len(set(rates)) == 1):
        names = between.join(titles)
        return told(entrants[0]) if whole else f"{names}: {say(_RATE)} {rates[0]}"
    texts = []
    for entrant, rate in zip(entrants, rates, strict=True):
        rest = [*values(entrant, whole=False)[1:], *changes_of(entrant)] if whole else []
        texts.append(f"{entrant.title}{is_}{rate}" + (f" ({', '.join(rest)})" if rest else ""))
    return f"{say(_RATES)}{' – ' if mixed else ': '}{between.join(texts)}"


def span_of(entrants: Sequence[Entrant]) -> str:
    """Return how many take part, and between which learning rates."""
    if len(entrants) == 1:
        return f"{entrants[0].title} {number(entrants[0].learning_rate)}"
    # A span says roughly where; what was searched for may have seventeen digits.
    least, most = (rounded(pick(entrant.learning_rate for entrant in entrants)) for pick in (min, max))
    text = say(_MANY).format(count=len(entrants))
    return f"{text}, {say(_RATE)} {least if least == most else f'{least} – {most}'}"
