"""Reading a TOML file that a stranger may have written: its tables, or one line that says what is wrong."""

from __future__ import annotations

import tomllib
from os import PathLike
from typing import Any

from optviz.errors import InputError, shown

MAX_FILE_BYTES = 1_000_000


def read(path: str | PathLike[str], what: str) -> tuple[dict[str, Any], str]:
    """Return the tables of a file, and its name as it may stand in front of an error.

    Parameters
    ----------
    what
        What the file holds, for messages: "an experiment".

    Raises
    ------
    InputError
        When it cannot be read, is too large, is no text or no TOML.
    """
    if not isinstance(path, (str, PathLike)):  # a number would be an open file's
        raise InputError(f"path: {shown(path)} is not allowed; it must be the name of a file")
    name = shown(str(path), 200).strip("'\"")
    try:
        with open(path, "rb") as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{name} cannot be read: {reason}") from None
    if len(content) > MAX_FILE_BYTES:
        raise InputError(f"{name} is too large: {what} file has at most {MAX_FILE_BYTES:,} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: byte {error.start} is not UTF-8; {what} file is UTF-8 text") from None
    return tables(text, name), name


def tables(text: str, where: str) -> dict[str, Any]:
    """Return the tables of a text; `where` stands in front of the error."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else shown(str(error), 300)
        raise InputError(f"{where} is not valid TOML: {reason.strip(chr(34) + chr(39))}") from None
