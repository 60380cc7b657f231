"""The surface in three dimensions, with the paths of the entrants on it."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from optviz.backdrop import Scale, scale
from optviz.camera import Camera
from optviz.catalog import Array
from optviz.projection import Box, Projection
from optviz.render.panels import strokes, tracks
from optviz.render.panels.labels import Visits
from optviz.render.panels.surface import dash
from optviz.render.panels.surface3d import frame, ground, heads, paths, room
from optviz.render.panels.surface3d.mesh import Mesh, heights, mesh, side_of
from optviz.render.panels.surface3d.paths import Draped, Sight
from optviz.render.panels.tracks import Track
from optviz.render.style import Metrics, Theme
from optviz.scene import Line, Scene
from optviz.setting import Pair

_KEPT = 3  # meshes
_FADE = 0.45  # how far the oldest part of a path goes over into its halo
_DIM = 0.45  # how far its hidden parts do
_IMAGE = 2.0  # pixels of the surface to a pixel of a vector drawing
_LEAST = 120.0  # pixels a side: a smaller picture has no axes


@dataclass(frozen=True, eq=False)
class _Ground:
    """What stands under the paths as long as the camera stands.

    `kept` says that it was asked for before: the camera stands. `numbers` is the room of what is written on
    the axes.
    """

    key: object
    image: QImage
    sight: Sight
    kept: bool
    numbers: list[QRectF]


class Surface3DPanel:
    """Draws the surface of a scene in three dimensions with everything on it.

    Parameters
    ----------
    theme, metrics
        Colours and sizes.
    axes
        Whether axes with numbers stand around it.
    labels
        Whether entrants are named at their heads.

    Attributes
    ----------
    color_limits
        The limits whose scale of colours is taken, where they are not the scene's own: those of the contour
        picture beside it.
    key
        Whether the key to the arrows at the heads is in the picture.
    """

    def __init__(
        self,
        theme: Theme,
        metrics: Metrics,
        *,
        axes: bool = True,
        labels: bool = True,
        colormap: str | None = None,
    ) -> None:
        self.theme, self.metrics = theme, metrics
        self.axes, self.labels, self.colormap = axes, labels, colormap or theme.colormap
        self.color_limits: tuple[Pair, Pair] | None = None
        self.key = True
        self._meshes: OrderedDict[tuple[object, ...], Mesh] = OrderedDict()
        self._ground: _Ground | None = None
        self._before: object = None
        self._draped: tuple[tuple[Line, ...], Mesh, Box, list[Draped]] | None = None
        self._visits: tuple[list[tuple[Track, Track]], Visits] | None = None
        self._parted: tuple[Sight, list[Draped], list[tuple[Track, Track]]] | None = None

    # -------------------------------------------------------------- places

    def limits(self, scene: Scene) -> tuple[Pair, Pair]:
        """Return the limits that the scale of colours is made for."""
        return self.color_limits or (scene.xlim, scene.ylim)

    def scale(self, scene: Scene) -> Scale:
        """Return the scale of colours."""
        return scale(scene.problem, *self.limits(scene), scene.company or (scene.problem,))

    def box(self, scene: Scene) -> Box:
        """Return the box that the surface stands in."""
        how, wanted = self.scale(scene), scene.experiment.view.height
        wanted = ("log" if how.log else "linear") if wanted == "auto" else wanted
        if self.color_limits is not None and not scene.problem.slow:  # heights are those of what is drawn
            how = scale(scene.problem, scene.xlim, scene.ylim, scene.company or (scene.problem,))
        return Box(scene.xlim, scene.ylim, heights(how, wanted))

    def projection(self, rect: QRectF, scene: Scene, k: int = 0, camera: Camera | None = None) -> Projection:
        """Return how data becomes pixels inside `rect` at frame `k`, as `camera` sees it if given."""
        m, camera = self.metrics, camera or scene.experiment.view.camera_at(k)
        if self._has_axes(rect):
            margins = room.margins(self.box(scene), rect.width(), rect.height(), camera.elevation, m)
        else:
            margins = (m.gap(2), m.gap(2), m.gap(2), m.gap(2))
        return Projection(
            self.box(scene), camera, rect.x(), rect.y(), rect.width(), rect.height(), margins
        )  # fmt: skip

    def pick(
        self, rect: QRectF, scene: Scene, k: int, x: float, y: float, camera: Camera | None = None
    ) -> Pair | None:
        """Return the point of the true surface of frame `k` under a pixel, in data; None for a miss."""
        view, problem = self.projection(rect, scene, k, camera), scene.drawn(k)
        if not problem.slow:
            return view.pick(x, y, problem.loss)
        about, box = self._mesh(scene, k, quick=False), view.box

        def guide(xs: Array, ys: Array) -> Array:
            share = about.level(box.base(np.column_stack([xs, ys]))) / (2.0 * box.half[2]) + 0.5
            return box.heights.loss(share)

        return view.pick(x, y, problem.loss, guide)

    def _has_axes(self, rect: QRectF) -> bool:
        return self.axes and min(rect.width(), rect.height()) > self.metrics.px(_LEAST)

    # -------------------------------------------------------------- what does not depend on the camera

    def prepare(self, rect: QRectF, scene: Scene, k: int, ratio: float = 1.0, *, quick: bool = False) -> None:
        """Compute what `paint` will need, with no Qt: for another thread. `paint` then only paints."""
        self._mesh(scene, k, quick)

    def _mesh(self, scene: Scene, k: int, quick: bool) -> Mesh:
        problem, box, how, limits = scene.drawn(k), self.box(scene), self.scale(scene), self.limits(scene)
        side = side_of(problem, quick)
        key = (problem.key, box, how, side, limits, getattr(problem, "wait", True))
        found = self._meshes.pop(key, None)
        if found is None:
            found = mesh(problem, box, how, side, limits)
        self._meshes[key] = found
        while len(self._meshes) > _KEPT:
            self._meshes.popitem(last=False)
        return found

    def _all_draped(self, scene: Scene, k: int, surface: Mesh) -> list[Draped]:
        box, known = self.box(scene), self._draped
        if known is not None and known[0] is scene.lines and known[1] is surface and known[2] == box:
            return known[3]
        own = scene.drawn(k) is scene.problem
        made = [
            paths.NOWHERE if line.hidden else paths.draped(line.path, line.loss, box, surface, own)
            for line in scene.lines
        ]
        self._draped = (scene.lines, surface, box, made)
        return made

    # -------------------------------------------------------------- painting

    def paint(
        self,
        painter: QPainter,
        rect: QRectF,
        scene: Scene,
        k: int,
        *,
        quick: bool = False,
        vector: bool = False,
        camera: Camera | None = None,
    ) -> None:
        """Paint frame `k` into `rect`.

        Parameters
        ----------
        quick
            While the camera moves under a hand: a coarser grid, and edges that are not smooth.
        vector
            Lines and text as such, for SVG and PDF; only the colours of the surface are an image.
        camera
            From where; the scene's own camera at frame `k` if not given.
        """
        if rect.width() < 1 or rect.height() < 1:
            return
        strokes.ready(wait=True)
        view = self.projection(rect, scene, k, camera)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if vector:
            painter.setClipRect(rect)
            self._paint_vector(painter, rect, view, scene, k)
        else:
            ratio = painter.device().devicePixelRatioF() * abs(painter.worldTransform().m11())
            still = self._grounded(rect, view, scene, k, ratio, quick)
            image = still.image
            if quick and not still.kept:  # the next frame has another camera: nothing of it is needed again
                self._ground = None
            else:
                image = image.copy()
            self._paint_on(image, scene, k, ratio, still.sight)
            image.setDevicePixelRatio(ratio)
            painter.drawImage(rect.topLeft(), image)
            painter.setClipRect(rect)
            self._paint_marks(painter, view, scene, k, still.sight, quick=quick, numbers=still.numbers)
        painter.restore()

    def paint_lines(
        self, image: QImage, rect: QRectF, scene: Scene, k: int, camera: Camera | None = None
    ) -> None:
        """Draw surface and paths of frame `k` into the memory of an image, `rect` on whole pixels."""
        strokes.ready(wait=True)
        view = self.projection(rect, scene, k, camera)
        still = self._grounded(rect, view, scene, k, 1.0, False)
        own = still.image.copy()
        self._paint_on(own, scene, k, 1.0, still.sight)
        left, top = round(rect.x()), round(rect.y())
        target = strokes.memory(image)[top : top + own.height(), left : left + own.width()]
        target[:] = strokes.memory(own)[: target.shape[0], : target.shape[1]]

    def paint_marks(
        self, painter: QPainter, rect: QRectF, scene: Scene, k: int, camera: Camera | None = None
    ) -> None:
        """Paint start, names and arrows of frame `k` over surface and paths."""
        view = self.projection(rect, scene, k, camera)
        still = self._grounded(rect, view, scene, k, 1.0, False)
        painter.save()
        painter.setClipRect(rect)
        self._paint_marks(painter, view, scene, k, still.sight, numbers=still.numbers)
        painter.restore()

    # -------------------------------------------------------------- surface, walls and axes

    def _grounded(
        self, rect: QRectF, view: Projection, scene: Scene, k: int, ratio: float, quick: bool
    ) -> _Ground:
        size = (math.ceil(rect.width() * ratio), math.ceil(rect.height() * ratio))
        look = scene.experiment.view
        key = (
            view, size, ratio, quick, scene.drawn(k).key, scene.problem.key, self.scale(scene), look.mesh,
            look.lines, look.floor, scene.problem.surface.axes, scene.minima.tobytes(),
        )  # fmt: skip
        if self._ground is not None and self._ground.key == key:
            return self._ground
        image = QImage(*size, QImage.Format.Format_RGB32)
        if image.isNull():
            raise MemoryError(f"no memory for a picture of {size[0]} x {size[1]} pixels")
        image.fill(QColor(self.theme.paper))
        depth = np.zeros((size[1], size[0]), np.float32)
        mesh = self._mesh(scene, k, quick)
        marks = frame.ticks(view, self.metrics, not mesh.empty) if self._has_axes(rect) else None
        with QPainter(image) as painter:
            self._to_local(painter, rect, ratio)
            self._paint_under(painter, view, scene, marks)
        local = view.scaled(ratio, rect.x(), rect.y())
        sight = Sight(local, depth, mesh)
        self._draw_surface(image, sight, scene, ratio, quick)
        with QPainter(image) as painter:
            self._to_local(painter, rect, ratio)
            numbers = self._paint_over(painter, view, scene, marks, sight, quick)
        self._ground = _Ground(key, image, sight, key == self._before, numbers)
        self._before = key
        return self._ground

    @staticmethod
    def _to_local(painter: QPainter, rect: QRectF, ratio: float) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.scale(ratio, ratio)
        painter.translate(-rect.x(), -rect.y())

    def _paint_under(
        self, painter: QPainter, view: Projection, scene: Scene, marks: frame.Marks | None
    ) -> None:
        floor = not scene.experiment.view.floor
        frame.paint_walls(painter, view, self.theme, self.metrics, marks, floor=floor)

    def _paint_over(
        self, painter: QPainter, view: Projection, scene: Scene, marks: frame.Marks | None, sight: Sight,
        quick: bool = False,
    ) -> list[QRectF]:  # fmt: skip
        numbers: list[QRectF] = []
        if marks is not None:
            names = (*scene.problem.surface.axes, ground.loss_name(view.box.heights, scene))
            numbers = frame.paint_axes(painter, view, self.theme, self.metrics, marks, names, quick=quick)
        else:
            frame.paint_rim(painter, view, self.theme, self.metrics)
        ground.paint_minima(painter, view, scene, sight, self.theme, self.metrics)
        return numbers

    def _draw_surface(self, image: QImage, sight: Sight, scene: Scene, ratio: float, quick: bool) -> None:
        ground.draw_surface(
            strokes.memory(image), sight, self.scale(scene), scene.experiment.view, self.theme, self.metrics,
            self.colormap, ratio=ratio, quick=quick,
        )  # fmt: skip

    # -------------------------------------------------------------- paths

    def _tracks(self, scene: Scene, k: int, ratio: float, sight: Sight) -> list[tuple[Track, Track]]:
        """Return the parts of each path up to step `k` that show and those that are hidden."""
        laid = self._all_draped(scene, k, sight.surface)
        width = self.metrics.path * ratio
        if self._parted is None or self._parted[0] is not sight or self._parted[1] is not laid:
            still = self._stands(scene)
            if not still:
                laid = [one.until(k) for one in laid]
            dashes = [dash(line.index, width) for line in scene.lines]
            made = paths.all_parted(laid, sight, dashes, paths.hidden_dash(width), ratio)
            self._parted = (sight, laid, made) if still else None
        else:
            made = self._parted[2]
        at = [min(k, len(line.path) - 1) for line in scene.lines]
        return [(front.until(i), back.until(i)) for i, (front, back) in zip(at, made, strict=True)]

    @staticmethod
    def _stands(scene: Scene) -> bool:
        look = scene.experiment.view
        return not look.camera_keys and not look.camera.turntable

    def _paint_on(self, image: QImage, scene: Scene, k: int, ratio: float, sight: Sight) -> None:
        pixels = strokes.memory(image)
        balls = heads.balls(sight, scene, k, self.theme, self.metrics.head * ratio)
        for ball in balls:
            heads.shade(pixels, sight, ball)
        self._paint_lines(image, scene, k, ratio, sight)
        for ball in balls:
            heads.draw(pixels, sight, ball, ground.light(sight.view).direction)

    def _paint_lines(
        self, target: QImage | QPainter, scene: Scene, k: int, ratio: float, sight: Sight
    ) -> None:
        view = sight.view
        m, theme = self.metrics, self.theme
        parts = self._tracks(scene, k, ratio, sight)
        clip = (view.left, view.top, view.left + view.width, view.top + view.height)
        canvas = strokes.Canvas(target, clip)
        reach = paths.reach(view)
        for line, (_, back) in zip(scene.lines, parts, strict=True):
            if len(back.points):
                canvas.fresh()
                table = strokes.ramp(theme.line(line.index, line.color), theme.halo, 0.0)
                table = table + (strokes.ramp(theme.halo, theme.halo, 0.0) - table) * _DIM
                canvas.stroke(back, np.zeros(len(back.points), np.int64), table, 0.75 * m.path * ratio)
        canvas.fresh()
        halo = strokes.ramp(theme.halo, theme.halo, 0.0)
        for front, _ in parts:
            solid = tracks.undashed(front)
            canvas.stroke(solid, np.zeros(len(solid.points), np.int64), halo, (m.path + 2 * m.halo) * ratio)
        for line, (front, _) in zip(scene.lines, parts, strict=True):
            canvas.fresh()
            table = strokes.ramp(theme.line(line.index, line.color), theme.halo, _FADE)
            canvas.stroke(front, strokes.faded(front, reach), table, m.path * ratio)

    # -------------------------------------------------------------- marks

    def _paint_marks(
        self,
        painter: QPainter,
        view: Projection,
        scene: Scene,
        k: int,
        sight: Sight,
        *,
        vector: bool = False,
        quick: bool = False,
        numbers: Sequence[QRectF] = (),
    ) -> None:
        heads.paint_marks(
            painter, view, sight, scene, k, self.theme, self.metrics, names=self.labels, key=self.key,
            vector=vector, visits=None if quick else self._seen(view, sight), numbers=numbers,
        )  # fmt: skip

    def _seen(self, view: Projection, sight: Sight) -> Visits | None:
        """Return where the paths run, for names that keep clear of them; None where the camera moves.

        The names would hop about. The paths have just been drawn.
        """
        if self._parted is None or self._parted[0] is not sight:
            return None
        parts, ratio = self._parted[2], sight.view.width / view.width
        if self._visits is None or self._visits[0] is not parts:
            cell = max(4.0, self.metrics.px(8.0))
            whole = [part for both in parts for part in both]
            place = QRectF(0.0, 0.0, sight.view.width, sight.view.height)
            first = Visits.of(whole, place, cell * ratio).first
            self._visits = (parts, Visits(first, view.left, view.top, cell))
        return self._visits[1]

    def _paint_vector(self, painter: QPainter, rect: QRectF, view: Projection, scene: Scene, k: int) -> None:
        ratio = _IMAGE
        size = (math.ceil(rect.width() * ratio), math.ceil(rect.height() * ratio))
        image = QImage(*size, QImage.Format.Format_ARGB32_Premultiplied)
        image.fill(0)
        local = view.scaled(ratio, rect.x(), rect.y())
        sight = Sight(local, np.zeros((size[1], size[0]), np.float32), self._mesh(scene, k, False))
        empty = sight.surface.empty
        marks = frame.ticks(view, self.metrics, not empty) if self._has_axes(rect) else None
        self._paint_under(painter, view, scene, marks)
        self._draw_surface(image, sight, scene, ratio, False)
        painter.drawImage(QRectF(rect.x(), rect.y(), size[0] / ratio, size[1] / ratio), image)
        numbers = self._paint_over(painter, view, scene, marks, sight)
        # Which parts are hidden is told by the picture's depths; the lines themselves stay lines.
        painter.save()
        painter.translate(rect.topLeft())
        painter.scale(1.0 / ratio, 1.0 / ratio)
        balls = heads.balls(sight, scene, k, self.theme, self.metrics.head * ratio)
        for ball in balls:
            heads.paint_shadow(painter, local, ball)
        self._paint_lines(painter, scene, k, ratio, sight)
        for ball in balls:
            heads.paint(painter, local, ball, ground.light(view).direction)
        painter.restore()
        self._paint_marks(painter, view, scene, k, sight, vector=True, numbers=numbers)
