"""The text of a lesson: what it is read into, what is refused; nothing of a stranger passes through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optviz.errors import InputError
from optviz.lesson import Paragraph, Span, parse, plain
from optviz.lesson.prose import MAX_FORMULA, checked_text, parse_line, plain_formula


def test_paragraphs_and_styles() -> None:
    text = "One **bold** and *italic* word,\nstill $\\eta\\nabla L$.\n\n- first\n- second\n  goes on\n\nLast."
    found = parse(text)
    assert [paragraph.item for paragraph in found] == [False, True, True, False]
    assert found[0].spans == (
        Span("One "),
        Span("bold", bold=True),
        Span(" and "),
        Span("italic", italic=True),
        Span(" word, still "),
        Span(r"\eta\nabla L", formula=True),
        Span("."),
    )
    assert [paragraph.plain for paragraph in found[1:]] == ["• first", "• second goes on", "Last."]


def test_signs_can_be_written_as_they_are_and_html_is_text() -> None:
    (paragraph,) = parse(r"5\$ \* 3 \\ <b onclick='x'>&lt;</b>")
    assert paragraph == Paragraph((Span(r"5$ * 3 \ <b onclick='x'>&lt;</b>"),))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a **b", "bold text starts with **"),
        ("a *b", "italic text starts with *"),
        ("price 5$ each", "starts with $ and does not end"),
        ("$$", "a formula is empty"),
        ("fine\n\n$\\input{/etc/passwd}$", "line 3: '\\input' is no command"),
        ("$\\write18{ls}$", "\\write"),
        ("$\\def\\x{1}$", "\\def"),
        ("$\\href{javascript:1}{x}$", "\\href"),
        ("$a{b$", "braces"),
        ("$}{$", "braces"),
        ("$a # b$", "# is not allowed"),
        ("$" + "{" * 40 + "}" * 40 + "$", "braces"),
        ("$" + "x" * (MAX_FORMULA + 1) + "$", "characters"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(text: str, says: str) -> None:
    with pytest.raises(InputError) as caught:
        parse(text)
    assert says in str(caught.value).replace("\\\\", "\\")
    assert "\n" not in str(caught.value)


def test_a_control_character_is_refused_and_ends_of_lines_are_tidied() -> None:
    with pytest.raises(InputError, match=r"U\+0007"):
        checked_text("bell\x07", "text")
    assert checked_text("\n  a \t\n\n b  \n\n", "text") == "a\n\n b"
    with pytest.raises(InputError, match="2 paragraphs"):
        parse_line("a\n\nb", "question")


@pytest.mark.parametrize(
    ("latex", "said"),
    [
        (r"\eta < \frac{2}{\lambda}", "η < 2/λ"),
        (r"x^2 + y^2", "x² + y²"),
        (r"\sqrt{\hat v} + \epsilon", "√(v̂) + ϵ"),
        (r"\hat m = g", "m̂ = g"),
        (r"\hat{m}_t / \bar{\theta}", "m̂ₜ / θ̄"),
        (r"0.9^{120}", "0.9¹²⁰"),
        (r"e^{-x/2}", "e^(−x/2)"),
        (r"45^\circ", "45°"),
        (r"\theta_k - \eta g", "θₖ − η g"),
    ],
)
def test_a_formula_can_be_read_aloud(latex: str, said: str) -> None:
    assert plain_formula(latex) == said


@given(st.text(alphabet="ab *$\\{}\n-_^#", max_size=60))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    message, found = "", ()
    try:
        found = parse(text)
    except InputError as error:
        message = str(error)
    assert "\n" not in message
    if message:
        return
    # What is neither a sign nor a space has come through, in order.
    bare = [c for c in text if c in "ab"]
    assert [c for c in plain(found) if c in "ab"] == bare
