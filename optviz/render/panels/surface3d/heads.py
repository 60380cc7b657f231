"""Where entrants are, in three dimensions: lit spheres with shadows, arrows to those outside, and names."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from optviz.catalog import Array
from optviz.colors import mix, rgb_of
from optviz.kernels.height_field import Triple, draw_ball, draw_shadow
from optviz.projection import Projection
from optviz.render.panels import arrows, labels, markers
from optviz.render.panels.labels import Label, Visits
from optviz.render.panels.names import label_at, paint_names, text_of
from optviz.render.panels.surface3d.paths import Sight
from optviz.render.style import Metrics, Theme
from optviz.scene import Line, Scene

_BALL = 1.25  # its radius, that of a head in the contour picture being 1
_DIM = 0.3  # how much of a hidden one is seen
_SHADOW, _REACH = 0.42, 2.3  # strength of a shadow, and its radius in radii of the ball
_RINGS = 10  # shades of a ball, and of a shadow, in a drawing of vectors
_LEAST = 200.0  # pixels: a narrower picture has no names
_TELLING = 420.0  # pixels: a narrower one does not say where those outside are

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Ball:
    """The head of an entrant inside the box.

    Attributes
    ----------
    foot, middle
        Where it touches the surface and where its middle is, (u, v, w).
    at
        Where its middle is on the screen: x, y and 1 over its distance.
    size
        Its radius in the box.
    radius
        In pixels.
    color
        "#rrggbb".
    shown
        Whether its foot is in sight.
    """

    foot: Array
    middle: Array
    at: tuple[float, float, float]
    size: float
    radius: float
    color: str
    shown: bool


def _head(line: Line, k: int) -> tuple[Array, float]:
    at = min(k, len(line.path) - 1)
    return line.path[at], float(line.loss[at])


def _is_lost(line: Line, k: int) -> bool:
    return line.status == "diverged" and k >= line.stopped_at


def balls(sight: Sight, scene: Scene, k: int, theme: Theme, head: float) -> list[Ball]:
    """Return the spheres of frame `k`, the farthest first; `head` is the radius of a head in pixels."""
    view = sight.view
    far = view.unit * float(np.linalg.norm(view.eye))
    made = []
    for line in scene.lines:
        if line.hidden or not len(line.path) or _is_lost(line, k):
            continue
        point, loss = _head(line, k)
        foot = view.box.place(point, np.asarray(loss))
        if not view.holds(foot) or not np.isfinite(foot).all():
            continue
        radius = _BALL * head
        middle = foot + np.array([0.0, 0.0, 0.9 * radius / (far * float(view.seen(foot)[2]))])
        x, y, near = view.seen(middle).tolist()
        color = theme.line(line.index, line.color)
        shown = sight.shows_one(sight.surface.on(foot))
        made.append(Ball(foot, middle, (x, y, near), radius / (far * near), radius, color, shown))
    return sorted(made, key=lambda ball: ball.at[2])


@lru_cache(maxsize=64)
def _rgb(color: str) -> tuple[int, int, int]:
    red, green, blue = (round(255 * float(part)) for part in rgb_of(color))
    return red, green, blue


def shade(pixels: Pixels, sight: Sight, ball: Ball) -> None:
    """Draw the shadow of a ball on what is under it."""
    if not ball.shown:
        return
    view = sight.view
    u, v, w = ball.foot.tolist()
    draw_shadow(pixels, sight.depth, view.matrix, (u, v, w), _REACH * ball.size, _SHADOW)


def _lamp(view: Projection, direction: Triple) -> Triple:
    """Return a direction of the box in the camera's axes: right, down, towards the eye."""
    right, up, toward = view.axes
    light = np.array(direction)
    return float(right @ light), -float(up @ light), float(toward @ light)


def draw(pixels: Pixels, sight: Sight, ball: Ball, direction: Triple) -> None:
    """Draw a ball among pixels: what of it is hidden is dim."""
    view = sight.view
    x, y, near = ball.at
    relief, lamp, color = ball.size * near, _lamp(view, direction), _rgb(ball.color)
    draw_ball(pixels, sight.nothing, x, y, near, ball.radius, color, direction=lamp, opacity=_DIM)
    if ball.shown:
        draw_ball(pixels, sight.depth, x, y, near, ball.radius, color, relief=relief, direction=lamp)


def paint_shadow(painter: QPainter, view: Projection, ball: Ball) -> None:
    """Paint the shadow of a ball as a shape."""
    if not ball.shown:
        return
    x, y = view.seen(ball.foot)[:2].tolist()
    flat = max(abs(math.sin(math.radians(view.camera.elevation))), 0.1)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor.fromRgbF(0.0, 0.0, 0.0, _SHADOW / _RINGS))
    for i in range(_RINGS):
        radius = 1.7 * ball.radius * (i + 1) / _RINGS
        painter.drawEllipse(QPointF(x, y), radius, flat * radius)


def paint(painter: QPainter, view: Projection, ball: Ball, direction: Triple) -> None:
    """Paint a ball as shapes, a circle for each shade: no format of vectors lacks those. Dim if hidden."""
    x, y, _ = ball.at
    right, down, _ = _lamp(view, direction)
    painter.setPen(Qt.PenStyle.NoPen)
    if not ball.shown:
        color = QColor(ball.color)
        color.setAlphaF(_DIM)
        painter.setBrush(color)
        painter.drawEllipse(QPointF(x, y), ball.radius, ball.radius)
        return
    for i in range(_RINGS + 1):
        share = i / _RINGS
        dark, bright = 0.42 * (1.0 - share / 0.7), 0.75 * (share - 0.7) / 0.3
        tint = mix(ball.color, "#000000", dark) if dark > 0.0 else mix(ball.color, "#ffffff", bright)
        painter.setBrush(QColor(tint))
        off, radius = 0.5 * share * ball.radius, (1.0 - 0.93 * share) * ball.radius
        painter.drawEllipse(QPointF(x + off * right, y + off * down), radius, radius)


# ------------------------------------------------------------------ outside


def _edge(view: Projection, scene: Scene, point: Array, place: Array) -> tuple[Array, Array]:
    """Return where the way to a head leaves the box, and a place a little further on that way."""
    half = np.array(view.box.half)
    limits = np.array([view.box.xlim, view.box.ylim])
    with np.errstate(all="ignore"):
        way = 0.5 * point - 0.25 * limits.sum(axis=1)  # halved: the largest numbers must not overflow
        way = way / (np.max(np.abs(way)) or 1.0) / (0.5 * limits[:, 1] - 0.5 * limits[:, 0])
        way = way / (np.max(np.abs(way)) or 1.0) * half[:2]
    if not np.isfinite(way).all() or not way.any():
        way = np.array([half[0], 0.0])
    if np.all(np.abs(place[:2]) <= half[:2]):  # it lies above the box
        exit_ = np.array([place[0], place[1], half[2]])
        return exit_, exit_ + np.array([0.0, 0.0, 0.1])
    x, y = view.box.data(way).tolist()
    with np.errstate(all="ignore"):
        level = float(view.box.level(np.asarray(scene.problem.loss(x, y))))
    level = min(level, float(half[2])) if math.isfinite(level) else -float(half[2])
    exit_ = np.array([*way, level])
    return exit_, exit_ + 0.1 * np.array([*way, 0.0])


def _clamped(view: Projection, x: float, y: float, inset: float) -> tuple[float, float, float, float] | None:
    """Return where the way from the middle of the picture to a far pixel leaves it, and its direction."""
    if view.inside(x, y, -inset):
        return None
    middle_x, middle_y = view.left + 0.5 * view.width, view.top + 0.5 * view.height
    dx, dy = x - middle_x, y - middle_y
    length = math.hypot(dx, dy)
    if not math.isfinite(length):
        return middle_x, view.top + inset, 0.0, -1.0
    dx, dy = dx / length, dy / length
    across, down = 0.5 * view.width - inset, 0.5 * view.height - inset
    reach = min(across / abs(dx) if dx else math.inf, down / abs(dy) if dy else math.inf)
    return middle_x + reach * dx, middle_y + reach * dy, dx, dy


def _spaced(
    x: float, y: float, dx: float, dy: float, taken: list[tuple[float, float]], apart: float
) -> tuple[float, float]:
    """Move an arrow across its direction until it stands clear of the others."""
    for step in range(2 * len(taken) + 1):
        shift = (step + 1) // 2 * (1 if step % 2 else -1) * apart
        spot = (x - dy * shift, y + dx * shift)
        if all(math.hypot(spot[0] - a, spot[1] - b) >= 0.99 * apart for a, b in taken):
            return spot
    return x, y


def paint_marks(
    painter: QPainter, view: Projection, sight: Sight, scene: Scene, k: int, theme: Theme, m: Metrics, *,
    names: bool, key: bool, vector: bool, visits: Visits | None = None, numbers: Sequence[QRectF] = (),
) -> None:  # fmt: skip
    """Paint the start, crosses of entrants that diverged, arrows to those outside, and names.

    Names keep clear of `numbers`, the room of what is written on the axes.
    """
    ring = _paint_start(painter, view, sight, scene, theme, m)
    marks = _paint_arrows(painter, view, sight, scene, k, theme, m)
    chosen = {id(line) for line in labels.named(scene.lines)}
    named: list[tuple[Label, Line, str]] = []
    taken: list[tuple[float, float]] = []
    inset = m.gap(2)
    for line in scene.lines:
        if line.hidden or not len(line.path):
            continue
        point, loss = _head(line, k)
        place = view.box.place(point, np.asarray(loss))
        color = theme.line(line.index, line.color)
        away: Array | None = None
        if np.isfinite(place).all() and view.holds(place):
            x, y = view.seen(place)[:2].tolist()
            y -= 0.0 if _is_lost(line, k) else 0.7 * m.head
            out = _clamped(view, x, y, inset)
        else:
            leave, beyond = _edge(view, scene, point, place)
            (x, y), (to_x, to_y) = view.seen(np.array([leave, beyond]))[:, :2].tolist()
            length = math.hypot(to_x - x, to_y - y)
            out = _clamped(view, x, y, inset)
            if out is None:
                way = ((to_x - x) / length, (to_y - y) / length) if length > 1e-6 else (0.0, -1.0)
                out = (x, y, *way)
        if out is None:
            if _is_lost(line, k):
                markers.cross(painter, x, y, m.head, color, theme.halo)
            clear = _BALL * m.head + m.gap(1.5)
        else:
            x, y, dx, dy = out
            x, y = _spaced(x, y, dx, dy, taken, 2.6 * m.head)
            taken.append((x, y))
            markers.arrow(painter, x, y, dx, dy, 0.85 * m.head, color, theme.halo)
            x, y = x - 1.2 * m.head * dx, y - 1.2 * m.head * dy
            clear, away = 1.6 * m.head + m.gap(1), point if view.width >= m.px(_TELLING) else None
        if id(line) in chosen:
            text = text_of(line, k, view.width, m, away)
            named.append((label_at(x, y, clear, text, m), line, text))
    if names and view.width >= m.px(_LEAST):
        rect = QRectF(view.left, view.top, view.width, view.height)
        area = rect.adjusted(m.gap(1), m.gap(1), -m.gap(1), -m.gap(1))
        marks += [ring] if ring is not None else []
        if scene.experiment.view.step_by_step is not None:
            from optviz.render.anatomy import Picture, room_on_surface

            lines, covers = room_on_surface(Picture.solid(view, scene, k), scene, k, m)
            marks, numbers = [*marks, *lines], [*numbers, *covers]
        if key:
            foot = rect.bottom() - m.gap(1)
            room = arrows.paint_key(
                painter, scene, k, rect.left() + m.gap(3), foot, theme, m, vector=vector, right=area.right()
            )
            marks += [] if room.isEmpty() else [room]
        paint_names(painter, named, area, marks, visits, k, theme, m, vector=vector, texts=numbers)


def _paint_start(
    painter: QPainter, view: Projection, sight: Sight, scene: Scene, theme: Theme, m: Metrics
) -> QRectF | None:
    """Paint the ring at the start, dim where it is hidden, and return the room it takes."""
    start = np.array(scene.start, dtype=np.float64)
    with np.errstate(all="ignore"):
        loss = next((line.loss[0] for line in scene.lines if len(line.loss)), np.nan)
    place = view.box.place(start, np.asarray(loss))
    if not np.isfinite(place).all() or not view.holds(place):
        return None
    x, y = view.seen(place)[:2].tolist()
    if not view.inside(x, y):
        return None
    shown = sight.shows_one(sight.surface.on(place))
    painter.save()
    painter.setOpacity(1.0 if shown else _DIM)
    markers.start(painter, x, y, m.px(5.0), theme.ink, theme.halo)
    painter.restore()
    ring = m.px(5.0) + m.gap(1)
    return QRectF(x - ring, y - ring, 2 * ring, 2 * ring)


def _paint_arrows(
    painter: QPainter, view: Projection, sight: Sight, scene: Scene, k: int, theme: Theme, m: Metrics
) -> list[QRectF]:
    """Paint the arrows at the heads, each on the plane that touches the surface there, dim at hidden heads.

    Lengths are those of arrows in the box, so that they turn with it: the longest of a kind is as long as
    `arrows.LONGEST` pixels are in the middle of the box. Returns the room that they take.
    """
    found = arrows.arrows(scene, k)
    room: list[QRectF] = []
    if not found:
        return room
    half = np.array(view.box.half)
    limits = np.array([view.box.xlim, view.box.ylim])
    to_base = half[:2] / (0.5 * limits[:, 1] - 0.5 * limits[:, 0])
    unit = view.unit / view.camera.zoom
    for arrow in found:
        x, y = arrow.point.tolist()
        with np.errstate(all="ignore"):
            loss, gx, gy = (np.asarray(part) for part in scene.problem.evaluate(x, y))
            place = view.box.place(arrow.point, loss)
            slope = 2.0 * half[2] * float(view.box.heights.slope(loss))
            way = arrow.vector / np.max(np.abs(arrow.vector))
            rise = slope * float(gx * way[0] + gy * way[1])
        if not np.isfinite(place).all() or not view.holds(place):
            continue
        tangent = np.array([*(way * to_base), rise if math.isfinite(rise) else 0.0])
        if not tangent.any():
            continue
        tangent *= m.px(arrows.LONGEST[arrow.kind]) / unit * arrow.share / float(np.linalg.norm(tangent))
        spots = view.seen(np.array([place, place + tangent]))[:, :2].tolist()
        strength = 1.0 if sight.shows_one(sight.surface.on(place)) else 2.0 * _DIM
        arrows.paint(painter, arrow.kind, tuple(spots[0]), tuple(spots[1]), theme, m, strength=strength)
        room += arrows.room(tuple(spots[0]), tuple(spots[1]), m)
    return room
