"""The curves beside the surface: which of them are shown, by small tabs and a list of all there are."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from optviz.gui.controls import look
from optviz.gui.controls.scroll_column import quiet_area
from optviz.gui.playback import Playback
from optviz.gui.plots_canvas import LEAST, STEPS, PlotsCanvas
from optviz.gui.session import Session
from optviz.plots import EIGEN, USUAL, eigen_entrant, eigen_key
from optviz.scene import Scene

_NARROW = 392  # pixels of width in which tabs and button have no room beside the numbers of an axis


class PlotsView(QWidget):
    """The plots a person chose; where they are more than fit, they scroll.

    What is chosen beside the usual is written into the view of the session, so that frames show the same.
    """

    def __init__(self, session: Session, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("plots")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        self.session, self.playback = session, playback
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(0)
        self._bar = QWidget(self)
        self._row = QHBoxLayout(self._bar)
        self._row.setContentsMargins(44, 0, 8, 0)
        self._row.setSpacing(2)
        self._row.addStretch(1)
        column.addWidget(self._bar)
        self.canvas = PlotsCanvas(session, playback, self)
        self.area = quiet_area(self)
        self.area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self.area.setWidget(self.canvas)
        column.addWidget(self.area, 1)
        self.tabs: dict[str, QToolButton] = {}
        self._make_tabs()
        # Of the usual plots, those a person wants to see, the most wanted first; only a person changes it.
        self._usual = list(USUAL[:2])
        self.canvas.closed.connect(self.choose)
        session.scene_changed.connect(self._follow)
        session.changed.connect(self.arrange)
        session.selected_changed.connect(self._follow_selected)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(400, 300)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(280, LEAST + STEPS + 30)

    def _follow(self, scene: Scene) -> None:
        self.arrange()

    def _make_tabs(self) -> None:
        names = {
            "loss": (self.tr("loss"), self.tr("loss")),
            "gradient_norm": (self.tr("gradient"), self.tr("gradient norm")),
            "effective_rate": (self.tr("effective rate"), self.tr("effective learning rate")),
            "distance": (self.tr("distance"), self.tr("distance to the nearest minimum")),
        }
        for key in USUAL:
            button = QToolButton(self._bar)
            short, title = names[key]
            button.setText(short)
            button.setCheckable(True)
            button.setObjectName("tab")
            button.setAccessibleName(self.tr("Plot: {title}").format(title=title))
            button.clicked.connect(lambda _=False, key=key: self.choose(key))
            self._row.insertWidget(self._row.count() - 1, button)
            self.tabs[key] = button
        self._titles = {key: title for key, (_, title) in names.items()}
        self.more = look.FlatButton(
            self.tr("More plots"),
            self.tr("More to plot: gradient, memory, step and geometry, coordinate by coordinate"),
            "add",
            self._bar,
        )
        self.more.clicked.connect(self.open_picker)
        self._row.addWidget(self.more)

    # -------------------------------------------------------------- choosing

    @property
    def chosen(self) -> list[str]:
        """What a person, or the file, wants to see, the most wanted first."""
        return list(self.session.experiment.view.plots) or list(self._usual)

    def choose(self, key: str) -> None:
        """Show a plot or, where it is shown already and not the only one, take it away."""
        shown, chosen = self.shown(), self.chosen
        if key == EIGEN:
            key = next((one for one in chosen if eigen_entrant(one) is not None), eigen_key(self._selected))
        if key in shown and len(shown) > 1:
            chosen.remove(key)
        elif key not in shown:
            if key in chosen:
                chosen.remove(key)
            # The loss keeps its place: the others are read against it.
            chosen.insert(0 if key == "loss" or chosen[:1] != ["loss"] else 1, key)
        self._usual = [one for one in chosen if one in USUAL] or list(USUAL[:1])
        self._look(chosen)
        if key in chosen:
            QTimer.singleShot(0, self, lambda: self._reveal(key))

    def _reveal(self, key: str) -> None:
        """Scroll to a plot."""
        for plot, rect in zip(self.canvas.plots(), self.canvas.rects(), strict=True):
            if plot.key == key:
                self.area.ensureVisible(0, round(rect.bottom()), 0, 0)
                self.area.ensureVisible(0, round(rect.top()), 0, 0)

    def _look(self, plots: list[str]) -> None:
        view = self.session.experiment.view
        self.session.set_view(replace(view, plots=tuple(plots)))
        self.arrange()

    @property
    def _selected(self) -> int:
        return min(max(self.session.selected, 0), len(self.session.experiment.entrants) - 1)

    def _follow_selected(self) -> None:
        """Show the errors of whoever is selected, where such are shown."""
        plots, own = list(self.session.experiment.view.plots), eigen_key(self._selected)
        changed = list(dict.fromkeys(key if eigen_entrant(key) is None else own for key in plots))
        if self.session.selected >= 0 and changed != plots:
            self._look(changed)

    def open_picker(self) -> None:
        """Open the list of everything that can be plotted."""
        from optviz.gui.insight.quantity_picker import QuantityPicker

        picker = QuantityPicker(self.session, self.chosen, self)
        picker.picked.connect(self.choose)
        picker.open_under(self.more)

    # -------------------------------------------------------------- showing

    def shown(self) -> list[str]:
        """Return the plots that are drawn: those chosen which the scene has."""
        scene = self.session.scene
        if scene is None:
            return self.chosen
        found: list[str] = []
        for key in self.chosen:  # what is slow comes with its scene
            at_hand = not self.session.slow or scene.has_plot(key)
            if at_hand and scene.plot(key) is not None:
                found.append(key)
        usual = [plot.key for plot in scene.plots]
        if not self.session.experiment.view.plots:  # in their usual order
            found.sort(key=usual.index)
        return found or usual[:1]

    def arrange(self) -> None:
        """Draw what is chosen; the tabs say what is drawn."""
        scene, shown, chosen = self.session.scene, self.shown(), self.chosen
        available = USUAL if scene is None else [plot.key for plot in scene.plots]
        for key, button in self.tabs.items():
            title = self._titles[key]
            button.setChecked(key in shown)
            button.setEnabled(key in available)
            if key not in available:
                text = self.tr("No {title} here: no minimum of this surface is known").format(title=title)
            elif key in shown:
                text = self.tr("Hide the {title}").format(title=title)
            else:
                text = self.tr("Show the {title}").format(title=title)
            button.setToolTip(text)
        self.more.chosen = any(key not in USUAL for key in chosen)
        self.more.update()
        self.canvas.set_shown(shown)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        # The tabs begin where the curves do, unless that would cut them.
        narrow = self.width() < _NARROW
        self._row.setContentsMargins(4 if narrow else 44, 0, 4 if narrow else 8, 0)
