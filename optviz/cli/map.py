"""`optviz map`: what becomes of many races, as arrays or as a picture."""

from __future__ import annotations

import argparse
import os
from typing import Any

from optviz.cli.output import Progress, say
from optviz.cli.race import race
from optviz.errors import InputError, allowed, shown
from optviz.experiment import Experiment

_PICTURES = (".png", ".svg", ".pdf")
_ONLY_OF = {
    "rival": ("difference",),
    "measure": ("sensitivity",),
    "x": ("sensitivity", "learning_rate"),
    "y": ("sensitivity",),
}
"""The kinds of map that an option does anything for; those not named are of all."""


def draw(options: argparse.Namespace) -> None:
    """Carry out the command."""
    kind = os.path.splitext(options.out)[1].lower()
    if kind not in (".npz", *_PICTURES):
        known = allowed((".npz", *_PICTURES))
        raise InputError(f"out: {shown(options.out, 300)} is not allowed; it must end in {known}")
    experiment = _asked(race(options.experiment, options.side), options)
    setting, frame, last = experiment.map, options.frame, experiment.steps
    assert setting is not None
    if frame is not None and not setting.moves:
        what = "steps" if setting.kind == "sensitivity" else setting.kind
        raise InputError(f"frame: a map of {what} is one of the whole race, so leave --frame out")
    if frame is not None and not 0 <= frame <= last:
        raise InputError(f"frame: {frame} is not allowed; it must be 0 to {last}")
    if kind != ".npz":
        _picture(experiment, options.out, frame)
        return
    from optviz.atomic import Whole

    with Whole(options.out) as whole:  # first, so that a path that cannot be written costs no work
        from optviz.maps import file
        from optviz.maps.build import build, worth_waiting

        made = build(experiment, fast=worth_waiting(experiment))
        progress = Progress()
        made.go(lambda k: progress.tell(f"{k} of {last} steps", k, last))
        file.write(made, last if frame is None else frame, whole.temporary)
        progress.end()
    cells = made.setting.size[0] if made.y is None else made.setting.size[0] * made.setting.size[1]
    whose = f"{len(experiment.entrants)} entrants, {cells} runs each" if made.y is None else f"{cells} runs"
    say(f"{setting.kind}: {whose} of {last} {'step' if last == 1 else 'steps'}")


def _asked(experiment: Experiment, options: argparse.Namespace) -> Experiment:
    """Return the experiment with the map that the options ask for, else with its own."""
    from optviz.maps.request import with_map

    given: dict[str, Any] = {
        name: getattr(options, name)
        for name in ("kind", "entrant", "rival", "size", "measure")
        if getattr(options, name) is not None
    }
    for name in ("x", "y"):
        if getattr(options, name) is not None:
            given[name] = axis(getattr(options, name), name)
    if experiment.map is None:
        given.setdefault("size", (512, 512))
    made = with_map(experiment, **given)
    assert made.map is not None
    for name, kinds in _ONLY_OF.items():
        if name in given and made.map.kind not in kinds:
            raise InputError(f"{name}: a map of {made.map.kind} has no use for it, so leave --{name} out")
    return made


def axis(text: str, name: str) -> dict[str, Any]:
    """Return the table of an axis from KNOB or KNOB=LO:HI."""
    knob, equals, span = text.partition("=")
    if not equals:
        return {"knob": knob}
    low, colon, high = span.partition(":")
    try:
        if not (colon and len(span) <= 100):
            raise ValueError
        return {"knob": knob, "limits": [float(low), float(high)]}
    except ValueError:
        raise InputError(
            f"{name}: {shown(text)} is not allowed; it must be KNOB or KNOB=LO:HI, like learning_rate=1e-4:1"
        ) from None


def _picture(experiment: Experiment, out: str, frame: int | None) -> None:
    from optviz.render.export import carry_out
    from optviz.render.plan import plan

    planned = plan(experiment, out, frame=frame)
    progress = Progress()
    carry_out(planned, experiment, progress.show)
    progress.end()
