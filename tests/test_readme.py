"""The files that the README shows are files that optviz reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from optviz.experiment import Experiment
from optviz.lesson import Lesson, answer_of
from optviz.training.setting import Training

README = Path(__file__).parent.parent / "README.md"


def shown(heading: str, level: str = "##") -> str:
    """Return the first TOML file below a heading."""
    text = README.read_text(encoding="utf-8").partition(f"\n{level} {heading}\n")[2]
    return text.partition("```toml\n")[2].partition("```")[0]


@pytest.mark.parametrize(
    ("heading", "kind"),
    [("The experiment file", Experiment), ("The lesson file", Lesson), ("The training file", Training)],
)
def test_a_file_that_is_shown_can_be_read_and_written(heading: str, kind: type) -> None:
    read = kind.loads(shown(heading))  # type: ignore[attr-defined]
    assert kind.loads(read.dumps()) == read  # type: ignore[attr-defined]


def test_the_table_of_a_map_goes_with_an_entrant_that_has_its_knobs() -> None:
    race = 'surface = "rosenbrock"\n[[entrants]]\noptimizer = "momentum"\n'
    read = Experiment.loads(race + shown("A map", "###"))
    assert read.map is not None
    assert [knob.name for knob, _ in read.map.axes(read.entrants)] == [
        "learning_rate",
        "momentum",
    ]


def test_the_question_of_the_lesson_has_an_answer() -> None:
    lesson = Lesson.loads(shown("The lesson file"))
    assert answer_of(lesson.steps[1]).learning_rate > 0
