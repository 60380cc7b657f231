"""What a kit is made of: one experiment or training, its frames, and how it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from optviz.experiment import Experiment
from optviz.render import export, origin
from optviz.render.kit import shooting
from optviz.render.kit.shooting import ShotSource, record_of, weight
from optviz.render.kit.shots import Shots
from optviz.render.plan import Exported, Plan, Size, frame_noun, plan
from optviz.render.source import Source
from optviz.reshape import frames_of
from optviz.training.scene.scene import TrainScene

MOST_FRAMES = 601
"""Of a kit whose frames nobody chose: beyond, only every 2nd, 5th, 10th, … step has one."""

GIF_RATE = 25


@dataclass(frozen=True)
class Budget:
    """How many frames there are at most of each kind, and how wide they are.

    A camera or a surface that moves changes every pixel: a GIF grows 25 times as large, a player ten times.
    """

    pictures: int = 301
    gif: int = 301
    gif_moving: int = 101
    player: int = 301
    player_moving: int = 121
    animate: int = 61
    gif_width: int = 960
    gif_width_moving: int = 640
    player_width: int = 1280
    animate_width: int = 960


RACE = Budget()
LESSON = Budget(
    pictures=31, gif=101, gif_moving=61, player=121, player_moving=61, animate=31, player_width=1120,
    animate_width=800,
)  # fmt: skip
"""Of each step of a lesson, which has many of them and is handed on as a whole."""


@dataclass(frozen=True, eq=False)
class Subject:
    """One experiment or training with the frames chosen of it.

    Attributes
    ----------
    steps
        The frames: of an experiment its steps, or those of a film from before to after; of a training the
        steps of whoever takes the most.
    name
        What it is called, where that is not what the experiment says.
    free
        Whether nobody chose the frames: then fewer of them become pictures of their own.
    transparent
        Whether pictures that can leave out the page; films and the player always stand on it.
    shots
        Of a step of a lesson in which something moves or is taken apart: its moments, which are then what
        `steps` counts.
    kept
        What one part of the kit drew and another one needs again.
    """

    what: Exported
    steps: range
    size: Size
    fps: Fraction
    theme: str | None = None
    transparent: bool = False
    caption: bool = False
    embed: bool = True
    free: bool = False
    name: str = ""
    budget: Budget = RACE
    shots: Shots | None = None
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def pictures(self) -> range:
        """The frames that become numbered pictures."""
        return thinned(self.distinct, self.budget.pictures) if self.free else self.steps

    @property
    def distinct(self) -> range:
        """The frames that differ from the one before."""
        return self.steps if self.shots is None else self.shots.distinct

    @cached_property
    def title(self) -> str:
        """What it is called."""
        if self.name:
            return self.name
        if isinstance(self.what, Experiment):
            return self.what.title or self.what.surface_name
        return self.what.title

    @property
    def moving(self) -> bool:
        """Whether the camera moves, or the surface."""
        if self.shots is not None and self.shots.gliding:
            return True
        if not isinstance(self.what, Experiment) or self.what.view.kind == "contour":
            return False
        view = self.what.view
        return view.camera_at(self.steps[0]) != view.camera_at(self.last)

    @property
    def stills(self) -> tuple[str, ...]:
        """Which of its frames have stills: of an update that is told only the last, where all of it shows."""
        told = self.shots is not None and not self.shots.gliding
        return ("last",) if told else ("first", "middle", "last")

    @property
    def gif(self) -> tuple[range, Size]:
        """The frames of the GIF and their size."""
        most = self.budget
        if self.moving:
            return thinned(self.distinct, most.gif_moving), self.small(most.gif_width_moving)
        return thinned(self.distinct, most.gif), self.small(most.gif_width)

    @property
    def player(self) -> tuple[range, Size]:
        """The frames of the player and their size."""
        most = self.budget
        count = min(most.player, most.player_moving) if self.moving else most.player
        return thinned(self.distinct, count), self.small(most.player_width)

    @property
    def animated(self) -> tuple[range, Size]:
        """The frames for LaTeX and their size."""
        return thinned(self.distinct, self.budget.animate), self.small(self.budget.animate_width)

    def rate_of(self, steps: range) -> float:
        """Return how many of these frames a second shows where the film shows `fps` of its own."""
        return float(self.fps) * len(steps) / len(self.steps)

    def frame_of(self, k: int) -> int:
        """Return the step of the race that frame `k` shows."""
        return k if self.shots is None else self.shots.at(k).frame

    @property
    def noun(self) -> str:
        """What frames are numbered by: "step", or "frame" from before to after."""
        return frame_noun(self.what) if isinstance(self.what, Experiment) else "step"

    @property
    def whole(self) -> int:
        """The last frame there is, chosen or not."""
        return frames_of(self.what) if isinstance(self.what, Experiment) else self.what.now

    @property
    def last(self) -> int:
        """The last frame chosen."""
        return self.steps[-1]

    def small(self, width: int) -> Size:
        """Return the size of a picture at most so wide, of the same shape, its sides even."""
        share = min(1.0, width / self.size[0])
        return tuple(max(16, 2 * round(n * share / 2)) for n in self.size)  # type: ignore[return-value]

    def plan(self, name: str, steps: range | None = None, size: Size | None = None, **more: object) -> Plan:
        """Return what an export to `name` will do, of one frame where `steps` has only one.

        Raises
        ------
        InputError
            As `optviz.render.plan.plan`.
        """
        options = {"caption": self.caption, "transparent": self.transparent, **more}
        made = plan(
            self.what, name, size=size or self.size, fps=options.pop("fps", self.fps), theme=self.theme,
            embed=self.embed, **options,  # type: ignore[arg-type]
        )  # fmt: skip
        return made if steps is None else replace(made, steps=steps)

    def source(self, size: Size) -> Source | ShotSource:
        """Return what draws frames for a page that has words of its own beside them."""
        return self.drawing(self.plan("frame.png", size=size, caption=False, transparent=False))

    def drawing(self, planned: Plan) -> Source | ShotSource:
        """Return what draws the frames of an export."""
        return Source(self.what, planned) if self.shots is None else ShotSource(self.shots, planned)

    def record(self, planned: Plan, k: int | None = None, shows: str | None = None) -> str | None:
        """Return what a film, or the picture of frame `k`, knows of itself; None for nothing."""
        if self.shots is not None:
            made = record_of(planned, self.shots, k)
            return None if made is None else made.dumps()
        made = origin.origin(planned, self.what, shows=shows)
        return None if made is None else made.dumps(k)

    def carry_out(self, planned: Plan, step: Callable[[int, int], None]) -> None:
        """Do an export; `step` is called with the frames done and the frames in all."""
        if self.shots is None:
            export.carry_out(planned, self.what, step)
            return
        done, count = 0, weight(planned)

        def count_on() -> None:
            nonlocal done
            done += 1
            step(done, count)

        shooting.export(planned, self.shots, count_on)


def thinned(steps: range, most: int) -> range:
    """Return every frame, or every 2nd, 5th, 10th, … of them where there are more than `most`."""
    for stride in round_numbers():
        if len(steps[::stride]) <= most:
            return steps[::stride]
    raise AssertionError


def round_numbers() -> Sequence[int]:
    """Return 1, 2, 5, 10, 20, 50, … up to more than any race has steps."""
    return [base * 10**power for power in range(9) for base in (1, 2, 5)]


def chosen(what: Exported, frames: tuple[int | None, int | None] | None, stride: int | None) -> range:
    """Return the frames of a kit: those asked for, else at most `MOST_FRAMES` of all.

    Raises
    ------
    InputError
        For frames or a stride out of bounds.
    """
    made = plan(what, "frames/", frames=frames, stride=1 if stride is None else stride).steps
    return thinned(made, MOST_FRAMES) if frames is None and stride is None else made


def is_training(what: Exported) -> bool:
    """Whether it is a training."""
    return isinstance(what, TrainScene)
