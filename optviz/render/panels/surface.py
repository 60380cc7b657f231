"""The surface seen from above, with the paths of the entrants on it."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from optviz.backdrop import Backdrop, Bytes, Ink, backdrop, is_strong
from optviz.catalog import Array
from optviz.plots import eigen_entrant
from optviz.render.panels import arrows, markers, strokes, tracks
from optviz.render.panels import labels as names
from optviz.render.panels.feasible import paint_infeasible
from optviz.render.panels.frame import paint_around, paint_border
from optviz.render.panels.mapping import Mapping, apart, edge_point, fitted
from optviz.render.panels.names import label_at, paint_names, text_of
from optviz.render.style import DASHES, Metrics, Theme
from optviz.scene import Line, Scene

__all__ = ["GUTTER", "Mapping", "SurfacePanel", "dash", "image_of"]

_THINNING = 0.35  # pixels
_FLATTEN, _FLAT = 3, 0.06  # how often, and within how many pixels, points of a contour line are left out
_FADE = 0.45  # how far the oldest part of a path goes over into its halo
GUTTER = 12  # steps of the grid left of the picture, for numbers
_SAME = 1e-6  # minima this near to the best, relative to it, are as good


class SurfacePanel:
    """Draws the surface of a scene with everything on it.

    Parameters
    ----------
    theme, metrics
        Colours and sizes.
    axes
        Whether a frame with numbers runs around the picture.
    labels
        Whether entrants are named at their heads.

    Attributes
    ----------
    key
        Whether the key to the arrows at the heads is in the picture.
    kept_clear
        Boxes that names keep clear of, beside heads and the start.
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
        self.key = True
        self.kept_clear: tuple[QRectF, ...] = ()
        self._still: tuple[object, QImage] | None = None
        self._bare: tuple[object, QImage] | None = None
        self._tracks: tuple[Scene, tuple[Mapping, float], list[tracks.Track]] | None = None
        self._visits: tuple[list[tracks.Track], tuple[object, ...], names.Visits] | None = None

    # -------------------------------------------------------------- places

    def picture(self, rect: QRectF) -> QRectF:
        """Return the part of `rect` that the surface itself fills, on whole pixels."""
        if not self.axes:
            return QRectF(rect.toAlignedRect())
        m = self.metrics
        left, bottom, top, right = m.gap(GUTTER), m.gap(7), m.gap(2), m.gap(2)
        inner = rect.adjusted(left, top, -right, -bottom)
        if inner.width() < 40 or inner.height() < 40:
            return rect
        return QRectF(round(inner.x()), round(inner.y()), round(inner.width()), round(inner.height()))

    def mapping(self, rect: QRectF, scene: Scene) -> Mapping:
        """Return how data coordinates map into the picture inside `rect`."""
        inner = self.picture(rect)
        xlim, ylim = fitted(scene.xlim, scene.ylim, max(inner.width(), 1.0), max(inner.height(), 1.0))
        return Mapping(inner.x(), inner.y(), max(inner.width(), 1.0), max(inner.height(), 1.0), xlim, ylim)

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
    ) -> None:
        """Paint frame `k` into `rect`.

        Parameters
        ----------
        quick
            Wait for nothing: a coarse picture and uncompiled code where the compiled is not at hand.
        vector
            Lines and text as such, for SVG and PDF; only the colours of the surface are an image.
        """
        if rect.width() < 1 or rect.height() < 1:
            return
        view = self.mapping(rect, scene)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if vector:
            axes = scene.problem.surface.axes
            self._paint_around(painter, view, axes)
            self._paint_still(painter, view, scene, k, 2.0, quick)
            self._paint_lines(painter, view, scene, k, 1.0)
        else:
            ratio = painter.device().devicePixelRatioF() * abs(painter.worldTransform().m11())
            image = self._still_image(rect, view, scene, ratio, quick, k).copy()
            local = self._local(view, rect, ratio)
            if strokes.ready(wait=not quick):
                self._paint_lines(image, local, scene, k, ratio)
                painter.drawImage(rect.topLeft(), image)
            else:
                painter.drawImage(rect.topLeft(), image)
                painter.save()
                painter.translate(rect.topLeft())
                painter.scale(1.0 / ratio, 1.0 / ratio)
                self._paint_lines(painter, local, scene, k, ratio)
                painter.restore()
        self._paint_marks(painter, view, scene, k, vector)
        painter.restore()

    def prepare(self, rect: QRectF, scene: Scene, k: int, ratio: float = 1.0, *, quick: bool = False) -> None:
        """Compute what `paint` will need, with no Qt: for another thread. `paint` then only paints."""
        self._backdrop(self.mapping(rect, scene), scene, k, ratio, quick)

    def paint_ground(self, painter: QPainter, rect: QRectF, scene: Scene, k: int = 0) -> None:
        """Paint what stands under the lines; for composing a frame in an image, `rect` on whole pixels."""
        view = self.mapping(rect, scene)
        painter.drawImage(rect.topLeft(), self._still_image(rect, view, scene, 1.0, False, k))

    def paint_lines(self, image: QImage, rect: QRectF, scene: Scene, k: int) -> None:
        """Draw the paths up to step `k` into the memory of an image that has the ground."""
        strokes.ready(wait=True)
        self._paint_lines(image, self.mapping(rect, scene), scene, k, 1.0)

    def paint_marks(self, painter: QPainter, rect: QRectF, scene: Scene, k: int) -> None:
        """Paint start, heads and labels over the paths."""
        self._paint_marks(painter, self.mapping(rect, scene), scene, k, vector=False)

    @staticmethod
    def _local(view: Mapping, rect: QRectF, ratio: float) -> Mapping:
        """Return the mapping into the pixels of the still image of `rect`."""
        return Mapping(
            (view.left - rect.x()) * ratio, (view.top - rect.y()) * ratio,
            view.width * ratio, view.height * ratio, view.xlim, view.ylim,
        )  # fmt: skip

    def _still_image(
        self, rect: QRectF, view: Mapping, scene: Scene, ratio: float, quick: bool, k: int = 0
    ) -> QImage:
        size = (math.ceil(rect.width() * ratio), math.ceil(rect.height() * ratio))
        key = (
            scene.drawn(k).key,
            *(one.key for one in scene.company),
            scene.problem.surface.axes,
            view,
            scene.minima.tobytes(),
            size,
            rect.x() % 1,
            rect.y() % 1,
            ratio,
            quick,
            self._cross_key(scene),
        )
        if self._still is not None and self._still[0] == key:
            return self._still[1]
        # What is around the picture stands while a slider moves: only the picture is drawn anew.
        axes = scene.problem.surface.axes
        around = (view, size, rect.x() % 1, rect.y() % 1, ratio, axes)
        if self._bare is None or self._bare[0] != around:
            image = QImage(*size, QImage.Format.Format_RGB32)
            image.setDevicePixelRatio(ratio)
            image.fill(QColor(self.theme.paper))
            with QPainter(image) as painter:
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                painter.translate(-rect.x(), -rect.y())
                self._paint_around(painter, view, axes)
            self._bare = (around, image)
        image = self._bare[1].copy()
        with QPainter(image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(-rect.x(), -rect.y())
            self._paint_still(painter, view, scene, k, ratio, quick)
        self._still = (key, image)
        return image

    def _framed(self, view: Mapping) -> bool:
        return self.axes and view.width > self.metrics.px(120)

    def _paint_around(self, painter: QPainter, view: Mapping, called: tuple[str, str]) -> None:
        if self._framed(view):
            paint_around(painter, view, self.theme, self.metrics, self.metrics.gap(GUTTER), called)

    def _backdrop(self, view: Mapping, scene: Scene, k: int, ratio: float, quick: bool) -> Backdrop:
        """Return the picture of frame `k`: that of a mini-batch has the colours of all samples."""
        width, height = max(1, round(view.width * ratio)), max(1, round(view.height * ratio))
        return backdrop(
            scene.drawn(k), view.xlim, view.ylim, width, height, self.theme.name, self.colormap,
            quick=quick, company=scene.company or (scene.problem,), ink=self._ink(ratio) if quick else None,
        )  # fmt: skip

    def _ink(self, ratio: float) -> Ink:
        color = QColor(self.theme.contour)
        rgb = (color.red(), color.green(), color.blue())
        return Ink(rgb, self.theme.contour_share, self._contour_width() * ratio)

    def _contour_width(self) -> float:
        return self.metrics.contour

    def _paint_still(
        self, painter: QPainter, view: Mapping, scene: Scene, k: int, ratio: float, quick: bool
    ) -> None:
        picture = self._backdrop(view, scene, k, ratio, quick)
        painter.drawImage(view.rect, image_of(picture.rgb))
        painter.save()
        painter.setClipRect(view.rect)
        self._paint_contours(painter, view, picture)
        paint_infeasible(painter, view, scene.problem.surface, self.theme, self.metrics)
        if self._cross_key(scene) is not None:
            from optviz.render.insight.cross import paint_cross

            paint_cross(painter, scene, view.to_pixel, view.rect, self.theme, self.metrics)
        self._paint_minima(painter, view, scene)
        painter.restore()
        if self._framed(view):
            paint_border(painter, view, self.theme, self.metrics, self.metrics.gap(GUTTER))

    @staticmethod
    def _cross_key(scene: Scene) -> object:
        """Return what the eigen-directions drawn over the picture depend on; None where there are none."""
        if not any(eigen_entrant(key) is not None for key in scene.experiment.view.plots):
            return None
        from optviz.render.insight.cross import key_of

        return key_of(scene)

    def _paint_minima(self, painter: QPainter, view: Mapping, scene: Scene) -> None:
        """Mark the best minima strongly, those that only are lower than what surrounds them quietly."""
        if not len(scene.minima):
            return
        loss = np.asarray(scene.problem.loss(*scene.minima.T), dtype=np.float64)
        best = float(np.min(loss, initial=np.inf, where=np.isfinite(loss)))
        for point, value in zip(scene.minima, loss, strict=True):
            if not view.within(point):
                continue
            x, y = (float(part) for part in view.to_pixel(point))
            if value <= best + _SAME * max(1.0, abs(best)):
                markers.minimum(painter, x, y, self.metrics.px(6.0), self.theme.ink, self.theme.halo)
            else:
                markers.minimum(painter, x, y, self.metrics.px(3.5), self.theme.muted, self.theme.halo)

    def _paint_contours(self, painter: QPainter, view: Mapping, picture: Backdrop) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for level, lines in picture.contours:
            if not lines:
                continue
            color = QColor(self.theme.contour)
            color.setAlphaF(self.theme.contour_share[is_strong(picture, level)])
            painter.setPen(QPen(color, self._contour_width()))
            pixels = view.to_pixel(np.concatenate(lines))
            begins = np.zeros(len(pixels), np.bool_)
            ends = np.cumsum([len(line) for line in lines]).tolist()
            begins[[0, *ends[:-1]]] = True
            for _ in range(_FLATTEN):
                keep = flattened(pixels, begins, _FLAT)
                pixels, begins = pixels[keep], begins[keep]
            ends = [*np.flatnonzero(begins)[1:].tolist(), len(pixels)]
            for first, end in zip([0, *ends], ends, strict=False):
                painter.drawPath(strokes.qt_path(pixels[first:end], begins[first:end]))

    # -------------------------------------------------------------- paths

    def _all_tracks(self, view: Mapping, scene: Scene, ratio: float) -> list[tracks.Track]:
        key = (view, ratio)
        if self._tracks is not None and self._tracks[0].lines is scene.lines and self._tracks[1] == key:
            return self._tracks[2]
        known = tracks.known(self._tracks, key)
        made = []
        for line in scene.lines:
            done = tracks.EMPTY if line.hidden else known.get((id(line.path), line.index))
            if done is not None:
                made.append(done)
                continue
            # Just beyond what shows: parts far outside would use up dashes and the fading.
            slack = 4.0 * self.metrics.path * ratio
            shown = view.rect.adjusted(-slack, -slack, slack, slack)
            corners = view.to_data(np.array([shown.bottomLeft().toTuple(), shown.topRight().toTuple()]))
            box = (*corners[0].tolist(), *corners[1].tolist())
            points, begins, step = tracks.clipped(line.path, box)
            pixels = view.to_pixel(points)
            keep = tracks.thinned(pixels, begins, _THINNING * ratio)
            width = self.metrics.path * ratio
            made.append(tracks.track(pixels[keep], begins[keep], step[keep], dash(line.index, width)))
        self._tracks = (scene, key, made)
        return made

    def _paint_lines(
        self, target: QImage | QPainter, view: Mapping, scene: Scene, k: int, ratio: float
    ) -> None:
        m, theme = self.metrics, self.theme
        whole_lines = self._all_tracks(view, scene, ratio)
        parts = []
        for line, whole in zip(scene.lines, whole_lines, strict=True):
            at = min(k, len(line.path) - 1)
            seen = at >= 0 and view.within(line.path[at])
            end = view.to_pixel(line.path[at]) if seen else None
            parts.append(whole.until(at, end))
        box = (view.left, view.top, view.left + view.width, view.top + view.height)
        painter = target if isinstance(target, QPainter) else None
        if painter is not None:
            painter.save()
            painter.setClipRect(view.rect)
        canvas = strokes.Canvas(target, box)
        halo = strokes.ramp(theme.halo, theme.halo, 0.0)
        for part in parts:
            solid = tracks.undashed(part)
            none = np.zeros(len(solid.points), np.int64)
            canvas.stroke(solid, none, halo, (m.path + 2 * m.halo) * ratio)
        reach = 0.9 * math.hypot(view.width, view.height)
        for line, part in zip(scene.lines, parts, strict=True):
            canvas.fresh()
            table = strokes.ramp(theme.line(line.index, line.color), theme.halo, _FADE)
            canvas.stroke(part, strokes.faded(part, reach), table, m.path * ratio)
        if painter is not None:
            painter.restore()

    # -------------------------------------------------------------- marks

    def _paint_marks(self, painter: QPainter, view: Mapping, scene: Scene, k: int, vector: bool) -> None:
        m, theme = self.metrics, self.theme
        begin = np.array(scene.start, dtype=np.float64)
        if view.within(begin):
            x, y = (float(part) for part in view.to_pixel(begin))
            markers.start(painter, x, y, m.px(5.0), theme.ink, theme.halo)
        marks = [*self.kept_clear, *arrows.paint_on_plane(painter, scene, k, view, theme, m)]
        labels: list[tuple[names.Label, Line, str]] = []
        chosen = {id(line) for line in names.named(scene.lines)}
        taken: list[tuple[float, float]] = []
        for line in scene.lines:
            if line.hidden or not len(line.path):
                continue
            at = min(k, len(line.path) - 1)
            point = line.path[at]
            lost = line.status == "diverged" and k >= line.stopped_at
            color = theme.line(line.index, line.color)
            seen = view.within(point, slack=1.0)
            if seen:
                x, y = (float(part) for part in view.to_pixel(point))
                if lost:
                    markers.cross(painter, x, y, m.head, color, theme.halo)
                else:
                    markers.head(painter, line.index, x, y, m.head, color, theme.halo)
                clear = m.head + m.gap(1.5)
            else:
                x, y, dx, dy = edge_point(view, point, m.gap(1))
                x, y = apart(view, x, y, taken, 2.6 * m.head)
                taken.append((x, y))
                markers.arrow(painter, x, y, dx, dy, m.head * 0.85, color, theme.halo)
                x, y = x - 1.2 * m.head * dx, y - 1.2 * m.head * dy
                clear = 1.6 * m.head + m.gap(1)
            if id(line) in chosen:
                text = text_of(line, k, view.width, m, None if seen else point)
                labels.append((label_at(x, y, clear, text, m), line, text))
        if not self.labels or view.width < m.px(200):
            return
        area = view.rect.adjusted(m.gap(1), m.gap(1), -m.gap(1), -m.gap(1))
        if view.within(begin):
            x, y = (float(part) for part in view.to_pixel(begin))
            ring = m.px(5.0) + m.gap(1)
            marks.append(QRectF(x - ring, y - ring, 2 * ring, 2 * ring))
        covers: list[QRectF] = []
        if scene.experiment.view.step_by_step is not None:
            from optviz.render.anatomy import Picture, room_on_surface

            lines, covers = room_on_surface(Picture.above(view), scene, k, m)
            marks += lines
        if self.key:
            foot = view.top + view.height - m.gap(1)
            room = arrows.paint_key(
                painter, scene, k, view.left + m.gap(3), foot, theme, m, vector=vector, right=area.right()
            )
            marks += [] if room.isEmpty() else [room]
        visits = self._seen(view, scene)
        paint_names(painter, labels, area, marks, visits, k, theme, m, vector=vector, texts=covers)

    def _seen(self, view: Mapping, scene: Scene) -> names.Visits | None:
        """Return where the paths run, for names that keep clear of them; the tracks have just been drawn."""
        if self._tracks is None or self._tracks[0].lines is not scene.lines:
            return None
        key = (view, self._tracks[1])
        if self._visits is None or self._visits[0] is not self._tracks[2] or self._visits[1] != key:
            local, ratio = self._tracks[1]
            cell = max(4.0, self.metrics.px(8.0))
            found = names.Visits.of(self._tracks[2], local.rect, cell * ratio)
            self._visits = (self._tracks[2], key, names.Visits(found.first, view.left, view.top, cell))
        return self._visits[2]


def flattened(points: Array, begins: npt.NDArray[np.bool_], most: float) -> npt.NDArray[np.bool_]:
    """Say which points of polylines to keep: every second one goes if it lies between its neighbours.

    Parameters
    ----------
    points, begins
        float64[n, 2] in pixels, bool[n]: where a new line begins.
    most
        How far from the way between them a point may lie to go.
    """
    keep = np.ones(len(points), np.bool_)
    middle = np.arange(1, len(points) - 1, 2)
    middle = middle[~begins[middle] & ~begins[middle + 1]]
    way, off = points[middle + 1] - points[middle - 1], points[middle] - points[middle - 1]
    across = np.abs(way[:, 0] * off[:, 1] - way[:, 1] * off[:, 0])
    keep[middle[across <= most * np.hypot(way[:, 0], way[:, 1])]] = False
    return keep


def dash(index: int, width: float) -> list[float]:
    """Return an entrant's dashes in pixels, less the line's width by which round caps lengthen each."""
    pattern = DASHES[index % len(DASHES)]
    return [
        max(0.01, part * width - width) if i % 2 == 0 else part * width + width
        for i, part in enumerate(pattern)
    ]


def image_of(rgb: Bytes) -> QImage:
    """Return uint8[h, w, 3] as an image of its own."""
    height, width = rgb.shape[:2]
    image = QImage(width, height, QImage.Format.Format_RGB32)
    pixels = strokes.memory(image)[:, :width]
    pixels[..., 0], pixels[..., 1], pixels[..., 2], pixels[..., 3] = (
        rgb[..., 2],
        rgb[..., 1],
        rgb[..., 0],
        255,
    )
    return image
