"""`optviz list`: what there is to choose from."""

from __future__ import annotations

import argparse
import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optviz.cli.output import put
from optviz.errors import InputError, allowed, shown

if TYPE_CHECKING:
    from optviz.lesson import Lesson

KINDS = ("optimizers", "surfaces", "schedules", "activations", "lessons", "gallery")
_ONE = {"gallery": "failure"}  # what one entry is called, where that is not the kind without its s


def show_catalog(options: argparse.Namespace) -> None:
    if options.kind is not None and options.kind not in KINDS:
        raise InputError(f"list: {shown(options.kind)} is not known; it must be one of {allowed(KINDS)}")
    kinds = KINDS if options.kind is None else (options.kind,)
    tables = {kind: _entries(kind) for kind in kinds}
    if options.json:
        if options.kind is None:
            named = [(_ONE.get(kind, kind[:-1]), table) for kind, table in tables.items()]
            entries = [{"kind": kind, **entry} for kind, table in named for entry in table]
        else:
            entries = tables[options.kind]
        put(json.dumps(entries, indent=2, ensure_ascii=True, allow_nan=False))
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
    if options.kind == "lessons" and tables["lessons"]:
        first = tables["lessons"][0]["id"]
        text += (
            "\n\nThey are on the page Learn of the window; "
            f"optviz render {first} --kit -o KIT/ makes a lecture kit of one."
        )
    if options.kind == "gallery":
        text += "\n\nThey are under Presets in the window; optviz list gallery --json names their files."
    put(text)


def _words(entry: dict[str, Any]) -> str:
    if "summary" in entry:
        return str(entry["summary"])
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
                "feasible": _box(one.feasible),
                "start": list(one.start),
                "minima": [{"point": list(m.point), "loss": m.loss} for m in one.minima],
            }
            for one in SURFACES
        ]
    if kind == "activations":
        from optviz.kernels.activations import ACTIVATIONS

        return [{**_entry(one, ()), "formula": one.formula, "help": one.help} for one in ACTIVATIONS]
    if kind == "gallery":
        from optviz.gallery import FAILURES

        return [
            {**_entry(one, ()), "summary": one.wrong, "help": one.text, "file": str(one.path)}
            for one in FAILURES
        ]
    from optviz import resources
    from optviz.lesson import Lesson

    return [_lesson(path, Lesson.load(path)) for path in resources.lessons()]


def _box(feasible: tuple[tuple[float, float], ...] | None) -> list[list[float | None]] | None:
    """Return the set that steps do not leave; None for the whole plane, and where a side is open."""
    if feasible is None:
        return None
    return [[end if math.isfinite(end) else None for end in limits] for limits in feasible]


def _lesson(path: Path, lesson: Lesson) -> dict[str, Any]:
    return {
        "id": lesson_id(path),
        "title": lesson.title,
        "hyperparameters": [],
        "reference": "",
        "summary": lesson.summary,
        "steps": len(lesson.steps),
        "questions": lesson.asks,
        "file": str(path),
    }


def lesson_id(path: Path) -> str:
    """Return the id of a lesson that comes with optviz; the number of its file is only for the order."""
    return re.sub(r"^[0-9]+_", "", path.stem)


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
