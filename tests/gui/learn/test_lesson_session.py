"""Going through a lesson: steps, what moves, predictions and their scores, and editing underneath."""

from __future__ import annotations

import numpy as np
import pytest

from optviz.gui.learn import edits
from optviz.gui.learn.session import LessonSession
from optviz.lesson import Lesson, answer_of
from optviz.reshape import ReshapeScene


def reveal(session: LessonSession, qtbot) -> None:  # type: ignore[no-untyped-def]
    index = session.index
    session.reveal()
    qtbot.waitUntil(lambda: index in session.outcomes, timeout=20_000)


def test_steps_are_gone_through_and_each_has_its_scene(session):
    seen = []
    session.step_changed.connect(seen.append)
    assert session.scene.experiment == session.step.experiment
    session.next()
    assert (session.index, seen[-1]) == (1, 1)
    session.previous()
    session.previous()
    assert session.index == 0
    session.go(99)
    assert session.index == 6
    assert isinstance(session.scene, ReshapeScene)
    assert session.visited == {0, 1, 6}


def test_what_moves_moves_to_its_end_and_the_race_follows(session, qtbot):
    session.go(1)
    shares = []
    session.share_changed.connect(shares.append)
    assert session.share == 0.0
    assert session.scene.experiment.entrants[0].learning_rate == 0.01
    session.start_moving()
    qtbot.waitUntil(lambda: session.share == 1.0, timeout=5000)
    assert not session.moving
    assert shares == sorted(shares)
    qtbot.waitUntil(lambda: session.scene.experiment.entrants[0].learning_rate == 0.04, timeout=2000)
    session.move_to(0.5)
    assert session.experiment.entrants[0].learning_rate == pytest.approx(0.02)


def test_what_is_asked_is_not_shown_before_the_answer(session, qtbot):
    session.go(2)
    assert session.asking
    assert session.scene.plots == ()
    assert len(session.scene.minima) == 0
    assert len(session.scene.problem.minima) == 1  # what is said about the surface stays true
    session.predict((0.0, 0.0))
    assert session.outcome is None
    reveal(session, qtbot)
    assert not session.asking
    assert len(session.scene.plots) >= 2
    assert len(session.scene.minima) == 1


def test_a_place_is_scored_and_the_points_add_up(session, qtbot):
    session.go(2)
    point = answer_of(session.step).point
    session.predict(point)
    reveal(session, qtbot)
    assert session.outcome.score.points == 1.0
    session.go(3)
    session.predict(0)
    reveal(session, qtbot)
    assert session.outcome.answer.winner == 1
    assert session.outcome.score.points == 0.0
    assert (session.points, session.predicted) == (1.0, 2)
    session.go(2)
    assert not session.asking  # it stays answered
    session.ask_again()
    assert session.asking
    assert session.points == 0.0


def test_a_question_can_be_skipped_and_left(session, qtbot):
    session.go(3)
    reveal(session, qtbot)
    assert session.outcome.score is None
    assert session.predicted == 0
    session.go(2)
    session.advance()
    qtbot.waitUntil(lambda: 2 in session.outcomes, timeout=20_000)
    session.advance()
    assert session.index == 3
    session.go(4)
    session.next()  # nobody has to answer
    assert session.index == 5


def test_the_predicted_rate_is_run(session, qtbot):
    session.go(4)
    session.predict(0.15)
    reveal(session, qtbot)
    assert session.outcome.answer.learning_rate == pytest.approx(0.1, rel=1e-3)
    assert session.scene.experiment.entrants[0].learning_rate == 0.15
    assert session.scene.experiment.entrants[0].label == "η = 0.15"


def test_leaving_calls_the_judge_off(session, qtbot):
    session.go(4)
    session.predict(0.1)
    session.reveal()
    session.go(0)
    assert not session.judging
    qtbot.wait(100)
    assert session.outcomes == {}


def test_edits_are_steps_of_the_history(session):
    edits.change_step(session, "title", title="New")
    assert session.step.title == "New"
    assert session.unsaved
    session.undo_stack.undo()
    assert session.step.title == "It plays"
    edits.duplicate_step(session)
    assert (session.index, len(session.lesson.steps)) == (1, 8)
    edits.move_step(session, 1)
    assert [one.title for one in session.lesson.steps[:3]] == ["It plays", "It moves", "It plays"]
    assert session.index == 2
    edits.remove_step(session)
    assert len(session.lesson.steps) == 7
    for _ in range(3):
        session.undo_stack.undo()
    assert len(session.lesson.steps) == 7
    assert session.lesson.steps[0].title == "It plays"


def test_removing_the_last_step_shows_the_one_before(session):
    session.go(6)
    edits.remove_step(session)
    assert session.index == 5
    assert session.step.title == "Which"


def test_text_does_not_start_the_picture_anew(session):
    scene = session.scene
    edits.change_step(session, "text", title="Other", text="words")
    assert session.scene is scene
    edits.change_step(session, "frames", frames=(0, 5))
    assert session.scene is not scene


def test_another_experiment_goes_on_into_steps_that_show_the_same(session):
    old = session.step.experiment
    assert [one.experiment == old for one in session.lesson.steps[:3]] == [True, False, False]
    longer = old.replace(steps=40)
    edits.change_experiment(session, longer, "x", on=True)
    assert session.lesson.steps[0].experiment.steps == 40
    assert session.lesson.steps[1].experiment.steps == 30
    session.go(2)
    edits.change_experiment(session, session.step.experiment.replace(steps=50), "x", on=True)
    assert [one.experiment.steps for one in session.lesson.steps[1:6]] == [30, 50, 50, 50, 50]


def test_a_lesson_is_saved_and_comes_back(session, tmp_path):
    edits.change_step(session, "title", title="New")
    path = tmp_path / "lesson.toml"
    session.save(path)
    assert not session.unsaved
    assert Lesson.load(path) == session.lesson
    other = LessonSession(Lesson.load(path))
    other.load(path)
    assert other.step.title == "New"
    other.close()


def test_opening_another_lesson_begins_anew_and_can_be_undone(session, qtbot):
    session.go(3)
    session.predict(1)
    reveal(session, qtbot)
    session.open(Lesson("Other", (session.lesson.steps[0],)), None)
    assert (session.index, session.outcomes, session.name) == (0, {}, "Other")
    session.undo_stack.undo()
    assert session.name == "Short lesson"


def test_the_scene_of_a_step_is_that_of_its_race(session):
    session.go(0)
    path = session.scene.run.entrants[0].path
    k = np.arange(31)
    assert path[:, 0] == pytest.approx(-2.0 * 0.98**k)
