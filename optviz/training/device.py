"""What computes: which device, how many threads, and the words for it."""

from __future__ import annotations

import os
from typing import Any

from optviz.errors import InputError
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


def words(device: Any, threads: int) -> str:
    """Return the name of a device as a person knows it."""
    if device.type == "cuda":
        import torch

        return str(torch.cuda.get_device_name(device))
    if device.type == "mps":
        return "Apple GPU"
    return f"CPU, {threads} thread" + ("" if threads == 1 else "s")
