"""What was run, in words: nothing left out of the full account, the right things out of the short one."""

from __future__ import annotations

import subprocess
import sys

import pytest

from optviz import resources
from optviz.caption import SEPARATOR, caption_of, number, short_caption, wordings
from optviz.entrant import Entrant
from optviz.experiment import Experiment
from optviz.optimizers import OPTIMIZERS
from optviz.schedules import SCHEDULES
from optviz.training.setting import Training
from optviz.version import __version__

RACE = Experiment(
    surface="rosenbrock",
    title="Race",
    start=(-1.5, 2.0),
    steps=300,
    seed=7,
    noise=0.25,
    coefficients={"b": 50.0},
    entrants=(  # type: ignore[arg-type]
        {"optimizer": "adam", "learning_rate": 0.05, "beta2": 0.99},
        {
            "optimizer": "momentum",
            "label": "heavy ball",
            "learning_rate": 3e-4,
            "schedule": {"name": "cosine"},
        },
    ),
)


def test_the_full_account_has_every_hyperparameter_of_every_optimizer() -> None:
    value = 0.123456
    for optimizer in OPTIMIZERS:
        given = {}
        for place, knob in enumerate(knob for knob in optimizer.knobs if knob.kind == "float"):
            low = 1.0 if knob.name in ("eta_plus", "step_max") else 0.0
            given[knob.name] = round(low + value + 0.001 * place, 6)
        entrant = Entrant(optimizer.id, hyperparameters=given)
        text = caption_of(Experiment(surface="sphere", entrants=(entrant,)))
        account = text.split(f"{optimizer.title}: ")[1]
        for name, one in given.items():
            assert f" {number(one)}" in account, (optimizer.id, name)
        for knob in optimizer.knobs:
            if knob.kind == "bool":
                assert f"{knob.name.replace('_', ' ')} {'on' if knob.default else 'off'}" in account


@pytest.mark.parametrize("name", SCHEDULES.ids)
def test_the_full_account_has_the_schedule(name: str) -> None:
    text = caption_of(
        Experiment(surface="sphere", entrants=({"optimizer": "gd", "schedule": {"name": name}},))
    )  # type: ignore[arg-type]
    assert f"{name.replace('_', ' ')} schedule" in text
    for knob in SCHEDULES[name].knobs:
        if knob.name != "total_steps":
            assert number(knob.default) in text


def test_the_full_account_says_what_it_ran_on() -> None:
    text = caption_of(RACE, 120)
    known = ["Race. ", "Rosenbrock (a 1, b 50)", "from (−1.5, 2)", "300 steps", "gradient noise 0.25"]
    known += ["seed 7", "β₂ 0.99", "heavy ball (Momentum)", "step 120", f"optviz {__version__}"]
    for words in known:
        assert words in text, words


def test_the_short_one_says_what_differs_from_the_usual() -> None:
    parts = wordings(RACE)[0]
    assert parts == (
        "Rosenbrock (b 50)", "from (−1.5, 2)", "Adam: learning rate 0.05, β₂ 0.99",
        "heavy ball (Momentum): learning rate 0.0003, cosine schedule", "300 steps", "gradient noise 0.25",
        "seed 7", f"optviz {__version__}",
    )  # fmt: skip


def test_shorter_wordings_leave_out_the_least() -> None:
    texts = [SEPARATOR.join(parts) for parts in wordings(RACE)]
    assert [len(text) for text in texts] == sorted((len(text) for text in texts), reverse=True)
    order = ["optviz", "(−1.5", "seed", "β₂", "heavy ball"]  # what goes, in this order
    gone = [next((i for i, text in enumerate(texts) if words not in text), len(texts)) for words in order]
    assert gone == sorted(gone)
    for text in texts:
        assert "Rosenbrock" in text
        assert "gradient noise 0.25" in text
        assert "0.05" in text
        assert "300 steps" in text
    assert short_caption(RACE) == texts[0]
    assert short_caption(RACE, lambda text: len(text) < 130) == next(t for t in texts if len(t) < 130)
    assert short_caption(RACE, lambda text: False) == texts[-1]


def test_a_seed_without_effect_goes_first() -> None:
    still = RACE.replace(noise=0.0)
    texts = [SEPARATOR.join(parts) for parts in wordings(still)]
    assert "no noise" in texts[0]
    assert "seed 7" in texts[0]
    first = next(text for text in texts if "seed" not in text)
    assert "from (−1.5, 2)" in first


def test_names_that_hold_numbers_or_commas_are_told_from_rates() -> None:
    labels = [{"optimizer": "gd", "label": f"step, {n}", "learning_rate": 0.1 * (n + 1)} for n in range(2)]
    experiment = Experiment(surface="sphere", entrants=tuple(labels))  # type: ignore[arg-type]
    assert any("step, 0: 0.1; step, 1: 0.2" in SEPARATOR.join(parts) for parts in wordings(experiment))


def test_presets_have_captions() -> None:
    for path in resources.presets():
        experiment = Experiment.load(path)
        text, short = caption_of(experiment), short_caption(experiment)
        assert "\n" not in text + short
        assert "{" not in text + short
        if experiment.reshape is not None:
            assert "before: " in short
            assert "Before: " in text
            assert "After: " in text
    for path in resources.training_presets():
        training = Training.load(path)
        short = short_caption(training)
        assert f"{training.epochs} epochs" in short
        assert f"batches of {training.batch_size}" in short
        assert all(number(entrant.learning_rate) in short for entrant in training.entrants)
        assert "dropout" in caption_of(training)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.05, "0.05"), (1e-8, "10⁻⁸"), (2.5e-5, "2.5×10⁻⁰⁵".replace("⁰", "")), (-3.0, "−3"), (500, "500"),
     (1234567, "1234567"), (0.1 + 0.2, "0.30000000000000004"), (0.0, "0"), (1e300, "10³⁰⁰")],
)  # fmt: skip
def test_numbers_keep_their_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_words_need_no_qt() -> None:
    code = "import optviz.caption, sys; sys.exit(any(name.startswith('PySide6') for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
