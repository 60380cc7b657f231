"""What is drawn of an experiment, and how: the table [view] of its file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from optviz.camera import Camera, CameraKey, camera_at, checked_keys
from optviz.catalog import Choice, Knob
from optviz.entrant import Entrant, table_of
from optviz.errors import InputError, allowed, shown
from optviz.plots import checked as checked_plots
from optviz.setting import Pair, limits

KINDS = ("contour", "surface3d", "split")
THEMES = ("light", "dark", "projector")
ARROWS = ("gradient", "momentum", "update")

_KIND = Choice("kind", "contour", KINDS, "How the surface is drawn.")
_THEME = Choice("theme", "light", THEMES, "Colours of the picture.")
_SAMPLE = Choice(
    "sample", "full", ("full", "batch"), "The surface of all samples, or of each step's mini-batch."
)
_HEIGHT = Choice(
    "height", "auto", ("auto", "linear", "log"), "How the loss becomes height: auto goes with the colours."
)
_ENTRANT = Knob("step_by_step", 0, "Which entrant is taken apart, counted from 0.", 0, 63, kind="int")
_SWITCHES = {
    "mesh": Choice("mesh", False, (False, True), "Lines of the grid on the surface."),
    "lines": Choice("lines", True, (True, False), "Contour lines on the surface."),
    "floor": Choice("floor", True, (True, False), "The surface's colours on the floor below it."),
}


@dataclass(frozen=True)
class View:
    """What is drawn: limits (None for the surface's own domain), kind of picture, theme, and which samples.

    With `sample` "batch" the picture at step k is the loss of that step's mini-batch.

    Attributes
    ----------
    kind
        "contour", from above; "surface3d", in three dimensions; "split", both beside each other.
    theme
        "light", "dark", or "projector": light, large type, thick lines.
    height, mesh, lines, floor
        In three dimensions: how the loss becomes height; whether lines of the grid and contour lines run over
        the surface, and whether its colours lie on the floor.
    arrows
        Which arrows stand at the heads: "gradient" (the way down it shows, -g), "momentum", "update"; each
        once, however often it is named.
    step_by_step
        The entrant whose update is taken apart beside the surface, by its place; None for nobody's. An
        experiment refuses the place of nobody, and anybody's in a comparison.
    plots
        What is plotted against the step, in this order (`optviz.plots`); the usual four where none is named.
        What no entrant has is left out.
    camera, camera_keys
        In three dimensions: where the camera stands, and key-frames of a film. See `optviz.camera.camera_at`.
    """

    xlim: Pair | None = None
    ylim: Pair | None = None
    kind: str = "contour"
    theme: str = "light"
    sample: str = "full"
    height: str = "auto"
    mesh: bool = False
    lines: bool = True
    floor: bool = True
    arrows: tuple[str, ...] = ()
    step_by_step: int | None = None
    plots: tuple[str, ...] = ()
    camera: Camera = field(default_factory=Camera)
    camera_keys: tuple[CameraKey, ...] = ()

    def __post_init__(self) -> None:
        for name in ("xlim", "ylim"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, limits(value, f"view.{name}"))
        for choice in (_KIND, _THEME, _SAMPLE, _HEIGHT, *_SWITCHES.values()):
            choice.check(getattr(self, choice.name), f"view.{choice.name}")
        object.__setattr__(self, "arrows", _arrows(self.arrows))
        if self.step_by_step is not None:
            entrant = int(_ENTRANT.check(self.step_by_step, "view.step_by_step"))
            object.__setattr__(self, "step_by_step", entrant)
        object.__setattr__(self, "plots", checked_plots(self.plots, "view.plots"))
        try:
            object.__setattr__(self, "camera", Camera.of(self.camera))
        except InputError as error:
            raise InputError(f"view.{error}") from None
        object.__setattr__(self, "camera_keys", checked_keys(self.camera_keys, "view.camera_keys"))

    @classmethod
    def of(cls, value: object) -> View:
        """Make one from the table of a file."""
        if isinstance(value, cls):
            return value
        return cls(**table_of(value, "view", [f.name for f in fields(cls)]))

    def camera_at(self, k: int) -> Camera:
        """Return where the camera is at frame `k`."""
        return camera_at(self.camera, self.camera_keys, k)

    def table(self) -> dict[str, Any]:
        """Return it as plain values; what is not given, and the usual, is left out.

        `kind` and `theme` are always there.
        """
        usual = View()
        known: dict[str, Any] = {}
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name in ("kind", "theme") or value != getattr(usual, f.name):
                known[f.name] = list(value) if isinstance(value, tuple) else value
        if "camera" in known:
            known["camera"] = self.camera.table()
        if "camera_keys" in known:
            known["camera_keys"] = [key.table() for key in self.camera_keys]
        return known


def _arrows(value: object) -> tuple[str, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise InputError(f"view.arrows: {shown(value)} is not allowed; it must be a list of names")
    for name in value:
        if name not in ARROWS:
            raise InputError(f"view.arrows: {shown(name)} is not known; it must be one of {allowed(ARROWS)}")
    # A kind is drawn or it is not: the order, and whether one is named twice, change nothing.
    return tuple(name for name in ARROWS if name in value)


def followed(place: int, before: Sequence[Entrant], after: Sequence[Entrant]) -> int | None:
    """Return where an entrant has gone when the list changed; None where it is no longer there.

    It is known by everything but its colour; one that was edited, by the place it stays in.
    """
    if place >= len(before):
        return None
    bare = before[place].replace(color=None)
    alike = [i for i, entrant in enumerate(after) if entrant.replace(color=None) == bare]
    if alike:
        return place if place in alike else alike[0]
    edited = len(after) == len(before) or (
        place < len(after) and after[place].optimizer == before[place].optimizer
    )
    return place if edited else None
