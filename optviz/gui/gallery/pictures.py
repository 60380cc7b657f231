"""The races of the failure gallery, run behind the window one by one, with what came out; kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from optviz.gallery import FAILURES, Failure, Outcome
from optviz.gui import theme
from optviz.gui.background import Background
from optviz.gui.compiler import Compiler
from optviz.problem import Problem, Stop
from optviz.render.stage import Stage
from optviz.scene import Scene, build_scene
from optviz.simulate import simulate

_TYPE = 1.0  # times the type of a window's picture, in every pixel of the screen


@dataclass(frozen=True)
class _Done:
    scene: Scene
    outcome: Outcome


class Pictures(QObject):
    """What the cards show. Nothing is computed before `begin`, and each race once.

    Kernels are made ready as for any race, by another process; simulating is done in a thread; only the
    painting, which takes milliseconds, is done here.

    Signals
    -------
    made(str)
        A failure's race has been run, or could not be: `outcome` and `image` know.
    """

    made = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._left: list[Failure] = []
        self._now: Failure | None = None
        self._begun = False
        self._done: dict[str, _Done] = {}
        self._failed: dict[str, str] = {}
        self._images: dict[tuple[str, str, int, int], QImage] = {}
        self.compiler = Compiler(self)
        self.compiler.finished.connect(self._simulate)
        self.compiler.failed.connect(self._fail)
        self._background = Background(self)
        self._background.delivered.connect(self._take)
        self._background.failed.connect(self._fail)

    def begin(self) -> None:
        """Run the races that have not been run, one after the other."""
        if not self._begun:
            self._begun = True
            self._left = list(FAILURES)
            self._next()

    def close(self) -> None:
        """End whatever is under way."""
        self._left = []
        self.compiler.close()
        self._background.close()

    def outcome(self, identifier: str) -> Outcome | None:
        """Return what a failure's race came to; None while it is not known."""
        done = self._done.get(identifier)
        return done.outcome if done is not None else None

    def trouble(self, identifier: str) -> str:
        """Return why a failure's race could not be run, in one line; empty if it could."""
        return self._failed.get(identifier, "")

    def image(self, identifier: str, width: int, height: int, ratio: float = 1.0) -> QImage | None:
        """Return the end of a failure's race in the theme in force, `width` x `height` pixels large.

        `ratio` is how many of them a pixel of the screen's own measure has.
        """
        done = self._done.get(identifier)
        if done is None:
            return None
        key = (identifier, theme.current_name(), width, height)
        if key not in self._images:
            # Type that is read however small the picture is; the surface alone is drawn then.
            plain = Stage(width, height, replace(theme.current_theme(), type_scale=1.0))
            colors = replace(theme.current_theme(), type_scale=_TYPE * ratio / plain.metrics.scale)
            self._images[key] = Stage(width, height, colors).image(done.scene, done.scene.last)
        return self._images[key]

    def entrants(self, identifier: str) -> list[tuple[int, str, str | None]]:
        """Return slot, name and colour of everybody in a failure's race, as in its picture."""
        done = self._done.get(identifier)
        return [(one.index, one.label, one.color) for one in done.scene.lines] if done is not None else []

    def _next(self) -> None:
        self._now = self._left.pop(0) if self._left else None
        if self._now is None:
            return
        try:
            self.compiler.request(self._now.experiment())
        except (OSError, ValueError) as error:  # a file that is missing or was changed
            self._fail(str(error))

    def _simulate(self) -> None:
        failure = self._now
        if failure is None:
            return

        def job(stop: Stop) -> Iterator[object]:
            experiment = failure.experiment()
            problem = Problem.of(experiment)
            run = simulate(experiment, problem=problem, stop=stop)
            yield failure, _Done(build_scene(run, problem=problem), failure.expected(run))

        self._background.start(job)

    def _take(self, delivered: tuple[Failure, _Done]) -> None:
        failure, self._done[delivered[0].id] = delivered
        self.made.emit(failure.id)
        self._next()

    def _fail(self, text: str) -> None:
        if self._now is not None:
            self._failed[self._now.id] = text
            self.made.emit(self._now.id)
            self._next()
