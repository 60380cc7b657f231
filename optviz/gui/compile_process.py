"""The process that compiles kernels, so that the window never waits for it.

It reads one JSON object a line, `{"job": 3, "experiment": "<TOML>"}` or `{"job": 4, "catalog": true}`;
`"faster": true` beside an experiment asks for what its map does without but is faster with. It answers
`{"job": 3, "done": 2, "of": 9}` until done equals of, or `{"job": 3, "error": "…"}`. A new request goes
before an unfinished older one; the catalog comes last. Compiled code travels by the cache folder. The
process ends when its input does, so it cannot outlive the window.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections import deque
from collections.abc import Iterator
from queue import Queue
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optviz.experiment import Experiment
    from optviz.kernels import Kernel
    from optviz.problem import Problem


def kernels_for(experiment: Experiment, solid: bool = True) -> list[Kernel]:
    """Return every kernel that computing and drawing an experiment calls, the simulation's first.

    With `solid`, those of a picture in three dimensions, too, where the experiment's view has one.
    """
    from optviz.kernels.settle import settle
    from optviz.problem import Problem
    from optviz.simulate import kernels_of

    drawing = list(kernels_of_picture(Problem.of(experiment, wait=False)))
    if experiment.reshape is not None:
        drawing.append(settle)  # the path of the minimum under a penalty
    if experiment.map is not None:
        drawing += _kernels_of_map(experiment)[0]
    if solid and experiment.view.kind != "contour":
        drawing += kernels_of_solid()
    return list(dict.fromkeys([*kernels_of(experiment), *drawing]))


def faster_kernels_for(experiment: Experiment) -> list[Kernel]:
    """Return the kernels that an experiment's map does without, but is faster with."""
    return _kernels_of_map(experiment)[1] if experiment.map is not None else []


def _kernels_of_map(experiment: Experiment) -> tuple[list[Kernel], list[Kernel]]:
    from optviz.maps.build import kernels_of_map

    return kernels_of_map(experiment)


def kernels_of_picture(problem: Problem) -> tuple[Kernel, ...]:
    """Return the kernels that drawing a surface and the paths on it calls."""
    from optviz.kernels.penalty import penalize
    from optviz.kernels.picture import paint_kernel
    from optviz.kernels.raster import raster
    from optviz.render.panels import strokes

    model = problem.surface.model
    own: tuple[Kernel, ...] = (problem.kernels.loss, raster)
    if model is not None:
        own = (model.loss, model.hessian, model.value, *_kernels_of_samples())
    return *own, penalize, paint_kernel, *strokes.KERNELS


def kernels_of_solid() -> tuple[Kernel, ...]:
    """Return the kernels that drawing in three dimensions calls, whatever the surface."""
    from optviz.kernels.height_field import KERNELS
    from optviz.kernels.hiding import hide_kernel

    return *KERNELS, hide_kernel


def _kernels_of_samples() -> tuple[Kernel, ...]:
    """Return what every loss of samples is drawn with, whatever its model."""
    from optviz.kernels.picture import enlarge_kernel, rule_kernel
    from optviz.kernels.raster import fill
    from optviz.kernels.settle import settle

    return fill, settle, enlarge_kernel, rule_kernel


def kernels_of_catalog(formulas: bool = False) -> list[Kernel]:
    """Return the kernels of every data surface and optimizer, so that choosing one is instant.

    With `formulas`, those of the other surfaces, too, before the ones that take longest: their races need
    not wait for them, but their maps do. Asking for them takes a while, which a window must not.
    """
    from optviz.formula import kernels
    from optviz.kernels.descend import no_loss, no_probe
    from optviz.kernels.penalty import penalize
    from optviz.kernels.sweep import sweep
    from optviz.optimizers import OPTIMIZERS
    from optviz.surfaces import SURFACES

    losses: list[Kernel] = []
    if formulas:
        plain = [one for one in SURFACES if one.model is None]
        losses = [kernels(one.formula, tuple(knob.name for knob in one.coefficients)).loss for one in plain]
    maps = [sweep, no_loss, no_probe, penalize]
    models = [one.model for one in SURFACES if one.model is not None]
    quick, slow = (
        [kernel for m in models if m.slow is late for kernel in (m.value, m.loss, m.hessian)]
        for late in (False, True)
    )
    steps = [kernel for entry in OPTIMIZERS for kernel in (entry.step, entry.probe) if kernel is not None]
    trained = [entry for entry in OPTIMIZERS if not entry.needs_hessian]
    single = [kernel.single for e in trained for kernel in (e.step, e.probe) if kernel is not None]
    # Those of networks take longest and are wanted by the fewest: they come last.
    first = [*kernels_of_solid(), *maps, *quick, *_kernels_of_samples(), *steps]
    return list(dict.fromkeys([*first, *losses, *single, *slow]))


def _work(requests: Queue[dict[str, Any]]) -> None:
    waiting: deque[tuple[int, list[Kernel], int]] = deque()  # job, kernels, how many are done
    while True:
        while not (requests.empty() and waiting):
            for job in _accept(requests.get()):
                waiting.append(job) if not waiting or _is_catalog(job) else waiting.appendleft(job)
        number, kernels, done = waiting.popleft()
        if done < len(kernels):
            try:
                kernels[done].compiled  # noqa: B018 - compiles, and leaves the code in the cache folder
            except Exception as error:
                _answer(job=number, error=f"{type(error).__name__}: {error}"[:500])
                continue
            done += 1
        _answer(job=number, done=done, of=len(kernels))
        if done < len(kernels):
            waiting.appendleft((number, kernels, done))


def _is_catalog(job: tuple[int, list[Kernel], int]) -> bool:
    return job[0] == 0


def _accept(request: dict[str, Any]) -> Iterator[tuple[int, list[Kernel], int]]:
    from optviz.experiment import Experiment

    number = int(request["job"])
    try:
        if request.get("catalog"):
            if hasattr(os, "nice"):
                os.nice(5)
            kernels = kernels_of_catalog(formulas=True)
        else:
            experiment = Experiment.loads(request["experiment"])
            kernels = faster_kernels_for(experiment) if request.get("faster") else kernels_for(experiment)
        yield number, [kernel for kernel in kernels if not kernel.ready], 0
    except Exception as error:
        _answer(job=number, error=f"{type(error).__name__}: {error}"[:500])


def _answer(**values: Any) -> None:
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


def main() -> None:
    requests: Queue[dict[str, Any]] = Queue()

    def read() -> None:
        try:
            for line in sys.stdin:
                requests.put(json.loads(line))
        finally:
            os._exit(0)  # the window is gone, and Numba cannot be interrupted politely

    threading.Thread(target=read, daemon=True).start()
    _work(requests)


if __name__ == "__main__":
    main()
