"""From a drawn picture to a digit as the data sets have it: scaled and centred the way theirs were made."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from optviz.catalog import Array

Bytes = npt.NDArray[np.uint8]

_FAINT = 0.5 / 255.0  # ink below it would be 0 in a picture of whole numbers
_MNIST_SIZE, _MNIST_BOX, _MNIST_CENTRE = 28, 20, 14
_NIST_SIZE, _NIST_BOX, _BLOCK = 32, (32, 20), 4
_STRETCH = 1.5  # how much more one side of a digit may be stretched than the other


def picture(ink: npt.ArrayLike, image: tuple[int, int]) -> Bytes | None:
    """Return ink as a picture of the data set whose images are of this size, or None where there is no ink.

    Parameters
    ----------
    ink : float[h, w]
        How much ink there is, 0 … 1, of a pad of any size.
    image
        (28, 28), see `as_mnist`, or (8, 8), see `as_digits`.
    """
    makers = {(28, 28): as_mnist, (8, 8): as_digits}
    return makers[image](ink)


def as_mnist(ink: npt.ArrayLike) -> Bytes | None:
    """Return ink as uint8[28, 28], like a digit of MNIST, or None where there is no ink.

    What is drawn is scaled to fit 20 × 20 pixels, its proportions kept and its edges smoothed, then moved by
    whole pixels until its centre of mass is nearest to pixel (14, 14).

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition",
    Proceedings of the IEEE 86 (1998), section III.A. The exact centre is that of the published images: of
    each, it lies within half a pixel of (14, 14).
    """
    drawn = _cut(ink, _FAINT)
    if drawn is None:
        return None
    scale = _MNIST_BOX / max(drawn.shape)
    small = _scaled(_scaled(drawn, scale, 0.0, _MNIST_BOX).T, scale, 0.0, _MNIST_BOX).T
    total, where = small.sum(), np.arange(_MNIST_BOX)
    middle = (small.sum(1) @ where / total, small.sum(0) @ where / total)
    whole = np.zeros((_MNIST_SIZE, _MNIST_SIZE))
    top, left = (round(_MNIST_CENTRE - m) for m in middle)
    # What would stick out is cut off: ink whose mass lies all at one end.
    part = small[max(0, -top) : _MNIST_SIZE - top, max(0, -left) : _MNIST_SIZE - left]
    top, left = max(0, top), max(0, left)
    whole[top : top + part.shape[0], left : left + part.shape[1]] = part
    dark: Array = whole * (255.0 / small.max())  # as a pen, however thin the line is
    return np.rint(dark).astype(np.uint8)


def as_digits(ink: npt.ArrayLike) -> Bytes | None:
    """Return ink as uint8[8, 8], like one of scikit-learn's digits, or None where there is no ink.

    What is drawn is stretched to 20 × 32 pixels in the middle of 32 × 32, one side by at most half as much
    again as the other, so that a 1 stays slim; of each 4 × 4 block the ink is counted, 0 … 16, and scaled to
    0 … 255.

    References
    ----------
    E. Alpaydin, C. Kaynak, "Optical recognition of handwritten digits", UCI Machine Learning Repository
    (1998): 32 × 32 bitmaps, counted in blocks. M. D. Garris et al., "NIST form-based handprint recognition
    system", NISTIR 5469 (1994): digits normalized to 20 × 32.
    """
    # Of a picture that is grey already, the box is where it is half as dark as it can be.
    whole = np.asarray(ink, np.float64)
    drawn = _cut(whole, max(_FAINT, 0.5 * float(np.nanmax(whole, initial=0.0))))
    if drawn is None:
        return None
    down, across = (box / n for box, n in zip(_NIST_BOX, drawn.shape, strict=True))
    scales = min(down, _STRETCH * across), min(across, _STRETCH * down)
    blocks = drawn
    for n, scale in zip(drawn.shape, scales, strict=True):
        offset = (_NIST_SIZE - n * scale) / 2 / _BLOCK
        blocks = _scaled(blocks, scale / _BLOCK, offset, _NIST_SIZE // _BLOCK).T
    counts: Array = np.rint(blocks * (_BLOCK**2 / blocks.max()))  # a thin line counts like a pen's
    grey: Array = counts * (255.0 / _BLOCK**2)
    return np.rint(grey).astype(np.uint8)


def _cut(ink: npt.ArrayLike, least: float) -> Array | None:
    """Return the smallest part that holds all ink above `least`, or None where there is none."""
    whole = np.clip(np.nan_to_num(np.asarray(ink, np.float64)), 0.0, 1.0)
    there = whole > least
    if not there.any():
        return None
    rows, columns = np.flatnonzero(there.any(1)), np.flatnonzero(there.any(0))
    return whole[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _scaled(ink: Array, scale: float, offset: float, pixels: int) -> Array:
    """Return float64[pixels, w]: the mean ink in each pixel of columns float64[h, w] that are scaled.

    Row j of `ink` covers what is between j scale + offset and (j + 1) scale + offset.
    """
    edges = np.clip((np.arange(pixels + 1) - offset) / scale, 0.0, len(ink))
    whole = np.minimum(edges.astype(np.intp), len(ink) - 1)
    above = np.vstack([np.zeros((1, ink.shape[1])), np.cumsum(ink, 0)])
    up_to: Array = above[whole] + (edges - whole)[:, None] * ink[whole]
    return np.diff(up_to, axis=0) * scale
