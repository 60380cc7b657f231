"""The command line. A mistake is one line on stderr and status 2; any other failure is status 1."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NoReturn

from optviz import interrupt
from optviz.errors import InputError, allowed, shown
from optviz.version import __version__

COMMANDS = ("list", "simulate", "render")
KINDS = ("optimizers", "surfaces", "schedules", "activations", "lessons")
_OPTIONS = {
    "list": ("--json", "--help"),
    "simulate": ("-o", "--side", "--help"),
    "render": ("-o", "--size", "--fps", "--frames", "--frame", "--stride", "--help"),
}
_WITH_NUMBERS = ("--size", "--fps", "--frames", "--frame", "--stride")
_LONGEST = 2000


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        for action in self._actions:
            if message == f"argument {'/'.join(action.option_strings)}: expected one argument":
                message = (
                    f"argument {'/'.join(action.option_strings)}: it must be followed by {action.metavar}"
                )
        raise InputError(message)


def main(arguments: Sequence[str]) -> int:
    """Run one command and return the exit status."""
    try:
        return _main(arguments)
    except InputError as error:
        return fail(str(error), 2)
    except KeyboardInterrupt:
        return fail("interrupted", 1)
    except BrokenPipeError:  # whoever read our output has left
        _drop_output()
        return 1
    except _OutputError as error:
        _drop_output()
        return fail(f"cannot write the output: {error}", 1)
    except MemoryError:
        return fail("not enough memory", 1)
    except Exception as error:
        return fail(f"optviz failed: {type(error).__name__}: {error}", 1)


def fail(message: str, status: int) -> int:
    """Write one line on stderr and return `status`."""
    interrupt.settle()
    _Progress.clear()
    _say(message)
    return status


class _OutputError(Exception):
    """What a person asked to see could not be shown."""


def _say(message: str) -> None:
    line = "".join(c if c.isprintable() else " " for c in f"optviz: {message}")
    line = line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
    encoding = getattr(sys.stderr, "encoding", None) or "ascii"
    with suppress(OSError, ValueError, AttributeError):  # nobody may be listening
        print(line.encode(encoding, "replace").decode(encoding), file=sys.stderr, flush=True)


def _print(text: str) -> None:
    """Write on stdout, where there is one."""
    if sys.stdout is None:
        return
    encoding = sys.stdout.encoding or "ascii"
    try:
        print(text.encode(encoding, "replace").decode(encoding), flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise _OutputError(os.strerror(error.errno or 0).lower()) from error


def _drop_output() -> None:
    # Python would complain once more when it closes stdout.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _main(arguments: Sequence[str]) -> int:
    parser = _parser()
    try:
        options, unknown = parser.parse_known_args(_joined(arguments))
    except SystemExit as done:  # --help and --version
        if sys.stdout is not None:
            sys.stdout.flush()
        return int(done.code or 0)
    command: str = options.command
    if unknown:
        known = f"its options are {allowed(_OPTIONS[command])}"
        if not unknown[0].startswith("-"):
            takes = "one kind" if command == "list" else "one experiment"
            raise InputError(f"{command}: {shown(unknown[0])} is one too many; it takes {takes}, and {known}")
        raise InputError(f"{command}: {shown(unknown[0])} is not known; {known}")
    if command == "list":
        _list(options)
    elif command == "simulate":
        _simulate(options)
    else:
        _render(options)
    return 0


def _joined(arguments: Sequence[str]) -> list[str]:
    """Return the arguments with `--frames -1:5` made `--frames=-1:5`, a value and not an option."""
    joined: list[str] = []
    for argument in arguments:
        if joined and joined[-1] in _WITH_NUMBERS and re.match(r"-[0-9.]", argument):
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="optviz",
        description="Shows how optimizers work. Without a command it opens the window: optviz [FILE]",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"optviz {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    listing = commands.add_parser("list", help="what there is to choose from", allow_abbrev=False)
    listing.add_argument("kind", nargs="?", metavar="|".join(KINDS), help="all of them when left out")
    listing.add_argument("--json", action="store_true", help="for programs")

    simulating = commands.add_parser(
        "simulate", help="run an experiment, write its arrays", allow_abbrev=False
    )
    simulating.add_argument("experiment", metavar="EXPERIMENT.toml")
    simulating.add_argument("-o", "--out", required=True, metavar="RUN.npz")
    simulating.add_argument(
        "--side", metavar="before|after", help="of a comparison; otherwise what both have in common is run"
    )

    rendering = commands.add_parser(
        "render", help="draw an experiment as a film or pictures", allow_abbrev=False
    )
    rendering.add_argument("experiment", metavar="EXPERIMENT.toml")
    rendering.add_argument(
        "-o", "--out", required=True, metavar="OUT",
        help="FOLDER/ = numbered PNGs; .mp4 .webm .gif = a film; .png .svg .pdf = one frame",
    )  # fmt: skip
    rendering.add_argument(
        "--size", type=_size, default=(1920, 1080), metavar="WxH", help="pixels (1920x1080)"
    )
    rendering.add_argument(
        "--fps", metavar="N",
        help="frames a second of a film (60); a GIF counts in 1/100 s: 20, 25 and 50 are exact",
    )  # fmt: skip
    rendering.add_argument("--frames", type=_interval, metavar="A:B", help="only the steps A ≤ step < B")
    rendering.add_argument("--frame", type=_whole, metavar="K", help="the step of one picture (the last)")
    rendering.add_argument("--stride", type=_stride, default=1, metavar="N", help="every Nth step only")
    return parser


def _size(text: str) -> tuple[int, int]:
    width, times, height = text.lower().partition("x")
    if not (times and _digits(width) and _digits(height)):
        raise argparse.ArgumentTypeError(f"{shown(text)} is not allowed; it must be WxH, like 1920x1080")
    return int(width), int(height)


def _interval(text: str) -> tuple[int | None, int | None]:
    first, colon, end = text.partition(":")
    if not (colon and all(not part or _digits(part) for part in (first, end))):
        raise argparse.ArgumentTypeError(f"{shown(text)} is not allowed; it must be A:B, like 0:250")
    return (int(first) if first else None), (int(end) if end else None)


def _whole(text: str) -> int:
    if not _digits(text.removeprefix("-")):
        raise argparse.ArgumentTypeError(f"{shown(text)} is not allowed; it must be a whole number ≥ 0")
    return int(text)


def _stride(text: str) -> int:
    if not _digits(text) or not int(text):
        raise argparse.ArgumentTypeError(f"{shown(text)} is not allowed; it must be a whole number ≥ 1")
    return int(text)


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 12


def _simulate(options: argparse.Namespace) -> None:
    from optviz.atomic import Whole
    from optviz.experiment import Experiment

    if not options.out.lower().endswith(".npz"):
        raise InputError(f"out: {shown(options.out, 300)} is not allowed; it must end in .npz")
    experiment = Experiment.load(options.experiment)
    if options.side is not None:
        if options.side not in experiment.sides:
            raise InputError(f"side: {shown(options.side)} is not allowed; it must be before or after")
        if experiment.reshape is None:
            raise InputError(f"side: {shown(options.experiment, 300)} has no table [reshape], so no sides")
        experiment = experiment.sides[options.side]
    with Whole(options.out) as whole:  # first, so that a path that cannot be written costs no work
        from optviz import runfile
        from optviz.simulate import simulate

        run = simulate(experiment)
        runfile.write(run, whole.temporary)
    ends = Counter(entrant.status for entrant in run.entrants)
    words = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in ends.items())
    steps = max(entrant.stopped_at for entrant in run.entrants)
    _say(f"{_many(len(run.entrants), 'entrant')}, {_many(steps, 'step')}: {words}")


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _render(options: argparse.Namespace) -> None:
    from optviz.experiment import Experiment

    experiment = Experiment.load(options.experiment)
    from optviz.render import export, video

    what = export.plan(
        experiment, options.out, size=options.size, fps=60 if options.fps is None else options.fps,
        frames=options.frames, frame=options.frame, stride=options.stride,
    )  # fmt: skip
    progress = _Progress()
    export.carry_out(what, experiment, progress.show)
    progress.end()
    if options.fps is not None and what.kind == "gif" and what.fps > video.GIF_FASTEST:
        _say(f"a GIF plays at most {video.GIF_FASTEST} frames a second: {video.GIF_FASTEST} it is")


class _Progress:
    """How far a render is, on stderr: a line written over in a terminal, now and then a line elsewhere.

    Elsewhere, a short render says nothing: what fails at once is one line in all.
    """

    _ERASE = "\r\x1b[K"
    _open = False

    def __init__(self) -> None:
        self._watched = sys.stderr is not None and sys.stderr.isatty()
        self._every = 0.1 if self._watched else 2.0
        self._next = time.monotonic() + (0.0 if self._watched else self._every)
        self._told = self._last = ""

    def show(self, done: int, total: int) -> None:
        self._last = f"{done} of {total} frames"
        now = time.monotonic()
        due = now >= self._next and (done < total or self._told)
        if due or (self._watched and done == total):
            self._next = now + self._every
            self._tell()

    def end(self) -> None:
        """Clear the line, or say that all is done where something was said before."""
        if self._told and not self._watched and self._told != self._last:
            self._tell()
        self.clear()

    def _tell(self) -> None:
        self._told = self._last
        if not self._watched:
            _say(self._last)
            return
        _Progress._open = True
        interrupt.erase_first(self._ERASE.encode())
        self._write(f"\r{self._last}")

    @classmethod
    def clear(cls) -> None:
        if cls._open:
            cls._open = False
            cls._write(cls._ERASE)

    @staticmethod
    def _write(text: str) -> None:
        with suppress(OSError, ValueError):  # the terminal may be gone; the export goes on
            print(text, end="", file=sys.stderr, flush=True)


def _list(options: argparse.Namespace) -> None:
    if options.kind is not None and options.kind not in KINDS:
        raise InputError(f"list: {shown(options.kind)} is not known; it must be one of {allowed(KINDS)}")
    kinds = KINDS if options.kind is None else (options.kind,)
    tables = {kind: _entries(kind) for kind in kinds}
    if options.json:
        if options.kind is None:
            entries = [{"kind": kind[:-1], **entry} for kind, table in tables.items() for entry in table]
        else:
            entries = tables[options.kind]
        _print(json.dumps(entries, indent=2, ensure_ascii=True, allow_nan=False))
        return
    blocks = []
    for kind, table in tables.items():
        if table:
            rows = [(entry["id"], entry["title"], _words(entry)) for entry in table]
            widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
            head = [kind.upper()] if options.kind is None else []
            lines = []
            for (a, b, c), entry in zip(rows, table, strict=True):
                lines.append(f"{a:<{widths[0]}}  {b:<{widths[1]}}  {c}".rstrip())
                if "note" in entry:
                    lines.append(f"{'':<{widths[0]}}    {entry['note']}")
            blocks.append("\n".join(head + lines))
    text = "\n\n".join(blocks) if blocks else f"there are no {kinds[0]} yet"
    _print(text)


def _words(entry: dict[str, Any]) -> str:
    knobs = [*entry["hyperparameters"], *entry.get("coefficients", ()), *entry.get("choices", ())]
    return " ".join(f"{knob['name']}={_plain(knob['default'])}" for knob in knobs)


def _plain(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _entries(kind: str) -> list[dict[str, Any]]:
    if kind == "optimizers":
        from optviz.optimizers import OPTIMIZERS

        return [_entry(one, one.knobs) for one in OPTIMIZERS]
    if kind == "schedules":
        from optviz.schedules import SCHEDULES

        return [_entry(one, one.knobs) for one in SCHEDULES]
    if kind == "surfaces":
        from optviz.surfaces import SURFACES

        return [
            {
                **_entry(one, ()),
                "coefficients": [_knob(knob) for knob in one.coefficients],
                "choices": [_choice(choice) for choice in one.choices],
                "formula": one.formula,
                "domain": [list(limits) for limits in one.domain],
                "start": list(one.start),
                "minima": [{"point": list(m.point), "loss": m.loss} for m in one.minima],
            }
            for one in SURFACES
        ]
    if kind == "activations":
        from optviz.kernels.activations import ACTIVATIONS

        return [{**_entry(one, ()), "formula": one.formula, "help": one.help} for one in ACTIVATIONS]
    return []  # lessons are still to come


def _entry(declared: Any, knobs: Sequence[Any]) -> dict[str, Any]:
    return {
        "id": declared.id,
        "title": declared.title,
        "hyperparameters": [_knob(knob) for knob in knobs],
        "reference": declared.reference,
        **({"note": declared.note} if getattr(declared, "note", "") else {}),
    }


def _knob(knob: Any) -> dict[str, Any]:
    kinds = {"bool": bool, "int": int, "float": float}
    return {
        "name": knob.name,
        "default": kinds[knob.kind](knob.default),
        "min": knob.minimum,
        "max": knob.maximum,
        "help": knob.help,
    }


def _choice(choice: Any) -> dict[str, Any]:
    return {
        "name": choice.name,
        "default": choice.default,
        "min": None,
        "max": None,
        "help": choice.help,
        "options": list(choice.options),
    }
