"""The Train page: starting and stopping, what is shown while it trains, run folders, undoing and saving."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from dataclasses import replace
from multiprocessing import resource_tracker
from pathlib import Path
from time import perf_counter

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDropEvent, QPainter
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QFileDialog, QMessageBox, QWidget
from train_fakes import SMALL, FakeTrainer, Opening, look_of

from optviz.entrant import Entrant
from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.gui import theme
from optviz.gui.recent import Memory, runs_folder
from optviz.gui.train import session as train_session
from optviz.gui.train import view as train_view
from optviz.gui.train.bar import unbroken
from optviz.gui.train.controls import data as train_data
from optviz.gui.train.session import TrainSession, first_training
from optviz.gui.window import MainWindow
from optviz.training.folder import RunFacts, create, entrant_folder
from optviz.training.setting import Changes, Training

Key, Mod = Qt.Key, Qt.KeyboardModifier


@pytest.fixture(scope="module", autouse=True)
def _one_tracker():
    resource_tracker.ensure_running()  # it belongs to this process and outlives every trainer


@pytest.fixture(autouse=True)
def _own_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("OPTVIZ_RUNS_DIR", str(tmp_path / "runs"))
    monkeypatch.setattr(train_session, "make_trainer", FakeTrainer)
    monkeypatch.delenv("OPTVIZ_DATA_DIR", raising=False)
    monkeypatch.setenv("OPTVIZ_CACHE_DIR", str(tmp_path / "cache"))


@pytest.fixture
def window(qtbot):
    window = MainWindow(TrainSession(SMALL), Memory(), warm=False)
    window.resize(1280, 720)
    window.session.compute()
    window.show()
    qtbot.waitExposed(window)
    window.session.warm()
    yield window
    window.close_unasked()
    window.deleteLater()


@pytest.fixture
def page(window):
    return window.page


@pytest.fixture
def trainer(window):
    return window.session.trainer


def started(window, steps=15, **more):
    window.session.start()
    window.session.trainer.begin()
    window.session.trainer.tell(steps, **more)
    return window.session.scene


def opened(window, folder, qtbot):
    assert window.documents.open(folder)
    qtbot.waitUntil(lambda: window.session.folder == folder, timeout=5000)


def settle(page, qtbot):
    qtbot.waitUntil(lambda: not page.picture.pending, timeout=20_000)


# ------------------------------------------------------------------ driving


def test_start_pause_resume_stop_go_to_the_trainer(window, page, trainer, qtbot):
    bar = page.controls.bar
    assert bar.main.text() == "Start"
    assert "2 networks" in bar.words()
    qtbot.mouseClick(bar.main, Qt.MouseButton.LeftButton)
    (_, training, folder, resume), *more = trainer.asked("start")
    assert not more
    assert training == SMALL
    assert not resume
    assert folder.parent == runs_folder()
    assert not folder.exists()  # the run makes it
    trainer.begin()
    trainer.tell(15)
    assert bar.main.text() == "Pause"
    assert "1 min 23 s left" in bar.words()
    assert bar.words().startswith("epoch 1.00 of 2")
    assert bar.progress.share == pytest.approx(0.5, abs=0.01)
    qtbot.mouseClick(bar.main, Qt.MouseButton.LeftButton)
    assert trainer.asked("pause")
    trainer.go("paused")
    assert bar.main.text() == "Resume"
    assert "Paused" in bar.words()
    qtbot.mouseClick(bar.main, Qt.MouseButton.LeftButton)
    assert trainer.asked("resume")
    qtbot.mouseClick(bar.stop, Qt.MouseButton.LeftButton)
    assert trainer.asked("stop")
    trainer.tell(0, "stopped")
    trainer.go("ready")
    assert bar.main.text() == "Start"
    assert "Stopped at epoch 1.00 of 2" in bar.words()
    qtbot.mouseClick(bar.go_on, Qt.MouseButton.LeftButton)
    assert trainer.asked("start")[-1][2:] == (folder, True)


def test_each_start_has_a_folder_of_its_own(window, trainer):
    for _ in range(3):
        started(window, 30, state="done")
        trainer.go("ready")
    folders = [call[2] for call in trainer.asked("start")]
    assert len(set(folders)) == 3


def test_restart_stops_and_starts_anew(window, trainer):
    started(window)
    window.session.restart()
    assert trainer.state == "stopping"
    assert len(trainer.asked("start")) == 1
    trainer.go("ready")
    assert len(trainer.asked("start")) == 2
    assert not trainer.asked("start")[1][3]


def test_settings_are_locked_while_it_trains_and_say_why(window, page, trainer):
    form, entrants = page.controls.form, page.controls.entrants
    started(window)
    assert not form.rows["epochs"].isEnabled()
    assert form.lock_note.isVisible()
    assert not entrants.cards[0].slider.isEnabled()
    assert not entrants.add.isEnabled()
    trainer.finish()
    assert form.rows["epochs"].isEnabled()
    assert not form.lock_note.isVisible()
    assert entrants.cards[0].slider.isEnabled()
    assert entrants.add.isEnabled()


def test_editing_after_a_training_keeps_its_picture(window, page, trainer):
    scene = started(window)
    trainer.finish(0.9)
    window.session.change("epochs", epochs=5)
    assert window.session.scene is scene
    assert page.controls.bar.words().startswith("The picture is of the last training")
    window.actions_by_name["undo"].trigger()
    assert "90.00 %" in page.controls.bar.words()


# ------------------------------------------------------------------ the picture


def test_the_frame_follows_the_end_unless_a_person_goes_back(window, page, trainer, qtbot):
    scene = started(window, 10)
    assert page.playback.frame == scene.now == 10
    trainer.tell(5)
    assert page.playback.frame == 15
    page.transport.slider.setValue(7)
    trainer.tell(5)
    assert page.playback.frame == 7
    assert page.playback.last == 20
    window.actions_by_name["last"].trigger()
    trainer.tell(5)
    assert page.playback.frame == 25
    assert page.transport.counter.text() == "epoch 1.66 of 2"
    qtbot.keyClick(page.picture, Key.Key_Left)
    assert page.playback.frame == 24


def test_a_start_shows_the_new_training_from_its_first_step(window, page, trainer):
    started(window)
    trainer.finish()
    page.playback.seek(3)
    window.session.start()
    trainer.begin()
    trainer.tell(4)
    assert page.playback.frame == page.playback.last == 4


def test_panels_are_repainted_one_after_the_other(window, page, trainer, qtbot, monkeypatch):
    """While it trains a tick paints for its budget and no longer; the rest waits, and all come in turn."""
    started(window, 10, judge=0.8, look=True)
    settle(page, qtbot)
    monkeypatch.setattr(train_view, "BUDGET", 0.0)
    painted = []
    stage = page.picture.stage
    paint = stage.paint_panel

    def watched(painter, key, *given, **named):
        painted.append(key)
        paint(painter, key, *given, **named)

    monkeypatch.setattr(stage, "paint_panel", watched)
    page.picture._timer.stop()
    trainer.tell(1)
    page.picture._timer.stop()
    count = page.picture.pending
    assert count >= 8
    page.picture._tick()
    assert len(painted) == 1
    for _ in range(count - 1):
        page.picture._tick()
    assert len(painted) == len(set(painted)) == count
    assert not page.picture.pending


def test_what_is_on_the_screen_is_what_the_stage_draws(window, page, trainer, qtbot):
    """Panel by panel or at once: the same pixels."""
    from optviz.render.training.stage import TrainStage

    started(window, 10, judge=0.8, look=True)
    trainer.tell(7)
    trainer.finish()
    settle(page, qtbot)
    picture = page.picture
    mine = picture._image.copy()
    stage = TrainStage(picture.width(), picture.height(), "light", picture.stage.metrics.scale)
    fresh = mine.copy()
    fresh.fill(QColor(theme.colors().page))
    scene = window.session.scene
    with QPainter(fresh) as painter:
        for place in stage.panels(scene):
            stage.paint_panel(painter, place.key, scene, page.playback.frame, quick=True)
    assert mine == fresh


def test_a_click_enlarges_a_panel_and_escape_goes_back(window, page, trainer, qtbot):
    scene = started(window, 10)
    settle(page, qtbot)
    picture = page.picture
    loss = next(place.rect for place in picture.stage.panels(scene) if place.key == "loss")
    qtbot.mouseClick(picture, Qt.MouseButton.LeftButton, pos=loss.center().toPoint())
    assert picture.only == "loss"
    settle(page, qtbot)
    large = next(place.rect for place in picture.stage.panels(scene) if place.key == "loss")
    assert large.width() > 2 * loss.width()
    qtbot.keyClick(picture, Key.Key_Escape)
    assert picture.only is None
    qtbot.keyClick(picture, Key.Key_Return)
    assert picture.only is not None
    window.actions_by_name["reset_view"].trigger()
    assert picture.only is None


def test_the_pointer_moves_a_cursor_through_the_curves(window, page, trainer, qtbot):
    scene = started(window, 30)
    settle(page, qtbot)
    picture = page.picture
    rect = next(place.rect for place in picture.stage.panels(scene) if place.key == "accuracy")
    before = picture._image.copy()
    qtbot.mouseMove(picture, rect.center().toPoint())
    assert picture.cursor_epoch == pytest.approx(1.0, abs=0.4)
    settle(page, qtbot)
    loss = next(place.rect for place in picture.stage.panels(scene) if place.key == "loss").toRect()
    assert picture._image.copy(loss) != before.copy(loss)
    picture.leaveEvent(None)
    settle(page, qtbot)
    assert picture._image == before


def test_tools_change_how_it_is_looked_at_and_are_no_edits(window, page, trainer, qtbot):
    started(window, 10, look=True)
    tools = page.tools
    qtbot.mouseClick(tools.parts["curves"], Qt.MouseButton.LeftButton)
    qtbot.mouseClick(tools.log, Qt.MouseButton.LeftButton, pos=QPoint(10, tools.log.height() // 2))
    tools.smoothing.value_moved.emit(0.5)
    tools.who.chosen.emit(1)
    tools.digit.picked.emit(5)
    view = window.session.training.view
    assert (view.show, view.log, view.smoothing, view.entrant, view.digit) == ("curves", True, 0.5, 1, 5)
    assert trainer.asked("follow") == [("follow", 5)]
    assert window.session.scene.training.view == view
    assert len(tools.digit.images) == 16
    assert not window.session.unsaved
    assert not window.actions_by_name["undo"].isEnabled()


def test_hiding_and_renaming_reach_the_picture_at_once(window, page, trainer):
    started(window, 30, judge=0.9)
    trainer.finish()
    window.session.change_entrant(1, "hide", hidden=True)
    assert [line.entrant for line in window.session.scene.lines] == [0]
    window.session.change_entrant(0, "name", label="Best")
    assert window.session.scene.lines[0].label == "Best"
    assert not window.session.outdated


def test_the_cards_say_how_each_does_at_the_frame_shown(window, page, trainer):
    started(window, 10)
    card = page.controls.entrants.cards[0]
    assert card.status_text()[0].startswith("loss ")
    trainer.tell(5, judge=0.75)
    assert card.status_text()[0] == "test 75.00 %"
    page.playback.seek(3)
    assert card.status_text()[0].startswith("loss ")


# ------------------------------------------------------------------ failures


def test_a_failure_is_said_and_offers_to_go_on(window, page, trainer, qtbot):
    started(window)
    (_, _, folder, _) = trainer.asked("start")[0]
    trainer.go("failed")
    trainer.failed.emit("The trainer was killed.", True)
    assert page.banner.text == "The trainer was killed."
    assert page.banner.remedy.isVisible()
    assert page.controls.bar.go_on.isVisible()
    qtbot.mouseClick(page.banner.remedy, Qt.MouseButton.LeftButton)
    assert trainer.asked("start")[-1][2:] == (folder, True)
    assert not page.banner.isVisible()


def test_a_failure_without_a_checkpoint_offers_nothing(window, page, trainer):
    started(window)
    trainer.go("failed")
    trainer.failed.emit("There is no such device.", False)
    assert "no such device" in page.banner.text
    assert not page.banner.remedy.isVisible()


def test_a_trainer_that_does_not_answer_is_reported_until_it_does(window, page, trainer):
    started(window)
    trainer.responding_changed.emit(False, "The trainer has not answered for 5 s.")
    assert "not answered" in page.banner.text
    trainer.responding_changed.emit(True, "")
    assert not page.banner.text


# ------------------------------------------------------------------ data


def test_without_mnist_the_first_sight_is_digits_and_says_so(qtbot, monkeypatch):
    session = first_training()
    assert session.training.dataset == "digits"
    window = MainWindow(session, Memory(), warm=False)
    window.show()
    qtbot.waitExposed(window)
    notice = window.page.controls.notice
    assert "MNIST is not on this computer" in notice.words.text()
    assert "digits" in notice.words.text()
    assert notice.download.isVisible()
    qtbot.mouseClick(notice.download, Qt.MouseButton.LeftButton)
    trainer = window.session.trainer
    assert trainer.asked("fetch") == [("fetch", "mnist")]
    trainer.progress.emit("downloading", 0.4)
    assert notice.progress.share == pytest.approx(0.4)
    qtbot.mouseClick(notice.cancel, Qt.MouseButton.LeftButton)
    assert trainer.asked("cancel_fetch")
    assert notice.download.isVisible()
    assert not window.page.banner.text  # calling it off is no error
    qtbot.mouseClick(notice.download, Qt.MouseButton.LeftButton)
    trainer.fetch_failed.emit("No mirror could be reached.")
    assert notice.words.text() == "MNIST could not be downloaded."
    assert not window.page.banner.text
    assert not notice.reasons.isVisible()
    qtbot.mouseClick(notice.details, Qt.MouseButton.LeftButton)
    assert notice.reasons.isVisible()
    assert "No mirror" in notice.reasons.text()
    assert not notice.digits.isVisible()  # they are what is on show
    qtbot.mouseClick(notice.again, Qt.MouseButton.LeftButton)
    assert len(trainer.asked("fetch")) == 3
    monkeypatch.setattr("optviz.gui.train.controls.data.here", lambda dataset, folder="": True)
    trainer.fetched.emit("mnist")
    assert window.session.training.dataset == "mnist"  # what it stood in for
    assert window.session.training.batch_size == 256
    assert not notice.isVisible()
    window.close_unasked()
    window.deleteLater()


def test_what_was_changed_about_the_stand_in_is_kept_when_the_data_come(qtbot):
    session = first_training()
    session.warm()
    session.change("epochs", epochs=6)
    session.fetch("mnist")
    session.trainer.fetched.emit("mnist")
    assert (session.training.dataset, session.training.epochs) == ("mnist", 6)
    session.undo_stack.undo()
    assert (session.training.dataset, session.training.epochs) == ("digits", 6)
    session.close()


def test_start_downloads_what_is_missing_first(window, page, trainer, monkeypatch):
    here = {"digits"}
    monkeypatch.setattr(train_session, "here", lambda dataset, folder="": dataset in here)
    window.session.change("data", dataset="mnist")
    window.session.start()
    assert not trainer.asked("start")
    assert trainer.asked("fetch") == [("fetch", "mnist")]
    assert "Downloading MNIST" in page.controls.bar.words()
    here.add("mnist")
    trainer.fetched.emit("mnist")
    assert trainer.asked("start")[0][1].dataset == "mnist"


# ------------------------------------------------------------------ files


def run_folder(where: Path, training: Training = SMALL, steps: int = 30) -> Path:
    """A run folder as a training leaves it."""
    import json

    opening = Opening(training)
    facts = RunFacts("digits", "CPU", 0.1, 0.3, {}, {}, opening.layers)
    create(where, opening.training, facts, opening.images, opening.labels)
    for i in range(len(training.entrants)):
        lines = []
        for step in range(1, min(steps, training.steps_of(i)) + 1):
            line = dict.fromkeys(("loss", "accuracy", "learning_rate", "gradient_norm", "seconds"), 0.5)
            epoch = step / training.steps_per_epoch(i)
            lines.append(json.dumps({**line, "step": step, "epoch": epoch}) + "\n")
        (entrant_folder(where, i) / "metrics.jsonl").write_text("".join(lines))
    return where


@pytest.mark.parametrize("how", ["folder", "its file", "dropped"])
def test_a_run_folder_opens_as_it_was(window, page, trainer, tmp_path, how, qtbot):
    folder = run_folder(tmp_path / "a run", SMALL.replace(title="Earlier"), 12)
    path = folder / "training.toml" if how == "its file" else folder
    if how == "dropped":
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        window.dropEvent(
            QDropEvent(QPointF(50, 50), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton,
                       Qt.KeyboardModifier.NoModifier)
        )  # fmt: skip
    else:
        assert window.documents.open(path)
    session = window.session
    qtbot.waitUntil(lambda: session.folder == folder, timeout=5000)
    assert session.training.title == "Earlier"
    assert session.folder == folder
    assert session.record.entrants[0].steps == 12
    assert page.playback.frame == page.playback.last == 12
    assert trainer.asked("open") == [("open", folder)]
    qtbot.waitUntil(lambda: path.absolute() in window.memory.recent, timeout=1000)
    assert session.path is None  # saving must not write into the run
    assert not session.unsaved
    assert page.controls.bar.go_on.isVisible()


def test_a_folder_that_is_no_run_is_refused(window, page, tmp_path):
    before = window.session.training
    assert not window.documents.open(tmp_path)
    assert "no run folder" in page.banner.text
    assert window.session.training == before


def test_a_training_file_opens_on_the_page(make_window, race, tmp_path):
    file = tmp_path / "t.toml"
    file.write_text(SMALL.dumps())
    window = make_window(race)
    assert window.page.name == "race"
    assert window.documents.open(file)
    assert window.page.name == "train"
    assert window.session.training == SMALL
    assert window.session.path == file
    window.session.change("epochs", epochs=7)
    assert window.documents.save()
    assert Training.load(file).epochs == 7


def test_a_start_with_a_file_or_a_folder_opens_the_page(tmp_path, qapp):
    from optviz.gui import app as gui_app

    file = tmp_path / "t.toml"
    file.write_text(SMALL.dumps())
    session, error = gui_app._first(str(file), "race")
    assert not error
    assert session.training == SMALL
    assert session.path == file
    folder = run_folder(tmp_path / "run")
    session, error = gui_app._first(str(folder), "race")
    assert not error
    assert session.record.entrants[1].steps == 30
    assert session.folder == folder
    _, error = gui_app._first(str(tmp_path), "race")
    assert "no run folder" in error


def test_a_run_is_saved_elsewhere_whole(window, trainer, tmp_path, qtbot):
    folder = run_folder(tmp_path / "run")
    opened(window, folder, qtbot)
    copy = tmp_path / "kept"
    assert window.documents.save_run(copy)
    qtbot.waitUntil(lambda: window.session.folder == copy, timeout=5000)
    files = sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(copy) for p in copy.rglob("*") if p.is_file())
    assert all((folder / one).read_bytes() == (copy / one).read_bytes() for one in files)
    assert not window.documents.save_run(copy)
    assert "there already" in window.banner.text
    assert not list(tmp_path.glob(".optviz*"))


def test_what_an_old_training_still_tells_is_not_taken_for_the_new_one(window, trainer, tmp_path, qtbot):
    started(window)
    folder = run_folder(tmp_path / "run", steps=4)
    opened(window, folder, qtbot)
    assert trainer.asked("stop")
    trainer.tell(5)
    assert window.session.record.entrants[0].steps == 4
    trainer.go("ready")
    assert trainer.asked("open") == [("open", folder)]


# ------------------------------------------------------------------ the window around it


def test_undo_and_closing_ask_about_settings(window, page, monkeypatch):
    window.session.change("epochs", epochs=9)
    window.session.change("seed", seed=3)
    window.actions_by_name["undo"].trigger()
    assert (window.session.training.epochs, window.session.training.seed) == (9, 0)
    asked = []

    def answer():
        asked.append(window.page.name)
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(window.documents, "ask_unsaved", answer)
    assert not window.close()
    assert asked == ["train"]
    window.actions_by_name["undo"].trigger()
    assert not window.session.unsaved


def test_closing_while_it_trains_closes_the_trainer(window, trainer):
    started(window)
    window.close_unasked()
    assert trainer.asked("close")


def test_train_with_the_optimizers_of_a_race(make_window, qtbot):
    race = Experiment(
        surface="rosenbrock", steps=5,
        entrants=(  # type: ignore[arg-type]
            {"optimizer": "momentum", "learning_rate": 0.003, "label": "mine", "color": "#0072b2"},
            {"optimizer": "newton", "learning_rate": 0.5},
            {"optimizer": "adam", "learning_rate": 0.02, "schedule": {"name": "cosine"}},
        ),
    )  # fmt: skip
    window = make_window(race)
    window.activateWindow()
    window.surface.setFocus()
    QApplication.processEvents()
    assert window.actions_by_name["train_with"].isEnabled()
    qtbot.keyClick(window.surface, Key.Key_T, Mod.ControlModifier)
    assert window.page.name == "train"
    entrants = window.session.training.entrants
    assert [one.optimizer for one in entrants] == ["momentum", "adam"]
    # A surface's learning rates are none for a network.
    assert [one.learning_rate for one in entrants] == [0.05, 0.001]
    assert window.session.training.title == "Race: Rosenbrock"
    assert entrants[0].label == "mine"
    assert entrants[1].schedule.name == "cosine"
    assert "Newton was left out" in window.banner.text
    assert not window.actions_by_name["train_with"].isEnabled()
    window.actions_by_name["undo"].trigger()
    assert len(window.session.training.entrants) != 2 or window.session.training.entrants != entrants


def test_the_tab_and_its_key(make_window, race, qtbot):
    window = make_window(race)
    window.activateWindow()
    window.surface.setFocus()
    QApplication.processEvents()
    tabs = window.topbar.tabs
    assert [tabs.tabText(i) for i in range(tabs.count())] == ["Race", "Reshape", "Maps", "Train", "Learn"]
    qtbot.keyClick(window.surface, Key.Key_4, Mod.ControlModifier)
    assert window.page.name == "train"
    assert window.session.trainer is None  # the page is seen before the trainer is made
    qtbot.waitUntil(lambda: window.session.trainer is not None, timeout=5000)


def test_the_window_never_imports_torch_and_a_start_no_training(tmp_path):
    code = (
        "import sys; from optviz.gui import app; "
        "session, _ = app._first(None, 'race'); "
        "early = [m for m in sys.modules if m.startswith(('optviz.training', 'torch', 'sklearn'))]; "
        "from optviz.gui.train.page import TrainPage; "
        "late = [m for m in sys.modules if m.split('.')[0] in ('torch', 'sklearn')]; "
        "print(early, late)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.strip() == "[] []", done.stderr


def test_everything_on_the_page_has_a_name_and_a_tooltip(window, page, qtbot):
    page.controls.form.more.setChecked(True)
    page.controls.entrants.cards[0].set_expanded(True)
    QApplication.processEvents()
    widgets = [
        widget
        for widget in window.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isVisibleTo(window)
        and widget.window() is window
        and not widget.objectName().startswith("qt_")
        and not isinstance(widget, QAbstractScrollArea)
        and widget.focusProxy() is None
    ]
    assert len(widgets) > 60
    for widget in widgets:
        assert widget.accessibleName().strip(), widget
        assert widget.toolTip() or widget is page.picture, widget


def test_two_sides_of_undo_over_opening(window, tmp_path):
    file = tmp_path / "t.toml"
    file.write_text(replace(SMALL, title="Other").dumps())
    window.documents.open(file)
    assert window.session.training.title == "Other"
    window.actions_by_name["undo"].trigger()
    assert window.session.training.title == "Small"


# ------------------------------------------------------------------ going on, and coming back


def test_going_on_keeps_the_curves_and_follows_the_new_end(window, page, trainer, tmp_path, qtbot):
    """After a kill, and on a stopped run that was opened: what there was stays, and grows on."""
    scene = started(window, 12, judge=0.7)
    trainer.go("failed")
    trainer.failed.emit("The trainer was killed.", True)
    qtbot.mouseClick(page.banner.remedy, Qt.MouseButton.LeftButton)
    assert window.session.scene is scene  # nothing is blank while it loads
    assert page.playback.frame == 12
    trainer.begin(window.session.record)
    assert page.playback.frame == page.playback.last == 12
    trainer.tell(6)
    assert window.session.record.entrants[0].steps == 18
    assert page.playback.frame == page.playback.last == 18
    trainer.finish()
    opened(window, run_folder(tmp_path / "run", steps=9), qtbot)
    assert page.playback.frame == 9
    window.session.go_on()
    trainer.begin(window.session.record)
    trainer.tell(4)
    assert page.playback.frame == page.playback.last == 13


def test_what_goes_on_says_from_which_epoch(window, page, trainer):
    started(window, 18, judge=0.7)  # 15 steps an epoch
    trainer.go("failed")
    trainer.failed.emit("The trainer was killed.", True)
    assert page.banner.remedy.text() == "Continue from epoch 1"


def test_going_on_brings_the_settings_of_the_run_back(window, page, trainer):
    started(window)
    trainer.tell(0, "stopped")
    trainer.go("ready")
    window.session.change("epochs", epochs=9)
    window.session.go_on()
    assert window.session.training.epochs == 2
    assert trainer.asked("start")[-1][1].epochs == 2
    assert "settings it was begun with" in page.banner.text
    trainer.go("ready")
    window.session.undo_stack.undo()
    assert window.session.training.epochs == 9


def test_opening_something_else_stops_a_training_says_so_and_leads_back(window, page, trainer, tmp_path):
    file = tmp_path / "other.toml"
    file.write_text(SMALL.replace(title="Other").dumps())
    started(window, 12)
    session, folder, record = window.session, window.session.folder, window.session.record
    assert window.documents.open(file)
    assert trainer.asked("stop")
    assert "stopped at epoch 0.8" in page.banner.text
    assert folder.name in page.banner.text
    assert session.record is None
    trainer.tell(3, "stopped")  # what it still had to tell belongs to the one that was left
    trainer.go("ready")
    assert session.record is None
    page.banner.remedy.click()
    assert session.training.title == "Small"
    assert session.record is record
    assert session.folder == folder
    assert record.entrants[0].steps == 15
    assert session.unfinished
    assert not session.unsaved  # an untouched preset is nothing to save
    session.undo_stack.redo()
    assert session.record is None
    assert not session.unsaved


def test_a_finished_training_comes_back_with_undo(window, page, trainer, tmp_path):
    file = tmp_path / "other.toml"
    file.write_text(SMALL.replace(title="Other").dumps())
    started(window)
    trainer.finish(0.9)
    record = window.session.record
    assert window.documents.open(file)
    assert not page.banner.text
    window.session.undo_stack.undo()
    assert window.session.record is record
    assert "90.00 %" in page.controls.bar.words()


def test_cancelling_the_question_touches_nothing(window, page, trainer, tmp_path, monkeypatch):
    file = tmp_path / "other.toml"
    file.write_text(SMALL.replace(title="Other").dumps())
    window.session.change("epochs", epochs=9)
    window.documents.open(file)
    assert window.session.left is not None
    scene, asked = started(window), []
    record = window.session.record

    def answer():
        asked.append(window.documents._asked_about)
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(window.documents, "ask_unsaved", answer)
    assert not window.close()
    assert asked == ["Small"]
    assert window.session.scene is scene
    assert window.session.record is record
    assert window.session.training.title == "Other"
    assert not trainer.asked("stop")
    monkeypatch.setattr(window.documents, "ask_unsaved", lambda: QMessageBox.StandardButton.Save)
    kept = tmp_path / "kept.toml"
    window.session.left = (window.session.left[0], kept)
    assert window.documents.may_leave()
    assert Training.load(kept).epochs == 9


def test_what_the_window_was_closed_on_is_mentioned_once(window, trainer, qtbot):
    session = window.session
    session.start()
    run_folder(session.folder, SMALL, 12)
    trainer.begin()
    trainer.tell(12)
    folder = session.folder
    window.close_unasked()
    for mentioned in (True, False):
        again = MainWindow(TrainSession(SMALL), Memory(), warm=False)
        again.show()
        qtbot.waitExposed(again)
        if mentioned:
            qtbot.waitUntil(lambda window=again: bool(window.banner.text), timeout=5000)
            assert again.banner.text == "An unfinished training: Small (epoch 0.8 of 2)"
            again.banner.remedy.click()
            assert again.session.folder == folder
            assert again.session.trainer.asked("start")[-1][2:] == (folder, True)
            again.session.trainer.begin(again.session.record)
            again.session.trainer.finish()  # then there is nothing unfinished any more
        else:
            qtbot.wait(300)
            assert not again.banner.text
        again.close_unasked()
        again.deleteLater()


def test_a_run_folder_is_named_after_the_time_and_the_title(window, trainer):
    window.session.change("title", title="Adam against SGD: 99 % (really?)")
    window.session.start()
    name = trainer.asked("start")[0][2].name
    assert re.fullmatch(r"\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_adam_against_sgd_99_really", name)


# ------------------------------------------------------------------ whose is what


def test_cards_show_no_result_of_another_run(window, page, trainer):
    started(window, 15, judge=0.9)
    trainer.finish(0.9)
    cards = page.controls.entrants.cards
    assert cards[1].status_text()[0]
    window.session.change_entrant(1, "rate", learning_rate=0.5)
    assert cards[0].status_text()[0]
    assert not cards[1].status_text()[0]
    assert cards[1].handle.status.isHidden()
    name = cards[1].handle.name
    QApplication.processEvents()
    assert name.y() + name.height() / 2 == pytest.approx(cards[1].handle.height() / 2, abs=1)
    window.session.take_entrants([Entrant("adam"), Entrant("rmsprop"), Entrant("gd")], "Bowl")
    assert not any(card.status_text()[0] for card in page.controls.entrants.cards)
    assert window.session.training.title == "Race: Bowl"


def test_a_card_chooses_whose_inside_is_shown_and_asked(window, page, trainer):
    started(window, 10, look=True)
    pad, session = page.controls.pad, window.session
    session.select(1)
    assert session.training.view.entrant == 1
    assert page.tools.who.currentIndex() == 1
    assert pad.entrant == 1
    assert pad.who.text() == "SGD says"
    assert trainer.asked("show")[-1] == ("show", 1)
    page.tools.who.chosen.emit(0)
    assert session.selected == 0
    assert pad.who.text() == "Adam says"
    assert not session.unsaved


def test_the_pad_asks_whom_an_opened_run_shows(window, page, trainer, tmp_path, qtbot):
    view = replace(SMALL.view, entrant=1)
    opened(window, run_folder(tmp_path / "run", SMALL.replace(view=view)), qtbot)
    assert page.controls.pad.entrant == window.session.scene.chosen == 1
    assert window.session.selected == 1


def test_another_digit_is_followed_while_nothing_trains(window, page, trainer, qtbot):
    started(window, 30, judge=0.9, look=True)
    trainer.finish()
    record = window.session.record
    last = record.entrants[0].looks[-1]
    page.tools.digit.picked.emit(5)
    assert trainer.asked("follow") == [("follow", 5)]
    answer = replace(
        look_of(SMALL.replace(view=replace(SMALL.view, digit=5)), 0, last.step, last.epoch),
        probabilities=np.eye(10, dtype=np.float32)[3],
        layers=tuple(replace(layer, activations=2 * layer.activations) for layer in last.layers),
    )
    settle(page, qtbot)
    trainer.looked.emit(0, answer)
    now = record.entrants[0].looks[-1]
    assert now.digit == 5
    assert now.probabilities.argmax() == 3
    assert (now.layers[0].activations == 2).all()
    assert now.layers[0].before is last.layers[0].before
    assert page.picture.pending


# ------------------------------------------------------------------ words, keys and places


def test_the_last_judgement_is_called_so(window, page, trainer):
    started(window, 30)
    assert page.controls.bar.words() == "epoch 2 of 2, judging the test images…"


def test_the_line_of_news_is_of_the_moment_shown(window, page, trainer):
    started(window, 15, judge=0.7)
    trainer.tell(15, judge=0.9)
    assert "Best at epoch 2: Adam, 90.00 %" in page.transport.status.full
    page.playback.seek(20)
    assert "Best at epoch 1: Adam, 70.00 %" in page.transport.status.full


def test_numbers_keep_their_units():
    assert unbroken("done: 95.5 % in 3 min 20 s") == "done: 95.5\u00a0% in 3\u00a0min 20\u00a0s"


def test_what_is_refused_names_entrant_and_setting_and_goes_when_put_right(window, page, trainer):
    changes = Changes(batch_size=1400)
    window.session.change_entrant(0, "batch", changes=changes)
    with pytest.raises(InputError, match=r"^Adam: batch size: 1400 is not allowed"):
        window.session.change("images", train_limit=500)
    window.session.failed.emit("something is not allowed")
    assert page.banner.text
    assert "not allowed" in page.transport.status.full
    window.session.change("epochs", epochs=3)
    assert not page.banner.text
    assert "not allowed" not in page.transport.status.full


def test_space_holds_the_picture_of_a_training_and_follows_again(window, page, trainer, qtbot):
    started(window, 10)
    play = window.actions_by_name["play"]
    assert play.text() == "Pause"
    play.trigger()
    trainer.tell(4)
    assert page.playback.frame == 10
    assert play.text() == "Play"
    play.trigger()
    assert page.playback.frame == 14
    trainer.tell(2)
    assert page.playback.frame == 16
    assert not page.playback.playing


def test_keys_start_pause_and_stop(window, page, trainer, qtbot):
    window.activateWindow()
    page.picture.setFocus()
    QApplication.processEvents()
    qtbot.keyClick(page.picture, Key.Key_Return, Mod.ControlModifier)
    assert len(trainer.asked("start")) == 1
    trainer.begin()
    trainer.tell(3)
    qtbot.keyClick(page.picture, Key.Key_Return, Mod.ControlModifier)
    assert trainer.asked("pause")
    qtbot.keyClick(page.picture, Key.Key_Period, Mod.ControlModifier)
    assert trainer.asked("stop")
    assert page.picture.only is None


def test_the_focus_stays_with_the_buttons(window, page, trainer, qtbot):
    started(window)
    bar = page.controls.bar
    window.activateWindow()
    bar.stop.setFocus()
    QApplication.processEvents()
    bar.stop.click()
    assert QApplication.focusWidget() is bar.main
    trainer.tell(0, "stopped")
    trainer.go("ready")
    assert QApplication.focusWidget() is bar.main
    bar.go_on.setFocus()
    bar.go_on.click()
    assert QApplication.focusWidget() is bar.main


def test_nothing_below_moves_when_a_training_starts(window, page, trainer):
    form = page.controls.form
    QApplication.processEvents()
    before = form.rows["epochs"].y(), page.controls.settings.y()
    started(window)
    QApplication.processEvents()
    assert form.lock_note.isVisible()
    assert (form.rows["epochs"].y(), page.controls.settings.y()) == before


def test_what_has_no_effect_is_off(window, page, trainer):
    for part, on in (("all", True), ("inside", False), ("curves", True), ("judgement", False)):
        page.tools.parts[part].click()
        assert page.tools.log.isEnabled() is on
        assert page.tools.smoothing.isEnabled() is on


def test_an_enlarged_plot_shows_the_way_back(window, page, trainer, qtbot):
    started(window, 10)
    settle(page, qtbot)
    assert not page.picture.back.isVisible()
    page.picture.enlarge("loss")
    assert page.picture.back.isVisible()
    assert page.picture.back.accessibleName()
    qtbot.mouseClick(page.picture.back, Qt.MouseButton.LeftButton)
    assert page.picture.only is None
    assert not page.picture.back.isVisible()


def test_the_digit_to_follow_is_seen_in_both_themes(window, page, trainer, qtbot):
    started(window, 10, look=True)
    digit = page.tools.digit
    light = digit.images[0].copy()
    window.choose_theme("dark")
    assert digit.images[0] != light


def test_whoever_looks_for_newton_is_told_why(window, page):
    picker = page.controls.entrants.picker
    picker.search.setText("newt")
    assert "Hessian" in picker.none.text()
    assert not picker.none.isHidden()
    assert "newton" not in picker.shown_ids()
    picker.search.setText("adam")
    assert picker.none.isHidden()


def test_without_a_download_there_are_other_ways(window, page, trainer, monkeypatch, tmp_path):
    monkeypatch.setattr(train_session, "here", lambda dataset, folder="": dataset == "digits")
    monkeypatch.setattr(train_data, "here", lambda dataset, folder="": dataset == "digits")
    notice = page.controls.notice
    window.session.change("data", dataset="mnist")
    window.session.start()
    trainer.fetch_failed.emit("MNIST: a.example did not answer; b.example: 404")
    assert notice.words.text() == "MNIST could not be downloaded."
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *given: str(tmp_path))
    notice.browse.click()
    assert window.session.training.data_dir == str(tmp_path)
    notice.digits.click()
    assert window.session.training.dataset == "digits"
    assert not notice.isVisible()
    window.session.undo_stack.undo()
    assert window.session.training.dataset == "mnist"


# ------------------------------------------------------------------ with the real trainer


def test_digits_are_learned_in_the_window(qtbot, monkeypatch, tmp_path):
    """Start, pause, resume, done; the pad's answers; the folder opened again; closed while it trains."""
    from optviz.gui.train.trainer import Trainer

    monkeypatch.setattr(train_session, "make_trainer", Trainer)
    training = SMALL.replace(epochs=4, batch_size=64, threads=1)
    window = MainWindow(TrainSession(training), Memory(), warm=False)
    window.resize(1280, 720)
    window.session.compute()
    window.show()
    qtbot.waitExposed(window)
    session, page = window.session, window.page
    qtbot.mouseClick(page.controls.bar.main, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: session.record.entrants[0].steps > 0, timeout=60_000)
    session.pause()
    qtbot.waitUntil(lambda: session.state in ("paused", "ready"), timeout=10_000)
    session.resume()
    qtbot.waitUntil(lambda: session.state == "ready", timeout=60_000)
    assert session.record.state == "done"
    accuracy = session.record.entrants[0].judgements[-1].accuracy
    assert accuracy > 0.85
    assert len(page.tools.digit.images) == 16
    before = [entrant.points.copy() for entrant in session.record.entrants]
    # A one, which even this network knows.
    pad = page.controls.pad
    pad.pad.stroke(QPointF(70, 20), QPointF(70, 120))
    qtbot.waitUntil(lambda: pad.bars.probabilities is not None, timeout=10_000)
    assert pad.bars.probabilities.sum() == pytest.approx(1.0, abs=1e-4)
    said = pad.bars.probabilities
    folder, record = session.folder, session.record
    opened(window, folder, qtbot)
    qtbot.waitUntil(lambda: session.record is not record, timeout=10_000)
    for entrant, points in zip(session.record.entrants, before, strict=True):
        assert (entrant.points == points).all()
    assert session.record.entrants[0].judgements[-1].accuracy == accuracy
    pad.ask()
    qtbot.waitUntil(lambda: pad.bars.probabilities is not said, timeout=10_000)
    assert pad.bars.probabilities == pytest.approx(said, abs=1e-5)
    # A trainer that is killed in the middle: what there was stays, and it goes on from its checkpoint.
    session.change("epochs", epochs=40)
    session.start()
    qtbot.waitUntil(lambda: all(one.judgements for one in session.record.entrants), timeout=30_000)
    qtbot.waitUntil(lambda: len(list(session.folder.glob("entrant_*/checkpoint.pt"))) == 2, timeout=10_000)
    os.kill(session.trainer.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: session.state == "failed", timeout=10_000)
    assert "Continue from epoch" in page.banner.remedy.text()
    known = session.record.entrants[0].column("loss")[:20].copy()
    page.banner.remedy.click()
    assert session.record.entrants[0].steps >= 20
    qtbot.waitUntil(lambda: session.state == "training", timeout=30_000)
    epoch = session.record.entrants[0].judgements[-1].epoch
    qtbot.waitUntil(lambda: session.record.entrants[0].judgements[-1].epoch > epoch + 1, timeout=30_000)
    assert page.follows
    assert page.playback.frame == session.scene.now
    steps = session.record.entrants[0].column("step")
    assert (steps == np.arange(1, len(steps) + 1)).all()
    assert (session.record.entrants[0].column("loss")[:20] == known).all()
    session.stop()
    qtbot.waitUntil(lambda: session.state == "ready", timeout=10_000)
    # Closing while it trains keeps a checkpoint, and does not take long.
    session.change("epochs", epochs=2000)
    session.start()
    qtbot.waitUntil(lambda: session.record.entrants[0].steps > 30, timeout=30_000)
    process = session.trainer.pid
    began = perf_counter()
    window.close_unasked()
    assert perf_counter() - began < 2.5
    assert not Path(f"/proc/{process}").exists() or "Z" in Path(f"/proc/{process}/stat").read_text()
    assert list(session.folder.glob("entrant_*/checkpoint*.pt"))
    window.deleteLater()


def test_tab_goes_through_the_page_from_left_to_right_and_comes_round(window, page, trainer):
    started(window, 30, look=True)
    trainer.finish()
    expected = {
        widget
        for widget in page.findChildren(QWidget)
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        and widget.isVisible()
        and widget.isEnabled()
        and not widget.objectName().startswith("qt_")
        and not isinstance(widget, QAbstractScrollArea)
        and widget.focusProxy() is None
    }
    window.activateWindow()
    page.picture.setFocus()
    QApplication.processEvents()
    seen: list[QWidget] = []
    for _ in range(200):
        widget = QApplication.focusWidget()
        if widget is None or widget in seen:
            break
        seen.append(widget)
        window.focusNextChild()
    assert expected <= set(seen), expected - set(seen)
    parts = [page.picture, page.controls.bar, page.controls.entrants, page.controls.form, page.controls.pad,
             page.transport]  # fmt: skip
    order = [
        next(i for i, part in enumerate(parts) if part is one or part.isAncestorOf(one))
        for one in seen
        if any(part is one or part.isAncestorOf(one) for part in parts)
    ]
    assert order == sorted(order)


def test_the_window_does_not_grow_with_snapshots_it_has_shown(window, page, trainer, qtbot):
    """Panels, timers and widgets stay as many as they were, however long it trains."""
    from PySide6.QtCore import QObject, QProcess, QSocketNotifier

    def parts():  # a process that compiles kernels comes and goes meanwhile
        return [
            one
            for one in window.findChildren(QObject)
            if not isinstance(one, (QProcess, QSocketNotifier)) and not isinstance(one.parent(), QProcess)
        ]

    window.session.change("epochs", epochs=400)
    started(window, 15, judge=0.5, look=True)
    settle(page, qtbot)
    before = len(parts())
    for _ in range(60):
        trainer.tell(15, judge=0.5, look=True)
    settle(page, qtbot)
    assert len(parts()) <= before
    assert len(window.session.record.entrants[0].looks) <= 96


def test_one_plot_is_exported_from_the_picture(window, page, trainer, qtbot):
    started(window, 30, judge=0.9)
    trainer.finish()
    settle(page, qtbot)
    page.picture.export_asked.emit("accuracy")
    dialog = window._export
    assert dialog.isVisible()
    assert dialog.form.chosen_plot() == "accuracy"
    dialog.close()
