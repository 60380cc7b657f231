"""Lessons: TOML files of steps, with what is shown, what moves, what is said and what is asked.

The format
----------
A file whose `steps` is a list of tables is a lesson. Unknown keys are errors; every error is one line that
names the step, the key, the value and what is allowed.

`title`
    One line.
`summary`
    A paragraph that says what the lesson is about; optional.
`[[steps]]`
    The steps, 1 to 100. Each has

    `title`
        One line.
    `text`
        What is said; optional. Paragraphs are parted by empty lines, a line that begins with "- " is an item
        of a list; `**bold**`, `*italic*`, `$formula$` in LaTeX. Written between three single quotes,
        backslashes need no doubling.
    `[steps.experiment]`
        What is shown: an experiment as in its own file. The first step needs one.
    `[steps.change]`
        Instead: what differs from the step before; without either, the same is shown. Tables merge, all else
        replaces. `entrants` as a list replaces all; `[steps.change.entrants.1]` changes the second alone, and
        the number after the last adds one. Another surface takes along what belonged to the old one; another
        optimizer starts from its own defaults.
    `reset`
        Before a change: what is as usual again, `["reshape", "view.camera_keys", "entrants.0.schedule"]`.
    `frames`
        `[A, B]`: it plays from frame A to frame B, both shown; all of them otherwise.
    `play`
        Whether it plays when it is shown. Otherwise it does, unless something moves or is taken apart.
    `speed`
        0.1 to 8; at 1, 60 frames a second.
    `step_by_step`
        `{ entrant = 0, frame = 12 }`: the update of that entrant, counted from 0, that leads away from that
        frame is taken apart.
    `[[steps.moves]]`
        What moves, at most 8: `knob = "entrants.0.learning_rate"` glides `from` one value `to` another in
        `seconds` (3), beginning `after` (0) so many. The step's experiment is the one at the end of it.
        Knobs: any hyperparameter, those of a schedule, coefficients, penalties, noise, steps, the start, the
        morph of a comparison and what either side sets, the limits of the view, the camera.
    `[steps.ask]`
        What is asked before it is shown. `kind` "end": where `entrant` ends; "winner": who wins;
        "largest_learning_rate": the largest with which `entrant` still converges (`range` for the slider);
        "choice": one of `options`, `answer` being the right one. `question`, and an `explanation` that is
        shown with the answer. `side` of a comparison: "after" unless "before". Answers are computed
        from the race, never declared, but for a choice.

How answers are computed is said in `optviz.lesson.answers`, how they are scored in `optviz.lesson.scoring`.
"""

from __future__ import annotations

from optviz.lesson.answer import Answer, NoAnswer
from optviz.lesson.answers import answer_of
from optviz.lesson.asking import Ask
from optviz.lesson.lesson import Lesson, is_lesson
from optviz.lesson.moves import Move, knob_of
from optviz.lesson.prose import Paragraph, Span, parse, plain
from optviz.lesson.scoring import Given, Score, score
from optviz.lesson.step import LessonStep, StepByStep, experiment_at, last_frame

__all__ = [
    "Answer", "Ask", "Given", "Lesson", "LessonStep", "Move", "NoAnswer", "Paragraph", "Score", "Span",
    "StepByStep", "answer_of", "experiment_at", "is_lesson", "knob_of", "last_frame", "parse", "plain",
    "score",
]  # fmt: skip
