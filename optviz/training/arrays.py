"""Looks, judgements and other values made of arrays, as one file: no code in it, and none run by it.

A file holds a description in JSON, where each array stands as its type, shape and place, and the bytes of all
arrays one after the other.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from os import PathLike
from typing import Any, cast

import numpy as np

from optviz import atomic
from optviz.errors import InputError, shown
from optviz.training.record import Histogram, Judgement, LayerLook, Look

_KINDS = {kind.__name__: kind for kind in (Look, LayerLook, Histogram, Judgement)}
MOST_BYTES = 2**30
_DTYPES = ("float16", "float32", "float64", "uint8", "int64")


def write(path: str | PathLike[str], value: Any) -> None:
    """Write lists, texts, numbers, arrays and the values of a record. Raises InputError."""
    atomic.write_bytes(path, packed(value))


def packed(value: Any) -> bytes:
    """Return the bytes of such a file."""
    blob = bytearray()
    text = json.dumps(_packed(value, blob))
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        description=np.frombuffer(text.encode(), np.uint8),
        arrays=np.frombuffer(bytes(blob), np.uint8),
    )
    return buffer.getvalue()


def read(path: str | PathLike[str]) -> Any:
    """Return what `write` wrote. Raises InputError when the file is missing, damaged or something else."""
    name = shown(str(path), 200).strip("'\"")
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(part.file_size for part in archive.infolist()) > MOST_BYTES:
                raise InputError(f"{name} is too large: it may hold {MOST_BYTES:,} bytes")
        with np.load(path, allow_pickle=False) as file:
            description = json.loads(file["description"].tobytes())
            blob = file["arrays"].tobytes()
        return _unpacked(description, blob)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror or error}") from None
    except Exception as error:  # a damaged archive raises whatever its bytes happen to mean
        raise InputError(f"{name} is damaged: {type(error).__name__}") from None


def _packed(value: Any, blob: bytearray) -> Any:
    if isinstance(value, np.ndarray):
        place = {"array": str(value.dtype), "shape": list(value.shape), "at": len(blob)}
        blob += np.ascontiguousarray(value).tobytes()
        return place
    if is_dataclass(value) and not isinstance(value, type):
        parts = {f.name: _packed(getattr(value, f.name), blob) for f in fields(value)}
        return {"kind": type(value).__name__, "parts": parts}
    if isinstance(value, (list, tuple)):
        return [_packed(one, blob) for one in value]
    if isinstance(value, Mapping):
        return {"table": {str(name): _packed(one, blob) for name, one in value.items()}}
    return value.item() if isinstance(value, np.generic) else value


def _unpacked(value: Any, blob: bytes) -> Any:
    if isinstance(value, list):
        return tuple(_unpacked(one, blob) for one in value)
    if not isinstance(value, dict):
        return value
    if "array" in value:
        if value["array"] not in _DTYPES:
            raise ValueError(value["array"])
        shape = [int(n) for n in value["shape"]]
        if min(shape, default=0) < 0:
            raise ValueError(shape)
        count = int(np.prod(shape, dtype=np.int64))
        return np.frombuffer(blob, value["array"], count, int(value["at"])).reshape(shape).copy()
    if "table" in value:
        return {name: _unpacked(one, blob) for name, one in value["table"].items()}
    kind = cast(Any, _KINDS[value["kind"]])
    return kind(**{name: _unpacked(one, blob) for name, one in value["parts"].items()})
