"""The export dialog's choices of looks, the lecture kit, and taking over how a file was exported."""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from multiprocessing import resource_tracker

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget

from optviz.experiment import Experiment
from optviz.gui import theme
from optviz.gui.export.dialog import ExportDialog
from optviz.gui.export.subject import stride_for
from optviz.gui.export.worker import ExportProcess, Job, Report, perform
from optviz.gui.playback import Playback
from optviz.gui.session import Session
from optviz.render import export
from optviz.render.plan import TRANSPARENT


@pytest.fixture(scope="module", autouse=True)
def python_own_helper():
    """Start Python's tracker of semaphores, before processes are counted."""
    resource_tracker.ensure_running()


class Noted:
    """A worker that only keeps what it was asked for."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def poll(self) -> Report:
        return Report("done", 1, 1)

    def cancel(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def dialog(qtbot, tmp_path):
    session = Session(
        Experiment("sphere", [{"optimizer": "gd", "learning_rate": 0.05}], steps=12, title="Bowl")
    )
    session.compute()
    playback = Playback()
    playback.set_last(12)
    made = ExportDialog(session, playback, start_worker=Noted)
    made.held = session, playback
    qtbot.addWidget(made)
    made.show()
    made.path.setText(str(tmp_path / "a.png"))
    made.path.textEdited.emit(made.path.text())
    return made


def choose(dialog, kind):
    dialog.choose_kind(kind)
    return dialog.form.switches


def picture(dialog, qtbot):
    dialog.preview.image = QImage()
    dialog._draw()
    qtbot.waitUntil(lambda: not dialog.preview.image.isNull(), timeout=5000)
    return dialog.preview.image.convertToFormat(QImage.Format.Format_ARGB32)


def test_the_switches_become_options(dialog):
    switches = choose(dialog, "png")
    assert {"transparent", "caption", "embed"}.isdisjoint(dialog.form.options())
    for box in (switches.transparent, switches.caption, switches.embed):
        box.click()
    assert {"transparent": True, "caption": True, "embed": False}.items() <= dialog.form.options().items()
    dialog.form.theme.setCurrentIndex(dialog.form.theme.findData("projector"))
    assert dialog.form.options()["theme"] == "projector"
    assert dialog._problem() == ""


@pytest.mark.parametrize("kind", ["mp4", "webm", "gif", "frames", "png", "svg", "pdf", "kit"])
def test_only_kinds_that_can_are_transparent(dialog, kind):
    switches = choose(dialog, "png")
    switches.transparent.setChecked(True)
    choose(dialog, kind)
    possible = kind in (*TRANSPARENT, "kit")
    assert switches.transparent.isEnabled() == possible
    assert ("transparent" in dialog.form.options()) == possible
    assert dialog._problem() == ""  # what is not possible is not asked for
    if not possible:
        assert "WebM" in switches.transparent.toolTip()
    choose(dialog, "png")
    assert dialog.form.options()["transparent"]  # nobody has to ask twice


def test_the_preview_shows_what_is_switched(dialog, qtbot):
    switches = choose(dialog, "png")
    plain = picture(dialog, qtbot)
    assert plain.pixelColor(1, 1).alpha() == 255
    switches.caption.click()
    with_caption = picture(dialog, qtbot)
    assert with_caption.size() == plain.size()
    assert with_caption != plain
    switches.transparent.click()
    clear = picture(dialog, qtbot)
    assert clear.pixelColor(1, 1).alpha() == 0
    assert dialog.preview.clear
    seen = dialog.preview.grab().toImage()
    box = dialog.preview.box()
    corner = {seen.pixelColor(int(box.x()) + 3 + n, int(box.y()) + 4).name() for n in range(0, 32, 4)}
    assert len(corner) == 2  # squares stand for nothing
    choose(dialog, "mp4")
    picture(dialog, qtbot)
    assert not dialog.preview.clear


def test_the_projector_shows_in_the_preview(dialog, qtbot):
    choose(dialog, "png")
    light = picture(dialog, qtbot)
    dialog.form.theme.setCurrentIndex(dialog.form.theme.findData("projector"))
    assert picture(dialog, qtbot) != light


# ------------------------------------------------------------------ the lecture kit


def test_a_kit_is_made_in_a_folder(dialog, tmp_path, monkeypatch):
    choose(dialog, "kit")
    assert dialog.path.text().endswith("a_kit")
    assert dialog.foot.label.text() == "folder"
    assert "player" in dialog.note.text()
    dialog.form.switches.caption.setChecked(True)
    dialog.begin()
    job = dialog.worker.job
    assert job.kind == "kit"
    assert job.out == str(tmp_path / "a_kit") + "/"
    assert job.options["caption"]
    assert job.options["fps"] == 30
    assert "plot" not in job.options
    asked = {}

    def make_kit(what, out, **options):
        asked.update(options, what=what, out=out)

    import optviz.render.kit

    monkeypatch.setattr(optviz.render.kit, "make_kit", make_kit)
    assert perform(job, lambda done, total: None, lambda: False)[0] == "done"
    assert asked["what"] == dialog.session.experiment
    assert asked["out"] == job.out
    assert asked["frames"] == (0, 13)
    assert callable(asked["progress"])
    assert callable(asked["cancelled"])


def test_a_kit_of_a_long_race_leaves_steps_out(dialog):
    dialog.session.change("steps", steps=5000)
    dialog.session.compute()
    choose(dialog, "kit")
    assert dialog.form.stride.value == 10
    assert dialog.form.frame_count() <= 601


@pytest.mark.parametrize(
    ("last", "stride"), [(0, 1), (600, 1), (601, 2), (1201, 2), (1202, 5), (10**6, 2000)]
)
def test_frames_of_a_kit(last, stride):
    assert stride_for(last) == stride


@pytest.mark.alone
def test_a_kit_can_be_called_off(dialog, qtbot, tmp_path):
    dialog._start_worker = ExportProcess
    choose(dialog, "kit")
    dialog.begin()
    qtbot.waitUntil(lambda: "%" in dialog.note.text(), timeout=60_000)
    assert "frames" not in dialog.note.text()
    began = time.monotonic()
    dialog.cancel.click()
    qtbot.waitUntil(lambda: dialog.worker is None, timeout=5000)
    assert time.monotonic() - began < 2.0
    assert "Cancelled" in dialog.note.text()
    assert [path for path in tmp_path.iterdir() if path.name != "config"] == []


# ------------------------------------------------------------------ exported again


def test_options_of_an_opened_file_are_taken(dialog):
    dialog.take(
        {"kind": "webm", "size": (640, 480), "fps": 25, "theme": "projector", "transparent": True,
         "caption": True, "frames": (2, 9), "stride": 3}
    )  # fmt: skip
    assert dialog.form.chosen_kind() == "webm"
    assert dialog.form.options() == {
        "size": (640, 480), "theme": "projector", "transparent": True, "caption": True, "frames": (2, 9),
        "stride": 3, "fps": 25,
    }  # fmt: skip
    assert dialog.path.text().endswith("a.webm")
    dialog.take({"kind": "png", "size": (1920, 1080), "frame": 5})
    assert dialog.form.options() == {"size": (1920, 1080), "theme": "light", "frame": 5}


def test_a_film_with_a_rate_of_its_own(dialog):
    dialog.take({"kind": "mp4", "size": (320, 180), "fps": "30000/1001", "frames": (0, 13), "stride": 1})
    assert dialog.form.options()["fps"] == Fraction(30000, 1001)
    assert dialog.form.rate.currentText() == "29.97"
    assert "0.4 seconds" in dialog.summary.text()
    assert dialog._problem() == ""
    choose(dialog, "gif")
    choose(dialog, "mp4")
    assert dialog.form.options()["fps"] == Fraction(30000, 1001)


def test_an_opened_picture_exported_again_is_the_same(dialog, qtbot, tmp_path):
    options = {"size": (480, 300), "theme": "projector", "transparent": True, "caption": True, "frame": 7}
    export.export(dialog.session.experiment, tmp_path / "first.png", **options)
    dialog.take({**options, "kind": "png"})
    dialog.path.setText(str(tmp_path / "again.png"))
    dialog.begin()
    assert perform(dialog.worker.job, lambda done, total: None, lambda: False)[0] == "done"
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "first.png").read_bytes()
    with Image.open(tmp_path / "again.png") as image:
        assert image.mode == "RGBA"
        assert np.asarray(image)[0, 0, 3] == 0


def test_nothing_changes_while_an_export_is_under_way(dialog):
    dialog._start_worker = lambda job: type("Busy", (Noted,), {"poll": lambda self: Report("working")})(job)
    choose(dialog, "svg")
    dialog.begin()
    before = dialog._wanted()
    dialog.take({"kind": "png", "size": (64, 48), "frame": 1})
    dialog.choose_kind("kit")
    assert dialog._wanted() == before
    dialog.reject()


# ------------------------------------------------------------------ the dialog itself


def test_it_fits_a_small_screen_and_can_be_heard(dialog):
    for kind in ("mp4", "kit", "png"):
        choose(dialog, kind)
        dialog.form.size_choice.setCurrentIndex(dialog.form.size_choice.count() - 1)
        dialog._refresh()
        least = dialog.minimumSizeHint()
        assert least.width() <= 1024
        assert least.height() <= 640
    parts = [w for w in dialog.findChildren(QWidget) if w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    parts = [w for w in parts if w.isVisible() and w.objectName() != "qt_spinbox_lineedit"]
    assert [w for w in parts if not w.accessibleName() or not w.toolTip()] == []
    switches = dialog.form.switches
    assert {switches.caption, switches.embed, switches.transparent} <= set(parts)


def test_the_window_opens_it_on_the_kit(window):
    window.actions_by_name["export_kit"].trigger()
    assert window._export.form.chosen_kind() == "kit"
    window._export.close()


def test_a_document_for_the_projector_leaves_the_window_as_it_is(make_window, race, qtbot):
    shown = make_window(replace(race, view=replace(race.view, theme="projector")))
    qtbot.waitUntil(lambda: shown.session.scene is not None, timeout=10_000)
    assert theme.current_name() == "light"
    image = shown.grab().toImage()
    assert image.pixelColor(image.width() - 3, 3) == QColor(theme.colors().window)
    shown.show_export()
    assert shown._export.form.theme.currentData() == "projector"
    shown._export.close()
