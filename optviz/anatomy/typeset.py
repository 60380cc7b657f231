"""Formulas written once, set twice: with their symbols, and with this step's numbers in their place.

An expression is LaTeX in which `<name>` stands for a quantity and `*` for a product. A product of symbols is
set without a sign, one of numbers with a dot.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

_NAME = re.compile(r"<(\w+)>")
_OPENS = ("", "(", "=", "{", "[", "|", ",", "&", "\\")

SYMBOLS = {  # of the quantities that expressions name
    "alpha": r"\alpha", "beta": r"\beta", "beta1": r"\beta_1", "beta2": r"\beta_2", "c": "c_t", "d": "d",
    "delta": r"\Delta_t", "delta0": r"\Delta_{t-1}", "eps": r"\epsilon", "eta": r"\eta", "etat": r"\eta_t",
    "f": r"\nabla f", "factor": r"\eta^{\pm}", "g": "g_t", "grad": "g_t", "hessian": "H_t",
    "high": r"\Delta_{max}", "hxx": "f_{xx}", "hxy": "f_{xy}", "hyy": "f_{yy}",
    "jump": r"(H_t + \epsilon I)^{-1} g_t", "kappa": r"\kappa", "l1": "l_1", "l2": "l_2",
    "lambda": r"\lambda", "low": r"\Delta_{min}", "m": "m_t", "m0": "m_{t-1}", "mean": r"\bar{g}_t",
    "mhat": r"\hat{m}_t", "mu": r"\beta", "mun": r"\mu_{t+1}", "mut": r"\mu_t", "n": "n_t", "nu": r"\nu",
    "nu1": r"\nu_1", "nu2": r"\nu_2", "p": r"\Pi_t", "pn": r"\Pi_{t+1}", "r": "r_t", "rho": r"\rho",
    "rhoinf": r"\rho_\infty", "rhot": r"\rho_t", "s": "s_t", "s0": "s_{t-1}", "shat": r"\hat{s}_t",
    "projected": r"\mathrm{proj}(\theta_{t-1} + \Sigma)",
    "so": r"\Sigma", "t": "t", "theta": r"\theta_{t-1}", "top": r"\bar{v}_t", "u": "u_t", "u0": "u_{t-1}",
    "v": "v_t", "v0": "v_{t-1}", "vhat": r"\hat{v}_t", "w": "c_{t+1}", "waits": r"[g_t\,g_{t-1} \lt 0]",
    "x": "x_t", "xi": r"\xi_t", "y": "y_t", "z": "z_t", "zn": "z_{t+1}",
}  # fmt: skip


def symbolic(expression: str, symbols: Mapping[str, str]) -> str:
    """Return an expression with symbols."""
    text = expression.replace("*", r"\,")
    return _NAME.sub(lambda found: symbols[found.group(1)] + " ", text).strip()


def numeric(expression: str, numbers: Mapping[str, float]) -> str:
    """Return an expression with numbers; a negative one stands in parentheses where two signs would meet."""
    text, last = "", 0
    for found in _NAME.finditer(expression):
        text += expression[last : found.start()].replace("*", r" \cdot ")
        last = found.end()
        set_number = number(numbers[found.group(1)])
        before = text.rstrip()[-1:]
        raised = expression[last : last + 1] == "^"
        negative = set_number.startswith("{-}")
        awkward = negative or "times" in set_number
        if (negative and before not in _OPENS) or (awkward and raised):
            set_number = rf"({set_number})"
        text += set_number
    return text + expression[last:].replace("*", r" \cdot ")


def number(value: float, digits: int = 3) -> str:
    """Return a number in LaTeX with the digits that matter: 0.05, {-}1.2\\times 10^{-3}.

    The minus stands in braces: it is part of the number and takes no room of an operator.
    """
    if math.isnan(value):
        return r"\mathrm{undefined}"
    sign, value = ("{-}", -value) if value < 0.0 else ("", value)
    return sign + (r"\infty" if math.isinf(value) else _size(value, digits))


def _size(value: float, digits: int) -> str:
    if value == round(value) and value < 1e7:
        return str(round(value))
    # What a person typed is shown as typed: 0.9995, not 1.000.
    short = f"{value:.6g}"
    if (len(short.lstrip("0.").replace(".", "")) <= digits and 1e-3 <= value < 1e4) or 0.99 <= value < 1.0:
        return short
    mantissa, _, power = f"{value:.{digits - 1}e}".partition("e")
    exponent = int(power)
    if -3 <= exponent <= 3:
        return f"{value:.{max(0, digits - 1 - exponent)}f}"
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    tens = f"10^{{{exponent}}}"
    return tens if mantissa == "1" else rf"{mantissa}\times {tens}"


def spoken(value: float, digits: int = 3) -> str:
    """Return a number for a sentence: 0.05, −1.2×10⁻³."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else "−∞" if value < 0 else "∞"
    if 999.5 <= abs(value) < 1e5:
        return f"{value:.0f}".replace("-", "−")
    mantissa, _, power = f"{value:.{digits}g}".partition("e")
    mantissa = mantissa.replace("-", "−")
    if not power:
        return mantissa
    raised = str(int(power)).translate(_RAISED)
    return f"10{raised}" if mantissa == "1" else f"{mantissa}×10{raised}"


_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
