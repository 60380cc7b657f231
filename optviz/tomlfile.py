"""Reading a TOML file that a stranger may have written: its tables, or one line that says what is wrong."""

from __future__ import annotations

import os
import stat
import tomllib
from os import PathLike
from typing import Any, BinaryIO

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
        with open_regular(path, name) as file:
            content = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        reason = error.strerror if isinstance(error, OSError) else error
        raise InputError(f"{name} cannot be read: {reason}") from None
    if not content:
        raise InputError(f"{name} is empty")
    if len(content) > MAX_FILE_BYTES:
        raise InputError(f"{name} is too large: {what} file has at most {MAX_FILE_BYTES:,} bytes")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: byte {error.start} is not UTF-8; {what} file is UTF-8 text") from None
    return tables(text, name), name


def open_regular(path: str | PathLike[str], name: str) -> BinaryIO:
    """Open a file of a stranger for reading, and nothing that may keep us waiting or never ends.

    Parameters
    ----------
    name
        What it is called in front of an error.

    Raises
    ------
    InputError
        For a pipe, a device or a socket, in one line.
    OSError, ValueError
        As `open`.
    """
    if _is_regular(os.stat(path).st_mode):
        # Should it be exchanged for a pipe between the two, this does not wait either.
        wait_not = getattr(os, "O_NONBLOCK", 0)
        file = open(path, "rb", opener=lambda p, flags: os.open(p, flags | wait_not))  # noqa: SIM115
        if _is_regular(os.fstat(file.fileno()).st_mode):
            return file
        file.close()
    raise InputError(f"{name} is no regular file: a pipe or a device is not read; give a file")


def _is_regular(mode: int) -> bool:
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)  # opening a folder says so itself


def tables(text: str, where: str) -> dict[str, Any]:
    """Return the tables of a text; `where` stands in front of the error."""
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else shown(str(error), 300)
        raise InputError(f"{where} is not valid TOML: {reason.strip(chr(34) + chr(39))}") from None
