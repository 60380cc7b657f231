"""What goes with a failure that was opened: a note over its picture, and the speed at which to see it."""

from __future__ import annotations

import math
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from optviz.gallery import FAILURES, Failure, Outcome
from optviz.gui.banner import Banner
from optviz.gui.gallery.card import translated
from optviz.gui.playback import STEPS_PER_SECOND, Playback

SECONDS = 10.0  # in which a long race is to be over


def failure_of(path: Path) -> Failure | None:
    """Return the failure whose experiment file it is."""
    return next((failure for failure in FAILURES if path.stem.partition("_")[2] == failure.id), None)


def tell(banner: Banner, failure: Failure, outcome: Outcome | None) -> None:
    """Say what fails and what came out until it is closed; a button goes on to why and to what helps."""
    lines = [f"{translated(failure.title)}. {translated(failure.wrong)}"]
    if outcome is not None:
        lines.append(translated(outcome.template).format(**outcome.values))
    banner.show_note("\n".join(lines), passing=False)

    def more() -> None:
        banner.show_note("\n".join((lines[0], translated(failure.text), failure.reference)), passing=False)

    banner.offer(QCoreApplication.translate("Gallery", "Why, and what helps"), more)


def pace(playback: Playback, steps: int) -> None:
    """Play so fast that a race is over in about ten seconds: 1, or a power of two above it."""
    times = steps / (STEPS_PER_SECOND * SECONDS)
    playback.set_speed(2.0 ** max(0, round(math.log2(times))) if times > 0.0 else 1.0)
