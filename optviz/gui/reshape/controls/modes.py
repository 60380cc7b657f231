"""How a comparison is looked at: beside each other or morphing, linked or not."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from optviz.experiment import Experiment
from optviz.gui.controls import look
from optviz.gui.controls.check_box import CheckBox
from optviz.gui.reshape.session import ReshapeSession


class ModeBar(QWidget):
    """The mode, and what both pictures share."""

    def __init__(self, session: ReshapeSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        modes, ties = QHBoxLayout(), QHBoxLayout()
        modes.setSpacing(2)
        ties.setSpacing(10)
        ties.setContentsMargins(8, 2, 0, 2)
        column.addLayout(modes)
        column.addLayout(ties)
        self.modes: dict[str, look.FlatButton] = {}
        for mode, name, help_text in (
            ("both", self.tr("side by side"), self.tr("Before and after beside each other")),
            ("morph", self.tr("morph"), self.tr("One picture on the way from before to after")),
        ):
            button = look.FlatButton(name, help_text, "", self)
            button.setFont(look.sized(self.font(), 13))
            button.show_text(name)
            button.setCheckable(True)
            button.clicked.connect(lambda _=False, mode=mode: self._show(mode))
            modes.addWidget(button)
            self.modes[mode] = button
        modes.addStretch(1)
        name = self.tr("small pictures")
        self.small = look.FlatButton(
            name, self.tr("Activation, pre-activations and penalties below the surfaces"), "", self
        )
        self.small.setFont(look.sized(self.font(), 13))
        self.small.show_text(name)
        self.small.setCheckable(True)
        modes.addWidget(self.small)
        self.linked_view = self._box(
            self.tr("same view"), self.tr("Moving or zooming one picture moves the other")
        )
        self.linked_view.clicked.connect(session.link_views)
        self.linked_scale = self._box(
            self.tr("same colours"), self.tr("Equal losses have equal colours on both sides")
        )
        self.linked_scale.clicked.connect(lambda on: session.look(linked_scale=on))
        self.batch = self._box(
            self.tr("mini-batch"),
            self.tr("Draw the surface of each step's mini-batch, not that of all samples"),
        )
        self.batch.clicked.connect(self._draw_batch)
        for box in (self.linked_view, self.linked_scale, self.batch):
            ties.addWidget(box)
        ties.addStretch(1)

    def _box(self, name: str, help_text: str) -> QCheckBox:
        box = CheckBox(name, self)
        box.setFont(look.sized(self.font(), look.SMALL))
        box.setAccessibleName(name)
        box.setToolTip(look.tip(name, help_text))
        return box

    def _show(self, mode: str) -> None:
        self.session.look(show=mode)
        self.refresh(self.session.experiment)  # the one that was chosen stays chosen

    def say_small(self, shown: bool) -> None:
        """Show whether the small pictures are there."""
        self.small.setChecked(shown)
        if self.small.chosen != shown:
            self.small.chosen = shown
            self.small.update()

    def _draw_batch(self, on: bool) -> None:
        view = self.session.experiment.view
        self.session.set_view(replace(view, sample="batch" if on else "full"))

    def refresh(self, experiment: Experiment) -> None:
        """Show how an experiment is looked at."""
        reshape = experiment.reshape
        if reshape is None:
            return
        for mode, button in self.modes.items():
            button.setChecked(mode == reshape.show)
            if button.chosen != (mode == reshape.show):
                button.chosen = mode == reshape.show
                button.update()
        both = reshape.show == "both"
        self.linked_view.setChecked(reshape.linked_view)
        self.linked_view.setEnabled(both)
        self.linked_scale.setChecked(reshape.linked_scale)
        self.linked_scale.setEnabled(both)
        self.batch.setChecked(experiment.view.sample == "batch")
        # The mixture of two losses has no mini-batch of its own.
        self.batch.setVisible(both and any(side.batch_size for side in experiment.sides.values()))
