"""What an export writes into its files about itself."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import qVersion

from optviz.experiment import Experiment
from optviz.provenance import KEY, Provenance
from optviz.provenance.options import written_rate
from optviz.render import video
from optviz.render.plan import PICTURES, TABLE, Exported, Plan
from optviz.version import __version__

if TYPE_CHECKING:
    from optviz.lesson import Lesson

_LIBRARIES = ("numpy", "numba", "contourpy")


def origin(
    planned: Plan, what: Exported, lesson: Lesson | None = None, *, shows: str | None = None
) -> Provenance | None:
    """Return the record of an export; None where its files carry none.

    A numbered picture has the record it would have were it exported alone.

    Parameters
    ----------
    lesson
        What is recorded in place of the experiment: the step whose moments are shown.
    shows
        "sheet" for a sheet of several frames, of which the record names one.
    """
    if not planned.embed or planned.kind == TABLE:
        return None
    # Where the images of a training are on this computer is nobody's business.
    value: Any = what if isinstance(what, Experiment) else what.training.replace(data_dir="")
    value = value if lesson is None else lesson
    films = planned.kind in video.KINDS
    options = {
        "kind": planned.kind if films or planned.kind in PICTURES else "png",
        "size": list(planned.size),
        **({"fps": written_rate(planned.fps)} if films else {}),
        "theme": planned.theme or (what.view.theme if isinstance(what, Experiment) else what.theme),
        "transparent": planned.transparent,
        "caption": planned.caption,
        **({"plot": planned.plot} if planned.plot is not None else {}),
        **({"shows": shows} if shows is not None else {}),
    }
    steps = planned.steps
    if films:
        return Provenance(value, None, (steps.start, steps.stop), steps.step, options, versions(films))
    return Provenance(value, steps[0], options=options, versions=versions(films))


def text_of(made: Provenance | None, frame: int | None = None) -> dict[str, str]:
    """Return a record by the name it has where metadata has names; nothing where there is none."""
    return {} if made is None else {KEY: made.dumps(frame)}


def versions(film: bool = False) -> dict[str, str]:
    """Return the versions that the bytes of an export depend on."""
    known = {"optviz": __version__, "python": platform.python_version(), "qt": qVersion()}
    for name in (*_LIBRARIES, *(("av",) if film else ())):
        try:
            known[name] = metadata.version(name)
        except metadata.PackageNotFoundError:  # packed with the program
            continue
    return known
