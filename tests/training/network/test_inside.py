"""What is seen inside a network, computed by hand; and that looking changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from undisturbed import left_alone, prepare

from optviz.training.network.inside import PICKED, histogram, look
from optviz.training.network.models import build
from optviz.training.network.modules import Network
from optviz.training.record import Histogram, Look
from optviz.training.setting import ModelSetting

torch.set_num_threads(1)

KINDS = ["mlp", "cnn", "lstm", "transformer"]
SIZES = [(28, 28), (8, 8)]
SMALL = {"hidden": (12, 8), "channels": (3, 4), "width": 8, "heads": 2}


def made(image: tuple[int, int] = (8, 8), **setting: object) -> Network:
    return build(ModelSetting(**{**SMALL, **setting}), image, 3, torch.float64)


def images_of(n: int, image: tuple[int, int] = (8, 8), seed: int = 0) -> torch.Tensor:
    return torch.randn(n, 1, *image, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def seen(network: Network, sample: torch.Tensor, digit: torch.Tensor) -> Look:
    return look(network, sample, digit, step=5, epoch=0.25, digit_index=17)


def same_histogram(one: Histogram | None, values: torch.Tensor) -> None:
    assert one is not None
    plain = values.detach().numpy().ravel().astype(np.float64)
    assert (one.low, one.high) == pytest.approx((plain.min(), plain.max()), rel=1e-9, abs=1e-12)
    assert one.counts.dtype == np.int64
    assert len(one.counts) == 48
    assert one.counts.sum() == len(plain)
    expected, _ = np.histogram(plain, 48, (one.low, one.high))
    assert np.abs(np.cumsum(one.counts - expected)).max() <= 1  # what lies on an edge may fall on either side


def plain_layers(network: Network, images: torch.Tensor) -> dict[str, torch.Tensor]:
    """Return what each child of a network makes of images, in evaluation mode."""
    network.eval()
    reached, told = images, {}
    with torch.no_grad():
        for name, child in network.named_children():
            reached = told[name] = child(reached)
    return told


@pytest.mark.parametrize("image", SIZES)
@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("kind", ["mlp", "cnn"])
def test_histograms_dead_neurons_and_activations(kind, batch_norm, image) -> None:
    network = made(image, kind=kind, batch_norm=batch_norm)
    prepare(network, images_of(32, image, 9))
    with torch.no_grad():  # two of eight are dead
        last = network.get_submodule("dense2_norm" if batch_norm else "dense2")
        last.bias[[1, 4]] = -1e6
    sample, digit = images_of(7, image), images_of(1, image, 1)
    told = seen(network, sample, digit)
    assert (told.step, told.epoch, told.digit) == (5, 0.25, 17)
    assert tuple(layer.name for layer in told.layers) == network.layer_names

    ours, followed = plain_layers(network, sample), plain_layers(network, digit)
    for layer in told.layers[:-1]:
        same_histogram(layer.before, ours[layer.name])
        same_histogram(layer.weights, network.get_submodule(layer.name).weight)
        normed = layer.name + "_norm" * batch_norm
        if batch_norm:
            same_histogram(layer.after, ours[normed])
        else:
            assert layer.after is None
        active = torch.relu(ours[normed])
        dead = (active.transpose(0, 1).flatten(1) == 0).all(dim=1).double().mean()
        assert layer.dead == pytest.approx(float(dead), abs=1e-6)
        expected = torch.relu(followed[normed]).numpy()
        assert layer.activations.dtype == np.float16
        assert layer.activations.flags.c_contiguous
        shape = expected.shape[1:] if expected.ndim == 4 else (1, *expected.shape)
        np.testing.assert_allclose(layer.activations, expected.reshape(shape), rtol=1e-3, atol=1e-6)
    assert told.layers[-2].dead >= 0.25
    output = told.layers[-1]
    same_histogram(output.before, ours["output"])
    assert output.after is None
    assert np.isnan(output.dead)
    np.testing.assert_allclose(output.activations[0], followed["output"], rtol=1e-3, atol=1e-6)
    assert told.probabilities.dtype == np.float32
    np.testing.assert_allclose(told.probabilities, followed["output"].softmax(1)[0], rtol=1e-5)


def test_feature_maps_are_as_large_as_before_pooling() -> None:
    told = seen(made((28, 28), kind="cnn", channels=(3, 70)), images_of(3, (28, 28)), images_of(1, (28, 28)))
    assert told.layers[0].activations.shape == (3, 28, 28)
    assert told.layers[1].activations.shape == (64, 14, 14)


@pytest.mark.parametrize("name", ["leaky_relu", "sigmoid", "gelu"])
@pytest.mark.parametrize("kind", ["cnn", "transformer"])
def test_no_neuron_is_dead_unless_it_is_a_relu(kind, name) -> None:
    told = seen(made(kind=kind, activation=name), images_of(3), images_of(1))
    assert all(np.isnan(layer.dead) for layer in told.layers)


def test_lstm_tells_its_hidden_states() -> None:
    network = made((28, 28), kind="lstm", hidden=(70, 5))
    told = seen(network, images_of(4, (28, 28)), images_of(1, (28, 28), 1))
    followed = plain_layers(network, images_of(1, (28, 28), 1))
    for layer, cells in zip(told.layers, (64, 5), strict=False):
        assert layer.activations.shape == (1, 28, cells)
        np.testing.assert_allclose(
            layer.activations[0], followed[layer.name][0, :, :cells], rtol=1e-3, atol=1e-6
        )
        assert layer.before is None
        assert layer.after is None
        assert np.isnan(layer.dead)
    second = network.get_submodule("lstm2")
    weights = torch.cat([second.weight_ih_l0.ravel(), second.weight_hh_l0.ravel()])
    same_histogram(told.layers[1].weights, weights)
    same_histogram(told.layers[2].before, plain_layers(network, images_of(4, (28, 28)))["output"])


@pytest.mark.parametrize("batch_norm", [False, True])
def test_transformer_tells_its_feed_forward(batch_norm) -> None:
    network = made(kind="transformer", batch_norm=batch_norm)
    sample, digit = images_of(6), images_of(1, seed=1)
    with torch.no_grad():
        network.block1.rise.bias[:3] = -1e6
    risen: list[torch.Tensor] = []
    hook = network.block1.rise.register_forward_hook(lambda module, given, out: risen.append(out))
    followed = plain_layers(network, digit)
    plain_layers(network, sample)
    hook.remove()
    told = seen(network, sample, digit)
    embed, block = told.layers[:2]
    assert [layer.name for layer in told.layers] == ["embed", "block1", "block2", "output"]
    assert embed.before is None
    assert embed.activations.shape == (1, 16, 8)
    np.testing.assert_allclose(embed.activations, followed["embed"], rtol=1e-3, atol=1e-6)
    same_histogram(block.before, risen[1])
    assert block.after is None
    assert block.dead == pytest.approx(float((risen[1].flatten(0, 1) <= 0).all(dim=0).double().mean()))
    assert block.dead >= 0.25
    np.testing.assert_allclose(block.activations, torch.relu(risen[0]).detach(), rtol=1e-3, atol=1e-6)
    parts = [
        network.block1.query_key_value,
        network.block1.attended,
        network.block1.rise,
        network.block1.fall,
    ]
    same_histogram(block.weights, torch.cat([part.weight.ravel() for part in parts]))
    same_histogram(embed.weights, network.embed.weight)


@pytest.mark.parametrize("image", SIZES)
def test_filters(image) -> None:
    h, w = image

    def of(**setting: object) -> tuple[Network, np.ndarray]:
        network = made(image, **setting)
        filters = seen(network, images_of(2, image), images_of(1, image)).filters
        assert filters.dtype == np.float16
        assert filters.flags.c_contiguous
        return network, filters

    def same(filters: np.ndarray, weights: torch.Tensor) -> None:
        np.testing.assert_allclose(filters, weights.detach().numpy(), rtol=1e-3, atol=1e-6)

    network, filters = of(kind="cnn", channels=(70, 2))
    same(filters, network.conv1.weight[:64, 0])
    network, filters = of(kind="mlp", hidden=(70,))
    same(filters, network.dense1.weight[:64].view(64, h, w))
    network, filters = of(kind="mlp", hidden=())
    same(filters, network.output.weight.view(10, h, w))
    network, filters = of(kind="transformer")
    same(filters, network.embed.weight.view(8, h // 4, w // 4))
    network, filters = of(kind="lstm", hidden=(6,))
    same(filters, network.lstm1.weight_ih_l0.chunk(4)[2].view(6, 1, w))  # torch: input, forget, cell, output


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("image", SIZES)
def test_looking_changes_nothing(kind, image) -> None:
    network = made(image, kind=kind, dropout=0.4)
    prepare(network, images_of(8, image, 2))
    with left_alone(network):
        first = seen(network, images_of(5, image), images_of(1, image))
    second = seen(network, images_of(5, image), images_of(1, image))
    np.testing.assert_array_equal(first.probabilities, second.probabilities)  # no dropout


def test_a_look_that_fails_leaves_no_listener_behind() -> None:
    network = made(kind="cnn")
    with left_alone(network), pytest.raises(RuntimeError):
        seen(network, images_of(2, (4, 4)), images_of(1, (4, 4)))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30, 1e308])
def test_a_diverged_network_can_be_looked_at(kind, value) -> None:
    network = made(kind=kind)
    with torch.no_grad():
        for parameter in network.penalized():
            parameter.fill_(value)
    told = seen(network, images_of(3), images_of(1))
    finite = np.isfinite(value) and value < 1e300
    for layer in told.layers:
        for one in (layer.weights, layer.before, layer.after):
            assert one is None or (np.isfinite([one.low, one.high]).all() and one.low < one.high)
        if not finite:
            assert layer.weights.counts.sum() == 0
            assert (layer.weights.low, layer.weights.high) == (0.0, 1.0)
    if finite:
        assert (told.filters == 65504).all()  # clipped, not infinite
    elif np.isnan(value):
        assert np.isnan(told.probabilities).all()


def test_single_precision() -> None:
    network = build(ModelSetting(), (28, 28), 0)
    sample = images_of(128, (28, 28)).float()
    with left_alone(network):
        told = seen(network, sample, sample[:1])
    full = plain_layers(network, sample)["conv1"].double().numpy().ravel()
    before = told.layers[0].before
    assert before is not None
    assert PICKED / 2 < before.counts.sum() <= PICKED
    # Evenly picked: no share of the bins is far from that of all numbers.
    share, _ = np.histogram(full, 48, (before.low, before.high))
    assert np.abs(np.cumsum(before.counts / before.counts.sum() - share / len(full))).max() < 0.02


def test_picks_pass_over_no_feature() -> None:
    network = build(ModelSetting(kind="mlp", hidden=(512,), batch_norm=False), (28, 28), 0)
    with torch.no_grad():  # neuron j has the pre-activation j, whatever it sees
        network.dense1.weight.zero_()
        network.dense1.bias.copy_(torch.arange(512.0))
    told = seen(network, images_of(128, (28, 28)).float(), images_of(1, (28, 28)).float())
    before = told.layers[0].before
    assert before is not None
    assert (before.low, before.high) == (0.0, 511.0)
    assert before.counts.min() > 0.8 * before.counts.mean()


@pytest.mark.parametrize(
    "values",
    [
        [3.0] * 5, [0.0], [-1e30] * 2, [1e-320, 0.0], [-1e300, 9.9e299], [1.0, 1.0 + 1e-12],
        [1.0, float("nan"), 2.0], [float("inf"), -5.0], [-3e38, 3e38],
    ],
)  # fmt: skip
def test_histograms_of_odd_numbers(values) -> None:
    one = histogram(np.array(values))
    finite = [v for v in values if abs(v) < 1e300]
    assert one.counts.sum() == len(finite)
    assert one.low < one.high
    assert all(one.low <= v <= one.high for v in finite)
    assert np.isfinite([one.low, one.high]).all()


def test_listeners_hear_what_the_network_says_to_itself() -> None:
    """The listened-to pass is the network's own: same logits, for an activation that comes after pooling."""
    network = made(kind="cnn", activation="relu")
    assert isinstance(network[3], nn.MaxPool2d)
    digit = images_of(1)
    told = seen(network, images_of(4), digit)
    network.eval()
    np.testing.assert_allclose(told.probabilities, network(digit).softmax(1)[0].detach(), rtol=1e-6)
