"""Pictures without their page: how much of each pixel is drawn, worked out from two grounds.

Whatever a stage draws, it draws over a ground. Over the page a pixel is c a + page (1 - a), over another
ground c a + other (1 - a): the difference gives a, and c follows, exactly but for rounding, whatever was laid
over what on the way.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from optviz.colors import luminance

Pixels = npt.NDArray[np.uint8]

_BLOCK = 8  # pixels a side that share a colour where nothing is drawn; those of a film are coded so
_ROWS = 64  # worked on at once: what they take stays in the cache


def other_ground(page: str) -> str:
    """Return the ground far from a page: black, or white where the page is dark."""
    return "#000000" if luminance(page) > 0.18 else "#ffffff"


def cut_out(over_page: Pixels, over_other: Pixels, page: str, other: str) -> Pixels:
    """Return a picture drawn over two grounds as one with alpha.

    Parameters
    ----------
    over_page, over_other
        uint8[h, w, 4], blue, green, red and an unused byte.
    page, other
        The grounds, "#rrggbb".

    Returns
    -------
    uint8[h, w, 4], blue, green, red, not multiplied by alpha, and alpha. Where alpha is 0, so are the others.
    """
    near, far = (np.array([int(c[i : i + 2], 16) for i in (5, 3, 1)], np.int32) for c in (page, other))
    way = int(np.abs(near - far).sum())
    table = np.clip(255 - (255 * np.arange(3 * 255 + 1) + way // 2) // way, 0, 255).astype(np.uint8)
    result = over_page.copy()
    for first in range(0, len(result), _ROWS):
        seen, there = result[first : first + _ROWS], over_other[first : first + _ROWS]
        apart = np.maximum(seen, there) - np.minimum(seen, there)
        alpha = table[apart[..., 0].astype(np.intp) + apart[..., 1] + apart[..., 2]]
        seen[..., 3] = alpha
        seen[alpha == 0] = 0
        edges = np.nonzero((alpha > 0) & (alpha < 255))
        some, whole = seen[edges][:, :3].astype(np.int32), alpha[edges][:, None].astype(np.int32)
        color = (255 * some - (255 - whole) * near + whole // 2) // whole
        seen[..., :3][edges] = np.clip(color, 0, 255)
    return result


def filled(pixels: Pixels, color: tuple[int, int, int]) -> Pixels:
    """Return a picture with alpha whose colours run on where nothing is drawn.

    A film is coded in blocks, with losses, and a colour nobody sees would shine through the edges of what is
    seen: each block goes on in the mean colour of what is drawn in and around it, elsewhere in `color`.

    Parameters
    ----------
    pixels
        uint8[h, w, 4], blue, green, red, alpha.
    color
        Red, green, blue.
    """
    height, width = pixels.shape[:2]
    rows, columns = -(-height // _BLOCK), -(-width // _BLOCK)
    alpha = np.zeros((rows * _BLOCK, columns * _BLOCK), np.int32)
    alpha[:height, :width] = pixels[..., 3]
    weight = alpha.reshape(rows, _BLOCK, columns, _BLOCK).sum(axis=(1, 3))
    near = _around(weight)
    result = pixels.copy()
    for channel, usual in enumerate(reversed(color)):
        inked = np.zeros_like(alpha)
        inked[:height, :width] = alpha[:height, :width] * pixels[..., channel]
        total = _around(inked.reshape(rows, _BLOCK, columns, _BLOCK).sum(axis=(1, 3)))
        mean = np.where(near > 0, total // np.maximum(near, 1), usual).astype(np.uint8)
        spread = np.repeat(np.repeat(mean, _BLOCK, axis=0), _BLOCK, axis=1)[:height, :width]
        result[..., channel] = np.where(pixels[..., 3] > 0, pixels[..., channel], spread)
    return result


def _around(sums: npt.NDArray[np.int32]) -> npt.NDArray[np.int64]:
    """Return for each block the sum over it and the eight around it."""
    wide = np.pad(sums.astype(np.int64), 1)
    height, width = sums.shape
    return np.asarray(sum(wide[i : i + height, j : j + width] for i in range(3) for j in range(3)))
