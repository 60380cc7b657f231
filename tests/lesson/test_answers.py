"""Answers against closed forms, and how predictions are scored."""

from __future__ import annotations

import math
from typing import Any

import pytest

from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.lesson import Answer, Ask, LessonStep, NoAnswer, answer_of, score
from optviz.lesson.answers import converges
from optviz.problem import Stop, Stopped
from optviz.simulate import simulate


def step(ask: dict[str, Any], **experiment: Any) -> LessonStep:
    entrants = experiment.pop("entrants", [{"optimizer": "gd", "learning_rate": 0.01}])
    return LessonStep("s", Experiment(entrants=entrants, **experiment), ask=ask)  # type: ignore[arg-type]


def edge_of(optimizer: str, curvature: float, **hypers: float) -> float:
    shown = step(
        {"kind": "largest_learning_rate", "question": "q"},
        formula=f"0.5*(x**2 + {curvature}*y**2)",
        start=(1.0, 1.0),
        steps=100,
        entrants=[{"optimizer": optimizer, "learning_rate": 0.01, **hypers}],
    )
    return answer_of(shown).learning_rate


@pytest.mark.parametrize("curvature", [0.5, 1.0, 20.0, 300.0])
def test_the_edge_of_gradient_descent_is_two_over_the_largest_curvature(curvature: float) -> None:
    assert edge_of("gd", curvature) == pytest.approx(2.0 / max(curvature, 1.0), rel=2e-3)


@pytest.mark.parametrize("beta", [0.5, 0.9])
def test_the_edge_of_momentum_is_higher_by_one_plus_beta(beta: float) -> None:
    # Polyak (1964): the iteration v = beta v + g, x = x - eta v is stable for eta lambda < 2 (1 + beta).
    assert edge_of("momentum", 100.0, momentum=beta) == pytest.approx(2.0 * (1.0 + beta) / 100.0, rel=2e-3)


def test_the_edge_of_newton_is_two_whatever_the_curvature() -> None:
    assert edge_of("newton", 100.0) == pytest.approx(2.0, rel=2e-3)


def test_a_bounded_dance_is_not_converging() -> None:
    # |x| has no curvature: beyond the first steps sign descent jumps to and fro for ever.
    race = Experiment(
        formula="abs(x) + abs(y)",
        start=(1.05, 1.05),
        steps=400,
        entrants=({"optimizer": "sign_sgd", "learning_rate": 0.1},),  # type: ignore[arg-type]
    )
    assert not converges(simulate(race).entrants[0])


@pytest.mark.parametrize("curvature", [1e-4, 1.0, 1e6])
def test_the_edge_is_exact_however_flat_or_steep(curvature: float) -> None:
    # With a rate of 0.01 and a curvature of 1e-4 nothing happens in 4,000 steps: slow is not never.
    shown = _largest_of(f"0.5*({curvature!r}*x**2 + {curvature / 10!r}*y**2)", "gd", start=(1.0, 2.0))
    assert answer_of(shown).learning_rate == pytest.approx(2.0 / curvature, rel=1e-5)


@pytest.mark.parametrize(
    ("formula", "expected", "more"),
    [
        ("0.5*(50*(x+y)**2 + 0.5*(x-y)**2)", 0.02, {}),
        ("0.5*(100*x**2 + y**2) + 1000000", 0.02, {}),
        ("0.5*(100*x**2 + y**2)", 2.0 / 110.0, {"penalty": {"l2": 10.0}}),
        ("0.5*(x**2 + 0.00000001*y**2)", 2.0, {}),
    ],
)
def test_the_edge_is_exact_turned_lifted_penalized_and_ill_conditioned(
    formula: str, expected: float, more: dict[str, Any]
) -> None:
    shown = _largest_of(formula, "gd", start=(1.0, 2.0), **more)
    assert answer_of(shown).learning_rate == pytest.approx(expected, rel=1.5e-5)


def test_the_edge_of_a_running_mean_with_a_long_memory() -> None:
    # Ma and Yarats (2019): at z = -1 the mean is (1 - beta) / (1 + beta) of the gradient, the step is
    # (1 - nu) g + nu m.
    share = 0.3 + 0.7 * (1.0 - 0.999) / 1.999
    answer = answer_of(_largest_of("0.5*(100*x**2 + y**2)", "qhm", start=(1.0, 2.0)))
    assert answer.learning_rate == pytest.approx(2.0 / (100.0 * share), rel=1e-4)


def test_the_edge_where_the_curvature_vanishes_at_the_minimum() -> None:
    # x - 4 eta x^3 gets shorter while 4 eta x^2 < 2; the start at 1 is the farthest.
    answer = answer_of(_largest_of("x**4 + y**4", "gd", start=(1.0, 0.5)))
    assert answer.learning_rate == pytest.approx(0.5, rel=1e-5)


def _largest_of(formula: str, optimizer: str, **more: Any) -> LessonStep:
    rate = more.pop("rate", 0.01)
    span = more.pop("range", None)
    return step(
        {"kind": "largest_learning_rate", "question": "q", **({"range": span} if span else {})},
        formula=formula, steps=100, entrants=[{"optimizer": optimizer, "learning_rate": rate}],
        **{"start": (1.0, 2.0), **more},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("formula", "optimizer", "more", "why"),
    [
        ("0.5*(x**2 + y**2)", "sign_sgd", {"rate": 0.1}, "how long it runs"),
        ("0.5*(x**2 + y**2)", "sign_sgd", {"rate": 0.0001, "start": (4.0, 4.0)}, "not come to rest"),
        # 1 and 2 are multiples of 0.5: with this very rate it hits the minimum by chance.
        ("0.5*(x**2 + y**2)", "sign_sgd", {"rate": 0.5}, "how long it runs"),
        ("0.5*(x**2 + y**2)", "lion", {}, "not come to rest"),
        ("-x**2 - y**2", "gd", {}, "falls without end"),
        ("x + y", "gd", {}, "falls without end"),
        ("x**2 - y**4", "gd", {}, "falls without end"),
        ("0.5*(100*x**2 + y**2)", "gd", {"penalty": {"l1": 1.0}}, "how long it runs"),
        ("abs(x) + abs(y)", "gd", {}, "not come to rest"),
        # The loss falls to 0 and the point goes on for ever, as the logarithm of the steps.
        ("log(1 + exp(-x)) + y**2", "gd", {}, "not come to rest"),
        ("1 + 0*x", "gd", {}, "none is the largest"),
    ],
)
def test_where_no_rate_is_the_largest_that_is_said(
    formula: str, optimizer: str, more: dict[str, Any], why: str
) -> None:
    with pytest.raises(NoAnswer, match=why) as caught:
        answer_of(_largest_of(formula, optimizer, **more))
    said = str(caught.value)
    assert "\n" not in said
    assert not said.startswith("There is no")  # the page says that
    answer = caught.value.answer
    assert answer.missing
    assert answer.words == f"There is no answer: {said}."
    with pytest.raises(NoAnswer):
        score(_ending(), 0.1, answer)


def test_an_answer_outside_of_what_was_offered_says_so() -> None:
    inside = answer_of(_largest_of("0.5*(x**2 + 20*y**2)", "gd", range=[0.01, 1.0]))
    assert inside.offered
    assert "offered" not in inside.words
    outside = answer_of(_largest_of("0.5*(x**2 + 20*y**2)", "gd", range=[0.5, 1.0]))
    assert not outside.offered
    assert outside.learning_rate == inside.learning_rate
    assert "outside of what was offered, 0.5 to 1." in outside.words


def test_where_it_ends_is_the_closed_form() -> None:
    shown = step(
        {"kind": "end", "question": "q"}, formula="0.5*(x**2 + 20*y**2)", start=(-2.6, -0.9), steps=120,
        entrants=[{"optimizer": "gd", "learning_rate": 0.002}],
    )  # fmt: skip
    answer = answer_of(shown)
    assert answer.point == pytest.approx((-2.6 * 0.998**120, -0.9 * 0.96**120), rel=1e-9)
    assert "(−2.04, −0.00671)" in answer.words


def test_what_diverges_ends_nowhere() -> None:
    shown = step(
        {"kind": "end", "question": "q"}, formula="x**2 + y**2", start=(1.0, 1.0), steps=2000,
        entrants=[{"optimizer": "gd", "learning_rate": 1.5}],
    )  # fmt: skip
    answer = answer_of(shown)
    assert answer.point is None
    assert score(shown, "diverges", answer).points == 1.0
    assert score(shown, (0.0, 0.0), answer).points == 0.0


def _race(*rates: float, hidden: int = -1, steps: int = 50) -> LessonStep:
    entrants = [
        {"optimizer": "gd", "learning_rate": rate, "hidden": i == hidden} for i, rate in enumerate(rates)
    ]
    return step(
        {"kind": "winner", "question": "q"}, formula="0.5*(x**2 + y**2)", start=(1.0, 1.0), steps=steps,
        entrants=entrants,
    )  # fmt: skip


def test_the_lowest_loss_wins_and_who_diverges_or_hides_does_not() -> None:
    answer = answer_of(_race(0.001, 0.01, 0.005))
    assert answer.winner == 1
    assert answer.losses[1] == pytest.approx(0.99**100, rel=1e-9)
    assert answer_of(_race(0.001, 0.01, 0.005, hidden=1)).winner == 2
    diverging = answer_of(_race(0.01, 30.0, steps=600))
    assert (diverging.winner, diverging.losses[1]) == (0, math.inf)
    assert answer_of(_race(30.0, 40.0, steps=600)).winner == -1


def test_among_equals_who_is_there_first_wins() -> None:
    answer = answer_of(_race(0.2, 0.5, 0.9, steps=200))
    assert answer.winner == 2
    # Within a millionth of the start's height of 1: (1 - 0.5)^(2k) <= 1e-6 from k = 10 on.
    assert answer.arrivals[1] == 10


def test_a_winner_by_being_there_first_is_not_said_to_have_the_lowest_loss() -> None:
    # At once on the floor, where 5e-8 of 0.5 is left; the other one gets there later, and a hair lower.
    answer = answer_of(step(
        {"kind": "winner", "question": "Who has the lowest loss?"},
        formula="0.5*(x**2 + 0.0000001*y**2)", start=(1.0, 1.0), steps=100, entrants=[
            {"optimizer": "gd", "label": "quick", "learning_rate": 1.0},
            {"optimizer": "gd", "label": "low", "learning_rate": 1.5},
        ],
    ))  # fmt: skip
    assert answer.winner == 0
    assert answer.losses[1] < answer.losses[0]
    assert answer.words == (
        "At the end the losses of quick, low are equal, to within a millionth of what there was to fall. "
        "quick is there first, at step 1, and wins."
    )


def test_no_answer_is_said_so() -> None:
    with pytest.raises(InputError, match="asks nothing"):
        answer_of(LessonStep("s", _race(0.1, 0.2).experiment))
    shown = step(
        {"kind": "largest_learning_rate", "question": "q"}, formula="log(x) + y", start=(-1.0, 1.0), steps=10
    )
    with pytest.raises(InputError, match="no learning rate"):
        answer_of(shown)


def test_a_stop_ends_the_search() -> None:
    stop = Stop()
    stop.set()
    shown = step(
        {"kind": "largest_learning_rate", "question": "q"}, formula="x**2 + y**2", start=(1.0, 1.0), steps=10
    )
    with pytest.raises(Stopped):
        answer_of(shown, stop)


# -------------------------------------------------------------- scores


def _ending() -> LessonStep:
    return step(
        {"kind": "end", "question": "q"}, formula="x**2 + y**2", start=(1.0, 1.0), steps=10,
        view={"xlim": [0.0, 3.0], "ylim": [0.0, 4.0]},
    )  # fmt: skip


@pytest.mark.parametrize(("away", "points"), [(0.0, 1.0), (0.1, 1.0), (0.675, 0.5), (1.25, 0.0), (9.0, 0.0)])
def test_a_place_is_scored_by_its_share_of_the_diagonal(away: float, points: float) -> None:
    # The diagonal is 5: full points within 0.1, none from 1.25 on.
    answer = Answer("end", "", point=(1.0, 1.0))
    found = score(_ending(), (1.0 + away, 1.0), answer)
    assert found.points == pytest.approx(points)
    assert f"{100 * away / 5:.3g} %" in found.words


@pytest.mark.parametrize(
    ("given", "points", "says"),
    [
        (0.1, 1.0, "on the edge"),
        (0.2, 0.508, "2 times too large"),
        (0.05, 0.508, "2 times too small"),
        (1.0, 0.0, "10"),
    ],
)
def test_a_rate_is_scored_by_its_ratio(given: float, points: float, says: str) -> None:
    answer = Answer("largest_learning_rate", "", learning_rate=0.1)
    found = score(_ending(), given, answer)
    assert found.points == pytest.approx(points, abs=2e-3)
    assert says in found.words


def test_right_and_wrong() -> None:
    race = _race(0.001, 0.01)
    assert score(race, 1).points == 1.0
    assert score(race, 0).points == 0.0
    choice = LessonStep("s", race.experiment, ask=Ask("choice", "q", options=("a", "b"), answer="b"))
    assert score(choice, "b").points == 1.0
    assert score(choice, "a").points == 0.0


@pytest.mark.parametrize("given", ["nonsense", 3, (1.0,), ("a", "b"), None])
def test_a_prediction_of_another_kind_is_refused(given: Any) -> None:
    with pytest.raises(InputError):
        score(_ending(), given, Answer("end", "", point=(0.0, 0.0)))


@pytest.mark.parametrize("given", [True, -1.0, float("nan"), float("inf"), "0.1"])
def test_a_rate_that_is_none_is_refused(given: Any) -> None:
    with pytest.raises(InputError):
        score(_ending(), given, Answer("largest_learning_rate", "", learning_rate=0.1))
