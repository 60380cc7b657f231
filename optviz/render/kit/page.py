"""The page of a player: one HTML file with everything in it, which nothing can make it leave.

Its policy allows the one script and the one style that stand in it, by their digests, and pictures that stand
in it; no other script, no connection, no form. Texts of strangers are escaped wherever they stand.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from optviz.render.kit.page_script import SCRIPT
from optviz.render.kit.page_style import STYLE
from optviz.render.kit.reel import Reel
from optviz.render.kit.words import tr

MOST_BYTES = 12_000_000
_ROOM = 400_000  # for everything but pictures
SPEEDS = {"0.25": "¼", "0.5": "½", "1": "1", "2": "2", "4": "4"}

# Beyond what a JSON text in HTML must not hold: line ends of their own, which old readers stumble over.
_ESCAPES = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}

_ICONS = {
    name: f'<svg viewBox="0 0 16 16" aria-hidden="true"><path d="{path}"/></svg>'
    for name, path in {
        "first": "M3 3h2v10H3zM13 3v10L6 8z",
        "back": "M12 3v10L4 8z",
        "forward": "M4 3v10l8-5z",
        "end": "M11 3h2v10h-2zM3 3v10l7-5z",
    }.items()
}


@dataclass(frozen=True, eq=False)
class Clip:
    """One race of a page.

    Attributes
    ----------
    text
        HTML that stands above the picture; made by `optviz.render.kit`, never taken from anybody.
    question, answer
        Of a prediction: HTML likewise; the answer stands hidden until it is asked for. Empty for none.
    names, alts
        For each frame what it is called and what it shows.
    rate
        Frames a second.
    opening
        The frame that is seen first.
    """

    title: str
    reel: Reel
    names: tuple[str, ...]
    alts: tuple[str, ...]
    rate: float
    caption: str
    details: str
    text: str = ""
    question: str = ""
    answer: str = ""
    opening: int = 0
    plays: bool = True


def room_for_pictures(clips: int) -> int:
    """Return how many bytes the pictures of each of so many clips may take."""
    return (MOST_BYTES - _ROOM) // max(1, clips)


def page(title: str, clips: Sequence[Clip], record: str = "", summary: str = "") -> bytes:
    """Return the page that plays clips.

    Parameters
    ----------
    record
        What exported files know about themselves; empty for nothing.
    summary
        HTML below the title.
    """
    many = len(clips) > 1
    body = "".join(
        [
            f"<header><h1>{html.escape(title)}</h1>",
            _button("look", tr("Light or dark"), tr("Change between a light and a dark page")),
            "</header>",
            summary,
            _contents(clips) if many else "",
            '<div class="split"><div class="words">' if many else "<div><div>",
            *(_above(clip, i, many) for i, clip in enumerate(clips)),
            '</div><div class="pictures">',
            _stage(clips[0]),
            *(_below(clip, i) for i, clip in enumerate(clips)),
            _help(many),
            "</div></div>",
            '<p id="live" class="unseen" aria-live="polite"></p>',
        ]
    )
    policy = (
        "default-src 'none'; img-src data:; "
        f"style-src {_digest(STYLE)}; script-src {_digest(SCRIPT)}; base-uri 'none'; form-action 'none'"
    )
    made = f'<meta name="optviz" content="{html.escape(record)}">' if record else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="referrer" content="no-referrer"><meta name="generator" content="optviz">{made}'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main{' class=many' if many else ''}>{body}</main>"
        f'<script type="application/json" id="data">{_data(clips)}</script>'
        f"<script>{SCRIPT}</script></body></html>\n"
    ).encode()


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _data(clips: Sequence[Clip]) -> str:
    pictures: list[str] = []
    known: list[dict[str, Any]] = []
    for clip in clips:
        base = len(pictures)
        pictures += clip.reel.pictures
        rows = zip(clip.reel.frames, clip.names, clip.alts, strict=True)
        frames = [
            {"whole": whole + base, "over": over + base if over >= 0 else -1, "name": name, "alt": alt}
            for (whole, over), name, alt in rows
        ]
        known.append(
            {
                "width": clip.reel.size[0],
                "height": clip.reel.size[1],
                "rate": clip.rate,
                "opening": clip.opening,
                "plays": clip.plays,
                "ask": True if clip.question else None,
                "frames": frames,
            }
        )
    words = {"play": tr("Play"), "pause": tr("Pause")}
    return json.dumps({"words": words, "clips": known, "pictures": pictures}).translate(_ESCAPES)


def _button(name: str, text: str, label: str, extra: str = "") -> str:
    said, shown = html.escape(label), _ICONS.get(name) or html.escape(text)
    return f'<button type="button" id="{name}" title="{said}" aria-label="{said}"{extra}>{shown}</button>'


def _contents(clips: Sequence[Clip]) -> str:
    buttons = "".join(
        f'<button type="button" data-go="{i}" title="{html.escape(clip.title)}" '
        f'aria-label="{html.escape(f"{i + 1}: {clip.title}")}">{i + 1}</button>'
        for i, clip in enumerate(clips)
    )
    before, after = tr("Previous step (Page Up)"), tr("Next step (Page Down)")
    ends = (_button("previous", "‹", before), _button("next", "›", after))
    return f'<nav aria-label="{html.escape(tr("Steps of the lesson"))}">{ends[0]}{buttons}{ends[1]}</nav>'


def _above(clip: Clip, i: int, many: bool) -> str:
    heading = f"<h2>{i + 1}. {html.escape(clip.title)}</h2>" if many else ""
    hidden = " hidden" if i else ""
    asked = ""
    if clip.question:
        asked = (
            f'<div class="ask"><p>{clip.question}</p>'
            f'<button type="button" data-reveal class="main">{html.escape(tr("Show the answer"))}</button>'
            f'<div data-answer hidden aria-live="polite">{clip.answer}</div></div>'
        )
    return f'<section data-clip="{i}"{hidden}>{heading}{clip.text}{asked}</section>'


def _stage(first: Clip) -> str:
    width, height = first.reel.size
    shown = first.reel.frames[first.opening]
    alt = html.escape(first.alts[first.opening])
    speeds = "".join(
        f'<option value="{value}"{" selected" if value == "1" else ""}>{sign}×</option>'
        for value, sign in SPEEDS.items()
    )
    play, hint = html.escape(tr("Play")), html.escape(tr("Play or pause (Space)"))
    controls = "".join(
        [
            f'<button type="button" id="play" class="main" title="{hint}"',
            f' aria-label="{play}">{play}</button>',
            _button("first", "", tr("First frame (Home)")),
            _button("back", "", tr("One frame back (Left)")),
            _button("forward", "", tr("One frame on (Right)")),
            _button("end", "", tr("Last frame (End)")),
            f'<input type="range" id="scrub" min="0" max="{len(first.reel.frames) - 1}" step="1" value="0" '
            f'aria-label="{html.escape(tr("Frame"))}">',
            '<output id="where" for="scrub"></output>',
            f'<select id="speed" aria-label="{html.escape(tr("Speed"))}" '
            f'title="{html.escape(tr("Speed (Up and Down)"))}">{speeds}</select>',
            _button("loop", tr("Repeat"), tr("Start again at the end"), ' aria-pressed="false"'),
        ]
    )
    return (
        f'<div class="stage"><canvas id="canvas" width="{width}" height="{height}" role="img" '
        f'aria-label="{alt}"></canvas>'
        f'<noscript><img src="{first.reel.pictures[shown[0]]}" alt="{alt}"></noscript>'
        f'<div class="controls" role="group" aria-label="{html.escape(tr("Player"))}">{controls}</div></div>'
    )


def _below(clip: Clip, i: int) -> str:
    hidden = " hidden" if i else ""
    return (
        f'<section data-clip="{i}"{hidden}><p class="caption">{html.escape(clip.caption)}</p>'
        f"<details><summary>{html.escape(tr('In words, and every hyperparameter'))}</summary>"
        f"<pre>{html.escape(clip.details)}</pre></details></section>"
    )


def _help(many: bool) -> str:
    keys = [
        ("Space", tr("play or pause")), ("← →", tr("one frame")), ("Shift ← →", tr("ten frames")),
        ("Home End", tr("first, last")), ("↑ ↓", tr("speed")),
        ("Page Up, Page Down", tr("previous, next step") if many else tr("ten frames")),
    ]  # fmt: skip
    text = " · ".join(f"<kbd>{html.escape(key)}</kbd> {html.escape(does)}" for key, does in keys)
    return f'<p class="caption">{text}</p>'
