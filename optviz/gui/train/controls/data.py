"""Which images there are to learn from, and getting those that are not here."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from optviz.errors import InputError
from optviz.gui.controls import look
from optviz.gui.train.controls.words import dataset_title
from optviz.gui.train.session import TrainSession, here


class ThinProgress(QWidget):
    """How far something is, as a line; empty where that is not known."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.share = 0.0
        self.setFixedHeight(4)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(name)

    def set_share(self, share: float) -> None:
        share = min(max(share, 0.0), 1.0) if share == share else 0.0
        if share != self.share:
            self.share = share
            self.setAccessibleDescription(self.tr("{0} %").format(int(100 * share)))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        painter.setBrush(look.hairline())
        painter.drawRoundedRect(whole, 2, 2)
        if self.share > 0.0:
            painter.setBrush(look.accent())
            painter.drawRoundedRect(QRectF(0, 0, max(4.0, whole.width() * self.share), 4), 2, 2)
        painter.end()


class DataNotice(QWidget):
    """Says so where the images are not those that are wished for, and offers to get them; else hidden.

    It looks for the files only when the data set or their folder changes, or a download ends.
    """

    def __init__(self, session: TrainSession, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._asked: tuple[str, str] | None = None
        self._here = True
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 0, 12, 8)
        column.setSpacing(4)
        self.words = look.Note("", self)
        self.words.setWordWrap(True)
        column.addWidget(self.words)
        row = QHBoxLayout()
        row.setSpacing(8)
        self.download = look.FlatButton(self.tr("download"), "", "", self)
        self.download.chosen = True  # in the accent colour
        self.download.setFont(look.sized(self.font(), look.SMALL))
        self.download.clicked.connect(self._fetch)
        self.progress = ThinProgress(self.tr("download"), self)
        self.cancel = look.FlatButton(self.tr("cancel"), self.tr("Call off the download"), "", self)
        self.cancel.setFont(look.sized(self.font(), look.SMALL))
        self.cancel.show_text(self.tr("cancel"))
        self.cancel.clicked.connect(session.cancel_fetch)
        row.addWidget(self.download)
        row.addWidget(self.progress, 1)
        row.addWidget(self.cancel)
        row.addStretch(0)
        column.addLayout(row)
        self.reasons = look.Note("", self)
        self.reasons.setWordWrap(True)
        self.reasons.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.reasons.hide()
        column.addWidget(self.reasons)
        ways = QHBoxLayout()
        ways.setSpacing(0)
        ways.setContentsMargins(0, 0, 0, 0)
        self.again = self._way(self.tr("try again"), self.tr("Try the download once more"))
        self.again.clicked.connect(self._fetch)
        self.digits = self._way(
            self.tr("train on digits"),
            self.tr("Use the 1,797 small digits that come with scikit-learn; this can be undone"),
        )
        self.digits.clicked.connect(session.use_digits)
        self.browse = self._way(
            self.tr("choose folder…"), self.tr("Choose a folder that has the IDX files of the data set")
        )
        self.browse.clicked.connect(self._choose_folder)
        self.details = self._way(self.tr("details"), self.tr("What each server answered"))
        self.details.setCheckable(True)
        self.details.toggled.connect(self.reasons.setVisible)
        for way in (self.again, self.digits, self.browse, self.details):
            ways.addWidget(way)
        ways.addStretch(1)
        column.addLayout(ways)
        session.changed.connect(self.refresh)
        session.data_changed.connect(self._look_again)
        session.fetching.connect(self._show_fetch)
        self.refresh()

    def _way(self, name: str, tip: str) -> look.FlatButton:
        button = look.FlatButton(name, tip, "", self)
        button.setFont(look.sized(self.font(), look.SMALL))
        button.show_text(name)
        return button

    @property
    def wanted(self) -> str:
        """The data set that the button gets."""
        stand_in = self.session.stand_in
        training = self.session.training
        stands_in = stand_in is not None and training.dataset == stand_in[0].dataset
        return stand_in[1].dataset if stand_in is not None and stands_in else training.dataset

    def refresh(self) -> None:
        """Show how it is with the images of the current training."""
        training = self.session.training
        asked = (training.dataset, training.data_dir)
        if asked != self._asked:
            self._asked = asked
            self._here = here(*asked)
        self._show()

    def _look_again(self) -> None:
        self._asked = None
        self.refresh()

    def _show(self) -> None:
        session, dataset = self.session, self.session.training.dataset
        wanted = self.wanted
        busy = bool(session.fetched_wish)
        failed = bool(session.fetch_error) and not busy and (not self._here or wanted != dataset)
        offers = not failed and not busy and (not self._here or wanted != dataset)
        title = dataset_title(wanted)
        if busy:
            text = self.tr("Downloading {name}…").format(name=dataset_title(session.fetched_wish))
        elif failed:
            text = self.tr("{name} could not be downloaded.").format(name=title)
        elif wanted != dataset:
            text = self.tr(
                "These are the 1,797 digits of 8 × 8 pixels that come with scikit-learn: {name} is not on "
                "this computer."
            ).format(name=title)
        else:
            text = self.tr("{name} is not on this computer. Start downloads it first.").format(name=title)
        self.setVisible(busy or offers or failed)
        self.words.setText(text)
        self.words.set_bad(failed)
        self.words.setToolTip(look.tip(session.fetch_error) if failed else "")
        self.reasons.setText(session.fetch_error)
        for way in (self.again, self.browse, self.details):
            way.setVisible(failed)
        self.digits.setVisible(failed and dataset != "digits")
        self.reasons.setVisible(failed and self.details.isChecked())
        self.download.setVisible(offers)
        if offers:
            self.download.show_text(
                self.tr("Download {name}, {size} MB").format(name=title, size=f"{_megabytes(wanted):.1f}")
            )
            self.download.setAccessibleName(self.download.text())
            self.download.setToolTip(
                look.tip(self.tr("It is kept in your cache folder, and checked before it is used"))
            )
        self.progress.setVisible(busy)
        self.cancel.setVisible(busy)

    def _fetch(self) -> None:
        self.session.fetch(self.wanted)

    def _choose_folder(self) -> None:
        session = self.session
        start = session.training.data_dir or str(Path.home())
        name = QFileDialog.getExistingDirectory(self, self.tr("The folder with the images"), start)
        if not name:
            return
        try:
            session.change(self.tr("data folder"), dataset=self.wanted, data_dir=name)
        except InputError as error:
            session.failed.emit(str(error))

    def _show_fetch(self, dataset: str, share: float) -> None:
        self.progress.set_share(share)
        self._show()


def _megabytes(dataset: str) -> float:
    from optviz.training.images.sources import SIZES

    try:
        return SIZES[dataset] / 1e6
    except (KeyError, InputError):
        return 0.0
