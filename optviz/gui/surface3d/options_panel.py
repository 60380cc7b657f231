"""What a picture shows: height, lines, floor and arrows."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from optviz.gui.controls import look
from optviz.gui.controls.check_box import CheckBox
from optviz.gui.session import Session
from optviz.gui.surface3d.bar import Overlay, Segments
from optviz.view import ARROWS


class OptionsPanel(Overlay):
    """Switches of the view of an experiment; each change is a step of the history."""

    share = 1.0

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self.session = session
        self.setAccessibleName(self.tr("What is shown"))
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 12)
        column.setSpacing(4)
        self._solid = QWidget(self)
        solid = QVBoxLayout(self._solid)
        solid.setContentsMargins(0, 0, 0, 4)
        solid.setSpacing(4)
        height = QHBoxLayout()
        height.setSpacing(8)
        height.addWidget(look.Note(self.tr("height"), self))
        self.height_of = Segments(
            {
                "auto": (self.tr("Height as the colours"), self.tr("Height goes with the colours"),
                         self.tr("auto")),
                "linear": (self.tr("Linear height"), self.tr("Equal steps of loss are equally high"),
                           self.tr("linear")),
                "log": (self.tr("Logarithmic height"), self.tr("Equal factors of loss are equally high"),
                        self.tr("log")),
            },
            self,
        )  # fmt: skip
        height.addWidget(self.height_of)
        height.addStretch(1)
        solid.addLayout(height)
        self.switches = {
            "lines": self._box(self.tr("contour lines"), self.tr("Lines of equal loss on the surface")),
            "mesh": self._box(self.tr("mesh lines"), self.tr("Lines of the grid on the surface")),
            "floor": self._box(self.tr("floor"), self.tr("The surface's colours on the floor below it")),
        }
        for box in self.switches.values():
            solid.addWidget(box)
        column.addWidget(self._solid)
        column.addWidget(look.Note(self.tr("arrows at the heads"), self))
        self.arrows = {
            "gradient": self._box(
                self.tr("gradient"), self.tr("The way down that the gradient shows: against it")
            ),
            "momentum": self._box(self.tr("momentum"), self.tr("Where the optimizer's memory pulls")),
            "update": self._box(self.tr("update"), self.tr("The step that is taken")),
        }
        for box in self.arrows.values():
            column.addWidget(box)
        self.height_of.picked.connect(lambda name: self._set(self.tr("Change the height"), height=name))
        for field, box in self.switches.items():
            box.clicked.connect(lambda on, field=field: self._switch(field, on))
        for box in self.arrows.values():
            box.clicked.connect(self._set_arrows)
        session.experiment_changed.connect(self.refresh)
        self.refresh()

    def _box(self, name: str, help_text: str) -> QCheckBox:
        box = CheckBox(name, self)
        box.setFont(look.sized(self.font(), look.SMALL))
        box.setAccessibleName(name)
        box.setToolTip(look.tip(name, help_text))
        return box

    def _set(self, text: str, **changes: object) -> None:
        view = replace(self.session.experiment.view, **changes)  # type: ignore[arg-type]
        self.session.change(text, view=view)

    def _switch(self, field: str, on: bool) -> None:
        name = self.switches[field].text()
        text = self.tr("Show {what}") if on else self.tr("Hide {what}")
        self._set(text.format(what=name), **{field: on})

    def _set_arrows(self) -> None:
        arrows = tuple(name for name in ARROWS if self.arrows[name].isChecked())
        self._set(self.tr("Change the arrows"), arrows=arrows)

    def refresh(self) -> None:
        """Show the view of the experiment."""
        view = self.session.experiment.view
        self._solid.setVisible(view.kind != "contour")
        self.height_of.choose(view.height)
        for field, box in self.switches.items():
            box.setChecked(getattr(view, field))
        for name, box in self.arrows.items():
            box.setChecked(name in view.arrows)
