"""The frames inside a player: small pictures, most of them only what differs from the one before.

In a race next to nothing changes from frame to frame. A few frames are whole; each other frame is a picture
of the pixels in which it differs from the last whole one, the rest being see-through. That takes a third of
the bytes of whole frames, and text and lines stay exact.
"""

from __future__ import annotations

import base64
import io
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PIL import Image, features

Pixels = npt.NDArray[np.uint8]

_THREADS = 2
_WORTH = 0.5  # of the bytes of a whole frame: a difference larger than that is no use
_MOST = 0.12  # of the pixels likewise, which is seen sooner
_WHOLE_QUALITY, _FAST = 88, 2


@dataclass(eq=False)
class Reel:
    """Pictures, and which of them make up each frame.

    Attributes
    ----------
    pictures
        Each as it stands in a data URI.
    frames
        For each frame the picture it begins with and the one that lies over it, -1 for none.
    """

    size: tuple[int, int]
    pictures: list[str] = field(default_factory=list)
    frames: list[tuple[int, int]] = field(default_factory=list)

    @property
    def bytes(self) -> int:
        """How long the pictures are, as text."""
        return sum(len(one) for one in self.pictures)

    def thinned(self, keep: list[int]) -> Reel:
        """Return the reel of some of the frames."""
        places: dict[int, int] = {}
        made = Reel(self.size)
        for i in keep:
            for one in self.frames[i]:
                if one >= 0 and one not in places:
                    places[one] = len(places)
                    made.pictures.append(self.pictures[one])
            whole, over = self.frames[i]
            made.frames.append((places[whole], places[over] if over >= 0 else -1))
        return made


def record(
    steps: range, draw: Callable[[int], Pixels], size: tuple[int, int], step: Callable[[], None]
) -> Reel:
    """Return the reel of some frames.

    Parameters
    ----------
    draw
        Returns uint8[h, w, 4] in the order of a QImage: blue, green, red.
    step
        Called after each frame; it may raise to stop.
    """
    reel = Reel(size)
    key: Pixels | None = None
    key_size = key_place = 0
    pending: deque[tuple[Pixels, Future[bytes | None]]] = deque()

    def settle() -> None:
        nonlocal key, key_size, key_place
        own, future = pending.popleft()
        over = future.result()
        if over is not None and not over:
            reel.frames.append((key_place, -1))
        elif over is not None and len(over) <= _WORTH * key_size:
            reel.pictures.append(_uri(over, "webp" if _webp() else "png"))
            reel.frames.append((key_place, len(reel.pictures) - 1))
        else:
            begin(own)
            waiting = [pixels for pixels, _ in pending]
            pending.clear()
            pending.extend((pixels, pool.submit(_difference, pixels, own)) for pixels in waiting)

    def begin(pixels: Pixels) -> None:
        nonlocal key, key_size, key_place
        data = _whole(pixels)
        key, key_size, key_place = pixels, len(data), len(reel.pictures)
        reel.pictures.append(_uri(data, "webp" if _webp() else "jpeg"))
        reel.frames.append((key_place, -1))

    with ThreadPoolExecutor(_THREADS, "optviz reel") as pool:
        try:
            for k in steps:
                pixels = np.ascontiguousarray(draw(k)[:, :, 2::-1])
                if key is None:
                    begin(pixels)
                else:
                    pending.append((pixels, pool.submit(_difference, pixels, key)))
                    if len(pending) > _THREADS:
                        settle()
                step()
            while pending:
                settle()
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    return reel


def fitted(reel: Reel, most: int) -> tuple[Reel, list[int]]:
    """Return a reel of at most so many bytes and which frames are kept: every 2nd, 3rd, … and the last."""
    count = len(reel.frames)
    keep = list(range(count))
    made, stride = reel, 1
    while made.bytes > most and len(keep) > 2:
        stride += 1
        keep = sorted({*range(0, count, stride), count - 1})
        made = reel.thinned(keep)
    return made, keep


def _whole(pixels: Pixels) -> bytes:
    data = io.BytesIO()
    if _webp():
        Image.fromarray(pixels).save(data, "WEBP", quality=_WHOLE_QUALITY, method=_FAST)
    else:
        Image.fromarray(pixels).save(data, "JPEG", quality=_WHOLE_QUALITY, subsampling=0)
    return data.getvalue()


def _difference(pixels: Pixels, key: Pixels) -> bytes | None:
    """Return a picture of the pixels in which two frames differ: empty for none, None for too many."""
    differs = (pixels != key).any(axis=2)
    if differs.mean() > _MOST:
        return None
    if not differs.any():
        return b""
    seen = np.zeros((*differs.shape, 4), np.uint8)
    seen[differs, :3] = pixels[differs]
    seen[differs, 3] = 255
    data = io.BytesIO()
    if _webp():
        Image.fromarray(seen).save(data, "WEBP", lossless=True, quality=40, method=_FAST)
    else:
        Image.fromarray(seen).save(data, "PNG", compress_level=7)
    return data.getvalue()


def _webp() -> bool:
    return bool(features.check("webp"))


def _uri(data: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
