"""The networks: what they compute, by other means, and the weights they start from."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from math import sqrt

import numpy as np
import pytest
import torch
from scipy.stats import ks_2samp
from torch import nn
from torch.nn import functional

from optviz.kernels.activations import ACTIVATIONS, activation
from optviz.training.network.models import build
from optviz.training.network.modules import activation_of
from optviz.training.setting import ModelSetting

torch.set_num_threads(1)

SMALL = {"hidden": (12, 8), "channels": (3, 4), "width": 8, "heads": 2}
SIZES = [(28, 28), (8, 8)]
KINDS = ["mlp", "cnn", "lstm", "transformer"]


def images_of(n: int, image: tuple[int, int], seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(n, 1, *image, generator=generator, dtype=torch.float64)


def double(image: tuple[int, int] = (8, 8), seed: int = 0, **setting: object) -> nn.Sequential:
    return build(ModelSetting(**{**SMALL, **setting}), image, seed, torch.float64)


@pytest.mark.parametrize("image", SIZES)
@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("mlp", ("dense1", "dense2", "output")),
        ("cnn", ("conv1", "conv2", "dense1", "dense2", "output")),
        ("lstm", ("lstm1", "lstm2", "output")),
        ("transformer", ("embed", "block1", "block2", "output")),
    ],
)
def test_layers_and_logits(kind, names, image) -> None:
    for batch_norm in (False, True):
        network = build(ModelSetting(kind=kind, batch_norm=batch_norm, **SMALL), image, 0, torch.float32)
        assert network.layer_names == names
        logits = network(images_of(3, image).float())
        assert logits.shape == (3, 10)
        assert logits.dtype == torch.float32
        assert network.training


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("batch_norm", [False, True])
def test_every_parameter_is_in_one_layer_and_penalties_are_on_weights(kind, batch_norm) -> None:
    network = double(kind=kind, batch_norm=batch_norm)
    listed = [id(p) for parameters in network.layer_parameters().values() for p in parameters]
    assert sorted(listed) == sorted(id(p) for p in network.parameters())

    weighted = nn.Linear | nn.Conv2d | nn.LSTM
    weights = {
        id(p)
        for module in network.modules()
        if isinstance(module, weighted)
        for name, p in module.named_parameters(recurse=False)
        if "weight" in name
    }
    assert {id(p) for p in network.penalized()} == weights
    if kind == "transformer":
        assert not any(p.shape == (16, 8) for p in network.penalized()), "positions are no weights"


def test_a_norm_belongs_to_its_layer() -> None:
    layers = double(kind="cnn").layer_parameters()
    assert [tuple(p.shape) for p in layers["conv1"]] == [(3, 1, 3, 3), (3,), (3,), (3,)]
    assert len(layers["output"]) == 2
    layers = double(kind="lstm").layer_parameters()
    assert len(layers["lstm1"]) == 4
    assert len(layers["lstm2"]) == 6
    assert len(double(kind="transformer").layer_parameters()["output"]) == 4


@pytest.mark.parametrize("identifier", [one.id for one in ACTIVATIONS])
def test_activations_are_those_of_the_race(identifier) -> None:
    s = np.linspace(-12.0, 12.0, 4001)
    x = torch.from_numpy(s).requires_grad_()
    made = activation_of(identifier)(x)
    made.sum().backward()
    a, da = activation(identifier, s)
    np.testing.assert_allclose(made.detach().numpy(), a, rtol=1e-12, atol=1e-14)
    assert x.grad is not None
    differ = ~np.isclose(x.grad.numpy(), da, rtol=1e-10, atol=1e-13)
    assert set(s[differ]) <= {0.0}  # at a kink each may choose


def reference_cnn(image: tuple[int, int], act: nn.Module, batch_norm: bool) -> nn.Sequential:
    """What the docstring of the setting says, in the usual order."""
    layers: list[nn.Module] = []
    inputs, side = 1, image[0]
    for maps in SMALL["channels"]:
        layers += [nn.Conv2d(inputs, maps, 3, padding=1)] + [nn.BatchNorm2d(maps)] * batch_norm + [act]
        if side > 1:
            layers.append(nn.MaxPool2d(2))
            side //= 2
        inputs = maps
    layers.append(nn.Flatten())
    inputs *= side * side
    for neurons in SMALL["hidden"]:
        layers += [nn.Linear(inputs, neurons)] + [nn.BatchNorm1d(neurons)] * batch_norm + [act]
        inputs = neurons
    return nn.Sequential(*layers, nn.Linear(inputs, 10)).double()


def same_loss_and_gradients(one: nn.Module, other: nn.Module, images: torch.Tensor, rtol: float) -> None:
    labels = torch.arange(len(images)) % 10
    gradients = []
    for network in (one, other):
        logits = network(images)
        functional.cross_entropy(logits, labels).backward()
        gradients.append([logits.detach()] + [p.grad for p in network.parameters()])
    assert len(gradients[0]) == len(gradients[1])
    for a, b in zip(*gradients, strict=True):
        torch.testing.assert_close(a, b, rtol=rtol, atol=rtol)


@pytest.mark.parametrize("image", SIZES)
@pytest.mark.parametrize("batch_norm", [False, True])
@pytest.mark.parametrize("name", ["relu", "leaky_relu", "gelu", "tanh", "identity"])
def test_cnn_is_the_plain_one(image, batch_norm, name) -> None:
    network = double(image, kind="cnn", batch_norm=batch_norm, activation=name)
    plain = reference_cnn(image, activation_of(name), batch_norm)
    plain.load_state_dict(dict(zip(plain.state_dict(), network.state_dict().values(), strict=True)))
    same_loss_and_gradients(network, plain, images_of(20, image), 1e-10)
    network.eval(), plain.eval()
    torch.testing.assert_close(
        network(images_of(5, image)), plain(images_of(5, image)), rtol=1e-10, atol=1e-12
    )


@pytest.mark.parametrize("channels", [(2,) * 4, (2,) * 7])
def test_a_pixel_is_not_pooled(channels) -> None:
    for image in SIZES:
        network = double(image, kind="cnn", channels=channels)
        assert network(images_of(4, image)).shape == (4, 10)
        pools = sum(isinstance(child, nn.MaxPool2d) for child in network)
        assert pools == min(len(channels), 4 if image == (28, 28) else 3)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_mlp_is_the_plain_one(batch_norm) -> None:
    network = double(kind="mlp", batch_norm=batch_norm, activation="sigmoid")
    layers: list[nn.Module] = [nn.Flatten()]
    for inputs, neurons in ((64, 12), (12, 8)):
        layers += [nn.Linear(inputs, neurons)] + [nn.BatchNorm1d(neurons)] * batch_norm + [nn.Sigmoid()]
    plain = nn.Sequential(*layers, nn.Linear(8, 10)).double()
    plain.load_state_dict(dict(zip(plain.state_dict(), network.state_dict().values(), strict=True)))
    same_loss_and_gradients(network, plain, images_of(20, (8, 8)), 1e-12)


def test_a_network_without_hidden_layers_is_a_linear_map() -> None:
    network = double(kind="mlp", hidden=())
    images = images_of(4, (8, 8))
    torch.testing.assert_close(
        network(images), images.flatten(1) @ network.output.weight.T + network.output.bias
    )
    assert double(kind="cnn", hidden=()).layer_names == ("conv1", "conv2", "output")


@pytest.mark.parametrize("batch_norm", [False, True])
def test_lstm_reads_rows_and_keeps_the_last_hidden_state(batch_norm) -> None:
    network = double((28, 28), kind="lstm", hidden=(6, 6), batch_norm=batch_norm)
    stacked = nn.LSTM(28, 6, num_layers=2, batch_first=True).double()
    names = [
        f"lstm{k}.{part}_l0" for k in (1, 2) for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    ]
    given = network.state_dict()
    stacked.load_state_dict(
        {name.partition(".")[2][:-1] + str(int(name[4]) - 1): given[name] for name in names}
    )
    images = images_of(9, (28, 28))
    last = stacked(images[:, 0])[1][0][-1]
    if batch_norm:
        last = (last - last.mean(0)) / torch.sqrt(last.var(0, correction=0) + 1e-5)
    expected = last @ network.output.weight.T + network.output.bias
    torch.testing.assert_close(network(images), expected, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("image", SIZES)
@pytest.mark.parametrize("name", ["relu", "gelu"])
def test_transformer_is_made_of_torchs_own_blocks(image, name) -> None:
    network = double(image, kind="transformer", activation=name, batch_norm=False)
    images = images_of(5, image)
    side = image[0] // 4
    tokens = functional.unfold(images, side, stride=side).transpose(1, 2)  # patches, row by row
    tokens = tokens @ network.embed.weight.T + network.embed.bias + network.embed.positions
    for neurons, ours in ((12, network.block1), (8, network.block2)):
        block = nn.TransformerEncoderLayer(
            8, 2, neurons, dropout=0.0, activation=name, batch_first=True, norm_first=True
        ).double()
        pairs = [
            (block.self_attn.in_proj_weight, ours.query_key_value.weight),
            (block.self_attn.in_proj_bias, ours.query_key_value.bias),
            (block.self_attn.out_proj.weight, ours.attended.weight),
            (block.self_attn.out_proj.bias, ours.attended.bias),
            (block.linear1.weight, ours.rise.weight),
            (block.linear1.bias, ours.rise.bias),
            (block.linear2.weight, ours.fall.weight),
            (block.linear2.bias, ours.fall.bias),
        ]
        with torch.no_grad():
            for theirs, given in pairs:
                theirs.copy_(given)
        tokens = block(tokens)
    mean = functional.layer_norm(tokens, (8,)).mean(dim=1)
    expected = mean @ network.output.weight.T + network.output.bias
    torch.testing.assert_close(network(images), expected, rtol=1e-10, atol=1e-12)


def test_batch_norm_takes_the_place_of_layer_norm() -> None:
    network = double(kind="transformer", batch_norm=True)
    assert not any(isinstance(m, nn.LayerNorm) for m in network.modules())
    seen = []
    network.block1.forward_norm.register_forward_hook(lambda module, given, out: seen.append(out))
    network(images_of(30, (8, 8)))
    normalized = seen[0].flatten(0, 1)
    torch.testing.assert_close(normalized.mean(0), torch.zeros(8).double(), rtol=0, atol=1e-9)
    variance = normalized.var(0, correction=0)
    assert bool(((variance > 0.9) & (variance <= 1.0)).all())


@pytest.mark.parametrize("kind", KINDS)
def test_dropout_silences_in_training_alone(kind) -> None:
    network = double(kind=kind, dropout=0.5, batch_norm=False)
    plain = double(kind=kind, batch_norm=False)
    images = images_of(6, (8, 8))
    torch.manual_seed(0)
    assert not torch.equal(network(images), network(images))
    network.eval()
    torch.testing.assert_close(network(images), plain(images), rtol=0, atol=0)


# --- the start ---


def hashed(network: nn.Module) -> str:
    return hashlib.sha256(b"".join(p.detach().numpy().tobytes() for p in network.parameters())).hexdigest()


def test_the_same_start_in_another_process_and_no_torch_before_a_network_is_made() -> None:
    code = (
        "import sys, hashlib\n"
        "from optviz.training.network import models, architecture, inside, judgement\n"
        "from optviz.training.setting import ModelSetting\n"
        "assert not {'torch', 'sklearn'} & set(sys.modules)\n"
        "architecture.parameter_count(ModelSetting(), (28, 28))\n"
        "assert 'torch' not in sys.modules\n"
        f"for kind in {KINDS}:\n"
        "    network = models.build(ModelSetting(kind=kind), (8, 8), 7)\n"
        "    told = b''.join(p.detach().numpy().tobytes() for p in network.parameters())\n"
        "    print(hashlib.sha256(told).hexdigest())\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    torch.manual_seed(99)
    here = [hashed(build(ModelSetting(kind=kind), (8, 8), 7)) for kind in KINDS]
    assert told.stdout.split() == here


@pytest.mark.parametrize("kind", KINDS)
def test_networks_that_differ_start_from_the_same_weights(kind) -> None:
    first = build(ModelSetting(kind=kind, **SMALL), (8, 8), 5, torch.float32)
    known = dict(first.named_parameters())
    for change in (
        {"batch_norm": False},
        {"activation": "sigmoid"},
        {"dropout": 0.3},
        {"batch_norm": False, "dropout": 0.9},
    ):
        other = build(ModelSetting(kind=kind, **{**SMALL, **change}), (8, 8), 5, torch.float32)
        shared = {n: p for n, p in other.named_parameters() if "norm" not in n}
        assert set(shared) == {n for n in known if "norm" not in n}
        assert all(torch.equal(p, known[n]) for n, p in shared.items())
    exact = build(ModelSetting(kind=kind, **SMALL), (8, 8), 5, torch.float64)
    assert all(torch.equal(p, known[n].double()) for n, p in exact.named_parameters())
    assert all(p.dtype == torch.float64 for p in exact.parameters())


def test_every_seed_and_every_parameter_has_its_own_weights() -> None:
    setting = ModelSetting(kind="mlp", hidden=(64, 64, 64))
    drawn = [build(setting, (8, 8), seed).state_dict() for seed in (0, 1, 2**63 - 1)]
    rows = [d[f"dense{k}.weight"].flatten().numpy() for d in drawn for k in (1, 2, 3)]
    assert np.abs(np.corrcoef(rows) - np.eye(len(rows))).max() < 0.08  # 5 / sqrt(4096)


def test_the_distributions_are_torchs_own() -> None:
    torch.manual_seed(0)
    cnn = build(ModelSetting(channels=(32, 64), hidden=(256,)), (28, 28), 3)
    lstm = build(ModelSetting(kind="lstm", hidden=(96,)), (28, 28), 3)
    transformer = build(ModelSetting(kind="transformer", hidden=(256,), width=64), (28, 28), 3)
    pairs = [
        (cnn.conv1, nn.Conv2d(1, 32, 3), 1 / 3),
        (cnn.conv2, nn.Conv2d(32, 64, 3), 1 / sqrt(288)),
        (cnn.dense1, nn.Linear(3136, 256), 1 / sqrt(3136)),
        (cnn.output, nn.Linear(256, 10), 1 / 16),
        (lstm.lstm1, nn.LSTM(28, 96), 1 / sqrt(96)),
        (transformer.embed, nn.Linear(49, 64), 1 / 7),
        (transformer.block1.rise, nn.Linear(64, 256), 1 / 8),
        (transformer.block1.query_key_value, nn.Linear(64, 192), 1 / 8),
    ]
    for ours, theirs, bound in pairs:
        for name, expected in theirs.named_parameters():
            drawn = ours.get_parameter(name).detach().flatten()
            assert drawn.abs().max() <= bound
            assert expected.abs().max() <= bound * (1 + 1e-6), "torch's own bound"
            assert ks_2samp(drawn, expected.detach().flatten()).pvalue > 1e-3
            if len(drawn) > 500:
                assert drawn.abs().max() > 0.98 * bound
                assert abs(float(drawn.std()) - bound / sqrt(3)) < 0.05 * bound
    positions = transformer.embed.positions.detach()
    assert abs(float(positions.std()) - 0.02) < 0.002


def test_no_generator_is_touched() -> None:
    torch.manual_seed(12)
    before = torch.get_rng_state()
    for kind in KINDS:
        build(ModelSetting(kind=kind, dropout=0.2), (28, 28), 0)
    assert torch.equal(torch.get_rng_state(), before)
