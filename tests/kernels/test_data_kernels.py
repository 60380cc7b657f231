"""The kernels of the small data surfaces against torch autograd in float64, and what must hold besides."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from optviz.kernels import chain, neuron

ACTIVATIONS = {
    "identity": lambda s: s,
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "relu": F.relu,
    "leaky_relu": F.leaky_relu,
    "gelu": F.gelu,
    "silu": F.silu,
    "softplus": lambda s: F.softplus(s, threshold=300.0),
    "elu": F.elu,
}
MSE, BCE = 0, 1
OFF, TRAINING, INFERENCE = 0, 1, 2


def normalized(u, mode, gamma, beta, epsilon, mean, var):
    """Batch norm of u[samples, points]: torch's channels are our points."""
    if mode == OFF:
        return u
    points = u.shape[1]
    fill = lambda v: torch.full((points,), v, dtype=u.dtype)  # noqa: E731
    return F.batch_norm(u, fill(mean), fill(var), fill(gamma), fill(beta), mode == TRAINING, 0.1, epsilon)


def losses(out, t, loss):
    t = t[:, None].expand_as(out)
    if loss == MSE:
        return 0.5 * F.mse_loss(out, t, reduction="none").mean(0)
    return F.binary_cross_entropy_with_logits(out, t, reduction="none").mean(0)


def torch_neuron(x, y, c, data):
    code, mode, loss, gamma, beta, epsilon, mean, var = c
    name = list(ACTIVATIONS)[int(code)]
    u = data[0][:, None] * x + data[1][:, None] * y
    s = normalized(u, mode, gamma, beta, epsilon, mean, var)
    plain = name == "sigmoid" and loss == BCE
    return losses(s if plain else ACTIVATIONS[name](s), data[2], loss)


def torch_chain(x, y, c, data):
    code, mode, loss, depth, gamma, beta, epsilon = c[:7]
    h = data[0][:, None].expand(-1, x.shape[0])
    for k in range(int(depth)):
        s = normalized(x * h, mode, gamma, beta, epsilon, c[7 + 2 * k], c[8 + 2 * k])
        h = list(ACTIVATIONS.values())[int(code)](s)
    return losses(y * h, data[1], loss)


def by_torch(model, points, c, data):
    """Return loss[B], gradient[2, B] and Hessian[3, B]."""
    x, y = (torch.tensor(v, requires_grad=True) for v in points)
    value = model(x, y, [float(v) for v in c], torch.tensor(data))
    gx, gy = torch.autograd.grad(value.sum(), (x, y), create_graph=True)
    nothing = torch.zeros_like(x)
    rows = []
    for g, variables in ((gx, (x, y)), (gy, (y,))):
        found = torch.autograd.grad(g.sum(), variables, retain_graph=True, allow_unused=True)
        rows += [nothing if part is None else part for part in found]
    return (
        value.detach().numpy()[None],
        torch.stack([gx, gy]).detach().numpy(),
        torch.stack(rows).detach().numpy(),
    )


def by_kernels(family, points, c, data):
    x, y = (np.ascontiguousarray(v, dtype=float) for v in points)
    c, data = np.asarray(c, dtype=float), np.ascontiguousarray(data, dtype=float)
    for array in (x, y, c, data):
        array.flags.writeable = False
    value, loss, gx, gy, hxx, hxy, hyy = np.full((7, x.size), np.nan)
    family.value.compiled(x, y, c, data, value)
    family.loss.compiled(x, y, c, data, loss, gx, gy)
    family.hessian.compiled(x, y, c, data, hxx, hxy, hyy)
    assert value == pytest.approx(loss, rel=1e-13, abs=1e-300, nan_ok=True)
    return loss[None], np.stack([gx, gy]), np.stack([hxx, hxy, hyy])


def compare(family, points, c, data, note, floor=1e-13):
    """Hold the kernels to torch: errors relative to the largest entry at the same point."""
    data = np.array(data, dtype=float)
    model = torch_neuron if family is neuron else torch_chain
    want = by_torch(model, points, c, data)
    got = by_kernels(family, points, c, data)
    for what, tolerance, a, b in zip(
        ("loss", "gradient", "Hessian"), (1e-9, 1e-9, 1e-6), got, want, strict=True
    ):
        scale = np.abs(b).max(axis=0) + np.abs(want[0])[0] * 1e-3 + floor
        error = (np.abs(a - b) / scale).max()
        assert error < tolerance, (note, what, error)


def selections(rng, data):
    """The full batch, and mini-batches of random columns."""
    yield data
    for size in (7, 37):
        yield data[:, rng.choice(data.shape[1], size)]


@pytest.mark.parametrize("code", range(9), ids=list(ACTIVATIONS))
class TestAgainstAutograd:
    def test_neuron(self, code) -> None:
        rng = np.random.default_rng(code)
        for mode, loss in itertools.product((OFF, TRAINING, INFERENCE), (MSE, BCE)):
            a, b = rng.normal(size=(2, 70)) * [[1.0], [rng.uniform(1, 20)]] + rng.normal(size=(2, 1))
            c = [
                code,
                mode,
                loss,
                *rng.normal(size=2),
                rng.uniform(1e-5, 0.5),
                rng.normal(),
                rng.uniform(0.1, 3),
            ]
            for data in selections(rng, np.stack([a, b, (a + b > 0) * 1.0 if loss else rng.normal(size=70)])):
                compare(neuron, rng.normal(size=(2, 6)) * 2, c, data, (mode, loss))

    @pytest.mark.parametrize("depth", [1, 2, 3, 8])
    def test_chain(self, code, depth) -> None:
        rng = np.random.default_rng([code, depth])
        for mode, loss in itertools.product((OFF, TRAINING, INFERENCE), (MSE, BCE)):
            x = rng.normal(size=70) + rng.normal()
            running = np.stack([rng.normal(size=depth), rng.uniform(0.3, 3, depth)], axis=1).ravel()
            c = [code, mode, loss, depth, *rng.normal(size=2), rng.uniform(1e-4, 0.5), *running]
            for data in selections(rng, np.stack([x, (x > 0) * 1.0 if loss else rng.normal(size=70)])):
                compare(chain, rng.normal(size=(2, 6)) * 1.5, c, data, (mode, loss))

    def test_at_the_kinks(self, code) -> None:
        """Samples and weights at exactly 0: the derivatives are torch's."""
        x = np.array([0.0, 1.0, -1.0, 0.0, 2.0])
        t = np.array([0.0, 1.0, 0.0, 1.0, 1.0])
        points = np.array([[0.0, 0.0, 1.5, -1.5, 0.0], [0.0, 1.0, 0.0, 2.0, -2.0]])
        for loss, depth in itertools.product((MSE, BCE), (1, 3)):
            compare(
                chain, points, [code, OFF, loss, depth, 1, 0, 1e-5, *[0, 1] * depth], [x, t], (loss, depth)
            )
        for loss in (MSE, BCE):
            compare(neuron, points, [code, OFF, loss, 1, 0, 1e-5, 0, 1], [x, x[::-1], t], loss)
        # The mean of the samples is one of them: batch norm puts it on the kink.
        x = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
        points = np.array([[1.0, -1.0], [0.5, 2.0]])
        for loss in (MSE, BCE):
            compare(chain, points, [code, TRAINING, loss, 1, 1, 0, 1e-3, 0, 1], [x, t], loss)


@pytest.mark.parametrize("loss", [MSE, BCE])
@pytest.mark.parametrize("mode", [OFF, TRAINING, INFERENCE])
def test_neighbours_in_a_column_share_their_work(mode, loss) -> None:
    """Points of one w1 in a row, w2 on both sides of 0: the value is still that of each point alone."""
    rng = np.random.default_rng(4)
    x = np.repeat([0.5, -1.0, np.nan, 2.0, 2.0, 0.0], 6)
    y = np.array([1.0, -2.0, 0.0, 3.0, -0.5, 1.0] * 6)
    c = [4, mode, loss, 2, 1.2, 0.1, 1e-3, 0.1, 1.5, -0.2, 0.7]
    data = [rng.normal(size=45), rng.uniform(size=45)]
    alone = [by_kernels(chain, ([u], [v]), c, data)[0][0, 0] for u, v in zip(x, y, strict=True)]
    together, *_ = by_kernels(chain, (x, y), c, data)
    assert together[0] == pytest.approx(alone, rel=1e-13, nan_ok=True)


def test_linear_and_logistic_regression() -> None:
    """They are neurons: an intercept is a column of ones, and the identity passes the logit."""
    rng = np.random.default_rng(1)
    x, z = rng.normal(size=(2, 100))
    w, b = rng.normal(size=(2, 5))
    loss, gradient, hessian = by_kernels(neuron, (w, b), [0, 0, 0, 1, 0, 1e-5, 0, 1], [x, np.ones(100), z])
    residual = w[:, None] * x + b[:, None] - z
    assert loss[0] == pytest.approx((residual**2).mean(1) / 2, rel=1e-13)
    assert gradient == pytest.approx(np.stack([(residual * x).mean(1), residual.mean(1)]), rel=1e-11)
    want = np.array([(x * x).mean(), x.mean(), 1.0])[:, None]
    assert hessian == pytest.approx(np.broadcast_to(want, (3, 5)), rel=1e-12)
    for code in (0, 1):
        loss, *_ = by_kernels(neuron, (w, b), [code, 0, 1, 1, 0, 1e-5, 0, 1], [x, z, x > 0])
        logit = w[:, None] * x + b[:, None] * z
        assert loss[0] == pytest.approx((np.logaddexp(0, logit) - (x > 0) * logit).mean(1), rel=1e-12)


@pytest.mark.parametrize("code", range(9), ids=list(ACTIVATIONS))
@pytest.mark.parametrize("loss", [MSE, BCE])
def test_batch_norm_makes_the_loss_indifferent_to_the_scale_of_the_weights(code, loss) -> None:
    rng = np.random.default_rng(code)
    a, b = rng.normal(size=(2, 50)) + 1
    data = np.stack([a, 3 * b, a > 1])
    c = [code, TRAINING, loss, 1.3, 0.2, 0.0, 0, 1]
    w = rng.normal(size=(2, 8))
    value, gradient, hessian = by_kernels(neuron, w, c, data)
    assert np.abs((gradient * w).sum(0)).max() < 1e-13 * np.abs(gradient).max() * np.abs(w).max()
    # The derivative of that: H w = -g, so w . H w = 0.
    turned = np.stack([hessian[0] * w[0] + hessian[1] * w[1], hessian[1] * w[0] + hessian[2] * w[1]])
    assert turned == pytest.approx(-gradient, abs=1e-11 * np.abs(hessian).max())
    for factor in (1e-200, 1e-6, 0.5, 1e3, 1e150, 1e300):
        scaled, slope, _ = by_kernels(neuron, w * factor, c, data)
        assert scaled == pytest.approx(value, rel=1e-12)
        if 1e-100 < factor < 1e100:
            assert slope * factor == pytest.approx(gradient, rel=1e-9, abs=1e-12)
    for depth in (1, 3):
        c = [code, TRAINING, loss, depth, 1.3, 0.2, 0.0] + [0, 1] * depth
        once, slope, _ = by_kernels(chain, np.abs(w), c, data[[0, 2]])
        far, *_ = by_kernels(chain, (np.abs(w[0]) * 1e250, np.abs(w[1])), c, data[[0, 2]])
        assert far == pytest.approx(once, rel=1e-11)
        assert np.abs(slope[0]).max() < 1e-12 * max(np.abs(slope).max(), 1)


class TestExtremes:
    @pytest.mark.parametrize("code", range(9), ids=list(ACTIVATIONS))
    def test_huge_weights_with_batch_norm_are_finite(self, code) -> None:
        rng = np.random.default_rng(3)
        x, z = rng.normal(size=(2, 20))
        far = np.array([1e160, -1e200, 1e300])
        for loss in (MSE, BCE):
            for found in by_kernels(
                neuron, (far, far), [code, TRAINING, loss, 1, 0, 1e-5, 0, 1], [x, z, x > 0]
            ):
                assert np.isfinite(found).all()
            for depth in (1, 2, 5):
                c = [code, TRAINING, loss, depth, 1, 0, 1e-5] + [0, 1] * depth
                for found in by_kernels(chain, (far, np.ones(3)), c, [x, x > 0]):
                    assert np.isfinite(found).all()

    @pytest.mark.parametrize("code", range(9), ids=list(ACTIVATIONS))
    def test_huge_weights_without_batch_norm(self, code) -> None:
        """Saturated or linear: loss and gradient are what they are, never inf times 0."""
        far = np.array([1e3, -1e3, 1e100, -1e100])
        for loss in (MSE, BCE):
            found = by_kernels(
                chain, (far, np.full(4, 0.5)), [code, OFF, loss, 1, 1, 0, 1e-5, 0, 1], [[1, -2], [1, 0]]
            )
            for part in found[:2]:
                assert np.isfinite(part).all()
            for part in by_kernels(
                neuron, (far, far[::-1]), [code, OFF, loss, 1, 0, 1e-5, 0, 1], [[1, -1], [2, 1], [1, 0]]
            )[:2]:
                assert np.isfinite(part).all()

    def test_cross_entropy_far_out(self) -> None:
        """No digit is lost where the loss is tiny: log(1 + e**-z) and its slope, relatively."""
        z = np.array([-700.0, -50.0, -1.0, 0.0, 20.0, 36.0, 50.0, 700.0, 1e4])
        c = [0, OFF, BCE, 1, 0, 1e-5, 0, 1]
        for target in (0.0, 1.0):
            value, gradient, hessian = by_kernels(neuron, (z, 0 * z), c, [[1.0], [0.0], [target]])
            s = z if target == 0 else -z
            assert value[0] == pytest.approx(np.logaddexp(0, s), rel=1e-12, abs=1e-305)
            sign = 1 - 2 * target
            with np.errstate(all="ignore"):
                logistic = np.where(s < 0, np.exp(s) / (1 + np.exp(s)), 1 / (1 + np.exp(-s)))
                want = np.exp(-np.abs(s)) / (1 + np.exp(-np.abs(s))) ** 2
            assert gradient[0] == pytest.approx(sign * logistic, rel=1e-12, abs=1e-305)
            assert hessian[0] == pytest.approx(want, rel=1e-12, abs=1e-305)

    def test_an_infinite_logit_on_the_right_side_costs_nothing(self) -> None:
        x = np.array([1e308])
        value, gradient, _ = by_kernels(
            neuron, (x, x), [0, OFF, BCE, 1, 0, 1e-5, 0, 1], [[9.0, -9.0], [9.0, -9.0], [1.0, 0.0]]
        )
        assert value[0, 0] == 0
        assert not gradient.any()

    def test_many_samples(self) -> None:
        """The product of many factors of 2 does not overflow."""
        for m in (1, 31, 32, 33, 959, 960, 961, 5000):
            value, *_ = by_kernels(chain, ([1.0], [0.0]), [2, OFF, BCE, 1, 1, 0, 1e-5, 0, 1], np.ones((2, m)))
            assert value[0, 0] == pytest.approx(math.log(2), rel=1e-13)

    def test_one_sample(self) -> None:
        """Alone in its batch a sample is its own mean, and batch norm puts out beta."""
        for epsilon in (1e-12, 1e-5):
            for found, want in zip(
                by_kernels(
                    neuron, ([2.0], [3.0]), [2, TRAINING, MSE, 1.7, 0.3, epsilon, 0, 1], [[4.0], [5.0], [0.5]]
                ),
                (0.5 * (math.tanh(0.3) - 0.5) ** 2, 0, 0),
                strict=True,
            ):
                assert found == pytest.approx(want, rel=1e-13)
            out = 3 * math.tanh(0.3)
            found = by_kernels(
                chain, ([2.0], [3.0]), [2, TRAINING, MSE, 2, 1.7, 0.3, epsilon, 0, 1, 0, 1], [[4.0], [0.5]]
            )
            assert found[0][0, 0] == pytest.approx(0.5 * (out - 0.5) ** 2, rel=1e-13)
            assert found[1][:, 0] == pytest.approx([0, (out - 0.5) * math.tanh(0.3)], rel=1e-12)
            assert found[2][:, 0] == pytest.approx([0, 0, math.tanh(0.3) ** 2], rel=1e-12)

    def test_no_variance(self) -> None:
        """Equal samples, dead units and a weight of 0: epsilon alone stands in the root."""
        rng = np.random.default_rng(5)
        t = rng.normal(size=9)
        points = np.array([[0.0, 0.7, -1.2], [1.0, 0.4, 0.0]])
        for code in (1, 2, 3):
            compare(
                chain,
                points,
                [code, TRAINING, MSE, 3, 1.5, 0.4, 0.1] + [0, 1] * 3,
                [np.full(9, 2.0), t],
                code,
            )
            compare(
                neuron,
                points,
                [code, TRAINING, MSE, 1.5, 0.4, 0.1, 0, 1],
                [np.full(9, 2.0), np.ones(9), t],
                code,
            )
            # A negative beta far out kills relu in the first layer: nothing varies in the second.
            compare(chain, points, [code, TRAINING, MSE, 3, 0.5, -9.0, 0.1] + [0, 1] * 3, [t, t], code)

    def test_nearly_parallel_columns(self) -> None:
        """Where the columns cancel, the variance is that of their difference."""
        rng = np.random.default_rng(6)
        a, d, t = rng.normal(size=(3, 40))
        b = a + 1e-6 * d
        c = [2, TRAINING, MSE, 1, 0, 1e-16, 0, 1]
        value, *_ = by_kernels(neuron, ([-1.0], [1.0]), c, [a, b, t])
        u = b - a  # exact, as they are within a factor of 2
        want = 0.5 * np.mean((np.tanh((u - u.mean()) / np.sqrt(u.var() + 1e-16)) - t) ** 2)
        assert value[0, 0] == pytest.approx(want, rel=1e-8)

    def test_not_a_number(self) -> None:
        for family, rows in ((neuron, 3), (chain, 2)):
            c = [1, OFF, BCE, 1, 0, 1e-5, 0, 1] if family is neuron else [1, OFF, BCE, 1, 1, 0, 1e-5, 0, 1]
            for code in range(9):
                c[0] = code
                value, *_ = by_kernels(family, ([np.nan, 1.0], [1.0, np.nan]), c, np.ones((rows, 5)))
                assert np.isnan(value).all()
