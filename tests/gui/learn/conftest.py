"""A short lesson of every kind of step, and a window with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from optviz.gui.compile_process import kernels_for, kernels_of_solid
from optviz.gui.learn.session import LessonSession
from optviz.gui.recent import Memory
from optviz.gui.window import MainWindow
from optviz.lesson import Lesson

TEXT = r"""
title = "Short lesson"
summary = "For tests."
[[steps]]
title = "It plays"
text = 'Some **text** with $\eta$.'
frames = [2, 20]
speed = 8.0
[steps.experiment]
title = "Bowl"
surface = "ellipse"
start = [-2.0, -1.0]
steps = 30
coefficients = { condition = 20.0, rotation = 0.0 }
[[steps.experiment.entrants]]
optimizer = "gd"
label = "slow"
learning_rate = 0.02
[[steps.experiment.entrants]]
optimizer = "gd"
label = "fast"
learning_rate = 0.09
[[steps]]
title = "It moves"
[[steps.moves]]
knob = "entrants.0.learning_rate"
from = 0.01
to = 0.04
seconds = 0.2
[[steps]]
title = "Where"
[steps.ask]
kind = "end"
question = "Where does the first one end?"
explanation = "Because."
[[steps]]
title = "Who"
[steps.ask]
kind = "winner"
question = "Who wins?"
[[steps]]
title = "How much"
[steps.ask]
kind = "largest_learning_rate"
question = "How much?"
range = [0.01, 1.0]
[[steps]]
title = "Which"
[steps.ask]
kind = "choice"
question = "Which is right?"
options = ["this", "that $x$"]
answer = "that $x$"
[[steps]]
title = "Two sides"
[steps.change]
reshape = { after = { penalty = { l2 = 1.0 } } }
"""


@pytest.fixture(scope="session")
def lesson() -> Lesson:
    """The lesson; its kernels are ready."""
    made = Lesson.loads(TEXT)
    for kernel in [*kernels_for(made.steps[-1].experiment), *kernels_of_solid()]:
        assert kernel.compiled is not None
    return made


@pytest.fixture
def session(qapp, lesson) -> Iterator[LessonSession]:  # type: ignore[no-untyped-def]
    made = LessonSession(lesson)
    made.compute()
    yield made
    made.close()


@pytest.fixture
def window(qtbot, lesson) -> Iterator[MainWindow]:  # type: ignore[no-untyped-def]
    made = MainWindow(LessonSession(lesson), Memory(), warm=False)
    made.resize(1280, 720)
    made.show()
    qtbot.waitExposed(made)
    qtbot.waitUntil(lambda: made.session.scene is not None, timeout=20_000)
    yield made
    made.close_unasked()
    made.deleteLater()
