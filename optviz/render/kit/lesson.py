"""The kit of a lesson: a folder for each step, and one player, one contact sheet and one text for all."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from optviz import atomic
from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.lesson import Answer, Lesson, LessonStep, NoAnswer, Paragraph, answer_of, parse
from optviz.render import origin
from optviz.render.kit import prose, readme, sheet, words
from optviz.render.kit.page import Clip, page
from optviz.render.kit.pieces import Piece, Tell, clip_of, pieces, sheets
from optviz.render.kit.shots import MOST, shots_of
from optviz.render.kit.subject import LESSON, Subject, thinned

_FPS = 60  # at speed 1, as the window plays
_SMOOTH = 24  # frames a second: a race that is thinned rather plays faster than slower than that
_NAME = 40


@dataclass(frozen=True, eq=False)
class Part:
    """A step of a lesson with the folder it gets, and what is drawn of it."""

    step: LessonStep
    folder: str
    subject: Subject


def parts_of(
    lesson: Lesson, make: Callable[[Experiment, range, Fraction | None, str], Subject]
) -> list[Part]:
    """Return what is made of each step.

    Parameters
    ----------
    make
        Returns the subject for an experiment, its frames, its rate and its name.
    """
    made = []
    for i, step in enumerate(lesson.steps):
        shots = shots_of(step)
        if shots is None:
            steps = thinned(range(step.first, step.last + 1), MOST)
            real = _FPS * step.speed
            rate = Fraction(round(min(60.0, max(2.0, real / steps.step, min(real, _SMOOTH)))))
        else:
            steps, rate = range(len(shots)), shots.rate
        subject = make(step.experiment, steps, rate, step.title)
        made.append(Part(step, folder_name(i, step.title), replace(subject, budget=LESSON, shots=shots)))
    return made


def folder_name(i: int, title: str) -> str:
    """Return the name of the folder of step `i`: its number and what of its title any system takes."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    kept = "_".join("".join(c if c.isalnum() else " " for c in plain).split())[:_NAME].strip("_")
    return f"{i + 1:02d}_{kept or 'step'}"


def pieces_of(lesson: Lesson, parts: list[Part]) -> list[Piece]:
    """Return everything the kit of a lesson consists of."""
    made: list[Piece] = []
    for part in parts:
        made += [_inside(part.folder, piece) for piece in pieces(part.subject)]
    made.append(_player(lesson, parts))
    rows = [(f"{i + 1}. {part.step.title}", part.subject) for i, part in enumerate(parts)]
    summary = _summary(lesson)
    made += sheets(sheet.sheet_of_all(lesson.title, summary, rows), lambda: _sheet_record(lesson, parts))
    made.append(Piece(2 * len(parts), lambda folder, tell: _write_words(lesson, parts, folder, tell)))
    return made


def _summary(lesson: Lesson) -> str:
    return prose.text_of(_parsed(lesson.summary))


def _inside(name: str, piece: Piece) -> Piece:
    def make(folder: Path, tell: Tell) -> None:
        (folder / name).mkdir(exist_ok=True)
        piece.make(folder / name, tell)

    return Piece(piece.weight, make)


def _sheet_record(lesson: Lesson, parts: list[Part]) -> str | None:
    """Return what the contact sheet knows of itself: the whole lesson."""
    subject = replace(parts[-1].subject, shots=None)
    planned = subject.plan("frame.png", range(1))
    made = origin.origin(planned, subject.what, lesson, shows="sheet")
    return None if made is None else made.dumps()


# ------------------------------------------------------------------ the player


def _player(lesson: Lesson, parts: list[Part]) -> Piece:
    def make(folder: Path, tell: Tell) -> None:
        clips = [
            _clip(part, len(parts), lambda share, i=i: tell((i + share) / len(parts)))  # type: ignore[misc]
            for i, part in enumerate(parts)
        ]
        summary = prose.paragraphs(_parsed(lesson.summary))
        atomic.fill(folder / "lesson.html", page(lesson.title, clips, "", summary))

    return Piece(8 * len(parts), make)  # the frames are those of the steps' own players


def _parsed(text: str) -> tuple[Paragraph, ...]:
    return parse(text) if text else ()


def _clip(part: Part, parts: int, tell: Tell) -> Clip:
    step = part.step
    made = clip_of(part.subject, tell, parts)
    if part.subject.shots is None:
        names = made.names
        shown = words.step_text(part.subject, step.opening_frame)
        opening = names.index(shown) if shown in names else _nearest(part, step.opening_frame, len(names))
        made = replace(made, opening=opening, plays=step.plays)
    elif not step.moves:  # all parts of the update, as in the window; playing tells them one by one
        made = replace(made, opening=len(made.names) - 1, plays=False)
    made = replace(made, title=step.title, text=prose.paragraphs(step.paragraphs))
    if step.ask is None:
        return made
    explanation = prose.paragraphs(_parsed(step.ask.explanation))
    options = "".join(f"<li>{html.escape(option)}</li>" for option in step.ask.options)
    question = prose.line(_parsed(step.ask.question)) + (f"<ul>{options}</ul>" if options else "")
    answer = f'<p class="answer">{html.escape(answer_text(step))}</p>{explanation}'
    # The first frame gives nothing away.
    return replace(made, question=question, answer=answer, opening=0)


def _nearest(part: Part, frame: int, count: int) -> int:
    first, last = part.subject.steps[0], part.subject.last
    return min(count - 1, max(0, round((frame - first) / max(1, last - first) * (count - 1))))


def answer_text(step: LessonStep) -> str:
    """Return the answer to what a step asks, in a sentence."""
    try:
        answer: Answer = answer_of(step)
    except NoAnswer as none:  # it says so, and why
        answer = none.answer
    except InputError as error:
        return str(error)
    return QCoreApplication.translate("Lesson", answer.template).format(**answer.values)


# ------------------------------------------------------------------ words


def _write_words(lesson: Lesson, parts: list[Part], folder: Path, tell: Tell) -> None:
    captions, alts = [lesson.title], [lesson.title]
    if lesson.summary:
        captions.append(words.wrapped(_summary(lesson)))
    for i, part in enumerate(parts):
        step, heading = part.step, f"{i + 1}. {part.step.title}"
        said = [heading, "=" * len(heading), words.wrapped(prose.text_of(step.paragraphs))]
        if step.ask is not None:
            said += ["", words.wrapped(prose.text_of(_parsed(step.ask.question)))]
            said += [words.wrapped(answer_text(step))]
            said += [words.wrapped(prose.text_of(_parsed(step.ask.explanation)))]
        captions.append("\n".join(["\n".join(said), "", words.captions(part.subject)]))
        scene, at = part.subject.source(part.subject.size).at(part.subject.last)
        alts.append(f"{heading}\n{words.wrapped(words.alt_text(part.subject, scene, at))}")
        tell((i + 1) / len(parts))
    texts = {
        "captions.txt": "\n\n".join(captions),
        "alt_text.txt": "\n\n".join(alts) + "\n",
        "lesson.toml": lesson.dumps(),
        "README.txt": readme.of_lesson(lesson.title, [(part.folder, part.subject) for part in parts]),
    }
    for name, text in texts.items():
        atomic.fill(folder / name, text.encode())
