"""The export dialog: a film, pictures or one picture, with a preview, while the race goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

from PySide6.QtCore import QSize, QStandardPaths, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QCloseEvent,
    QDesktopServices,
    QGuiApplication,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.gui.controls import look
from optviz.gui.controls.text_field import TextField
from optviz.gui.documents import file_name
from optviz.gui.export_form import FILMS, ExportForm
from optviz.gui.export_parts import Preview, ProgressLine, Scrub, bytes_text, estimate, time_text
from optviz.gui.export_preview import drawn_frame
from optviz.gui.export_worker import ExportProcess, Job, Report, Worker
from optviz.gui.playback import Playback
from optviz.gui.session import Session
from optviz.render import export, offscreen
from optviz.reshape import frames_of
from optviz.scene import Scene


class ExportDialog(QDialog):
    """Chooses what to export and does it in a process of its own.

    Parameters
    ----------
    start_worker
        Makes the worker of a job; a test gives one of its own.
    """

    def __init__(
        self,
        session: Session,
        playback: Playback,
        parent: QWidget | None = None,
        start_worker: Callable[[Job], Worker] = ExportProcess,
    ) -> None:
        super().__init__(parent)
        self.session, self.playback = session, playback
        self._start_worker = start_worker
        self.worker: Worker | None = None
        self._began = 0.0
        self._asked: tuple[str, dict[str, Any], str] | None = None  # the export the last report is about
        self._state = "idle"
        self.setWindowTitle(self.tr("Export"))
        self.setModal(False)
        self._build()
        self._timer = QTimer(self)
        self._timer.setInterval(50)
        self._timer.timeout.connect(self._poll)
        self._drawing = QTimer(self)
        self._drawing.setSingleShot(True)
        self._drawing.setInterval(60)
        self._drawing.timeout.connect(self._draw)
        session.scene_changed.connect(self._scene_changed)
        QApplication.instance().aboutToQuit.connect(self._shut_down)  # type: ignore[union-attr]
        reshape = session.experiment.reshape
        if reshape is not None:
            self.form.film.setCurrentIndex(self.form.film.findData(reshape.film))
        self.form.first.set_value(0)
        self.form.last.set_value(frames_of(self.experiment))
        self.form.frame.set_value(playback.frame)
        self.form.theme.setCurrentIndex(self.form.theme.findData(session.experiment.view.theme))
        self._take_kind()
        self.path.setText(str(self._folder() / self._file_name()))
        self._refresh()
        self._show_state("idle")

    @property
    def experiment(self) -> Experiment:
        """What is exported: the session's experiment, its frames going through what is chosen here."""
        experiment = self.session.experiment
        if experiment.reshape is None:
            return experiment
        return replace(experiment, reshape=replace(experiment.reshape, film=self.form.chosen_film()))

    # Building.

    def _build(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        upper = QHBoxLayout()
        upper.setContentsMargins(16, 16, 16, 16)
        upper.setSpacing(24)
        left = QVBoxLayout()
        left.setSpacing(8)
        self.preview = Preview(self)
        self.summary = look.Note("", self)
        self.summary.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.scrub = Scrub(self)
        self.scrub.moved.connect(lambda _: self._draw())
        left.addWidget(self.preview, 1)
        left.addWidget(self.scrub)
        left.addWidget(self.summary)
        upper.addLayout(left, 1)
        self.form = ExportForm(self)
        self.form.setFixedWidth(328)
        upper.addWidget(self.form)
        outer.addLayout(upper, 1)
        outer.addWidget(look.Hairline(self))
        outer.addLayout(self._lower())
        self.form.kind_changed.connect(self._take_kind)
        self.form.changed.connect(self._refresh)

    def _lower(self) -> QVBoxLayout:
        lower = QVBoxLayout()
        lower.setContentsMargins(16, 12, 16, 16)
        lower.setSpacing(8)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.path = TextField(self)
        self.path.setFixedHeight(28)
        self.path.setAccessibleName(self.tr("file"))
        self.path.setToolTip(look.tip(self.tr("Where the export is written")))
        self.path.textEdited.connect(self._path_typed)
        self.path.editingFinished.connect(self._complete)
        self.choose = look.FlatButton(self.tr("choose"), self.tr("Choose where to write"), "folder", self)
        self.choose.setFixedSize(28, 28)
        self.choose.clicked.connect(self.choose_path)
        label = QLabel(self.tr("file"), self)
        label.setFont(look.sized(self.font(), look.SMALL))
        label.setBuddy(self.path)
        self.file_label = label
        row.addWidget(label)
        row.addWidget(self.path, 1)
        row.addWidget(self.choose)
        lower.addLayout(row)
        self.replaces = look.Note("", self)
        self.replaces.setContentsMargins(52, 0, 0, 0)
        self.replaces.setMinimumHeight(16)  # nothing jumps when it says something
        lower.addWidget(self.replaces)
        self.bar = ProgressLine(self)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(4)
        self.bar.setAccessibleName(self.tr("progress"))
        keep = self.bar.sizePolicy()
        keep.setRetainSizeWhenHidden(True)  # nothing jumps when it appears
        self.bar.setSizePolicy(keep)
        lower.addWidget(self.bar)
        actions = QHBoxLayout()
        actions.setSpacing(8)
        self.note = look.Note("", self)
        self.note.setWordWrap(True)
        self.note.setMinimumHeight(34)
        self.note.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        self.show_folder = self._button(
            self.tr("Show in folder"), self.tr("Open the folder the export is in")
        )
        self.copy_path = self._button(
            self.tr("Copy path"), self.tr("Copy where the export is to the clipboard")
        )
        self.cancel = self._button(self.tr("Cancel"), self.tr("Stop; nothing half-written is left"))
        self.start = self._button(self.tr("Start"), self.tr("Start the export; the race goes on meanwhile"))
        self.start.setDefault(True)
        self.show_folder.clicked.connect(self._open_folder)
        self.copy_path.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._out()))
        self.cancel.clicked.connect(self._cancel)
        self.start.clicked.connect(self.begin)
        actions.addWidget(self.note, 1)
        for button in (self.show_folder, self.copy_path, self.cancel, self.start):
            actions.addWidget(button)
        lower.addLayout(actions)
        return lower

    def _button(self, text: str, help: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setToolTip(look.tip(help))
        button.setAccessibleName(text)
        button.setAutoDefault(False)
        button.setFixedHeight(28)
        button.setMinimumWidth(80)
        return button

    def _typed(self) -> str:
        text = self.path.text().strip()
        if text.startswith("~"):
            text = str(Path(text).expanduser())
        return text

    def _out(self) -> str:
        """Return where the export goes: what was typed, with the ending of the kind."""
        text, kind = self._typed(), self.form.chosen_kind()
        if not text or text.endswith("/"):
            return text
        if kind == "frames":
            return text + "/"
        return text if Path(text).suffix else f"{text}.{kind}"

    def _folder(self) -> Path:
        if self.session.path is not None:
            return self.session.path.resolve().parent
        where = QStandardPaths.StandardLocation
        place = (
            where.PicturesLocation
            if self.form.chosen_kind() in ("frames", *export.PICTURES)
            else where.MoviesLocation
        )
        found = QStandardPaths.writableLocation(place)
        return Path(found) if found and Path(found).is_dir() else Path.home()

    def _file_name(self) -> str:
        experiment = self.session.experiment
        name = file_name(experiment.title or experiment.surface_name)
        kind = self.form.chosen_kind()
        return f"{name}_frames/" if kind == "frames" else f"{name}.{kind}"

    # Following.

    def _take_kind(self) -> None:
        kind = self.form.chosen_kind()
        text = self.path.text()
        if text:
            old = Path(text.rstrip("/"))
            stem = old.stem if old.suffix[1:].lower() in (*FILMS, *export.PICTURES) else old.name
            stem = stem.removesuffix("_frames")
            self.path.setText(str(old.parent / (f"{stem}_frames" if kind == "frames" else f"{stem}.{kind}")))
        self._refresh()

    def _scene_changed(self, scene: Scene) -> None:
        self._refresh()

    def _refresh(self) -> None:
        """Show what belongs to the kind, what it will come to, and whether anything is wrong."""
        kind, experiment = self.form.chosen_kind(), self.experiment
        self.form.refresh(frames_of(experiment), experiment.reshape is not None)
        self.file_label.setText(self.tr("folder") if kind == "frames" else self.tr("file"))
        self.file_label.setFixedWidth(44)
        message = self._problem()
        self._summarize(message == "")
        if self.worker is None:
            if self._wanted() != self._asked:
                self._show_state("idle")  # what was said and offered was about another export
            replaced = "" if message else self._replaced()
            self.replaces.setText(replaced)
            self.start.setEnabled(not message)
            self.start.setText(self.tr("Replace") if replaced else self.tr("Start"))
            self.start.setAccessibleName(self.start.text())
            if message or self._state in ("idle",):
                self.note.set_bad(bool(message))
                self.note.setText(message)
            if message:
                self._offer(False)
        self.scrub.set_frames(self.form.steps(), self.form.rate.currentData() or 25, self.form.morphs)
        if hasattr(self, "_drawing"):
            self._drawing.start()

    def _wanted(self) -> tuple[str, dict[str, Any], str]:
        return self._out(), self.form.options(), self.form.chosen_film()

    def _replaced(self) -> str:
        """Return what to say when the export would take the place of something."""
        out = Path(self._out())
        if self.form.chosen_kind() == "frames":
            there = out.is_dir() and next(out.glob("frame_*.png"), None) is not None
            return self.tr("The frames in this folder will be replaced.") if there else ""
        return self.tr("This file exists and will be replaced.") if out.exists() else ""

    def _problem(self) -> str:
        message = self.form.message()
        if message:
            return message
        kind = self.form.chosen_kind()
        if kind != "frames" and Path(self._out()).suffix[1:].lower() != kind:
            self.path.set_bad(True)
            return self.tr("The file's name must end in .{0}").format(kind)
        try:
            export.plan(self.experiment, self._out(), **self.form.options())
        except InputError as error:
            self.path.set_bad(str(error).startswith("out:"))
            return str(error)
        self.path.set_bad(False)
        return ""

    def _summarize(self, fine: bool) -> None:
        if not fine:
            self.summary.setText("")
            return
        kind, count = self.form.chosen_kind(), self.form.frame_count()
        width, height = self.form.chosen_size()
        moving = self.experiment.view.sample == "batch" or self.form.morphs
        size = estimate(self.preview.image, kind, count, (width, height), moving)
        parts = [f"{width} × {height}"]
        if kind not in export.PICTURES:
            parts.append(self.tr("1 frame") if count == 1 else self.tr("{0} frames").format(count))
        if kind in FILMS:
            parts.append(self.tr("{0} seconds").format(f"{count / self.form.rate.currentData():.1f}"))
        if size:
            parts.append(self.tr("about {0}").format(bytes_text(size)))
        self.summary.setText("  ·  ".join(parts))

    def _draw(self) -> None:
        if self.session.scene is None or not self.isVisible():
            return
        width, height = self.form.chosen_size()
        self.preview.shape = (width, height)
        box = self.preview.box()
        # Drawn larger than shown and then shrunk: the layout is that of the export, not of a tiny picture.
        share = max(2.0 * self.devicePixelRatioF() * box.width(), 640) / width
        share = min(share, 1.0)
        small = (max(round(width * share), 16), max(round(height * share), 16))
        drawn, k = drawn_frame(self.session.drawn_scene, self.experiment, self.scrub.step())
        picture = offscreen.frame(drawn, k, small, self.form.theme.currentData())
        target = QSize(round(box.width()), round(box.height())) * self.devicePixelRatioF()
        self.preview.image = picture.scaled(
            target, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        self.preview.update()
        if not self.scrub.playing:
            self._summarize(self._problem() == "")

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._drawing.start()

    # Doing it.

    def choose_path(self) -> None:
        """Let a person choose the file or folder."""
        title, now = self.tr("Export"), self.path.text()
        if self.form.chosen_kind() == "frames":
            found = QFileDialog.getExistingDirectory(self, title, str(Path(now).parent))
        else:
            kind = self.form.chosen_kind()
            found, _ = QFileDialog.getSaveFileName(self, title, now, f"{kind.upper()} (*.{kind})")
            if found and not Path(found).suffix:
                found += f".{kind}"
        if found:
            self.path.setText(found)
            self._refresh()

    def _path_typed(self, text: str) -> None:
        # A name that ends in another kind's ending means that kind.
        self.form.set_kind(Path(text.strip()).suffix[1:].lower())
        self._refresh()

    def _complete(self) -> None:
        """Write the ending down that a name without one is completed with."""
        if self.path.text().strip() and self._out() != self._typed():
            self.path.setText(self._out())

    def begin(self) -> None:
        """Start the export of the session's experiment as it is now."""
        self.form.commit()
        self._complete()
        self._refresh()
        if self.worker is not None or self._problem():
            return
        self._began = monotonic()
        self._asked = self._wanted()
        self.worker = self._start_worker(Job(self.experiment.dumps(), *self._asked[:2]))
        self.bar.setRange(0, 0)
        self._show_state("working")
        self._timer.start()

    def _cancel(self) -> None:
        if self.worker is not None:
            self.worker.cancel()
            self.cancel.setEnabled(False)
            self.note.setText(self.tr("Stopping …"))
        else:
            self.close()

    def _poll(self) -> None:
        if self.worker is None:
            return
        report = self.worker.poll()
        if report.state == "working":
            if self.cancel.isEnabled():
                self._show_progress(report)
            return
        self._timer.stop()
        self.worker = None
        self._show_state(report.state, report.message)

    def _show_progress(self, report: Report) -> None:
        if not report.total:
            self.note.setText(self.tr("Starting …"))
            return
        self.bar.setRange(0, report.total)
        self.bar.setValue(report.done)
        if report.done == 1:
            self._began = monotonic()  # what came before was starting up
        left = (monotonic() - self._began) * (report.total - report.done) / max(report.done - 1, 1)
        share = int(100 * report.done / report.total)
        text = self.tr("{0} of {1} frames ({2} %), {3} left")
        self.note.setText(text.format(report.done, report.total, share, time_text(left)))

    def _show_state(self, state: str, message: str = "") -> None:
        working, done = state == "working", state == "done"
        self._state = state
        self.form.setEnabled(not working)
        self.path.setEnabled(not working)
        self.choose.setEnabled(not working)
        self.bar.setVisible(working)
        self.start.setVisible(not working)
        self.cancel.setEnabled(True)
        self.cancel.setText(self.tr("Cancel") if working else self.tr("Close"))
        self._offer(done)
        self.note.set_bad(state == "failed")
        texts = {
            "working": self.tr("Starting …"),
            "done": self.tr("Done: {0}").format(self._out()),
            "cancelled": self.tr("Cancelled; nothing was written."),
            "failed": message,
        }
        self.note.setText(texts.get(state, ""))
        if working:
            self.replaces.setText("")
            self.scrub.stop()
        elif state != "idle":
            self._refresh()

    def _offer(self, done: bool) -> None:
        """Offer what can be done with a finished export."""
        self.show_folder.setVisible(done)
        self.copy_path.setVisible(done)

    def _open_folder(self) -> None:
        out = Path(self._out())
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(out if out.is_dir() else out.parent)))

    def _shut_down(self) -> None:
        self._timer.stop()
        if self.worker is not None:
            self.worker.close()
            self.worker = None

    def _abandon(self) -> None:
        working = self.worker is not None
        self._shut_down()
        if working:
            self._show_state("cancelled")

    def reject(self) -> None:
        self._abandon()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        self._abandon()
        super().closeEvent(event)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(860, 460)
