"""What was run, in sentences with every hyperparameter, and in a line or two."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from optviz.caption.entrants import changes_of, name_of, rates_of, span_of, told, values
from optviz.caption.maps import map_of
from optviz.caption.words import BATCH, number, say, setting
from optviz.catalog import Choice, Knob
from optviz.experiment import Experiment
from optviz.translation import QT_TRANSLATE_NOOP as T
from optviz.version import __version__

if TYPE_CHECKING:  # who has no training loads none of its code
    from optviz.training.setting import Training

SEPARATOR = "  ·  "
_FORMULA = 72  # characters of a formula in a short caption
_SIDES = (T("Caption", "Before"), T("Caption", "After"))
_STEPS = T("Caption", "{count} steps")
_EPOCHS = T("Caption", "{count} epochs")
_NOISE = T("Caption", "gradient noise {value}")
_NO_NOISE = T("Caption", "no noise")
_SEED = T("Caption", "seed {seed}")
_FROM = T("Caption", "from ({x}, {y})")
_STEP = T("Caption", "The picture shows step {k}.")
_FRAME = T("Caption", "The picture shows frame {k} of the way from before to after.")
_ON = T("Caption", "on")
_NETWORKS = {"mlp": "MLP", "cnn": "CNN", "lstm": "LSTM", "transformer": T("Caption", "Transformer")}
_DATA = {"mnist": "MNIST", "fashion_mnist": "Fashion-MNIST"}


def caption_of(what: Experiment | Training | Any, frame: int | None = None) -> str:
    """Return everything that was run as a few sentences: every hyperparameter, default or not.

    Parameters
    ----------
    what
        An experiment, a training, or the scene of a training.
    frame
        The step, or the frame of the way from before to after, that the picture shows.
    """
    what = getattr(what, "training", what)
    lines = [f"{what.title}." if what.title and what.title[-1] not in ".?!…" else what.title]
    if isinstance(what, Experiment):
        lines.append(_sentence(_surface(what, whole=True), _start(what)))
        lines += [f"{say(side)}: {text}." for side, text in zip(_SIDES, _sides(what), strict=False) if text]
        noise = say(_NOISE).format(value=number(what.noise))
        batch = say(BATCH).format(count=what.batch_size) if what.batch_size else ""
        lines.append(_sentence(_steps(what), noise, batch, _seed(what.seed)))
        lines += [f"{map_of(what)}."] if what.map is not None else []
    else:
        lines.append(_sentence(*_network(what, whole=True)))
        lines.append(_sentence(*_length(what), _seed(what.seed), what.precision))
    lines += [
        f"{name_of(entrant)}: {', '.join([*values(entrant, whole=True), *changes_of(entrant)])}."
        for entrant in what.entrants
    ]
    if frame is not None:
        morphs = isinstance(what, Experiment) and what.reshape is not None and what.reshape.film == "morph"
        lines.append(say(_FRAME if morphs else _STEP).format(k=frame))
    lines.append(f"optviz {__version__}.")
    return " ".join(line for line in lines if line)


def short_caption(what: Experiment | Training | Any, fits: Callable[[str], bool] | None = None) -> str:
    """Return what was run in a line or two: what says least is left out until it `fits`."""
    texts = [SEPARATOR.join(parts) for parts in wordings(what)]
    return next((text for text in texts if fits is None or fits(text)), texts[-1])


def wordings(what: Experiment | Training | Any) -> tuple[tuple[str, ...], ...]:
    """Return short captions in parts, each wording shorter than the one before it.

    The surface and who races at which learning rate stay to the last; first to go is what had no effect on
    the picture, or what a reader could guess.
    """
    what = getattr(what, "training", what)
    parts = _parts(what)
    found = [parts]
    parts = _with_entrants(parts, rates_of(what.entrants, whole=True))
    for name in ("", "version", "idle", "start", "seed", "setting"):
        parts = [one for one in parts if one.kind != name]
        found.append(parts)
    found.append(_with_entrants(parts, rates_of(what.entrants, whole=False)))
    found.append(_with_entrants(parts, span_of(what.entrants)))
    shorter = [tuple(one.text for one in parts) for parts in found[:1]]
    for parts in found[1:]:
        texts = tuple(one.text for one in parts)
        if len(SEPARATOR.join(texts)) < len(SEPARATOR.join(shorter[-1])):
            shorter.append(texts)
    return tuple(shorter)


@dataclass(frozen=True)
class _Part:
    """A piece of a short caption, and what kind of thing it says."""

    kind: str
    text: str


def _with_entrants(parts: Sequence[_Part], text: str) -> list[_Part]:
    """Return the parts with all entrants said in one."""
    at = next(i for i, one in enumerate(parts) if one.kind == "entrant")
    others = [one for one in parts if one.kind != "entrant"]
    return [*others[:at], _Part("entrant", text), *others[at:]]


def _parts(what: Any) -> list[_Part]:
    if isinstance(what, Experiment):
        parts = [_Part("surface", _surface(what, whole=False))]
        if what.map is not None:
            parts.append(_Part("surface", map_of(what)))
        sides = _sides(what)
        if any(sides):
            words = "; ".join(f"{say(s).lower()}: {text}" for s, text in zip(_SIDES, sides, strict=True))
            parts.append(_Part("surface", words))
        else:
            parts += [_Part("setting", text) for text in _penalties(what.penalty)]
        if what.start is not None:
            parts.append(_Part("start", _start(what)))
        length, random = [_steps(what)], bool(what.noise or what.batch_size)
        after = [_Part("noise" if what.noise else "idle", _noise(what.noise))]
        if what.batch_size:
            after.append(_Part("noise", say(BATCH).format(count=what.batch_size)))
    else:
        network = _network(what, whole=False)
        parts = [_Part("surface", network[0]), *(_Part("setting", text) for text in network[1:])]
        length, after, random = list(_length(what)), [], True
    parts += [_Part("entrant", told(entrant)) for entrant in what.entrants]
    parts += [_Part("length", text) for text in length]
    parts += [*after, _Part("seed" if random else "idle", _seed(what.seed))]
    return [*parts, _Part("version", f"optviz {__version__}")]


# ------------------------------------------------------------------ what it runs on


def _surface(experiment: Experiment, *, whole: bool) -> str:
    declared = experiment.declared_surface
    if experiment.formula is not None:
        text = " ".join(experiment.formula.split())
        cut = text if whole or len(text) <= _FORMULA else f"{text[: _FORMULA - 1]}…"
        return f"f(x, y) = {cut}".replace("-", "−")
    choices = {choice.name: choice for choice in declared.choices}
    values: list[tuple[Knob | Choice, Any]] = [
        *((knob, experiment.coefficients[knob.name]) for knob in declared.coefficients),
        *((one, experiment.choices[name]) for name, one in choices.items()),
    ]
    words = [setting(one.name, value) for one, value in values if whole or value != one.default]
    if whole:
        words += _penalties(experiment.penalty)
    elif experiment.reshape is not None:  # what is compared is said by itself
        compared = _differing(experiment)
        words = [
            setting(one.name, value)
            for one, value in values
            if value != one.default and one.name not in compared
        ]
    return f"{declared.title} ({', '.join(words)})" if words else declared.title


def _penalties(penalty: Any) -> list[str]:
    return [setting(name, value) for name, value in asdict(penalty).items() if value]


def _sides(experiment: Experiment) -> tuple[str, str]:
    """Return what differs before and after, empty where nothing is compared."""
    reshape = experiment.reshape
    if reshape is None:
        return "", ""
    names = _differing(experiment)
    before, after = (
        ", ".join(setting(name, _settings(side)[name]) for name in names)
        for side in experiment.sides.values()
    )
    return before, after


def _settings(side: Experiment) -> dict[str, Any]:
    return {**side.coefficients, **side.choices, **asdict(side.penalty), "batch_size": side.batch_size}


def _differing(experiment: Experiment) -> list[str]:
    before, after = (_settings(side) for side in experiment.sides.values())
    return [name for name in before if before[name] != after.get(name)]


def _network(training: Training, *, whole: bool) -> tuple[str, ...]:
    model = training.model
    texts = [f"{say(_NETWORKS[model.kind])} {say(_ON)} {_DATA.get(training.dataset, training.dataset)}"]
    used = {
        "mlp": ("hidden",), "cnn": ("channels", "hidden"), "lstm": ("hidden",),
        "transformer": ("width", "heads", "hidden"),
    }[model.kind]  # fmt: skip
    names = (*used, "activation", "batch_norm", "dropout") if whole else (*used, "activation")
    texts += [setting(name, getattr(model, name)) for name in names]
    if not whole:
        texts += [setting(name, value) for name, value in (("batch_norm", model.batch_norm),
                  ("dropout", model.dropout)) if value]  # fmt: skip
    return (*texts, *_penalties(training.penalty))


def _length(training: Training) -> tuple[str, str]:
    return say(_EPOCHS).format(count=training.epochs), say(BATCH).format(count=training.batch_size)


def _start(experiment: Experiment) -> str:
    x, y = experiment.start_point
    return say(_FROM).format(x=number(x), y=number(y))


def _steps(experiment: Experiment) -> str:
    return say(_STEPS).format(count=experiment.steps)


def _noise(noise: float) -> str:
    return say(_NOISE).format(value=number(noise)) if noise else say(_NO_NOISE)


def _seed(seed: int) -> str:
    return say(_SEED).format(seed=seed)


def _sentence(*parts: str) -> str:
    text = ", ".join(part for part in parts if part)
    return f"{text[:1].upper()}{text[1:]}." if not text.startswith("f(") else f"{text}."
