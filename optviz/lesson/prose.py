"""The text of a lesson: a few signs in plain text, read into a small checked tree.

Paragraphs are parted by an empty line; one that starts with "- " is an item of a list, as is each line in it
that does. Inside, `**bold**`, `*italic*` and `$formula$`; a backslash takes `*`, `$` and `\\` as they are.
Nothing else means anything: `<b>` is shown as it is typed.

A formula is LaTeX of the commands in `COMMANDS` and no others, so that no text can make a typesetter read or
run anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from optviz.errors import InputError, shown

MAX_TEXT = 10_000
MAX_FORMULA = 400
_MOST_NESTED = 12

# What a formula stands for in plain text; empty for commands that only say how something is set.
_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ",
    "eta": "η", "theta": "θ", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π",
    "rho": "ρ", "sigma": "σ", "tau": "τ", "phi": "ϕ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω",
    "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ",
    "Omega": "Ω",
}  # fmt: skip
_SIGNS = {
    "cdot": "·", "times": "×", "pm": "±", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥", "ne": "≠", "neq": "≠",
    "approx": "≈", "sim": "~", "ll": "≪", "gg": "≫", "to": "→", "rightarrow": "→", "leftarrow": "←",
    "Rightarrow": "⇒", "infty": "∞", "nabla": "∇", "partial": "∂", "sum": "∑", "prod": "∏", "in": "∈",
    "sqrt": "√", "ldots": "…", "cdots": "⋯", "odot": "⊙", "circ": "∘", "propto": "∝", "quad": "  ",
    "qquad": "   ", "dots": "…",
    "mid": "|", "lVert": "‖", "rVert": "‖", "Vert": "‖", "ell": "ℓ", ",": " ", ";": " ", "!": "", " ": " ",
    "{": "{", "}": "}", "%": "%", "|": "‖",
}  # fmt: skip
_WORDS = ("sin", "cos", "tan", "tanh", "exp", "log", "ln", "min", "max", "det", "arg")
_SETTING = (
    "frac", "dfrac", "tfrac", "text", "mathrm", "mathbf", "mathit", "boldsymbol", "operatorname", "hat",
    "bar", "tilde", "vec", "dot", "left", "right", "underbrace", "overbrace", "overline",
)  # fmt: skip
_PLAIN = {**_GREEK, **_SIGNS, **{word: word for word in _WORDS}, **dict.fromkeys(_SETTING, "")}
COMMANDS = frozenset(_PLAIN)
_COMMAND = re.compile(r"\\([A-Za-z]+|.)", re.DOTALL)
_ACCENTS = {  # signs that stand over the letter before them
    "hat": "\u0302", "bar": "\u0304", "overline": "\u0304", "tilde": "\u0303", "vec": "\u20d7",
    "dot": "\u0307",
}  # fmt: skip
_ACCENTED = re.compile(
    rf"\\({'|'.join(_ACCENTS)})(?![A-Za-z])\s*(?:\{{([^{{}}]*)\}}|(\\[A-Za-z]+|[^\\{{}}\s]))"
)
_STAND_INS = {"^": "\ue000", "_": "\ue001"}  # of marks that stay: they must not be found again
_MARKS = {ord(sign): mark for mark, sign in _STAND_INS.items()}
_RAISED = dict(zip("0123456789+-=()niTk", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵀᵏ", strict=True)) | {"∘": "°"}
_LOWERED = dict(zip("0123456789+-=()ijktnxy", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ᵢⱼₖₜₙₓᵧ", strict=True))


@dataclass(frozen=True)
class Span:
    """A run of text in one style, or a formula in LaTeX."""

    text: str
    bold: bool = False
    italic: bool = False
    formula: bool = False

    @property
    def plain(self) -> str:
        """The text as it may be read aloud."""
        return plain_formula(self.text) if self.formula else self.text


@dataclass(frozen=True)
class Paragraph:
    """A paragraph, or an item of a list."""

    spans: tuple[Span, ...]
    item: bool = False

    @property
    def plain(self) -> str:
        """The paragraph without any style."""
        return ("• " if self.item else "") + "".join(span.plain for span in self.spans)


def checked_text(value: object, where: str, limit: int = MAX_TEXT) -> str:
    """Return a text of several lines, tidied at the ends of its lines, or raise InputError naming `where`."""
    if not isinstance(value, str):
        raise InputError(f"{where}: {shown(value)} is not allowed; it must be text")
    for c in value:
        if not c.isprintable() and c not in "\n\t":
            raise InputError(
                f"{where}: the character U+{ord(c):04X} is not allowed; it must be printable text"
            )
    text = "\n".join(line.rstrip() for line in value.expandtabs(4).split("\n")).strip("\n").strip()
    if len(text) > limit:
        raise InputError(f"{where}: {len(text):,} characters is not allowed; there may be at most {limit:,}")
    return text


def parse(text: str, where: str = "text") -> tuple[Paragraph, ...]:
    """Return the paragraphs of a text.

    Raises
    ------
    InputError
        Naming `where` and the line, for a sign that is opened and not closed, or a formula that is wrong.
    """
    blocks: list[tuple[int, bool, list[str]]] = []
    fresh = True
    for number, line in enumerate(text.split("\n"), 1):
        bare = line.strip()
        if not bare:
            fresh = True
        elif bare.startswith("- "):
            blocks.append((number, True, [bare[2:].strip()]))
            fresh = False
        elif fresh:
            blocks.append((number, False, [bare]))
            fresh = False
        else:
            blocks[-1][2].append(bare)
    return tuple(
        Paragraph(_spans(" ".join(lines), f"{where}, line {number}"), item) for number, item, lines in blocks
    )


def parse_line(text: str, where: str) -> Paragraph:
    """Return a text of one paragraph, which may be empty."""
    found = parse(text, where)
    if len(found) > 1:
        raise InputError(f"{where}: {len(found)} paragraphs is not allowed; it must be one")
    return found[0] if found else Paragraph(())


def plain(paragraphs: tuple[Paragraph, ...]) -> str:
    """Return paragraphs as plain text, for captions and for those who do not see them."""
    return "\n\n".join(paragraph.plain for paragraph in paragraphs)


def _spans(text: str, where: str) -> tuple[Span, ...]:
    spans: list[Span] = []
    run: list[str] = []
    bold = italic = False

    def close() -> None:
        if run:
            spans.append(Span("".join(run), bold, italic))
            run.clear()

    at = 0
    while at < len(text):
        c = text[at]
        if c == "\\" and text[at + 1 : at + 2] in ("*", "$", "\\"):
            run.append(text[at + 1])
            at += 2
        elif c == "$":
            end = text.find("$", at + 1)
            if end < 0:
                raise InputError(f"{where}: a formula starts with $ and does not end; close it, or write \\$")
            close()
            spans.append(Span(_formula(text[at + 1 : end].strip(), where), bold, italic, True))
            at = end + 1
        elif text.startswith("**", at):
            close()
            bold = not bold
            at += 2
        elif c == "*":
            close()
            italic = not italic
            at += 1
        else:
            run.append(c)
            at += 1
    close()
    if bold or italic:
        sign, name = ("**", "bold") if bold else ("*", "italic")
        raise InputError(f"{where}: {name} text starts with {sign} and does not end; close it, or write \\*")
    return tuple(spans)


def _formula(latex: str, where: str) -> str:
    """Return LaTeX that is harmless and can be set, or raise InputError."""
    if not latex:
        raise InputError(
            f"{where}: a formula is empty; write something between the two $, or \\$ for a dollar"
        )
    if len(latex) > MAX_FORMULA:
        raise InputError(
            f"{where}: a formula of {len(latex)} characters is not allowed; there may be {MAX_FORMULA}"
        )
    for name in _COMMAND.findall(latex):
        if name not in COMMANDS:
            raise InputError(
                f"{where}: {shown(chr(92) + name).replace(chr(92) * 2, chr(92))} is no command of formulas "
                "here; there are Greek letters and signs, \\frac, \\sqrt, \\hat, \\text, \\left and the like"
            )
    if latex.endswith("\\"):
        raise InputError(f"{where}: a formula ends with a backslash; a command must follow it")
    depth = 0
    for c in _COMMAND.sub(" ", latex):
        depth += (c == "{") - (c == "}")
        if depth < 0 or depth > _MOST_NESTED:
            break
        if c in "#&~":
            raise InputError(f"{where}: {c} is not allowed in a formula")
    if depth:
        raise InputError(f"{where}: the braces of a formula do not match: {shown(latex)}")
    return latex


def plain_formula(latex: str) -> str:
    """Return LaTeX as a line of Unicode that may be read aloud."""
    text = latex
    for _ in range(_MOST_NESTED):
        text, changed = _ACCENTED.subn(_accented, text)
        if not changed:
            break
    for _ in range(_MOST_NESTED):
        text, changed = re.subn(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}", r"(\1)/(\2)", text)
        text, also = re.subn(r"\\sqrt\{([^{}]*)\}", r"√(\1)", text)
        if not changed + also:
            break
    text = _COMMAND.sub(lambda found: _PLAIN.get(found[1], found[1]), text)
    for _ in range(_MOST_NESTED):  # from the innermost braces on
        text, raised = re.subn(r"\^(?:\{([^{}]*)\}|([^{}\s]))", lambda found: _set(found, _RAISED, "^"), text)
        text, lowered = re.subn(
            r"_(?:\{([^{}]*)\}|([^{}\s]))", lambda found: _set(found, _LOWERED, "_"), text
        )
        if not raised + lowered:
            break
    text = text.translate(_MARKS)
    text = re.sub(r"\(([\w.∇ηλβ\u0300-\u036f]{1,4})\)/", r"\1/", text)
    text = re.sub(r"/\(([\w.∇ηλβ\u0300-\u036f]{1,4})\)", r"/\1", text)
    text = re.sub(r"\(\s+", "(", text)
    return re.sub(r"\s+", " ", text.replace("{", "").replace("}", "")).strip().replace("-", "\N{MINUS SIGN}")


def _accented(found: re.Match[str]) -> str:
    """Return what an accent stands over, a combining sign behind each of its letters: m̂."""
    inside = (found[2] if found[2] is not None else found[3]).strip()
    sign = _ACCENTS[found[1]]
    if inside.startswith("\\"):
        inside = _COMMAND.sub(lambda name: _PLAIN.get(name[1], name[1]), inside)
    head, tail = (inside, "") if "_" not in inside else inside.split("_", 1)
    over = "".join(c if c.isspace() else c + sign for c in head)
    return over + (f"_{tail}" if tail else "")


def _set(found: re.Match[str], signs: Mapping[str, str], mark: str) -> str:
    """Return what is raised or lowered: each of its signs where all are known, else in parentheses."""
    inside = (found[1] if found[1] is not None else found[2]).strip()
    if inside and all(c in signs for c in inside):
        return "".join(signs[c] for c in inside)
    word = len(inside) == 1 or (mark == "_" and inside.isalnum())
    return f"{_STAND_INS[mark]}{inside}" if word else f"{_STAND_INS[mark]}({inside})"
