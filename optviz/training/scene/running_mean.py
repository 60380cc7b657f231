"""The running mean that shows the trend of a noisy curve, computed only for what is new."""

from __future__ import annotations

import math

import numpy as np

from optviz.catalog import Array

_SPAN = 1e8  # how far weights within one block may lie apart
_MOST = 4096  # values a block has
_LARGEST = 1e290  # beyond it a value counts as missing: its products would overflow


class RunningMean:
    """An exponential moving average with bias correction, of a series that grows at its end.

    Each mean is Σ keepⁿ⁻ⁱ xᵢ / Σ keepⁿ⁻ⁱ over the values that are finite: the bias correction of D. P.
    Kingma and J. Ba, "Adam" (2015), section 3, with missing values left out. Where a value is missing, so is
    the mean.

    Parameters
    ----------
    keep
        Share of the mean that is kept at each value, 0 ≤ keep < 1; 0 gives the values themselves.
    """

    def __init__(self, keep: float) -> None:
        self.keep = keep
        # Blocks begin at fixed places, so that a mean does not depend on how many values came at a time.
        self._block = min(max(int(math.log(_SPAN) / -math.log(keep)), 1), _MOST) if 0.0 < keep < 1.0 else 1
        self._powers = keep ** np.arange(self._block + 1, dtype=np.float64)
        self._means = np.empty(0)
        self._done = 0  # values of whole blocks
        self._carry = (0.0, 0.0)
        self._known = 0

    def of(self, values: Array) -> Array:
        """Return float64[n], the mean at each of `values`; those given before must begin them."""
        count = len(values)
        if not self.keep:
            return values
        if count > self._known:
            self._extend(values)
            self._known = count
        return self._means[:count]

    @np.errstate(all="ignore")
    def _extend(self, values: Array) -> None:
        count, block = len(values), self._block
        if count > len(self._means):
            more = np.empty(max(count, 2 * len(self._means)))
            more[: self._done] = self._means[: self._done]
            self._means = more
        new = values[self._done :]
        blocks = -(-len(new) // block)
        filled = np.full(blocks * block, np.nan)
        filled[: len(new)] = new
        padded = filled.reshape(blocks, block)
        known = np.abs(padded) <= _LARGEST
        scale = self._powers[:block]
        rise = (1.0 - self.keep) * scale
        totals = np.cumsum(np.where(known, padded, 0.0) / scale, axis=1) * rise
        weights = np.cumsum(known / scale, axis=1) * rise
        fade = self._powers[1:]
        total, weight = self._carry
        means = np.empty_like(padded)
        whole = len(new) // block
        for i in range(blocks):
            means[i] = (totals[i] + fade * total) / (weights[i] + fade * weight)
            total = float(totals[i, -1] + fade[-1] * total)
            weight = float(weights[i, -1] + fade[-1] * weight)
            if i == whole - 1:
                self._carry = (total, weight)
        means[~known] = np.nan
        self._means[self._done : count] = means.reshape(-1)[: len(new)]
        self._done += whole * block
