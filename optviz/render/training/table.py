"""The numbers that a panel of a training shows, as rows of a table."""

from __future__ import annotations

from optviz.render.panels.training.judgement import ConfusionPanel, PerClassPanel, WorstPanel
from optviz.render.style import LIGHT, Metrics
from optviz.training.scene.scene import TrainScene
from optviz.training.scene.tables import CURVES, INSIDE, Table, curve_table, inside_table

_Judging = type[ConfusionPanel | PerClassPanel | WorstPanel]

_JUDGEMENT: dict[str, _Judging] = {
    "confusion": ConfusionPanel,
    "per_class": PerClassPanel,
    "worst": WorstPanel,
}


def table(scene: TrainScene, key: str, k: int | None = None) -> Table:
    """Return the names of the columns, and the rows, of what the panel `key` shows at frame `k`.

    Curves have a row for each step up to the frame, which is the furthest known where `k` is not given.
    """
    if key in CURVES:
        return curve_table(scene, key, k)
    if key in INSIDE:
        return inside_table(scene, key, k)
    panel = _JUDGEMENT[key](LIGHT, Metrics())
    header, rows = panel.table(scene, scene.now if k is None else k)
    return list(header), [list(row) for row in rows]
