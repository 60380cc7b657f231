"""From a record to a scene: everything of a training that can be drawn at frame k, without Qt or torch."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from optviz.catalog import Array
from optviz.colors import PALETTE, slots
from optviz.entrant import learning_rates
from optviz.training.record import EntrantRecord, Judgement, Look, Record
from optviz.training.scene.grown import Grown
from optviz.training.scene.names import class_names, names
from optviz.training.scene.ranges import Extent, Range, Usual, above, log_range
from optviz.training.scene.running_mean import RunningMean, look_back
from optviz.training.setting import CLASSES, ModelSetting, Training

_CHANCE = math.log(CLASSES)  # the loss of a network that knows nothing
_STRAY = 2.0  # times the loss at the start: beyond it a curve leaves the plot
_STRAY_LOG = 100.0
_SPEED_PARTS = 16  # of an epoch: the time that a speed is measured over
_DECADES = 8.0


def has_relus(model: ModelSetting) -> bool:
    """Say whether a network has ReLUs: an LSTM has none, whatever activation its file names."""
    layers = model.hidden if model.kind == "mlp" else True
    return model.activation == "relu" and model.kind != "lstm" and bool(layers)


def _step(one: Look | Judgement) -> int:
    return one.step


@dataclass(frozen=True)
class TrainLine:
    """How an entrant is told apart.

    Attributes
    ----------
    entrant
        Its index in the file.
    index
        The style slot: which colour, dash and marker are its own (`optviz.colors.slots`).
    color
        "#rrggbb" where it is not the palette's.
    """

    entrant: int
    index: int
    label: str
    color: str | None


@dataclass(frozen=True, eq=False)
class Series:
    """A curve against epochs, float64[n] each.

    `mean` is the running mean of `values`; the same array where there is none.
    """

    epochs: Array
    values: Array
    mean: Array


class TrainScene:
    """Everything drawable about a training, for every frame.

    Frame k = 0 … `last` is step k of whoever takes the most steps; another entrant is shown up to the same
    share of its own. The record may grow: the scene follows it.

    Parameters
    ----------
    record
        What happened.
    training
        Gives title and view, where these are others than the record's.
    """

    def __init__(self, record: Record, training: Training | None = None) -> None:
        self.record = record
        self.training = training or record.training
        self._means: dict[tuple[int, str], RunningMean] = {}
        self._speeds: dict[int, Grown] = {}
        self._extents: dict[tuple[int, str], Extent] = {}
        self._usual: dict[tuple[int, str], Usual] = {}
        self._judged: dict[int, Grown] = {}

    # -------------------------------------------------------------- what it is

    @property
    def title(self) -> str:
        return self.training.title

    @property
    def theme(self) -> str:
        return self.training.view.theme

    @cached_property
    def last(self) -> int:
        """The index of the last frame of the whole training."""
        return self.record.training.steps

    @property
    def now(self) -> int:
        """The furthest frame that is known."""
        last = self.last
        known = (
            -(-min(entrant.steps, steps) * last // steps)
            for entrant, steps in zip(self.record.entrants, self._steps, strict=True)
        )
        return max(known, default=0)

    @property
    def epochs(self) -> int:
        return self.record.training.epochs

    @cached_property
    def _steps(self) -> tuple[int, ...]:
        training = self.record.training
        return tuple(training.steps_of(i) for i in range(len(training.entrants)))

    @cached_property
    def lines(self) -> tuple[TrainLine, ...]:
        """The entrants that are drawn; all of them where each is hidden."""
        entrants = self.training.entrants
        places = slots([entrant.color for entrant in entrants])
        made = tuple(
            TrainLine(i, slot, name, e.color if e.color and e.color.lower() not in PALETTE else None)
            for i, (slot, name, e) in enumerate(zip(places, names(self.training), entrants, strict=True))
        )
        return tuple(line for line in made if not entrants[line.entrant].hidden) or made

    @property
    def chosen(self) -> int:
        """The entrant whose inside is shown."""
        return min(self.training.view.entrant, len(self.record.entrants) - 1)

    @property
    def chosen_line(self) -> TrainLine:
        """How the entrant whose inside is shown is told apart; the first drawn where that is hidden."""
        return next((line for line in self.lines if line.entrant == self.chosen), self.lines[0])

    @property
    def has_relus(self) -> bool:
        """Whether the chosen entrant's network has neurons that can die."""
        return has_relus(self.record.training.resolved_entrants[self.chosen].model)

    @property
    def class_names(self) -> tuple[str, ...]:
        """What the classes are called, by number."""
        return class_names(self.record.training.dataset)

    def entrant(self, i: int) -> EntrantRecord:
        """Return what is known of entrant `i`; of the last one where there are not so many."""
        return self.record.entrants[min(i, len(self.record.entrants) - 1)]

    # -------------------------------------------------------------- frames

    def epoch_at(self, k: int) -> float:
        """Return how many epochs are done at frame `k`."""
        return self.epochs * min(max(k, 0), self.last) / max(self.last, 1)

    def frame_at(self, epoch: float) -> int:
        """Return the frame nearest to a number of epochs, among those known."""
        if not math.isfinite(epoch):
            return self.now
        return min(max(round(epoch / self.epochs * self.last), 0), self.now)

    def steps_at(self, i: int, k: int) -> int:
        """Return how many steps entrant `i` has done at frame `k`, as far as they are known."""
        steps = self._steps[min(i, len(self._steps) - 1)]
        share = round(min(max(k, 0), self.last) * steps / max(self.last, 1))
        return min(share, self.entrant(i).steps)

    def looks_until(self, i: int, k: int) -> list[Look]:
        """Return the looks inside entrant `i` up to frame `k`."""
        looks = self.entrant(i).looks
        return looks[: bisect_right(looks, self.steps_at(i, k), key=_step)]

    def look_at(self, i: int, k: int) -> Look | None:
        """Return the latest look inside entrant `i` at frame `k`."""
        looks = self.entrant(i).looks
        count = bisect_right(looks, self.steps_at(i, k), key=_step)
        return looks[count - 1] if count else None

    def judgements_at(self, i: int, k: int) -> list[Judgement]:
        """Return the judgements of entrant `i` up to frame `k`."""
        return self.entrant(i).judgements[: self._judged_at(i, k)]

    def judgement_at(self, i: int, k: int) -> Judgement | None:
        """Return the latest judgement of entrant `i` at frame `k`."""
        count = self._judged_at(i, k)
        return self.entrant(i).judgements[count - 1] if count else None

    def _judged_at(self, i: int, k: int) -> int:
        return bisect_right(self.entrant(i).judgements, self.steps_at(i, k), key=_step)

    def lost_at(self, i: int, k: int) -> bool:
        """Say whether entrant `i` has diverged by frame `k`."""
        own = self.entrant(i)
        return own.status == "diverged" and self.steps_at(i, k) >= own.steps

    # -------------------------------------------------------------- curves

    def curve(self, i: int, key: str) -> Series:
        """Return "loss", "accuracy", "learning_rate" or "speed" of entrant `i` at each known step."""
        own = self.entrant(i)
        values = self._speed(i) if key == "speed" else own.column(key)
        mean = values
        if key in ("loss", "accuracy"):
            mean = self._mean(i, key, values, own.column("epoch"))
        return Series(own.column("epoch"), values, mean)

    def _mean(self, i: int, key: str, values: Array, epochs: Array) -> Array:
        mean = self._means.get((i, key))
        if mean is None:
            mean = self._means[i, key] = RunningMean(look_back(self.training.view.smoothing, self.epochs))
        return mean.of(values, epochs)

    @np.errstate(all="ignore")
    def _speed(self, i: int) -> Array:
        """Return images a second at each step, over the steps before it."""
        own = self.entrant(i)
        known = self._speeds.setdefault(i, Grown())
        done, count = known.count, own.steps
        if done < count:
            training = self.record.training
            span = max(1, training.steps_per_epoch(i) // _SPEED_PARTS)
            first = max(done + 1 - span, 0)  # in counts of steps, of which 0 is the start
            images, seconds = (self._from(own.column(name), first) for name in ("epoch", "seconds"))
            to = np.arange(done + 1, count + 1)
            since = np.maximum(to - span, 0)
            took = seconds[to - first] - seconds[since - first]
            new = training.images * (images[to - first] - images[since - first]) / took
            known.add(np.where(np.isfinite(new) & (new >= 0.0), new, np.nan))
        return known.values

    @staticmethod
    def _from(column: Array, first: int) -> Array:
        """Return a column from after `first` steps on; after none it was 0."""
        return column[first - 1 :] if first else np.concatenate([[0.0], column])

    def layer_curves(self, i: int, key: str) -> tuple[Series, ...]:
        """Return "gradient_norm" or "update_ratio" of each layer of entrant `i`, the first layer first."""
        own = self.entrant(i)
        values = own.gradient_norms if key == "gradient_norm" else own.update_ratios
        epochs = own.layer_steps / self.record.training.steps_per_epoch(i)
        return tuple(
            Series(epochs, one, self._mean(i, f"{key} {layer}", one, epochs))
            for layer, one in enumerate(values.T)
        )

    def layers_measured_at(self, i: int, k: int) -> int:
        """Return how often the layers of entrant `i` have been measured up to frame `k`."""
        return int(np.searchsorted(self.entrant(i).layer_steps, self.steps_at(i, k), side="right"))

    def tests_at(self, i: int, key: str, k: int) -> tuple[Array, Array]:
        """Return the epochs and the test "loss" or "accuracy" of entrant `i` up to frame `k`."""
        known = self._tests(i)[: self._judged_at(i, k)]
        return known[:, 0], known[:, 1 if key == "loss" else 2]

    def _tests(self, i: int) -> Array:
        """Return float64[n, 3]: epoch, test loss and test accuracy of each judgement of entrant `i`."""
        known = self._judged.setdefault(i, Grown(3))
        new = self.entrant(i).judgements[known.count :]
        if new:
            known.add(np.array([(one.epoch, one.loss, one.accuracy) for one in new], dtype=np.float64))
        return known.values

    def planned_rates(self, i: int) -> tuple[Array, Array]:
        """Return the epochs and the learning rates that the schedule of entrant `i` gives its steps."""
        if i not in self._plans:
            rates = learning_rates(self.record.training.entrants[i], self._steps[i])
            each = self.record.training.steps_per_epoch(i)
            self._plans[i] = (np.arange(1, len(rates) + 1) / each, rates)
        return self._plans[i]

    @cached_property
    def _plans(self) -> dict[int, tuple[Array, Array]]:
        return {}

    # -------------------------------------------------------------- ranges

    def range(self, key: str) -> Range:
        """Return the range of a plot's values: that of all that is known, in round numbers.

        It grows with what becomes known, in few steps, and is the same for every frame.
        """
        if key == "accuracy":
            return Range(0.0, 1.0, False)
        if key == "learning_rate":
            return self._rate_range
        if key in ("gradient_norm", "update_ratio"):
            of = self.entrant(self.chosen)
            usual = self._usual.setdefault((self.chosen, key), Usual())
            extent = usual.of(of.gradient_norms if key == "gradient_norm" else of.update_ratios)
            start = 1.0 if key == "gradient_norm" else 1e-2
            return log_range(extent, 1e-2 * start, start, _DECADES, least=2.0)
        extents = [self._extent(line.entrant, key) for line in self.lines]
        extent = extents[0].joined(*extents[1:])
        if key == "speed":
            return Range(0.0, above(extent.high, 1000.0), False)
        tests = [self._extent(line.entrant, "test_loss") for line in self.lines]
        both = extent.joined(*tests)
        starts = [float(own[0]) for line in self.lines if len(own := self.curve(line.entrant, "loss").values)]
        most = max([_CHANCE, *(s for s in starts if math.isfinite(s))])
        if self.training.view.log:
            high = above(min(both.high, _STRAY_LOG * most), _CHANCE)
            return log_range(both, 0.1 * high, high, _DECADES, least=1.0)._replace(high=high)
        return Range(0.0, above(min(both.high, _STRAY * most), _CHANCE), False)

    def _extent(self, i: int, key: str) -> Extent:
        extent = self._extents.setdefault((i, key), Extent())
        if key == "test_loss":
            return extent.of(self._tests(i)[:, 1])
        return extent.of(self.curve(i, key).mean)

    @cached_property
    def _rate_range(self) -> Range:
        rates = [self.planned_rates(line.entrant)[1] for line in self.lines]
        tops = [float(own.max(initial=0.0)) for own in rates]
        high = max(tops)
        spread = max((high / top for top in tops if top > 0.0), default=1.0)
        if not (0.0 < high < math.inf):
            return Range(0.0, 1.0, False)
        if spread < 8.0:
            return Range(0.0, above(1.05 * high, 0.0), False)
        # A schedule that ends at 0 leaves the plot rather than giving it decades of nothing.
        return log_range(Extent(), high / spread / 10.0, high, _DECADES, least=1.0)
