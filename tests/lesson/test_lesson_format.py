"""The lesson file: what a step shows, changes from step to step, moves, round trip, and hostile files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optviz import resources
from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.lesson import Lesson, LessonStep, Move, StepByStep, experiment_at, is_lesson
from optviz.lesson.tables import brief, difference, merged, reset

FIRST = """
title = "T"
summary = "S"
[[steps]]
title = "one"
[steps.experiment]
surface = "ellipse"
steps = 50
coefficients = { condition = 20.0 }
[[steps.experiment.entrants]]
optimizer = "gd"
learning_rate = 0.05
[[steps.experiment.entrants]]
optimizer = "adam"
label = "A"
learning_rate = 0.1
schedule = { name = "step", gamma = 0.5, period = 10 }
"""


def second(text: str) -> Experiment:
    """Return the experiment of a second step with so much in it."""
    return Lesson.loads(f'{FIRST}\n[[steps]]\ntitle = "two"\n{text}').steps[1].experiment


def test_a_change_merges_tables_and_replaces_the_rest() -> None:
    base = second("")
    assert base == Lesson.loads(FIRST).steps[0].experiment
    changed = second(
        "[steps.change]\nsteps = 60\nview = { kind = 'split' }\ncoefficients = { rotation = 5.0 }\n"
        "[steps.change.entrants.1]\nlearning_rate = 0.2\n"
    )
    assert (changed.steps, changed.view.kind) == (60, "split")
    assert changed.coefficients == {"condition": 20.0, "rotation": 5.0}
    assert [one.learning_rate for one in changed.entrants] == [0.05, 0.2]
    assert changed.entrants[1].label == "A"
    assert changed.entrants[1].schedule.name == "step"


def test_entrants_as_a_list_replace_and_a_number_after_the_last_adds() -> None:
    assert [one.optimizer for one in second('[[steps.change.entrants]]\noptimizer="lion"').entrants] == [
        "lion"
    ]
    added = second('[steps.change.entrants.2]\noptimizer = "momentum"').entrants
    assert [one.optimizer for one in added] == ["gd", "adam", "momentum"]
    other = second('[steps.change.entrants.1]\noptimizer = "rmsprop"').entrants[1]
    assert (other.label, other.learning_rate, other.schedule.name) == ("", 0.01, "constant")
    schedule = second('[steps.change.entrants.1]\nschedule = { name = "cosine" }').entrants[1].schedule
    assert schedule.name == "cosine"


def test_another_surface_takes_what_belonged_to_the_old_one() -> None:
    moved = second('[steps.change]\nsurface = "rosenbrock"')
    assert moved.coefficients == {"a": 1.0, "b": 100.0}
    assert moved.steps == 50
    assert second('[steps.change]\nformula = "x**2 + y**2"').surface is None


def test_reset_goes_back_to_the_usual() -> None:
    assert second('reset = ["coefficients", "entrants.1.schedule"]').coefficients["condition"] == 10.0
    assert second('reset = ["entrants.1.schedule"]').entrants[1].schedule.name == "constant"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("colour = 3", "step 2: step: 'colour' is not known"),
        ("[steps.change]\nlearning = 1", "step 2: change: 'learning' is not known"),
        (
            "[steps.change.entrants.7]\nlearning_rate = 1.0",
            "'7' is not allowed; it must be a number from 0 to 1",
        ),
        ("[steps.change.entrants.0]\nlearning_rate = -1.0", "learning_rate: -1.0 is not allowed"),
        ('reset = ["nothing"]', "reset: 'nothing' is not allowed"),
        ('reset = ["entrants"]', "reset: 'entrants' is not allowed"),
        ("frames = [0, 51]", "frames: [0, 51] is not allowed; they must rise and be at most 50"),
        ("frames = [9, 3]", "frames"),
        ("speed = 99.0", "speed: 99.0 is not allowed"),
        ("play = 1", "play: 1 is not allowed"),
        ("text = '$'", "text, line 1: a formula starts with $"),
        (
            "step_by_step = { entrant = 2, frame = 0 }",
            "step_by_step: entrant: 2 is not allowed; it must be 0 to 1",
        ),
        ("step_by_step = { entrant = 0, frame = 50 }", "frame: 50 is not allowed; it must be 0 to 49"),
        ("[[steps.moves]]\nknob = 'seed.x'\nfrom = 1\nto = 2", "moves 1: knob: 'seed.x' is not known"),
        ("[[steps.moves]]\nknob = 'entrants.0.lr'\nfrom = 1\nto = 2", "entrants.0.learning_rate"),
        ("[[steps.moves]]\nknob = 'noise'\nfrom = -1\nto = 2", "moves 1: from: -1"),
        ("[[steps.moves]]\nknob = 'noise'\nfrom = 1", "to is missing"),
        ("[[steps.moves]]\nknob = 'noise'\nfrom = 0\nto = 2\nseconds = 0", "seconds: 0 is not allowed"),
        ("[steps.ask]\nkind = 'who'\nquestion = 'q'", "ask: kind: 'who' is not allowed"),
        ("[steps.ask]\nkind = 'end'", "question is missing"),
        ("[steps.ask]\nkind = 'end'\nquestion = 'q'\nanswer = 'x'", "the answer is computed from the race"),
        (
            "[steps.ask]\nkind = 'end'\nquestion = 'q'\nentrant = 2",
            "entrant: 2 is not allowed; it must be 0 to 1",
        ),
        ("[steps.ask]\nkind = 'end'\nquestion = 'q'\nside = 'before'", "it has no sides"),
        ("[steps.ask]\nkind = 'largest_learning_rate'\nquestion = 'q'\nentrant = 1", "has the schedule step"),
        ("[steps.ask]\nkind = 'choice'\nquestion = 'q'\noptions = ['a']", "it must be 2 to 8"),
        (
            "[steps.ask]\nkind = 'choice'\nquestion = 'q'\noptions = ['a', 'b']\nanswer = 'c'",
            "one of the options",
        ),
        ("[steps.experiment]\nsurface = 'sphere'\n[steps.change]\nsteps = 1", "either experiment, or change"),
    ],
)
def test_a_mistake_is_one_line_that_names_the_step(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        second(text)
    message = str(caught.value)
    assert says in message
    assert message.startswith("lesson: step 2: ")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("title = 'x'\nsteps = []", "there must be 1 to 100"),
        ("title = 'x'\nsteps = 3", "must be a list of tables"),
        ("steps = [{}]", "title is missing"),
        ("title = 'x'\nsteps = [{ title = 'y' }]", "step 1: experiment is missing"),
        ("title = 'x'\nsteps = [3]", "step 1: step: 3 is not allowed"),
        ("title = 'x'\nlength = 3\nsteps = [{}]", "'length' is not known"),
    ],
)
def test_a_file_that_is_no_lesson_is_refused(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        Lesson.loads(text)
    assert says in str(caught.value)


def test_what_is_a_lesson() -> None:
    assert is_lesson({"steps": [{}]})
    assert not is_lesson({"steps": 500, "surface": "sphere"})
    assert not is_lesson({"steps": []})
    assert not is_lesson({"steps": [1]})


# -------------------------------------------------------------- moves


def test_a_learning_rate_glides_in_its_logarithm_and_a_camera_evenly() -> None:
    step = Lesson.loads(
        f"{FIRST}\n[[steps.moves]]\nknob = 'entrants.0.learning_rate'\nfrom = 0.01\nto = 1.0\nseconds = 2.0\n"
        "[[steps.moves]]\nknob = 'view.camera.azimuth'\nfrom = 0\nto = 90\nseconds = 2.0\nafter = 2.0\n"
    ).steps[0]
    assert step.seconds == 4.0
    assert step.experiment.entrants[0].learning_rate == 1.0
    assert step.experiment.view.camera.azimuth == 90.0
    rates = [experiment_at(step, share).entrants[0].learning_rate for share in (0.0, 0.25, 0.5, 1.0)]
    assert rates == pytest.approx([0.01, 0.1, 1.0, 1.0])
    turns = [experiment_at(step, share).view.camera.azimuth for share in (0.0, 0.5, 0.75, 1.0)]
    assert turns == pytest.approx([0.0, 0.0, 45.0, 90.0])
    assert not step.plays
    assert step.opening_frame == step.last == 50


def test_the_step_after_a_move_starts_where_it_ended() -> None:
    lesson = Lesson.loads(
        f"{FIRST}\n[[steps.moves]]\nknob = 'coefficients.condition'\nfrom = 1.0\nto = 7.0\n"
        "[[steps]]\ntitle = 'two'\n"
    )
    assert lesson.steps[1].experiment.coefficients["condition"] == 7.0


def test_a_whole_number_moves_in_whole_numbers() -> None:
    step = Lesson.loads(f"{FIRST}\n[[steps.moves]]\nknob = 'steps'\nfrom = 10\nto = 15\n").steps[0]
    assert {experiment_at(step, share / 50).steps for share in range(51)} == set(range(10, 16))


def test_taking_apart_is_not_inherited() -> None:
    text = FIRST.replace('title = "one"', 'title = "one"\nstep_by_step = { entrant = 1, frame = 3 }')
    lesson = Lesson.loads(f"{text}\n[[steps]]\ntitle = 'two'\n")
    first, then = lesson.steps
    assert (first.experiment.view.step_by_step, then.experiment.view.step_by_step) == (1, None)
    assert first.step_by_step == StepByStep(1, 3)
    assert (first.opening_frame, first.plays) == (3, False)
    assert Lesson.loads(lesson.dumps()) == lesson


# -------------------------------------------------------------- round trip


@pytest.mark.parametrize("path", resources.lessons(), ids=lambda path: path.stem)
def test_a_shipped_lesson_comes_back_the_same(path: Path) -> None:
    lesson = Lesson.load(path)
    text = lesson.dumps()
    assert Lesson.loads(text) == lesson
    assert Lesson.loads(text).dumps() == text
    assert len(text) < 1.6 * len(path.read_text())  # it says what changes, not everything again


_NUMBER = st.floats(0.001, 0.5).map(lambda value: float(f"{value:.3g}"))
_ENTRANT = st.one_of(
    st.fixed_dictionaries({"optimizer": st.just("gd"), "learning_rate": _NUMBER}),
    st.fixed_dictionaries(
        {"optimizer": st.just("adam"), "beta1": _NUMBER},
        optional={"label": st.sampled_from(["a", "b"]), "schedule": st.just({"name": "step", "gamma": 0.3})},
    ),
)
_EXPERIMENT = st.one_of(
    st.fixed_dictionaries(
        {"surface": st.just("ellipse"), "entrants": st.lists(_ENTRANT, min_size=1, max_size=3)},
        optional={
            "coefficients": st.fixed_dictionaries({}, optional={"condition": _NUMBER.map(lambda v: 1 + v)}),
            "penalty": st.fixed_dictionaries({}, optional={"l1": _NUMBER, "l2": _NUMBER}),
            "view": st.fixed_dictionaries(
                {}, optional={"kind": st.just("split"), "arrows": st.just(["update"])}
            ),
            "start": st.tuples(_NUMBER, _NUMBER).map(list),
            "noise": _NUMBER,
        },
    ),
    st.fixed_dictionaries(
        {
            "formula": st.sampled_from(["x**2 + y**2", "x*y"]),
            "entrants": st.lists(_ENTRANT, min_size=1, max_size=2),
        },
        optional={"title": st.just("f"), "reshape": st.just({"after": {"penalty": {"l1": 0.1}}})},
    ),
)


@settings(max_examples=30, deadline=None)
@given(st.lists(_EXPERIMENT, min_size=1, max_size=4))
def test_any_sequence_of_experiments_comes_back_the_same(tables: list[dict[str, Any]]) -> None:
    steps = tuple(
        LessonStep(f"s{i}", Experiment.of(table), r"a *b* $\eta$ 'q'") for i, table in enumerate(tables)
    )
    lesson = Lesson("L", steps, "sum")
    assert Lesson.loads(lesson.dumps()) == lesson


@settings(max_examples=60, deadline=None)
@given(_EXPERIMENT, _EXPERIMENT)
def test_a_difference_leads_from_one_to_the_other(one: dict[str, Any], two: dict[str, Any]) -> None:
    before, after = brief(Experiment.of(one)), brief(Experiment.of(two))
    found = difference(before, after)
    if found is not None:
        change, gone = found
        assert Experiment.of(merged(reset(before, gone, "r"), change)) == Experiment.of(two)


# -------------------------------------------------------------- hostile files

_LEAF = st.one_of(
    st.none().map(lambda _: 1), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just("gd")
)
_NAMES = (
    "title", "text", "experiment", "change", "reset", "frames", "play", "speed", "step_by_step",
    "moves", "ask", "surface", "entrants", "kind", "question", "options", "answer", "knob", "from",
    "to", "seconds", "entrant", "frame", "optimizer", "learning_rate", "view", "0", "1",
)  # fmt: skip
_KEYS = st.sampled_from(_NAMES)
_ANY = st.recursive(
    _LEAF,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=4)),
    max_leaves=8,
)


@settings(max_examples=120, deadline=None)
@given(st.dictionaries(_KEYS, _ANY, max_size=5), st.booleans())
def test_whatever_a_step_holds_it_is_read_or_refused(step: dict[str, Any], sound: bool) -> None:
    base = {"title": "a", "experiment": {"surface": "sphere", "entrants": [{"optimizer": "gd"}]}}
    steps = [base, {**step, "title": "t"}] if sound else [step]
    message = ""
    try:
        Lesson.of({"title": "x", "steps": steps})
    except InputError as error:
        message = str(error)
    assert "\n" not in message
    assert len(message) < 3000


def test_a_deeply_nested_file_is_refused_in_a_line() -> None:
    deep: Any = 1
    for _ in range(5000):
        deep = {"a": deep}
    with pytest.raises(InputError):
        Lesson.of({"title": "x", "steps": [{"title": "y", "experiment": deep}]})
    with pytest.raises(InputError):
        Lesson.of(
            {"title": "x", "steps": [{"title": "y", "frames": deep, "experiment": {"surface": "sphere"}}]}
        )


def test_values_are_checked_however_they_are_made() -> None:
    step = Lesson.loads(FIRST).steps[0]
    with pytest.raises(InputError, match="frames"):
        step.replace(frames=(0, 500))
    with pytest.raises(InputError, match="moves"):
        step.replace(moves=(Move("entrants.9.learning_rate", 1.0, 2.0),))
    with pytest.raises(InputError, match="title"):
        Lesson("", (step,))
    with pytest.raises(InputError, match="steps"):
        replace(Lesson("t", (step,)), steps=())
