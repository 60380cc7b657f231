"""Kernels that draw: each has a signature of its own, which stands beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from optviz.kernels.compile import Kernel, _found_at_once, _register_shared, numba


class DrawingKernel(Kernel):
    """A kernel whose signature stands beside it, as nothing else shares it."""

    def __init__(
        self, function: Callable[..., Any], signature: Callable[[Any], Any], fastmath: tuple[str, ...] = ()
    ) -> None:
        super().__init__(function, "drawing", fastmath=fastmath)
        self._signature = signature

    def _jit(self, keep: bool) -> Any:
        jit = numba().njit(
            self._signature(numba().types),
            cache=keep,
            nogil=True,
            error_model="numpy",
            boundscheck=False,
            fastmath=set(self.fastmath) or False,
        )
        _register_shared()
        return _found_at_once(jit(self._function))
