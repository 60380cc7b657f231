"""The export dialog of the Train page: plots, tables, and a training that goes on."""

from __future__ import annotations

import csv
import os
import shutil
from multiprocessing import resource_tracker
from pathlib import Path

import av
import numpy as np
import pytest
import run_folders
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from train_fakes import FakeTrainer

from optviz import __main__
from optviz.gui.export.dialog import ExportDialog
from optviz.gui.export.form import PLOT_NAMES
from optviz.gui.export.names import completed, renamed
from optviz.gui.export.worker import Job, Report, perform
from optviz.gui.playback import Playback
from optviz.gui.recent import Memory
from optviz.gui.train import session as train_session
from optviz.gui.train.session import TrainSession
from optviz.gui.window import MainWindow
from optviz.opening import read
from optviz.render.plan import PLOTS
from optviz.training.folder import read_record
from optviz.training.record import News, Record, Snapshot
from optviz.training.scene.scene import TrainScene

LAST = run_folders.STEPS


@pytest.fixture(scope="module", autouse=True)
def python_own_helper():
    """Start Python's tracker of semaphores, before processes are counted."""
    resource_tracker.ensure_running()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return run_folders.trained(tmp_path_factory.mktemp("runs") / "run")


class AtOnce:
    """A worker that does the job where it is made."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.report = Report(*perform(job, lambda done, total: None, lambda: False))

    def poll(self) -> Report:
        return self.report

    def cancel(self) -> None: ...

    def close(self) -> None: ...


def shown(qtbot, session, out: Path | None = None, **options):
    playback = Playback()
    last = session.scene.now
    playback.set_last(last)
    playback.seek(min(20, last))
    dialog = ExportDialog(session, playback, **{"start_worker": AtOnce, **options})
    dialog.held = session, playback
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.form.size_choice.setCurrentIndex(dialog.form.size_choice.count() - 1)
    for box, value in ((dialog.form.width_box, 640), (dialog.form.height_box, 360)):
        box.set_value(value)
    if out is not None:
        dialog.path.setText(str(out))
        dialog.path.textEdited.emit(dialog.path.text())
    dialog._refresh()
    return dialog


@pytest.fixture
def opened(run):
    session = TrainSession(read_record(run).training)
    session.compute()
    session.take(read(run), run)
    return session


def choose(combo, data) -> None:
    place = combo.findData(data)
    assert place >= 0
    combo.setCurrentIndex(place)


def finish(qtbot, dialog, timeout=60_000) -> None:
    qtbot.waitUntil(lambda: dialog.worker is None, timeout=timeout)


def command(run, out, *options) -> bytes:
    assert __main__.main(["render", str(run), "-o", str(out), "--size", "640x360", *options]) == 0
    return Path(out).read_bytes()


@pytest.mark.parametrize("kind", ["png", "svg", "pdf", "mp4"])
@pytest.mark.parametrize("plot", [None, "loss", "activations"])
def test_the_window_writes_the_bytes_of_the_command_line(qtbot, run, opened, tmp_path, kind, plot):
    (tmp_path / "window").mkdir()
    (tmp_path / "line").mkdir()
    dialog = shown(qtbot, opened, tmp_path / f"window/a.{kind}")
    choose(dialog.form.plot, plot)
    dialog.begin()
    finish(qtbot, dialog)
    assert "Done" in dialog.note.text()
    (made,) = (tmp_path / "window").iterdir()
    assert made.name == (f"a_{plot}.{kind}" if plot else f"a.{kind}")
    options = ["--plot", plot] if plot else []
    options += ["--fps", "60"] if kind == "mp4" else ["--frame", "20"]
    assert made.read_bytes() == command(run, tmp_path / f"line/a.{kind}", *options)


def test_a_film_is_written_by_a_process_of_its_own(qtbot, run, opened, tmp_path):
    from optviz.gui.export.worker import ExportProcess

    dialog = shown(qtbot, opened, tmp_path / "a.mp4", start_worker=ExportProcess)
    choose(dialog.form.rate, 30)
    dialog.form.stride.set_value(2)
    dialog._refresh()
    QTest.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    finish(qtbot, dialog)
    assert "Done" in dialog.note.text()
    with av.open(str(tmp_path / "a.mp4")) as film:
        assert sum(1 for _ in film.decode(video=0)) == LAST // 2 + 1
    made = (tmp_path / "a.mp4").read_bytes()
    assert made == command(run, tmp_path / "b.mp4", "--fps", "30", "--stride", "2")


def test_calling_off_leaves_nothing(qtbot, opened, tmp_path):
    from optviz.gui.export.worker import ExportProcess

    dialog = shown(qtbot, opened, tmp_path / "a.mp4", start_worker=ExportProcess)
    dialog.form.width_box.set_value(3840)
    dialog.form.height_box.set_value(2160)
    dialog.begin()
    qtbot.waitUntil(lambda: "frames" in dialog.note.text(), timeout=60_000)
    QTest.mouseClick(dialog.cancel, Qt.MouseButton.LeftButton)
    finish(qtbot, dialog, 5000)
    assert "Cancelled" in dialog.note.text()
    assert [name for name in os.listdir(tmp_path) if name != "config"] == []


def test_a_table_is_offered_for_one_plot(qtbot, run, opened, tmp_path):
    dialog = shown(qtbot, opened, tmp_path / "a.png")
    form = dialog.form
    assert form.kind.findData("csv") < 0
    choose(form.plot, "loss")
    choose(form.kind, "csv")
    rows = ("size", "custom", "theme", "rate", "steps", "stride")
    assert not any(form.rows[name].isVisibleTo(dialog) for name in rows)
    assert form.rows["frame"].findChild(QLabel).text() == "up to step"
    assert "The numbers up to step 20" in dialog.summary.text()
    dialog.begin()
    finish(qtbot, dialog)
    with open(tmp_path / "a_loss.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert {row[0] for row in rows[1:]} == {'Adam, "hot"', "SGD"}
    assert max(int(row[1]) for row in rows[1:]) == 20
    choose(form.plot, None)
    assert form.chosen_kind() == "png"
    assert form.kind.findData("csv") < 0
    assert dialog.path.text().endswith("a.png")
    assert form.rows["size"].isVisibleTo(dialog)


@pytest.mark.parametrize("plot", PLOTS)
def test_every_plot_can_be_chosen_and_is_previewed(qtbot, opened, tmp_path, plot):
    dialog = shown(qtbot, opened, tmp_path / "a.png")
    dialog.choose_plot(plot, 12)
    assert dialog.form.chosen_plot() == plot
    assert dialog.form.frame.value == 12
    assert dialog.start.isEnabled()
    before = dialog.preview.image
    qtbot.waitUntil(lambda: not dialog.preview.image.isNull(), timeout=5000)
    assert dialog.preview.image is not before
    assert PLOT_NAMES[plot] == dialog.form.plot.currentText()


def test_choosing_a_plot_leaves_films_for_a_picture(qtbot, opened, tmp_path):
    dialog = shown(qtbot, opened, tmp_path / "a.mp4")
    dialog.choose_plot("dead")
    assert dialog.form.chosen_kind() == "png"
    choose(dialog.form.kind, "csv")
    dialog.choose_plot("loss")
    assert dialog.form.chosen_kind() == "csv"
    assert dialog.path.text() == str(tmp_path / "a_loss.csv")


def test_a_plot_chosen_during_an_export_changes_nothing(qtbot, opened, tmp_path):
    class Busy(AtOnce):
        def __init__(self, job):
            self.report = Report("working", 1, 40)

    dialog = shown(qtbot, opened, tmp_path / "a.mp4", start_worker=Busy)
    dialog.begin()
    dialog.choose_plot("loss")
    assert dialog.form.chosen_plot() is None
    assert dialog.path.text() == str(tmp_path / "a.mp4")
    dialog.worker.report = Report("done", 40, 40)
    finish(qtbot, dialog)
    assert dialog.note.text() == f"Done: {tmp_path / 'a.mp4'}"


def test_the_window_opens_the_dialog_on_a_plot(qtbot, opened, monkeypatch):
    monkeypatch.setattr(train_session, "make_trainer", FakeTrainer)
    window = MainWindow(opened, Memory(), warm=False)
    window.show()
    qtbot.waitExposed(window)
    opened.compute()
    window.playback.pause()
    window.playback.seek(7)
    window.page.export_asked.emit("accuracy")
    dialog = window._export
    assert dialog.isVisible()
    assert (dialog.form.chosen_plot(), dialog.form.chosen_kind()) == ("accuracy", "png")
    assert dialog.form.frame.value == 7
    assert dialog.start.isEnabled()
    window.close_unasked()
    window.deleteLater()


def test_steps_are_told_in_epochs_too(qtbot, opened, tmp_path):
    dialog = shown(qtbot, opened, tmp_path / "a.mp4")
    assert dialog.form.rows["plot"].isVisibleTo(dialog)
    assert dialog.form.epochs.text() == "epochs 0.00 to 3.00"
    assert dialog.scrub.label.text() == f"step {LAST}, epoch 3.00"
    choose(dialog.form.kind, "png")
    assert dialog.form.epochs.text() == "epoch 1.54"  # 20 of 39 steps of 3 epochs


def test_nothing_can_be_exported_before_a_training(qtbot, run, tmp_path):
    session = TrainSession(read_record(run).training)
    session.compute()
    dialog = shown(qtbot, session, tmp_path / "a.png")
    assert "nothing to export" in dialog.note.text()
    assert not dialog.start.isEnabled()
    dialog.begin()
    assert dialog.worker is None
    session.take(read(run), run)
    dialog._refresh()
    assert dialog.start.isEnabled()
    assert dialog.form.frame.knob.maximum == LAST


def test_a_run_folder_that_is_gone_is_said(qtbot, run, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    session = TrainSession(read_record(copy).training)
    session.compute()
    session.take(read(copy), copy)
    dialog = shown(qtbot, session, tmp_path / "a.png")
    shutil.rmtree(copy)
    dialog._refresh()
    assert not dialog.start.isEnabled()


def test_a_training_that_goes_on_is_exported_as_far_as_it_is_on_the_disk(qtbot, run, tmp_path):
    whole = read_record(run)
    session = TrainSession(whole.training)
    session.record = session._live = Record.empty(whole.training)
    session.folder = run
    session.state = "training"
    session._make_scene()
    for entrant, own in zip(session.record.entrants, whole.entrants, strict=True):
        entrant.layers = own.layers
    tell(session, whole, 0, 10)
    session._make_scene()
    dialog = shown(qtbot, session, tmp_path / "a.mp4")
    assert "run folder" in dialog.note.text()
    assert dialog.form.last.value == session.scene.now == 10
    tell(session, whole, 10, 13)
    qtbot.waitUntil(lambda: dialog.form.last.value == 13, timeout=5000)
    assert "14 frames" in dialog.summary.text()
    dialog.begin()
    finish(qtbot, dialog)
    with av.open(str(tmp_path / "a.mp4")) as film:
        assert sum(1 for _ in film.decode(video=0)) == LAST + 1  # the folder was ahead of the window
    assert "Done" in dialog.note.text()
    tell(session, whole, 13, 14)
    dialog._refresh()
    assert "Done" in dialog.note.text()  # it went as far as there was, and still would


def tell(session, whole, first: int, end: int) -> None:
    news = []
    for own in whole.entrants:
        begin, stop = (n * own.steps // LAST for n in (first, end))
        news.append(News(own.points[begin:stop], np.empty((0, 1 + 2 * len(own.layers)))))
    session._follow_snapshot(Snapshot(tuple(news), "training", end, 600, 100.0, 5.0, "CPU"))


def test_what_is_shown_is_exported_not_what_was_trained(qtbot, opened, tmp_path):
    from dataclasses import replace

    opened.set_view(replace(opened.training.view, show="judgement", log=True))
    dialog = shown(qtbot, opened, tmp_path / "a.png")
    dialog.begin()
    finish(qtbot, dialog)
    from optviz.render import offscreen

    scene = TrainScene(read_record(opened.folder), opened.scene.training)
    expected = offscreen.pixels(offscreen.frame(scene, 20, (640, 360), "light"))
    with Image.open(tmp_path / "a.png") as image:
        np.testing.assert_array_equal(np.asarray(image), expected)


def test_a_damaged_run_is_one_line(qtbot, run, tmp_path):
    copy = tmp_path / "run"
    shutil.copytree(run, copy)
    session = TrainSession(read_record(copy).training)
    session.compute()
    session.take(read(copy), copy)
    dialog = shown(qtbot, session, tmp_path / "a.png")
    (copy / "entrant_0/looks.npz").write_bytes(b"no archive")
    dialog.begin()
    finish(qtbot, dialog)
    assert "damaged" in dialog.note.text()
    assert "\n" not in dialog.note.text()
    assert not (tmp_path / "a.png").exists()


def test_accessible(qtbot, opened, tmp_path):
    dialog = shown(qtbot, opened, tmp_path / "a.mp4")
    parts = [
        w for w in dialog.findChildren(QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.isVisible()
    ]
    parts = [w for w in parts if w.objectName() != "qt_spinbox_lineedit"]
    assert dialog.form.plot in parts
    assert [w for w in parts if not w.accessibleName()] == []
    assert [w for w in parts if not w.toolTip()] == []


@pytest.mark.parametrize(
    ("text", "kind", "plots", "expected"),
    [
        ("/a/race.mp4", "frames", (), "/a/race_frames"),
        ("/a/race_frames/", "png", (), "/a/race.png"),
        ("/a/race.png", "csv", (None, "loss"), "/a/race_loss.csv"),
        ("/a/race_loss.csv", "csv", ("loss", "dead"), "/a/race_dead.csv"),
        ("/a/race_dead.svg", "svg", ("dead", None), "/a/race.svg"),
        ("/a/mine.v2", "png", (), "/a/mine.v2.png"),
        ("/a/other.png", "png", ("loss", None), "/a/other.png"),
    ],
)
def test_names_follow(text, kind, plots, expected):
    assert renamed(text, kind, *plots) == expected


def test_a_name_is_completed():
    assert completed("a", "csv") == "a.csv"
    assert completed(" a.png ", "csv") == "a.png"
    assert completed("a", "frames") == completed("a/", "frames") == "a/"
    assert completed("~nobody-of-this-name/a", "png") == "~nobody-of-this-name/a.png"
