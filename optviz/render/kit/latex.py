"""A film for LaTeX: a snippet for the package `animate`, and a document that shows it."""

from __future__ import annotations

from collections.abc import Mapping

_SPECIAL: Mapping[str, str] = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%",
    "_": r"\_", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", "`": r"\textasciigrave{}",
    "'": "'", "-": "-{}", "−": "$-$", "×": r"$\times$", "·": r"\textperiodcentered{}", "–": "--",
    "—": "---", "…": r"\dots{}", "≤": r"$\le$", "≥": r"$\ge$", "≠": r"$\ne$", "≈": r"$\approx$",
    "∞": r"$\infty$", "∇": r"$\nabla$", "∂": r"$\partial$", "√": r"$\surd$", "→": r"$\to$",
    "°": r"\textdegree{}", "€": r"\texteuro{}", "Œ": r"\OE{}", "œ": r"\oe{}",
    "α": r"$\alpha$", "β": r"$\beta$", "γ": r"$\gamma$", "δ": r"$\delta$", "ε": r"$\varepsilon$",
    "η": r"$\eta$", "θ": r"$\theta$", "κ": r"$\kappa$", "λ": r"$\lambda$", "μ": r"$\mu$", "ν": r"$\nu$",
    "π": r"$\pi$", "ρ": r"$\rho$", "σ": r"$\sigma$", "τ": r"$\tau$", "φ": r"$\varphi$", "ω": r"$\omega$",
    "‘": "`", "’": "'", "“": "``", "”": "''",
}  # fmt: skip
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋", "0123456789+-", strict=True))


def escaped(text: str) -> str:
    """Return a text as LaTeX sets it: nothing in it is a command, and pdflatex knows every letter.

    A letter that no font of pdflatex has stands in `\\optvizletter`, which `document` defines: lualatex and
    xelatex set the letter itself where they find a font that has it, pdflatex a question mark. Straight
    quotes become opening and closing ones in turn.
    """
    made: list[str] = []
    before, open_ = " ", False
    for c in text:
        if c == '"':
            open_ = not open_ and (before.isspace() or before in "([{–—-/" or not made)
            made.append("``" if open_ else "''")
        else:
            made.append(_letter(c))
        before = c
    return "".join(made)


def lost(text: str) -> str:
    """Return the letters of a text that pdflatex cannot set, each once."""
    return "".join(dict.fromkeys(c for c in text if _letter(c).startswith(r"\optvizletter")))


def _letter(c: str) -> str:
    if c in _SPECIAL:
        return _SPECIAL[c]
    if c in _RAISED:
        return f"$^{{{_RAISED[c]}}}$"
    if c in _LOWERED:
        return f"$_{{{_LOWERED[c]}}}$"
    if " " <= c <= "~" or ("À" <= c <= "ÿ" and c not in "×÷ÐðÞþ"):
        return c
    if c.isspace():
        return " "
    return rf'\optvizletter{{"{ord(c):X}}}' if c.isprintable() else "?"


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


# Fonts that hold most of the letters that Latin Modern has not, the likeliest first.
_FONTS = (
    "Noto Sans CJK SC", "Noto Serif CJK SC", "Source Han Sans SC", "FandolSong", "WenQuanYi Zen Hei",
    "Microsoft YaHei", "PingFang SC", "Noto Sans", "DejaVu Sans", "Unifont",
)  # fmt: skip
_TRIED = "\n".join(rf"  \optviztry{{{name}}}{{\optvizfont{chr(97 + i)}}}" for i, name in enumerate(_FONTS))
_LETTERS = (
    r"""% Letters that pdflatex has no font for: it prints a question mark, lualatex and xelatex the letter,
% from the first of these fonts that is here and has it.
\ifpdftex
  \newcommand{\optvizletter}[1]{?}
\else
  \usepackage{fontspec}
  \def\optvizfonts{\optvizuse{\normalfont}}
  \def\optviztry#1#2{\IfFontExistsTF{#1}{\newfontfamily{#2}{#1}\expandafter\def\expandafter\optvizfonts
    \expandafter{\optvizfonts\optvizuse{#2}}}{}}
"""
    + _TRIED
    + r"""
  \def\optvizuse#1{\ifx\optvizfound\relax\begingroup#1\iffontchar\font\optvizcode\relax
    \gdef\optvizfound{#1}\fi\endgroup\fi}
  \newcommand{\optvizletter}[1]{\begingroup\def\optvizcode{#1}\global\let\optvizfound\relax\optvizfonts
    \ifx\optvizfound\relax?\else\optvizfound\symbol{#1}\fi\endgroup}
\fi
"""
)


def document(title: str, caption: str) -> str:
    """Return a document that shows the snippet and is compiled as it is: pdflatex animate.tex."""
    missing = lost(title + caption)
    engines = "% pdflatex animate.tex   (lualatex and xelatex do, too)\n"
    if missing:
        names = ", ".join(f"U+{ord(c):04X}" for c in missing)
        engines = (
            f"% lualatex animate.tex   (xelatex does, too; pdflatex prints a question mark for {names})\n"
        )
    return rf"""{engines}\documentclass{{article}}
\usepackage{{iftex}}
\ifpdftex\usepackage[utf8]{{inputenc}}\fi
{_LETTERS if missing else ""}\usepackage{{textcomp}}
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
