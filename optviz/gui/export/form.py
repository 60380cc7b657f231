"""What to export: the form of the export dialog, and what its values come to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from optviz.catalog import Knob
from optviz.gui.controls import look
from optviz.gui.controls.combo import Combo
from optviz.gui.controls.number_box import NumberBox
from optviz.gui.export.choices import FILMS, KINDS, KIT, ONE, PLOT_NAMES, RATES, SIZES, THEMES, USUAL
from optviz.gui.export.switches import Switches
from optviz.render.plan import PLOTS, TABLE

__all__ = ["FILMS", "PLOT_NAMES", "ExportForm"]


_LABEL = 88


class ExportForm(QWidget):
    """Kind, size, frames and colours of an export; of a training also which plot.

    Parameters
    ----------
    epoch
        How many epochs a frame of a training is after; None for what is no training.

    Signals
    -------
    changed()
        Something else is asked for, or a number became wrong or right.
    kind_changed()
    plot_changed()
    """

    changed = Signal()
    kind_changed = Signal()
    plot_changed = Signal()

    def __init__(
        self, parent: QWidget | None = None, epoch: Callable[[int], float | None] | None = None
    ) -> None:
        super().__init__(parent)
        self._epoch = epoch
        self._rates = dict[str, Any](USUAL)  # the frame rate chosen last for each kind of film
        form = QVBoxLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(4)
        self.kind = self._combo(self.tr("what"), self.tr("What kind of file to write"))
        for title, kind in KINDS:
            self.kind.addItem(self.tr(title), kind)
        self.plot = self._combo(self.tr("plot"), self.tr("The whole picture, or one of its plots alone"))
        self.plot.addItem(self.tr("Whole picture"), None)
        for key in PLOTS:
            self.plot.addItem(self.tr(PLOT_NAMES[key]), key)
        self.size_choice = self._combo(self.tr("size"), self.tr("Width and height in pixels"))
        for width, height in SIZES:
            extra = self.tr(" (square)") if width == height else self.tr(" (4K)") if width == 3840 else ""
            self.size_choice.addItem(f"{width} × {height}{extra}", (width, height))
        self.size_choice.addItem(self.tr("Custom"), None)
        self.size_choice.setCurrentIndex(1)
        self.width_box = self._box(self.tr("width"), 1920, 16, 7680, self.tr("Width in pixels"))
        self.height_box = self._box(self.tr("height"), 1080, 16, 4320, self.tr("Height in pixels"))
        self.rate = self._combo(self.tr("frame rate"), self.tr("Frames a second"))
        self.film = self._combo(self.tr("frames of"), self.tr("What the frames go through"))
        self.film.addItem(self.tr("The race, step by step"), "race")
        self.film.addItem(self.tr("From before to after"), "morph")
        self.first = self._box(self.tr("first step"), 0, 0, None, self.tr("The first step shown"))
        self.last = self._box(self.tr("last step"), 0, 0, None, self.tr("The last step shown"))
        self.frame = self._box(self.tr("step"), 0, 0, None, self.tr("The step of the picture"))
        self.stride = self._box(
            self.tr("every"),
            1,
            1,
            10_000,
            self.tr("Show every so many steps; more is a faster, shorter film"),
        )
        self.theme = self._combo(
            self.tr("colours"),
            self.tr("Light or dark, or light with large type and thick lines for the last row"),
        )
        for title, name in THEMES:
            self.theme.addItem(self.tr(title), name)
        self.switches = Switches(self)
        self.length = look.Note("", self)  # how long the film is
        self.length.setMinimumWidth(90)
        self.epochs = look.Note("", self)  # what the steps are in epochs
        self.morphs = False  # whether the frames go from before to after
        self.rows: dict[str, QWidget] = {}
        self._words: dict[str, list[QLabel]] = {}
        for name, text, parts in (
            ("kind", self.tr("what"), [self.kind]),
            ("plot", self.tr("plot"), [self.plot]),
            ("size", self.tr("size"), [self.size_choice]),
            ("custom", "", [self.width_box, "×", self.height_box]),
            ("film", self.tr("frames of"), [self.film]),
            ("rate", self.tr("frame rate"), [self.rate, self.tr("a second")]),
            ("steps", self.tr("steps"), [self.first, self.tr("to"), self.last]),
            ("frame", self.tr("step"), [self.frame]),
            ("epochs", "", [self.epochs]),
            ("stride", self.tr("every"), [self.stride, self.tr("steps"), self.length]),
            ("theme", self.tr("colours"), [self.theme]),
            ("switches", "", [self.switches]),
        ):
            self.rows[name] = self._row(text, parts)
            self._words[name] = [one for one in self.rows[name].findChildren(QLabel) if one.text()]
            form.addWidget(self.rows[name])
        form.addStretch(1)
        self.kind.currentIndexChanged.connect(self.take_kind)
        self.plot.currentIndexChanged.connect(self._take_plot)
        self.rate.activated.connect(self._rate_chosen)
        for combo in (self.size_choice, self.film, self.rate, self.theme):
            combo.currentIndexChanged.connect(self._tell)
        for box in (self.width_box, self.height_box, self.first, self.last, self.frame, self.stride):
            box.value_changed.connect(self._tell)
            box.invalid_changed.connect(self._tell)
        self.switches.changed.connect(self._tell)
        self._fill_rates()

    def _tell(self) -> None:
        self.changed.emit()

    def _combo(self, name: str, help: str) -> Combo:
        combo = Combo(self)
        combo.setAccessibleName(name)
        combo.setToolTip(look.tip(help))
        return combo

    def _box(self, name: str, value: int, low: int, high: int | None, help: str) -> NumberBox:
        box = NumberBox(Knob(name.replace(" ", "_"), value, help, low, high, kind="int"), name, self)
        box.set_help(help)
        box.setFont(look.sized(self.font(), look.SMALL))
        return box

    def _row(self, text: str, parts: list[Any]) -> QWidget:
        holder = QWidget(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(8)
        label = QLabel(text, holder)
        label.setFont(look.sized(self.font(), look.SMALL))
        label.setFixedWidth(_LABEL)
        row.addWidget(label)
        for part in parts:
            if isinstance(part, str):
                word = QLabel(part, holder)
                word.setFont(look.sized(self.font(), look.SMALL))
                row.addWidget(word)
            else:
                row.addWidget(part, 0 if isinstance(part, QLabel) else 1)
        return holder

    # What was asked for.

    def chosen_kind(self) -> str:
        """Return the kind of export, as `render.plan` calls it."""
        return str(self.kind.currentData())

    def chosen_size(self) -> tuple[int, int]:
        """Return width and height of the export."""
        size = self.size_choice.currentData()
        return (
            (int(size[0]), int(size[1])) if size else (int(self.width_box.value), int(self.height_box.value))
        )

    def options(self) -> dict[str, Any]:
        """Return the options of `render.export.export`."""
        kind = self.chosen_kind()
        chosen: dict[str, Any] = {}
        if kind != TABLE:
            chosen = {
                "size": self.chosen_size(), "theme": self.theme.currentData(), **self.switches.options(),
            }  # fmt: skip
        if self.chosen_plot() is not None:
            chosen["plot"] = self.chosen_plot()
        if kind in ONE:
            chosen["frame"] = int(self.frame.value)
        else:
            chosen["frames"] = (int(self.first.value), int(self.last.value) + 1)
            chosen["stride"] = int(self.stride.value)
        if kind in RATES:
            chosen["fps"] = self.rate.currentData()
        return chosen

    def seconds(self) -> float:
        """Return how long a film is; 0 for what is none."""
        rate = self.rate.currentData() if self.chosen_kind() in RATES else None
        return float(self.frame_count() / rate) if rate else 0.0

    def frame_count(self) -> int:
        """Return how many frames the export has."""
        return len(self.steps())

    def steps(self) -> range:
        """Return the steps that are drawn."""
        if self.chosen_kind() in ONE:
            k = int(self.frame.value)
            return range(k, k + 1)
        return range(int(self.first.value), int(self.last.value) + 1, int(self.stride.value))

    def message(self) -> str:
        """Return what is wrong with a number; empty when all are fine."""
        boxes = (box for box in self.findChildren(NumberBox) if box.isVisibleTo(self) and box.message)
        return next((box.message for box in boxes), "")

    # Following.

    def take_kind(self) -> None:
        """Show what belongs to the kind that is chosen."""
        self._fill_rates()
        self.kind_changed.emit()

    def set_kind(self, kind: str) -> None:
        """Choose a kind; nothing happens for one that is not there."""
        place = self.kind.findData(kind)
        if place >= 0 and place != self.kind.currentIndex():
            self.kind.blockSignals(True)
            self.kind.setCurrentIndex(place)
            self.kind.blockSignals(False)
            self._fill_rates()

    def _fill_rates(self) -> None:
        kind = self.chosen_kind()
        self.rate.blockSignals(True)
        self.rate.clear()
        rates: list[Any] = list(RATES.get(kind, ()))
        if kind in RATES and self._rates[kind] not in rates:  # that of a film that was opened
            rates.append(self._rates[kind])
        for rate in rates:
            self.rate.addItem(str(rate) if isinstance(rate, int) else f"{float(rate):.2f}", rate)
        if kind in RATES:
            self.rate.setCurrentIndex(rates.index(self._rates[kind]))
        self.rate.blockSignals(False)

    def _rate_chosen(self, index: int) -> None:
        if self.chosen_kind() in self._rates:
            self._rates[self.chosen_kind()] = self.rate.itemData(index)

    def chosen_plot(self) -> str | None:
        """Return the plot of a training that is exported alone; None for the whole picture."""
        key = self.plot.currentData()
        return None if key is None or self.chosen_kind() == KIT else str(key)  # a kit has them all

    def _take_plot(self) -> None:
        """Offer a table of numbers where there is one plot to have the numbers of."""
        place = self.kind.findData(TABLE)
        if self.chosen_plot() is not None and place < 0:
            self.kind.addItem(self.tr("Table of numbers, CSV"), TABLE)
        elif self.chosen_plot() is None and place >= 0:
            if self.chosen_kind() == TABLE:
                self.kind.setCurrentIndex(self.kind.findData("png"))
            self.kind.removeItem(place)
        self.plot_changed.emit()
        self._tell()

    def chosen_film(self) -> str:
        """Return what the frames go through: "race" or "morph"."""
        return str(self.film.currentData())

    def refresh(self, steps: int, compares: bool = False) -> None:
        """Show what belongs to the kind and to an experiment with so many frames after the first.

        One that compares may also go from before to after.
        """
        kind = self.chosen_kind()
        self.rows["film"].setVisible(compares)
        self._name_frames(compares and self.chosen_film() == "morph")
        picture, table = kind in ONE, kind == TABLE
        self.rows["plot"].setVisible(self._epoch is not None and kind != KIT)
        self.rows["epochs"].setVisible(self._epoch is not None)
        self.rows["size"].setVisible(not table)
        self.rows["theme"].setVisible(not table)
        self.rows["custom"].setVisible(not table and self.size_choice.currentData() is None)
        self.rows["switches"].setVisible(not table)
        self.switches.follow(kind)
        self.rows["rate"].setVisible(kind in RATES)
        self.rows["steps"].setVisible(not picture)
        self.rows["stride"].setVisible(not picture)
        self.rows["frame"].setVisible(picture)
        follow_end = self.last.value == (self.last.knob.maximum or 0)
        for box in (self.first, self.last, self.frame):
            box.set_knob(replace(box.knob, maximum=steps))
            box.set_help(box.knob.help)
        if follow_end or self.last.value > steps:
            self.last.set_value(steps)
        if self.first.value > steps:
            self.first.set_value(0)
        if self.frame.value > steps:
            self.frame.set_value(steps)
        if self._epoch is not None:
            self._words["frame"][0].setText(self.tr("up to step") if table else self.tr("step"))
            self.epochs.setText(self._in_epochs())
        long = self.tr("{0} seconds long").format(f"{self.seconds():.1f}")
        self.length.setText(long if kind in RATES else "")

    def take(self, options: Mapping[str, Any], theme: str, steps: int) -> None:
        """Set everything as it was when a file was exported.

        Parameters
        ----------
        options
            Those of `optviz.render.export.export`, and the kind.
        theme
            What is drawn where the options name no theme.
        steps
            The number of the last frame.
        """
        kind = options.get("kind")
        if options.get("plot") is not None:
            self.plot.setCurrentIndex(max(self.plot.findData(options["plot"]), 0))
        if kind in RATES and options.get("fps") is not None:
            rate = Fraction(options["fps"])
            self._rates[kind] = rate.numerator if rate.denominator == 1 else rate
        if kind is not None and self.kind.findData(kind) >= 0:
            self.kind.setCurrentIndex(self.kind.findData(kind))
            self._fill_rates()
        if "size" in options:
            self._take_size(*options["size"])
        self.theme.setCurrentIndex(max(self.theme.findData(options.get("theme") or theme), 0))
        self.switches.take(options)
        for box in (self.first, self.last, self.frame):
            box.set_knob(replace(box.knob, maximum=steps))
        first, end = options.get("frames") or (0, steps + 1)
        self.first.set_value(min(first or 0, steps))
        self.last.set_value(min(steps if end is None else end - 1, steps))
        self.stride.set_value(options.get("stride") or 1)
        if options.get("frame") is not None:
            self.frame.set_value(min(options["frame"], steps))

    def _take_size(self, width: int, height: int) -> None:
        # findData compares a tuple by what Qt made of it, which is none of ours.
        known = next((i for i, size in enumerate(SIZES) if size == (width, height)), len(SIZES))
        if known == len(SIZES):
            self.width_box.set_value(width)
            self.height_box.set_value(height)
        self.size_choice.setCurrentIndex(known)

    def _in_epochs(self) -> str:
        ends = [self._epoch(k) for k in self.steps()[:: max(len(self.steps()) - 1, 1)]] if self._epoch else []
        known = [f"{epoch:.2f}" for epoch in ends if epoch is not None]
        if not known:
            return ""
        one = self.tr("epoch {0}").format(known[0])
        return one if len(known) == 1 else self.tr("epochs {0} to {1}").format(known[0], known[-1])

    def _name_frames(self, morphs: bool) -> None:
        """Call what the frames go through by its name: steps of the race, or frames of the morph."""
        if morphs == self.morphs:
            return
        self.morphs = morphs
        many, one = (self.tr("frames"), self.tr("frame")) if morphs else (self.tr("steps"), self.tr("step"))
        self._words["steps"][0].setText(many)
        self._words["frame"][0].setText(one)
        self._words["stride"][1].setText(many)
        way = self.tr("Frame 0 is before, the last is after")
        for box, name, help in (
            (self.first, self.tr("first frame"), way)
            if morphs
            else (self.first, self.tr("first step"), self.tr("The first step shown")),
            (self.last, self.tr("last frame"), way)
            if morphs
            else (self.last, self.tr("last step"), self.tr("The last step shown")),
            (self.frame, one, way) if morphs else (self.frame, one, self.tr("The step of the picture")),
        ):
            box.set_knob(replace(box.knob, help=help))
            box.set_name(name)
            box.set_help(help)

    def commit(self) -> None:
        """Take every number as it is typed."""
        for box in self.findChildren(NumberBox):
            box.commit()
