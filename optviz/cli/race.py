"""The race that a command is about: an experiment file, or what optviz exported of one."""

from __future__ import annotations

from optviz import provenance, tomlfile
from optviz.cli.render import shipped
from optviz.errors import InputError, shown
from optviz.experiment import Experiment


def race(name: str, side: str | None) -> Experiment:
    """Return the experiment of a file; of a comparison the side that is asked for.

    Raises
    ------
    InputError
        For a file that cannot be read, a training, a lesson, or a side that there is not.
    """
    name = shipped(name)
    recorded = provenance.read(name)
    if recorded is not None and recorded.trains:
        raise InputError(f"{shown(name, 300)} shows a training, which is not simulated")
    if recorded is None:
        tables, where = tomlfile.read(name, "an experiment")
        lesson = isinstance(tables.get("steps"), list)
        experiment = None if lesson else Experiment.of(tables, where)
    else:
        where, lesson = shown(name, 300), recorded.kind == "lesson"
        experiment = recorded.value
    if lesson or experiment is None:
        raise InputError(
            f"{where} is a lesson, whose steps have an experiment each: render it with --kit -o FOLDER/ "
            "and simulate the experiment.toml of a step there"
        )
    if side is not None:
        if side not in experiment.sides:
            raise InputError(f"side: {shown(side)} is not allowed; it must be before or after")
        if experiment.reshape is None:
            raise InputError(f"side: {shown(name, 300)} has no table [reshape], so no sides")
        experiment = experiment.sides[side]
    return experiment
