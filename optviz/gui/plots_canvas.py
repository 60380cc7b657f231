"""Where the plots are painted: one time cursor for all of them, to read and to drag."""

from __future__ import annotations

import math

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFocusEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from optviz.gui import theme
from optviz.gui.compile_process import kernels_of_picture
from optviz.gui.controls import look
from optviz.gui.playback import Playback
from optviz.gui.session import Session
from optviz.plots import USUAL, Plot, eigen_entrant
from optviz.render import fonts, style
from optviz.render.panels.curves import CurvePanel, Strand, panel_for, title_of
from optviz.scene import Line, Scene

STEPS = 20  # more pixels of height for the lowest plot, which carries the numbers of steps
_LOSS_SHARE, _EIGEN_SHARE = 1.3, 1.7  # the loss, and what has a key above it, are this much higher
_MOST_NAMED = 8
_EDGE = 12  # pixels free at the right: half of the last number of steps stands beyond the plot
_CLOSE = 18
LEAST = 112  # pixels of height below which a plot says nothing
_PADDING = 1.15  # shares of the height that have it


class PlotsCanvas(QWidget):
    """Where the plots are painted.

    Signals
    -------
    closed(str)
        A person wants a plot away.
    """

    closed = Signal(str)

    def __init__(self, session: Session, playback: Playback, parent: QWidget) -> None:
        super().__init__(parent)
        self.session, self.playback = session, playback
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName(self.tr("Curves"))
        self._shown: list[str] = []
        self._panels: dict[tuple[str, bool], CurvePanel] = {}
        self._buttons: dict[str, look.FlatButton] = {}
        self._pointer: QPointF | None = None
        self._dragging = self._resume = False
        self._by_key = False
        self._describing = QTimer(self)
        self._describing.setSingleShot(True)
        self._describing.setInterval(400)
        self._describing.timeout.connect(self._describe)
        session.scene_changed.connect(self._follow)
        session.scene_changed.connect(self._place_buttons)
        session.waiting_changed.connect(self.update)
        session.selected_changed.connect(self.update)
        playback.frame_changed.connect(self._follow)
        theme.theme_changed.connect(self._repaint_themed)

    def set_shown(self, keys: list[str]) -> None:
        if keys != self._shown:
            self._shown = list(keys)
            self.setMinimumHeight(self.least())
            self._place_buttons()
            self.update()

    def _place_buttons(self) -> None:
        """Give each plot that has no tab of its own a button that takes it away."""
        placed = {plot.key: (plot, rect) for plot, rect in zip(self.plots(), self.rects(), strict=True)}
        for key in [key for key in self._buttons if key not in placed]:
            button = self._buttons.pop(key)
            button.hide()
            button.deleteLater()
        for key, (plot, rect) in placed.items():
            if key in USUAL:
                continue
            if key not in self._buttons:
                title = title_of(plot)
                button = look.FlatButton(
                    self.tr("Hide: {title}").format(title=title),
                    self.tr("Take this plot away"),
                    "close",
                    self,
                )
                button.quiet = True
                button.setFixedSize(_CLOSE, _CLOSE)
                button.clicked.connect(lambda _=False, key=key: self.closed.emit(key))
                self._buttons[key] = button
            button = self._buttons[key]
            button.move(self.width() - _CLOSE - 1, round(rect.top()) + 4)
            button.setVisible(len(placed) > 1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        self._place_buttons()

    def _follow(self) -> None:
        self.update()
        if not self._describing.isActive():
            self._describing.start()

    def _repaint_themed(self) -> None:
        self._panels.clear()
        self.update()

    # -------------------------------------------------------------- places

    def plots(self) -> list[Plot]:
        """Return the plots shown, from top to bottom."""
        scene = self.session.scene
        if scene is None:
            return []
        made = (self._plot(scene, key) for key in self._shown)
        return [plot for plot in made if plot is not None]

    def _plot(self, scene: Scene, key: str) -> Plot | None:
        """Return a plot; the edge of stability is that of whoever is selected."""
        if key == "stability_limit" and self.session.selected >= 0:
            return scene.edge(self.session.selected)
        return scene.plot(key)

    def least(self) -> int:
        """Return the height that the plots shown need; with less of it in sight they scroll."""
        shares = sum(_share(key) for key in self._shown) if len(self._shown) > 1 else 1.0
        return max(LEAST, round(LEAST * shares / _PADDING)) + STEPS

    def rects(self) -> list[QRectF]:
        """Return where they are, one rectangle a plot."""
        plots = self.plots()
        if not plots:
            return []
        shares = [_share(plot.key) for plot in plots] if len(plots) > 1 else [1.0]
        room = self.height() - STEPS
        result, top = [], 0.0
        for i, share in enumerate(shares):
            bottom = self.height() if i == len(plots) - 1 else round(top + room * share / sum(shares))
            result.append(QRectF(0.0, top, self.width() - _EDGE, bottom - top))
            top = bottom
        return result

    def _panel(self, plot: Plot, lowest: bool) -> CurvePanel:
        key = (plot.key, lowest)
        if key not in self._panels:
            self._panels[key] = panel_for(plot, theme.current_theme(), style.Metrics(), steps=lowest)
        panel = self._panels[key]
        closing = plot.key in self._buttons and not self._buttons[plot.key].isHidden()
        panel.corner = float(_CLOSE - _EDGE + panel.metrics.gap(3)) if closing else 0.0
        return panel

    def step_at(self, x: float) -> int:
        """Return the step under a pixel column."""
        scene, plots, rects = self.session.scene, self.plots(), self.rects()
        if scene is None or not plots:
            return 0
        return self._panel(plots[-1], True).axes(rects[-1], scene, plots[-1]).step(x)

    # -------------------------------------------------------------- painting

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.current_theme().page))
        scene = self.session.scene
        if scene is not None and (nothing := self.nothing_to_plot()):
            font = fonts.font(style.Metrics().small)
            painter.setFont(font)
            painter.setPen(QColor(theme.current_theme().muted))
            room = self.rect().adjusted(24, 8, -24, -8)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, nothing)
        elif scene is not None:
            plots, rects = self.plots(), self.rects()
            quick = not all(kernel.ready for kernel in kernels_of_picture(scene.problem))
            for plot, rect in zip(plots, rects, strict=True):
                if not rect.intersects(event.rect()):  # scrolled out of sight
                    continue
                panel = self._panel(plot, plot is plots[-1])
                panel.paint(painter, rect, scene, plot, self.playback.frame, quick=quick)
            # Over all of them, or the next plot would cut it.
            for plot, rect in zip(plots, rects, strict=True):
                if self._pointer is not None and rect.contains(self._pointer):
                    panel = self._panel(plot, plot is plots[-1])
                    self._paint_values(painter, panel, rect, scene, plot, self._pointer)
            if self._by_key and self.hasFocus():
                painter.setPen(QPen(QColor(theme.colors().accent), 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)
        if self.session.waiting:
            painter.fillRect(self.rect(), look.veil())
        painter.end()

    def nothing_to_plot(self) -> str:
        """Return why there is no curve at all; empty where there is one."""
        scene = self.session.scene
        assert scene is not None
        lines = [line for line in scene.lines if not line.hidden]
        if not lines:
            return self.tr("Nothing to plot: every optimizer is hidden.")
        if any(line.stopped_at > 0 or line.status != "diverged" for line in lines):
            return ""
        if math.isfinite(float(lines[0].loss[0])):
            return self.tr("Nothing to plot: the gradient is not defined at the start.")
        return self.tr("Nothing to plot: the loss is not defined at the start.")

    def values_at(self, plot: Plot, step: int) -> list[tuple[Line, float]]:
        """Return each entrant's value at a step, its last one where it has ended."""
        scene = self.session.scene
        assert scene is not None
        found = []
        for line in scene.lines:
            series = scene.values(plot, line)
            if not line.hidden and len(series):
                found.append((line, float(series[min(step, len(series) - 1)])))
        return found

    def _paint_values(
        self, painter: QPainter, panel: CurvePanel, rect: QRectF, scene: Scene, plot: Plot, at: QPointF
    ) -> None:
        m, colors = panel.metrics, panel.theme
        frame = panel.axes(rect, scene, plot)
        if not frame.left <= at.x() <= frame.left + frame.width:
            return
        step = frame.step(at.x())
        x = round(float(frame.x(float(step)))) + 0.5
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colors.accent), 1))
        painter.drawLine(QPointF(x, frame.top), QPointF(x, frame.top + frame.height))
        face = fonts.font(m.small)
        row = math.ceil(fonts.rise(face) + m.gap(1.5))
        seen = QRectF(self.visibleRegion().boundingRect() if self.isVisible() else self.rect())
        most = max(1, min(_MOST_NAMED, int((seen.height() - m.gap(5)) / row) - 2))
        found = _values(panel.strands(scene, plot), step)
        if eigen_entrant(plot.key) is None:  # from low to high; measurement and theory stay side by side
            found.sort(key=lambda item: (item[1] != item[1], item[1]))
        listed = found[:most] if len(found) > most else found
        heading = self.tr("step {step}").format(step=step)
        rest = self.tr("and {count} more").format(count=len(found) - most) if len(found) > most else ""
        texts = [
            (fonts.elided(_called(strand, plot), face, 130), style.number(value, 3, fixed=True))
            for strand, value in listed
        ]
        names = max(fonts.width(text, face) for text in (heading, rest, *(name for name, _ in texts)))
        figures = max(fonts.width(text, face) for text in ("8.88×10⁻⁸", *(value for _, value in texts)))
        width = names + figures + m.gap(8)
        height = row * (len(listed) + 1 + bool(rest)) + m.gap(2.5)
        # At the other side, in the corner away from the pointer: the curves under it stay seen.
        beyond = x - frame.left < frame.width / 2
        left = frame.left + frame.width - width if beyond else frame.left + m.gap(1)
        left = max(m.gap(1), min(left, self.width() - width - m.gap(1)))
        high = at.y() > frame.top + frame.height / 2
        top = frame.top + m.gap(1) if high else frame.top + frame.height - height - m.gap(1)
        top = max(seen.top() + m.gap(1), min(top, seen.bottom() - height - m.gap(1)))
        box = QRectF(left, top, width, height)
        ground = QColor(colors.page)
        ground.setAlphaF(0.97)
        painter.setPen(QPen(QColor(colors.hairline), 1))
        painter.setBrush(ground)
        painter.drawRoundedRect(box, 6, 6)
        base = round(box.top() + m.gap(1.5) + fonts.rise(face))
        fonts.write(painter, box.left() + m.gap(2), base, heading, face, colors.muted)
        for (strand, _), (name, value) in zip(listed, texts, strict=True):
            base += row
            color = colors.text(strand.color)
            fonts.write(painter, box.left() + m.gap(2), base, name, face, color)
            fonts.write(painter, box.right() - m.gap(2), base, value, face, colors.ink, fonts.RIGHT)
        if rest:
            fonts.write(painter, box.left() + m.gap(2), base + row, rest, face, colors.muted)

    def _describe(self) -> None:
        scene = self.session.scene
        if scene is None:
            return
        step = self.playback.frame
        parts = [self.tr("Step {step} of {last}.").format(step=step, last=self.playback.last)]
        nothing = self.nothing_to_plot()
        if nothing:
            parts = [nothing]
        for plot in [] if nothing else self.plots():
            strands = self._panel(plot, False).strands(scene, plot)
            order = {id(line): i for i, line in enumerate(scene.lines)}
            strands = sorted(strands, key=lambda one: (order.get(id(one.line), 0), one.role))
            values = ", ".join(
                f"{_called(strand, plot)} {style.number(value)}" for strand, value in _values(strands, step)
            )
            parts.append(self.tr("{title}: {values}.").format(title=title_of(plot), values=values))
        self.setAccessibleDescription(" ".join(parts))

    # -------------------------------------------------------------- the cursor

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() != Qt.MouseButton.LeftButton:
            return
        # While the cursor is held the clock stands; it goes on from where it is let go.
        self._dragging, self._resume = True, self.playback.playing
        self.playback.pause()
        self.playback.seek(self.step_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        self._pointer = event.position()
        if self._dragging:
            self.playback.seek(self.step_at(event.position().x()))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if event.button() != Qt.MouseButton.LeftButton or not self._dragging:
            return
        self._dragging = False
        if self._resume and self.playback.frame < self.playback.last:
            self.playback.play()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        self._by_key = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        self._pointer = None
        self.update()


def _share(key: str) -> float:
    """Return how high a plot is beside others."""
    if eigen_entrant(key) is not None:
        return _EIGEN_SHARE
    return _LOSS_SHARE if key in ("loss", "stability_limit") else 1.0


def _values(strands: list[Strand], step: int) -> list[tuple[Strand, float]]:
    """Return each curve's value at a step, its last one where it has ended."""
    return [
        (strand, float(strand.values[min(step, len(strand.values) - 1)]))
        for strand in strands
        if len(strand.values)
    ]


def _called(strand: Strand, plot: Plot) -> str:
    """Return what a curve is called beside its value."""
    if eigen_entrant(plot.key) is not None:
        return strand.name
    return f"{strand.line.label}, {strand.name}" if strand.role else strand.line.label
