"""One frame as SVG or PDF: text and lines stay text and lines, the surface's colours are an image.

Qt paints into memory and never sees the disk, whose errors it keeps to itself. The same frame gives the
same bytes: the dates Qt stamps are overwritten.
"""

from __future__ import annotations

import re

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QHashSeed,
    QIODevice,
    QMarginsF,
    QRect,
    QSize,
    QSizeF,
    QUuid,
    qVersion,
)
from PySide6.QtGui import QPageSize, QPainter, QPdfWriter
from PySide6.QtSvg import QSvgGenerator

from optviz.provenance import pdf as provenance_pdf
from optviz.provenance import svg as provenance_svg
from optviz.render.captioned import Wordings
from optviz.render.stages import Drawn, stage_for
from optviz.render.style import Theme

_DPI = 96  # one pixel of a frame is 1/96 inch, as in CSS
_DATE = b"20000101"  # the digits of the date that stands for all
_ID = QUuid("{6f707476-697a-4000-8000-000000000000}")


def svg(
    scene: Drawn,
    k: int,
    size: tuple[int, int],
    theme: str | Theme | None = None,
    plot: str | None = None,
    record: str | None = None,
    caption: Wordings = (),
) -> bytes:
    """Return step `k` of a scene as an SVG picture of `size` pixels; `record` is what it knows of itself.

    A theme without a ground leaves the page out; `caption` is what is said below.
    """
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # which knows how to clip
    writer.setOutputDevice(buffer)
    writer.setResolution(_DPI)
    writer.setSize(QSize(*size))
    writer.setViewBox(QRect(0, 0, *size))
    writer.setTitle(scene.title)
    writer.setDescription("")
    painter = QPainter(writer)
    try:
        stage_for(scene, *size, theme, plot, caption).paint_vector(painter, scene, k)
    finally:
        painter.end()
    text = bytes(buffer.data().data())
    del painter, writer  # before the buffer they write to
    # Qt gives the size in millimetres, rounded: viewers would show it a little off.
    width, height = size
    exact = f'<svg width="{width}" height="{height}"'.encode()
    text = re.sub(rb'<svg width="[^"]*" height="[^"]*"', exact, text, count=1)
    return text if record is None else provenance_svg.insert(text, record)


def pdf(
    scene: Drawn,
    k: int,
    size: tuple[int, int],
    theme: str | Theme | None = None,
    plot: str | None = None,
    record: str | None = None,
    caption: Wordings = (),
) -> bytes:
    """Return step `k` of a scene as a PDF of one page, a pixel being 1/96 inch.

    `record` is what it knows of itself: it goes into the metadata and is attached as a file.
    """
    QHashSeed.setDeterministicGlobalSeed()  # Qt embeds the fonts in the order of a hash
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(_DPI)
    points = QSizeF(*(n * 72 / _DPI for n in size))
    writer.setPageSize(QPageSize(points, QPageSize.Unit.Point, "", QPageSize.SizeMatchPolicy.ExactMatch))
    writer.setPageMargins(QMarginsF(0, 0, 0, 0))
    writer.setTitle(scene.title)
    writer.setCreator("optviz")
    if hasattr(writer, "setDocumentId"):  # Qt 6.8
        writer.setDocumentId(_ID)
    if record is not None:
        xmp = provenance_pdf.xmp(scene.title, f"Qt {qVersion()}", record)
        writer.setDocumentXmpMetadata(QByteArray(xmp))
        writer.addFileAttachment(provenance_pdf.FILE, QByteArray(record.encode()), "application/json")
    painter = QPainter(writer)
    try:
        stage_for(scene, *size, theme, plot, caption).paint_vector(painter, scene, k)
    finally:
        painter.end()
    data = bytes(buffer.data().data())
    del painter, writer  # before the buffer they write to
    return _timeless(data)


def _timeless(data: bytes) -> bytes:
    """Return a PDF whose dates are always the same, at equal length so that its index of positions holds."""

    def fixed(match: re.Match[bytes]) -> bytes:
        digits = iter(_DATE)
        return match[1] + bytes(next(digits, 48) if 48 <= c <= 57 else c for c in match[2])

    data = re.sub(rb"(/(?:CreationDate|ModDate) \(D:)([^)]*)", fixed, data)
    return re.sub(rb'(xmp:(?:CreateDate|ModifyDate|MetadataDate)=")([^"]*)', fixed, data)
