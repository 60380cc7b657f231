"""The file README.txt of a kit: what is in it and what goes where."""

from __future__ import annotations

from collections.abc import Sequence

from optviz.experiment import Experiment
from optviz.render.kit.shots import MOST
from optviz.render.kit.subject import LESSON, Subject
from optviz.render.kit.told import glides
from optviz.render.kit.words import tr, wrapped
from optviz.version import __version__


def of_race(subject: Subject, *, table: str) -> str:
    """Return the text for one race or training, or for a step of a lesson.

    Parameters
    ----------
    table
        What the tables hold, in a sentence.
    """
    pictures = subject.pictures
    numbered = tr("one for every step; the number in the name is the step")
    if pictures.step > 1:
        numbered = tr("one for every {step} steps; the number in the name is the step")
    shots = subject.shots
    if shots is not None and shots.gliding:
        numbered = tr("evenly over the film; the number in the name is that of its frame")
    elif shots is not None:
        numbered = tr("one for each part of the update; the number in the name is that of the film's frame")
    stills = ", ".join(f"still_{name}" for name in subject.stills)
    lines = [
        *_about(subject),
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
            "Print and papers: {stills} as .svg and .pdf with real text and lines; contact_sheet.pdf and "
            ".png on one page."
        ).format(stills=stills),
        tr("Pictures: {count} in frames/, {numbered}.").format(
            count=len(pictures), numbered=numbered.format(step=pictures.step)
        ),
        tr("Films: film.mp4 has {count} frames; film.gif and player.html at most {few}, smaller.").format(
            count=len(subject.steps), few=max(len(subject.gif[0]), len(subject.player[0]))
        ),
        tr(
            "Words: captions.txt has everything that was run with every hyperparameter; alt_text.txt says "
            "what is seen, for those who hear it."
        ),
        table,
        *_again(subject),
        tr("The whole folder can be moved; nothing in it asks the network for anything."),
    ]
    return _text(subject.title, lines)


def _about(subject: Subject) -> list[str]:
    """Return what the films of a step show where that is no race."""
    shots = subject.shots
    if shots is None:
        return []
    if shots.gliding:
        text = tr("Films, pictures, player and stills show what moves: {moves}")
        more = " " + tr("The race follows.") if len(shots) > shots.gliding else ""
        end = " " + tr("experiment.toml and paths.csv are the race at the end of it.")
        return [text.format(moves=glides(shots)) + more + end]
    return [
        tr(
            "Films and player tell one update part by part; poster, still and the last picture show all of "
            "it. experiment.toml and paths.csv are the whole race."
        )
    ]


def _again(subject: Subject) -> list[str]:
    """Return which files give back what when they are opened or rendered."""
    source = "experiment.toml" if isinstance(subject.what, Experiment) else "training.toml"
    if not subject.embed:
        return [tr("Again, or changed: open {source} with optviz.").format(source=source)]
    each = tr("Again, or changed: open {source} with optviz.")
    if subject.shots is not None:
        each = tr("Again, or changed: open step.toml with optviz, or {source} for the race alone.")
    lines = [each.format(source=source)]
    if isinstance(subject.what, Experiment):
        lines.append(
            tr(
                "Each picture in frames/ and animate/, each still, poster.png, film.mp4 and film.gif has in "
                "it what it shows: opened with optviz it gives that, rendered with optviz the same again. "
                "contact_sheet.png and .pdf, made of many frames, give the last of them."
            )
        )
    else:
        lines.append(
            tr("Pictures and films have the settings of the training in them: opened, they give these.")
        )
    return lines


def of_lesson(title: str, parts: Sequence[tuple[str, Subject]]) -> str:
    """Return the text for a lesson; for each of its steps there is the folder and what is in it."""
    lines = [
        tr(
            "lesson.html plays all steps in any browser, without a network; Page Up and Page Down change the "
            "step. What is asked is answered at a click."
        ),
        tr(
            "lesson.toml is the lesson itself: open it with optviz. The contact sheet opens as the lesson, "
            "too."
        ),
        tr("All steps on a few pages: contact_sheet.pdf and .png; in words: captions.txt and alt_text.txt."),
        tr(
            "Each step has a folder of its own, with films, pictures, tables and a README.txt. So that the "
            "whole can be handed on, a film there has at most {film} frames and frames/ at most {pictures}; "
            "a kit of an experiment.toml alone has more."
        ).format(film=MOST, pictures=LESSON.pictures),
        *(_line(folder, subject) for folder, subject in parts),
    ]
    return _text(title, lines)


def _line(folder: str, subject: Subject) -> str:
    shots = subject.shots
    if shots is None:
        return f"{folder}/"
    return f"{folder}/: {glides(shots) if shots.gliding else tr('one update, told part by part.')}"


def _text(title: str, lines: list[str]) -> str:
    body = "\n".join(f"- {wrapped(line, '  ').lstrip()}" for line in lines)
    return f"{title}\n\n{body}\n\noptviz {__version__}\n"
