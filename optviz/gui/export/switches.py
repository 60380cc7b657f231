"""What an export has beside its picture: a page or none, a caption, and its experiment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from optviz.gui.controls import look
from optviz.gui.controls.check_box import CheckBox
from optviz.gui.export.choices import KIT
from optviz.render.plan import TRANSPARENT


class Switches(QWidget):
    """Three boxes to tick.

    Signals
    -------
    changed()
        One of them was switched.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        self.transparent = CheckBox(self.tr("Transparent background"), self)
        self.caption = CheckBox(self.tr("Caption below the picture"), self)
        self.embed = CheckBox(self.tr("Carries its experiment"), self)
        self.embed.setChecked(True)
        self._help(
            self.caption,
            self.tr("A line or two that say what was run: surface, optimizers, learning rates, steps, seed"),
        )
        self._help(
            self.embed,
            self.tr("The file knows what it shows: opened in optviz, it brings everything back"),
        )
        for box in (self.transparent, self.caption, self.embed):
            box.setFont(look.sized(self.font(), look.SMALL))
            box.setAccessibleName(box.text())
            box.toggled.connect(self.changed)
            column.addWidget(box)
        self._kind = ""
        self.follow("png")

    @staticmethod
    def _help(box: CheckBox, text: str) -> None:
        box.setToolTip(look.tip(text))
        box.setAccessibleDescription(text)

    def follow(self, kind: str) -> None:
        """Offer what a kind of export can have."""
        if kind == self._kind:
            return
        self._kind = kind
        possible = kind in (*TRANSPARENT, KIT)
        self.transparent.setEnabled(possible)
        if kind == KIT:
            text = self.tr("Pictures of the kit go without the page; films and the player always have one")
        elif possible:
            text = self.tr("Without the page: what is drawn stands on the ground of your slide")
        else:
            text = self.tr("This kind of film cannot be transparent; WebM, PNG, SVG and PDF can")
        self._help(self.transparent, text)

    @property
    def clear(self) -> bool:
        """Whether the page is left out: asked for, and possible."""
        return self.transparent.isEnabled() and self.transparent.isChecked()

    def options(self) -> dict[str, bool]:
        """Return the options of an export that are not as usual."""
        chosen = {
            "transparent": self.clear,
            "caption": self.caption.isChecked(),
            "embed": self.embed.isChecked(),
        }
        return {name: value for name, value in chosen.items() if value != (name == "embed")}

    def take(self, options: Mapping[str, Any]) -> None:
        """Set everything as it is in the options of an export."""
        self.transparent.setChecked(bool(options.get("transparent", False)))
        self.caption.setChecked(bool(options.get("caption", False)))
        self.embed.setChecked(bool(options.get("embed", True)))
