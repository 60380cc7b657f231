"""Kernels and torch twins train the same networks; both resume bit for bit."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits
from torch import Tensor, nn

from optviz.entrant import Entrant, ScheduleSetting, learning_rates
from optviz.errors import InputError
from optviz.optimizers import OPTIMIZERS
from optviz.training.steps.kernel_optimizer import KernelOptimizer, make_optimizer
from optviz.training.steps.weight_optimizer import WeightOptimizer

RULES = [identifier for identifier in OPTIMIZERS.ids if identifier != "newton"]
PROBING = ["schedule_free_sgd", "schedule_free_adamw"]
HOWS = ["kernel", "torch"]
DTYPES = [torch.float32, torch.float64]

# Hyperparameters that switch every term of a rule on; without an entry in the second place, one case will do.
OFF_DEFAULTS: dict[str, list[dict[str, float]]] = {
    "gd": [{"learning_rate": 0.1, "weight_decay": 0.03}],
    "sgd": [
        {"learning_rate": 0.1, "momentum": 0.8, "dampening": 0.3, "weight_decay": 0.02},
        {"dampening": 0.5, "learning_rate": 0.1},  # without momentum there is nothing to dampen
    ],
    "momentum": [{"learning_rate": 0.05, "dampening": -0.5, "weight_decay": 0.02}],
    "nesterov": [
        {"learning_rate": 0.05, "momentum": 0.7, "weight_decay": 0.03},
        {"learning_rate": 0.1, "momentum": 0.0},  # torch refuses to call this nesterov
    ],
    "qhm": [{"learning_rate": 0.1, "momentum": 0.9, "nu": 0.4}],
    "adagrad": [
        {
            "learning_rate": 0.1,
            "lr_decay": 0.05,
            "initial_accumulator_value": 0.01,
            "epsilon": 0.01,
            "weight_decay": 0.02,
        }
    ],
    "adadelta": [{"learning_rate": 0.5, "rho": 0.7, "epsilon": 1e-3, "weight_decay": 0.02}],
    "rmsprop": [
        {"learning_rate": 2e-3, "alpha": 0.8, "epsilon": 1e-3, "momentum": 0.6, "weight_decay": 0.02},
        {"alpha": 0.9, "epsilon": 1e-2, "centered": True, "momentum": 0.5, "weight_decay": 0.01},
    ],
    "rprop": [{"learning_rate": 0.1, "eta_minus": 0.7, "eta_plus": 1.05, "step_min": 0.02, "step_max": 0.3}],
    "adam": [
        {"beta1": 0.7, "beta2": 0.9, "epsilon": 1e-3, "weight_decay": 0.02},
        {"bias_correction": False, "weight_decay": 0.02},
    ],
    "adamax": [{"beta1": 0.7, "beta2": 0.8, "epsilon": 1e-3, "weight_decay": 0.02}],
    "adamw": [{"beta1": 0.7, "beta2": 0.9, "epsilon": 1e-3, "weight_decay": 0.4}],
    "amsgrad": [{"beta1": 0.7, "beta2": 0.8, "epsilon": 1e-3, "weight_decay": 0.02}],
    "nadam": [{"beta1": 0.8, "beta2": 0.9, "epsilon": 1e-3, "weight_decay": 0.02, "momentum_decay": 0.1}],
    "radam": [{"beta1": 0.7, "beta2": 0.99, "epsilon": 1e-3, "weight_decay": 0.02}, {"beta2": 0.6}],
    "adabelief": [{"learning_rate": 0.01, "beta1": 0.7, "beta2": 0.9, "epsilon": 1e-3}],
    "qhadam": [{"beta1": 0.8, "beta2": 0.9, "nu1": 0.6, "nu2": 0.7, "epsilon": 1e-3}],
    "lion": [{"learning_rate": 0.01, "beta1": 0.8, "beta2": 0.95, "weight_decay": 0.3}],
    "sign_sgd": [{"learning_rate": 0.01}],
    "schedule_free_sgd": [{"learning_rate": 0.1, "momentum": 0.6, "weight_decay": 0.3}],
    "schedule_free_adamw": [
        {"learning_rate": 0.02, "beta1": 0.7, "beta2": 0.9, "epsilon": 1e-3, "weight_decay": 0.3}
    ],
}
CASES = [(rule, {}, nn.Tanh) for rule in RULES] + [
    (rule, changed, nn.ReLU) for rule in RULES for changed in OFF_DEFAULTS[rule]
]


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def digits() -> tuple[Tensor, Tensor]:
    bunch = load_digits()
    return torch.tensor(bunch.data / 16.0), torch.tensor(bunch.target)


def entrant(rule: str, changed: dict[str, float] | None = None) -> Entrant:
    """An entrant whose learning rate is another at each step."""
    return Entrant(rule, hyperparameters=changed or {}, schedule=ScheduleSetting("one_cycle"))


def network(activation: type[nn.Module], dtype: torch.dtype) -> nn.Sequential:
    """64 pixels, 16 neurons, 10 logits; the same numbers in either dtype, up to rounding."""
    made = nn.Sequential(nn.Linear(64, 16), activation(), nn.Linear(16, 10)).double()
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for p in made.parameters():
            p.copy_(torch.rand(p.shape, generator=generator, dtype=torch.float64) * 0.4 - 0.2)
    return made.to(dtype)


def weights(model: nn.Module) -> np.ndarray[Any, Any]:
    return torch.cat([p.detach().double().reshape(-1) for p in model.parameters()]).numpy()


class Trainer:
    """Trains a network as a training does, batch by batch, some steps at a time."""

    def __init__(
        self,
        digits: tuple[Tensor, Tensor],
        one: Entrant,
        how: str,
        activation: type[nn.Module] = nn.Tanh,
        dtype: torch.dtype = torch.float64,
        steps: int = 100,
    ) -> None:
        self.model = network(activation, dtype)
        self.optimizer = make_optimizer(self.model.parameters(), one, how)
        self.images, self.labels = digits[0].to(dtype), digits[1]
        self.rates = learning_rates(one, steps)
        self.batches = np.random.default_rng(0).integers(0, len(self.labels), (steps, 32))
        self.done = 0

    def loss(self, rows: Tensor | slice) -> Tensor:
        return nn.functional.cross_entropy(self.model(self.images[rows]), self.labels[rows])

    def train(self, until: int) -> Trainer:
        for k in range(self.done, until):
            self.optimizer.set_learning_rate(self.rates[k])
            self.optimizer.probe()
            self.optimizer.zero_grad()
            self.loss(torch.tensor(self.batches[k])).backward()
            self.optimizer.step()
        self.done = until
        return self


def disagreement(
    digits: tuple[Tensor, Tensor], first: Entrant, second: Entrant, activation: Any, dtype: torch.dtype
) -> tuple[float, float]:
    """How far 100 steps of the first by kernel and of the second in torch are apart.

    Both are shares: the largest difference of a weight, of its size and the typical way that weights went;
    and the root mean square difference, of the weights' root mean square.
    """
    start = weights(network(activation, dtype))
    one = weights(Trainer(digits, first, "kernel", activation, dtype).train(100).model)
    other = weights(Trainer(digits, second, "torch", activation, dtype).train(100).model)
    assert np.isfinite(one).all()
    way = np.sqrt(np.mean((other - start) ** 2))
    assert way > 1e-5  # something was trained
    size = np.sqrt(np.mean(other**2))
    worst = np.max(np.abs(one - other) / (np.abs(other) + way))
    return float(worst), float(np.sqrt(np.mean((one - other) ** 2)) / size)


@pytest.mark.parametrize(("rule", "changed", "activation"), CASES)
def test_kernel_and_twin_train_the_same_weights(
    digits: tuple[Tensor, Tensor], rule: str, changed: dict[str, float], activation: type[nn.Module]
) -> None:
    """100 real steps, double precision. Reached: 4e-15 at worst; other processors get some room."""
    one = entrant(rule, changed)
    worst, _ = disagreement(digits, one, one, activation, torch.float64)
    assert worst < 1e-12


@pytest.mark.parametrize(("rule", "changed", "activation"), CASES)
def test_kernel_and_twin_train_the_same_weights_in_single_precision(
    digits: tuple[Tensor, Tensor], rule: str, changed: dict[str, float], activation: type[nn.Module]
) -> None:
    """At most as far apart as if each step rounded every weight once more, always the same way.

    Kernels compute in float64 and round once a step; torch rounds after each operation. Measured over 15
    networks: 0.0 to 0.3 of this bound. Where a gradient's sign is all that counts, a gradient of about zero
    may flip between two roundings, and the paths part by whole steps: with sign_sgd at ten times the rate
    here it happened in one network of 15, so the rates here are lower.
    """
    one = entrant(rule, changed)
    _, mean = disagreement(digits, one, one, activation, torch.float32)
    assert mean < 100 * np.finfo(np.float32).eps


@pytest.mark.parametrize(
    ("rule", "changed", "other", "different"),
    [
        ("adam", {}, "amsgrad", {}),
        ("adam", {"beta1": 0.7, "beta2": 0.9}, "adam", {"beta1": 0.9, "beta2": 0.7}),
        ("adam", {"weight_decay": 0.01}, "adamw", {"weight_decay": 0.01}),
        ("nadam", {}, "nadam", {"momentum_decay": 0.005}),
        ("qhadam", {"nu2": 0.9}, "qhadam", {}),
        ("lion", {}, "lion", {"beta2": 0.9}),
        ("sgd", {}, "sgd", {"momentum": 0.1}),
        (
            "schedule_free_sgd",
            {"learning_rate": 0.1},
            "schedule_free_sgd",
            {"learning_rate": 0.1, "momentum": 0.8},
        ),
        ("schedule_free_adamw", {}, "schedule_free_adamw", {"beta1": 0.8}),
    ],
)
def test_the_comparison_sees_a_difference(
    digits: tuple[Tensor, Tensor],
    rule: str,
    changed: dict[str, float],
    other: str,
    different: dict[str, float],
) -> None:
    """What the two tests above rest on can fail, in either precision."""
    pair = entrant(rule, changed), entrant(other, different)
    assert disagreement(digits, *pair, nn.Tanh, torch.float64)[0] > 1e-6
    assert disagreement(digits, *pair, nn.Tanh, torch.float32)[1] > 100 * np.finfo(np.float32).eps


def test_kernel_is_the_one_of_the_race(digits: tuple[Tensor, Tensor]) -> None:
    """Given the gradients of a training, the catalog's step kernel makes the same weights, bit for bit."""
    rule = OPTIMIZERS["adam"]
    trainer = Trainer(digits, entrant("adam"), "kernel")
    bias = trainer.model[0].bias
    theta, state, memory = bias.detach().numpy().copy(), np.zeros((2, 16)), np.zeros(2)
    hypers = np.array([float(knob.default) for knob in rule.knobs])
    for k in range(20):
        trainer.train(k + 1)
        hypers[0] = trainer.rates[k]
        rule.step.compiled(theta, bias.grad.numpy(), np.empty((3, 0)), state, memory, hypers, k + 1)
        np.testing.assert_array_equal(bias.detach().numpy(), theta)


def saved(value: dict[str, Any]) -> Any:
    """What is left of a value after it was saved and loaded."""
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return torch.load(file, weights_only=True)


def identical(one: Any, other: Any) -> bool:
    """Whether two states are the same to the bit, types and precisions included."""
    if isinstance(one, Tensor):
        return one.dtype == other.dtype and torch.equal(one, other)
    if isinstance(one, dict):
        return list(one) == list(other) and all(identical(one[name], other[name]) for name in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(identical, one, other))
    return type(one) is type(other) and bool(one == other)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("rule", [*RULES, "adam without bias correction"])
def test_resumed_run_is_the_uninterrupted_one(
    digits: tuple[Tensor, Tensor], rule: str, how: str, dtype: torch.dtype
) -> None:
    plain = {"bias_correction": False} if rule.startswith("adam ") else {}
    one = entrant(rule.split()[0], plain)
    whole = Trainer(digits, one, how, dtype=dtype, steps=20).train(20)
    first = Trainer(digits, one, how, dtype=dtype, steps=20).train(10)
    kept = saved({"model": first.model.state_dict(), "optimizer": first.optimizer.state_dict()})
    half = weights(first.model)
    second = Trainer(digits, one, how, dtype=dtype, steps=20)
    second.model.load_state_dict(kept["model"])
    second.optimizer.load_state_dict(kept["optimizer"])
    second.done = 10
    np.testing.assert_array_equal(weights(second.model), half)
    second.train(20)
    np.testing.assert_array_equal(weights(second.model), weights(whole.model))
    assert not np.array_equal(weights(second.model), half)
    assert identical(second.optimizer.state_dict(), whole.optimizer.state_dict())

    fresh = Trainer(digits, one, how, dtype=dtype, steps=20)  # without the state it is another run
    fresh.model.load_state_dict(kept["model"])
    fresh.done = 10
    stateless = not OPTIMIZERS[one.optimizer].state_rows or one.optimizer == "sgd"
    assert np.array_equal(weights(fresh.train(20).model), weights(whole.model)) == stateless


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("rule", ["adam", "nadam", "schedule_free_adamw"])
def test_state_loaded_is_a_copy(digits: tuple[Tensor, Tensor], rule: str, how: str) -> None:
    first = Trainer(digits, entrant(rule), how).train(5)
    second = Trainer(digits, entrant(rule), how)
    state = first.optimizer.state_dict()
    second.optimizer.load_state_dict(state)
    before = saved(state)
    assert identical(state, before)
    second.train(5)
    assert identical(state, before)
    assert not identical(second.optimizer.state_dict(), before)


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("rule", PROBING)
def test_probe_takes_the_gradient_between_and_step_puts_theta_back(
    digits: tuple[Tensor, Tensor], rule: str, how: str
) -> None:
    trainer = Trainer(digits, entrant(rule), how).train(20)
    optimizer, theta = trainer.optimizer, weights(trainer.model)
    assert optimizer.probes
    optimizer.set_learning_rate(0.0)
    optimizer.probe()
    there = weights(trainer.model)
    assert np.abs(there - theta).max() > 1e-6
    optimizer.probe()  # a second one changes nothing
    np.testing.assert_array_equal(weights(trainer.model), there)
    with pytest.raises(RuntimeError, match=r"between probe\(\) and step\(\)"):
        optimizer.state_dict()
    optimizer.zero_grad()
    optimizer.step()  # nothing has a gradient
    np.testing.assert_array_equal(weights(trainer.model), theta)
    optimizer.probe()
    optimizer.withdraw()
    optimizer.state_dict()
    np.testing.assert_array_equal(weights(trainer.model), theta)
    optimizer.probe()
    np.testing.assert_array_equal(weights(trainer.model), there)
    trainer.loss(slice(32)).backward()
    optimizer.step()
    optimizer.state_dict()
    moved = np.abs(weights(trainer.model) - theta).max()
    if rule == "schedule_free_sgd":
        assert 0.0 < moved < np.abs(there - theta).max()
    else:
        assert moved == 0.0  # a step at rate zero weighs nothing in the average


@pytest.mark.parametrize("how", HOWS)
def test_step_without_probe_takes_the_gradient_as_given(how: str) -> None:
    pairs = []
    for probed in (True, False):
        p = nn.Parameter(torch.tensor([0.5, -1.0], dtype=torch.float64))
        optimizer = make_optimizer([p], entrant("schedule_free_sgd", {"learning_rate": 0.1}), how)
        for _ in range(5):
            if probed:
                optimizer.probe()
            p.grad = torch.tensor([1.0, -2.0], dtype=torch.float64)
            optimizer.step()
        pairs.append(p.detach().clone())
    torch.testing.assert_close(*pairs, rtol=0, atol=0)


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("rule", [rule for rule in RULES if rule not in PROBING])
def test_probe_leaves_other_rules_alone(digits: tuple[Tensor, Tensor], rule: str, how: str) -> None:
    trainer = Trainer(digits, entrant(rule), how, steps=5).train(3)
    before = weights(trainer.model)
    trainer.optimizer.probe()
    assert not trainer.optimizer.probes
    np.testing.assert_array_equal(weights(trainer.model), before)


@pytest.mark.parametrize("how", HOWS)
@pytest.mark.parametrize("rule", RULES)
def test_parameter_without_gradient_keeps_still_and_starts_late(rule: str, how: str) -> None:
    late, early = (nn.Parameter(torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64)) for _ in range(2))
    optimizer = make_optimizer([late, early], entrant(rule), how)
    alone = nn.Parameter(late.detach().clone())
    reference = make_optimizer([alone], entrant(rule), how)
    generator = torch.Generator().manual_seed(0)
    for k in range(12):
        gradient = torch.randn(3, generator=generator, dtype=torch.float64)
        optimizer.probe()
        early.grad, late.grad = gradient, gradient.clone() if k >= 5 else None
        optimizer.step()
        if k < 5:
            torch.testing.assert_close(late, alone, rtol=0, atol=0)
        else:
            reference.probe()
            alone.grad = gradient
            reference.step()
    assert not torch.equal(late, torch.tensor([0.5, -1.0, 2.0], dtype=torch.float64))
    torch.testing.assert_close(late, alone, rtol=0, atol=0)


def _moved(
    make: Callable[[], Tensor], rule: str, how: str, change: Callable[[nn.Parameter], None] | None = None
) -> Tensor:
    """Where twelve steps along fixed gradients lead; `change` is done to the parameter in between."""
    p = nn.Parameter(make())
    optimizer = make_optimizer([p], entrant(rule), how)
    generator = torch.Generator().manual_seed(0)
    for k in range(12):
        if change is not None and k == 6:
            change(p)
        optimizer.probe()
        p.grad = torch.randn(p.shape, generator=generator, dtype=torch.float64).to(p)
        if not p.is_contiguous():
            p.grad = p.grad.to(memory_format=torch.channels_last)
        optimizer.step()
    return p.detach()


def _kernels() -> Tensor:
    return torch.linspace(-1.0, 1.0, 48, dtype=torch.float64).reshape(2, 3, 2, 4)


@pytest.mark.parametrize("rule", ["momentum", "adam", "schedule_free_adamw"])
def test_memory_order_does_not_matter(rule: str) -> None:
    for how in HOWS:
        plain = _moved(_kernels, rule, how)
        last = _moved(lambda: _kernels().contiguous(memory_format=torch.channels_last), rule, how)
        assert not last.is_contiguous()
        torch.testing.assert_close(plain, last.contiguous(), rtol=0, atol=0)


@pytest.mark.parametrize("rule", ["momentum", "adam", "schedule_free_adamw"])
def test_weights_that_moved_to_other_memory_are_found_again(rule: str) -> None:
    def clone(p: nn.Parameter) -> None:
        p.data = p.data.clone()

    def reorder(p: nn.Parameter) -> None:
        p.data = p.data.contiguous(memory_format=torch.channels_last)

    def single(p: nn.Parameter) -> None:
        p.data = p.data.float()

    plain = _moved(_kernels, rule, "kernel")
    for change in (clone, reorder):
        torch.testing.assert_close(
            _moved(_kernels, rule, "kernel", change).contiguous(), plain, rtol=0, atol=0
        )
    torch.testing.assert_close(_moved(_kernels, rule, "kernel", single), plain.float(), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("how", HOWS)
def test_weights_move_in_place_and_autograd_knows(digits: tuple[Tensor, Tensor], how: str) -> None:
    trainer = Trainer(digits, entrant("adam"), how)
    places = [p.data_ptr() for p in trainer.model.parameters()]
    loss = trainer.loss(slice(32))
    loss.backward(retain_graph=True)
    trainer.optimizer.step()
    assert places == [p.data_ptr() for p in trainer.model.parameters()]
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


@pytest.mark.parametrize("how", HOWS)
def test_learning_rate_is_that_of_the_step_and_rprop_reads_the_first(how: str) -> None:
    for rule, lengths in (("sign_sgd", [0.5, 0.25, 0.125]), ("rprop", [0.5, 0.6, 0.72])):
        p = nn.Parameter(torch.zeros(3, dtype=torch.float64))
        optimizer = make_optimizer([p], entrant(rule), how)
        for rate, length in zip([0.5, 0.25, 0.125], lengths, strict=True):
            before = p.detach().clone()
            optimizer.set_learning_rate(rate)
            p.grad = torch.ones_like(p)
            optimizer.step()
            torch.testing.assert_close(before - p.detach(), torch.full_like(p, length))


@pytest.mark.parametrize("rule", RULES)
def test_twins_never_wait_for_the_device(rule: str) -> None:
    """Tensors of the meta device have no numbers: a twin that read one back could not step them."""
    p = nn.Parameter(torch.empty(5, 3, device="meta"))
    optimizer = make_optimizer([p], entrant(rule), "torch")
    for k in range(12):  # radam changes its step at the sixth
        if k == 8:
            state = optimizer.state_dict()
            optimizer = make_optimizer([p], entrant(rule), "torch")
            optimizer.load_state_dict(state)
        optimizer.set_learning_rate(0.1 / (k + 1))
        optimizer.probe()
        optimizer.zero_grad()
        p.grad = torch.empty_like(p)
        optimizer.step()
    with pytest.raises(RuntimeError, match="meta tensors"):
        p.sum().item()


@pytest.mark.parametrize(
    "made",
    [
        lambda: torch.empty(3, device="meta"),
        lambda: torch.zeros(3, dtype=torch.float16),
        lambda: torch.zeros(3, dtype=torch.bfloat16),
    ],
)
def test_kernel_refuses_what_it_cannot_move(made: Callable[[], Tensor]) -> None:
    with pytest.raises(InputError, match="step: 'kernel' is not allowed for") as caught:
        make_optimizer([nn.Parameter(made())], entrant("adam"), "kernel")
    assert "\n" not in str(caught.value)


def test_what_is_refused() -> None:
    p = nn.Parameter(torch.zeros(3))
    for how in HOWS:
        with pytest.raises(InputError, match="'newton' cannot train a network"):
            make_optimizer([p], Entrant("newton"), how)
    with pytest.raises(InputError, match="step: 'cuda' is not allowed; it must be one of kernel, torch"):
        make_optimizer([p], entrant("adam"), "cuda")


def _stepped(rule: str, how: str, size: int = 3) -> WeightOptimizer:
    p = nn.Parameter(torch.zeros(size))
    optimizer = make_optimizer([p], entrant(rule), how)
    p.grad = torch.ones(size)
    optimizer.step()
    return optimizer


def test_state_of_something_else_is_refused() -> None:
    kernel = _stepped("adam", "kernel")
    with pytest.raises(InputError, match="rule 'amsgrad' is not allowed; it must be 'adam'"):
        kernel.load_state_dict(_stepped("amsgrad", "kernel").state_dict())
    with pytest.raises(InputError, match="how 'torch' is not allowed; it must be 'kernel'"):
        kernel.load_state_dict(_stepped("adam", "torch").state_dict())
    kernel.step()  # as before
    # a kernel must never run beyond the end of a state that is too short
    kernel.load_state_dict(_stepped("adam", "kernel", 2).state_dict())
    with pytest.raises(InputError, match="for 3 weights"):
        kernel.step()


def test_every_rule_and_hyperparameter_is_tried() -> None:
    assert set(OFF_DEFAULTS) == set(RULES)
    for rule in RULES:
        knobs = {knob.name for knob in OPTIMIZERS[rule].knobs} - {"learning_rate"}
        tried = {name for changed in OFF_DEFAULTS[rule] for name in changed}
        assert knobs - tried <= {"momentum"}
        parameters = [nn.Parameter(torch.zeros(1))]
        assert isinstance(make_optimizer(parameters, entrant(rule), "kernel"), KernelOptimizer)
