"""What the two sides of a comparison differ in, in words, and writing it above a picture."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from PySide6.QtCore import QCoreApplication, QRectF
from PySide6.QtGui import QPainter

from optviz.experiment import Experiment
from optviz.kernels.activations import ACTIVATIONS
from optviz.render import fonts
from optviz.render.style import Metrics, Theme, number

_COEFFICIENTS = {
    "gamma": "γ", "beta": "β", "epsilon": "ε", "m": "m", "l1": "λ₁", "l2": "λ₂",
}  # fmt: skip


def differences(experiment: Experiment) -> tuple[str, str]:
    """Return what is different on either side of a comparison: "batch norm off" and "batch norm on"."""
    before, after = (_settings(side) for side in experiment.sides.values())
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if not names:
        same = _tr("the same setting")
        return same, same
    texts = [
        ", ".join(_phrase(name, side.get(name)) for name in names if name in side) for side in (before, after)
    ]
    return texts[0], texts[1]


def common(experiment: Experiment) -> str:
    """Return what both sides of a comparison share, as far as a reader wants to know it."""
    before, after = (_settings(side) for side in experiment.sides.values())
    same = [name for name in after if before.get(name) == after[name]]
    told: list[str] = [name for name in ("activation", "loss", "batch_norm", "depth") if name in same]
    told += [name for name in ("l1", "l2", "batch_size") if name in same and after[name]]
    return ", ".join(_phrase(name, after[name]) for name in told)


def _settings(side: Experiment) -> dict[str, Any]:
    declared = side.declared_surface
    choices = {choice.name: side.choices[choice.name] for choice in declared.choices}
    if not choices.get("batch_norm") or choices["batch_norm_mode"] == "training":
        choices.pop("batch_norm_mode", None)  # of what is off, or as usual, there is nothing to tell
    values = {knob.name: side.coefficients[knob.name] for knob in declared.coefficients}
    return {**choices, **values, **asdict(side.penalty), "batch_size": side.batch_size}


def _phrase(name: str, value: Any) -> str:
    """Return one setting as a lecturer would say it."""
    if name == "activation":
        return next((one.title for one in ACTIVATIONS if one.id == value), str(value))
    words = {
        ("batch_norm", False): _tr("batch norm off"),
        ("batch_norm", True): _tr("batch norm on"),
        ("batch_norm_mode", "inference"): _tr("running statistics"),
        ("loss", "mse"): _tr("mean squared error"),
        ("loss", "bce"): _tr("cross-entropy"),
        ("standardize", False): _tr("raw features"),
        ("standardize", True): _tr("standardized features"),
        ("classes", "overlapping"): _tr("overlapping classes"),
        ("classes", "separable"): _tr("separable classes"),
        ("dataset", "clouds"): _tr("two clouds of points"),
        ("dataset", "moons"): _tr("two moons"),
        ("dataset", "circles"): _tr("two circles"),
        ("dataset", "blobs"): _tr("two blobs"),
        ("dataset", "spiral"): _tr("two spiral arms"),
        ("dataset", "digits"): _tr("handwritten digits"),
        ("plane", "random"): _tr("random plane"),
        ("plane", "minima"): _tr("plane through three minima"),
    }
    if (name, value) in words:
        return words[name, value]
    if name == "batch_size":
        return _tr("batches of {count}").format(count=value) if value else _tr("all samples")
    spoken = QCoreApplication.translate("Catalog", name.replace("_", " "))
    if isinstance(value, str | bool):
        option = QCoreApplication.translate("Catalog", str(value).replace("_", " ").lower())
        return _tr("{name}: {option}").format(name=spoken, option=option)
    text = number(float(value), 4)
    if name in _COEFFICIENTS:
        return f"{_COEFFICIENTS[name]} = {text}"
    return _tr("{name} {value}").format(name=spoken, value=text)


class CaptionPanel:
    """Writes "before" or "after" and what is special there on one line."""

    def __init__(self, theme: Theme, metrics: Metrics) -> None:
        self.theme, self.metrics = theme, metrics

    def paint(self, painter: QPainter, rect: QRectF, side: str, text: str, *, vector: bool = False) -> None:
        """Write a caption in the middle of the height of `rect`.

        Parameters
        ----------
        side
            "before", "after", or "" for neither.
        """
        m, theme = self.metrics, self.theme
        faces = fonts.font(m.small), fonts.font(m.medium)
        left = rect.x()
        if side:
            word = _tr("before") if side == "before" else _tr("after")
            color = theme.muted if side == "before" else theme.text(theme.accent)
            base = rect.center().y() + fonts.rise(faces[1]) / 2
            fonts.write(painter, left, base, word, faces[0], color)
            left += fonts.width(word, faces[0]) + m.gap(2)
        room = rect.right() - left
        face = next((one for one in reversed(faces) if fonts.width(text, one) <= room), faces[0])
        base = rect.center().y() + fonts.rise(faces[1]) / 2
        fonts.write(painter, left, base, fonts.elided(text, face, room), face, theme.ink)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Companions", text)
