"""A whole frame of a comparison: both surfaces beside each other, or the one between them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from optviz import companions
from optviz.backdrop import scale
from optviz.camera import Camera
from optviz.readings import followed, read
from optviz.render import fonts
from optviz.render.ground import laid, lay
from optviz.render.panels.activation_panel import ActivationPanel
from optviz.render.panels.balls import BallsPanel
from optviz.render.panels.caption import CaptionPanel, common, differences
from optviz.render.panels.frame import lowest, paint_scale
from optviz.render.panels.histogram import HistogramPanel
from optviz.render.panels.legend import LegendPanel
from optviz.render.panels.pictures import SurfacePictures
from optviz.render.panels.readings import ReadingsPanel
from optviz.render.panels.regularization import RegularizationPanel
from optviz.render.panels.surface import GUTTER
from optviz.render.reshape_layout import ReshapeLayout, layout
from optviz.render.style import Metrics, Theme
from optviz.render.style import theme as named_theme
from optviz.reshape import ReshapeScene
from optviz.scene import Scene
from optviz.setting import MORPH_FRAMES

_LEAST_SCALE = 0.62  # below it text is no longer read

Pair = tuple[float, float]


class ReshapeStage:
    """Draws frames of a comparison at one size, keeping no history: only what stands still is remembered.

    Parameters
    ----------
    width, height
        Pixels.
    theme
        The name of a theme, or one itself; the scene's own otherwise.
    """

    def __init__(self, width: int, height: int, theme: str | Theme | None = None) -> None:
        self.width, self.height = max(1, width), max(1, height)
        self._theme_name = theme
        self.metrics = Metrics.of(theme, max(_LEAST_SCALE, min(height / 720.0, width / 1200.0)))
        self._theme: Theme | None = None
        self._full: bool | None = None
        self._still: tuple[ReshapeScene, tuple[str, ...], QImage] | None = None
        self._place: tuple[ReshapeScene, ReshapeLayout] | None = None
        self._surfaces: tuple[SurfacePictures, ...]
        self._panels: _Panels

    # -------------------------------------------------------------- painting

    def layout(self, scene: ReshapeScene) -> ReshapeLayout:
        """Return where everything goes; the same for every frame of a scene."""
        if self._place is None or self._place[0] is not scene:
            self._place = (scene, layout(scene, (self.width, self.height), self.metrics))
        return self._place[1]

    def image(self, scene: ReshapeScene, k: int) -> QImage:
        """Return the frame of step `k` of the race as an opaque image (Format_RGB32)."""
        k = min(max(k, 0), scene.experiment.steps)
        self._prepare(scene)
        place = self.layout(scene)
        grounds = tuple(p.ground_key(s, k) for p, s in zip(self._surfaces, scene.shown, strict=True))
        if self._still is None or self._still[0] is not scene or self._still[1] != grounds:
            self._still = (scene, grounds, self._compose_still(scene, place, k))
        image = self._still[2].copy()
        if image.isNull():
            raise MemoryError(f"no memory for a picture of {self.width} x {self.height} pixels")
        camera = self._camera(scene, k)
        placed = list(zip(self._surfaces, place.surfaces, scene.shown, strict=True))
        for panel, rect, one in placed:
            panel.paint_lines(image, rect, one, k, camera)
        with QPainter(image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for panel, rect, one in placed:
                panel.paint_marks(painter, rect, one, k, camera)
            self._paint_numbers(painter, scene, k, place, vector=False)
        return image

    def paint(self, painter: QPainter, scene: ReshapeScene, k: int, *, vector: bool = False) -> None:
        """Paint the frame of step `k` with its upper left corner at the origin.

        With `vector`, lines and text stay lines and text (SVG, PDF); only the surfaces' colours are images.
        """
        if not vector:
            painter.drawImage(0, 0, self.image(scene, k))
            return
        k = min(max(k, 0), scene.experiment.steps)
        self._prepare(scene)
        place = self.layout(scene)
        painter.save()
        lay(painter, QRectF(0, 0, self.width, self.height), self._colors)
        self._paint_still(painter, scene, place)
        for panel, rect, one in zip(self._surfaces, place.surfaces, scene.shown, strict=True):
            panel.paint(painter, rect, one, k, self._camera(scene, k), vector=True)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_numbers(painter, scene, k, place, vector=True)
        painter.restore()

    def paint_vector(self, painter: QPainter, scene: ReshapeScene, k: int) -> None:
        """Paint the frame of step `k` as lines and text."""
        self.paint(painter, scene, k, vector=True)

    def point_at(self, scene: ReshapeScene, k: int, x: float, y: float) -> tuple[Scene, Pair] | None:
        """Return the side, and the point of its surface, under a pixel of step `k`; None beside both."""
        k = min(max(k, 0), scene.experiment.steps)
        self._prepare(scene)
        camera = self._camera(scene, k)
        placed = zip(self._surfaces, self.layout(scene).surfaces, scene.shown, strict=True)
        for panel, rect, one in placed:
            point = panel.point_at(rect, one, k, x, y, camera) if rect.contains(x, y) else None
            if point is not None:
                return one, point
        return None

    def pixel_of(self, scene: ReshapeScene, k: int, side: int, point: Pair) -> Pair:
        """Return the pixel of a point of the surface `scene.shown[side]` at step `k`, as `Stage.pixel_of`."""
        k = min(max(k, 0), scene.experiment.steps)
        self._prepare(scene)
        rect, one = self.layout(scene).surfaces[side], scene.shown[side]
        return self._surfaces[side].pixel_of(rect, one, k, point, self._camera(scene, k))

    @staticmethod
    def _camera(scene: ReshapeScene, k: int) -> Camera:
        """Return where the surfaces are seen from: a film from before to after has frames of its own."""
        reshape = scene.experiment.reshape
        if reshape is not None and reshape.film == "morph" and scene.between is not None:
            k = round(reshape.morph * MORPH_FRAMES)
        return scene.experiment.view.camera_at(k)

    @property
    def _colors(self) -> Theme:
        assert self._theme is not None
        return self._theme

    def _prepare(self, scene: ReshapeScene) -> None:
        colors = named_theme(self._theme_name or scene.theme)
        full = self.layout(scene).header is not None
        if self._theme is colors and self._full == full and len(self._surfaces) == len(scene.shown):
            return
        self._theme, self._full, self._still = colors, full, None
        self._surfaces = tuple(
            SurfacePictures(colors, self.metrics, axes=full, labels=full) for _ in scene.shown
        )
        self._panels = _Panels(colors, self.metrics)

    def _compose_still(self, scene: ReshapeScene, place: ReshapeLayout, k: int) -> QImage:
        image = laid(self.width, self.height, self._colors)
        with QPainter(image) as painter:
            self._paint_still(painter, scene, place)
            for panel, rect, one in zip(self._surfaces, place.surfaces, scene.shown, strict=True):
                panel.paint_ground(painter, rect, one, k)
        return image

    # -------------------------------------------------------------- what stands still

    def _paint_still(self, painter: QPainter, scene: ReshapeScene, place: ReshapeLayout) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        m, colors, panels = self.metrics, self._colors, self._panels
        if place.header is not None:
            self._paint_title(painter, scene, place)
        texts = differences(scene.experiment)
        if scene.between is None:
            for rect, side, text in zip(place.captions, ("before", "after"), texts, strict=False):
                panels.caption.paint(painter, rect, side, text)
        elif place.captions:
            text = _tr("from {before} to {after}").format(before=texts[0], after=texts[1])
            panels.caption.paint(painter, place.captions[0], "", text)
        surfaces = zip(self._surfaces, place.surfaces, scene.shown, strict=True)
        for rect, (panel, where, one) in zip(place.scales, surfaces, strict=False):
            how = scale(one.problem, *panel.limits(where, one), one.company)
            paint_scale(painter, rect, how, colors, m, panel.colormap, lowest=lowest(one))
        if place.legend is not None:
            panels.legend.paint_still(painter, place.legend, scene.shown)
        if place.bar is not None:
            self._paint_bar(painter, scene, place.bar, texts)
        panels.paint_still(painter, scene, place.small)

    def _paint_title(self, painter: QPainter, scene: ReshapeScene, place: ReshapeLayout) -> None:
        m, colors, box = self.metrics, self._colors, place.header
        assert box is not None
        middle = box.center().y() + m.gap(0.5)
        small = fonts.font(m.small)
        left = place.surfaces[0].x() + m.gap(GUTTER)
        step = fonts.width(self._step(scene, scene.experiment.steps), fonts.font(m.medium))
        room = box.right() - left - step
        face = fonts.fitting(scene.title, (m.large, m.medium), room - m.gap(6))
        title = fonts.elided(scene.title, face, room - m.gap(6))
        base = middle + fonts.rise(face) / 2
        fonts.write(painter, left, base, title, face, colors.ink)
        name = scene.experiment.surface_name
        parts = [name if name != scene.title else "", common(scene.experiment)]
        text = ": ".join(part for part in parts if part)
        at = left + fonts.width(title, face) + m.gap(5)
        text = text if at + fonts.width(text, small) < left + room - m.gap(6) else parts[0]
        if at + fonts.width(text, small) < left + room - m.gap(6):
            fonts.write(painter, at, base, text, small, colors.muted)

    def _paint_bar(self, painter: QPainter, scene: ReshapeScene, box: QRectF, texts: tuple[str, str]) -> None:
        """Paint the way from before to after, and how far along it the picture is."""
        m, colors = self.metrics, self._colors
        reshape = scene.experiment.reshape
        assert reshape is not None
        face, small = fonts.font(m.medium), fonts.font(m.small)
        rise = fonts.rise(face)
        y = box.y() + m.gap(3)
        start, end = box.x() + m.gap(1.5), box.right() - m.gap(1.5)
        at = start + reshape.morph * (end - start)
        cap = Qt.PenCapStyle.RoundCap
        for a, b, color in ((start, end, colors.hairline), (start, at, colors.accent)):
            painter.setPen(QPen(QColor(color), m.px(4.0), Qt.PenStyle.SolidLine, cap))
            painter.drawLine(QPointF(a, y), QPointF(b, y))
        painter.setPen(QPen(QColor(colors.page), m.px(1.5)))
        painter.setBrush(QColor(colors.accent))
        painter.drawEllipse(QPointF(at, y), m.px(7.0), m.px(7.0))
        below = y + m.gap(4) + fonts.rise(small)
        sides = zip((_tr("before"), _tr("after")), texts, (fonts.LEFT, fonts.RIGHT), strict=True)
        for word, text, align in sides:
            x = box.x() if align == fonts.LEFT else box.right()
            color = colors.muted if align == fonts.LEFT else colors.text(colors.accent)
            fonts.write(painter, x, below, word, small, color, align)
            text = fonts.elided(text, face, 0.49 * box.width())
            fonts.write(painter, x, below + m.gap(3) + rise, text, face, colors.ink, align)

    # -------------------------------------------------------------- what moves

    def _step(self, scene: ReshapeScene, k: int) -> str:
        reshape = scene.experiment.reshape
        assert reshape is not None
        step = _tr("step {k} of {last}").format(k=k, last=scene.experiment.steps)
        if scene.between is None:
            return step
        way = _tr("t = {share} of the way").format(share=f"{reshape.morph:.2f}")
        return way if reshape.film == "morph" else f"{way}, {step}"

    def _paint_numbers(
        self, painter: QPainter, scene: ReshapeScene, k: int, place: ReshapeLayout, *, vector: bool
    ) -> None:
        m, colors, panels = self.metrics, self._colors, self._panels
        if place.header is not None:
            face = fonts.font(m.medium)
            base = place.header.center().y() + m.gap(0.5) + fonts.rise(face) / 2
            text = self._step(scene, k)
            fonts.write_moving(painter, place.header.right(), base, text, face, colors.muted, fonts.RIGHT)
        with np.errstate(all="ignore"):
            for rect, one in zip(place.readings, scene.shown, strict=False):
                line = followed(one)
                readings = read(one, k, line=line)
                panels.readings.paint(painter, rect, readings, line.label, vector=vector)
            if place.legend is not None:
                panels.legend.paint_losses(painter, place.legend, scene.shown, k)
            panels.paint(painter, scene, place.small, k)


class _Panels:
    """The parts of a frame around the surfaces."""

    def __init__(self, theme: Theme, metrics: Metrics) -> None:
        self.caption = CaptionPanel(theme, metrics)
        self.readings = ReadingsPanel(theme, metrics)
        self.legend = LegendPanel(theme, metrics)
        self.activation = ActivationPanel(theme, metrics)
        self.histogram = HistogramPanel(theme, metrics)
        self.balls = BallsPanel(theme, metrics)
        self.paths = RegularizationPanel(theme, metrics)

    def paint_still(
        self, painter: QPainter, scene: ReshapeScene, small: tuple[tuple[str, QRectF], ...]
    ) -> None:
        """Paint the small pictures that are the same at every step."""
        main = scene.main
        for name, rect in small:
            if name == "paths":
                with np.errstate(all="ignore"):
                    paths = companions.paths(main.problem)
                self.paths.paint(painter, rect, paths, (main.xlim, main.ylim))

    def paint(
        self, painter: QPainter, scene: ReshapeScene, small: tuple[tuple[str, QRectF], ...], k: int
    ) -> None:
        """Paint the small pictures that follow step `k`."""
        main = scene.main
        limits = (main.xlim, main.ylim)
        sides = [(one, cursor(one if scene.between is None else main, k)[1]) for one in _sides(scene)]
        for name, rect in small:
            if name == "activation":
                one, two = (companions.activation_curve(*side) for side in sides)
                self.activation.paint(painter, rect, (one, two))
            elif name == "histogram":
                before, after = (companions.spread(*side) for side in sides)
                self.histogram.paint(painter, rect, (before, after))
            elif name == "balls":
                point = cursor(main, k)[1]
                part = self.balls.part(rect, point, limits, companions.reach_of(main).ball)
                self.balls.paint(painter, rect, companions.balls(main.problem, point, part), point, part)


def _sides(scene: ReshapeScene) -> tuple[Scene, Scene]:
    return scene.before, scene.after


def cursor(scene: Scene, k: int) -> tuple[str, Pair]:
    """Return the entrant that is followed, by name, and where it is at step `k`.

    The first one shown that does not diverge; where all do, the first.
    """
    line = followed(scene)
    x, y = line.path[min(k, line.stopped_at)].tolist()
    return line.label, (x, y)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Stage", text)
