"""`optviz insight`: everything measured along a path as a table, and why it went that way."""

from __future__ import annotations

import argparse

from optviz.atomic import Whole, fill
from optviz.cli.output import put, say
from optviz.cli.race import race
from optviz.errors import InputError, shown


def export(options: argparse.Namespace) -> None:
    """Carry out the command."""
    if not options.out.lower().endswith(".csv"):
        raise InputError(f"out: {shown(options.out, 300)} is not allowed; it must end in .csv")
    experiment = race(options.experiment, options.side)
    entrant, last = options.entrant, len(experiment.entrants) - 1
    if not 0 <= entrant <= last:
        raise InputError(f"entrant: {entrant} is not allowed; it must be 0{f' to {last}' if last else ''}")
    with Whole(options.out) as whole:  # first, so that a path that cannot be written costs no work
        from optviz.insight import encode, table, why
        from optviz.problem import Problem
        from optviz.simulate import simulate

        problem = Problem.of(experiment)
        run = simulate(experiment, problem=problem)
        names, numbers = table(experiment, run, entrant, problem)
        fill(whole.temporary, encode(names, numbers))
    put(" ".join(sentence.text for sentence in why(experiment, run, entrant, problem)))
    rows = "1 row" if len(numbers) == 1 else f"{len(numbers)} rows"
    say(f"{experiment.entrants[entrant].title}: {rows} of {len(names)} columns")
