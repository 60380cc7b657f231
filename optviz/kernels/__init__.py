"""Numba kernels: what they agree on, how they are compiled, and the loops that drive them."""

from optviz.kernels.compile import Kernel, inlined, kernel, kernel_from_source

__all__ = ["Kernel", "inlined", "kernel", "kernel_from_source"]
