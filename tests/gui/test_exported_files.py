"""Files that optviz exported, opened in the window: the experiment, the frame, and how they were exported."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog
from records import good, png
from training_records import record, training

from optviz.experiment import Experiment
from optviz.gui import app as gui_app
from optviz.gui.export.dialog import ExportDialog
from optviz.gui.session import Session
from optviz.gui.train.session import TrainSession
from optviz.render.export import export
from optviz.training.scene.scene import TrainScene

SIZE = (160, 96)


def drop(window, path):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    actions, buttons, none = (
        Qt.DropAction.CopyAction,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    entering = QDragEnterEvent(QPoint(300, 300), actions, data, buttons, none)
    QApplication.sendEvent(window, entering)
    assert entering.isAccepted()
    QApplication.sendEvent(window, QDropEvent(QPointF(300, 300), actions, data, buttons, none))


@pytest.fixture(scope="module")
def other() -> Experiment:
    return Experiment(
        surface="sphere",
        title="Schüssel",
        steps=30,
        entrants=({"optimizer": "gd", "learning_rate": 0.1, "label": "langsam −"},),  # type: ignore[arg-type]
    )


def test_a_picture_dropped_on_the_window_is_shown_as_it_was(window, other, tmp_path, qtbot):
    file = tmp_path / "a frame.png"
    export(other, file, size=SIZE, frame=17)
    window.playback.play()
    with qtbot.waitSignal(window.session.scene_changed, timeout=5000):
        drop(window, file)
    assert window.session.value == other
    assert window.session.scene.experiment == other
    assert window.playback.frame == 17
    assert not window.playback.playing
    assert not window.session.unsaved
    assert window.windowTitle().startswith("Schüssel")
    assert file in window.memory.recent
    qtbot.wait(60)
    assert window.playback.frame == 17


def test_saving_it_asks_where_to(window, other, tmp_path, qtbot, monkeypatch):
    file = tmp_path / "a.svg"
    export(other, file, size=SIZE, frame=17)
    before = file.read_bytes()
    assert window.documents.open(file)
    assert window.session.path is None
    asked = []

    def ask(parent, title, suggested, kinds):
        asked.append(suggested)
        return str(tmp_path / "mine.toml"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    assert window.documents.save()
    assert asked[0].endswith("schüssel.toml")
    assert Experiment.load(tmp_path / "mine.toml") == other
    assert file.read_bytes() == before


def test_a_film_plays_from_its_first_frame(window, other, tmp_path, qtbot):
    file = tmp_path / "a.gif"
    export(other, file, size=SIZE, frames=(9, 12), fps=25)
    window.playback.pause()
    with qtbot.waitSignal(window.session.scene_changed, timeout=5000):
        drop(window, file)
    assert window.playback.playing
    assert window.playback.frame >= 9


def test_a_comparison_goes_to_its_page(window, tmp_path, qtbot):
    compared = Experiment.loads(
        'surface = "sphere"\nsteps = 20\n[reshape.after.penalty]\nl2 = 2.0\n'
        '[[entrants]]\noptimizer = "gd"\nlearning_rate = 0.1\n'
    )
    export(compared, tmp_path / "a.png", size=SIZE, frame=11)
    drop(window, tmp_path / "a.png")
    assert window.page.name == "reshape"
    qtbot.waitUntil(lambda: window.session.scene is not None and window.playback.frame == 11, timeout=5000)
    assert window.session.value == compared
    assert not window.playback.playing


def test_a_training_shows_its_settings_and_trains_nothing(window, tmp_path, monkeypatch):
    monkeypatch.setattr(TrainSession, "warm", lambda session: None)  # a process that this is not about
    setting = training(2, title="Zwei Läufe")
    export(TrainScene(record(setting)), tmp_path / "a.png", size=(320, 180), frame=100, plot="loss")
    drop(window, tmp_path / "a.png")
    assert window.page.name == "train"
    assert window.session.value == setting
    assert window.session.record is None
    assert window.session.path is None
    assert window.session.exported["plot"] == "loss"
    assert window.session.exported["frame"] == 100


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (png(), "no experiment in it"),
        (png(good())[:-20], "damaged"),
        (png(good().replace(b'"frame":7', b'"frame":9')), "changed"),
        (png(good(optviz=9)), "newer"),
    ],
)
def test_a_file_of_somebody_else_says_why_and_leaves_the_scene(window, tmp_path, content, words):
    file = tmp_path / "holidays.png"
    file.write_bytes(content)
    scene, value, frame = window.session.scene, window.session.value, window.playback.frame
    drop(window, file)
    assert "holidays.png" in window.banner.text
    assert words in window.banner.text
    assert (window.session.scene, window.session.value, window.playback.frame) == (scene, value, frame)
    assert window.session.exported is None
    assert file not in window.memory.recent


def test_the_export_dialog_starts_from_how_it_was_exported(window, other, tmp_path, qtbot, monkeypatch):
    taken = []
    monkeypatch.setattr(ExportDialog, "take", lambda dialog, options: taken.append(options), raising=False)
    export(other, tmp_path / "a.webm", size=SIZE, frames=(9, 12), fps=25, theme="dark", caption=True)
    with qtbot.waitSignal(window.session.scene_changed, timeout=5000):
        drop(window, tmp_path / "a.webm")
    assert taken == []
    window.show_export()
    assert taken == [
        {
            "kind": "webm", "size": SIZE, "fps": 25, "theme": "dark", "transparent": False, "caption": True,
            "frames": (9, 12), "stride": 1,
        }
    ]  # fmt: skip
    window.show_export()  # a second time it is as the person left it
    assert len(taken) == 1
    export(other, tmp_path / "b.png", size=SIZE, frame=3)
    with qtbot.waitSignal(window.session.scene_changed, timeout=5000):
        drop(window, tmp_path / "b.png")  # while it is open
    assert taken[-1]["frame"] == 3
    window._export.close()


def test_undoing_the_opening_forgets_how_it_was_exported(window, race, other, tmp_path):
    export(other, tmp_path / "a.png", size=SIZE, frame=3)
    assert window.documents.open(tmp_path / "a.png")
    assert window.session.exported is not None
    window.session.undo_stack.undo()
    assert window.session.value == race
    assert window.session.exported is None


def test_the_open_dialog_offers_them(window, monkeypatch):
    asked = []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *given: (asked.append(given[3]), ("", ""))[1])
    window.documents.ask_open()
    first = asked[0].split(";;")[0]
    for ending in ("toml", "png", "svg", "pdf", "mp4", "webm", "gif"):
        assert f"*.{ending}" in first


def test_a_start_with_an_exported_file(make_window, other, tmp_path, qtbot):
    export(other, tmp_path / "a.pdf", size=SIZE, frame=21)
    session, error = gui_app._first(str(tmp_path / "a.pdf"), "race")
    assert error == ""
    assert isinstance(session, Session)
    assert session.value == other
    assert session.path is None
    assert session.exported["frame"] == 21
    window = make_window(other)
    window.session.exported = session.exported
    with qtbot.waitSignal(window.session.scene_changed, timeout=5000):
        window.show_opened()
        window.session.compute()
    assert window.playback.frame == 21
    assert not window.playback.playing
    (tmp_path / "b.png").write_bytes(png())
    session, error = gui_app._first(str(tmp_path / "b.png"), "race")
    assert "no experiment in it" in error
    assert session.exported is None
    session.close()


@pytest.mark.parametrize("kind", ["png", "pdf", "mp4", "gif"])
def test_exporting_again_from_the_window_gives_the_same_bytes(window, other, tmp_path, qtbot, kind):
    file, again = tmp_path / f"a.{kind}", tmp_path / f"b.{kind}"
    film = {"frames": (3, 12), "stride": 4, "fps": 20}
    export(
        other,
        file,
        size=SIZE,
        theme="dark",
        caption=True,
        **(film if kind in ("mp4", "gif") else {"frame": 9}),
    )
    with qtbot.waitSignal(window.session.scene_changed, timeout=5000):
        drop(window, file)
    window.show_export()
    dialog = window._export
    assert dialog.form.chosen_kind() == kind
    export(window.session.value, again, **dialog.subject.settled(dialog.form.options()))
    dialog.close()
    assert again.read_bytes() == file.read_bytes()
