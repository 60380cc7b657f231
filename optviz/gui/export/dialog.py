"""The export dialog: a film, pictures, one picture or a table, with a preview; nothing waits for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from time import monotonic
from typing import Any

from PySide6.QtCore import QSize, Qt, QTimer, QUrl
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
    QVBoxLayout,
    QWidget,
)

from optviz.errors import InputError
from optviz.gui.controls import look
from optviz.gui.document import Document
from optviz.gui.documents import file_name
from optviz.gui.export import names as names
from optviz.gui.export.choices import FOLDERS, KIT, RATES
from optviz.gui.export.foot import ExportFoot
from optviz.gui.export.form import ExportForm
from optviz.gui.export.parts import Preview, Scrub, bytes_text, estimate, time_text
from optviz.gui.export.subject import subject_of
from optviz.gui.export.worker import ExportProcess, Job, Report, Worker
from optviz.gui.playback import Playback
from optviz.render.plan import PICTURES, TABLE

_LONGEST_FILM = 3600  # frames: a longer training is shown with a stride unless a person wants all of it


class ExportDialog(QDialog):
    """Chooses what to export and does it in a process of its own.

    Parameters
    ----------
    session
        The document of the page that is shown: a race, a comparison or a training.
    start_worker
        Makes the worker of a job; a test gives one of its own.
    """

    def __init__(
        self,
        session: Document,
        playback: Playback,
        parent: QWidget | None = None,
        start_worker: Callable[[Job], Worker] = ExportProcess,
    ) -> None:
        super().__init__(parent)
        self.session, self.playback = session, playback
        self.subject = subject_of(session, self)
        self._start_worker = start_worker
        self.worker: Worker | None = None
        self._began = 0.0
        self._asked: tuple[str, dict[str, Any], str] | None = None  # the export the last report is about
        self._state = "idle"
        self._plot: str | None = None
        self.setWindowTitle(self.tr("Export"))
        self.setModal(False)
        self._timer = QTimer(self)
        self._timer.setInterval(50)
        self._timer.timeout.connect(self._poll)
        self._drawing = QTimer(self)
        self._drawing.setSingleShot(True)
        self._drawing.setInterval(60)
        self._drawing.timeout.connect(self._draw)
        self._build()
        self.subject.changed.connect(self._follow)
        QApplication.instance().aboutToQuit.connect(self._shut_down)  # type: ignore[union-attr]
        last = self.subject.last
        self.form.film.setCurrentIndex(self.form.film.findData(self.subject.film))
        self.form.first.set_value(0)
        self.form.last.set_value(last)
        self.form.frame.set_value(playback.frame)
        if self.subject.trains:
            self.form.stride.set_value(1 + last // _LONGEST_FILM)
        self.form.theme.setCurrentIndex(self.form.theme.findData(self.subject.theme))
        self._take_kind()
        self.path.setText(str(self._folder() / self._file_name()))
        self._refresh()
        self._show_state("idle")

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
        epoch = self.subject.epoch if self.subject.trains else None
        self.scrub = Scrub(self, epoch)
        self.scrub.moved.connect(lambda _: self._draw())
        left.addWidget(self.preview, 1)
        left.addWidget(self.scrub)
        left.addWidget(self.summary)
        upper.addLayout(left, 1)
        self.form = ExportForm(self, epoch)
        self.form.setFixedWidth(328)
        upper.addWidget(self.form)
        outer.addLayout(upper, 1)
        outer.addWidget(look.Hairline(self))
        foot = self.foot = ExportFoot(self)
        outer.addWidget(foot)
        self.path, self.choose, self.replaces, self.bar = foot.path, foot.choose, foot.replaces, foot.bar
        self.note, self.start, self.cancel = foot.note, foot.start, foot.cancel
        self.show_folder, self.copy_path = foot.show_folder, foot.copy_path
        self.path.textEdited.connect(self._path_typed)
        self.path.editingFinished.connect(self._complete)
        foot.choose_asked.connect(self.choose_path)
        self.show_folder.clicked.connect(self._open_folder)
        self.copy_path.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._out()))
        self.cancel.clicked.connect(self._cancel)
        self.start.clicked.connect(self.begin)
        self.form.kind_changed.connect(self._take_kind)
        self.form.plot_changed.connect(self._take_plot)
        self.form.changed.connect(self._refresh)

    def _out(self) -> str:
        """Return where the export goes: what was typed, with the ending of the kind."""
        return names.completed(self.path.text(), self.form.chosen_kind())

    def _folder(self) -> Path:
        if self.session.path is not None:
            return self.session.path.resolve().parent
        return names.usual_folder(self.form.chosen_kind())

    def _file_name(self) -> str:
        return names.proposed(file_name(self.session.name), self.form.chosen_kind())

    # Following.

    def choose_plot(self, key: str, frame: int | None = None) -> None:
        """Ask for one plot of a training; as a picture, of `frame`, unless a picture or a table is chosen.

        While an export is under way, what was asked for stays.
        """
        if self.worker is not None:
            return
        self.form.plot.setCurrentIndex(max(self.form.plot.findData(key), 0))
        if self.form.chosen_kind() not in (*PICTURES, TABLE):
            self.form.kind.setCurrentIndex(self.form.kind.findData("png"))
        if frame is not None:
            self.form.frame.set_value(min(frame, self.subject.last))
        self._refresh()

    def choose_kind(self, kind: str) -> None:
        """Ask for a kind of export; while one is under way, what was asked for stays."""
        if self.worker is None:
            self.form.kind.setCurrentIndex(max(self.form.kind.findData(kind), 0))

    def take(self, options: Mapping[str, Any]) -> None:
        """Ask for what a file was exported as, which was opened: exported again, it is the same.

        Parameters
        ----------
        options
            Any of those of `optviz.render.export.export`, and "kind". What is not among them is as usual.
        """
        if self.worker is not None:
            return
        self.subject.reset()
        self.form.film.setCurrentIndex(self.form.film.findData(self.subject.film))
        self.form.take(options, self.subject.theme, self.subject.last)
        self._refresh()

    def _take_kind(self) -> None:
        if self.form.chosen_kind() == KIT and self.form.stride.value == 1:
            self.form.stride.set_value(self.subject.stride_of_kit())
        if self.path.text():
            self.path.setText(names.renamed(self.path.text(), self.form.chosen_kind()))
        self._refresh()

    def _take_plot(self) -> None:
        before, self._plot = self._plot, self.form.chosen_plot()
        if self.path.text():
            name = names.renamed(self.path.text(), self.form.chosen_kind(), before, self._plot)
            self.path.setText(name)

    def _follow(self) -> None:
        if self.isVisible():
            self._refresh()

    def _refresh(self) -> None:
        """Show what belongs to the kind, what it will come to, and whether anything is wrong."""
        kind, subject = self.form.chosen_kind(), self.subject
        if subject.compares:
            subject.set_film(self.form.chosen_film())
        self.form.refresh(subject.last, subject.compares)
        self.foot.name_what(kind in FOLDERS)
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
                self.note.setText(message or subject.note() or self._told(kind))
            if message:
                self.foot.offer(False)
        self.preview.clear = self.form.switches.clear and kind != KIT
        self.scrub.set_frames(self.form.steps(), self.form.rate.currentData() or 25, self.form.morphs)
        self._drawing.start()

    def _told(self, kind: str) -> str:
        """Return what a kind of export is, where its name does not say it all."""
        if kind != KIT:
            return ""
        return self.tr("Film, GIF, frames, stills, contact sheet, player, LaTeX, captions and numbers.")

    def _wanted(self) -> tuple[str, dict[str, Any], str]:
        return self._out(), self.subject.settled(self.form.options()), self.form.chosen_film()

    def _replaced(self) -> str:
        """Return what to say when the export would take the place of something."""
        out = Path(self._out())
        if self.form.chosen_kind() == KIT:
            there = (out / "kit.json").is_file()
            return self.tr("The kit in this folder will be replaced.") if there else ""
        if self.form.chosen_kind() == "frames":
            there = out.is_dir() and next(out.glob("frame_*.png"), None) is not None
            return self.tr("The frames in this folder will be replaced.") if there else ""
        return self.tr("This file exists and will be replaced.") if out.exists() else ""

    def _problem(self) -> str:
        message = self.subject.problem() or self.form.message()
        if message:
            return message
        kind = self.form.chosen_kind()
        if kind not in FOLDERS and Path(self._out()).suffix[1:].lower() != kind:
            self.path.set_bad(True)
            return self.tr("The file's name must end in .{0}").format(kind)
        try:
            self.subject.check(self._out(), self.form.options())
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
        if kind == TABLE:
            self.summary.setText(self.tr("The numbers up to step {0}").format(int(self.form.frame.value)))
            return
        width, height = self.form.chosen_size()
        moving = (self.subject.moving and self.form.chosen_plot() is None) or self.form.morphs
        size = estimate(self.preview.image, kind, count, (width, height), moving, self.subject.turning)
        parts = [f"{width} × {height}"]
        if kind not in PICTURES:
            parts.append(self.tr("1 frame") if count == 1 else self.tr("{0} frames").format(count))
        if kind in RATES:
            parts.append(self.tr("{0} seconds").format(f"{self.form.seconds():.1f}"))
        # Of a training's drawings there is no telling: some plots hold images, some do not.
        if kind != KIT and size and not (self.subject.trains and kind in ("svg", "pdf")):
            parts.append(self.tr("about {0}").format(bytes_text(size)))
        self.summary.setText("  ·  ".join(parts))

    def _draw(self) -> None:
        if not self.isVisible():
            return
        width, height = self.form.chosen_size()
        self.preview.shape = (width, height)
        box = self.preview.box()
        # Drawn larger than shown and then shrunk: the layout is that of the export, not of a tiny picture.
        share = max(2.0 * self.devicePixelRatioF() * box.width(), 640) / width
        share = min(share, 1.0)
        small = (max(round(width * share), 16), max(round(height * share), 16))
        theme, plot = self.form.theme.currentData(), self.form.chosen_plot()
        picture = self.subject.picture(
            self.scrub.step(), small, theme, plot,
            caption=self.form.switches.caption.isChecked(), transparent=self.preview.clear,
        )  # fmt: skip
        if picture is None:
            return
        target = QSize(round(box.width()), round(box.height())) * self.devicePixelRatioF()
        self.preview.image = picture.scaled(
            target, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        self.preview.update()
        if not self.scrub.playing:
            self._summarize(self._problem() == "")

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        if self.worker is None and not event.spontaneous():
            self._asked = None  # what was said last time is no news
            self._show_state("idle")
        self._refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._drawing.start()

    # Doing it.

    def choose_path(self) -> None:
        """Let a person choose the file or folder."""
        title, now = self.tr("Export"), self.path.text()
        if self.form.chosen_kind() in FOLDERS:
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
        if self.path.text().strip() and self._out() != names.typed(self.path.text()):
            self.path.setText(self._out())

    def begin(self) -> None:
        """Start the export of what is on show now."""
        self.form.commit()
        self._complete()
        self._refresh()
        if self.worker is not None or self._problem():
            return
        self._began = monotonic()
        self._asked = self._wanted()
        self.worker = self._start_worker(self.subject.job(*self._asked[:2], self.form.chosen_kind()))
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
        if self.form.chosen_kind() == KIT:  # which counts work, not frames
            text = self.tr("{2} %, {3} left")
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
        self.foot.offer(done)
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
        return QSize(920, 540)
