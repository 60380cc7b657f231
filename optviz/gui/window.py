"""The window: pages behind tabs, the bar above them, and what ties them to files, themes and kernels."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard, cast

from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, QMetaObject, QSize, Qt, QTimer
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from optviz.entrant import Entrant
from optviz.experiment import Experiment
from optviz.gui import actions, pages, theme
from optviz.gui.banner import Banner
from optviz.gui.compile_process import kernels_of_picture, kernels_of_solid
from optviz.gui.compiler import Compiler
from optviz.gui.controls.column import ControlsColumn
from optviz.gui.document import Document
from optviz.gui.documents import Documents
from optviz.gui.keys import KeyGuard
from optviz.gui.page import Page
from optviz.gui.playback import SPEEDS, Playback
from optviz.gui.plots_view import PlotsView
from optviz.gui.race.page import RacePage
from optviz.gui.recent import Memory
from optviz.gui.status import Status
from optviz.gui.surface_view import SurfaceView
from optviz.gui.topbar import TopBar
from optviz.gui.transport import Transport

if TYPE_CHECKING:
    from optviz.gui.export.dialog import ExportDialog
    from optviz.gui.gallery.dialog import GalleryDialog
    from optviz.gui.learn.page import LearnPage
    from optviz.gui.learn.session import LessonSession
    from optviz.gui.maps.page import MapsPage
    from optviz.gui.presenter.window import Presenter
    from optviz.gui.session import Session
    from optviz.kernels import Kernel
    from optviz.scene import Scene

_SMALLEST = QSize(1024, 700)
_USUAL = QSize(1280, 720)
_BREATH = 50  # ms from the first frame until kernels are made ready: loading Numba is felt
_WARM_AFTER = 4000  # ms after the first race until the rest of the catalog is compiled


class MainWindow(QMainWindow):
    """The one window of optviz.

    Pages are made when they are first shown. `session`, `playback`, `transport` and `banner` are those of the
    page that is shown; every command goes to it.

    Parameters
    ----------
    session
        What the first page shows; the page is the one its value belongs on.
    warm
        Whether the kernels of the whole catalog are compiled in the background after a while.
    """

    def __init__(self, session: Document, memory: Memory | None = None, *, warm: bool = True) -> None:
        super().__init__()
        self.setObjectName("window")
        self.memory = memory if memory is not None else Memory()
        self.memory.setParent(self)
        self.compiler = Compiler(self)
        self._export: ExportDialog | None = None
        self._gallery: GalleryDialog | None = None
        self._presenter: Presenter | None = None
        self._asks = True  # whether closing may ask about unsaved work
        self._painted = False
        self._painting: tuple[Page, QMetaObject.Connection] | None = None
        self._warm = warm
        self._warming = QTimer(self)
        self._warming.setSingleShot(True)
        self._warming.setInterval(_WARM_AFTER)
        self._warming.timeout.connect(self.compiler.warm_catalog)
        self._made: dict[str, Page] = {}
        self._given: Experiment | None = None  # the race that was last taken from a map
        self._came_to: Experiment | None = None  # the map that one came back to from that race
        self.actions_by_name = self._make_actions()
        self._build()
        self.documents = Documents(self._place, lambda: self.session, self.memory, self.show_error, self)
        self._connect()
        self._restore()
        self.show_page(pages.page_of(session.value), session)
        KeyGuard(self)

    # -------------------------------------------------------------- pages

    @property
    def page(self) -> Page:
        """The page that is shown."""
        return cast(Page, self.stack.currentWidget())

    @property
    def session(self) -> Any:
        """The document of the page that is shown."""
        return self.page.session

    @property
    def playback(self) -> Playback:
        return self.page.playback

    @property
    def status(self) -> Status:
        return self.page.status

    @property
    def transport(self) -> Transport:
        return self.page.transport

    @property
    def banner(self) -> Banner:
        return self.page.banner

    @property
    def side(self) -> QWidget:
        return self.page.side

    @property
    def race(self) -> RacePage:
        """The Race page."""
        return cast(RacePage, self._made["race"])

    @property
    def surface(self) -> SurfaceView:
        return self.race.surface

    @property
    def controls(self) -> ControlsColumn:
        return self.race.controls

    @property
    def plots(self) -> PlotsView:
        return self.race.plots

    def show_page(self, name: str, session: Document | None = None) -> Page:
        """Go to a page; one that was not shown yet is made, with `session` or what it shows at first."""
        before = self._made.get(self.topbar.page)
        page = self._made.get(name) or self._make_page(name, session)
        if page is before and self.stack.currentWidget() is page:
            return page
        if before is not None and before is not page:
            before.leave()
            if self._export is not None:
                self._export.close()
                self._export.deleteLater()
                self._export = None
        self.stack.setCurrentWidget(page)
        self.topbar.set_page(name)
        self.memory.set("page", name)
        self.actions_by_name["panels"].setChecked(page.panels_shown)
        self.actions_by_name["train_with"].setEnabled(name not in ("train", "learn"))
        self.actions_by_name["map"].setEnabled(name in ("race", "maps"))
        for action in ("view_kind", "solid", "turntable", "camera_key"):
            self.actions_by_name[action].setEnabled(page.has_camera)
        self.actions_by_name["step_by_step"].setEnabled(page.takes_apart)
        for action in ("why", "export_numbers"):
            self.actions_by_name[action].setEnabled(page.takes_apart or name == "maps")
        way = self.actions_by_name["map"]
        way.setText(self.tr("Race of this map") if name == "maps" else self.tr("Map of this race"))
        way.setIconText(self.tr("Race") if name == "maps" else self.tr("Map"))
        for action in ("save_run", "train_start", "train_stop"):
            self.actions_by_name[action].setEnabled(name == "train")
        self._show_title()
        self._show_history()
        if self.isVisible():
            self._enter(page)
        return page

    def _make_page(self, name: str, session: Document | None) -> Page:
        kind = pages.page_class(name)
        page = kind(session or kind.first_session(), self.actions_by_name, self.stack)
        self._made[name] = page
        self.stack.addWidget(page)
        page.resize(self.stack.size() if self.isVisible() else self.size())
        page.restore_state(self.memory)
        if page.bar is not None:
            self.topbar.add_tools(name, page.bar)
        page.export_asked.connect(self.show_export)
        if hasattr(page, "run_asked"):
            page.run_asked.connect(self.documents.read_run)
        if name == "maps":
            maps = cast("MapsPage", page)
            maps.session.faster_wanted.connect(self.compiler.request_faster)
            maps.race_given.connect(self.take_race)
            maps.map_wanted.connect(self.map_of_race)
        if name == "learn":
            learn = cast("LearnPage", page)
            learn.lesson_chosen.connect(self.documents.open_preset)
            learn.open_asked.connect(self.documents.ask_open)
            learn.experiment_taken.connect(self.try_step)
            learn.experiment_wanted.connect(lambda name: self._give_experiment(learn, name))
        session = page.session
        session.scene_changed.connect(lambda scene, page=page: self._follow_scene(page))
        if _races(session):
            session.kernels_missing.connect(lambda _, page=page: self._prepare(page))
        for signal in (session.file_changed, session.saved_changed, session.changed):
            signal.connect(self._show_title)
        session.undo_stack.indexChanged.connect(self._show_history)
        return page

    def _enter(self, page: Page) -> None:
        page.enter()
        page.focus_view()
        if page.session.waiting:
            self._prepare(page)
        elif not _races(page.session):
            QTimer.singleShot(_BREATH, self, self._prepare_lines)

    def _prepare_lines(self) -> None:
        """Have the kernels that draw lines made ready, as any race has them."""
        self.compiler.request(Experiment(surface="sphere", entrants=(Entrant("gd"),)))

    def _place(self, value: Any) -> Document:
        """Show the page a value belongs on, without what it would show at first."""
        name = pages.page_of(value)
        session = pages.page_class(name).session_of(value) if name not in self._made else None
        return self.show_page(name, session).session

    def _turn(self, by: int) -> None:
        names = list(pages.NAMES)
        self.show_page(names[(names.index(self.page.name) + by) % len(names)])

    # -------------------------------------------------------------- parts

    def _build(self) -> None:
        body = QWidget(self)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.topbar = TopBar(self.actions_by_name, self.memory, body)
        self.stack = QStackedWidget(body)
        column.addWidget(self.topbar)
        column.addWidget(self.stack, 1)
        self.setCentralWidget(body)
        self.setMinimumSize(_SMALLEST)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAcceptDrops(True)

    def _make_actions(self) -> dict[str, QAction]:
        return actions.make(
            self,
            {
                "play": lambda: self.page.toggle(),
                "previous": lambda: self.playback.step(-1),
                "next": lambda: self.playback.step(1),
                "back_ten": lambda: self.playback.step(-10),
                "forward_ten": lambda: self.playback.step(10),
                "first": lambda: self.playback.seek(0),
                "last": self._go_to_end,
                "slower": lambda: self.playback.change_speed(-1),
                "faster": lambda: self.playback.change_speed(1),
                "loop": lambda: self.playback.set_loop(not self.playback.loop),
                "open": lambda: self.documents.ask_open(),
                "open_run": lambda: self.documents.ask_open_run(),
                "save_run": lambda: self.documents.save_run_as(),
                "save": lambda: self.documents.save(),
                "save_as": lambda: self.documents.save_as(),
                "export": self.show_export,
                "export_kit": self.show_kit,
                "gallery": self.show_gallery,
                "quit": self.close,
                "undo": lambda: self.session.undo_stack.undo(),
                "redo": lambda: self.session.undo_stack.redo(),
                "race": lambda: self.show_page("race"),
                "reshape": lambda: self.show_page("reshape"),
                "maps": lambda: self.show_page("maps"),
                "map": self.map_or_race,
                "train": lambda: self.show_page("train"),
                "learn": lambda: self.show_page("learn"),
                "train_with": self.train_with_these,
                "train_start": lambda: self.page.start_or_pause(),
                "train_stop": lambda: self.page.stop(),
                "next_page": lambda: self._turn(1),
                "previous_page": lambda: self._turn(-1),
                "zoom_in": lambda: self.page.zoom(1.25),
                "zoom_out": lambda: self.page.zoom(0.8),
                "reset_view": lambda: self.page.reset_view(),
                "view_kind": lambda: self.page.next_kind(),
                "solid": lambda: self.page.toggle_solid(),
                "turntable": lambda: self.page.toggle_turntable(),
                "camera_key": lambda: self.page.set_camera_key(),
                "step_by_step": lambda: self.page.toggle_step_by_step(),
                "why": lambda: self.page.toggle_why(),
                "export_numbers": lambda: self.page.export_numbers(),
                "panels": lambda: self.show_panels(not self.page.panels_shown),
                "theme": self._switch_theme,
                "full_screen": lambda: self.setWindowState(
                    self.windowState() ^ Qt.WindowState.WindowFullScreen
                ),
                "present": self.present,
                "shortcuts": self.show_shortcuts,
                "about": self.show_about,
            },
        )

    def _connect(self) -> None:
        self.compiler.progress.connect(lambda done, of: self.status.compiling(done, of))
        self.compiler.finished.connect(self._recompute)
        self.compiler.failed.connect(self._kernels_failed)
        self.documents.opened.connect(self.show_opened)
        self.documents.busy_changed.connect(lambda text: self.status.say_progress(text))
        self.topbar.page_chosen.connect(self.show_page)
        self.topbar.file_chosen.connect(self.documents.open)
        self.topbar.preset_chosen.connect(self.documents.open_preset)
        self.topbar.theme_chosen.connect(self.choose_theme)
        theme.theme_changed.connect(self._follow_theme)
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_system)

    # -------------------------------------------------------------- following

    def _follow_scene(self, page: Page) -> None:
        if page is not self.page:
            return
        scene = page.session.scene if _races(page.session) else None
        scene = getattr(scene, "main", scene)  # of a comparison
        if scene is not None and not all(kernel.ready for kernel in self._kernels_of(scene)):
            self._prepare(page)
        elif self._warm and not self.compiler.busy:
            self._warm = False
            self._warming.start()

    @staticmethod
    def _kernels_of(scene: Scene) -> tuple[Kernel, ...]:
        flat = scene.experiment.view.kind == "contour"
        return kernels_of_picture(scene.problem) + (() if flat else kernels_of_solid())

    def _prepare(self, page: Page) -> None:
        """Have the kernels of a page made ready; the very first frame comes before all else."""
        session = page.session
        if page is not self.page or not _races(session):
            return
        if self._painted or session.scene is None:
            self.compiler.request(session.experiment)
        elif self._painting is None:
            self._painting = page, page.painted.connect(self._first_frame)

    def _first_frame(self) -> None:
        if self._painting is not None:
            page, connection = self._painting
            page.painted.disconnect(connection)
            self._painting = None
            QTimer.singleShot(_BREATH, self, self._begin)

    def _begin(self) -> None:
        self._painted = True
        self._prepare(self.page)

    def _recompute(self) -> None:
        self.status.compiling(0, 0)
        if _races(self.page.session):
            self.session.compute()

    def _kernels_failed(self, text: str) -> None:
        if _races(self.page.session):
            self.session.kernels_failed(text)

    def show_error(self, text: str) -> None:
        """Show an error on the page that is shown, until it is closed."""
        self.banner.show_error(text)

    def _show_title(self) -> None:
        if not self._made:
            return
        name, file, unsaved = self.session.heading
        self.setWindowTitle(f"{file.name if file else name}[*] – optviz")
        self.setWindowModified(unsaved)
        self.topbar.set_title(name, file, unsaved)

    def _show_history(self) -> None:
        if not self._made:
            return
        stack, named = self.session.undo_stack, self.actions_by_name
        undo, redo = stack.undoText(), stack.redoText()
        named["undo"].setText(self.tr("Undo {what}").format(what=undo) if undo else self.tr("Undo"))
        named["redo"].setText(self.tr("Redo {what}").format(what=redo) if redo else self.tr("Redo"))
        named["undo"].setEnabled(stack.canUndo())
        named["redo"].setEnabled(stack.canRedo())

    # -------------------------------------------------------------- commands

    def _go_to_end(self) -> None:
        # A clock that runs on would loop back at once.
        self.playback.pause()
        self.playback.seek(self.playback.last)

    def show_panels(self, shown: bool) -> None:
        """Show or hide the column at the right."""
        self.page.show_panels(shown)
        self.actions_by_name["panels"].setChecked(shown)

    def show_export(self, plot: str = "") -> None:
        """Open the export dialog, on one plot of a training if asked; the window stays alive behind it."""
        from optviz.gui.export.dialog import ExportDialog

        self.page.put_away()
        if self._export is None:
            self._export = ExportDialog(self.session, self.playback, self)
        self._take_exported(self._export)
        if plot:
            self._export.choose_plot(plot, self.playback.frame)
        self._export.show()
        self._export.activateWindow()

    def show_kit(self) -> None:
        """Open the export dialog on a lecture kit."""
        self.show_export()
        if self._export is not None:
            self._export.choose_kind("kit")

    def show_gallery(self) -> GalleryDialog:
        """Open the failure gallery; the window stays alive behind it."""
        from optviz.gui.gallery.dialog import GalleryDialog

        self.page.put_away()
        if self._gallery is None:
            self._gallery = GalleryDialog(self)
            self._gallery.chosen.connect(self._open_failure)
        self._gallery.show()
        self._gallery.activateWindow()
        return self._gallery

    def _open_failure(self, path: Path) -> None:
        """Play a failure as a race, however long within seconds; what it is about stays over the picture."""
        from optviz.gui.gallery.note import failure_of, pace, tell

        self.documents.open_preset(path)
        failure = failure_of(path)
        if failure is not None and self._gallery is not None:
            pace(self.playback, self.session.value.steps)
            tell(self.page.banner, failure, self._gallery.pictures.outcome(failure.id))

    def present(self) -> Presenter:
        """Show the picture of the page, or its lesson, on the whole screen."""
        from optviz.gui.presenter.window import Presenter

        if self._presenter is None:
            self._presenter = Presenter(self.page.show_of())
            self._presenter.ended.connect(self._end_presentation)
            self._presenter.begin(self)
            # What is behind it need not be painted, too.
            self.stack.setUpdatesEnabled(self._presenter.screen() is not self.screen())
        return self._presenter

    def _end_presentation(self) -> None:
        if self._presenter is not None:
            self._presenter.deleteLater()
            self._presenter = None
            self.stack.setUpdatesEnabled(True)

    def show_opened(self) -> None:
        """Show what has been opened from its start; an exported film from its own, a picture still."""
        self.page.put_away()
        if self.playback.speed > SPEEDS[-1]:  # a long race of the gallery left it so
            self.playback.set_speed(1.0)
        exported = self.session.exported
        if exported is None:
            self.page.show_from_start()
        elif "frames" in exported:
            self.page.show_from_start(exported["frames"][0])
        else:
            self.page.show_from_start(exported["frame"], plays=False)
        if self._export is not None and self._export.isVisible():
            self._take_exported(self._export)

    def _take_exported(self, dialog: ExportDialog) -> None:
        """Have the export dialog start from how the file that was opened was exported."""
        if self.session.exported is not None:
            dialog.take(self.session.exported)
            self.session.exported = None

    def _give_experiment(self, learn: LearnPage, name: str) -> None:
        """Give the experiment of a page to the lesson that is being written."""
        page = self._made.get(name)
        if page is None:
            title = QCoreApplication.translate("Pages", pages.NAMES[name])
            self.show_error(self.tr("There is nothing on the page {name} yet.").format(name=title))
        else:
            learn.take_experiment(page.session.value)

    def try_step(self, experiment: Experiment) -> None:
        """Go on with what a step of a lesson shows, where everything about it can be changed."""
        self._place(experiment).begin(experiment, self.tr("take from a lesson"))
        self.page.show_from_start()

    def train_with_these(self) -> None:
        """Go to the Train page with the optimizers of the race that is shown."""
        race = self.session.value
        entrants, title = race.entrants, getattr(race, "surface_name", "")
        page = self.show_page("train")
        page.take_entrants(entrants, title)

    def map_or_race(self) -> None:
        """Go to the map of the race that is shown; from a map, to its race."""
        from optviz.gui.maps.edits import same_race

        if self.page.name == "maps":
            if self._came_to is not None and same_race(self.session.experiment, self._came_to):
                self.show_page("race")  # nothing has been changed here: back to where one came from
            else:
                cast("MapsPage", self.page).give_race()
        elif self.page.name == "race":
            self.map_of_race()

    def map_of_race(self) -> None:
        """Go to the map of the race on Race; where that race was taken from Maps, to the map as it was."""
        from optviz.gui.maps.edits import first_mapped, same_race

        race: Any = self._made["race"].session if "race" in self._made else None
        if race is None:
            self.show_page("race")  # there is one from now on
            return
        if "maps" in self._made and self.page.name != "maps" and same_race(race.experiment, self._given):
            self._came_to = cast(Any, self.show_page("maps")).session.experiment
            return
        experiment = first_mapped(race.experiment, race.scene, race.selected)
        page = self._go_on("maps", experiment, self.tr("take from Race"))
        self._came_to = None
        cast("MapsPage", page).judge_first()

    def take_race(self, experiment: Experiment) -> None:
        """Go on with the race of a map on the page of races, which can be taken back there."""
        from optviz.gui.maps.edits import same_race

        self._given, self._came_to = experiment, None
        shown: Any = self._made["race"].session if "race" in self._made else None
        if shown is not None and same_race(shown.experiment, experiment):
            self.show_page("race")
        else:
            self._go_on("race", experiment, self.tr("take from Maps"))

    def _go_on(self, name: str, experiment: Experiment, text: str) -> Page:
        """Show a page with an experiment of another one; undone, there is what the page showed before."""
        if name in self._made:
            page = self.show_page(name)
            cast("Session", page.session).begin(experiment, text)
        else:
            session = pages.page_class(name).first_session()
            session.begin(experiment, text)
            page = self.show_page(name, session)
        page.show_from_start()
        return page

    def show_shortcuts(self) -> None:
        from optviz.gui.help import ShortcutSheet

        ShortcutSheet(self).show()

    def show_about(self) -> None:
        from optviz.gui.help import About

        About(self).show()

    def choose_theme(self, choice: str) -> None:
        """Put a theme in force and remember it: "system", "light" or "dark"."""
        self.memory.set("theme", choice)
        theme.apply_theme(cast(QApplication, QApplication.instance()), choice)
        self.topbar.follow_theme()

    def _switch_theme(self) -> None:
        self.choose_theme("light" if theme.current_name() == "dark" else "dark")

    def _follow_theme(self) -> None:
        self.topbar.follow_theme()
        for page in self._made.values():
            page.follow_theme()

    def _follow_system(self) -> None:
        if theme.current_choice() == "system":
            theme.apply_theme(cast(QApplication, QApplication.instance()), "system")

    # -------------------------------------------------------------- files dropped

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        files = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if files:
            event.acceptProposedAction()
            self.documents.open(files[0])

    # -------------------------------------------------------------- remembering and leaving

    def _restore(self) -> None:
        self.resize(_USUAL)
        geometry = self.memory.get("geometry")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)

    def _remember(self) -> None:
        self.memory.set("geometry", self.saveGeometry())
        for page in self._made.values():
            page.save_state(self.memory)
        self.memory.sync()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        action = self.actions_by_name["step_by_step"]
        if QKeySequence(event.keyCombination()) in action.shortcuts() and not action.isEnabled():
            self.banner.show_note(self.tr("Step by step takes an update of a race apart: it is on Race."))
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.WindowStateChange:
            self.actions_by_name["full_screen"].setChecked(self.isFullScreen())
        super().changeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self.activateWindow()  # where no window manager does, no key would arrive
        self._enter(self.page)

    def close_unasked(self) -> None:
        """Close without a question, for when the system ends the program."""
        self._asks = False
        # A question that is open would wait for its answer for ever.
        while (question := QApplication.activeModalWidget()) is not None and question.close():
            pass
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        if self._asks and not self._may_leave() and self._asks:  # unless the system ended it meanwhile
            event.ignore()
            return
        self._remember()
        self._warming.stop()
        if self._export is not None:
            self._export.close()
        if self._gallery is not None:
            self._gallery.close()
        if self._presenter is not None:
            self._presenter.close()
        self.hide()  # at once, whatever has to end first
        self.close_down()
        event.accept()

    def close_down(self) -> None:
        """End every thread and process of the window."""
        if self._gallery is not None:
            self._gallery.close_down()
        for page in self._made.values():
            page.close_down()
        self.documents.close()
        self.compiler.close()

    def _may_leave(self) -> bool:
        """Ask about unsaved work, the page that is shown first; the others are shown while it is asked."""
        shown = self.page.name
        for name in sorted(self._made, key=lambda name: name != shown):
            session = self._made[name].session
            if session.unsaved or session.left is not None:
                self.show_page(name)
                if not self.documents.may_leave():
                    return False
        self.memory.set("page", shown)
        return True


def _races(session: Document) -> TypeGuard[Session | LessonSession]:
    """Return whether a document is a race's, a comparison's or a lesson's, which wait for kernels."""
    return hasattr(session, "kernels_missing")
