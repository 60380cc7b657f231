"""The Learn page: reading, playing, predicting by mouse and keyboard, the list of lessons, other pages."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAccessible, QDropEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from optviz import resources
from optviz.experiment import Experiment
from optviz.gui import theme
from optviz.gui.learn.page import LearnPage
from optviz.gui.learn.picture import LearnPicture
from optviz.gui.learn.prose_view import ProseView
from optviz.gui.recent import Memory
from optviz.gui.window import MainWindow
from optviz.lesson import Lesson, LessonStep, answer_of, parse
from optviz.render.panels.pictures import halves

Key, Mod = Qt.Key, Qt.KeyboardModifier


def go(window, index):
    window.session.go(index)
    assert window.session.scene is not None


def reveal(window, qtbot):
    index = window.session.index
    window.page.column.question.reveal.setFocus()
    window.page.column.question.reveal.click()
    qtbot.waitUntil(lambda: index in window.session.outcomes, timeout=20_000)


def place_of(picture: LearnPicture, point) -> QPointF:
    place = picture.place()
    assert place is not None
    return place.pixel_of(point) / picture.devicePixelRatioF()


def test_a_step_plays_its_frames_at_its_speed_and_stands_at_the_last(window, qtbot):
    assert window.page.name == "learn"
    assert window.playback.speed == 8.0
    qtbot.waitUntil(lambda: not window.playback.playing, timeout=5000)
    assert (window.playback.frame, window.playback.last) == (20, 20)
    window.page.toggle()
    assert window.playback.frame == 2  # it plays again from its own beginning
    window.playback.pause()


def test_the_column_says_what_the_step_says(window):
    column = window.page.column
    assert column.heading.accessibleName() == "It plays"
    assert column.text.accessibleName() == "Some text with η."
    assert not column.question.isVisible()
    assert not column.previous.isEnabled()
    column.next.click()
    assert column.heading.accessibleName() == "It moves"
    assert column.motion.isVisible()
    qtbot_keys = window.page
    assert qtbot_keys.session.index == 1


def test_page_keys_and_dots_go_through_the_steps(window, qtbot):
    page = window.page
    page.picture.setFocus()
    qtbot.keyClick(page.picture, Key.Key_PageDown)
    qtbot.keyClick(page.picture, Key.Key_PageDown)
    assert window.session.index == 2
    qtbot.keyClick(page.picture, Key.Key_PageUp)
    assert window.session.index == 1
    progress = page.column.progress
    at = progress.place(5).toPoint()
    qtbot.mouseClick(progress, Qt.MouseButton.LeftButton, pos=at)
    assert window.session.index == 5
    qtbot.keyClick(progress, Key.Key_Left)
    assert window.session.index == 4


def test_clicking_on_the_picture_predicts_and_the_answer_is_scored(window, qtbot):
    go(window, 2)
    page = window.page
    question = page.column.question
    assert question.isVisible()
    assert question.reveal.isEnabled()  # nobody has to guess
    assert window.playback.last == window.playback.frame == 0
    point = answer_of(window.session.step).point
    at = place_of(page.picture, point)
    qtbot.mouseClick(page.picture, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert window.session.given == pytest.approx(point, abs=0.02)
    assert question.reveal.isEnabled()
    reveal(window, qtbot)
    assert window.session.outcome.score.points == 1.0
    assert page.column.next.hasFocus()  # the keyboard goes on from the button that is gone
    assert "1 of 1 point" in question.result.accessibleName()
    assert question.explanation.accessibleName() == "Because."
    assert window.playback.last == 30
    assert page.column.points.text() == "1 of 4 points"


@pytest.mark.parametrize("kind", ["surface3d", "split"])
def test_a_place_is_pointed_at_in_three_dimensions(window, qtbot, kind):
    session, picture = window.session, window.page.picture
    step = session.lesson.steps[2]
    view = replace(step.experiment.view, kind=kind)
    shown = step.replace(experiment=step.experiment.replace(view=view))
    session.change("view", steps=(*session.lesson.steps[:2], shown, *session.lesson.steps[3:]))
    go(window, 2)
    assert session.asking
    assert session.scene.experiment.view.kind == kind  # it is shown as the lesson wants it
    point = answer_of(session.step).point
    at = place_of(picture, point)
    qtbot.mouseClick(picture, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert session.given == pytest.approx(point, abs=0.03)
    flat = place_of(picture, session.given)
    assert (flat - at).manhattanLength() < 2.0  # the mark stands where it was clicked
    surface = picture.place().rect
    solid, plane = halves(kind, surface)
    assert (plane if kind == "split" else solid).contains(at)
    if kind == "split":  # the other picture can be pointed at, too
        middle = solid.center().toPoint()
        qtbot.mouseClick(picture, Qt.MouseButton.LeftButton, pos=middle)
        assert session.given != pytest.approx(point, abs=0.03)
    assert picture.place().pixel_of((1e9, -1e9)) is not None  # far outside: drawn in to the edge
    assert picture.rect().contains(place_of(picture, (1e9, -1e9)).toPoint())


def test_a_question_without_an_answer_says_so_and_goes_on(window, qtbot):
    session = window.session
    step = session.lesson.steps[4]
    endless = step.experiment.replace(formula="x + y", title="slope", start=(0.0, 0.0))
    shown = LessonStep(step.title, endless, ask=step.ask)
    session.change("slope", steps=(*session.lesson.steps[:4], shown, *session.lesson.steps[5:]))
    go(window, 4)
    question = window.page.column.question
    session.predict(0.3)
    reveal(window, qtbot)
    assert question.answer.accessibleName().startswith("There is no answer: ")
    assert session.outcome.score is None
    assert session.predicted == 0
    assert not question.result.isVisible()
    assert question.chart.height() == 0
    assert session.scene.experiment.entrants[0].learning_rate == 0.3  # what was said is run all the same
    question.again.click()
    question.skip.click()
    qtbot.waitUntil(lambda: 4 in session.outcomes, timeout=20_000)
    assert session.experiment == session.step.experiment


def test_the_mark_moves_by_keys_and_it_may_diverge(window, qtbot):
    go(window, 2)
    picture = window.page.picture
    picture.setFocus()
    frame = window.playback.frame
    qtbot.keyClick(picture, Key.Key_Right)
    x, y = window.session.given
    qtbot.keyClick(picture, Key.Key_Up, Mod.ShiftModifier)
    assert window.session.given[0] == x
    assert window.session.given[1] > y
    assert window.playback.frame == frame
    window.page.column.question.diverges.rows[0].click()
    assert window.session.given == "diverges"
    reveal(window, qtbot)
    assert window.session.outcome.score.points == 0.0


def test_a_click_beside_the_surface_predicts_nothing(window, qtbot):
    go(window, 2)
    picture = window.page.picture
    qtbot.mouseClick(picture, Qt.MouseButton.LeftButton, pos=QPointF(4, 4).toPoint())
    assert window.session.given is None
    go(window, 0)
    qtbot.mouseClick(picture, Qt.MouseButton.LeftButton, pos=picture.rect().center())
    assert window.session.given is None


def test_choosing_an_entrant_or_an_option(window, qtbot):
    go(window, 3)
    question = window.page.column.question
    assert [row.text() for row in question.options.rows] == ["slow", "fast"]
    question.options.rows[1].click()
    reveal(window, qtbot)
    assert window.session.outcome.score.points == 1.0
    assert [row.verdict for row in question.options.rows] == ["", "right"]
    assert question.chart.height() > 0
    go(window, 5)
    assert [row.text() for row in question.options.rows] == ["this", "that x"]
    question.options.rows[0].click()
    reveal(window, qtbot)
    assert [row.verdict for row in question.options.rows] == ["wrong", "right"]
    assert not question.options.rows[0].isEnabled()


def test_setting_a_learning_rate_and_skipping(window, qtbot):
    go(window, 4)
    question = window.page.column.question
    assert question.rate is not None
    question.rate.slider.setFocus()
    qtbot.keyClick(question.rate.slider, Key.Key_End)
    assert window.session.given == 1.0
    index = window.session.index
    question.skip.click()
    qtbot.waitUntil(lambda: index in window.session.outcomes, timeout=20_000)
    assert window.session.outcome.score is None
    assert not question.result.isVisible()
    assert "0.1" in question.answer.accessibleName()
    question.again.click()
    assert window.session.asking


def test_what_moves_is_seen_and_can_be_dragged(window, qtbot):
    go(window, 1)
    qtbot.waitUntil(lambda: window.session.share == 1.0, timeout=5000)
    row = window.page.column.motion
    assert "0.0400" in row.values.text()
    row.slider.setValue(500)
    assert window.session.share == 0.5
    assert "0.0200" in row.values.text()
    row.again.click()
    assert window.session.moving
    window.session.stop_moving()


def test_a_comparison_is_drawn_and_everything_follows_the_theme(window, qtbot):
    go(window, 6)
    picture = window.page.picture
    with qtbot.waitSignal(picture.painted):
        picture.repaint()
    theme.apply_theme(qtbot_app(), "dark")
    with qtbot.waitSignal(picture.painted):
        picture.repaint()
    theme.apply_theme(qtbot_app(), "light")


def qtbot_app():
    from PySide6.QtWidgets import QApplication

    return QApplication.instance()


def test_everything_that_takes_the_focus_has_a_name_and_a_tooltip(window, qtbot):
    def check():
        for widget in window.page.findChildren(QWidget):
            if (
                widget.focusPolicy() & Qt.FocusPolicy.TabFocus
                and widget.isVisibleTo(window)
                and not widget.objectName().startswith("qt_")
                and (not isinstance(widget, QAbstractScrollArea) or widget.accessibleName())
                and widget.focusProxy() is None
                and widget is not window.page.picture
            ):
                told = QAccessible.queryAccessibleInterface(widget)
                assert told.text(QAccessible.Text.Name).strip(), widget
                assert widget.toolTip(), widget

    for index in range(7):
        go(window, index)
        check()
    window.page.edit(True)
    for form in range(5):
        window.page.editor.choose(form)
        check()
    window.page.edit(False)
    window.session.set_home(True)
    check()


def test_the_list_of_lessons(window, qtbot):
    page = window.page
    page.column.home.click()
    assert page.library.isVisible()
    assert not page.splitter.isVisible()
    assert window.topbar.title.toolTip() == "Lessons"
    assert [card.path for card in page.library.cards] == resources.lessons()
    page.library.cards[1].click()
    assert not page.library.isVisible()
    assert window.session.lesson.title == "Why momentum"
    assert window.session.path is None  # saving asks where to


def test_a_lesson_that_is_dropped_or_opened_is_shown(window, tmp_path, lesson):
    path = tmp_path / "mine.toml"
    path.write_text(Lesson("Mine", lesson.steps[:2]).dumps())
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    window.show_page("race")
    window.dropEvent(
        QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Mod.NoModifier)
    )
    assert window.page.name == "learn"
    assert window.session.lesson.title == "Mine"
    assert window.session.path == path
    path.write_text("title = 'x'\n[[steps]]\ntitle = 'y'")
    assert not window.documents.open(path)
    assert "step 1: experiment is missing" in window.banner.text
    assert window.session.lesson.title == "Mine"


def test_a_step_is_taken_to_the_page_where_it_can_be_changed(window, qtbot):
    go(window, 6)
    experiment = window.session.step.experiment
    window.page.column.take.click()
    assert window.page.name == "reshape"
    assert window.session.value.reshape == experiment.reshape
    window.show_page("learn")
    go(window, 0)
    window.page.column.take.click()
    assert window.page.name == "race"
    assert window.session.value == window._made["learn"].session.step.experiment
    assert window.session.path is None


def test_another_page_holds_what_moves(window, qtbot):
    go(window, 1)
    assert window.session.moving
    session = window.session
    window.show_page("race")
    assert not session.moving


def test_text_is_as_high_as_its_lines(qtbot):
    view = ProseView()
    qtbot.addWidget(view)
    view.show_text(parse(r"a $\frac{1}{2}$ b " * 20))
    assert view.heightForWidth(200) > view.heightForWidth(600) > 20
    setting = view.setting(200)
    assert max(piece.x for piece in setting.pieces) < 200
    assert all(0 < piece.base < setting.height for piece in setting.pieces)


def test_the_step_is_exported_and_the_whole_lesson_as_a_kit(window, qtbot):
    go(window, 6)
    window.show_export()
    subject = window._export.subject
    assert subject.compares
    assert subject.last == 30
    assert Experiment.loads(subject.job("x.png", {}).text) == window.session.step.experiment
    job = subject.job("KIT", {"size": (640, 360), "frames": (0, 5), "stride": 1}, "kit")
    assert job.read() == window.session.lesson
    assert job.options == {"size": (640, 360)}


def test_a_start_on_the_list_of_lessons_runs_nothing(qtbot, lesson):
    made = MainWindow(LearnPage.first_session(), Memory(), warm=False)
    painted = []
    made.page.painted.connect(lambda: painted.append(True))
    made.resize(1280, 720)
    made.show()
    qtbot.waitUntil(lambda: bool(painted), timeout=5000)
    assert made.page.library.isVisible()
    assert made.session.scene is None
    assert not made.playback.playing
    made.page.edit(False)
    assert made.session.scene is not None
    assert made.page.picture.isVisible()
    made.close_unasked()
    made.deleteLater()
