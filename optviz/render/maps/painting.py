"""Painting that leaves a painter as it was, whatever happens on the way."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from PySide6.QtGui import QPainter

_Self = TypeVar("_Self")
_Rest = ParamSpec("_Rest")
_Method = Callable[Concatenate[_Self, QPainter, _Rest], None]


def restoring(method: _Method[_Self, _Rest]) -> _Method[_Self, _Rest]:
    """Make a method save its painter first and restore it at the end, even if it raises.

    Qt complains of a painter that ends with saved states, and hides what was raised behind that.
    """

    @wraps(method)
    def painted(self: _Self, painter: QPainter, /, *args: _Rest.args, **kwargs: _Rest.kwargs) -> None:
        painter.save()
        try:
            method(self, painter, *args, **kwargs)
        finally:
            painter.restore()

    return painted
