"""What the trainer process reports, in words for a person."""

from __future__ import annotations

import signal
from contextlib import suppress

from PySide6.QtCore import QCoreApplication

from optviz.training.images.published import SOURCES


def _tr(text: str) -> str:
    return QCoreApplication.translate("Trainer", text)


def under_way(what: str, dataset: str) -> str:
    """Return what is done before the first step, from the word the trainer has for it."""
    known = {
        "process": _tr("Starting the trainer …"),
        "data": _tr("Reading {title} …"),
        "download": _tr("Downloading {title} …"),
        "network": _tr("Preparing the network …"),
        "kernels": _tr("Preparing the kernels …"),
    }
    return known.get(what, _tr(what)).format(title=title_of(dataset))


def title_of(dataset: str) -> str:
    """Return what a data set is called."""
    return SOURCES[dataset].title if dataset in SOURCES else _tr("the digits")


def failure(kind: str, detail: str) -> str:
    """Return the sentence for a failure the trainer has told; see KINDS in `training.process.failures`."""
    known = {
        "disk": _tr("The training was ended: its files cannot be written ({detail})."),
        "memory": _tr("There is not enough memory for this training: a smaller network or batch needs less."),
        "gpu_memory": _tr(
            "The GPU has not enough memory for this training: a smaller network or batch needs less."
        ),
        "gpu": _tr("The GPU does not answer any more ({detail})."),
        "import": _tr("The trainer cannot start ({detail})."),
        "error": _tr("The training failed ({detail})."),
    }
    return known[kind].format(detail=detail) if kind in known else detail


def death(exitcode: int | None, training: bool) -> str:
    """Return the sentence for a process that ended without a word."""
    how = _tr("status {0}").format(exitcode)
    if exitcode is not None and exitcode < 0:
        how = _tr("signal {0}").format(-exitcode)
        with suppress(ValueError):
            how = signal.Signals(-exitcode).name
    if exitcode is not None and exitcode == -9:
        return _tr(
            "The trainer was ended from outside ({how}), perhaps because the computer ran out of memory."
        ).format(how=how)
    if training:
        return _tr("The trainer ended unexpectedly ({how}).").format(how=how)
    return _tr("The trainer could not be started ({how}).").format(how=how)


def silent(seconds: float) -> str:
    """Return the sentence for a trainer that is there and does nothing."""
    return _tr("The trainer has not responded for {seconds} seconds.").format(seconds=round(seconds))


def ended_by_force() -> str:
    """Return the sentence for a trainer that did not end when it was asked to."""
    return _tr("The trainer did not respond and was ended.")
