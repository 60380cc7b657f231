"""The network of a training as a small diagram in the form."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from optviz.gui import theme
from optviz.gui.controls import look
from optviz.render.panels.training.diagram import NetworkDiagram
from optviz.render.style import Metrics
from optviz.training.network.architecture import LayerPlan, layers_of
from optviz.training.setting import IMAGE_SIZES, Training

_HEIGHT = 124


class NetworkPicture(QWidget):
    """Layer sizes and how many numbers are learned."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.layers: tuple[LayerPlan, ...] = ()
        self.image = (0, 0)
        self.setFixedHeight(_HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("the network"))

    @property
    def parameters(self) -> int:
        """How many numbers the network learns."""
        return sum(layer.parameters for layer in self.layers)

    def show_model(self, training: Training) -> None:
        """Show the network all entrants share."""
        image = IMAGE_SIZES[training.dataset]
        layers = layers_of(training.model, image)
        if (layers, image) == (self.layers, self.image):
            return
        self.layers, self.image = layers, image
        lines = [
            self.tr("{name}: {neurons}, {count} parameters").format(
                name=layer.name, neurons=layer.neurons, count=f"{layer.parameters:,}"
            )
            for layer in layers
        ]
        total = self.tr("{0} parameters").format(f"{self.parameters:,}")
        self.setToolTip(look.tip(total, *lines))
        self.setAccessibleDescription("; ".join([total, *lines]))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(240, _HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        from dataclasses import replace

        painter = QPainter(self)
        # The diagram lies on the window's ground, not on the page of a picture.
        colors = replace(theme.current_theme(), page=theme.colors().window)
        diagram = NetworkDiagram(colors, Metrics(0.92))
        diagram.paint(painter, QRectF(self.rect()).adjusted(0, 6, 0, -6), self.layers, self.image)
        painter.end()
