"""What a kit is made of: one experiment or training, its frames, and how it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from optviz.experiment import Experiment
from optviz.render.plan import Exported, Plan, Size, frame_noun, plan
from optviz.render.source import Source
from optviz.reshape import frames_of
from optviz.training.scene.scene import TrainScene

MOST_FRAMES = 601
"""Of a kit whose frames nobody chose: beyond, only every 2nd, 5th, 10th, … step has one."""

GIF_FRAMES, GIF_WIDTH, GIF_RATE = 301, 960, 25
PLAYER_FRAMES, PLAYER_WIDTH = 301, 1280
ANIMATE_FRAMES, ANIMATE_WIDTH = 61, 960
PICTURES = 301

# A camera that moves changes every pixel: a GIF grows 25 times as large, a player ten times.
GIF_FRAMES_MOVING, GIF_WIDTH_MOVING, PLAYER_FRAMES_MOVING = 101, 640, 121


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

    @property
    def pictures(self) -> range:
        """The frames that become numbered pictures."""
        return thinned(self.steps, PICTURES) if self.free else self.steps

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
        """Whether the camera moves."""
        if not isinstance(self.what, Experiment) or self.what.view.kind == "contour":
            return False
        view = self.what.view
        return view.camera_at(self.steps[0]) != view.camera_at(self.last)

    @property
    def gif(self) -> tuple[range, Size]:
        """The frames of the GIF and their size."""
        if self.moving:
            return thinned(self.steps, GIF_FRAMES_MOVING), self.small(GIF_WIDTH_MOVING)
        return thinned(self.steps, GIF_FRAMES), self.small(GIF_WIDTH)

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

    def thinned(self, most: int) -> range:
        """Return at most `most` of the frames, evenly spaced."""
        return thinned(self.steps, most)

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

    def source(self, size: Size) -> Source:
        """Return what draws frames for a page that has words of its own beside them."""
        return Source(self.what, self.plan("frame.png", size=size, caption=False, transparent=False))


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
