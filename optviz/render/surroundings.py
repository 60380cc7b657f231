"""What surrounds Qt while it starts: the locale it wants, and variables put back afterwards."""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def utf8_locale() -> Iterator[None]:
    """Give Qt, which complains of any other, a UTF-8 locale while it starts; the environment is put back."""
    if not sys.platform.startswith("linux") or _says_utf8(locale.nl_langinfo(locale.CODESET)):
        yield
        return
    # The first of these that is set decides.
    name = "LC_ALL" if os.environ.get("LC_ALL") else "LC_CTYPE"
    with environment(name, "C.UTF-8"):
        yield


def _says_utf8(codeset: str) -> bool:
    return codeset.lower().replace("-", "") == "utf8"


@contextmanager
def environment(name: str, value: str) -> Iterator[None]:
    """Set a variable of the environment for a while."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before
