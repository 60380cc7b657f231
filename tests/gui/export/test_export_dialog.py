"""The export dialog, with its real worker process and with one that answers at once."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace
from fractions import Fraction
from multiprocessing import resource_tracker
from pathlib import Path

import av
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget

from optviz.experiment import Experiment
from optviz.gui.export.dialog import ExportDialog
from optviz.gui.export.parts import bytes_text, estimate, time_text
from optviz.gui.export.worker import Job, Report, perform
from optviz.gui.playback import Playback
from optviz.gui.session import Session


@pytest.fixture(scope="module", autouse=True)
def python_own_helper():
    """Start Python's tracker of semaphores, before processes are counted."""
    resource_tracker.ensure_running()


class AtOnce:
    """A worker that does the job where it is made."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.seen: list[tuple[int, int]] = []
        self.report = Report(
            *perform(job, lambda done, total: self.seen.append((done, total)), lambda: False)
        )

    def poll(self) -> Report:
        return self.report

    def cancel(self) -> None: ...

    def close(self) -> None: ...


def dialog_of(qtbot, tmp_path, name, steps=12, **options):
    session = Session(Experiment("sphere", [{"optimizer": "gd", "learning_rate": 0.05}], steps=steps))
    session.compute()
    playback = Playback()
    playback.set_last(steps)
    playback.seek(7)
    dialog = ExportDialog(session, playback, **options)
    dialog.held = session, playback
    qtbot.addWidget(dialog)
    dialog.show()
    dialog.path.setText(str(tmp_path / name))
    dialog.path.textEdited.emit(dialog.path.text())
    choose_size(dialog, 320, 180)
    return dialog


def choose_size(dialog, width, height):
    dialog.form.size_choice.setCurrentIndex(dialog.form.size_choice.count() - 1)
    for box, value in ((dialog.form.width_box, width), (dialog.form.height_box, height)):
        box.set_value(value)
    dialog._refresh()


def finish(qtbot, dialog, timeout=60_000):
    qtbot.waitUntil(lambda: dialog.worker is None, timeout=timeout)


def test_a_frame_is_written_by_the_worker(qtbot, tmp_path):
    dialog = dialog_of(qtbot, tmp_path, "ünï ∇.png")
    assert dialog.form.options()["frame"] == 7
    dialog.begin()
    assert not dialog.form.isEnabled()
    finish(qtbot, dialog)
    assert "Done" in dialog.note.text()
    assert dialog.show_folder.isVisible()
    with Image.open(tmp_path / "ünï ∇.png") as image:
        assert image.size == (320, 180)
    assert [p.name for p in tmp_path.iterdir() if p.is_file()] == ["ünï ∇.png"]


def test_a_film_is_written_by_the_worker(qtbot, tmp_path):
    dialog = dialog_of(qtbot, tmp_path, "race.mp4")
    dialog.form.rate.setCurrentIndex(dialog.form.rate.findData(30))
    dialog.form.stride.set_value(2)
    dialog._refresh()
    assert dialog.form.frame_count() == 7
    QTest.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    finish(qtbot, dialog)
    with av.open(str(tmp_path / "race.mp4")) as film:
        video = film.streams.video[0]
        assert (video.width, video.height) == (320, 180)
        assert video.average_rate == Fraction(30)
        assert sum(1 for _ in film.decode(video)) == 7


@pytest.mark.parametrize("kind", ["png", "svg", "pdf", "gif", "webm", "frames"])
def test_every_kind(qtbot, tmp_path, kind):
    dialog = dialog_of(qtbot, tmp_path, "race.png", start_worker=AtOnce)
    dialog.form.kind.setCurrentIndex(dialog.form.kind.findData(kind))
    if kind == "gif":
        assert [dialog.form.rate.itemData(i) for i in range(dialog.form.rate.count())] == [20, 25, 50]
    dialog.begin()
    finish(qtbot, dialog)
    assert "Done" in dialog.note.text()
    if kind == "frames":
        assert len(list((tmp_path / "race_frames").glob("frame_*.png"))) == 13
    else:
        assert (tmp_path / f"race.{kind}").stat().st_size > 100


def slow(qtbot, tmp_path):
    dialog = dialog_of(qtbot, tmp_path, "long.mp4", steps=50_000)
    choose_size(dialog, 1280, 720)
    dialog.begin()
    return dialog


@pytest.mark.alone
def test_cancel_leaves_nothing_and_is_quick(qtbot, tmp_path):
    dialog = slow(qtbot, tmp_path)
    qtbot.waitUntil(lambda: "frames" in dialog.note.text(), timeout=60_000)
    pid = dialog.worker.pid
    began = time.monotonic()
    QTest.mouseClick(dialog.cancel, Qt.MouseButton.LeftButton)
    finish(qtbot, dialog, 5000)
    assert time.monotonic() - began < 1.5
    assert "Cancelled" in dialog.note.text()
    assert dialog.form.isEnabled()
    assert gone(pid)
    assert files(tmp_path) == []


def test_a_killed_worker_is_reported_and_cleaned_up_after(qtbot, tmp_path):
    dialog = slow(qtbot, tmp_path)
    qtbot.waitUntil(lambda: "frames" in dialog.note.text(), timeout=60_000)
    assert files(tmp_path) != []
    os.kill(dialog.worker.pid, signal.SIGKILL)
    finish(qtbot, dialog, 5000)
    assert "unexpectedly" in dialog.note.text()
    assert "\n" not in dialog.note.text()
    assert files(tmp_path) == []


@pytest.mark.alone
def test_closing_while_exporting_asks_nothing(qtbot, tmp_path):
    dialog = slow(qtbot, tmp_path)
    qtbot.waitUntil(lambda: "frames" in dialog.note.text(), timeout=60_000)
    pid = dialog.worker.pid
    began = time.monotonic()
    dialog.close()
    assert time.monotonic() - began < 2.0
    assert not dialog.isVisible()
    assert gone(pid)
    assert files(tmp_path) == []


def test_closing_at_once(qtbot, tmp_path):
    dialog = slow(qtbot, tmp_path)
    dialog.reject()
    assert not dialog.isVisible()
    assert files(tmp_path) == []


def gone(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def files(folder):
    return [path.name for path in folder.rglob("*") if path.is_file() and "config" not in path.parts]


def test_a_folder_that_is_not_there(qtbot, tmp_path):
    dialog = dialog_of(qtbot, tmp_path, "nowhere/race.png")
    dialog.begin()
    finish(qtbot, dialog)
    assert "cannot write" in dialog.note.text()
    assert not (tmp_path / "nowhere").exists()


def test_an_old_file_stays_when_the_export_fails(qtbot, tmp_path):
    def crash(job):
        worker = AtOnce.__new__(AtOnce)
        worker.report = Report("failed", message="cannot write: no space left on device")
        return worker

    (tmp_path / "race.png").write_bytes(b"old")
    dialog = dialog_of(qtbot, tmp_path, "race.png", start_worker=crash)
    assert "replaced" in dialog.replaces.text()
    assert dialog.start.text() == "Replace"
    dialog.begin()
    finish(qtbot, dialog)
    assert "no space" in dialog.note.text()
    assert (tmp_path / "race.png").read_bytes() == b"old"


def test_what_is_wrong_is_said_before_the_start(qtbot, tmp_path):
    dialog = dialog_of(qtbot, tmp_path, "race.mp4")
    dialog.form.first.set_value(9)
    dialog.form.last.set_value(4)
    dialog._refresh()
    assert not dialog.start.isEnabled()
    assert "frames" in dialog.note.text()
    dialog.form.first.set_value(2)
    dialog._refresh()
    assert dialog.start.isEnabled()
    dialog.path.setText(str(tmp_path / "race.xyz"))
    dialog.path.textEdited.emit(dialog.path.text())
    assert not dialog.start.isEnabled()
    assert dialog.path.bad


def test_the_name_and_the_kind_agree(qtbot, tmp_path):
    dialog = dialog_of(qtbot, tmp_path, "race.gif")
    assert dialog.form.kind.currentData() == "gif"
    dialog.form.kind.setCurrentIndex(dialog.form.kind.findData("svg"))
    assert dialog.path.text().endswith("race.svg")
    dialog.form.kind.setCurrentIndex(dialog.form.kind.findData("frames"))
    assert dialog.path.text().endswith("race_frames")


def test_the_preview_follows(qtbot, tmp_path):
    dialog = dialog_of(qtbot, tmp_path, "race.png")
    qtbot.waitUntil(lambda: not dialog.preview.image.isNull(), timeout=3000)
    light = dialog.preview.image.pixelColor(2, 2).lightnessF()
    dialog.form.theme.setCurrentIndex(dialog.form.theme.findData("dark"))
    qtbot.waitUntil(lambda: dialog.preview.image.pixelColor(2, 2).lightnessF() < 0.5, timeout=3000)
    assert light > 0.5
    choose_size(dialog, 500, 500)
    qtbot.waitUntil(
        lambda: abs(dialog.preview.image.width() - dialog.preview.image.height()) < 3, timeout=3000
    )


def test_steps_follow_the_experiment(qtbot, tmp_path):
    dialog = dialog_of(qtbot, tmp_path, "race.mp4")
    dialog.session.change("steps", steps=40)
    dialog.session.compute()
    assert dialog.form.last.value == 40
    assert "41 frames" in dialog.summary.text()


def test_accessible(qtbot, tmp_path):
    dialog = dialog_of(qtbot, tmp_path, "race.mp4")
    parts = [
        w for w in dialog.findChildren(QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus and w.isVisible()
    ]
    parts = [w for w in parts if w.objectName() != "qt_spinbox_lineedit"]
    assert [w for w in parts if not w.accessibleName()] == []
    assert [w for w in parts if not w.toolTip()] == []


def test_every_kind_keeps_its_own_frame_rate(qtbot, tmp_path):
    dialog = dialog_of(qtbot, tmp_path, "race.gif")
    form = dialog.form
    form.rate.setCurrentIndex(form.rate.findData(50))
    form.rate.activated.emit(form.rate.currentIndex())
    form.kind.setCurrentIndex(form.kind.findData("mp4"))
    assert form.rate.currentData() == 60
    form.kind.setCurrentIndex(form.kind.findData("gif"))
    assert form.rate.currentData() == 50


def test_a_name_without_an_ending_gets_that_of_the_kind(qtbot, tmp_path):
    dialog = dialog_of(qtbot, tmp_path, "race.png", start_worker=AtOnce)
    dialog.path.setText(str(tmp_path / "other"))
    dialog.path.textEdited.emit(dialog.path.text())
    dialog.begin()
    finish(qtbot, dialog)
    assert dialog.path.text() == str(tmp_path / "other.png")
    assert (tmp_path / "other.png").is_file()
    assert dialog.show_folder.isVisible()
    dialog.form.frame.set_value(3)
    dialog._refresh()
    assert not dialog.show_folder.isVisible()  # another picture is asked for now
    assert dialog.note.text() == ""


@pytest.mark.parametrize("kind", ["png", "svg", "pdf", "mp4", "webm", "gif", "frames"])
def test_the_size_said_before_is_near_the_size_written(qtbot, tmp_path, kind):
    dialog = dialog_of(qtbot, tmp_path, "race.png", steps=24, start_worker=AtOnce)
    qtbot.waitUntil(lambda: not dialog.preview.image.isNull(), timeout=3000)
    dialog.form.kind.setCurrentIndex(dialog.form.kind.findData(kind))
    choose_size(dialog, 1280, 720)
    dialog.preview.image = QImage()
    qtbot.waitUntil(lambda: not dialog.preview.image.isNull(), timeout=3000)
    said = estimate(dialog.preview.image, kind, dialog.form.frame_count(), (1280, 720))
    dialog.begin()
    finish(qtbot, dialog)
    out = Path(dialog._out())
    written = sum(p.stat().st_size for p in out.iterdir()) if kind == "frames" else out.stat().st_size
    assert 0.4 < said / written < 2.5


def test_the_preview_goes_through_the_frames(qtbot, tmp_path):
    dialog = dialog_of(qtbot, tmp_path, "race.mp4")
    dialog.form.stride.set_value(3)
    dialog._refresh()
    scrub = dialog.scrub
    assert [scrub.slider.minimum(), scrub.slider.maximum(), scrub.step()] == [0, 4, 12]
    scrub.slider.setValue(1)
    assert scrub.step() == 3
    QTest.mouseClick(scrub.button, Qt.MouseButton.LeftButton)
    assert scrub.playing
    qtbot.waitUntil(lambda: not scrub.playing, timeout=5000)
    assert scrub.step() == 12


def test_words():
    assert bytes_text(340_000) == "340 kB"
    assert bytes_text(2.14e6) == "2.1 MB"
    assert time_text(12.4) == "12 s"
    assert time_text(200) == "3 min 20 s"


COMPARISON = {
    "surface": "ellipse",
    "steps": 12,
    "reshape": {"after": {"penalty": {"l2": 2.0}}},
    "entrants": [{"optimizer": "gd", "learning_rate": 0.01}],
}


@pytest.fixture
def compared(qtbot, tmp_path):
    from optviz.gui.reshape.session import ReshapeSession

    session = ReshapeSession(Experiment.of(COMPARISON))
    for kernel in session._kernels():
        assert kernel.compiled is not None
    session.compute()
    dialog = ExportDialog(session, Playback(), start_worker=AtOnce)
    dialog.held = session
    qtbot.addWidget(dialog)
    dialog.show()
    choose_size(dialog, 320, 180)
    yield dialog
    session.close()


def test_a_comparison_goes_through_the_race_or_from_before_to_after(compared, qtbot, tmp_path):
    form = compared.form
    assert form.rows["film"].isVisibleTo(compared)
    form.set_kind("png")
    form.take_kind()
    assert form.frame.knob.maximum == 12
    form.film.setCurrentIndex(form.film.findData("morph"))
    assert form.frame.knob.maximum == 120
    form.frame.set_value(120)
    compared.path.setText(str(tmp_path / "a.png"))
    compared._refresh()
    assert compared._problem() == ""
    qtbot.waitUntil(lambda: not compared.preview.image.isNull(), timeout=10_000)
    compared.begin()
    qtbot.waitUntil(lambda: compared.worker is None, timeout=60_000)
    assert compared.subject.experiment.reshape.film == "morph"
    assert compared.session.experiment.reshape.film == "race"  # the export's own affair
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.size == (320, 180)


def test_a_race_has_no_choice_of_frames(qtbot, tmp_path):
    dialog = dialog_of(qtbot, tmp_path, "a.mp4")
    assert not dialog.form.rows["film"].isVisibleTo(dialog)


def test_frames_between_before_and_after_are_no_steps(compared):
    form, scrub = compared.form, compared.scrub
    form.set_kind("mp4")
    form.take_kind()

    def words(row):
        return [label.text() for label in form.rows[row].findChildren(QLabel) if label.text()]

    assert words("steps") == ["steps", "to"]
    form.film.setCurrentIndex(form.film.findData("morph"))
    assert words("steps") == ["frames", "to"]
    assert words("frame") == ["frame"]
    assert words("stride")[:2] == ["every", "frames"]
    assert form.last.accessibleName() == "last frame"
    assert scrub.label.text() == "frame 120"
    form.film.setCurrentIndex(form.film.findData("race"))
    assert words("steps") == ["steps", "to"]
    assert form.last.accessibleName() == "last step"
    assert scrub.label.text() == "step 12"


def test_the_size_of_a_film_whose_surface_moves(qapp, tmp_path):
    from optviz import resources
    from optviz.gui.export.preview import drawn_frame
    from optviz.render import export, offscreen
    from optviz.reshape import build_reshape

    path = next(path for path in resources.presets() if path.name.startswith("24"))
    experiment = Experiment.load(path)
    reshape = replace(experiment.reshape, film="morph")
    experiment = replace(experiment, reshape=reshape)
    drawn, k = drawn_frame(build_reshape(experiment), experiment, 120)
    picture = offscreen.frame(drawn, k, (960, 540), "light")
    out, size = tmp_path / "a.mp4", (640, 360)
    export.export(experiment, out, size=size, theme="light", frames=(0, 121), stride=4, fps=60)
    assert 0.5 < estimate(picture, "mp4", 31, size, moving=True) / out.stat().st_size < 2.0


def test_opened_again_it_says_nothing_about_the_last_export(qtbot, tmp_path):
    dialog = dialog_of(qtbot, tmp_path, "a.png", start_worker=AtOnce)
    dialog.begin()
    finish(qtbot, dialog)
    assert dialog.note.text().startswith("Done")
    dialog.close()
    dialog.show()
    assert dialog.note.text() == ""
    assert not dialog.show_folder.isVisible()
    assert not dialog.bar.isVisible()


@pytest.mark.parametrize("kind", ["mp4", "gif"])
def test_the_size_of_a_film_whose_camera_moves(qtbot, tmp_path, kind):
    dialog = dialog_of(qtbot, tmp_path, f"a.{kind}", steps=40, start_worker=AtOnce)
    view = dialog.session.experiment.view
    turned = replace(view, kind="surface3d", camera=replace(view.camera, turntable=1.0))
    dialog.session.set_view(turned)
    dialog.session.compute()
    choose_size(dialog, 480, 270)
    dialog.preview.image = QImage()
    qtbot.waitUntil(lambda: not dialog.preview.image.isNull(), timeout=5000)
    assert dialog.subject.turning
    count = dialog.form.frame_count()
    said = estimate(dialog.preview.image, kind, count, (480, 270), turning=dialog.subject.turning)
    assert bytes_text(said) in dialog.summary.text()
    dialog.begin()
    finish(qtbot, dialog)
    assert 0.5 < said / (tmp_path / f"a.{kind}").stat().st_size < 2.0
    dialog.session.set_view(replace(turned, kind="contour"))
    assert not dialog.subject.turning
