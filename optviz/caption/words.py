"""Numbers, names and settings in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from optviz.translation import QT_TRANSLATE_NOOP as T

BATCH = T("Caption", "batches of {count}")
_ALL = T("Caption", "all samples")
_WHOLE = T("Caption", "over all steps")
_NONE = T("Caption", "none")
_SWITCH = {True: T("Caption", "on"), False: T("Caption", "off")}
_SYMBOLS = {
    "beta1": "β₁", "beta2": "β₂", "nu1": "ν₁", "nu2": "ν₂", "nu": "ν", "rho": "ρ", "alpha": "α",
    "epsilon": "ε", "gamma": "γ", "eta_minus": "η₋", "eta_plus": "η₊", "l1": "L1", "l2": "L2",
}  # fmt: skip
_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_WORDS = {
    "relu": "ReLU", "leaky_relu": "leaky ReLU", "gelu": "GELU", "silu": "SiLU", "elu": "ELU",
    "mse": T("Caption", "mean squared error"), "bce": T("Caption", "cross-entropy"),
}  # fmt: skip

_translator: list[Callable[[str], str]] = []


def translate_by(translator: Callable[[str], str]) -> None:
    """Let captions be translated; whoever draws them does this, for nothing here may import Qt."""
    _translator[:] = [translator]


def say(text: str) -> str:
    """Return a text in the person's language."""
    return _translator[0](text) if _translator and text else text


def number(value: float) -> str:
    """Return a number with all its digits as a person writes it: 0.05, 10⁻⁸, 2.5×10⁻⁴."""
    text = f"{value:g}"
    if float(text) != value:
        text = repr(float(value)) if isinstance(value, float) else str(value)
    mantissa, exponent, power = text.partition("e")
    if exponent:
        raised = "10" + str(int(power)).translate(_RAISED)
        sign = "-" if mantissa.startswith("-") else ""
        text = sign + raised if mantissa.lstrip("-") == "1" else f"{mantissa}×{raised}"
    return text.replace("-", "−")


def setting(name: str, value: Any) -> str:
    """Return one setting by its name, as a lecturer would say it."""
    if name == "batch_size":
        return say(BATCH).format(count=value) if value else say(_ALL)
    if name == "total_steps" and not value:
        return say(_WHOLE)
    spoken = _SYMBOLS.get(name) or say(name.replace("_", " "))
    if isinstance(value, bool):
        return f"{spoken} {say(_SWITCH[value])}"
    if isinstance(value, (list, tuple)):
        return f"{spoken} {'-'.join(map(str, value)) or say(_NONE)}"
    text = _WORDS.get(value, value.replace("_", " ")) if isinstance(value, str) else number(value)
    return f"{spoken} {say(text)}"
