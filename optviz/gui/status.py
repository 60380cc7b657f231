"""What the one line of news says: how the race stands, or how far the kernels are."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QObject, Signal

from optviz.gui.document import Document
from optviz.gui.playback import Playback
from optviz.gui.reshape.controls.words import side_name
from optviz.gui.session import Session
from optviz.render.style import number
from optviz.scene import Line


class Status(QObject):
    """Chooses the line: an error, else the preparing of kernels, else the last thing that happened.

    Signals
    -------
    changed(str, bool, str)
        The line, whether it is an error, and the whole of what there is to say.
    progress_changed(str)
        What is under way; empty when nothing is.
    """

    changed = Signal(str, bool, str)
    progress_changed = Signal(str)

    def __init__(self, document: Document, playback: Playback, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document, self._playback = document, playback
        self._preparing = ""
        self._progress = ""
        self._error = ""
        document.scene_changed.connect(self._follow_scene)
        document.failed.connect(self._fail)
        document.waiting_changed.connect(self.refresh)
        document.progress_changed.connect(self._follow_progress)
        playback.frame_changed.connect(self.refresh)

    def compiling(self, done: int, of: int) -> None:
        """Say how far the kernels are; 0 of 0 when they are done."""
        self._preparing = (
            self.tr("Preparing fast kernels, {done} of {of}…").format(done=done, of=of) if done < of else ""
        )
        self.refresh()

    def say_progress(self, text: str) -> None:
        """Say what is under way behind the window; empty when nothing is."""
        self._follow_progress(text)

    def _follow_progress(self, text: str) -> None:
        self._progress = text
        self.refresh()

    def _follow_scene(self) -> None:
        self._error = ""
        self.refresh()

    def _fail(self, text: str) -> None:
        self._error = text
        self.refresh()

    def refresh(self) -> None:
        """Say the line that holds now."""
        short, full = self.news()
        under_way = self._preparing or self._progress
        self.progress_changed.emit(under_way)
        text = self._error or under_way
        self.changed.emit(text or short, bool(self._error), text or full)

    def news(self) -> tuple[str, str]:
        """Return what there is to say up to the frame shown: in short, and in full."""
        return "", ""


class RaceStatus(Status):
    """Says how a race stands."""

    def __init__(self, session: Session, playback: Playback, parent: QObject | None = None) -> None:
        super().__init__(session, playback, parent)
        self._session = session

    def news(self) -> tuple[str, str]:
        """Return what happened last up to the step shown, or who is ahead: in short, and in full."""
        scenes = self._session.sides_shown
        if self._session.waiting:
            return self.tr("Computing…"), self.tr("Computing…")
        k = self._playback.frame
        shown = {side: [line for line in scene.lines if not line.hidden] for side, scene in scenes.items()}
        ended = [
            (side, line)
            for side, lines in shown.items()
            for line in lines
            if line.stopped_at <= k and _is_news(line)
        ]
        if ended:
            side, last = max(ended, key=lambda item: (item[1].status != "converged", item[1].stopped_at))
            full = self.tr("{name}: {why}").format(name=last.label, why=last.why)
            return self._on_side(side, self._in_short(last)), self._on_side(side, full)
        ahead = {side: self._leader(lines, k) for side, lines in shown.items()}
        leaders = [self._on_side(side, text) for side, text in ahead.items() if text]
        if not leaders:
            return "", ""
        text = self.tr("Lowest loss: {leaders}").format(leaders="; ".join(leaders))
        return text, text

    def _on_side(self, side: str, text: str) -> str:
        return self.tr("{side}: {text}").format(side=side_name(side), text=text) if side else text

    def _in_short(self, line: Line) -> str:
        """Return how a run ended, the number that teaches first."""
        values = {**line.verdict.values, "name": line.label, "step": str(line.stopped_at)}
        if line.status == "converged":
            return self.tr("{name} converged at step {step}").format(**values)
        if line.verdict.growing:
            return self.tr("{name} is growing: learning rate {rate} > {bound} = {limit}").format(**values)
        if {"rate", "bound", "limit"} <= values.keys():
            return self.tr("{name} diverged at step {step}: learning rate {rate} > {bound} = {limit}").format(
                **values
            )
        if line.stopped_at == 0:
            return self.tr("{name} diverged at once: the start is outside the domain").format(**values)
        return self.tr("{name} diverged at step {step}").format(**values)

    def _leader(self, shown: list[Line], k: int) -> str:
        losses = [(float(line.loss[min(k, line.stopped_at)]), line.label) for line in shown]
        losses = [item for item in losses if np.isfinite(item[0])]
        if k == 0 or len(losses) < 2:
            return ""
        loss, name = min(losses)
        return self.tr("{name}, {loss}").format(name=name, loss=number(loss, fixed=True))


def _is_news(line: Line) -> bool:
    return line.status != "step_limit" or line.verdict.growing
