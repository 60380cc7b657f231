"""The texts of a lesson as HTML: only our own elements, with everything a stranger wrote escaped."""

from __future__ import annotations

import html
from functools import lru_cache
from importlib import import_module
from typing import Any
from xml.etree import ElementTree

from optviz.lesson import Paragraph, Span, plain

_NAMESPACE = "{http://www.w3.org/1998/Math/MathML}"
_ELEMENTS = frozenset(
    (
        "math", "mrow", "mi", "mo", "mn", "mtext", "mspace", "mfrac", "msqrt", "mroot", "msup", "msub",
        "msubsup", "mover", "munder", "munderover", "mstyle", "mtable", "mtr", "mtd", "mpadded", "menclose",
    )
)  # fmt: skip
_ATTRIBUTES = frozenset(("stretchy", "mathvariant", "width", "accent", "separator", "form"))


def paragraphs(read: tuple[Paragraph, ...]) -> str:
    """Return paragraphs and lists."""
    parts: list[str] = []
    for i, one in enumerate(read):
        text = "".join(map(_span, one.spans))
        if not one.item:
            parts.append(f"<p>{text}</p>")
            continue
        first = i == 0 or not read[i - 1].item
        last = i == len(read) - 1 or not read[i + 1].item
        parts.append(f"{'<ul>' if first else ''}<li>{text}</li>{'</ul>' if last else ''}")
    return "".join(parts)


def line(read: tuple[Paragraph, ...]) -> str:
    """Return what stands inside the first paragraph."""
    return "".join(map(_span, read[0].spans)) if read else ""


def text_of(read: tuple[Paragraph, ...]) -> str:
    """Return paragraphs as plain text."""
    return plain(read)


def _span(span: Span) -> str:
    text = _formula(span.text, span.plain) if span.formula else html.escape(span.text)
    text = f"<strong>{text}</strong>" if span.bold else text
    return f"<em>{text}</em>" if span.italic else text


@lru_cache(maxsize=512)
def _formula(latex: str, spoken: str) -> str:
    """Return a formula as MathML, which browsers set and read aloud; where that fails, as a line of text."""
    try:
        converter: Any = import_module("latex2mathml.converter")  # comes with ziamath
        root = ElementTree.fromstring(converter.convert(latex))  # noqa: S314 - made here, of checked LaTeX
        return _element(root)
    except Exception:  # whatever a converter stumbles on
        return f'<span class="formula">{html.escape(spoken)}</span>'


def _element(element: ElementTree.Element) -> str:
    """Return an element of MathML, written anew: nothing but what is known gets through."""
    name = element.tag.removeprefix(_NAMESPACE)
    if name not in _ELEMENTS:
        raise ValueError(name)
    known = {key: value for key, value in element.attrib.items() if key in _ATTRIBUTES}
    written = "".join(f' {key}="{html.escape(value)}"' for key, value in known.items())
    inside = html.escape(element.text or "") + "".join(map(_element, element))
    return f"<{name}{written}>{inside}</{name}>"
