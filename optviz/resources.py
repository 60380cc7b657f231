"""Where the files that come with optviz are: in the installed package, else in the checkout."""

from __future__ import annotations

from pathlib import Path


def folder() -> Path:
    """Return the `resources` folder."""
    package = Path(__file__).resolve().parent
    packaged = package / "resources"
    return packaged if packaged.is_dir() else package.parent / "resources"


def presets() -> list[Path]:
    """Return the experiment files that come with optviz, by name."""
    return sorted((folder() / "presets").glob("*.toml"))


def gallery() -> list[Path]:
    """Return the experiment files of the failure gallery, by name."""
    return sorted((folder() / "gallery").glob("*.toml"))


def training_presets() -> list[Path]:
    """Return the training files that come with optviz, by name."""
    return sorted((folder() / "presets" / "train").glob("*.toml"))


def lessons() -> list[Path]:
    """Return the lesson files that come with optviz, by name."""
    return sorted((folder() / "lessons").glob("*.toml"))
