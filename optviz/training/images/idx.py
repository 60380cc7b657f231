"""Reading IDX files, the format of MNIST: a short header, then one byte for each pixel or label.

Reference: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits": bytes 0 and 1
are zero, byte 2 is the type (8: unsigned byte), byte 3 the number of dimensions; then the size of each
dimension as a big-endian 32-bit number, then the values, the last dimension running fastest.
"""

from __future__ import annotations

import gzip
import os
import stat
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from optviz.errors import InputError, shown

MAX_BYTES = 1 << 28  # of values: five times MNIST's training images
_CHUNK = 1 << 20

_TYPES = {
    9: "signed bytes",
    11: "16-bit integers",
    12: "32-bit integers",
    13: "32-bit floats",
    14: "64-bit floats",
}
_KINDS = {1: "labels", 3: "images"}


def read(path: str | os.PathLike[str], limit: int = MAX_BYTES) -> npt.NDArray[np.uint8]:
    """Return what an IDX file of unsigned bytes holds.

    Parameters
    ----------
    path
        The file, compressed with gzip or not, whatever it is called.
    limit
        How many values are read at most.

    Returns
    -------
    uint8[n, h, w] for images, uint8[n] for labels; memory of its own, which can be written to.

    Raises
    ------
    InputError
        When the file cannot be read, is damaged, or is no IDX file of images or labels.
    """
    name = named(path)
    try:
        # Asked before opening: opening a pipe would wait for ever.
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            raise InputError(f"{name} is a folder, not an IDX file")
        if not stat.S_ISREG(mode):
            raise InputError(f"{name} is not a regular file")
        with open(path, "rb") as file:
            start = file.read(4)
            file.seek(0)
            if start[:2] == b"\x1f\x8b":
                with gzip.GzipFile(fileobj=file) as unpacked:
                    return _unpacked(unpacked, name, limit)
            if start[:2] != b"\0\0" and os.fspath(path).endswith(".gz") and start:
                raise InputError(f"{name} is not compressed with gzip, although its name ends in .gz")
            return _values(file, name, limit)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise cannot_read(path, error) from error


def named(path: str | os.PathLike[str]) -> str:
    """Return the name of a file as it may stand in a one-line message."""
    return shown(os.fspath(path), 300)


def cannot_read(path: str | os.PathLike[str], error: OSError | ValueError) -> InputError:
    """Return the one line that says why `path` could not be read."""
    if isinstance(error, FileNotFoundError):
        return InputError(f"{named(path)}: there is no such file")
    number = error.errno if isinstance(error, OSError) else None
    reason = os.strerror(number).lower() if number else shown(str(error)).strip("'\"")
    return InputError(f"{named(path)} cannot be read: {reason}")


def _unpacked(file: gzip.GzipFile, name: str, limit: int) -> npt.NDArray[np.uint8]:
    try:
        return _values(file, name, limit)
    except EOFError:
        raise InputError(f"{name} is cut short: the compressed data ends too early") from None
    except gzip.BadGzipFile as error:
        if "CRC" in str(error) or "length" in str(error):
            raise InputError(f"{name} is damaged: its checksum (gzip) does not match") from None
        raise InputError(f"{name} is damaged: it is not all gzip ({error})") from None
    except zlib.error:
        raise InputError(f"{name} is damaged: it cannot be decompressed") from None


def _values(file: BinaryIO | gzip.GzipFile, name: str, limit: int) -> npt.NDArray[np.uint8]:
    start = _take(file, 4)
    if not start:
        raise InputError(f"{name} is empty")
    if len(start) < 4:
        raise InputError(f"{name} is cut short: it ends within its header")
    if start[:2] != b"\0\0":
        raise InputError(f"{name} is not an IDX file: it begins with 0x{start.hex()}, not with 0x0000")
    if start[2] != 8:
        held = _TYPES.get(start[2], f"values of the unknown type 0x{start[2]:02x}")
        raise InputError(f"{name} holds {held}; only unsigned bytes (0x08) are read")
    if start[3] not in _KINDS:
        raise InputError(f"{name} has {start[3]} dimensions; labels have 1 and images 3")
    header = _take(file, 4 * start[3])
    if len(header) < 4 * start[3]:
        raise InputError(f"{name} is cut short: it ends within its header")
    shape = struct.unpack(f">{start[3]}I", header)
    size = 1
    for length in shape:  # Python's numbers do not overflow
        size *= length
    said = " × ".join(f"{length:,}" for length in shape)
    if size == 0:
        raise InputError(f"{name} holds no {_KINDS[start[3]]}: its header says {said}")
    if size > limit:
        raise InputError(f"{name} says it holds {said} values; at most {limit:,} are read")
    # One byte more is asked for than there should be: it tells what is too long, and reaching the end is what
    # makes gzip compare its checksum.
    values = _take(file, size + 1)
    if len(values) < size:
        raise InputError(f"{name} is cut short: its header says {said} values, there are {len(values):,}")
    if len(values) > size:
        raise InputError(f"{name} is too long: there is more after the {said} values its header says")
    return np.frombuffer(values, dtype=np.uint8).reshape(shape)


def _take(file: BinaryIO | gzip.GzipFile, size: int) -> bytearray:
    """Return up to `size` bytes; memory grows with what is really there, not with what a header says."""
    taken = bytearray()
    while len(taken) < size:
        part = file.read(min(_CHUNK, size - len(taken)))
        if not part:
            break
        taken += part
    return taken


def read_pair(
    images: str | os.PathLike[str],
    labels: str | os.PathLike[str],
    *,
    image: tuple[int, int] = (28, 28),
    classes: int = 10,
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """Return images uint8[n, h, w] and their labels int64[n] from two IDX files.

    Parameters
    ----------
    image
        Height and width that every image must have.
    classes
        Labels are 0 … `classes` - 1.

    Raises
    ------
    InputError
        For what `read` finds, and when the two do not fit each other or what is asked for.
    """
    pixels, classes_of = read(images), read(labels)
    if pixels.ndim != 3:
        raise InputError(f"{named(images)} holds labels; images are needed here")
    if classes_of.ndim != 1:
        raise InputError(f"{named(labels)} holds images; labels are needed here")
    if pixels.shape[1:] != image:
        h, w = pixels.shape[1:]
        raise InputError(
            f"{named(images)} holds images of {h} × {w} pixels; {image[0]} × {image[1]} are needed"
        )
    if len(pixels) != len(classes_of):
        raise InputError(
            f"{named(images)} holds {len(pixels):,} images, but {named(Path(labels).name)} holds "
            f"{len(classes_of):,} labels; there must be one for each image"
        )
    wrong = np.flatnonzero(classes_of >= classes)
    if len(wrong):
        at = int(wrong[0])
        raise InputError(f"{named(labels)}: label {at:,} is {classes_of[at]}; labels are 0 to {classes - 1}")
    return pixels, classes_of.astype(np.int64)
