"""What the settings of a training and their options are called."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from optviz.gui.controls.knob_row import shown_name
from optviz.gui.reshape.controls.words import option_name
from optviz.translation import QT_TRANSLATE_NOOP

_NAMES = {
    "dataset": QT_TRANSLATE_NOOP("Train", "data set"),
    "data_dir": QT_TRANSLATE_NOOP("Train", "data folder"),
    "train_limit": QT_TRANSLATE_NOOP("Train", "training images"),
    "title": QT_TRANSLATE_NOOP("Train", "title"),
    "device": QT_TRANSLATE_NOOP("Train", "computed on"),
    "step": QT_TRANSLATE_NOOP("Train", "step by"),
    "threads": QT_TRANSLATE_NOOP("Train", "processor cores"),
    "interleave": QT_TRANSLATE_NOOP("Train", "taking turns"),
    "kind": QT_TRANSLATE_NOOP("Train", "network"),
    "hidden": QT_TRANSLATE_NOOP("Train", "hidden neurons"),
    "channels": QT_TRANSLATE_NOOP("Train", "feature maps"),
    "batch_norm": QT_TRANSLATE_NOOP("Train", "batch norm"),
    "width": QT_TRANSLATE_NOOP("Train", "features of a token"),
    "heads": QT_TRANSLATE_NOOP("Train", "attention heads"),
    "l1": QT_TRANSLATE_NOOP("Train", "L1 penalty"),
    "l2": QT_TRANSLATE_NOOP("Train", "L2 penalty"),
}
_HIDDEN = {
    "lstm": QT_TRANSLATE_NOOP("Train", "LSTM cells"),
    "transformer": QT_TRANSLATE_NOOP("Train", "feed-forward"),
}
_OPTIONS = {
    "mnist": QT_TRANSLATE_NOOP("Train", "MNIST"),
    "fashion_mnist": QT_TRANSLATE_NOOP("Train", "Fashion-MNIST"),
    "digits": QT_TRANSLATE_NOOP("Train", "digits (1,797 small images)"),
    "auto": QT_TRANSLATE_NOOP("Train", "automatic"),
    "cpu": QT_TRANSLATE_NOOP("Train", "CPU"),
    "cuda": QT_TRANSLATE_NOOP("Train", "NVIDIA GPU (CUDA)"),
    "mps": QT_TRANSLATE_NOOP("Train", "Apple GPU (MPS)"),
    "float32": QT_TRANSLATE_NOOP("Train", "single precision (float32)"),
    "float64": QT_TRANSLATE_NOOP("Train", "double precision (float64)"),
    "kernel": QT_TRANSLATE_NOOP("Train", "the race's own kernel"),
    "torch": QT_TRANSLATE_NOOP("Train", "PyTorch"),
    "mlp": QT_TRANSLATE_NOOP("Train", "MLP, dense layers"),
    "cnn": QT_TRANSLATE_NOOP("Train", "CNN, convolutions"),
    "lstm": QT_TRANSLATE_NOOP("Train", "LSTM, row by row"),
    "transformer": QT_TRANSLATE_NOOP("Train", "transformer, 16 patches"),
}
_TITLES = {
    "mnist": QT_TRANSLATE_NOOP("Train", "MNIST"),
    "fashion_mnist": QT_TRANSLATE_NOOP("Train", "Fashion-MNIST"),
    "digits": QT_TRANSLATE_NOOP("Train", "digits"),
}


def said(text: str) -> str:
    """Return a text of the Train page in the person's language."""
    return QCoreApplication.translate("Train", text)


def setting_name(name: str) -> str:
    """Return what a setting of a training is called."""
    known = _NAMES.get(name)
    return said(known) if known else shown_name(name)


def hidden_name(kind: str) -> str:
    """Return what the numbers of `hidden` are called in a kind of network."""
    return said(_HIDDEN.get(kind, _NAMES["hidden"]))


def choice_name(option: object) -> str:
    """Return what an option is called."""
    known = _OPTIONS.get(str(option))
    return said(known) if known else option_name(option)  # type: ignore[arg-type]


def dataset_title(name: str) -> str:
    """Return the proper name of a data set."""
    return said(_TITLES[name])
