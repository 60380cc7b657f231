"""What the settings of a comparison and their options are called."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from optviz.catalog import Choice
from optviz.gui.controls import look
from optviz.gui.controls.knob_row import shown_name
from optviz.gui.controls.number_words import number_text
from optviz.gui.reshape.edits import Item, Value
from optviz.translation import QT_TRANSLATE_NOOP

_NAMES = {
    "choices.batch_norm": QT_TRANSLATE_NOOP("Reshape", "batch norm"),
    "choices.batch_norm_mode": QT_TRANSLATE_NOOP("Reshape", "statistics"),
    "choices.loss": QT_TRANSLATE_NOOP("Reshape", "loss"),
    "choices.dataset": QT_TRANSLATE_NOOP("Reshape", "data set"),
    "choices.standardize": QT_TRANSLATE_NOOP("Reshape", "standardized"),
    "coefficients.m": QT_TRANSLATE_NOOP("Reshape", "samples m"),
    "coefficients.seed": QT_TRANSLATE_NOOP("Reshape", "data seed"),
    "coefficients.noise": QT_TRANSLATE_NOOP("Reshape", "noise in data"),
    "coefficients.gamma": QT_TRANSLATE_NOOP("Reshape", "scale γ"),
    "coefficients.beta": QT_TRANSLATE_NOOP("Reshape", "shift β"),
    "coefficients.epsilon": QT_TRANSLATE_NOOP("Reshape", "variance + ε"),
    "penalty.l1": QT_TRANSLATE_NOOP("Reshape", "L1 penalty λ₁"),
    "penalty.l2": QT_TRANSLATE_NOOP("Reshape", "L2 penalty λ₂"),
}
_OPTIONS = {
    "mse": QT_TRANSLATE_NOOP("Reshape", "MSE"),
    "bce": QT_TRANSLATE_NOOP("Reshape", "BCE"),
    "relu": QT_TRANSLATE_NOOP("Reshape", "ReLU"),
    "leaky_relu": QT_TRANSLATE_NOOP("Reshape", "leaky ReLU"),
    "gelu": QT_TRANSLATE_NOOP("Reshape", "GELU"),
    "silu": QT_TRANSLATE_NOOP("Reshape", "SiLU"),
    "elu": QT_TRANSLATE_NOOP("Reshape", "ELU"),
    "training": QT_TRANSLATE_NOOP("Reshape", "batch statistics"),
    "inference": QT_TRANSLATE_NOOP("Reshape", "running statistics"),
}
_SIDES = {
    "before": QT_TRANSLATE_NOOP("Reshape", "before"),
    "after": QT_TRANSLATE_NOOP("Reshape", "after"),
    "": QT_TRANSLATE_NOOP("Reshape", "both sides"),
}


def _said(text: str) -> str:
    return QCoreApplication.translate("Reshape", text)


def item_name(item: Item) -> str:
    """Return what a setting is called."""
    known = _NAMES.get(item.key)
    return _said(known) if known else shown_name(item.name)


def side_name(side: str) -> str:
    """Return what a side is called; "" is both."""
    return _said(_SIDES[side])


def spoken_name(item: Item, side: str) -> str:
    """Return what a control says it sets: the setting, and which side's where there is one for each."""
    return f"{item_name(item)}, {side_name(side)}" if side else item_name(item)


def option_name(option: Value) -> str:
    """Return what an option of a choice is called."""
    if isinstance(option, bool):
        return _said(QT_TRANSLATE_NOOP("Reshape", "on")) if option else _said(
            QT_TRANSLATE_NOOP("Reshape", "off")
        )
    known = _OPTIONS.get(str(option))
    return _said(known) if known else look.catalog(str(option).replace("_", " "))


def value_name(item: Item, value: Value) -> str:
    """Return a value of a setting as it is read."""
    return option_name(value) if isinstance(item.declared, Choice) else number_text(float(value))
