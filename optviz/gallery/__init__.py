"""The failure gallery: where optimizers fail, why, and what to expect, in races that show it at one glance.

Each failure is an experiment file that comes with optviz, words about it, and a claim that is computed from
its run. Whoever shows a failure shows the claim with its measured numbers.
"""

from __future__ import annotations

from optviz.gallery.failure import Failure, Outcome
from optviz.gallery.failures import FAILURES

__all__ = ["FAILURES", "Failure", "Outcome"]
