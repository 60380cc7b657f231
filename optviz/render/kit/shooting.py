"""Drawing the moments of a lesson's step, and exporting them: a film or a picture like any other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtGui import QImage

from optviz import atomic
from optviz.caption import wordings
from optviz.errors import InputError
from optviz.provenance import Provenance
from optviz.render import offscreen, origin, png, style, transparent, vector, video
from optviz.render.captioned import Captioned
from optviz.render.kit.shots import Shot, Shots
from optviz.render.panels.strokes import memory
from optviz.render.plan import PICTURES, Plan
from optviz.render.source import Source, bgrx
from optviz.render.stage import Stage
from optviz.render.stages import AnyStage, Drawn, stage_for


class ShotSource:
    """Draws the moments of a step at one size, as a `Source` draws the frames of a race."""

    def __init__(self, shots: Shots, planned: Plan) -> None:
        offscreen.ensure_application()
        self.shots, self._plan = shots, planned
        self._end = Source(shots.step.experiment, planned)
        self.theme, self.background = self._end.theme, self._end.background
        self._source: tuple[Shot, Source] | None = None
        self._drawn: tuple[tuple[object, ...], video.Pixels] | None = None
        self._stages: dict[style.Theme, AnyStage] = {}

    def at(self, i: int) -> tuple[Drawn, int]:
        """Return the scene of moment `i` and the step it shows."""
        shot = self.shots.at(i)
        return self._of(shot).at(shot.frame)

    def revealed(self, i: int) -> int | None:
        """Return how many parts of an update are told; None for all."""
        return self.shots.at(i).revealed

    def pixels(self, i: int) -> video.Pixels:
        """uint8[h, w, 4] as of a `Source`; moments that look the same are drawn once."""
        shot = self.shots.at(i)
        key = (shot.what, shot.frame, shot.revealed)
        if self._drawn is None or self._drawn[0] != key:
            self._drawn = (key, self._pixels(shot))
        return self._drawn[1]

    def caption(self, i: int) -> tuple[tuple[str, ...], ...]:
        """Return what is said below moment `i`."""
        return wordings(self.shots.at(i).what) if self._plan.caption else ()

    def _of(self, shot: Shot) -> Source:
        if shot.what is self.shots.step.experiment:
            return self._end
        if self._source is None or self._source[0].what != shot.what:
            self._source = (shot, Source(shot.what, self._plan))
        return self._source[1]

    def _pixels(self, shot: Shot) -> video.Pixels:
        source = self._of(shot)
        if shot.revealed is None:
            return source.pixels(shot.frame)
        look = style.theme(self._plan.theme or shot.what.view.theme)
        if not self._plan.transparent:
            return bgrx(self._image(shot, look))
        other = transparent.other_ground(look.page)
        pair = [self._image(shot, one) for one in (look, style.on_ground(look, other))]
        over_page, over_other = (memory(picture)[:, : self._plan.size[0]] for picture in pair)
        return transparent.cut_out(over_page, over_other, look.page, other)

    def _image(self, shot: Shot, look: style.Theme) -> QImage:
        scene, k = self._of(shot).at(shot.frame)
        stage = self._stages.get(look)
        if stage is None:
            said = wordings(shot.what) if self._plan.caption else ()
            stage = stage_for(scene, *self._plan.size, look, None, said)
            self._stages[look] = stage
        reveal(stage, shot.revealed)
        return stage.image(scene, k)


def reveal(stage: AnyStage, parts: int | None) -> None:
    """Let a stage show so many parts of an update; None for all."""
    inner = stage.stage if isinstance(stage, Captioned) else stage
    if isinstance(inner, Stage):
        inner.revealed = parts


def record_of(planned: Plan, shots: Shots, i: int | None = None) -> Provenance | None:
    """Return the record of a film of moments, or of the picture of moment `i`.

    A picture that any export could have made says so; all others have the step itself in them, as a lesson.
    """
    if i is None:
        return origin.origin(planned, shots.step.experiment, shots.lesson)
    shot = shots.at(i)
    if shot.revealed is None:
        return origin.origin(replace(planned, steps=range(shot.frame, shot.frame + 1)), shot.what)
    return origin.origin(replace(planned, steps=range(i, i + 1)), shot.what, shots.lesson)


def export(planned: Plan, shots: Shots, step: Callable[[], None]) -> None:
    """Do what was planned, its steps being moments.

    Parameters
    ----------
    step
        Called after each frame; it may raise to stop.

    Raises
    ------
    InputError
        When the file cannot be written, or cannot hold this moment.
    """
    first = planned.steps[0]
    if planned.kind in ("svg", "pdf") and shots.at(first).revealed is not None:
        raise InputError(
            f"a .{planned.kind} file of an update shows all of its parts, and this moment only some: use .png"
        )
    if planned.kind == "frames":
        with atomic.WholeFolder(planned.out) as folder:
            source = ShotSource(shots, planned)
            for i in planned.steps:
                atomic.fill(folder.temporary / f"frame_{i:06d}.png", _png(planned, shots, source, i))
                step()
        return
    with atomic.Whole(planned.out) as whole:
        source = ShotSource(shots, planned)
        if planned.kind in video.KINDS:
            video.write(
                whole.temporary, planned.kind, planned.size, planned.fps, planned.steps, source.pixels,
                background=source.background, step=step, transparent=planned.transparent,
                metadata=origin.text_of(record_of(planned, shots)),
            )  # fmt: skip
            return
        data = _png(planned, shots, source, first) if planned.kind == "png" else b""
        if planned.kind in PICTURES and not data:
            write = vector.svg if planned.kind == "svg" else vector.pdf
            made = record_of(planned, shots, first)
            said, (scene, k) = source.caption(first), source.at(first)
            data = write(scene, k, planned.size, source.theme, None, made.dumps() if made else None, said)
        atomic.fill(whole.temporary, data)
        step()


def _png(planned: Plan, shots: Shots, source: ShotSource, i: int) -> bytes:
    text = origin.text_of(record_of(planned, shots, i))
    return png.encode(source.pixels(i), text, alpha=planned.transparent)


def planned_again(planned: Plan, frames: range | None, shots: Shots, name: str) -> Plan:
    """Return a plan whose steps are moments: those given, or all; of a picture the first of them.

    Raises
    ------
    InputError
        Naming `name`, for moments that the step does not have.
    """
    chosen = range(len(shots)) if frames is None else frames
    if planned.kind in PICTURES and frames is None:
        chosen = range(len(shots) - 1, len(shots))
    if not len(chosen) or chosen[0] < 0 or chosen[-1] >= len(shots):
        raise InputError(
            f"{name} shows a step of a lesson in {len(shots)} frames: frames must be from 0 to "
            f"{len(shots) - 1}"
        )
    return replace(planned, steps=chosen)


def weight(planned: Plan) -> int:
    """Return how many frames an export draws."""
    return video.passes(planned.kind, len(planned.steps))
