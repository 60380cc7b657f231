"""Which files carry a record, told by their first bytes, and reading it out of any of them."""

from __future__ import annotations

import os
from collections.abc import Callable

from optviz.errors import InputError, shown
from optviz.provenance import gif, mp4, pdf, png, svg, webm
from optviz.provenance.bounded import Bounded, Broken, Foreign
from optviz.provenance.record import Provenance
from optviz.tomlfile import open_regular

# Given a file, a reader returns what stands in it where optviz puts its record, foreign texts included.
Reader = Callable[[Bounded], list[bytes]]

_HEAD = 64
_FOREIGN = {
    b"\xff\xd8\xff": "a JPEG picture",
    b"II*\0": "a TIFF picture",
    b"MM\0*": "a TIFF picture",
    b"BM": "a BMP picture",
    b"RIFF": "a WebP picture or an AVI film",
    b"OggS": "an Ogg film",
    b"PK\x03\x04": "an archive",
    b"\x1f\x8b": "an archive",
    b"\x93NUMPY": "an array",
    b"\x7fELF": "a program",
    b"MZ": "a program",
}


def read(path: str | os.PathLike[str]) -> Provenance | None:
    """Return what an exported file knows about itself; None for a file that may be text.

    Raises
    ------
    InputError
        In one line, when it cannot be read, is a picture or a film of somebody else, or is damaged.
    """
    name = shown(os.fspath(path), 200).strip("'\"")
    text = text_of(path)
    return None if text is None else Provenance.loads(text, name)


def text_of(path: str | os.PathLike[str]) -> bytes | None:
    """Return the record in an exported file as it stands there; see `read`."""
    name = shown(os.fspath(path), 200).strip("'\"")
    try:
        with open_regular(path, name) as file:
            size = os.fstat(file.fileno()).st_size
            if not size:
                raise InputError(f"{name} is empty")
            data = Bounded(file, size)
            return _found(data, data.at(0, min(size, _HEAD)), name)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{name} cannot be read: {reason}") from None


def _found(data: Bounded, head: bytes, name: str) -> bytes | None:
    carrier = _carrier(head)
    if carrier is None:
        for start, what in _FOREIGN.items():
            # Two letters may begin a text as well.
            if head.startswith(start) and (len(start) > 2 or b"\0" in head):
                raise InputError(
                    f"{name} is {what}, which optviz does not export; it opens TOML files, run folders and "
                    "the PNG, SVG, PDF, MP4, WebM and GIF files it exported"
                )
        return None
    title, reader = carrier
    try:
        texts = list(dict.fromkeys(reader(data)))
    except Foreign as error:
        raise InputError(f"{name} is {error}") from None
    except Broken as error:
        raise InputError(f"{name} is a damaged {title} file: {error}") from None
    if title not in ("PNG", "SVG", "PDF"):  # there, only we write where we read
        texts = [text for text in texts if text.lstrip().startswith(b"{") and b'"optviz"' in text[:200]]
    if not texts:
        article = "an" if title in ("MP4", "SVG") else "a"
        raise InputError(
            f"{name} is {article} {title} file with no experiment in it: optviz did not export it, "
            "or its metadata was left out or lost on the way"
        )
    if len(texts) > 1:
        raise InputError(f"{name} is a damaged {title} file: there are {len(texts)} different records in it")
    return texts[0]


def _carrier(head: bytes) -> tuple[str, Reader] | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG", png.texts
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return "GIF", gif.texts
    if head.startswith(b"%PDF-"):
        return "PDF", pdf.texts
    if head[4:8] == b"ftyp":
        return "MP4", mp4.texts
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "WebM", webm.texts
    # No TOML begins like this, and every SVG does.
    if head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n").startswith(b"<"):
        return "SVG", svg.texts
    return None
