"""The kernels that runs of one optimizer on one surface call."""

from __future__ import annotations

import numpy as np

from optviz.catalog import Optimizer
from optviz.kernels import Kernel
from optviz.kernels.descend import no_loss, no_probe
from optviz.kernels.fused import fused
from optviz.kernels.fused_own import fused_own
from optviz.kernels.penalty import penalize
from optviz.kernels.sweep import sweep
from optviz.problem import Problem


def kernels_of_lanes(problem: Problem, optimizer: Optimizer) -> list[Kernel]:
    """Return the kernels that any sweep of a pair calls; the fast one of its own is not among them."""
    probe = [optimizer.probe] if optimizer.probe else []
    hessian = [problem.kernels.hessian] if optimizer.needs_hessian else []
    return [problem.kernels.loss, *hessian, optimizer.step, *probe, sweep, no_loss, no_probe, penalize]


def fast_kernel(
    problem: Problem, optimizer: Optimizer, noisy: bool = False, own: bool = False
) -> Kernel | None:
    """Return the kernel that has this pair written into it; None where a sweep of it is not a plain one.

    A loss of samples takes so long that nothing would be gained. `own`: the one for lanes that have
    hyperparameters of their own.
    """
    plain = not (noisy or optimizer.probe or optimizer.needs_hessian or problem.penalty_array.any())
    if not plain or problem.surface.model is not None or np.isfinite(problem.feasible).any():
        return None
    merged = fused_own if own else fused
    return merged(problem.kernels.loss, optimizer.step)
