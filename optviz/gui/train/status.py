"""What the line of news says about a training at the frame shown."""

from __future__ import annotations

from PySide6.QtCore import QObject

from optviz.gui.playback import Playback
from optviz.gui.status import Status
from optviz.gui.train.session import TrainSession
from optviz.render.style import number


class TrainStatus(Status):
    """Says who is ahead, or who has diverged."""

    def __init__(self, session: TrainSession, playback: Playback, parent: QObject | None = None) -> None:
        super().__init__(session, playback, parent)
        self._session = session
        session.state_changed.connect(self._follow_scene)
        session.changed.connect(self._follow_scene)  # what was refused has been put right

    def news(self) -> tuple[str, str]:
        """Return who does best up to the frame shown: in short, and in full."""
        scene = self._session.scene
        if scene is None or self._session.record is None:
            return "", ""
        k = min(self._playback.frame, scene.now)
        lost = [line for line in scene.lines if scene.lost_at(line.entrant, k)]
        if lost:
            why = scene.record.entrants[lost[-1].entrant].why
            short = self.tr("{name} has diverged").format(name=lost[-1].label)
            return short, self.tr("{name}: {why}").format(name=lost[-1].label, why=why) if why else short
        judged = [(scene.judgement_at(line.entrant, k), line.label) for line in scene.lines]
        found = [(one.accuracy, one.epoch, name) for one, name in judged if one is not None]
        if found:
            best, epoch, name = max(found, key=lambda one: one[0])
            text = self.tr("Best at epoch {epoch}: {name}, {percent} % of the test images").format(
                epoch=epoch, name=name, percent=f"{100 * best:.2f}"
            )
            return text, text
        losses = []
        for line in scene.lines:
            done = scene.steps_at(line.entrant, k)
            if done:
                losses.append((float(scene.curve(line.entrant, "loss").mean[done - 1]), line.label))
        if not losses:
            return "", ""
        loss, name = min(losses)
        text = self.tr("Lowest loss: {name}, {loss}").format(name=name, loss=number(loss, fixed=True))
        return text, text
