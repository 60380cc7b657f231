"""The session of a map: the race as on any page at once, its map behind the window, the newest edit first."""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from optviz.experiment import Experiment
from optviz.gui.background import Background
from optviz.gui.compile_process import kernels_for
from optviz.gui.maps.edits import concern, mapped, setting_of
from optviz.gui.maps.held import HeldScene, drawn_race, like_known, size_of, values_of
from optviz.gui.maps.stages import AT_ONCE, Pace, Size, lanes_of, stages
from optviz.gui.session import Session, Sight
from optviz.kernels import Kernel
from optviz.map_setting import MapSetting
from optviz.maps.build import Map, build, kernels_of_map
from optviz.maps.scene import MapScene
from optviz.maps.sheet import RatesSheet, Sheet
from optviz.problem import Problem, Stop
from optviz.scene import Scene, build_scene
from optviz.simulate import simulate

_PROBED = 1000  # runs that a scale of colours is made of
_PATIENCE = 150  # ms that a map under way may still take before a newer one is begun instead
_FRAME = 16  # ms between two computations at least
_AT_ONCE = 0.02  # seconds that another frame of a map may take in the window's own thread
_A_CELL = 6e-8  # seconds a cell of a frame takes, whatever the race


class _Found(NamedTuple):
    """A map that was computed, whole or coarser."""

    scene: MapScene
    size: Size
    frame: int
    seconds: float


class _Frame(NamedTuple):
    """Another frame of a map is at hand."""

    map: Map
    frame: int
    sheet: Sheet | RatesSheet


class MapSession(Session):
    """Holds an experiment with a map and derives the race and the map from it.

    What is drawn, `map_scene`, is always of one experiment: the map and the race in it change together. The
    map is computed behind the window; formulas whole at once, what takes longer from coarse to fine. A newer
    edit takes the place of an older one.

    Signals
    -------
    map_changed(MapScene)
        Another map, a finer one, or the same with another race.
    computing_changed()
        Whether the map is on its way, how far it is, or whether it was stopped has changed.
    faster_wanted(Experiment)
        The map was computed by the kernels that serve all pairs; those of its own may be made ready.

    Attributes
    ----------
    map_scene
        What is drawn; None while there is none.
    frame_of
        Returns which frame is shown; set by the page.
    preparing, compiling
        Whether the map waits for kernels, and whether these have to be compiled first.
    stopped
        Whether a person has stopped the map.
    progress
        Of a map under way: the size that is being computed and that it will have; None otherwise.
    """

    map_changed = Signal(object)
    computing_changed = Signal()
    faster_wanted = Signal(object)

    def __init__(self, experiment: Experiment, parent: QObject | None = None) -> None:
        super().__init__(mapped(experiment), parent)
        self.map_scene: MapScene | None = None
        self.frame_of: Callable[[], int] = lambda: 0
        self.progress: tuple[Size, Size] | None = None
        self.preparing = self.compiling = False
        self.stopped = False
        self._pace = Pace()
        self._asked: Hashable = None  # what the newest map asked for depends on, and its size
        self._pending = False  # a newer map waits for the one under way
        self._delivered = True  # whether something of the map under way has been shown
        self._wanted_faster: set[tuple[Kernel, ...]] = set()
        self._computed_at = 0.0
        self._frame_asked = -1
        self._frame_ready = 0  # of a map whose frames take long: which one can be painted
        self._mapper = Background(self)
        self._mapper.delivered.connect(self._deliver_map)
        self._mapper.failed.connect(self._fail_map)
        self._mapper.busy_changed.connect(self._follow_mapper)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE)
        self._patience.timeout.connect(self._lose_patience)

    # -------------------------------------------------------------- the value

    @property
    def setting(self) -> MapSetting:
        """What the map shows."""
        return setting_of(self.experiment)

    def edit(self, after: Experiment, text: str, merge: str = "") -> None:
        super().edit(mapped(after), text, merge)

    def open(self, experiment: Experiment, path: Path | None) -> None:
        super().open(mapped(experiment), path)

    def begin(self, experiment: Experiment, text: str) -> None:
        super().begin(mapped(experiment), text)

    def _first_selected(self, value: Any) -> int:
        setting = setting_of(value)
        return super()._first_selected(value) if setting.kind == "learning_rate" else setting.entrant

    # -------------------------------------------------------------- the race

    def _arm(self) -> None:
        # The first edit after a rest is computed at once, those that follow it in time with the screen.
        if not self._timer.isActive():
            since = 1000.0 * (perf_counter() - self._computed_at)
            self._timer.setInterval(max(0, _FRAME - int(since)))
            self._timer.start()

    def compute(self) -> None:
        self._computed_at = perf_counter()
        super().compute()
        if self.waiting and self._mapper.busy:
            self._call_off()

    def _kernels(self) -> list[Kernel]:
        return kernels_for(self.experiment, solid=False)

    def _stages(self, experiment: Experiment, sights: tuple[Sight, ...], stop: Stop) -> Iterator[Any]:
        problem = Problem.of(experiment)
        old = self.scene
        if old is None or old.problem.own_key != problem.own_key:
            yield self.tr("Training the network…")
        problem.coefficient_array  # noqa: B018 - the training
        stop.check()
        yield self.tr("Running the race…")
        previous = old.run if old is not None else None
        yield build_scene(
            simulate(experiment, problem=problem, previous=previous, stop=stop), problem=problem
        )

    def _only_looks(self) -> bool:
        return False

    @property
    def drawn_scene(self) -> MapScene | None:
        return self.map_scene

    def _take(self, value: Scene) -> None:
        self.scene = value
        self.scene_changed.emit(value)
        self._ask_map()  # last: while the window works in Python, the other thread would wait for its lock

    # -------------------------------------------------------------- the map

    @property
    def computing(self) -> bool:
        """Whether the map on the screen is not, or not yet whole, that of the experiment."""
        return self.preparing or self._pending or (self._mapper.busy and self._frame_asked < 0)

    @property
    def complete(self) -> bool:
        """Whether the map on the screen is that of the experiment in full."""
        shown = self.map_scene
        return (
            shown is not None
            and not self.waiting
            and size_of(shown.map) == self.setting.size
            and concern(shown.experiment) == concern(self.experiment)
        )

    def _ask_map(self) -> None:
        experiment = self.experiment
        wanted = (concern(experiment), self.setting.size)
        if wanted == self._asked and not self.preparing:
            self._follow_race()
            return
        missing = self._missing()
        if missing:
            self._call_off()
            self._asked = wanted
            self.preparing = True
            self.compiling = not all(kernel.ready or kernel.kept for kernel in missing)
            self.computing_changed.emit()
            return
        self.preparing = self.compiling = False
        self._asked = wanted
        if self._mapper.busy and not self._delivered and self._patience.isActive():
            # Whoever drags sees every map that is quick enough, and then the newest.
            self._pending = True
            return
        self._start_map()

    def _missing(self) -> list[Kernel]:
        """Return the kernels without which there is no map."""
        instant = "numba" in sys.modules
        needed, _ = kernels_of_map(self.experiment)
        return [kernel for kernel in needed if not (kernel.ready or (instant and kernel.kept))]

    def _start_map(self, since: Size | None = None) -> None:
        experiment, race = self.experiment, self.scene
        assert race is not None
        sizes = stages(experiment, self._pace.of(experiment))
        if since is not None:
            sizes = [size for size in sizes if max(size) > max(since)] or sizes[-1:]
        shown = self.map_scene
        known_map = shown.map if shown is not None else None
        known = shown if shown is not None and concern(shown.experiment) == concern(experiment) else None
        self._pending, self._delivered, self.stopped = False, False, False
        self._frame_asked = -1
        self.progress = (sizes[0], sizes[-1])
        frame_of = self.frame_of
        slow = self._pace.of(experiment) * _PROBED * experiment.steps > AT_ONCE

        def job(stop: Stop) -> Iterator[object]:
            previous, like = known_map, known
            for size in sizes:
                yield size, sizes[-1]
                begun = perf_counter()
                # Called off, it must not spoil the runs that are shared with the map on the screen.
                made = build(experiment, size=size, problem=race.problem, previous=previous)
                frame = min(frame_of(), experiment.steps)
                # The legend is made of the last; at frame 0 everything is known from the start.
                sheets = {k: made.at(k, stop) for k in sorted({0, frame, experiment.steps})}
                seconds = perf_counter() - begun
                scene = like_known(like, experiment, made, drawn_race(race))
                scene.held.update(sheets)
                if slow and like is None:
                    # Colours are made of what is known: the usual probe would take longer than the map.
                    scene.__dict__["_probed"] = values_of(sheets)
                _ = scene.range if made.y is None else scene.scale
                previous, like = made, scene
                yield _Found(scene, size, frame, seconds)

        self._patience.start()
        self._mapper.start(job)
        self.computing_changed.emit()

    def _deliver_map(self, value: object) -> None:
        if isinstance(value, _Found):
            self._patience.stop()
            self._delivered = True
            self._pace.learn(value.scene.experiment, value.size, value.seconds)
            self._frame_ready = value.frame
            self._show_map(self._with_race(value.scene))
            self._ask_faster(value.scene)
            if self._pending:
                self._start_map()
        elif isinstance(value, _Frame):
            self._frame_asked = -1
            shown = self.map_scene
            if isinstance(shown, HeldScene) and value.map is shown.map:
                shown.hold(value.frame, value.sheet)
                self._frame_ready = value.frame
                self.map_changed.emit(shown)
        else:
            self.progress = value  # type: ignore[assignment]
            self.computing_changed.emit()

    def _show_map(self, scene: MapScene) -> None:
        self.map_scene = scene
        self.map_changed.emit(scene)

    def _with_race(self, scene: MapScene) -> MapScene:
        """Return a map with the race of the experiment as it is now, where it is the same map."""
        race, experiment = self.scene, self.experiment
        if race is None or self.waiting:
            return scene
        race = drawn_race(race)
        if race is scene.race:
            return scene
        if concern(scene.experiment) != concern(experiment):
            return scene
        return like_known(scene, experiment, scene.map, race)

    def _follow_race(self) -> None:
        """Show another race on the same map; a map that is another one comes with its own race."""
        if self.map_scene is not None:
            scene = self._with_race(self.map_scene)
            if scene is not self.map_scene:
                self._show_map(scene)

    def _lose_patience(self) -> None:
        if self._pending:
            self._start_map()

    def _call_off(self) -> None:
        self._patience.stop()
        self._pending, self._delivered = False, True
        self._asked = None
        self.progress = None
        self._mapper.cancel()
        self.computing_changed.emit()

    def stop_map(self) -> None:
        """Leave the map as fine as it is."""
        if self.computing and not self.preparing:
            asked = self._asked
            self._call_off()
            self._asked, self.stopped = asked, True
            self.computing_changed.emit()

    def resume_map(self) -> None:
        """Go on with a map that was stopped."""
        if self.stopped and self.scene is not None and not self.waiting:
            shown = self.map_scene
            same = shown is not None and concern(shown.experiment) == concern(self.experiment)
            self._start_map(size_of(shown.map) if same and shown is not None else None)

    def _fail_map(self, text: str) -> None:
        self._call_off()
        self.failed.emit(text)

    def _follow_mapper(self, busy: bool) -> None:
        if not busy:
            self.progress, self._frame_asked, self._delivered = None, -1, True
        self.computing_changed.emit()

    def _ask_faster(self, scene: MapScene) -> None:
        """Have the pair's own kernels made ready, once."""
        if scene.map.quick:
            return
        _, faster = kernels_of_map(scene.experiment)
        wanted = tuple(kernel for kernel in faster if not kernel.ready)
        if wanted and wanted not in self._wanted_faster:
            self._wanted_faster.add(wanted)
            self.faster_wanted.emit(scene.experiment)

    # -------------------------------------------------------------- frames

    def frame_for(self, frame: int) -> int:
        """Return which frame of the map can be painted for a frame of the race: the same where it is at hand.

        What takes too long is computed behind the window and told by `map_changed`.
        """
        scene = self.map_scene
        assert scene is not None
        if not scene.moves or frame == self._frame_ready or self._takes(scene) <= _AT_ONCE:
            return frame
        if not self._mapper.busy and self._frame_asked < 0:
            self._frame_asked, found = frame, scene.map

            def job(stop: Stop) -> Iterator[object]:
                yield _Frame(found, frame, found.at(frame, stop))

            self._mapper.start(job)
        return self._frame_ready

    def _takes(self, scene: MapScene) -> float:
        """Return about how many seconds the work for another frame takes."""
        cells = lanes_of(scene.experiment, size_of(scene.map))
        way = max(1.0, scene.experiment.steps / 16)  # to the next state that is kept
        return cells * (_A_CELL + way * self._pace.of(scene.experiment))

    def pace_of(self, experiment: Experiment) -> float:
        """Return about how many seconds a step of one run takes."""
        return self._pace.of(experiment)

    def close(self) -> None:
        self._patience.stop()
        self._mapper.close()
        super().close()
