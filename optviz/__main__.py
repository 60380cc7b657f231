"""Where optviz starts: the window or the command line. Nothing heavy is imported before the choice."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Sequence

_OPTIONS = ("-h", "--help", "--version")
_OWN_PLATFORMS = ("offscreen", "minimal", "vnc", "linuxfb", "eglfs")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run optviz and return its exit status.

    Without `arguments`, this is the program itself, which takes them from its command line and minds signals.
    """
    if getattr(sys, "frozen", False):
        import multiprocessing

        multiprocessing.freeze_support()  # or each helper process would open a window of its own
    if arguments is not None:
        return _main(list(arguments))
    _fill_closed_streams()
    from optviz import interrupt

    interrupt.install()
    try:
        return _main(sys.argv[1:])
    finally:
        interrupt.settle()


def _main(given: list[str]) -> int:
    once = "--exit-after-first-frame" in given
    rest = [argument for argument in given if argument != "--exit-after-first-frame"]
    from optviz import cli

    if not rest:
        return _window(None, once)
    first = rest[0]
    if first in cli.COMMANDS or first in _OPTIONS:
        return cli.main(given)
    files = rest[1:] if first == "--" else rest
    if not os.path.lexists(files[0] if files else "") and not _looks_like_a_file(first):
        from optviz.errors import allowed, shown

        if first.startswith("-"):
            known = allowed((*_OPTIONS, "--exit-after-first-frame"))
            return cli.fail(f"{shown(first)} is not known; the options are {known}", 2)
        known = allowed(cli.COMMANDS)
        return cli.fail(f"{shown(first)} is not a command; it must be one of {known}, or a file to open", 2)
    if len(files) > 1:
        return cli.fail("the window opens one file; give one", 2)
    return _window(files[0], once)


def _fill_closed_streams() -> None:
    """Open what was closed (`>&-`): the next file opened would get its number, and messages with it."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - as long as the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115


def _looks_like_a_file(text: str) -> bool:
    return not text.startswith("-") and ("/" in text or os.sep in text or "." in text)


def _window(path: str | None, once: bool) -> int:
    from optviz import cli
    from optviz.errors import InputError, shown
    from optviz.tomlfile import open_regular

    if path is not None and not os.path.isdir(path):
        try:
            with open_regular(path, shown(path, 300)):
                pass
        except InputError as error:
            return cli.fail(str(error), 2)
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            return cli.fail(f"{shown(path, 300)} cannot be read: {reason}", 2)
    if _no_display():
        # Qt would end the process without a word that Python could catch.
        try:
            return cli.fail(f"there is no display for the window; without one, {_headless(path)}", 1)
        except InputError as error:
            return cli.fail(str(error), 2)
    from optviz.gui.app import main as window

    status: int = window(path, once)
    return status


def _headless(path: str | None) -> str:
    """Return what to do with a file where there is no window. Raises InputError when it is wrong."""
    from pathlib import Path

    from optviz import opening
    from optviz.experiment import Experiment
    from optviz.resources import presets

    example = path or _short(presets()[0])
    opened = opening.read(Path(example))
    if isinstance(opened.value, Experiment):
        what, words = "make a film", ["render", example, "-o", "race.mp4"]
    elif opened.folder is not None:
        what, words = "make a film", ["render", example, "-o", "training.mp4"]
    elif isinstance(getattr(opened.value, "steps", None), tuple):
        what, words = "make a lecture kit", ["render", example, "--kit", "-o", "KIT/"]
    else:
        what, words = "train", ["train", example, "-o", "run"]
    return f"{what}: {shlex.join([_short(sys.executable), '-m', 'optviz', *words])}"


def _short(path: str | os.PathLike[str]) -> str:
    """Return a path as it is shortest to type here."""
    whole = os.fspath(path)
    near = os.path.relpath(whole)
    return near if len(near) < len(whole) else whole


def _no_display() -> bool:
    if not sys.platform.startswith("linux"):
        return False
    platform = os.environ.get("QT_QPA_PLATFORM", "").split(":")[0]
    if platform in _OWN_PLATFORMS:
        return False
    return not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


if __name__ == "__main__":
    sys.exit(main())
