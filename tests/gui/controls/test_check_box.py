"""Boxes to tick are seen in both themes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QCheckBox, QWidget

from optviz.gui import theme
from optviz.gui.controls import look
from optviz.gui.controls.check_box import CheckBox


def luminance(color: QColor) -> float:
    """Return the relative luminance of WCAG 2."""
    parts = (color.redF(), color.greenF(), color.blueF())
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: QColor, other: QColor) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize("marked", [False, True])
def test_the_edge_of_an_empty_box_is_seen(qapp, qtbot, name, marked):
    theme.apply_theme(QApplication.instance(), name)
    ground = QWidget()
    qtbot.addWidget(ground)
    # A row whose sides differ has a ground of its own.
    color = look.mix(look.ground(), look.accent(), 0.07) if marked else look.ground()
    ground.setStyleSheet(f"background: {color.name()}")
    box = CheckBox("on", ground)
    ground.resize(80, 30)
    ground.show()
    ground.setFocus()
    image = ground.grab().toImage()
    middle = round(box.box().center().y())
    left = round(box.box().left())
    assert left >= 2  # the ring around it is not cut
    edge = max(contrast(image.pixelColor(x, middle), color) for x in range(left - 1, left + 3))
    assert edge >= 3.0
    theme.apply_theme(QApplication.instance(), "light")


def test_a_ticked_box_looks_otherwise_and_toggles(qapp, qtbot):
    box = CheckBox("on")
    qtbot.addWidget(box)
    box.show()
    empty = box.grab().toImage()
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=box.box().center().toPoint())
    assert box.isChecked()
    assert box.grab().toImage() != empty


def test_every_box_of_the_window_is_one_of_these(window, qtbot):
    window.controls.surface.more.click()
    window.controls.surface.choose("neuron")
    boxes = window.findChildren(QCheckBox)
    assert boxes
    assert all(isinstance(box, CheckBox) for box in boxes)
