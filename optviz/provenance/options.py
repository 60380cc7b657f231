"""How a file was exported: the options a record has, checked before anybody uses them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from optviz.errors import InputError, allowed, shown
from optviz.view import THEMES

KINDS = ("png", "svg", "pdf", "mp4", "webm", "gif")
FILMS = ("mp4", "webm", "gif")

_NAMES = ("kind", "size", "fps", "theme", "transparent", "caption", "plot", "shows")
_SIZES = (16, 7680)
_RATE = re.compile(r"[0-9]{1,6}/[0-9]{1,6}")
_PLOT = re.compile(r"[a-z0-9_]{1,40}")


def written_rate(rate: Fraction) -> int | str:
    """Return frames per second as a record has them: 60, or "30000/1001"."""
    return int(rate) if rate.denominator == 1 else str(rate)


def checked_options(given: object) -> dict[str, Any]:
    """Return the options of a record; those it does not have are left out.

    Raises
    ------
    InputError
        For an unknown one and for a value no export could have had.
    """
    if not isinstance(given, Mapping):
        raise InputError(f"options: {shown(given)} is not allowed; it must be names and values")
    known: dict[str, Any] = {}
    for name, value in given.items():
        if name not in _NAMES:
            raise InputError(f"options: {shown(name)} is not known; it must be one of {allowed(_NAMES)}")
        known[name] = _checked(name, value)
    if "kind" not in known:
        raise InputError("options: there must be a kind")
    return known


def _checked(name: str, value: object) -> Any:
    if name == "kind" and value in KINDS:
        return value
    if name == "size" and isinstance(value, list) and len(value) == 2 and all(map(_is_size, value)):
        return tuple(value)
    if name == "fps" and (rate := _rate(value)) is not None:
        return rate
    if name == "theme" and value in THEMES:
        return value
    if name in ("transparent", "caption") and isinstance(value, bool):
        return value
    if name == "shows" and value == "sheet":
        return value
    if name == "plot" and isinstance(value, str) and _PLOT.fullmatch(value):
        return value
    raise InputError(f"options: {name}: {shown(value)} is not allowed; no export has that")


def _is_size(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and _SIZES[0] <= value <= _SIZES[1]


def _rate(value: object) -> int | str | None:
    """Return frames per second as they stand in a record, where they can be."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if 1 <= value <= 240 else None
    if isinstance(value, str) and _RATE.fullmatch(value):
        top, bottom = map(int, value.split("/"))
        if bottom and Fraction(1, 10) <= Fraction(top, bottom) <= 240:
            return value
    return None
