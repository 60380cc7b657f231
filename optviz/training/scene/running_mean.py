"""The running mean that shows the trend of a noisy curve, computed only for what is new."""

from __future__ import annotations

import math

import numpy as np

from optviz.catalog import Array

MOST = 0.3  # epochs that a mean looks back at most: a curve that falls lags by no more
_SHORT = 10.0  # epochs: in a longer training the mean looks back further, the same way in the picture
_EACH = 0.01  # epochs: what is kept of the mean is kept in each of them
_SPAN = 200.0  # times how far a mean looks back: the longest block, so that weights keep their range
_COUNT = 4096  # values a block has at most
_LARGEST = 1e200  # beyond it a value counts as missing: its products would overflow


def look_back(smoothing: float, epochs: int = 1) -> float:
    """Return how many epochs the running mean looks back: the time constant of its weights.

    A share `smoothing` of the mean is kept in each hundredth of an epoch, and the mean looks back at most
    0.3 epochs: 1/τ = 1/0.3 + −ln(smoothing)/0.01. That is the same part of an epoch for every entrant,
    whatever its batch size. 0.5 gives 0.014, 0.9 gives 0.072, and 0.999 gives 0.29 epochs; 0 gives none.
    Of more than ten epochs each is narrower in the picture: there it is that much longer.
    """
    if smoothing <= 0.0:
        return 0.0
    return max(1.0, epochs / _SHORT) / (1.0 / MOST - math.log(smoothing) / _EACH)


class RunningMean:
    """An exponential moving average with bias correction, of a series that grows at its end.

    At epoch eₙ the mean is Σ wᵢ xᵢ / Σ wᵢ, wᵢ = exp((eᵢ − eₙ) / τ), over the values so far that are finite:
    the bias correction of D. P. Kingma and J. Ba, "Adam" (2015), section 3, for values any time apart and
    with missing ones left out. Where a value is missing, so is the mean.

    Parameters
    ----------
    time
        τ, in epochs; 0 gives the values themselves.
    """

    def __init__(self, time: float) -> None:
        self.time = time
        self._means = np.empty(0)
        self._done = 0  # values of whole blocks
        self._carry = (0.0, 0.0, 0.0)  # weighted sum, weights, and the epoch they are of
        self._known = 0

    def of(self, values: Array, epochs: Array) -> Array:
        """Return float64[n], the mean at each of `values`; those given before must begin them.

        Parameters
        ----------
        epochs
            float64[n], ascending: when each value was taken.
        """
        count = len(values)
        if not self.time:
            return values
        if count > self._known:
            self._extend(values, epochs)
            self._known = count
        return self._means[:count]

    @np.errstate(all="ignore")
    def _extend(self, values: Array, epochs: Array) -> None:
        count = len(values)
        if count > len(self._means):
            more = np.empty(max(count, 2 * len(self._means)))
            more[: self._done] = self._means[: self._done]
            self._means = more
        # Blocks begin at fixed places, so that a mean does not depend on how many values came at a time.
        part = np.floor(epochs[self._done :] / (_SPAN * self.time))
        at = np.arange(self._done, count)
        begins = at[(np.diff(part, prepend=np.nan) != 0.0) | (at % _COUNT == 0)].tolist()
        for begin, end in zip(begins, [*begins[1:], count], strict=True):
            carry = self._block(values[begin:end], epochs[begin:end], self._means[begin:end])
            if end < count:
                self._carry, self._done = carry, end

    def _block(self, values: Array, epochs: Array, out: Array) -> tuple[float, float, float]:
        total, weight, since = self._carry
        fade = math.exp(min((since - float(epochs[0])) / self.time, 0.0))
        known = np.abs(values) <= _LARGEST
        scale = np.exp((epochs - epochs[0]) / self.time)
        totals = np.cumsum(np.where(known, values * scale, 0.0)) + fade * total
        weights = np.cumsum(np.where(known, scale, 0.0)) + fade * weight
        out[:] = np.where(known, totals / weights, np.nan)
        return float(totals[-1] / scale[-1]), float(weights[-1] / scale[-1]), float(epochs[-1])
