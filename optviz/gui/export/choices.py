"""What the export dialog offers: sizes, frame rates, plots, and which kinds there are."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QT_TRANSLATE_NOOP

from optviz.render.plan import PICTURES, TABLE

SIZES = ((1280, 720), (1920, 1080), (2560, 1440), (3840, 2160), (1024, 768), (1080, 1080))
KIT = "kit"
FILMS = ("mp4", "webm", "gif")
FOLDERS = ("frames", KIT)
ONE = (*PICTURES, TABLE)  # kinds of one step
RATES = {
    "gif": (20, 25, 50), "mp4": (24, 25, 30, 50, 60), "webm": (24, 25, 30, 50, 60), KIT: (10, 20, 25, 30, 60),
}  # fmt: skip
USUAL = {"gif": 25, "mp4": 60, "webm": 60, KIT: 30}
KINDS: tuple[tuple[Any, str], ...] = (
    (QT_TRANSLATE_NOOP("ExportForm", "Film, MP4 (H.264)"), "mp4"),
    (QT_TRANSLATE_NOOP("ExportForm", "Film, WebM (VP9)"), "webm"),
    (QT_TRANSLATE_NOOP("ExportForm", "Film, GIF"), "gif"),
    (QT_TRANSLATE_NOOP("ExportForm", "Folder of PNG pictures"), "frames"),
    (QT_TRANSLATE_NOOP("ExportForm", "One picture, PNG"), "png"),
    (QT_TRANSLATE_NOOP("ExportForm", "One picture, SVG"), "svg"),
    (QT_TRANSLATE_NOOP("ExportForm", "One picture, PDF"), "pdf"),
    (QT_TRANSLATE_NOOP("ExportForm", "Lecture kit (folder)"), KIT),
)
THEMES: tuple[tuple[Any, str], ...] = (
    (QT_TRANSLATE_NOOP("ExportForm", "Light"), "light"),
    (QT_TRANSLATE_NOOP("ExportForm", "Dark"), "dark"),
    (QT_TRANSLATE_NOOP("ExportForm", "Projector (large type)"), "projector"),
)
PLOT_NAMES: dict[str, Any] = {
    "loss": QT_TRANSLATE_NOOP("ExportForm", "Loss"),
    "accuracy": QT_TRANSLATE_NOOP("ExportForm", "Accuracy"),
    "learning_rate": QT_TRANSLATE_NOOP("ExportForm", "Learning rate"),
    "gradient_norm": QT_TRANSLATE_NOOP("ExportForm", "Gradient norm of each layer"),
    "update_ratio": QT_TRANSLATE_NOOP("ExportForm", "Update-to-weight ratio"),
    "speed": QT_TRANSLATE_NOOP("ExportForm", "Images a second"),
    "filters": QT_TRANSLATE_NOOP("ExportForm", "Filters"),
    "activations": QT_TRANSLATE_NOOP("ExportForm", "Activations"),
    "histograms": QT_TRANSLATE_NOOP("ExportForm", "Spread of weights"),
    "dead": QT_TRANSLATE_NOOP("ExportForm", "Dead neurons"),
    "confusion": QT_TRANSLATE_NOOP("ExportForm", "Confusion matrix"),
    "per_class": QT_TRANSLATE_NOOP("ExportForm", "Precision, recall, F1"),
    "worst": QT_TRANSLATE_NOOP("ExportForm", "Most confidently wrong"),
}
