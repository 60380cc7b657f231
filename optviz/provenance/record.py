"""The record inside an exported file: its text, written and checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from optviz.errors import InputError, shown
from optviz.experiment import Experiment
from optviz.provenance.options import checked_options
from optviz.setting import MORPH_FRAMES

KEY = "optviz"  # what the record is called where metadata has names
MOST = 1_000_000  # characters of a record
FORMAT = 1

_SUM = "sha256"
_VALUES = ("experiment", "training", "lesson")
_KNOWN = (KEY, *_VALUES, "frame", "frames", "stride", "options", "seed", "versions", _SUM)
_MOST_MOMENTS = 10_000  # of a step of a lesson; how many there are is known once it is drawn


@dataclass(frozen=True, eq=False)
class Provenance:
    """What an exported file shows, and how it was exported.

    Attributes
    ----------
    value
        The experiment; of a training, its settings; of what moves or is told in a step of a lesson, that
        step, as a lesson of its own. Its frames are the moments of its film.
    frame
        The frame of a picture; None for a film.
    frames, stride
        Of a film: it shows the frames A ≤ frame < B, every `stride`-th.
    options
        How it was exported, by the names of `optviz.render.export.export`, and its kind.
    versions
        What it was made with.
    """

    value: Any
    frame: int | None = None
    frames: tuple[int, int] | None = None
    stride: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """What it is of: "experiment", "training" or "lesson"."""
        if isinstance(self.value, Experiment):
            return "experiment"
        return (
            "lesson" if hasattr(self.value, "steps") and isinstance(self.value.steps, tuple) else "training"
        )

    @property
    def trains(self) -> bool:
        """Whether it is of a training."""
        return self.kind == "training"

    @property
    def _seed(self) -> int:
        value = self.value.steps[0].experiment if self.kind == "lesson" else self.value
        return int(value.seed)

    @property
    def export(self) -> dict[str, Any]:
        """The options of the export, and which frames it took."""
        if self.frames is None:
            return {**self.options, "frame": self.frame}
        return {**self.options, "frames": self.frames, "stride": self.stride}

    @cached_property
    def _text(self) -> str:
        return str(self.value.dumps())

    def dumps(self, frame: int | None = None) -> str:
        """Return the record as ASCII text.

        Parameters
        ----------
        frame
            In place of the record's own: numbered pictures differ in nothing else.

        Raises
        ------
        InputError
            When it is larger than a record may be.
        """
        known: dict[str, Any] = {KEY: FORMAT, self.kind: self._text}
        if frame is None and self.frames is not None:
            known |= {"frames": list(self.frames), "stride": self.stride}
        else:
            known["frame"] = self.frame if frame is None else frame
        known |= {"options": dict(self.options), "seed": self._seed, "versions": dict(self.versions)}
        known[_SUM] = _checksum(known)
        text = _dumped(known)
        if len(text) > MOST:
            raise InputError(
                f"the experiment is too large for the metadata of a file: {len(text):,} characters, where "
                f"{MOST:,} are allowed; export it without"
            )
        return text

    @classmethod
    def loads(cls, text: str | bytes, where: str = "the record") -> Provenance:
        """Make one from the text of a record; `where` stands in front of an error.

        Raises
        ------
        InputError
            When it is no record, or one that was changed, or when anything in it is not allowed.
        """
        try:
            return _made(_parsed(text))
        except InputError as error:
            raise InputError(f"{where}: {error}") from None


def _dumped(known: Mapping[str, Any]) -> str:
    return json.dumps(known, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def _checksum(known: Mapping[str, Any]) -> str:
    """Return the checksum of everything but itself, in the order it stands in."""
    rest = {name: value for name, value in known.items() if name != _SUM}
    return hashlib.sha256(_dumped(rest).encode("ascii")).hexdigest()


def _parsed(text: str | bytes) -> dict[str, Any]:
    """Return the names and values of a record that nobody changed."""
    if len(text) > MOST:
        raise InputError(f"the record in it is too large: it may have at most {MOST:,} characters")
    try:
        plain = text.decode("ascii") if isinstance(text, bytes) else text.encode("ascii").decode()
    except UnicodeError:
        raise InputError("the record in it is damaged: it is not ASCII text") from None
    try:
        known: Any = json.loads(plain, object_pairs_hook=_once, parse_constant=_no_constant)
    except RecursionError:
        raise InputError("the record in it is damaged: it is nested too deeply") from None
    except ValueError:
        raise InputError("the record in it is damaged: it is not valid JSON") from None
    version = known.get(KEY) if isinstance(known, dict) else None
    if isinstance(version, bool) or not isinstance(version, int) or version < 1:
        raise InputError("what is in it under the name of optviz is no record of optviz")
    if version > FORMAT:
        raise InputError(
            f"it was exported by a newer optviz: its record has format {shown(version)}, "
            f"and this optviz reads up to {FORMAT}"
        )
    try:
        whole = known.get(_SUM) == _checksum(known)
    except (ValueError, RecursionError):
        whole = False
    if not whole:
        raise InputError(
            "the record in it was changed since optviz wrote it (its sha256 does not fit), so it is not used"
        )
    found: dict[str, Any] = known
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    known = dict(pairs)
    if len(known) != len(pairs):
        raise ValueError("a name stands twice")
    return known


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _made(known: Mapping[str, Any]) -> Provenance:
    for name in known:
        if name not in _KNOWN:
            raise InputError(f"the record in it has {shown(name)}, which is not known")
    names = [name for name in _VALUES if name in known]
    if len(names) != 1:
        raise InputError("the record in it must have exactly one of experiment, training and lesson")
    name = names[0]
    if not isinstance(known[name], str):
        raise InputError(f"{name}: {shown(known[name])} is not allowed; it must be the text of a file")
    value: Any
    if name == "experiment":
        value = Experiment.loads(known[name])
        sweeps = value.reshape is not None and value.reshape.film == "morph"
        last = MORPH_FRAMES if sweeps else value.steps
    elif name == "lesson":
        from optviz.lesson import Lesson

        value = Lesson.loads(known[name])
        last = _MOST_MOMENTS
    else:
        from optviz.training.setting import Training

        value = Training.loads(known[name])
        value = value.replace(data_dir="")  # a path on somebody else's computer
        last = value.steps
    seed = Provenance(value)._seed
    if _whole(known.get("seed"), "seed", 0, 2**63 - 1) != seed:
        raise InputError(f"seed: {known['seed']} is not allowed; the {name} in it has the seed {seed}")
    options = checked_options(known.get("options"))
    versions = _versions(known.get("versions"))
    if "frames" not in known:
        if "stride" in known:
            raise InputError("the record in it has a stride, but is of one frame")
        frame = _whole(known.get("frame"), "frame", 0, last)
        return Provenance(value, frame, options=options, versions=versions)
    if "frame" in known:
        raise InputError("the record in it must have exactly one of frame and frames")
    frames = known["frames"]
    if not isinstance(frames, list) or len(frames) != 2:
        raise InputError(f"frames: {shown(frames)} is not allowed; it must be two whole numbers")
    first = _whole(frames[0], "frames[0]", 0, last)
    end = _whole(frames[1], "frames[1]", first + 1, last + 1)
    stride = _whole(known.get("stride"), "stride", 1, 2**31)
    return Provenance(value, None, (first, end), stride, options, versions)


def _whole(value: object, name: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise InputError(
            f"{name}: {shown(value)} is not allowed; it must be a whole number from {low} to {high}"
        )
    return value


def _versions(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or len(value) > 32:
        raise InputError(f"versions: {shown(value)} is not allowed; it must be names and versions")
    for name, version in value.items():
        if not isinstance(version, str) or len(name) > 40 or len(version) > 80:
            raise InputError(
                f"versions: {shown(version)} is not allowed; it must be the version of {shown(name)}"
            )
    return dict(value)
