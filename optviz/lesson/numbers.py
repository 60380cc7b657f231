"""Numbers in the sentences of answers and scores."""

from __future__ import annotations

_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def number(value: float) -> str:
    """Return a number with the three digits that matter, as a person writes it: 0.05, −2.1×10⁻¹⁰."""
    mantissa, _, power = f"{value:.3g}".partition("e")
    text = f"{mantissa}×10{str(int(power)).translate(_RAISED)}" if power else mantissa
    return text.replace("-", "\N{MINUS SIGN}")
