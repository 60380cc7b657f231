"""The slim bar at the top: what is open, undo, presets, export, theme, and everything else behind "⋯"."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QFont, QFontMetrics, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QTabBar, QToolButton, QWidget

from optviz import resources
from optviz.gui import theme
from optviz.gui.icons import icon
from optviz.gui.pages import HINTS, NAMES
from optviz.gui.recent import Memory

_USUAL, _SMALL = 14, 11  # pixels: the type of a title, and of one that needs two lines


class _Title(QLabel):
    """The name of what is open, cut where there is no room; a dot at its end, never cut, says unsaved."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("title")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._full = ""
        self._end = ""

    def say(self, text: str, unsaved: bool) -> None:
        self._full, self._end = text, " •" if unsaved else ""
        self.setToolTip(self.tr("{title}, not saved").format(title=text) if unsaved else text)
        self._fit()

    def _fit(self) -> None:
        metrics = self._metrics(_USUAL)
        room = self.width() - 2 - metrics.horizontalAdvance(self._end)
        whole = metrics.horizontalAdvance(self._full) <= room
        lines = [] if whole else self._in_two(room)
        small = f"font-size: {_SMALL}px;" if lines else ""
        if small != self.styleSheet():
            self.setStyleSheet(small)
        if lines:
            self.setText("\n".join(lines) + self._end)
        else:
            self.setText(metrics.elidedText(self._full, Qt.TextElideMode.ElideRight, room) + self._end)

    def _metrics(self, pixels: int) -> QFontMetrics:
        face = QFont(self.font())
        face.setPixelSize(pixels)
        return QFontMetrics(face)

    def _in_two(self, room: int) -> list[str]:
        """Return the text in two lines of small type; nothing where it does not fit these either."""
        metrics, words = self._metrics(_SMALL), self._full.split(" ")
        found: tuple[int, list[str]] = (room + 1, [])
        for cut in range(1, len(words)):
            lines = [" ".join(words[:cut]), " ".join(words[cut:])]
            found = min(found, (max(map(metrics.horizontalAdvance, lines)), lines))
        return found[1]

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._fit()


class _Tabs(QTabBar):
    """The pages of the window, by name."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("pages")
        self.setDrawBase(False)
        self.setExpanding(False)
        self.setUsesScrollButtons(False)
        self.setElideMode(Qt.TextElideMode.ElideNone)
        self.setAccessibleName(self.tr("Pages"))
        self.setToolTip(self.tr("The pages of optviz; Ctrl+Tab goes to the next"))
        for at, (name, text) in enumerate(NAMES.items()):
            self.addTab(QCoreApplication.translate("Pages", text))
            self.setTabData(at, name)
            hint = QCoreApplication.translate("Pages", HINTS[name])
            self.setTabToolTip(at, self.tr("{hint} (Ctrl+{n})").format(hint=hint, n=at + 1))

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        event.ignore()  # nobody means to leave a page by scrolling


class TopBar(QWidget):
    """The bar at the top of the window.

    Signals
    -------
    page_chosen(str)
        The tab of a page was picked.
    file_chosen(Path)
        A recent file was picked.
    preset_chosen(Path)
        A preset was picked.
    theme_chosen(str)
        "system", "light" or "dark".
    """

    page_chosen = Signal(str)
    file_chosen = Signal(object)
    preset_chosen = Signal(object)
    theme_chosen = Signal(str)

    def __init__(self, actions: dict[str, QAction], memory: Memory, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("topbar")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._actions, self._memory = actions, memory
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(2)
        self.tabs = _Tabs(self)
        self.tabs.currentChanged.connect(lambda at: self.page_chosen.emit(self.tabs.tabData(at)))
        row.addWidget(self.tabs)
        row.addSpacing(16)
        self.title = _Title(self)
        row.addWidget(self.title, 1)
        self._tools: dict[str, QWidget] = {}
        self._place_of_tools = QHBoxLayout()
        row.addLayout(self._place_of_tools)
        self.undo, self.redo = self._button("undo"), self._button("redo")
        row.addWidget(self.undo)
        row.addWidget(self.redo)
        row.addSpacing(8)
        self.presets = QToolButton(self)
        self.presets.setText(self.tr("Presets"))
        self.presets.setIcon(icon("chevron"))
        self.presets.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        self.presets.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.presets.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.presets.setAccessibleName(self.tr("Presets"))
        self.presets.setToolTip(self.tr("Open an experiment that comes with optviz"))
        menu = self._lazy_menu(self.presets, self._fill_presets)
        menu.setLayoutDirection(self.layoutDirection())  # only the button has its arrow on the other side
        self.presets.setMenu(menu)
        row.addWidget(self.presets)
        self.export = self._button("export", with_text=self.tr("Export"))
        row.addWidget(self.export)
        row.addSpacing(8)
        self.theme = self._button("theme")
        self.panel = self._button("panels")
        row.addWidget(self.theme)
        row.addWidget(self.panel)
        self.more = QToolButton(self)
        self.more.setIcon(icon("more"))
        self.more.setIconSize(QSize(20, 20))
        self.more.setFixedSize(32, 32)
        self.more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setAccessibleName(self.tr("Menu"))
        self.more.setToolTip(self.tr("Files, view and help"))
        self.more.setMenu(self._main_menu())
        row.addWidget(self.more)
        self.follow_theme()

    @property
    def page(self) -> str:
        """The name of the page whose tab is chosen."""
        return str(self.tabs.tabData(self.tabs.currentIndex()))

    def set_page(self, name: str) -> None:
        """Choose the tab of a page without telling anybody."""
        self.tabs.blockSignals(True)
        self.tabs.setCurrentIndex(list(NAMES).index(name))
        self.tabs.blockSignals(False)
        self.tabs.update()
        for page, tools in self._tools.items():
            tools.setVisible(page == name)

    def add_tools(self, page: str, tools: QWidget) -> None:
        """Take the tools of a page; they are shown with it."""
        self._tools[page] = tools
        self._place_of_tools.addWidget(tools)
        tools.setVisible(page == self.page)

    def _button(self, name: str, with_text: str = "") -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(self._actions[name])
        button.setIconSize(QSize(20, 20))
        button.setAccessibleName(self._actions[name].text().rstrip("…"))
        if with_text:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            button.setFixedHeight(32)
            button.setText(with_text)
        else:
            button.setFixedSize(32, 32)
        return button

    def _lazy_menu(self, parent: QWidget, fill: Callable[[QMenu], None]) -> QMenu:
        menu = QMenu(parent)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(lambda: fill(menu))
        return menu

    def _fill_presets(self, menu: QMenu) -> None:
        menu.clear()
        kinds: dict[str, list[Path]] = {"race": [], "reshape": [], "maps": []}
        kinds["train"] = resources.training_presets()
        kinds["learn"] = resources.lessons()
        for path in resources.presets():
            text = path.read_bytes()
            kind = "reshape" if b"[reshape" in text else "maps" if b"\n[map" in text else "race"
            kinds[kind].append(path)
        # Those of the page that is shown at once, the others one step away: together they are too many.
        for kind in sorted(kinds, key=lambda kind: kind != self.page):
            heading, part = QCoreApplication.translate("Pages", NAMES[kind]), menu
            if not kinds[kind]:
                continue
            if kind == self.page:
                self._add_heading(menu, heading)
            else:
                if not menu.isEmpty() and not any(action.menu() for action in menu.actions()):
                    menu.addSeparator()
                part = menu.addMenu(heading)
                part.setLayoutDirection(menu.layoutDirection())
            for path in kinds[kind]:
                # The number in front of a file's name is only for the order.
                words = _words(path.stem)
                action = part.addAction(QCoreApplication.translate("Presets", words))
                action.triggered.connect(lambda _=False, path=path: self.preset_chosen.emit(path))
        if menu.isEmpty():
            menu.addAction(self.tr("No presets are installed")).setEnabled(False)
        menu.addSeparator()
        menu.addAction(self._actions["gallery"])

    def _add_heading(self, menu: QMenu, text: str) -> None:
        if not menu.isEmpty():
            menu.addSeparator()
        heading = menu.addAction(text)
        heading.setEnabled(False)
        face = menu.font()
        face.setBold(True)
        heading.setFont(face)

    def _fill_recent(self, menu: QMenu) -> None:
        menu.clear()
        for path in self._memory.recent:
            action = menu.addAction(path.name.replace("&", "&&"))
            action.setToolTip(str(path))
            action.triggered.connect(lambda _=False, path=path: self.file_chosen.emit(path))
        if menu.isEmpty():
            menu.addAction(self.tr("No file was opened yet")).setEnabled(False)
            return
        menu.addSeparator()
        menu.addAction(self.tr("Forget these files")).triggered.connect(self._memory.clear_recent)

    def _main_menu(self) -> QMenu:
        menu = QMenu(self.more)
        actions = self._actions
        recent = self._lazy_menu(menu, self._fill_recent)
        recent.setTitle(self.tr("Recent files"))
        menu.addActions([actions["open"], actions["open_run"]])
        menu.addMenu(recent)
        written = ("save", "save_as", "save_run", "export", "export_kit", "export_numbers")
        menu.addActions([actions[name] for name in written])
        menu.addSeparator()
        menu.addActions([actions["train_with"], actions["train_start"], actions["train_stop"]])
        menu.addSeparator()
        themes = menu.addMenu(self.tr("Theme"))
        group = QActionGroup(themes)
        names = {"system": self.tr("As the system"), "light": self.tr("Light"), "dark": self.tr("Dark")}
        for choice in theme.CHOICES:
            action = themes.addAction(names[choice])
            action.setCheckable(True)
            action.setData(choice)
            group.addAction(action)
        group.triggered.connect(lambda action: self.theme_chosen.emit(action.data()))
        self._themes = group
        shown = (
            "view_kind", "turntable", "camera_key", "step_by_step", "why", "panels", "reset_view",
            "full_screen", "present",
        )  # fmt: skip
        menu.addActions([actions[name] for name in shown])
        menu.addSeparator()
        menu.addActions([actions["shortcuts"], actions["about"]])
        menu.addSeparator()
        menu.addAction(actions["quit"])
        return menu

    def follow_theme(self) -> None:
        """Show the theme in force."""
        dark = theme.current_name() == "dark"
        self._actions["theme"].setIcon(icon("sun" if dark else "moon"))
        for action in self._themes.actions():
            action.setChecked(action.data() == theme.current_choice())

    def set_title(self, title: str, file: Path | None, unsaved: bool) -> None:
        """Show what is open."""
        self.title.say(f"{title} – {file.name}" if file is not None else title, unsaved)


_WRITTEN = {"relu": "ReLU", "l1": "L1", "l2": "L2", "adam": "Adam", "adagrad": "AdaGrad"}


def _words(stem: str) -> str:
    """Return the name of a preset's file as words."""
    words = re.sub(r"^[0-9]+_", "", stem).split("_")
    text = " ".join(_WRITTEN.get(word, word) for word in words)
    return text[:1].upper() + text[1:]
