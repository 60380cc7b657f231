"""The key to the colours of a map that shows numbers: a slim bar, its values, and what they are."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from optviz.maps.scene import MapScene
from optviz.render import fonts
from optviz.render.maps.shades import Bytes
from optviz.render.maps.start_panel import colors_of, opponents
from optviz.render.panels import axes
from optviz.render.panels.surface import image_of
from optviz.render.style import Metrics, Theme, number, power_of_ten

_SAME = 1e-9


def has_key(scene: MapScene) -> bool:
    """Say whether the colours of a map are those of a scale."""
    return scene.kind in ("steps", "loss", "difference", "sensitivity")


def paint_key(
    painter: QPainter, rect: QRectF, scene: MapScene, theme: Theme, m: Metrics, colormap: str
) -> None:
    """Paint the key of a map into `rect`."""
    how, face = scene.scale, fonts.font(m.small)
    colors = colors_of(scene, theme, colormap)
    if scene.kind == "difference":
        _paint_duel(painter, rect, scene, colors, theme, m)
        return
    if not how.high > how.low:
        return
    bar = QRectF(rect.x(), rect.y(), round(min(0.55 * rect.width(), m.px(340))), m.gap(2))
    _paint_bar(painter, bar, colors, theme, m)
    values = axes.log_marks(how.low, how.high, 5) if how.log else axes.ticks(how.low, how.high, 6)
    fits = bar.width() / 6 if not how.log else bar.width()
    texts, note = axes.numbered(values, lambda text: fonts.width(text, face) <= fits)
    marks = []
    for value, text in zip(values, texts, strict=True):
        if how.log:
            share = math.log(value / how.low) / math.log(how.high / how.low)
        else:
            share = (value / 2 - how.low / 2) / (how.high / 2 - how.low / 2)
        marks.append((share, text))
    ends = (how.low, how.high)
    said = ["" if note else _end(value, how.log) for value in ends]
    _paint_marks(painter, bar, marks, said, scene.beyond, theme, m)
    word = _what(scene)
    word = f"{word}  {note}" if note else word
    left = bar.right() + m.gap(2)
    word = fonts.elided(word, face, rect.right() - left)
    fonts.write(painter, left, bar.center().y() + fonts.rise(face) / 2, word, face, theme.muted)


def _what(scene: MapScene) -> str:
    """Return what the numbers of a map are."""
    how = scene.scale
    if scene.kind == "steps" or scene.measures_steps:
        return _tr("steps until it stays at its minimum")
    if not how.log or abs(how.offset) <= 0.01 * how.low:
        return _tr("loss")
    known = scene.lowest
    there = math.isfinite(known) and abs(how.offset - known) <= _SAME * max(1.0, abs(known))
    return _tr("loss above the minimum") if there else _tr("loss above the lowest reached")


def _paint_duel(
    painter: QPainter, rect: QRectF, scene: MapScene, colors: Bytes, theme: Theme, m: Metrics
) -> None:
    """Paint who is ahead and by how much: names at both ends, how many times lower the loss is below."""
    how, face = scene.scale, fonts.font(m.small)
    names = names_of(scene)
    ahead, behind = opponents(scene, theme)
    texts = [_tr("{name} ahead").format(name=name) for name in names]
    gap = m.gap(2)
    room = rect.width() - 2 * gap
    # Who is ahead comes before how finely that is told.
    needed = sum(fonts.width(text, face) for text in texts)
    bar_wide = round(min(max(room - needed, 0.3 * room), 0.5 * room, m.px(300)))
    each = max((room - bar_wide) / 2, room - bar_wide - min(fonts.width(text, face) for text in texts))
    left_text, right_text = (fonts.elided(text, face, each) for text in (texts[1], texts[0]))
    if fonts.width(left_text, face) + fonts.width(right_text, face) > room - bar_wide:
        each = (room - bar_wide) / 2
        left_text, right_text = (fonts.elided(text, face, each) for text in (texts[1], texts[0]))
    start = rect.x() + fonts.width(left_text, face) + gap
    bar = QRectF(round(start), rect.y(), bar_wide, m.gap(2))
    base = bar.center().y() + fonts.rise(face) / 2
    fonts.write(painter, rect.x(), base, left_text, face, theme.text(behind))
    fonts.write(painter, bar.right() + gap, base, right_text, face, theme.text(ahead))
    _paint_bar(painter, bar, colors, theme, m)
    reach = round(how.high)
    step = 1 if reach <= 2 else 2 if reach <= 4 else math.ceil(reach / 2)
    marks = sorted({*range(0, reach + 1, step), *(-i for i in range(0, reach + 1, step))})
    places = [((one + reach) / (2 * reach), "=" if one == 0 else f"{_times(abs(one))}×") for one in marks]
    far = f"{_times(reach)}×"
    _paint_marks(painter, bar, places, [far, far], scene.beyond, theme, m, same=True)


def _times(decades: int) -> str:
    return number(10.0**decades) if decades <= 2 else power_of_ten(decades)


def names_of(scene: MapScene) -> tuple[str, str]:
    """Return the names of the two entrants of a difference."""
    setting, lines = scene.experiment.map, scene.race.lines
    assert setting is not None
    first, second = setting.opponents(scene.experiment.entrants)
    return lines[first].label, lines[second].label


def _paint_bar(painter: QPainter, bar: QRectF, colors: Bytes, theme: Theme, m: Metrics) -> None:
    wide = max(1, round(bar.width()))
    at = np.clip((np.arange(wide) + 0.5) / wide * len(colors), 0, len(colors) - 1).astype(np.int64)
    image: QImage = image_of(np.ascontiguousarray(colors[at][None]))
    painter.drawImage(bar, image)
    half = m.hairline / 2
    painter.setPen(QPen(QColor(theme.hairline), m.hairline))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(bar.adjusted(half, half, -half, -half))


def _end(value: float, log: bool) -> str:
    """Return the value at an end of a bar: as its other values are, a power of ten where it is one."""
    if log and value > 0.0:
        power = round(math.log10(value))
        if abs(value / 10.0**power - 1.0) < _SAME:
            return power_of_ten(power)
    return number(value, 2 if log else 3)


def _paint_marks(
    painter: QPainter, bar: QRectF, marks: Sequence[tuple[float, str]], ends: Sequence[str],
    beyond: tuple[bool, bool], theme: Theme, m: Metrics, *, same: bool = False,
) -> None:  # fmt: skip
    """Paint values below a bar, those at its ends first, and no two that would touch.

    Parameters
    ----------
    marks
        Shares of the bar with their texts.
    ends, beyond
        The values at both ends, and whether some lie beyond them: these have the colour of the end.
    same
        Whether both ends count away from the middle, so that beyond either is more.
    """
    face = fonts.font(m.small)
    base = bar.bottom() + m.gap(1) + fonts.rise(face)
    taken: list[tuple[float, float]] = []
    for i, sign in enumerate(("≥" if same else "≤", "≥")):
        if beyond[i]:
            text = f"{sign} {ends[i]}".rstrip()
            wide = fonts.width(text, face)
            left = bar.right() - wide if i else bar.x()
            fonts.write(painter, left, base, text, face, theme.muted)
            taken.append((left, left + wide))
    for share, text in marks:
        wide = fonts.width(text, face)
        at = round(bar.x() + share * bar.width()) + m.hairline / 2
        left = min(max(at - wide / 2, bar.x()), bar.right() - wide)
        if bar.x() + 1 < at < bar.right() - 1:
            painter.setPen(QPen(QColor(theme.muted), m.hairline))
            painter.drawLine(QPointF(at, bar.bottom() - m.gap(0.5)), QPointF(at, bar.bottom() + m.gap(0.5)))
        if all(left + wide + m.gap(1.5) <= begin or end + m.gap(1.5) <= left for begin, end in taken):
            fonts.write(painter, left, base, text, face, theme.muted)
            taken.append((left, left + wide))


def _tr(text: str) -> str:
    return QCoreApplication.translate("Maps", text)
