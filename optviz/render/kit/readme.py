"""The file README.txt of a kit: what is in it and what goes where."""

from __future__ import annotations

from optviz.render.kit.words import tr, wrapped
from optviz.version import __version__


def of_race(title: str, *, training: bool, frames: int, step: int, table: str) -> str:
    """Return the text for one race or training.

    Parameters
    ----------
    frames, step
        How many numbered frames there are, and every how many steps one.
    table
        What the tables hold, in a sentence.
    """
    source = "training.toml" if training else "experiment.toml"
    every = tr("one for every {step} steps").format(step=step) if step > 1 else tr("one for every step")
    lines = [
        tr(
            "PowerPoint, Keynote: insert film.mp4 as a video (poster.png as its first picture), or film.gif, "
            "which starts by itself."
        ),
        tr(
            "reveal.js, Quarto: <video data-autoplay loop muted playsinline src=film.mp4 poster=poster.png>, "
            "with alt_text.txt beside it; or player.html in an <iframe>."
        ),
        tr(
            "Beamer: \\usepackage{animate}, then \\input{animate_snippet}; animate.tex shows it and compiles "
            "as it is. Acrobat plays it; viewers that do not show the last frame."
        ),
        tr("Any browser, without a network: player.html. Space plays, the arrows step, Home and End jump."),
        tr(
            "Print and papers: still_first, still_middle and still_last as .svg and .pdf with real text and "
            "lines; contact_sheet.pdf and .png on one page."
        ),
        tr("Pictures: {count} in frames/, {every}; the number in the name is the step.").format(
            count=frames, every=every
        ),
        tr(
            "Words: captions.txt has everything that was run with every hyperparameter; alt_text.txt says "
            "what is seen, for those who hear it."
        ),
        table,
        tr("Again, or changed: {source}, or any picture or film of this folder, opened with optviz.").format(
            source=source
        ),
        tr("The whole folder can be moved; nothing in it asks the network for anything."),
    ]
    return _text(title, lines)


def of_lesson(title: str, folders: list[str]) -> str:
    """Return the text for a lesson whose steps have folders of their own."""
    lines = [
        tr(
            "lesson.html plays all steps in any browser, without a network; Page Up and Page Down change the "
            "step. What is asked is answered at a click."
        ),
        tr("lesson.toml is the lesson itself: open it with optviz."),
        tr("All steps on a few pages: contact_sheet.pdf and .png; in words: captions.txt and alt_text.txt."),
        tr("Each step has a folder of its own, with films, pictures, tables and a README.txt:"),
        *folders,
    ]
    return _text(title, lines)


def _text(title: str, lines: list[str]) -> str:
    body = "\n".join(f"- {wrapped(line, '  ').lstrip()}" for line in lines)
    return f"{title}\n\n{body}\n\noptviz {__version__}\n"
