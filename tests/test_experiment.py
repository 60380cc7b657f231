"""The experiment file: what is accepted, what is refused and how, and that nothing is lost on the way."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optviz.errors import InputError
from optviz.experiment import Entrant, Experiment, Penalty, ScheduleSetting, View
from optviz.optimizers import OPTIMIZERS
from optviz.schedules import SCHEDULES
from optviz.surfaces import SURFACES

MINIMAL = 'surface = "rosenbrock"\n[[entrants]]\noptimizer = "adam"\n'

FULL = """
title = "Ravine race"
surface = "rosenbrock"
start = [-1.5, 2]
steps = 300
seed = 7
noise = 0.25
[coefficients]
a = 2
[penalty]
l1 = 0.1
l2 = 0.2
[view]
xlim = [-2.0, 2.0]
ylim = [-1.0, 3.0]
theme = "dark"
[[entrants]]
optimizer = "adam"
label = "Adam, hot"
learning_rate = 0.05
beta1 = 0.8
bias_correction = false
[entrants.schedule]
name = "exponential_restart"
gamma = 0.98
period = 100
[[entrants]]
optimizer = "gd"
learning_rate = 1
"""


def test_everything_in_the_file_arrives() -> None:
    experiment = Experiment.loads(FULL)
    assert experiment.title == "Ravine race"
    assert experiment.start == (-1.5, 2.0)
    assert (experiment.steps, experiment.seed, experiment.noise) == (300, 7, 0.25)
    assert experiment.coefficients == {"a": 2.0, "b": 100.0}
    assert experiment.penalty == Penalty(0.1, 0.2)
    assert experiment.view == View((-2.0, 2.0), (-1.0, 3.0), "contour", "dark")
    adam, gd = experiment.entrants
    assert adam.label == "Adam, hot"
    assert adam.hyperparameters["beta1"] == 0.8
    assert adam.hyperparameters["beta2"] == 0.999
    assert adam.hyperparameters["bias_correction"] is False
    assert adam.schedule == ScheduleSetting("exponential_restart", {"gamma": 0.98, "period": 100})
    assert gd.learning_rate == 1.0
    assert isinstance(gd.learning_rate, float)


def test_defaults() -> None:
    experiment = Experiment.loads(MINIMAL)
    assert experiment.start_point == SURFACES["rosenbrock"].start
    assert experiment.steps == 500
    resolved = experiment.resolved()
    assert resolved["view"]["xlim"] == list(SURFACES["rosenbrock"].domain[0])
    assert resolved["entrants"][0]["epsilon"] == 1e-8
    assert resolved["entrants"][0]["schedule"] == {"name": "constant"}


def test_the_api_takes_the_tables_of_the_file() -> None:
    assert Experiment("rosenbrock", [{"optimizer": "adam"}]) == Experiment.loads(MINIMAL)  # type: ignore[arg-type]
    assert Experiment(surface="rosenbrock", entrants=(Entrant("adam"),)) == Experiment.loads(MINIMAL)


BAD = {
    "no surface": ('[[entrants]]\noptimizer = "gd"', "exactly one of surface and formula"),
    "both": ('formula = "x"\n' + MINIMAL, "exactly one of surface and formula"),
    "unknown surface": (MINIMAL.replace("rosenbrock", "banana"), "'banana'"),
    "unknown optimizer": (MINIMAL.replace("adam", "adamm"), "'adamm'"),
    "unknown key": ("colour = 1\n" + MINIMAL, "'colour'"),
    "unknown hyperparameter": (MINIMAL + "rho = 0.9", "'rho'"),
    "true as a number": (MINIMAL + "learning_rate = true", "True"),
    "text as a number": (MINIMAL + 'learning_rate = "0.1"', "'0.1'"),
    "float as a whole number": ("steps = 5.0\n" + MINIMAL, "5.0"),
    "no steps": ("steps = 0\n" + MINIMAL, "≥ 1"),
    "too many steps": ("steps = 1_000_001\n" + MINIMAL, "1e+06"),
    "a negative seed": ("seed = -1\n" + MINIMAL, "≥ 0"),
    "nan": (MINIMAL + "learning_rate = nan", "nan"),
    "inf": ("noise = inf\n" + MINIMAL, "inf"),
    "overflow": (MINIMAL + "learning_rate = 1e400", "inf"),
    "learning rate 0": (MINIMAL + "learning_rate = 0.0", "> 0"),
    "beta 1": (MINIMAL + "beta1 = 1.0", "< 1"),
    "epsilon 0": (MINIMAL + "epsilon = 0", "> 0"),
    "a number as yes or no": (MINIMAL + "bias_correction = 1", "true or false"),
    "a whole hyperparameter of 5000 digits": (MINIMAL + "learning_rate = 1" + "0" * 4000, "not allowed"),
    "one coordinate": ("start = [1.0]\n" + MINIMAL, "two numbers"),
    "nan start": ("start = [nan, 1.0]\n" + MINIMAL, "start[0]"),
    "a swapped view": (MINIMAL.replace("[[", "[view]\nxlim = [2, 1]\n[["), "view.xlim"),
    "an infinite view": (MINIMAL.replace("[[", "[view]\nxlim = [-1e308, 1e308]\n[["), "view.xlim"),
    "an unknown kind": (MINIMAL.replace("[[", '[view]\nkind = "4d"\n[['), "contour, surface3d, split"),
    "a batch without samples": ("batch_size = 8\n" + MINIMAL, "no samples"),
    "an unknown coefficient": (MINIMAL.replace("[[", "[coefficients]\nc = 1\n[["), "'c'"),
    "an unknown choice": (MINIMAL.replace("[[", "[choices]\nlayers = 2\n[["), "'layers'"),
    "an unknown option": (MINIMAL.replace("[[", "[choices]\nloss = 'l1'\n[["), "mse, bce"),
    "a negative penalty": (MINIMAL.replace("[[", "[penalty]\nl1 = -1\n[["), "≥ 0"),
    "an unknown schedule": (MINIMAL + '[entrants.schedule]\nname = "never"', "'never'"),
    "a schedule without its knob": (MINIMAL + '[entrants.schedule]\nname = "step"\npower = 1', "'power'"),
    "no entrants": ('surface = "rosenbrock"', "1 to 64"),
    "65 entrants": ('surface = "sphere"\n' + '[[entrants]]\noptimizer = "gd"\n' * 65, "1 to 64"),
    "entrants that are text": ('surface = "sphere"\nentrants = "adam"', "list"),
    "an entrant that is text": ('surface = "sphere"\nentrants = ["adam"]', "table"),
    "an entrant without optimizer": ('surface = "sphere"\n[[entrants]]\nlabel = "a"', "optimizer"),
    "a label of two lines": (MINIMAL + 'label = "a\\nb"', "one line"),
    "a colour that is none": (MINIMAL + 'color = "red"', "#0072b2"),
    "a date": ("steps = 2020-01-01\n" + MINIMAL, "steps"),
    "duplicate keys": ("steps = 5\nsteps = 6\n" + MINIMAL, "TOML"),
    "not TOML": ("surface = ", "TOML"),
    "nested without end": ("surface = " + "[" * 5000, "TOML"),
    "a hostile formula": ('formula = "__import__(\'os\')"\n[[entrants]]\noptimizer = "gd"', "formula"),
    "an endless power": ('formula = "9**9**9**9"\n[[entrants]]\noptimizer = "gd"', "finite"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_wrong_is_named_in_one_line(name: str) -> None:
    text, part = BAD[name]
    with pytest.raises(InputError) as error:
        Experiment.loads(text, "race.toml")
    message = str(error.value)
    assert part in message
    assert message.startswith("race.toml")
    assert "\n" not in message
    assert len(message) <= 2000


def test_unreadable_files(tmp_path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        Experiment.load(tmp_path / "none.toml")
    with pytest.raises(InputError, match="cannot be read"):
        Experiment.load(tmp_path)
    with pytest.raises(InputError, match="cannot be read"):
        Experiment.load("a\0b.toml")
    (tmp_path / "latin.toml").write_bytes(b'title = "\xe9"')
    with pytest.raises(InputError, match="UTF-8"):
        Experiment.load(tmp_path / "latin.toml")
    (tmp_path / "huge.toml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(InputError, match="too large"):
        Experiment.load(tmp_path / "huge.toml")


def test_a_byte_order_mark_is_no_mistake(tmp_path) -> None:
    path = tmp_path / "ünï ∇ 图.toml"
    path.write_bytes(b"\xef\xbb\xbf" + FULL.encode())
    assert Experiment.load(path) == Experiment.loads(FULL)


def test_another_surface_drops_what_belonged_to_the_old_one() -> None:
    moved = Experiment.loads(FULL).replace(surface="beale")
    assert moved.start is None
    assert moved.coefficients == {}
    assert moved.title == ""
    assert moved.view == View(theme="dark")
    assert moved.entrants == Experiment.loads(FULL).entrants
    typed = moved.replace(formula="x**2 + y**2")
    assert typed.surface is None
    assert typed.replace(surface="sphere").formula is None
    # Somebody typing on keeps what was set for the formula.
    assert typed.replace(start=(1, 1)).replace(formula="x**4 + y**2").start == (1.0, 1.0)


def test_choices_of_data_surfaces_are_checked_and_kept_where_nothing_asks_for_them() -> None:
    chosen = Experiment.loads(MINIMAL.replace("[[", '[choices]\nactivation = "relu"\nbatch_norm = true\n[['))
    assert chosen.choices == {"activation": "relu", "batch_norm": True}
    assert Experiment.loads(chosen.dumps()) == chosen


def test_what_was_checked_cannot_be_changed_behind_its_back() -> None:
    experiment = Experiment.loads(FULL)
    for values in (
        experiment.coefficients,
        experiment.choices,
        experiment.entrants[0].hyperparameters,
        experiment.entrants[0].schedule.values,
    ):
        with pytest.raises(TypeError):
            values["a"] = 1.0  # type: ignore[index]
    assert hash(experiment) == hash(Experiment.loads(FULL))
    assert pickle.loads(pickle.dumps(experiment)) == experiment
    assert len({*experiment.entrants, *Experiment.loads(FULL).entrants}) == 2


def test_an_entrant_changes_by_the_names_of_its_hyperparameters() -> None:
    hot = Entrant("adam").replace(learning_rate=0.5, label="hot")
    assert (hot.learning_rate, hot.label, hot.hyperparameters["beta1"]) == (0.5, "hot", 0.9)
    with pytest.raises(InputError, match="learning_rate"):
        hot.replace(learning_rate=-1.0)


finite = st.floats(allow_nan=False, allow_infinity=False)
words = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=40)


@st.composite
def entrants(draw: st.DrawFn) -> Entrant:
    def values(knobs):
        chosen = {}
        for knob in knobs:
            if knob.kind == "bool":
                value = st.booleans()
            elif knob.kind == "int":
                value = st.integers(int(knob.minimum or 0), int(knob.maximum or 10_000))
            else:
                value = st.floats(
                    knob.minimum,
                    knob.maximum,
                    allow_nan=False,
                    allow_infinity=False,
                    exclude_min=knob.open_minimum,
                    exclude_max=knob.open_maximum,
                )
            if draw(st.booleans()):
                chosen[knob.name] = draw(value)
        return chosen

    optimizer = draw(st.sampled_from(list(OPTIMIZERS)))
    schedule = draw(st.sampled_from(list(SCHEDULES)))
    return Entrant(
        optimizer.id,
        draw(words),
        values(optimizer.knobs),
        ScheduleSetting(schedule.id, values(schedule.knobs)),
        draw(st.sampled_from([None, "#0072b2", "#ABCDEF"])),
        draw(st.booleans()),
    )


@st.composite
def experiments(draw: st.DrawFn) -> Experiment:
    limits = st.tuples(st.floats(-1e6, -1e-3), st.floats(1e-3, 1e6))
    surface = draw(st.sampled_from([*SURFACES.ids, None]))
    start = draw(st.none() | st.tuples(finite, finite))
    if start is not None and surface is not None:
        start = SURFACES[surface].nearest(start)
    return Experiment(
        surface,
        tuple(draw(st.lists(entrants(), min_size=1, max_size=3))),
        formula=None
        if surface
        else draw(st.sampled_from(["x**2 + y**2", "sin(x)*exp(-y)", "abs(x) + 1e-3*y"])),
        title=draw(words),
        start=start,
        steps=draw(st.integers(1, 10**6)),
        seed=draw(st.integers(0, 2**63 - 1)),
        noise=draw(st.floats(0, 1e9)),
        penalty=Penalty(draw(st.floats(0, 1e9)), draw(st.floats(0, 1e9))),
        view=View(
            draw(st.none() | limits),
            draw(st.none() | limits),
            draw(st.sampled_from(["contour", "surface3d", "split"])),
            draw(st.sampled_from(["light", "dark"])),
        ),
    )


@settings(max_examples=150, deadline=None)
@given(experiments())
def test_written_and_read_back_it_is_equal(experiment: Experiment) -> None:
    assert Experiment.loads(experiment.dumps()) == experiment


@settings(max_examples=60, deadline=None)
@given(experiments())
def test_resolved_it_says_the_same(experiment: Experiment) -> None:
    resolved = Experiment.of(experiment.resolved())
    assert resolved.resolved() == experiment.resolved()


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda t: (MINIMAL + t).encode("utf-8", "replace"))
)
def test_any_bytes_give_an_error_or_an_experiment(tmp_path_factory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(content)
    message = ""
    try:
        Experiment.load(path)
    except InputError as error:
        message = str(error)
    assert "\n" not in message
