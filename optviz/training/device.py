"""What computes: which device, how many threads, and the words for it."""

from __future__ import annotations

import os
from typing import Any

from optviz.errors import InputError
from optviz.optimizers import OPTIMIZERS
from optviz.training.network.architecture import parameter_count
from optviz.training.setting import Training


def threads_of(training: Training) -> int:
    """Return the number of threads: what is asked for, else OMP_NUM_THREADS, else all cores but one."""
    if training.threads:
        return training.threads
    named = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    if named.isascii() and named.isdigit() and 1 <= int(named) <= 1024:
        return int(named)
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, usable - 1)


def there(name: str) -> bool:
    """Say whether a device is on this computer, by its name in a training file."""
    import torch

    if name == "cuda":
        return bool(torch.cuda.is_available())
    return name != "mps" or bool(torch.backends.mps.is_available())


def device_of(training: Training) -> Any:
    """Return the torch device a training runs on.

    Raises
    ------
    InputError
        When the device asked for is not there, or cannot do what is asked of it.
    """
    import torch

    name = training.device
    if name == "auto":
        name = next(one for one in ("cuda", "mps", "cpu") if there(one))
        # The kernels and double precision are the processor's.
        if training.step == "kernel" or (name == "mps" and training.precision == "float64"):
            name = "cpu"
    if not there(name):
        have = ", ".join(one for one in ("cpu", "cuda", "mps") if there(one))
        raise InputError(f"device: '{name}' is not on this computer; it must be auto or one of {have}")
    if name == "mps" and training.precision == "float64":
        raise InputError("precision: 'float64' is not allowed with device mps; it must be float32")
    if name != "cpu" and training.step == "kernel":
        raise InputError(f"step: 'kernel' is not allowed with device {name}; it must be auto or torch")
    return torch.device(name)


def step_of(training: Training, device: Any) -> str:
    """Return what moves the weights, "kernel" or "torch"."""
    if training.step != "auto":
        return training.step
    return "kernel" if device.type == "cpu" else "torch"


def refuse_too_large(training: Training, image: tuple[int, int]) -> None:
    """Refuse networks whose weights cannot be held, before anything is allocated. Raises InputError."""
    size = 8 if training.precision == "float64" else 4
    count = need = written = 0
    for entrant, resolved in zip(training.entrants, training.resolved_entrants, strict=True):
        parameters = parameter_count(resolved.model, image)
        rows = len(OPTIMIZERS[entrant.optimizer].state_rows)
        # Weights, gradients, a step's and the path's copies, the optimizer's memory.
        need += size * parameters * (6 + rows)
        written = max(written, size * parameters * 2 * (1 + rows))  # while a checkpoint is made
        count = max(count, parameters)
    need += written
    if need < 2**28 or not hasattr(os, "sysconf") or "SC_AVPHYS_PAGES" not in os.sysconf_names:
        return
    free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if need > 0.8 * free:
        raise InputError(
            f"model: {count:,} parameters and what training them needs take about {need / 2**30:.1f} GiB of "
            f"memory, and {free / 2**30:.1f} GiB are free; take fewer or smaller layers, or fewer entrants"
        )


def words(device: Any, threads: int) -> str:
    """Return the name of a device as a person knows it."""
    if device.type == "cuda":
        import torch

        return str(torch.cuda.get_device_name(device))
    if device.type == "mps":
        return "Apple GPU"
    return f"CPU, {threads} thread" + ("" if threads == 1 else "s")
