"""Typesetting and the bridge to SymPy."""

from __future__ import annotations

import warnings

import pytest
import sympy

from optviz.catalog import Surface
from optviz.formula import latex, parse, to_sympy
from optviz.surfaces import SURFACES


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(a - x)**2 + b*(y - x**2)**2", r"(a - x)^{2} + b (y - x^{2})^{2}"),
        ("x/2 + y", r"\frac{x}{2} + y"),
        ("2*3*x", r"2 \cdot 3 x"),
        ("-x**2", r"-x^{2}"),
        ("(-x)**2", r"(-x)^{2}"),
        ("x - (y - 1)", r"x - (y - 1)"),
        ("x + (y - 1)", r"x + y - 1"),
        ("x - (-y)*2", r"x - (-y \cdot 2)"),
        ("x*-y", r"x (-y)"),
        ("(x**y)**2", r"(x^{y})^{2}"),
        ("x**y**2", r"x^{y^{2}}"),
        ("sin(x)**2", r"\sin^{2}(x)"),
        ("sin(x)**-1", r"(\sin(x))^{-1}"),
        ("exp(-x**2)", r"e^{-x^{2}}"),
        ("sqrt(abs(x))", r"\sqrt{\left|x\right|}"),
        ("kappa*pi*x", r"\kappa \pi x"),
        ("1e-5*x", r"10^{-5} x"),
        ("2.5e-7*x", r"2.5 \cdot 10^{-7} x"),
        ("cos(x/y)", r"\cos\left(\frac{x}{y}\right)"),
        ("-(x + y)/2", r"-\frac{x + y}{2}"),
        ("x**(1/3)", r"x^{1/3}"),
        ("beta1*x", r"\beta_{1} x"),
        ("max(x, y)", r"\max(x, y)"),
    ],
)
def test_latex(text: str, expected: str) -> None:
    assert latex(parse(text, ("a", "b", "kappa", "beta1"))) == expected


def test_names_may_be_replaced() -> None:
    assert latex(parse("a*x", ("a",)), {"a": "1.5"}) == "1.5 x"


@pytest.mark.parametrize("surface", [s for s in SURFACES if s.model is None], ids=lambda s: s.id)
def test_every_surface_can_be_drawn(surface: Surface) -> None:
    node = parse(surface.formula, [k.name for k in surface.coefficients])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it reads its font in a way that is deprecated
        import ziamath
    assert ziamath.Latex(latex(node)).svg().startswith("<svg")


def test_sympy_objects_are_exact() -> None:
    x, y, a = sympy.symbols("x y a", real=True)
    node = parse("0.1*x**2 - a*min(x, y, 2)/sqrt(pi) + e**-abs(y)", ("a",))
    expected = x**2 / 10 - a * sympy.Min(x, y, 2) / sympy.sqrt(sympy.pi) + sympy.exp(-sympy.Abs(y))
    assert sympy.simplify(to_sympy(node) - expected) == 0
