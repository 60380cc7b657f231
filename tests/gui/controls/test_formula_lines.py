"""Formulas broken over lines: nothing is lost, and no bracket of LaTeX is torn apart."""

from __future__ import annotations

import re

import pytest

from optviz.gui.controls.formula_lines import broken, pieces
from optviz.scene import typeset
from optviz.surfaces import SURFACES


@pytest.mark.parametrize("surface", list(SURFACES), ids=lambda s: s.id)
@pytest.mark.parametrize("room", [5, 20, 60])
def test_nothing_is_lost(surface, room):
    latex = typeset(surface)
    lines = broken(latex, room, len, 2)
    assert "".join(line.removeprefix("{}") for line in lines) == latex
    for line in lines:
        assert line.count("{") == line.count("}")
        # A bracket that grows, not an arrow.
        assert len(re.findall(r"\\left(?![a-z])", line)) == len(re.findall(r"\\right(?![a-z])", line))


def test_breaks_come_before_signs_and_outside_first():
    assert broken("(a + b) + (c - d)", 11, len, 0) == ["(a + b) ", "{}+ (c - d)"]
    assert [piece.text for piece in pieces("-a + b")] == ["-a ", "+ b"]
