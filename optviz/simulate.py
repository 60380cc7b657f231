"""From an experiment to a run: every entrant's path, loss, gradient, learning rate and memory."""

from __future__ import annotations

import os
from collections import OrderedDict
from dataclasses import dataclass, fields
from threading import Lock

import numpy as np

from optviz.catalog import Array, Batches, Optimizer
from optviz.entrant import learning_rates
from optviz.errors import InputError
from optviz.experiment import Entrant, Experiment
from optviz.kernels import Kernel
from optviz.kernels.descend import STOPPED, descend, no_loss, no_probe
from optviz.kernels.penalty import penalize
from optviz.optimizers import OPTIMIZERS
from optviz.problem import NEVER, Problem, Stop, Stopped
from optviz.verdict import Verdict, judge

# A gradient this short, with a point that no longer moves, is the end of converging.
TOLERANCE = 1e-10


@dataclass(frozen=True, eq=False)
class EntrantRun:
    """What one entrant did; n is the number of steps done.

    Attributes
    ----------
    path : float64[n + 1, 2]
        The points; row 0 is the start.
    loss : float64[n + 1]
        The loss at each, penalty included, no noise.
    grad : float64[n, 2]
        The gradient each step used: noise and penalty included.
    learning_rate : float64[n]
        What the schedule gave each step.
    state : float64[n, rows, 2]
        Optimizer memory after each step; `state_rows` names the rows.
    """

    path: Array
    loss: Array
    grad: Array
    learning_rate: Array
    state: Array
    state_rows: tuple[str, ...]
    verdict: Verdict

    @property
    def status(self) -> str:
        """ "converged", "diverged" or "step_limit"."""
        return self.verdict.status

    @property
    def stopped_at(self) -> int:
        """The number of steps done."""
        return len(self.path) - 1

    @property
    def why(self) -> str:
        """The reason it ended, in a sentence."""
        return self.verdict.why


@dataclass(frozen=True, eq=False)
class Run:
    """An experiment and what its entrants did, in file order; `posed` tells which loss it was."""

    experiment: Experiment
    entrants: tuple[EntrantRun, ...]
    posed: tuple[object, ...] = ()


def kernels_of(experiment: Experiment) -> list[Kernel]:
    """Return the kernels a simulation of `experiment` calls, for compiling them ahead."""
    problem = Problem.of(experiment, wait=False)
    own = [problem.kernels.loss, problem.kernels.hessian, descend, no_loss, no_probe, penalize]
    for entrant in experiment.entrants:
        optimizer = OPTIMIZERS[entrant.optimizer]
        own += [optimizer.step, *([optimizer.probe] if optimizer.probe else [])]
    return list(dict.fromkeys(own))


def simulate(
    experiment: Experiment,
    *,
    wait: bool = True,
    previous: Run | None = None,
    problem: Problem | None = None,
    stop: Stop = NEVER,
) -> Run:
    """Run every entrant of an experiment.

    Parameters
    ----------
    wait
        True waits for compiled kernels; False answers with plain Python where one is not compiled yet.
    previous
        A run made the same way: entrants whom no change concerns are taken from it as they are.
    problem
        What the experiment poses, where that is at hand.
    stop
        Ends the run at once from another thread.

    Raises
    ------
    InputError
        When recording the run would need more memory than there is.
    Stopped
        When `stop` was set.
    """
    return _simulate(experiment, problem or Problem.of(experiment, wait), None, previous, stop)


def simulate_between(
    before: Experiment,
    after: Experiment,
    problem: Problem,
    *,
    previous: Run | None = None,
    stop: Stop = NEVER,
) -> Run:
    """Run the entrants on `problem`, the mixture of what both experiments pose.

    Each part of the mixture samples as its experiment does; all else is as in `before`.
    """
    return _simulate(before, problem, after, previous, stop)


def _simulate(
    experiment: Experiment, problem: Problem, other: Experiment | None, previous: Run | None, stop: Stop
) -> Run:
    _refuse_too_large(experiment, other)
    none = np.zeros((0, 2))
    noise = noise_of(experiment)
    batches = batches_of(experiment, stop)
    others = batches_of(other, stop) if other is not None else _ALL
    known = _kept(experiment, problem, other, previous)
    runs = []
    for entrant in experiment.entrants:
        done = next((run for before, run in known if _same_race(before, entrant)), None)
        samples = OPTIMIZERS[entrant.optimizer].samples
        heard = (noise, batches, others) if samples else (none, _ALL, _ALL)
        runs.append(done or _run(experiment, problem, entrant, *heard, stop))
    return Run(experiment, tuple(runs), (problem.loss_key, None if other is None else other.batch_size))


_ALL: Batches = np.zeros((0, 0), np.int32)


def noise_of(experiment: Experiment) -> Array:
    """Return float64[steps, 2]: what is added to each step's gradient, or float64[0, 2] for nothing.

    One stream for all, drawn before any entrant runs, so none can shift another's.
    """
    if not (experiment.noise and any(OPTIMIZERS[e.optimizer].samples for e in experiment.entrants)):
        return np.zeros((0, 2))
    return experiment.noise * np.random.default_rng(experiment.seed).standard_normal((experiment.steps, 2))


def batches_of(experiment: Experiment, stop: Stop = NEVER) -> Batches:
    """Return int32[steps, batch_size]: the samples each step sees, or int32[0, 0] for all of them.

    Samples are shuffled anew for each pass over the data, none drawn twice in a pass; what does not fill a
    batch at its end is left out. A surface whose losses come in an order of their own says which they are
    (`Model.draw`). A stream of its own: noise does not depend on whether there are batches. Where no entrant
    samples, none are drawn.
    """
    size, steps = experiment.batch_size, experiment.steps
    if not size or not any(OPTIMIZERS[entrant.optimizer].samples for entrant in experiment.entrants):
        return _ALL
    samples = int(experiment.coefficients["m"])
    if size == samples:
        return _ALL
    model = experiment.declared_surface.model
    own = model.draw if model is not None else None
    choices = experiment.choices if own is not None else {}
    key = (own, *sorted(choices.items()), experiment.seed, samples, size, steps)
    with _lock:
        found = _drawn.pop(key, None)
        if found is not None:
            _drawn[key] = found
            return found
    stream = np.random.default_rng([experiment.seed, 1])
    if own is not None:
        found = np.ascontiguousarray(own(choices, samples, size, steps, stream), np.int32)
    else:
        found = _shuffled(stream, samples, size, steps, stop)
    found.flags.writeable = False
    with _lock:
        _drawn[key] = found
        while sum(kept.nbytes for kept in _drawn.values()) > _DRAWN_BYTES:
            _drawn.popitem(last=False)
    return found


def _shuffled(stream: np.random.Generator, samples: int, size: int, steps: int, stop: Stop) -> Batches:
    each = samples // size
    passes = -(-steps // each)
    found = np.empty((passes * each, size), np.int32)
    for turn in range(passes):
        stop.check()
        order = stream.permutation(samples)[: each * size]
        found[turn * each : (turn + 1) * each] = order.reshape(each, size)
    return np.ascontiguousarray(found[:steps])


_BESIDE = ("entrants", "view", "title", "reshape", "map")  # no one else's run depends on these
_DRAWN_BYTES = 2**26  # of batches kept, so that both sides of a comparison and its pictures share them
_drawn: OrderedDict[tuple[object, ...], Batches] = OrderedDict()
_lock = Lock()


def _kept(
    experiment: Experiment, problem: Problem, other: Experiment | None, previous: Run | None
) -> list[tuple[Entrant, EntrantRun]]:
    """Return entrants of `previous` with their runs, if it posed the same problem."""
    posed = (problem.loss_key, None if other is None else other.batch_size)
    if previous is None or previous.posed != posed:
        return []
    before = previous.experiment
    concern = (f.name for f in fields(Experiment) if f.name not in _BESIDE)
    if any(getattr(before, name) != getattr(experiment, name) for name in concern):
        return []
    return list(zip(before.entrants, previous.entrants, strict=True))


def _same_race(a: Entrant, b: Entrant) -> bool:
    return (a.optimizer, a.hyperparameters, a.schedule) == (b.optimizer, b.hyperparameters, b.schedule)


def _run(
    experiment: Experiment, problem: Problem, entrant: Entrant, noise: Array, batches: Batches,
    others: Batches, stop: Stop,
) -> EntrantRun:  # fmt: skip
    optimizer = OPTIMIZERS[entrant.optimizer]
    rates = np.ascontiguousarray(learning_rates(entrant, experiment.steps), dtype=np.float64)
    n, rows = len(rates), len(optimizer.state_rows)
    path, loss, grad, state = _record(n, rows)
    hypers = np.array([entrant.hyperparameters[knob.name] for knob in optimizer.knobs], dtype=np.float64)
    report = np.zeros(1)
    tolerance = -1.0 if len(noise) or len(batches) or len(others) else TOLERANCE
    other = problem.other or problem
    arguments = (
        optimizer.probe is not None,
        optimizer.needs_hessian,
        np.array(experiment.start_point, dtype=np.float64),
        problem.coefficient_array,
        problem.data,
        problem.penalty_array,
        batches,
        problem.share,
        other.coefficient_array,
        other.data,
        others,
        hypers,
        rates,
        noise,
        tolerance,
        problem.feasible,
        stop.flag,
        path,
        loss,
        grad,
        state,
        report,
    )
    functions = _functions(problem, optimizer)
    if problem.wait or all(kernel.ready for kernel in (descend, *functions)):
        done = descend.compiled(*(kernel.compiled for kernel in functions), *arguments)
    else:
        with np.errstate(all="ignore"):
            done = descend.python(*(kernel.python for kernel in functions), *arguments)
    done = int(done)
    if int(report[0]) == STOPPED:
        raise Stopped
    path, loss, grad, state, rates = (
        path[: done + 1],
        loss[: done + 1],
        grad[:done],
        state[:done],
        rates[:done],
    )
    verdict = judge(
        problem, optimizer, entrant.hyperparameters, path, loss, grad, rates, int(report[0]), TOLERANCE
    )
    return EntrantRun(path, loss, grad, rates, state, optimizer.state_rows, verdict)


def _record(n: int, rows: int) -> tuple[Array, Array, Array, Array]:
    """Return room for path, loss, grad and state.

    One block of memory for all four: the system hands out a large block in large pages, and touching many
    small pages for the first time would cost a third of the whole run.
    """
    sizes = (2 * (n + 1), n + 1, 2 * n, 2 * n * rows)
    path, loss, grad, state = np.split(np.empty(sum(sizes)), np.cumsum(sizes)[:-1])
    return path.reshape(n + 1, 2), loss, grad.reshape(n, 2), state.reshape(n, rows, 2)


def _functions(problem: Problem, optimizer: Optimizer) -> tuple[Kernel, ...]:
    hessian = problem.kernels.hessian if optimizer.needs_hessian else no_loss
    return problem.kernels.loss, hessian, optimizer.step, optimizer.probe or no_probe, penalize


def _refuse_too_large(experiment: Experiment, other: Experiment | None) -> None:
    """Refuse a run whose record cannot be held, before anything is allocated."""
    rows = sum(6 + 2 * len(OPTIMIZERS[entrant.optimizer].state_rows) for entrant in experiment.entrants)
    sizes = [side.batch_size for side in (experiment, other) if side is not None]
    rows += sum(sizes) // 2 + 1  # four bytes for each sample of each step
    need = 8 * experiment.steps * rows
    if need < 2**28 or not hasattr(os, "sysconf") or "SC_AVPHYS_PAGES" not in os.sysconf_names:
        return
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if need > 0.8 * free:
        raise InputError(
            f"steps: recording {experiment.steps:,} steps of {len(experiment.entrants)} entrants needs "
            f"{need / 2**30:.1f} GiB of memory and {free / 2**30:.1f} GiB are free; take fewer of either"
        )
