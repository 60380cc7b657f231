"""A contact sheet: a few frames of each race on one page, as PDF with real text and lines and as PNG."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from PySide6.QtCore import QBuffer, QByteArray, QHashSeed, QIODevice, QMarginsF, QRectF, QSizeF, qVersion
from PySide6.QtGui import QColor, QFont, QImage, QPageSize, QPainter, QPdfWriter, QPen

from optviz.provenance import pdf as provenance_pdf
from optviz.render import fonts, png, style, vector
from optviz.render.kit.shooting import ShotSource, reveal
from optviz.render.kit.subject import Subject
from optviz.render.kit.words import short, step_text, tr
from optviz.render.source import Source, bgrx
from optviz.render.stages import AnyStage, Drawn, stage_for
from optviz.version import __version__

PAGE = (1122, 794)  # A4 lying down, in units of 1/96 inch
_POINTS = QSizeF(841.89, 595.28)
_DPI = 96
_SCALE = 2  # pixels of the PNG for each unit
_MARGIN, _GAP, _COLUMNS, _ROWS = 36.0, 18.0, 3, 3
_FRAMES = _COLUMNS * _ROWS
_SHRUNK = 0.72  # how much smaller a frame stands on the page than it is laid out: it must stay readable
_TITLE, _TEXT, _SMALL = 21, 12, 10


@dataclass(frozen=True, eq=False)
class Cell:
    """One frame on a sheet, and what stands below it."""

    text: str
    subject: Subject
    frame: int


@dataclass(frozen=True, eq=False)
class Row:
    """Frames beside each other, under a heading where there is one."""

    heading: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, eq=False)
class Sheet:
    """What a contact sheet shows, over as many pages as it takes."""

    title: str
    text: str
    rows: tuple[Row, ...]

    @property
    def pages(self) -> list[tuple[Row, ...]]:
        """The rows of each page."""
        return [self.rows[i : i + _ROWS] for i in range(0, max(1, len(self.rows)), _ROWS)]


def sheet_of(subject: Subject) -> Sheet:
    """Return the sheet of one race: nine of its frames, closer to each other where most happens, early."""
    cells = [Cell(step_text(subject, k), subject, k) for k in _frames(subject, _FRAMES)]
    rows = [Row("", tuple(cells[i : i + _COLUMNS])) for i in range(0, len(cells), _COLUMNS)]
    return Sheet(subject.title, short(subject), tuple(rows))


def sheet_of_all(title: str, text: str, parts: Sequence[tuple[str, Subject]]) -> Sheet:
    """Return the sheet of several races: a row for each, from its first frame to its last."""
    rows = [
        Row(name, tuple(Cell(step_text(one, k), one, k) for k in _frames(one, _COLUMNS)))
        for name, one in parts
    ]
    return Sheet(title, text, tuple(rows))


def _frames(subject: Subject, count: int) -> list[int]:
    if subject.shots is None:
        return chosen(subject.steps, count)
    # What glides and what is told goes on evenly.
    steps = subject.distinct
    last, count = len(steps) - 1, min(count, len(steps))
    return [steps[round(last * i / max(1, count - 1))] for i in range(count)]


def chosen(steps: range, count: int) -> list[int]:
    """Return at most so many of the frames, the first and the last among them, closer to each other early.

    Frame i of n stands at the share (i / (n - 1))² of the way.
    """
    last = len(steps) - 1
    if last < count:
        return list(steps)
    found: list[int] = []
    for i in range(count):
        at = max(round(last * (i / (count - 1)) ** 2), found[-1] + 1 if found else 0)
        found.append(min(at, last - (count - 1 - i)))
    return [steps[i] for i in found]


def pdf(sheet: Sheet, record: str | None, check: Callable[[], None]) -> bytes:
    """Return a sheet as a PDF of A4 pages.

    Parameters
    ----------
    record
        What it knows of itself, if anything.
    check
        Called after each frame; it may raise to stop.
    """
    QHashSeed.setDeterministicGlobalSeed()  # Qt embeds the fonts in the order of a hash
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DPI)
    writer.setPageSize(QPageSize(_POINTS, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setTitle(sheet.title)
    writer.setCreator("optviz")
    if hasattr(writer, "setDocumentId"):  # Qt 6.8
        writer.setDocumentId(vector._ID)
    if record is not None:
        xmp = provenance_pdf.xmp(sheet.title, f"Qt {qVersion()}", record)
        writer.setDocumentXmpMetadata(QByteArray(xmp))
        writer.addFileAttachment(provenance_pdf.FILE, QByteArray(record.encode()), "application/json")
    painter = QPainter(writer)
    try:
        for i, rows in enumerate(sheet.pages):
            if i:
                writer.newPage()
            for _ in _painted(painter, sheet, rows, i):
                check()
    finally:
        painter.end()
    data = bytes(buffer.data().data())
    del painter, writer  # before the buffer they write to
    return vector._timeless(data)


def picture(sheet: Sheet, text: dict[str, str], check: Callable[[], None]) -> bytes:
    """Return a sheet as a PNG, its pages below each other; `text` is stored with it."""
    width, height = PAGE
    pages = sheet.pages
    image = QImage(width * _SCALE, height * _SCALE * len(pages), QImage.Format.Format_RGB32)
    if image.isNull():
        raise MemoryError
    with QPainter(image) as painter:
        for i, rows in enumerate(pages):
            painter.resetTransform()
            painter.scale(_SCALE, _SCALE)
            painter.translate(0, i * height)
            for _ in _painted(painter, sheet, rows, i):
                check()
    return png.encode(bgrx(image), text)


@lru_cache(maxsize=16)
def _font(pixels: int, *, strong: bool = False) -> QFont:
    """Return the typeface without ligatures: a search for "first" finds it in the PDF."""
    face = QFont(fonts.font(pixels, strong=strong))
    face.setFeature(QFont.Tag("liga"), 0)
    return face


def frames(sheet: Sheet) -> int:
    """Return how many frames a sheet shows."""
    return sum(len(row.cells) for row in sheet.rows)


# ------------------------------------------------------------------ a page


def _painted(painter: QPainter, sheet: Sheet, rows: Sequence[Row], page: int) -> Iterator[None]:
    """Paint a page, a frame each time one is asked for."""
    width, height = PAGE
    theme = style.LIGHT
    painter.fillRect(QRectF(0, 0, width, height), QColor(theme.page))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    top = _paint_head(painter, sheet, page)
    bottom = height - _MARGIN
    foot = _font(_SMALL)
    fonts.write(painter, _MARGIN, height - 16, f"optviz {__version__}", foot, theme.muted)
    if len(sheet.pages) > 1:
        number = tr("page {page} of {pages}").format(page=page + 1, pages=len(sheet.pages))
        fonts.write(painter, width - _MARGIN, height - 16, number, foot, theme.muted, fonts.RIGHT)
    each = (bottom - top) / _ROWS
    wide = (width - 2 * _MARGIN - (_COLUMNS - 1) * _GAP) / _COLUMNS
    for i, row in enumerate(rows):
        y = top + i * each
        if row.heading:
            face = _font(_TEXT, strong=True)
            text = fonts.elided(row.heading, face, width - 2 * _MARGIN)
            fonts.write(painter, _MARGIN, y + 12, text, face, theme.ink)
            y += 18
        for j, cell in enumerate(row.cells):
            room = QRectF(_MARGIN + j * (wide + _GAP), y, wide, top + (i + 1) * each - y - 8)
            _paint_cell(painter, cell, room)
            yield


def _paint_head(painter: QPainter, sheet: Sheet, page: int) -> float:
    """Paint title and text, and return where the frames begin."""
    width, theme = PAGE[0] - 2 * _MARGIN, style.LIGHT
    face = _font(_TITLE)
    fonts.write(painter, _MARGIN, _MARGIN + 14, fonts.elided(sheet.title, face, width), face, theme.ink)
    y = _MARGIN + 14 + 20
    if page == 0:
        small = _font(_TEXT)
        for line in _lines(sheet.text, small, width, 3):
            fonts.write(painter, _MARGIN, y, line, small, theme.muted)
            y += 17
    return y + 2


def _paint_cell(painter: QPainter, cell: Cell, room: QRectF) -> None:
    subject, theme = cell.subject, style.LIGHT
    face = _font(_TEXT)
    high = room.height() - 18
    share = min(room.width() / subject.size[0], high / subject.size[1])
    frame = QRectF(room.x(), room.y(), subject.size[0] * share, subject.size[1] * share)
    laid_out = (round(frame.width() / _SHRUNK), round(frame.height() / _SHRUNK))
    stage, scene, k = _stage(subject.source(laid_out), laid_out, subject.theme, cell.frame)
    painter.save()
    painter.translate(frame.topLeft())
    painter.scale(frame.width() / laid_out[0], frame.height() / laid_out[1])
    painter.setClipRect(QRectF(0, 0, *laid_out))
    stage.paint_vector(painter, scene, k)
    painter.restore()
    painter.setPen(QPen(QColor(theme.hairline), 0.75))
    painter.setBrush(QColor(0, 0, 0, 0))
    painter.drawRect(frame)
    text = fonts.elided(cell.text, face, room.width())
    fonts.write(painter, frame.x(), frame.bottom() + 14, text, face, theme.ink)


def _stage(
    source: Source | ShotSource, size: tuple[int, int], theme: str | None, frame: int
) -> tuple[AnyStage, Drawn, int]:
    scene, k = source.at(frame)
    stage = stage_for(scene, *size, theme)
    if isinstance(source, ShotSource):
        reveal(stage, source.revealed(frame))
    return stage, scene, k


def _lines(text: str, face: QFont, room: float, most: int) -> list[str]:
    """Return a text in at most so many lines, the last one cut where it must be."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and fonts.width(longer, face) <= room:
            lines[-1] = longer
        elif len(lines) < most:
            lines.append(word)
        else:
            lines[-1] = longer  # too long now, and cut below
            if fonts.width(longer, face) > 2 * room:
                break
    return [fonts.elided(line, face, room) for line in lines]
