"""Parts of the export dialog: the preview, the progress line, and sizes and times in words."""

from __future__ import annotations

import math
from collections.abc import Callable
from time import monotonic

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QBrush, QHideEvent, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QWidget

from optviz.gui.controls import look
from optviz.gui.transport import ScrubSlider
from optviz.render import png
from optviz.render.source import bgrx

# Sizes of files against that of a PNG of one frame, measured on the presets: for films the share of the first
# and of every further frame; drawings hardly grow with the size, and are held against one at 1920 by 1080.
_FILMS = {"mp4": (0.17, 0.018), "webm": (0.34, 0.022), "gif": (0.5, 0.027)}
_MOVING = 2.2  # times the share of a further frame where the surface itself moves
_TURNING = {"mp4": 2.4, "webm": 2.2, "gif": 5.0}  # the same where the camera moves
_DRAWING, _DRAWING_GROWTH = {"svg": 1.6, "pdf": 1.0}, 0.2
_PNG_GROWTH = 0.745
_SQUARE = 8  # pixels a side of what shows where a picture has no page


class Preview(QWidget):
    """A picture, as large as fits."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.image = QImage()
        self.shape = (1920, 1080)
        self.clear = False  # whether there is no page below the picture
        self.setMinimumSize(400, 260)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("preview"))
        self.setToolTip(look.tip(self.tr("What the export will look like")))

    def box(self) -> QRectF:
        """Return where the picture lies."""
        width, height = self.shape
        share = min(self.width() / width, self.height() / height)
        box = QRectF(0, 0, width * share, height * share)
        box.moveCenter(QRectF(self.rect()).center())
        return box

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        box = self.box()
        if not self.image.isNull():
            if self.clear:
                painter.fillRect(box, _checkered())
            painter.drawImage(box, self.image)
        painter.setPen(QPen(look.hairline(), 1))
        painter.drawRect(box.adjusted(0, 0, -1, -1))
        painter.end()


def _checkered() -> QBrush:
    """Return the squares that stand for nothing."""
    tile = QImage(2 * _SQUARE, 2 * _SQUARE, QImage.Format.Format_RGB32)
    tile.fill(look.base())
    with QPainter(tile) as painter:
        color = look.mix(look.base(), look.groove(), 0.35)
        painter.fillRect(0, 0, _SQUARE, _SQUARE, color)
        painter.fillRect(_SQUARE, _SQUARE, _SQUARE, _SQUARE, color)
    return QBrush(tile)


class Scrub(QWidget):
    """Goes through the frames of an export in the preview: a play button and a slider.

    Parameters
    ----------
    epoch
        How many epochs a frame of a training is after; None for what is no training.

    Signals
    -------
    moved(int)
        The place of another frame among those of the export.
    """

    moved = Signal(int)

    def __init__(
        self, parent: QWidget | None = None, epoch: Callable[[int], float | None] | None = None
    ) -> None:
        super().__init__(parent)
        self._epoch = epoch
        self._steps, self._rate, self._began = range(1), 25.0, 0.0
        self._morphs = False  # whether frames are no steps but places between before and after
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.button = look.FlatButton(self.tr("play"), self.tr("Play what will be exported"), "play", self)
        self.button.clicked.connect(self.toggle)
        self.slider = ScrubSlider(self)
        self.slider.setAccessibleName(self.tr("frame of the preview"))
        self.slider.setToolTip(look.tip(self.tr("Go through the frames that will be exported")))
        self.slider.valueChanged.connect(self._show)
        self.slider.sliderPressed.connect(self.stop)
        self.label = look.Note("", self)
        self.label.setMinimumWidth(88)
        self.label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for part in (self.button, self.slider, self.label):
            row.addWidget(part)
        keep = self.sizePolicy()
        keep.setRetainSizeWhenHidden(True)
        self.setSizePolicy(keep)
        self._clock = QTimer(self)
        self._clock.timeout.connect(self._tick)

    @property
    def playing(self) -> bool:
        return self._clock.isActive()

    def step(self) -> int:
        """Return the step on show."""
        return self._steps[min(self.slider.value(), len(self._steps) - 1)]

    def set_frames(self, steps: range, rate: float, morphs: bool = False) -> None:
        """Take other frames; the last is shown when they changed."""
        self._rate, self._morphs = float(rate), morphs
        self._say()
        if steps == self._steps or not len(steps):
            return
        # A training that goes on does not end the preview that plays.
        grown = self.playing and steps.step == self._steps.step and steps[: len(self._steps)] == self._steps
        if not grown:
            self.stop()
        self._steps = steps
        self.slider.blockSignals(True)
        self.slider.setRange(0, len(steps) - 1)
        if not grown:
            self.slider.setValue(len(steps) - 1)
        self.slider.blockSignals(False)
        self.setVisible(len(steps) > 1)
        self._say()

    def toggle(self) -> None:
        """Play from here, or from the start when at the end; or stop."""
        if self.playing:
            self.stop()
            return
        at = self.slider.value() if self.slider.value() < self.slider.maximum() else 0
        self._began = monotonic() - at / self._rate
        self.button.set_glyph("pause")
        self.button.setAccessibleName(self.tr("pause"))
        self._clock.start(round(max(1000.0 / self._rate, 16.0)))
        self._tick()

    def stop(self) -> None:
        """Stop playing where it is."""
        self._clock.stop()
        self.button.set_glyph("play")
        self.button.setAccessibleName(self.tr("play"))

    def _tick(self) -> None:
        # By the clock: where drawing is slower than the film, frames are left out and it takes as long.
        at = int((monotonic() - self._began) * self._rate)
        self.slider.setValue(min(at, self.slider.maximum()))
        if at >= self.slider.maximum():
            self.stop()

    def _show(self, place: int) -> None:
        self._say()
        self.moved.emit(place)

    def _say(self) -> None:
        text = self.tr("frame {0}") if self._morphs else self.tr("step {0}")
        epoch = self._epoch(self.step()) if self._epoch is not None else None
        if epoch is not None:
            text = self.tr("step {0}, epoch {1}")
        self.label.setText(text.format(self.step(), f"{epoch or 0.0:.2f}"))

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        self.stop()
        super().hideEvent(event)


def estimate(
    picture: QImage, kind: str, count: int, size: tuple[int, int], moving: bool = False, turning: bool = False
) -> float:
    """Return about how many bytes an export takes, from one frame drawn small; 0 while there is none.

    Parameters
    ----------
    picture
        A frame of it, of any size.
    count
        How many frames.
    moving
        Whether the surface itself moves from frame to frame, not only what lies on it.
    turning
        Whether the camera moves from frame to frame.
    """
    if picture.isNull():
        return 0.0
    image = picture.convertToFormat(QImage.Format.Format_RGB32)
    pixels = image.width() * image.height()
    packed = len(png.encode(bgrx(image), {}))
    area = size[0] * size[1]

    def one(wanted: float) -> float:
        return packed * math.pow(wanted / pixels, _PNG_GROWTH)

    if kind in _FILMS:
        first, further = _FILMS[kind]
        more = _TURNING[kind] if turning else _MOVING if moving else 1.0
        return one(area) * (first + further * more * (count - 1))
    if kind in _DRAWING:
        return one(1920 * 1080) * _DRAWING[kind] * math.pow(area / (1920 * 1080), _DRAWING_GROWTH)
    return one(area) * count


class ProgressLine(QProgressBar):
    """A thin line that fills up; a piece of it while the length of the work is not known."""

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(self.rect())
        painter.setBrush(look.hairline())
        painter.drawRoundedRect(box, 2, 2)
        share = self.value() / self.maximum() if self.maximum() else 0.03
        painter.setBrush(look.accent())
        painter.drawRoundedRect(QRectF(0, 0, max(box.width() * share, 4.0), box.height()), 2, 2)
        painter.end()


def bytes_text(size: float) -> str:
    """Return a size in words: 340 kB, 2.1 MB."""
    for unit in ("kB", "MB", "GB"):
        size /= 1000.0
        if size < 999.5 or unit == "GB":
            break
    return f"{size:.1f} {unit}" if size < 9.95 else f"{size:.0f} {unit}"


def time_text(seconds: float) -> str:
    """Return a time in words: 12 s, 3 min 20 s."""
    whole = max(round(seconds), 0)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"
