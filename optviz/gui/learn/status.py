"""What the line of news says on the Learn page: how the race stands, once nothing is asked."""

from __future__ import annotations

from PySide6.QtCore import QObject

from optviz.gui.learn.session import LessonSession
from optviz.gui.playback import Playback
from optviz.gui.status import Status
from optviz.render.style import number
from optviz.reshape import ReshapeScene


class LearnStatus(Status):
    """Says how the step's race stands."""

    def __init__(self, session: LessonSession, playback: Playback, parent: QObject | None = None) -> None:
        super().__init__(session, playback, parent)
        self._session = session

    def news(self) -> tuple[str, str]:
        """Return what happened up to the step shown: in short, and in full."""
        session, k = self._session, self._playback.frame
        if session.home:
            return "", ""
        if session.waiting or session.scene is None:
            text = self.tr("Computing…")
            return text, text
        if session.asking:
            text = self.tr("A prediction is asked for")
            return text, text
        scene = session.scene.main if isinstance(session.scene, ReshapeScene) else session.scene
        shown = [line for line in scene.lines if not line.hidden]
        ended = [line for line in shown if line.stopped_at <= k and line.status != "step_limit"]
        if ended:
            line = max(ended, key=lambda line: line.stopped_at)
            words = self.tr("{name} converged") if line.status == "converged" else self.tr("{name} diverged")
            full = self.tr("{name}: {why}").format(name=line.label, why=line.why)
            return words.format(name=line.label), full
        if k == 0 or not shown:
            return "", ""
        loss, name = min((float(line.loss[min(k, line.stopped_at)]), line.label) for line in shown)
        text = self.tr("{name}: loss {loss}").format(name=name, loss=number(loss, fixed=True))
        return text, text
