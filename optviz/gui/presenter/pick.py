"""Showing some of the entrants: digits put them in the light one by one."""

from __future__ import annotations

from dataclasses import replace

from optviz.render.stages import Drawn
from optviz.reshape import ReshapeScene
from optviz.scene import Scene


class Picked:
    """Which entrants are in the light; none picked means all of them.

    The scenes made from one are kept, so that a stage finds what it drew before.
    """

    def __init__(self) -> None:
        self.chosen: frozenset[int] = frozenset()
        self._made: tuple[Drawn, frozenset[int], Drawn] | None = None

    def toggle(self, entrant: int, count: int) -> None:
        """Put an entrant into the light, or out of it; `count` is how many there are."""
        if not 0 <= entrant < count:
            return
        chosen = self.chosen ^ {entrant}
        self.chosen = frozenset() if len(chosen) == count else frozenset(chosen)

    def clear(self) -> None:
        """Show all of them again."""
        self.chosen = frozenset()

    def of(self, scene: Drawn) -> Drawn:
        """Return the scene with those alone that are picked."""
        if not self.chosen or not isinstance(scene, (Scene, ReshapeScene)):
            return scene
        if self._made is not None and self._made[0] is scene and self._made[1] == self.chosen:
            return self._made[2]
        made: Drawn
        if isinstance(scene, Scene):
            made = self._only(scene)
        else:
            between = self._only(scene.between) if scene.between is not None else None
            made = replace(
                scene, before=self._only(scene.before), after=self._only(scene.after), between=between
            )
        self._made = (scene, self.chosen, made)
        return made

    def _only(self, scene: Scene) -> Scene:
        lines = tuple(replace(line, hidden=i not in self.chosen) for i, line in enumerate(scene.lines))
        return replace(scene, lines=lines)
