"""`optviz train`: train for real, without a window."""

from __future__ import annotations

import argparse
import math
import threading
from pathlib import Path

from optviz import atomic, interrupt, provenance
from optviz.cli.output import Interrupted, Progress, say
from optviz.errors import InputError, shown
from optviz.training.process.failures import reason
from optviz.training.record import Record
from optviz.training.setting import Training

_UNDER_WAY = {"data": "reading the images", "network": "building the networks"}


def train(options: argparse.Namespace) -> None:
    """Carry out the command."""
    recorded = provenance.read(options.training)
    if recorded is not None and not recorded.trains:
        raise InputError(f"{shown(options.training, 300)} shows a race, which is simulated and not trained")
    training = Training.load(options.training) if recorded is None else recorded.value
    folder = Path(options.out)
    try:
        from optviz.training.loop import TrainingRun
    except ImportError as error:
        raise InputError(f"training needs torch, which cannot be imported: {error}") from None
    progress = Progress()
    run: TrainingRun | None = None
    asked = threading.Event()

    def stop() -> None:
        if run is None:  # nothing is there yet to be kept
            interrupt.end()
        asked.set()

    def report(what: str) -> None:
        if progress.watched:
            progress.tell(_UNDER_WAY[what], 0, 1)

    with interrupt.handled(stop):
        try:
            run = TrainingRun(
                training, folder, resume=options.resume, report=report,
                wanted=lambda: "stop" if asked.is_set() else "run",
            )  # fmt: skip
            for warning in run.warnings:
                say(warning)
            record = Record.empty(run.training)
            for snapshot in run:
                record.take(snapshot)
                progress.tell(_line(record), snapshot.done, snapshot.total)
        except RuntimeError as error:
            if reason(error)[0] in ("memory", "gpu_memory"):
                raise MemoryError from error
            raise
    if record.state == "stopped":
        epoch = record.done / record.total * training.epochs
        raise Interrupted(
            f"interrupted at epoch {epoch:.2f} of {training.epochs}; --resume goes on from there"
        )
    progress.end()
    for entrant, known in zip(run.training.entrants, record.entrants, strict=True):
        judged = known.judgements[-1] if known.judgements else None
        summary = known.summary or {}
        words = [f"{entrant.title}: {known.status}"]
        if judged is not None:
            words.append(f"{judged.accuracy:.2%} of the test images right")
        elif summary.get("test_accuracy") is not None:
            words.append(f"{summary['test_accuracy']:.2%} of the test images right")
        if summary.get("images_per_second") is not None:
            words.append(f"{summary['images_per_second']:,.0f} images/s on {run.device_words}")
        say(", ".join(words) + (f" – {known.why}" if known.why else ""))


def draw_landscape(options: argparse.Namespace) -> None:
    """Carry out `optviz landscape`."""
    if not options.out.lower().endswith(".npz"):
        raise InputError(f"out: {shown(options.out, 300)} is not allowed; it must end in .npz")
    if not 2 <= options.size <= 1001:
        raise InputError(f"size: {options.size} is not allowed; it must be a whole number from 2 to 1001")
    with atomic.Whole(options.out) as whole:  # first, so that a path that cannot be written costs no work
        from optviz.training.landscape import landscape

        progress = Progress()
        found = landscape(
            Path(options.folder), entrant=options.entrant, size=options.size, images=options.images,
            progress=lambda done, total: progress.tell(f"{done} of {total} points", done, total),
        )  # fmt: skip
        atomic.fill(whole.temporary, found.packed())
    progress.end()
    first, second = found.explained
    say(f"the plane holds {first + second:.1%} of the path ({first:.1%} and {second:.1%})")


def _line(record: Record) -> str:
    """Return how far it is: epochs, the losses, the time left."""
    share = record.done / max(record.total, 1)
    parts = [f"epoch {share * record.training.epochs:.2f} of {record.training.epochs}"]
    losses = [one.points[-1, 2] for one in record.entrants if one.steps]
    if losses:
        parts.append("loss " + " ".join(f"{loss:.4g}" for loss in losses))
    parts.append(f"{record.images_per_second:,.0f} images/s")
    if math.isfinite(record.seconds_left):
        minutes, seconds = divmod(round(record.seconds_left), 60)
        parts.append(f"{minutes}:{seconds:02d} left")
    return ", ".join(parts)
