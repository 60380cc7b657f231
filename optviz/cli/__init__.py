"""The command line. A mistake is one line on stderr and status 2; any other failure is status 1."""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Sequence
from typing import NoReturn

from optviz.cli.listing import KINDS, show_catalog
from optviz.cli.output import Interrupted, OutputError, drop_output, fail, say
from optviz.errors import InputError, allowed, shown
from optviz.version import __version__

__all__ = ["COMMANDS", "fail", "main"]

COMMANDS = ("list", "simulate", "render", "train", "landscape", "insight", "map")
_OF_MAP = ("kind", "size", "entrant", "rival", "measure", "frame", "x", "y")
_OPTIONS: dict[str, tuple[str, ...]] = {
    "list": ("--json", "--help"),
    "simulate": ("-o", "--side", "--help"),
    "insight": ("-o", "--entrant", "--side", "--help"),
    "map": ("-o", *(f"--{name}" for name in _OF_MAP), "--side", "--help"),
    "train": ("-o", "--resume", "--help"),
    "landscape": ("-o", "--entrant", "--size", "--images", "--help"),
    "render": (
        "-o",
        "--size",
        "--fps",
        "--frames",
        "--frame",
        "--stride",
        "--plot",
        "--theme",
        "--transparent",
        "--caption",
        "--no-metadata",
        "--kit",
        "--help",
    ),
}
_WITH_NUMBERS = ("--size", "--fps", "--frames", "--frame", "--stride")


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
    except Interrupted as interrupted:
        return fail(str(interrupted), 1)
    except KeyboardInterrupt:
        return fail("interrupted", 1)
    except BrokenPipeError:  # whoever read our output has left
        drop_output()
        return 1
    except OutputError as error:
        drop_output()
        return fail(f"cannot write the output: {error}", 1)
    except MemoryError:
        return fail("not enough memory", 1)
    except Exception as error:
        return fail(f"optviz failed: {type(error).__name__}: {error}", 1)


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
            takes = {"list": "one kind", "train": "one training", "landscape": "one run folder"}.get(
                command, "one experiment"
            )
            raise InputError(f"{command}: {shown(unknown[0])} is one too many; it takes {takes}, and {known}")
        raise InputError(f"{command}: {shown(unknown[0])} is not known; {known}")
    if command == "list":
        show_catalog(options)
    elif command == "simulate":
        _simulate(options)
    elif command == "insight":
        from optviz.cli.insight import export

        export(options)
    elif command == "map":
        from optviz.cli.map import draw

        draw(options)
    elif command == "train":
        from optviz.cli.train import train

        train(options)
    elif command == "landscape":
        from optviz.cli.train import draw_landscape

        draw_landscape(options)
    else:
        from optviz.cli.render import render

        render(options)
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
        "render", help="draw an experiment or a training as a film or pictures", allow_abbrev=False
    )
    rendering.add_argument(
        "experiment", metavar="EXPERIMENT.toml|RUNDIR",
        help="or a picture or film that optviz exported: then what is not asked for is as it was",
    )  # fmt: skip
    rendering.add_argument(
        "-o", "--out", required=True, metavar="OUT",
        help="FOLDER/ = numbered PNGs; .mp4 .webm .gif = a film; .png .svg .pdf = one frame; "
        ".csv = the numbers of one plot of a training",
    )  # fmt: skip
    rendering.add_argument("--size", type=_size, metavar="WxH", help="pixels (1920x1080)")
    rendering.add_argument(
        "--fps", metavar="N",
        help="frames a second of a film (60); a GIF counts in 1/100 s: 20, 25 and 50 are exact",
    )  # fmt: skip
    rendering.add_argument("--frames", type=_interval, metavar="A:B", help="only the steps A ≤ step < B")
    rendering.add_argument("--frame", type=_whole, metavar="K", help="the step of one picture (the last)")
    rendering.add_argument("--stride", type=_stride, metavar="N", help="every Nth step only")
    rendering.add_argument("--plot", metavar="KEY", help="of a training: this plot alone, like loss")
    rendering.add_argument("--theme", metavar="NAME", help="light, dark or projector (the experiment's own)")
    rendering.add_argument(
        "--transparent", action=argparse.BooleanOptionalAction,
        help="leave out the page (PNG, WebM, SVG, PDF)",
    )  # fmt: skip
    rendering.add_argument(
        "--caption", action=argparse.BooleanOptionalAction, help="a line below that says what was run"
    )
    rendering.add_argument(
        "--no-metadata", dest="embed", action="store_false", help="do not put the experiment into the file"
    )
    rendering.add_argument("--kit", action="store_true", help="everything for a lecture, in the folder OUT/")

    training = commands.add_parser(
        "train", help="train networks for real, write a run folder", allow_abbrev=False
    )
    training.add_argument("training", metavar="TRAINING.toml")
    training.add_argument("-o", "--out", required=True, metavar="RUNDIR")
    training.add_argument("--resume", action="store_true", help="go on from the last checkpoints")

    surveying = commands.add_parser(
        "landscape", help="the loss around a trained network, its path on it", allow_abbrev=False
    )
    surveying.add_argument("folder", metavar="RUNDIR")
    surveying.add_argument("-o", "--out", required=True, metavar="LANDSCAPE.npz")
    surveying.add_argument("--entrant", type=_whole, default=0, metavar="K", help="which entrant (0)")
    surveying.add_argument("--size", type=_stride, default=31, metavar="N", help="points a side (31)")
    surveying.add_argument("--images", type=_stride, default=1000, metavar="N", help="training images (1000)")

    looking = commands.add_parser(
        "insight", help="all that is measured along a path, and why it went that way", allow_abbrev=False
    )
    looking.add_argument("experiment", metavar="EXPERIMENT.toml")
    looking.add_argument("-o", "--out", required=True, metavar="PATH.csv")
    looking.add_argument("--entrant", type=_whole, default=0, metavar="K", help="which entrant (0)")
    looking.add_argument(
        "--side", metavar="before|after", help="of a comparison; otherwise what both have in common is run"
    )

    mapping = commands.add_parser(
        "map",
        help="what becomes of many races: one from every start, or with every value",
        allow_abbrev=False,
    )
    mapping.add_argument("experiment", metavar="EXPERIMENT.toml")
    mapping.add_argument(
        "-o", "--out", required=True, metavar="OUT", help=".npz = the arrays; .png .svg .pdf = a picture"
    )
    mapping.add_argument(
        "--kind", metavar="NAME",
        help="basin, loss, steps or difference over the start; sensitivity or learning_rate over "
        "hyperparameters (the file's own, else basin)",
    )  # fmt: skip
    mapping.add_argument(
        "--size", type=_size, metavar="WxH", help="points (the file's, else 512x512)"
    )
    mapping.add_argument("--entrant", type=_whole, metavar="K", help="whose map it is (0)")
    mapping.add_argument(
        "--rival", type=_whole, metavar="K", help="of a difference, the other (the next)"
    )
    mapping.add_argument("--measure", metavar="loss|steps", help="of a sensitivity map (loss)")
    mapping.add_argument("--frame", type=_whole, metavar="K", help="after how many steps (all)")
    mapping.add_argument("--x", metavar="KNOB[=LO:HI]", help="of a sensitivity map or learning_rate=LO:HI")
    mapping.add_argument("--y", metavar="KNOB[=LO:HI]", help="of a sensitivity map")
    mapping.add_argument(
        "--side", metavar="before|after", help="of a comparison; otherwise what both have in common is run"
    )
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
    from optviz.cli.race import race

    if not options.out.lower().endswith(".npz"):
        raise InputError(f"out: {shown(options.out, 300)} is not allowed; it must end in .npz")
    experiment = race(options.experiment, options.side)
    with Whole(options.out) as whole:  # first, so that a path that cannot be written costs no work
        from optviz import runfile
        from optviz.simulate import simulate

        run = simulate(experiment)
        runfile.write(run, whole.temporary)
    ends = Counter(entrant.status for entrant in run.entrants)
    words = ", ".join(f"{count} {status.replace('_', ' ')}" for status, count in ends.items())
    steps = max(entrant.stopped_at for entrant in run.entrants)
    say(f"{_many(len(run.entrants), 'entrant')}, {_many(steps, 'step')}: {words}")


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
