"""One kit of a race and one of a lesson, for all tests that only look at them."""

from __future__ import annotations

from pathlib import Path

import pytest
from kits import LESSON, SIZE, race

from optviz.lesson import Lesson
from optviz.render.kit import make_kit


@pytest.fixture(scope="session")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("kits") / "KIT"
    make_kit(race(), out, size=SIZE)
    return out


@pytest.fixture(scope="session")
def lesson_kit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("lessons") / "KIT"
    make_kit(Lesson.loads(LESSON), out, size=(160, 96))
    return out
