"""The kit of a lesson: a folder for each step, and one player, one contact sheet and one text for all."""

from __future__ import annotations

import html
import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from optviz import atomic
from optviz.errors import InputError
from optviz.experiment import Experiment
from optviz.lesson import Answer, Lesson, LessonStep, Paragraph, answer_of, experiment_at, last_frame, parse
from optviz.render import origin, video
from optviz.render.kit import prose, readme, reel, sheet, words
from optviz.render.kit.page import Clip, page, room_for_pictures
from optviz.render.kit.pieces import Piece, Tell, clip_of, pieces, sheets
from optviz.render.kit.subject import MOST_FRAMES, Subject, thinned
from optviz.render.plan import Size

_FPS = 60  # at speed 1, as the window plays
_CLIP_FRAMES, _CLIP_WIDTH = 121, 1120
_MOVE_RATE, _MOVE_FRAMES = 30, 601
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
        steps = thinned(range(step.first, step.last + 1), MOST_FRAMES)
        rate = Fraction(min(60, max(2, round(_FPS * step.speed))))
        made.append(Part(step, folder_name(i, step.title), make(step.experiment, steps, rate, step.title)))
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
        if part.step.moves:
            made.append(_inside(part.folder, _moving(part)))
    made.append(_player(lesson, parts))
    rows = [(f"{i + 1}. {part.step.title}", part.subject) for i, part in enumerate(parts)]
    summary = _summary(lesson)
    made += sheets(sheet.sheet_of_all(lesson.title, summary, rows), parts[-1].subject)
    made.append(Piece(2 * len(parts), lambda folder, tell: _write_words(lesson, parts, folder, tell)))
    return made


def _summary(lesson: Lesson) -> str:
    return prose.text_of(_parsed(lesson.summary))


def _inside(name: str, piece: Piece) -> Piece:
    def make(folder: Path, tell: Tell) -> None:
        (folder / name).mkdir(exist_ok=True)
        piece.make(folder / name, tell)

    return Piece(piece.weight, make)


# ------------------------------------------------------------------ what moves


class Moves:
    """Draws a step while its knobs glide: a frame is a moment, not a step of a race."""

    def __init__(self, part: Part, size: Size, count: int) -> None:
        self._part, self._size, self.count = part, size, count

    def at(self, i: int) -> tuple[Subject, int]:
        """Return what moment `i` shows, and which frame of it."""
        step = self._part.step
        experiment = experiment_at(step, i / max(1, self.count - 1))
        frame = min(step.opening_frame, last_frame(experiment))
        return replace(self._part.subject, what=experiment), frame

    def pixels(self, i: int) -> reel.Pixels:
        """uint8[h, w, 4] as of a `Source`."""
        subject, frame = self.at(i)
        return subject.source(self._size).pixels(frame)

    def name(self, i: int) -> str:
        """Return what moment `i` is called: the values of all that moves."""
        step = self._part.step
        seconds = step.seconds * i / max(1, self.count - 1)
        return words.tr("{seconds} s").format(seconds=f"{seconds:.1f}")

    def alt(self, i: int) -> str:
        """Return what moment `i` shows."""
        subject, frame = self.at(i)
        scene, at = subject.source(self._size).at(frame)
        return words.frame_alt(subject, scene, frame, at)


def _moving(part: Part) -> Piece:
    """Return the film of what moves."""
    count = min(_MOVE_FRAMES, max(2, round(part.step.seconds * _MOVE_RATE) + 1))
    rate = Fraction(count - 1) / Fraction(part.step.seconds).limit_denominator(1000)
    subject = part.subject

    def make(folder: Path, tell: Tell) -> None:
        moves = Moves(part, subject.size, count)
        record = origin.text_of(origin.origin(subject.plan("film.mp4", subject.steps), subject.what))
        done = 0

        def step() -> None:
            nonlocal done
            done += 1
            tell(done / count)

        path = folder / "moves.mp4"
        with atomic.Whole(path) as whole:
            video.write(
                whole.temporary, "mp4", subject.size, video.checked_rate(str(float(rate))), range(count),
                moves.pixels, background=subject.source(subject.size).background, step=step, metadata=record,
            )  # fmt: skip

    return Piece(3 * count, make)


# ------------------------------------------------------------------ the player


def _player(lesson: Lesson, parts: list[Part]) -> Piece:
    def make(folder: Path, tell: Tell) -> None:
        clips = [
            _clip(part, len(parts), lambda share, i=i: tell((i + share) / len(parts)))  # type: ignore[misc]
            for i, part in enumerate(parts)
        ]
        summary = prose.paragraphs(_parsed(lesson.summary))
        atomic.fill(folder / "lesson.html", page(lesson.title, clips, "", summary))

    return Piece(3 * _CLIP_FRAMES * len(parts), make)


def _parsed(text: str) -> tuple[Paragraph, ...]:
    return parse(text) if text else ()


def _clip(part: Part, parts: int, tell: Tell) -> Clip:
    step = part.step
    if step.moves:
        made = _moving_clip(part, parts, tell)
    else:
        made = clip_of(part.subject, tell, _CLIP_FRAMES, _CLIP_WIDTH, parts)
        names = made.names
        shown = words.step_text(part.subject, step.opening_frame)
        opening = names.index(shown) if shown in names else _nearest(part, step.opening_frame, len(names))
        made = replace(made, opening=opening, plays=step.plays)
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


def _moving_clip(part: Part, parts: int, tell: Tell) -> Clip:
    size = part.subject.small(_CLIP_WIDTH)
    count = min(_CLIP_FRAMES, max(2, round(part.step.seconds * 15) + 1))
    moves = Moves(part, size, count)
    alts: list[str] = []

    def step() -> None:
        alts.append(moves.alt(len(alts)))
        tell(len(alts) / count)

    whole = reel.record(range(count), moves.pixels, size, step)
    made, kept = reel.fitted(whole, room_for_pictures(parts))
    scene, at = part.subject.source(size).at(part.subject.last)
    details = f"{words.alt_text(part.subject, scene, at)}\n\n{words.captions(part.subject)}"
    return Clip(
        part.step.title, made, tuple(moves.name(i) for i in kept), tuple(alts[i] for i in kept),
        (len(kept) - 1) / part.step.seconds, words.short(part.subject), details,
    )  # fmt: skip


def answer_text(step: LessonStep) -> str:
    """Return the answer to what a step asks, in a sentence."""
    try:
        answer: Answer = answer_of(step)
    except InputError as error:  # the race has no answer; the page says so rather than there being none
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
        "README.txt": readme.of_lesson(lesson.title, [f"{part.folder}{os.sep}" for part in parts]),
    }
    for name, text in texts.items():
        atomic.fill(folder / name, text.encode())
