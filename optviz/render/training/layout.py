"""Where the panels of a training go in a picture of any size, and which of them there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QRectF

from optviz.render.style import Metrics
from optviz.training.scene.scene import TrainScene

CURVES = ("loss", "accuracy", "learning_rate", "gradient_norm", "update_ratio", "speed")
INSIDE = ("filters", "activations", "histograms", "dead")
JUDGEMENT = ("confusion", "per_class", "worst")
PANELS = (*CURVES, *INSIDE, *JUDGEMENT)

# The least useful size of each, in pixels at 1280 x 720.
_LEAST = {
    "loss": (240.0, 150.0), "accuracy": (230.0, 150.0), "learning_rate": (190.0, 112.0),
    "gradient_norm": (210.0, 120.0), "update_ratio": (210.0, 120.0), "speed": (190.0, 112.0),
    "filters": (130.0, 112.0), "activations": (260.0, 112.0), "histograms": (220.0, 120.0),
    "dead": (190.0, 112.0), "confusion": (200.0, 180.0), "per_class": (200.0, 170.0), "worst": (180.0, 112.0),
}  # fmt: skip
# In the order in which they give way.
_FIRST_OUT = (
    "per_class", "speed", "dead", "update_ratio", "worst", "histograms", "learning_rate", "filters",
    "gradient_norm", "activations", "confusion", "accuracy",
)  # fmt: skip

_TALL = 0.9  # height to width, from which on rows are broken in two

Panels = tuple[tuple[str, float], ...]  # keys with shares of the width
Row = tuple[float, Panels]  # share of the height, panels

_ALL: tuple[Row, ...] = (
    (0.44, (("loss", 4.2), ("accuracy", 3.2), ("confusion", 2.6))),
    (0.275, (("gradient_norm", 2.6), ("update_ratio", 2.6), ("learning_rate", 2.2), ("speed", 2.2))),
    (0.285, (("filters", 1.4), ("activations", 3.2), ("histograms", 2.4), ("dead", 1.8), ("worst", 2.4))),
)
_CURVES: tuple[Row, ...] = (
    (0.58, (("loss", 1.2), ("accuracy", 1.0))),
    (0.42, (("gradient_norm", 1.1), ("update_ratio", 1.1), ("learning_rate", 0.9), ("speed", 0.9))),
)
_INSIDE: tuple[Row, ...] = (
    (0.56, (("filters", 1.0), ("activations", 2.2))),
    (0.44, (("histograms", 2.2), ("dead", 1.2))),
)
_JUDGEMENT: tuple[Row, ...] = (
    (0.68, (("confusion", 1.0), ("per_class", 1.0))),
    (0.32, (("worst", 1.0),)),
)
_ROWS = {"all": _ALL, "curves": _CURVES, "inside": _INSIDE, "judgement": _JUDGEMENT}


@dataclass(frozen=True)
class PanelPlace:
    """Where a panel goes, on whole pixels; "header" is the title with the legend."""

    key: str
    rect: QRectF


def rows_of(scene: TrainScene) -> tuple[Row, ...]:
    """Return the rows of panels that a view shows where there is room for all."""
    rows = _ROWS[scene.training.view.show]
    if scene.has_relus:
        return rows
    return tuple((share, tuple(one for one in row if one[0] != "dead")) for share, row in rows)


def places(rows: Sequence[Row], area: QRectF, m: Metrics) -> tuple[PanelPlace, ...]:
    """Return where the panels go in an area; those that would be too small to read are left out."""
    keys = sorted((key for _, row in rows for key, _ in row), key=_rank, reverse=True)
    kept: list[str] = []
    made: tuple[PanelPlace, ...] = ()
    for count in range(len(keys), 0, -1):
        kept, made = keys[:count], _placed(rows, set(keys[:count]), area, m)
        if all(_fits(place, m) for place in made):
            break
    # One that was left out for another's sake may have room after all.
    for key in keys[len(kept) :]:
        more = _placed(rows, {*kept, key}, area, m)
        if all(_fits(place, m) for place in more):
            kept, made = [*kept, key], more
    return made


def _rank(key: str) -> int:
    """Return how long a panel stays: the higher, the longer."""
    return _FIRST_OUT.index(key) if key in _FIRST_OUT else len(_FIRST_OUT)


def _fits(place: PanelPlace, m: Metrics) -> bool:
    wide, high = _LEAST[place.key]
    return place.rect.width() >= m.px(wide) - 1 and place.rect.height() >= m.px(high) - 1


def _wrapped(row: Panels, width: float, m: Metrics) -> list[Panels]:
    """Return a row in as few rows as give each panel its least width."""
    for count in range(1, len(row) + 1):
        edges = [round(i * len(row) / count) for i in range(count + 1)]
        parts = [row[a:b] for a, b in pairwise(edges)]
        narrow = any(
            (width - m.gap(2) * (len(part) - 1)) * weight / sum(w for _, w in part) < m.px(_LEAST[key][0])
            for part in parts
            for key, weight in part
        )
        if not narrow:
            break
    return parts


def _placed(rows: Sequence[Row], kept: set[str], area: QRectF, m: Metrics) -> tuple[PanelPlace, ...]:
    gap = m.gap(2)
    whole: list[Row] = []
    for share, row in rows:
        some = tuple(one for one in row if one[0] in kept)
        if not some:
            continue
        # A row of a wide picture goes without its least important panel rather than becoming two.
        parts = _wrapped(some, area.width(), m) if area.height() > _TALL * area.width() else [some]
        whole += [(share, part) for part in parts]
    made = []
    total = sum(share for share, _ in whole)
    height, y = area.height() - gap * (len(whole) - 1), area.y()
    for share, row in whole:
        high, x = height * share / total, area.x()
        width, weights = area.width() - gap * (len(row) - 1), sum(weight for _, weight in row)
        for key, weight in row:
            wide = width * weight / weights
            left, top = round(x), round(y)
            made.append(PanelPlace(key, QRectF(left, top, round(x + wide) - left, round(y + high) - top)))
            x += wide + gap
        y += high + gap
    return tuple(made)
