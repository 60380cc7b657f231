"""A whole frame: the surface, the curves, who takes part and how far it has got."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from optviz.backdrop import scale
from optviz.catalog import Array
from optviz.plots import Plot, eigen_entrant
from optviz.render import fonts, formula
from optviz.render.ground import laid, lay
from optviz.render.panels.curves import CurvePanel, panel_for
from optviz.render.panels.frame import lowest, paint_scale
from optviz.render.panels.legend import paint_sample
from optviz.render.panels.pictures import SurfacePictures
from optviz.render.panels.surface import GUTTER
from optviz.render.stage_layout import Layout, layout
from optviz.render.style import Metrics, Theme, number
from optviz.render.style import theme as named_theme
from optviz.scene import Line, Scene, chosen_plots
from optviz.setting import Pair

if TYPE_CHECKING:  # a frame in which no update is taken apart loads none of its code
    from optviz.render.anatomy import AnatomyPanel

_LEAST_SCALE = 0.62  # below it text is no longer read


class Stage:
    """Draws frame `k` of a scene at one size, keeping no history: only what stands still is remembered.

    Parameters
    ----------
    width, height
        Pixels.
    theme
        The name of a theme, or one itself; the scene's own otherwise.

    Attributes
    ----------
    revealed
        Of an update that is taken apart, how many parts are told; None for all of them.
    """

    def __init__(self, width: int, height: int, theme: str | Theme | None = None) -> None:
        self.width, self.height = max(1, width), max(1, height)
        self._theme_name = theme
        self.revealed: int | None = None
        self.metrics = Metrics.of(theme, max(_LEAST_SCALE, min(height / 720.0, width / 1150.0)))
        self._theme: Theme | None = None
        self._still: tuple[Scene, str, QImage] | None = None
        self._moving: tuple[Scene, frozenset[int]] | None = None
        self._chosen: tuple[Scene, list[Plot]] | None = None
        self._anatomy: AnatomyPanel | None = None
        self._built: tuple[Theme, tuple[bool, ...], bool, bool] | None = None
        self._place: tuple[Scene, Layout] | None = None
        self._surface: SurfacePictures
        self._curves: list[CurvePanel]

    def layout(self, scene: Scene) -> Layout:
        """Return where everything goes; the same for every frame of a scene."""
        if self._place is None or self._place[0] is not scene:
            self._place = (scene, layout(scene, (self.width, self.height), self.metrics))
        return self._place[1]

    # -------------------------------------------------------------- painting

    def image(self, scene: Scene, k: int) -> QImage:
        """Return frame `k` as an opaque image (Format_RGB32).

        What stands still is copied in one go and the lines go straight into its memory: nothing is blitted
        twice.
        """
        k = min(max(k, 0), max(scene.last, 0))
        self._prepare(scene)
        self._surface.revealed = self.revealed
        place = self.layout(scene)
        ground = self._surface.ground_key(scene, k)
        if self._still is None or self._still[0] is not scene or self._still[1] != ground:
            self._still = (scene, ground, self._compose_still(scene, place, k))
        image = self._still[2].copy()
        if image.isNull():
            raise MemoryError(f"no memory for a picture of {self.width} x {self.height} pixels")
        panels = self._placed_curves(scene, place)
        with QPainter(image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for panel, plot, rect in panels:
                panel.paint_cursor(painter, rect, scene, plot, k)
        self._surface.paint_lines(image, place.surface, scene, k)
        for panel, plot, rect in panels:
            panel.paint_lines(image, rect, scene, plot, k)
        with QPainter(image) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._surface.paint_marks(painter, place.surface, scene, k)
            for panel, plot, rect in panels:
                panel.paint_values(painter, rect, scene, plot, k)
            self._paint_numbers(painter, scene, k, place)
        return image

    def paint(self, painter: QPainter, scene: Scene, k: int, *, vector: bool = False) -> None:
        """Paint frame `k` with its upper left corner at the origin.

        With `vector`, lines and text stay lines and text (SVG, PDF); only the surface's colours are an image.
        """
        if not vector:
            painter.drawImage(0, 0, self.image(scene, k))
            return
        k = min(max(k, 0), max(scene.last, 0))
        self._prepare(scene)
        self._surface.revealed = self.revealed
        place = self.layout(scene)
        painter.save()
        lay(painter, QRectF(0, 0, self.width, self.height), self._colors)
        self._paint_still(painter, scene, place)
        self._surface.paint(painter, place.surface, scene, k, vector=True)
        for panel, plot, rect in self._placed_curves(scene, place):
            panel.paint(painter, rect, scene, plot, k, vector=True)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_numbers(painter, scene, k, place, vector=True)
        painter.restore()

    def _placed_curves(self, scene: Scene, place: Layout) -> list[tuple[CurvePanel, Plot, QRectF]]:
        plots = self._plots(scene, len(place.plots))
        return list(zip(self._curves, plots, place.plots, strict=False))

    def _compose_still(self, scene: Scene, place: Layout, k: int) -> QImage:
        image = laid(self.width, self.height, self._colors)
        with QPainter(image) as painter:
            self._paint_still(painter, scene, place)
            self._surface.paint_ground(painter, place.surface, scene, k)
            for panel, plot, rect in self._placed_curves(scene, place):
                panel.paint_ground(painter, rect, scene, plot)
        return image

    def _paint_numbers(
        self, painter: QPainter, scene: Scene, k: int, place: Layout, *, vector: bool = False
    ) -> None:
        if place.header is not None:
            self._paint_step(painter, scene, k, place.header)
        if place.legend is not None:
            self._paint_losses(painter, scene, k, place)
        if place.apart is not None:
            self._paint_apart(painter, place.apart, scene, k, vector=vector)

    def _paint_apart(self, painter: QPainter, rect: QRectF, scene: Scene, k: int, *, vector: bool) -> None:
        """Paint the parts of one update where the plots would be."""
        if self._anatomy is None:
            from optviz.render.anatomy import AnatomyPanel

            self._anatomy = AnatomyPanel(self._colors, self.metrics)
        self._anatomy.paint(painter, rect, scene, k, vector=vector, revealed=self.revealed)

    def point_at(self, scene: Scene, k: int, x: float, y: float) -> tuple[Scene, Pair] | None:
        """Return the race and the point of its surface under a pixel of frame `k`; None beside it."""
        k = min(max(k, 0), max(scene.last, 0))
        self._prepare(scene)
        point = self._surface.point_at(self.layout(scene).surface, scene, k, x, y)
        return None if point is None else (scene, point)

    def pixel_of(self, scene: Scene, k: int, point: Pair) -> Pair:
        """Return the pixel of a point of the surface in frame `k`, drawn in to the picture's edge."""
        k = min(max(k, 0), max(scene.last, 0))
        self._prepare(scene)
        return self._surface.pixel_of(self.layout(scene).surface, scene, k, point)

    def paint_vector(self, painter: QPainter, scene: Scene, k: int) -> None:
        """Paint frame `k` as lines and text."""
        self.paint(painter, scene, k, vector=True)

    @property
    def _colors(self) -> Theme:
        assert self._theme is not None
        return self._theme

    def _plots(self, scene: Scene, count: int) -> list[Plot]:
        """Return the plots to show; which ones is looked through once for a scene."""
        if self._chosen is not None and self._chosen[0] is scene:
            return self._chosen[1][:count]
        if scene.experiment.view.plots and scene.plots:
            self._chosen = (scene, list(chosen_plots(scene)))
            return self._chosen[1][:count]
        order = {"loss": 0, "gradient_norm": 1, "distance": 3}
        moving = any(_drifts(line) for line in scene.lines if not line.hidden)
        order["effective_rate"] = 2 if moving else 4
        chosen = sorted(scene.plots, key=lambda plot: order.get(plot.key, 5))
        self._chosen = (scene, chosen)
        return chosen[:count]

    def _prepare(self, scene: Scene) -> None:
        colors = named_theme(self._theme_name or scene.theme)
        place = self.layout(scene)
        plots = self._plots(scene, len(place.plots))
        kinds = tuple(eigen_entrant(plot.key) is not None for plot in plots)
        built = (colors, kinds, place.abreast, place.header is not None)
        if self._built == built:
            return
        self._theme, self._still, self._built, self._anatomy = colors, None, built, None
        full = place.header is not None
        self._curves = [
            panel_for(plot, colors, self.metrics, steps=place.abreast or plot is plots[-1]) for plot in plots
        ]
        self._surface = SurfacePictures(colors, self.metrics, axes=full, labels=full)

    # -------------------------------------------------------------- what stands still

    def _paint_still(self, painter: QPainter, scene: Scene, place: Layout) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        m, colors = self.metrics, self._colors
        if place.header is not None:
            box = place.header
            middle = box.center().y() + m.gap(0.5)
            left = place.surface.x() + m.gap(GUTTER)
            room = box.right() - left - self._step_width(scene) - m.gap(6)
            face = fonts.fitting(scene.title, (m.large, m.medium, m.small), room)
            title = fonts.elided(scene.title, face, room)
            fonts.write(painter, left, middle + fonts.rise(face) / 2, title, face, colors.ink)
            used = fonts.width(title, face) + m.gap(6)
            names = ", ".join(scene.problem.surface.axes).replace("₁", "_1").replace("₂", "_2")
            latex = f"f({names}) = {scene.formula}"
            for pixels in (m.large, m.medium):  # a formula that fits at neither size is left out
                if formula.draw(painter, latex, left + used, middle, pixels, colors.muted, room - used):
                    break
        if place.scale is not None:
            limits = self._surface.limits(place.surface, scene)
            how = scale(scene.problem, *limits, scene.company)
            among = lowest(scene)
            paint_scale(painter, place.scale, how, colors, m, self._surface.colormap, lowest=among)
        if place.legend is not None:
            self._paint_legend(painter, scene, place)

    def _step_width(self, scene: Scene) -> float:
        return fonts.width(_step_text(scene.last, scene.last), fonts.font(self.metrics.medium))

    def _columns(self, scene: Scene, box: QRectF) -> tuple[float, float, float, float]:
        """Return the left edge of names, the right edges of rates and losses, the left edge of statuses."""
        m = self.metrics
        face = fonts.font(m.small)
        words = max(fonts.width(_tr(word), face) for word in ("converged", "diverged"))
        ended = any(line.status in ("converged", "diverged") for line in scene.lines if not line.hidden)
        status = box.right() - words if ended else box.right()
        loss = status - m.gap(3) if ended else status
        rate = loss - fonts.width("8.88×10⁻⁸⁸", face) - m.gap(4)
        return box.left() + m.gap(11), rate, loss, status

    def _rates_shown(self, name: float, rate: float) -> bool:
        face = fonts.font(self.metrics.small)
        return rate - name - fonts.width(_tr("learning rate"), face) > self.metrics.px(96)

    def _rows(self, scene: Scene, place: Layout) -> list[tuple[Line, float]]:
        """Return the entrants in the legend with the heights of their middles."""
        assert place.legend is not None
        row = self.metrics.gap(6)
        shown = [line for line in scene.lines if not line.hidden][: place.rows]
        return [(line, place.legend.y() + (i + 1.5) * row) for i, line in enumerate(shown)]

    def _paint_legend(self, painter: QPainter, scene: Scene, place: Layout) -> None:
        m, colors, box = self.metrics, self._colors, place.legend
        assert box is not None
        face = fonts.font(m.small)
        rise, row = fonts.rise(face), m.gap(6)
        name, rate, loss, _ = self._columns(scene, box)
        base = box.y() + row / 2 + rise / 2
        wide = self._rates_shown(name, rate)
        if wide:
            fonts.write(painter, rate, base, _tr("learning rate"), face, colors.muted, fonts.RIGHT)
        fonts.write(painter, loss, base, _tr("loss"), face, colors.muted, fonts.RIGHT)
        fonts.write(painter, box.left(), base, _tr("optimizer"), face, colors.muted)
        painter.setPen(QPen(QColor(colors.hairline), m.hairline))
        line_y = round(box.y() + row) + m.hairline / 2
        painter.drawLine(QPointF(box.left(), line_y), QPointF(box.right(), line_y))
        for line, middle in self._rows(scene, place):
            color = colors.line(line.index, line.color)
            paint_sample(painter, line.index, color, box.left(), middle, colors, m)
            rates = line.learning_rate if wide else np.empty(0)
            still = not _moves(rates)
            value = number(float(rates[0])) if still and len(rates) else ""
            widest = value if still else max((_rate(float(v)) for v in (rates.min(), rates.max())), key=len)
            room = (rate - fonts.width(widest, face) - m.gap(2) if wide else rate + m.gap(2)) - name
            fonts.write(
                painter, name, middle + rise / 2, fonts.elided(line.label, face, room), face, colors.ink
            )
            fonts.write(painter, rate, middle + rise / 2, value, face, colors.ink, fonts.RIGHT)
        hidden = sum(not line.hidden for line in scene.lines) - place.rows
        if hidden > 0:
            text = _tr("and {count} more").format(count=hidden)
            fonts.write(
                painter, name, box.y() + (place.rows + 1.5) * row + rise / 2, text, face, colors.muted
            )

    # -------------------------------------------------------------- what moves

    def _moving_rates(self, scene: Scene) -> frozenset[int]:
        """Return the identities of the lines whose learning rate moves; looked through once for a scene."""
        if self._moving is None or self._moving[0] is not scene:
            lines = (id(line) for line in scene.lines if _moves(line.learning_rate))
            self._moving = (scene, frozenset(lines))
        return self._moving[1]

    def _paint_step(self, painter: QPainter, scene: Scene, k: int, box: QRectF) -> None:
        face = fonts.font(self.metrics.medium)
        middle = box.center().y() + self.metrics.gap(0.5)
        text = _step_text(k, scene.last)
        fonts.write_moving(
            painter, box.right(), middle + fonts.rise(face) / 2, text, face, self._colors.muted, fonts.RIGHT
        )

    def _paint_losses(self, painter: QPainter, scene: Scene, k: int, place: Layout) -> None:
        m, colors = self.metrics, self._colors
        assert place.legend is not None
        face = fonts.font(m.small)
        rise = fonts.rise(face)
        name, rate, loss, status = self._columns(scene, place.legend)
        wide = self._rates_shown(name, rate)
        moving = self._moving_rates(scene)
        for line, middle in self._rows(scene, place):
            if not len(line.loss):
                continue
            rates = line.learning_rate
            if wide and id(line) in moving:
                text = _rate(float(rates[min(k, len(rates) - 1)]))
                fonts.write_moving(painter, rate, middle + rise / 2, text, face, colors.ink, fonts.RIGHT)
            value = number(float(line.loss[min(k, len(line.loss) - 1)]), fixed=True)
            fonts.write_moving(painter, loss, middle + rise / 2, value, face, colors.ink, fonts.RIGHT)
            if k >= line.stopped_at and line.status in ("converged", "diverged"):
                color = colors.ink if line.status == "diverged" else colors.muted
                fonts.write_moving(painter, status, middle + rise / 2, _tr(line.status), face, color)


def _tr(text: str) -> str:
    return QCoreApplication.translate("Stage", text)


def _moves(rates: Array) -> bool:
    return len(rates) > 0 and bool(np.any(rates != rates[0]))


def _drifts(line: Line) -> bool:
    """Say whether the rate of an entrant is scheduled, or ends elsewhere than it began.

    The effective rate of momentum swings about one value: that says less than the distance does.
    """
    if _moves(line.learning_rate):
        return True
    seen = line.effective_rate[np.isfinite(line.effective_rate) & (line.effective_rate > 0.0)]
    part = len(seen) // 4
    return part > 0 and bool(abs(np.log(np.median(seen[:part]) / np.median(seen[-part:]))) > np.log(2.0))


def _rate(value: float) -> str:
    return number(value, fixed=True)


def _step_text(k: int, last: int) -> str:
    return _tr("step {k} of {last}").format(k=k, last=last)
