"""A film for LaTeX: a snippet for the package `animate`, and a document that shows it."""

from __future__ import annotations

from collections.abc import Mapping

_SPECIAL: Mapping[str, str] = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%",
    "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''", "`": r"\textasciigrave{}",
    "'": "'", "-": "-{}", "−": "$-$", "×": r"$\times$", "·": r"\textperiodcentered{}", "–": "--",
    "—": "---", "…": r"\dots{}", "≤": r"$\le$", "≥": r"$\ge$", "≠": r"$\ne$", "≈": r"$\approx$",
    "∞": r"$\infty$", "∇": r"$\nabla$", "∂": r"$\partial$", "√": r"$\surd$", "→": r"$\to$",
    "°": r"\textdegree{}",
    "α": r"$\alpha$", "β": r"$\beta$", "γ": r"$\gamma$", "δ": r"$\delta$", "ε": r"$\varepsilon$",
    "η": r"$\eta$", "θ": r"$\theta$", "κ": r"$\kappa$", "λ": r"$\lambda$", "μ": r"$\mu$", "ν": r"$\nu$",
    "π": r"$\pi$", "ρ": r"$\rho$", "σ": r"$\sigma$", "τ": r"$\tau$", "φ": r"$\varphi$", "ω": r"$\omega$",
    "‘": "`", "’": "'", "“": "``", "”": "''",
}  # fmt: skip
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+-", strict=True))


def escaped(text: str) -> str:
    """Return a text as LaTeX sets it: nothing in it is a command, and pdflatex knows every letter.

    What no usual font has becomes a question mark.
    """
    return "".join(map(_letter, text))


def _letter(c: str) -> str:
    if c in _SPECIAL:
        return _SPECIAL[c]
    if c in _RAISED:
        return f"$^{{{_RAISED[c]}}}$"
    if c in _LOWERED:
        return f"$_{{{_LOWERED[c]}}}$"
    if " " <= c <= "~" or ("À" <= c <= "ÿ" and c not in "×÷ÐðÞþ"):
        return c
    return " " if c.isspace() else "?"


def snippet(count: int, rate: float, folder: str = "animate") -> str:
    """Return what goes into a document of one's own.

    Parameters
    ----------
    count, rate
        How many frames there are, and how many of them a second shows.
    """
    last = f"{count - 1:03d}"
    return rf"""% A film of {count} frames, made by optviz. In the preamble: \usepackage{{animate}}
% In a Beamer frame, with the folder of this kit beside the document:
%   \begin{{frame}}{{The race}}
%     \newcommand{{\optvizkit}}{{KIT/}}\input{{KIT/animate_snippet}}
%   \end{{frame}}
% A click plays and pauses it, in Acrobat and in recent Okular. Preview, most browsers, pdfpc and SumatraPDF
% show its last frame and play nothing: for these, link to film.mp4 or take a still.
\providecommand{{\optvizkit}}{{}}%
\animategraphics[controls=all,poster=last,width=\linewidth,height=0.7\textheight,keepaspectratio]%
  {{{rate:g}}}{{\optvizkit {folder}/frame_}}{{{"0" * len(last)}}}{{{last}}}%
"""


def document(title: str, caption: str) -> str:
    """Return a document that shows the snippet and is compiled as it is: pdflatex animate.tex."""
    return rf"""% pdflatex animate.tex   (lualatex and xelatex do, too)
\documentclass{{article}}
\usepackage{{iftex}}
\ifpdftex\usepackage[utf8]{{inputenc}}\fi
\usepackage{{textcomp}}
\usepackage[a4paper,landscape,margin=2cm]{{geometry}}
\usepackage{{graphicx}}
\usepackage{{animate}}
\pagestyle{{empty}}
\begin{{document}}
\begin{{center}}
{{\Large {escaped(title)}\par}}
\bigskip
\input{{animate_snippet}}
\end{{center}}
{{\footnotesize\raggedright {escaped(caption)}\par}}
\end{{document}}
"""
