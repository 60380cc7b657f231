"""What the formula language lets through, and that nothing else gets anywhere."""

from __future__ import annotations

import ast
import builtins
import contextlib
import os
import subprocess
import sys
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.formula import FormulaError, check, kernels, latex, parse
from optviz.formula.tree import Binary, Call, Name, Negate, Node, Number

HOSTILE = [
    "__import__('os').system('touch owned-by-a-formula')",
    "__import__",
    "().__class__.__bases__[0].__subclasses__()",
    "x.__class__",
    "x.real",
    "exec('1')",
    "eval(x)",
    "open(x)",
    "9**9**9**9",
    "2**99999",
    "(9**9)**(9**9)",
    "1/0",
    "x + 1/0",
    "0/0",
    "log(-1)",
    "log(0)",
    "sqrt(-2)",
    "(-8)**(1/3)",
    "0**-1",
    "exp(1000)*x",
    "1e999",
    "x*1e999",
    "9" * 1500,
    "x + " + "9" * 400,
    "9" * 5000,
    "1" * 1_000_000,
    "x + " * 250_000 + "x",
    "(" * 100_000 + "x" + ")" * 100_000,
    "(" * 900 + "x" + ")" * 899,
    "(" * 150 + "x" + ")" * 150 + "+",
    "-" * 1999 + "x",
    "-" * 100 + "x",
    "sin(" * 90 + "x" + ")" * 90,
    "x" + "+x" * 900 + "+",
    "x**" * 400 + "x",
    "x\0",
    "\0",
    "x\n+ y",
    "x\r",
    "x #comment",
    "x; y",
    "f'{x}'",
    "'x'",
    '"x"',
    "b'x'",
    "lambda: x",
    "lambda x: x",
    "(x := 1)",
    "x = 1",
    "x == 1",
    "x < y",
    "x if y else 1",
    "x or y",
    "x and y",
    "not x",
    "~x",
    "x @ y",
    "x // y",
    "x % y",
    "x | y",
    "x << 2",
    "[x for x in y]",
    "[x]",
    "{x}",
    "{x: y}",
    "x[0]",
    "(x, y)",
    "x, y",
    "()",
    "*x",
    "sin(*x)",
    "sin(**x)",
    "sin(x=1)",
    "sin(x, y)",
    "sin()",
    "sin",
    "min(x)",
    "max()",
    "min",
    "x(y)",
    "pi(x)",
    "2(x)",
    "(x)(y)",
    "sin(x)(y)",
    "x^2",
    "2x",
    "2 x",
    "x y",
    "2pi",
    "1if x else y",
    "0x1F",
    "0b1",
    "1_000",
    "1j",
    "x*2J",
    "1.2.3",
    "1e",
    "1e+",
    "True",
    "None",
    "...",
    "nan",
    "inf",
    "z",
    "X",
    "a",
    "math.sin(x)",
    "await x",
    "yield x",
    "",
    " ",
    "\t",
    "x +",
    "+",
    "*x*y",
    "(x",
    "x)",
    "х**2",  # Cyrillic letter
    "ｘ**2",  # full-width letter
    "x²",
    "x − y",  # a true minus sign
    "π*x",
    "x\u00a0+ y",
    "x\u200b",
    "\ufeffx",
    "\ud800",
    "x\x0c+ y",
    "_",
    "__",
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda t: ascii(t[:24]))
def test_hostile_text_is_refused_quickly_and_nothing_runs(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    monkeypatch.setattr(os, "system", lambda *a: ran.append("system"))
    for name in ("eval", "exec", "open", "__import__"):
        monkeypatch.setattr(builtins, name, lambda *a, name=name, **k: ran.append(name))
    began = time.thread_time()
    try:
        parse(text)
    except FormulaError as caught:
        error = caught
    else:
        pytest.fail("accepted")
    finally:
        took = time.thread_time() - began
        monkeypatch.undo()
    assert not ran
    assert took < 0.05
    message = str(error)
    assert isinstance(error, InputError)
    assert message.startswith("formula: ")
    assert message.isprintable()
    assert len(message) <= 2000
    assert error.position is None or 0 <= error.position <= len(text)


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("x^2", 1, ["'^'", "character 2", "**"]),
        ("  x + z", 6, ["'z'", "character 7", "sqrt"]),
        ("2x", 1, ["'x'", "2*x"]),
        ("x + 1/0", 4, ["'1/0'", "finite"]),
        ("  y*log(-1)", 4, ["'log(-1)'", "finite"]),
        ("sin(x, y)", 0, ["sin", "one argument"]),
        ("x + min(y)", 4, ["min", "two or more"]),
        ("x*foo", 2, ["'foo'"]),
        ("x + sin", 4, ["sin(…)"]),
        ("x + (y", 4, []),
        ("x // y", 2, ["'//'"]),
        ("x(y)", 0, ["not a function"]),
        ("x*1e999", 2, ["too large"]),
    ],
)
def test_the_message_names_the_piece_the_place_and_what_is_allowed(
    text: str, position: int, words: list[str]
) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert caught.value.position == position
    for word in words:
        assert word in str(caught.value)


@pytest.mark.parametrize("value", [None, 3, b"x", ["x"]])
def test_what_is_not_text_is_refused(value: object) -> None:
    with pytest.raises(FormulaError):
        parse(value)  # type: ignore[arg-type]


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.text(max_size=80) | st.text("xy0123456789.e+-*/() ,sincoexplgqrtabmh", max_size=60))
@example("1e5.5")
def test_only_formula_errors_escape(text: str) -> None:
    with contextlib.suppress(FormulaError):
        parse(text)


def test_the_tree_is_the_one_written() -> None:
    x, y = Name("x"), Name("y")
    assert parse("x + 2*y") == Binary("+", x, Binary("*", Number(2.0), y))
    assert parse("-x**2") == Negate(Binary("**", x, Number(2.0)))
    assert parse("x**y**2") == Binary("**", x, Binary("**", y, Number(2.0)))
    assert parse(" +x - (y - 1e-3) ") == Binary("-", x, Binary("-", y, Number(0.001)))
    assert parse("max(x, y, .5)") == Call("max", (x, y, Number(0.5)))
    assert parse("a*sin(pi)", ("a",)) == Binary("*", Name("a"), Call("sin", (Name("pi"),)))
    assert parse("2.*x\t/3E2") == Binary("/", Binary("*", Number(2.0), x), Number(300.0))


def test_limits_are_exact() -> None:
    assert len("x" * 1 + " " * 1999) == 2000
    parse("x" + " " * 1999)
    with pytest.raises(FormulaError, match="2,000"):
        parse("x" + " " * 2000)
    parse("-" * 63 + "x")
    with pytest.raises(FormulaError, match="64"):
        parse("-" * 64 + "x")


@pytest.mark.parametrize(
    "text", ["x" + "+x" * 999, "x" + "-y" * 999, "*".join(f"(x-{k})" for k in range(250)), "x" + "/2" * 500]
)
def test_a_long_sum_is_no_nesting(text: str) -> None:
    node = parse(text)
    assert node == parse(text)
    assert node != parse(text.replace("x", "y", 1))
    assert hash(node) == hash(parse(text))
    assert repr(node).count("Name") == text.count("x") + text.count("y")
    assert latex(node).count("x") == text.count("x")
    check(text)


def test_parentheses_around_parentheses_are_no_nesting() -> None:
    assert parse("(" * 900 + "x" + ")" * 900) == Name("x")
    assert parse("(" * 400 + "x" + ")" * 400 + "*" + "(" * 400 + "y" + ")" * 400) == parse("x*y")
    with pytest.raises(FormulaError, match="nested too deep"):
        parse("1/(x+" * 100 + "y" + ")" * 100)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.recursive(
    st.sampled_from(["x", "y", "2", "007", "1.5e0"]),
    lambda inner: st.tuples(
        st.sampled_from(["-", "+", "", "("]), inner, st.sampled_from(["+", "-", "*", "/", "**"]), inner
    )
    .map(lambda t: f"({t[1]}{t[2]}{t[3]})" if t[0] == "(" else f"{t[0]}{t[1]}{t[2]}{t[3]}"),
    max_leaves=12,
))  # fmt: skip
def test_operators_bind_as_in_python(text: str) -> None:
    """Against Python's own grammar."""
    operators = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**"}

    def of_python(tree: ast.expr) -> Node:
        match tree:
            case ast.Constant(value=value):
                return Number(float(value))
            case ast.Name(id=name):
                return Name(name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Negate(of_python(operand))
            case ast.UnaryOp(operand=operand):
                return of_python(operand)
            case ast.BinOp(left=left, op=op, right=right):
                return Binary(operators[type(op)], of_python(left), of_python(right))
        raise AssertionError(tree)

    try:
        node = parse(text)
    except FormulaError as error:
        assert "finite" in str(error)  # noqa: PT017 - the one reason there may be
        return
    assert node == of_python(ast.parse(text.replace("007", "7"), mode="eval").body)


@pytest.mark.parametrize(
    "text",
    [
        "x**" * 60 + "x",
        "sqrt(" * 60 + "x*y" + ")" * 60,
        "/".join(f"(x+{k}*y)" for k in range(1, 210)),
        "+".join(f"(x*y+{k})**1.5" for k in range(1, 130)),
    ],
    ids=lambda t: t[:12],
)
def test_what_would_take_long_to_compile_is_refused_at_once(text: str) -> None:
    parse(text)
    began = time.thread_time()
    with pytest.raises(FormulaError, match=r"too involved.*4,000"):
        check(text)
    assert time.thread_time() - began < 1.0
    with pytest.raises(FormulaError, match="too involved"):
        kernels(text)
    with pytest.raises(InputError, match="too involved"):
        Experiment(formula=text, entrants=[{"optimizer": "gd"}])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("(x", "'(' at character 1 is not closed"),
        ("x*(y + (x", "'(' at character 8 is not closed"),
        ("x)", "')' at character 2 closes nothing"),
        ("()", "empty"),
        ("sin()", "has none; sin takes one argument"),
        ("max(*x)", "nothing on the left of '*'"),
        ("x + ", "nothing on the right of '+'"),
        ("x y", "an operator is missing at character 3, between 'x' and 'y'"),
        ("(x)(y)", "write * for a product"),
        ("1,5*x", "decimal mark is a point"),
        ("ln(x)", "log is the natural logarithm"),
        ("log10(x)", "log(x)/log(10)"),
        ("cosh(x)", "exp(x) + exp(-x)"),
        ("pow(x, 2)", "x**y"),
        ("SIN(x)", "names are written small: sin"),
        ("X", "names are written small: x"),
        ("sinx", "sin(x)"),
        ("xy", "x*y"),
    ],
)
def test_the_message_helps(text: str, hint: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert hint in str(caught.value)


def test_constant_parts_may_be_anything_finite() -> None:
    for text in ("2**0.5", "0**0", "exp(-1000)", "1e308", "1e-400", "(-2)**3", "abs(-1)", "min(1, 2)", "-0"):
        parse(text + " + x")


def test_coefficients_are_names_of_their_own() -> None:
    parse("a*x + b1", ("a", "b1"))
    with pytest.raises(FormulaError, match="'c'"):
        parse("c*x", ("a",))
    for name in ("x", "e", "sin", "lambda", "a b", "", "é"):
        with pytest.raises(ValueError, match="coefficient"):
            parse("x", (name,))


def test_importing_the_language_is_light() -> None:
    code = (
        "import sys, optviz.formula, optviz.surfaces\n"
        "heavy = {'numba', 'sympy', 'torch', 'PySide6', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
