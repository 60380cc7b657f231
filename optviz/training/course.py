"""One entrant on its way: its network, its optimizer, its batches, and what is measured at each step."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from time import perf_counter
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from optviz.catalog import Array
from optviz.entrant import learning_rates
from optviz.setting import Penalty
from optviz.training.images.tensors import Tensors
from optviz.training.network.inside import look
from optviz.training.network.judgement import judge, per_class
from optviz.training.network.models import build
from optviz.training.record import POINT_COLUMNS, Judgement, Look, News, add_judgement, add_look
from optviz.training.setting import Training
from optviz.training.steps.kernel_optimizer import make_optimizer

LAYER_MEASURES = 1500  # at most so many steps of a training are measured layer by layer
SAMPLE = 128  # test images that histograms and dead neurons are told from
STATUSES = ("waiting", "training", "done", "stopped", "diverged")
_PER_CLASS = tuple(f"{macro}{name}" for macro in ("", "macro_") for name in ("precision", "recall", "f1"))
_PATH_BYTES = 2**24
_PATH_POINTS = (2, 64)


def order_of(training: Training, epoch: int) -> npt.NDArray[np.int64]:
    """Return int64[n]: the order of the images in an epoch (from 0), the same for every entrant."""
    return _order(training.seed, training.images, epoch)


@lru_cache(maxsize=8)
def _order_digest(seed: int, images: int, epochs: int) -> str:
    """Return the SHA-256 of the order of images in the first epochs, at most 100 of them."""
    running = hashlib.sha256()
    for epoch in range(min(epochs, 100)):
        running.update(_order(seed, images, epoch).tobytes())
    return running.hexdigest()


def _order(seed: int, images: int, epoch: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng([seed, epoch]).permutation(images)


def penalty_on(weights: Sequence[Any], penalty: Penalty) -> Any:
    """Return what a penalty adds to the loss of a network: l1 Σ |w| + l2 / 2 Σ w² over tensors of weights."""
    import torch

    total: Any = 0.0
    if penalty.l2 > 0.0:
        total = 0.5 * penalty.l2 * torch.stack([w.square().sum() for w in weights]).sum()
    if penalty.l1 > 0.0:
        total = total + penalty.l1 * torch.stack([w.abs().sum() for w in weights]).sum()
    return total


class Course:
    """The training of one entrant, a step at a time.

    Parameters
    ----------
    index
        Its place among the entrants.
    tensors
        The images.

    Attributes
    ----------
    done, steps
        Steps done and to be done.
    status, why
        "waiting", "training", "done" or "diverged"; the reason in a sentence.
    changed
        Whether something happened since the last checkpoint.
    """

    def __init__(self, training: Training, index: int, tensors: Tensors) -> None:
        self.training, self.index, self.tensors = training, index, tensors
        self.setting = training.resolved_entrants[index]
        entrant = training.entrants[index]
        shape = tuple(tensors.test_raw.shape[1:])
        network = build(self.setting.model, (shape[0], shape[1]), training.seed, tensors.dtype)
        self.network = network.to(tensors.device)
        self.layers: tuple[str, ...] = tuple(self.network.layer_names)
        self._by_layer = [list(self.network.layer_parameters()[name]) for name in self.layers]
        self._parameters = [p for part in self._by_layer for p in part]
        self._penalized = list(self.network.penalized())
        self.optimizer = make_optimizer(self.network.parameters(), entrant, tensors.step)
        self.steps, self.each = training.steps_of(index), training.steps_per_epoch(index)
        self.rates = learning_rates(entrant, self.steps)
        self.done = 0
        self.seconds = 0.0
        self.status, self.why = "waiting", ""
        self.changed = True
        self.start_digest = self._weights_digest()
        self._order: Any = None
        self._epoch = -1
        self._measured_every = max(1, math.ceil(self.steps / LAYER_MEASURES))
        self._pending: list[tuple[int, float, Any, Any, Any]] = []  # numbers may still be on the device
        self._measures: list[tuple[int, Any]] = []  # likewise
        self._judgements: list[Judgement] = []
        self._looks: list[Look] = []
        self.all_judgements: list[Judgement] = []
        self.all_looks: list[Look] = []
        self.look_seconds, self.looked_at = 0.0, -math.inf
        self._summed_up = False
        self.kept_at = perf_counter()
        count = sum(p.numel() for p in self._parameters)
        most = min(max(_PATH_BYTES // (4 * count), _PATH_POINTS[0]), _PATH_POINTS[1])
        self._path_every = max(1, math.ceil(self.steps / most))
        self.path_steps: list[int] = []
        self.path_weights: list[npt.NDArray[np.float32]] = []
        self._keep_path()

    # -------------------------------------------------------------- one step

    @property
    def finished(self) -> bool:
        return self.done >= self.steps or self.status == "diverged"

    @property
    def share(self) -> float:
        """How far it is, 0 to 1."""
        return 1.0 if self.finished else self.done / self.steps

    @property
    def at_epoch_end(self) -> bool:
        """Whether the last step ended an epoch."""
        return self.done > 0 and self.done % self.each == 0

    def batch_at(self, step: int) -> npt.NDArray[np.int64]:
        """Return the images of a step (from 0), by their numbers."""
        places = self._images_of(step)
        return order_of(self.training, step // self.each)[places.start : places.stop]

    def _images_of(self, step: int) -> range:
        """Return the places of a step's images in the order of its epoch."""
        place, size = step % self.each, self.setting.batch_size
        return range(place * size, min((place + 1) * size, self.training.images))

    def step(self) -> int:
        """Do one step and return how many images it saw."""
        import torch
        from torch.nn import functional

        began = perf_counter()
        self.status = "training"
        self.changed = True
        epoch = self.done // self.each
        if epoch != self._epoch:
            order = order_of(self.training, epoch)
            self._order = torch.from_numpy(order).to(self.tensors.device)
            self._epoch = epoch
        places = self._images_of(self.done)
        chosen = self._order[places.start : places.stop]
        x, y = self.tensors.train_x[chosen], self.tensors.train_y[chosen]
        if self.setting.model.dropout > 0.0:
            # From the step alone: going on needs no state, and entrants silence the same neurons.
            torch.manual_seed(_mixed(self.training.seed, self.done))
        self.optimizer.set_learning_rate(float(self.rates[self.done]))
        measured = (self.done + 1) % self._measured_every == 0 or self.done == 0
        before = [p.detach().clone() for p in self._parameters] if measured else []
        self.optimizer.probe()  # some rules take their gradient elsewhere than at the weights
        self.optimizer.zero_grad(set_to_none=True)
        logits = self.network(x)
        loss = functional.cross_entropy(logits, y) + penalty_on(self._penalized, self.setting.penalty)
        loss.backward()
        right = (logits.detach().argmax(1) == y).sum()
        with torch.no_grad():
            norms = torch.stack(torch._foreach_norm([cast(Any, p.grad) for p in self._parameters]))
        total = norms.norm()
        row = (self.done, 0.0, loss.detach(), right, total)
        if self.tensors.on_cpu and not math.isfinite(float(row[2])):
            self._diverge(row, began)
            return len(chosen)
        self.optimizer.step()
        self.done += 1
        if measured:
            self._measure(norms, before)
        self.seconds += perf_counter() - began
        self._pending.append((row[0], self.seconds, *row[2:]))
        if self.done % self._path_every == 0 or self.done == self.steps:
            self._keep_path()
        if self.done == self.steps:
            self.status = "done"
        return len(chosen)

    def _diverge(self, row: tuple[int, float, Any, Any, Any], began: float) -> None:
        self.optimizer.withdraw()
        self.seconds += perf_counter() - began
        self._pending.append((row[0], self.seconds, *row[2:]))
        self._end_diverged(self.done + 1)

    def _end_diverged(self, step: int) -> None:
        rate = float(self.rates[min(step, self.steps) - 1])
        self.status = "diverged"
        self.why = f"The loss is no longer a finite number at step {step} (learning rate {rate:.3g})."

    def _measure(self, norms: Any, before: list[Any]) -> None:
        """Note each layer's gradient norm, and the length of its step over that of its weights."""
        import torch

        with torch.no_grad():
            moves = torch._foreach_sub([p.detach() for p in self._parameters], before)
            lengths = torch.stack([torch.stack(torch._foreach_norm(of)) for of in (moves, before)])
        self._measures.append((self.done, torch.cat([norms[None], lengths])))

    # -------------------------------------------------------------- looking and judging

    def look(self, digit: int) -> None:
        """Look inside."""
        began = perf_counter()
        x = self.tensors.test_x
        digit = min(digit, len(x) - 1)
        found = look(
            self.network, x[:SAMPLE], x[digit : digit + 1],
            step=self.done, epoch=self.done / self.each, digit_index=digit,
        )  # fmt: skip
        self._looks.append(found)
        add_look(self.all_looks, found)
        self.looked_at = perf_counter()
        self.look_seconds = self.looked_at - began

    def look_at(self, digit: int) -> Look:
        """Return what the network makes of one test image; the rest of the look is that image's alone."""
        x = self.tensors.test_x
        digit = min(digit, len(x) - 1)
        one = x[digit : digit + 1]
        return look(
            self.network, one, one, step=self.done, epoch=self.done / self.each, digit_index=digit
        )  # fmt: skip

    @property
    def unjudged(self) -> bool:
        """Whether an epoch has ended and the test set was not tried since."""
        if not self.at_epoch_end or self.status == "diverged":
            return False
        return not self.all_judgements or self.all_judgements[-1].step < self.done

    def judge(self, called_off: Callable[[], bool]) -> bool:
        """Try the test set; return whether that was done, or called off in the middle."""
        found = judge(
            self.network, self.tensors.test_x, self.tensors.test_y, self.tensors.test_raw,
            epoch=self.done // self.each, step=self.done, called_off=called_off,
        )  # fmt: skip
        if found is None:
            return False
        self._judgements.append(found)
        add_judgement(self.all_judgements, found)
        return True

    def news(self) -> News:
        """Return what is new since the last time."""
        points = self._points()
        layers = self._layer_points()
        summary = self.summary() if self.finished and not self.unjudged and not self._summed_up else None
        self._summed_up = self._summed_up or summary is not None
        judgements = tuple(one for one in self._judgements if one.step <= self.done)
        looks = tuple(one for one in self._looks if one.step <= self.done)
        self._judgements, self._looks = [], []
        return News(points, layers, judgements, looks, self.status, self.why, summary)

    def _layer_points(self) -> Array:
        """Return float64[k, 1 + 2 L]: what was measured layer by layer; see `News`."""
        import torch

        rows = np.empty((len(self._measures), 1 + 2 * len(self.layers)))
        if self._measures:
            tables = torch.stack([table for _, table in self._measures]).cpu().double().square().numpy()
            edges = np.cumsum([0, *(len(part) for part in self._by_layer)])[:-1]
            gradient, move, weight = np.sqrt(np.add.reduceat(tables, edges, axis=2)).swapaxes(0, 1)
            with np.errstate(all="ignore"):
                ratio = np.where(weight > 0.0, move / weight, np.nan)
            rows[:] = np.column_stack([[step for step, _ in self._measures], gradient, ratio])
            self._measures = []
        return rows[rows[:, 0] <= self.done]

    def _points(self) -> Array:
        import torch

        points = np.empty((len(self._pending), len(POINT_COLUMNS)))
        if self._pending:
            pending, self._pending = self._pending, []
            numbers: Any = list(zip(*pending, strict=True))
            waited = perf_counter()
            columns = [torch.stack(numbers[i]).cpu().double().numpy() for i in (2, 3, 4)]
            waited = 0.0 if self.tensors.on_cpu else perf_counter() - waited
            steps = np.array([row[0] for row in pending], dtype=np.float64) + 1.0
            columns[1] /= [len(self._images_of(row[0])) for row in pending]
            rates = self.rates[[row[0] for row in pending]]
            # A device goes on by itself: what it took shows only where one waits for it.
            seconds = np.array([row[1] for row in pending])
            seconds += waited * (1.0 + np.arange(len(pending))) / len(pending)
            self.seconds += waited
            points[:] = np.column_stack(
                [steps, steps / self.each, columns[0], columns[1], rates, columns[2], seconds]
            )
            lost = np.flatnonzero(~np.isfinite(columns[0]))
            if len(lost) and self.status != "diverged":  # on a GPU it is seen only now
                points = points[: lost[0] + 1]
                self.done = int(points[-1, 0]) - 1
                self._end_diverged(self.done + 1)
                self._drop_after()
        return points

    def _drop_after(self) -> None:
        """Forget what was kept of steps that do not count."""
        self.all_judgements = [one for one in self.all_judgements if one.step <= self.done]
        self.all_looks = [one for one in self.all_looks if one.step <= self.done]
        kept = [pair for pair in zip(self.path_steps, self.path_weights, strict=True) if pair[0] <= self.done]
        self.path_steps, self.path_weights = [step for step, _ in kept], [row for _, row in kept]

    def summary(self) -> dict[str, Any]:
        """Return what summary.json holds."""
        size = self.setting.batch_size
        epochs, left = divmod(self.done, self.each)
        in_epoch = min(self.training.images, self.each * size)
        seen = epochs * in_epoch + min(left * size, in_epoch)
        known: dict[str, Any] = {
            "optimizer": self.training.entrants[self.index].optimizer,
            "title": self.training.entrants[self.index].title,
            "status": self.status,
            "why": self.why,
            "steps": self.done,
            "epochs": self.done / self.each,
            "parameters": sum(p.numel() for p in self._parameters),
            "images_per_second": seen / self.seconds if self.seconds > 0.0 else 0.0,
            "seconds": self.seconds,
            "device": str(self.tensors.device),
            "start_sha256": self.start_digest,
            "order_sha256": _order_digest(
                self.training.seed, self.training.images, math.ceil(self.done / self.each)
            ),
        }
        known |= dict.fromkeys(("test_accuracy", "test_loss", *_PER_CLASS, "confusion_matrix"))
        if self.all_judgements:
            last = self.all_judgements[-1]
            known |= {
                "test_accuracy": last.accuracy,
                "test_loss": last.loss if math.isfinite(last.loss) else None,
                **per_class(last.confusion),
                "confusion_matrix": last.confusion.tolist(),
            }
        return known

    # -------------------------------------------------------------- keeping

    @property
    def told(self) -> int:
        """How many steps metrics.jsonl knows: a diverged entrant's last one was never taken."""
        return self.done + (self.status == "diverged")

    def _weights_digest(self) -> str:
        running = hashlib.sha256()
        for name, parameter in self.network.named_parameters():
            running.update(name.encode())
            running.update(parameter.detach().cpu().contiguous().numpy().tobytes())
        return running.hexdigest()

    @property
    def path_parts(self) -> list[tuple[str, tuple[int, ...]]]:
        return [(name, tuple(p.shape)) for name, p in self.network.named_parameters()]

    def _keep_path(self) -> None:
        import torch

        with torch.no_grad():
            flat = torch.cat([p.detach().reshape(-1).float() for p in self.network.parameters()])
        self.path_steps.append(self.done)
        self.path_weights.append(flat.cpu().numpy().copy())

    def state(self) -> dict[str, Any]:
        """Return what is needed to go on as if never stopped."""
        return {
            "model": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "step": self.done,
            "seconds": self.seconds,
            "status": self.status,
            "why": self.why,
            "start_sha256": self.start_digest,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Go on from what `state` returned."""
        step, status = state["step"], state["status"]
        if type(step) is not int or not 0 <= step <= self.steps or status not in STATUSES:
            raise ValueError
        self.network.load_state_dict(state["model"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.done, self.seconds = int(state["step"]), float(state["seconds"])
        self.status, self.why = str(state["status"]), str(state["why"])
        self.start_digest = str(state["start_sha256"])
        self.changed = False

    def remember(
        self, judgements: tuple[Judgement, ...], looks: tuple[Look, ...], path: tuple[list[int], list[Any]]
    ) -> None:
        """Take over what an earlier part of the same training kept, up to the step it goes on from."""
        self.all_judgements = [one for one in judgements if one.step <= self.done]
        self.all_looks = [one for one in looks if one.step <= self.done]
        kept = [(step, row) for step, row in zip(*path, strict=True) if step <= self.done]
        if kept:
            self.path_steps, self.path_weights = [s for s, _ in kept], [row for _, row in kept]


def _mixed(seed: int, step: int) -> int:
    """Return a number for torch's generator that differs for every step."""
    return int(np.random.SeedSequence([seed, step]).generate_state(1, np.uint64)[0] >> 1)
