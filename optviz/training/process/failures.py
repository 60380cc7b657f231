"""What went wrong in a training, told apart by what can be done about it."""

from __future__ import annotations

import errno
from collections.abc import Iterable

from optviz.errors import InputError

KINDS = ("input", "disk", "memory", "gpu_memory", "gpu", "import", "error")

_MEMORY = ("not enough memory", "can't allocate memory", "cannot allocate memory", "unable to allocate")
_GPU = ("cuda", "cudnn", "cublas", "cusolver", "nccl", "hip error", "mps backend", "metal")


def reason(error: BaseException) -> tuple[str, str]:
    """Return what kind of failure an exception is, one of `KINDS`, and its own words in one line.

    torch says most of what goes wrong in a RuntimeError: its words tell which it is.
    """
    text, name = str(error).lower(), type(error).__name__
    if isinstance(error, InputError):
        return "input", str(error)
    if name == "OutOfMemoryError":
        return "gpu_memory", line_of(error)
    if isinstance(error, MemoryError) or _any_of(_MEMORY, text):
        return "memory", line_of(error)
    if isinstance(error, OSError):
        full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", None))
        words = "the disk is full" if full else (error.strerror or str(error) or name).lower()
        return "disk", f"{words}: {error.filename}" if error.filename else words
    if name == "AcceleratorError" or (isinstance(error, RuntimeError) and _any_of(_GPU, text)):
        return "gpu", line_of(error)
    return "error", line_of(error)


def _any_of(words: Iterable[str], text: str) -> bool:
    return any(word in text for word in words)


def line_of(error: BaseException) -> str:
    """Return an exception in one line: torch adds advice, and where it happened in C++, below the first."""
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    name = type(error).__name__
    return f"{name}: {first}"[:300] if first else name
