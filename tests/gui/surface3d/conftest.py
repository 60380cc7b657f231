"""A window that shows a race in three dimensions, its kernels ready, standing still at its first step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from optviz.experiment import Experiment
from optviz.gui.compile_process import kernels_of_solid


@pytest.fixture(scope="session")
def solid_race(race: Experiment) -> Experiment:
    for kernel in kernels_of_solid():
        assert kernel.compiled is not None
    return race.replace(view=replace(race.view, kind="surface3d"))


@pytest.fixture
def solid(make_window: Callable[[Experiment], Any], solid_race: Experiment, qtbot: Any) -> Any:
    window = make_window(solid_race)
    window.activateWindow()
    qtbot.waitUntil(lambda: window.session.scene is not None, timeout=5000)
    window.playback.pause()
    window.playback.seek(0)
    window.page.surface3d.setFocus()
    return window
