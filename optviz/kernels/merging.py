"""Writing the text of two kernels into one loop: reading their trees, and renaming their words.

Only text of optviz's own is merged: declared step kernels, and losses generated from checked formulas.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, ClassVar

CHUNK = 128
"""Steps between two looks at the alarm."""

ARGUMENTS = (
    "loss_at, hessian_at, step, probe, penalize, probes, needs_hessian, "
    "coefficients, data, penalty, batches, hypers, learning_rate, noise, tolerance, feasible, stop, "
    "theta, grad, loss, before, state, memory, limit, short, running, counts, attention, "
    "end, end_loss, steps, status, targets, radius, outside"
)
HALVES = {"x": ":lanes", "y": "lanes:"}
STEP_NAMES = ("theta", "grad", "hessian", "state", "memory", "hypers", "t")
LOSS_NAMES = ("x", "y", "coefficients", "data", "loss", "gx", "gy")


class Unmergeable(Exception):  # noqa: N818 - an answer, not an error
    """The text of a kernel is not at hand or not of the shape that can be merged."""


def parsed(function: Callable[..., Any], names: Sequence[str]) -> ast.FunctionDef:
    """Return the tree of a kernel whose arguments are `names`."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    except (OSError, TypeError, SyntaxError):
        raise Unmergeable from None
    if not isinstance(tree, ast.FunctionDef) or [a.arg for a in tree.args.args] != list(names):
        raise Unmergeable
    if ast.get_docstring(tree) is not None:
        tree.body.pop(0)
    return tree


def loop_of(function: ast.FunctionDef, over: str) -> tuple[list[ast.stmt], list[ast.stmt]]:
    """Return what comes before the one loop over `over`, which ends the function, and the loop's body."""
    *prelude, loop = function.body
    if not isinstance(loop, ast.For) or ast.unparse(loop.iter) != f"range({over}.shape[0])":
        raise Unmergeable
    if loop.orelse or not isinstance(loop.target, ast.Name) or loop.target.id != "i":
        raise Unmergeable
    banned = (ast.For, ast.While, ast.Return, ast.Break, ast.Continue, ast.Lambda, ast.ListComp)
    nodes = [node for statement in (*prelude, *loop.body) for node in ast.walk(statement)]
    if any(isinstance(node, banned) for node in nodes):
        raise Unmergeable
    called = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
    if any(name.startswith("vector_") for name in called):
        raise Unmergeable  # so much arithmetic that there is nothing to gain: measured, it loses a tenth
    return prelude, loop.body


def assigned(statements: Sequence[ast.stmt]) -> frozenset[str]:
    """Return the plain names that statements write to."""
    nodes = (node for statement in statements for node in ast.walk(statement))
    return frozenset(n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)) - {"i"}


def rows_of(statements: Sequence[ast.stmt]) -> Iterator[int]:
    """Yield the rows of optimizer memory that statements name."""
    for statement in statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "state":
                yield row_of(node)


def row_of(node: ast.Subscript) -> int:
    place = node.slice
    if isinstance(place, ast.Tuple) and ast.unparse(place.elts[1]) == "i":
        row = place.elts[0]
        if isinstance(row, ast.Constant) and isinstance(row.value, int):
            return row.value
    raise Unmergeable


def gather(scope: dict[str, Any], function: Callable[..., Any]) -> None:
    """Add what a function's global names mean; two meanings of one name cannot be merged."""
    meanings = function.__globals__
    for name in function.__code__.co_names:
        if name in meanings:
            if name in scope and scope[name] is not meanings[name] and scope[name] != meanings[name]:
                raise Unmergeable
            scope[name] = meanings[name]


def renamed(statements: Sequence[ast.stmt], rule: ast.NodeTransformer) -> list[ast.stmt]:
    module = rule.visit(ast.parse("\n".join(map(ast.unparse, statements))))
    return list(ast.fix_missing_locations(module).body)


def _asks_first(test: ast.expr) -> bool:
    return ast.unparse(test) == "t == 1"


class StepWords(ast.NodeTransformer):
    """Puts a step kernel's words into those of the merged loop, for one coordinate."""

    def __init__(self, own: frozenset[str], coordinate: str, doubled: frozenset[str] = frozenset()) -> None:
        self._own, self._coordinate, self._doubled = own, coordinate, doubled

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        array = ast.unparse(node.value)
        if array == "theta" and ast.unparse(node.slice) == "i":
            return ast.Subscript(ast.Name(self._coordinate, ast.Load()), node.slice, node.ctx)
        if array == "grad" and ast.unparse(node.slice) == "i" and isinstance(node.ctx, ast.Load):
            return ast.Name(f"g{self._coordinate}", ast.Load())
        if array == "state":
            row = ast.Name(f"s{row_of(node)}{self._coordinate}", ast.Load())
            return ast.Subscript(row, ast.Name("i", ast.Load()), node.ctx)
        if array in ("memory", "hypers") and isinstance(node.slice, ast.Constant):
            name = "shared" if array == "memory" else "hyper"
            return ast.Subscript(ast.Name(name, ast.Load()), node.slice, node.ctx)
        raise Unmergeable

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        # The first step is taken by the plain loop; a choice left here keeps LLVM from making vectors.
        return self.visit(node.orelse) if _asks_first(node.test) else self.generic_visit(node)

    def visit_If(self, node: ast.If) -> ast.AST | list[ast.AST]:
        if _asks_first(node.test):
            return [self.visit(statement) for statement in node.orelse]
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in STEP_NAMES and node.id != "t":
            raise Unmergeable
        if node.id in self._own:
            last = f"_{self._coordinate}" if node.id in self._doubled else ""
            return ast.Name(f"p_{node.id}{last}", node.ctx)
        return node


class LossWords(ast.NodeTransformer):
    """Puts a loss kernel's words into those of the merged loop: its results are plain numbers there."""

    _RESULTS: ClassVar = {"loss": "value", "gx": "gx", "gy": "gy"}

    def __init__(self, own: frozenset[str]) -> None:
        self._own = own

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        array = ast.unparse(node.value)
        if array in self._RESULTS and ast.unparse(node.slice) == "i" and isinstance(node.ctx, ast.Store):
            return ast.Name(self._RESULTS[array], ast.Store())
        if array in ("x", "y", "coefficients"):
            return node
        raise Unmergeable

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id in LOSS_NAMES:
            raise Unmergeable
        return ast.Name(f"l_{node.id}", node.ctx) if node.id in self._own else node


def indented(lines: Iterable[str], indent: int) -> str:
    return textwrap.indent("\n".join(lines), " " * indent)


def with_constants(source: str, scope: dict[str, Any]) -> str:
    """Return a text headed by the numbers that are compiled in: what is kept on disk is known by its text."""
    numbers = [f"# {name} = {value!r}" for name, value in sorted(scope.items()) if isinstance(value, float)]
    return "\n".join([*numbers, source.lstrip()])
