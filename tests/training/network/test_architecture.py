"""What is said of a network without making it, against the network."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from optviz.training.network.architecture import layers_of, parameter_count
from optviz.training.network.models import build
from optviz.training.setting import IMAGE_SIZES, ModelSetting

torch.set_num_threads(1)

SIZES = sorted(set(IMAGE_SIZES.values()))


@st.composite
def model_settings(draw: st.DrawFn) -> ModelSetting:
    kind = draw(st.sampled_from(["mlp", "cnn", "lstm", "transformer"]))
    sizes = st.integers(1, 20)
    heads = draw(st.integers(1, 4))
    return ModelSetting(
        kind=kind,
        hidden=tuple(draw(st.lists(sizes, min_size=int(kind in ("lstm", "transformer")), max_size=4))),
        channels=tuple(draw(st.lists(sizes, min_size=1, max_size=6))),
        batch_norm=draw(st.booleans()),
        dropout=draw(st.sampled_from([0.0, 0.5])),
        width=heads * draw(st.integers(1, 8)),
        heads=heads,
    )


@given(model_settings(), st.sampled_from(SIZES))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_it_is_the_network_that_is_built(setting, image) -> None:
    network = build(setting, image, 0).eval()
    plans = layers_of(setting, image)
    assert tuple(plan.name for plan in plans) == network.layer_names
    made = [sum(p.numel() for p in parameters) for parameters in network.layer_parameters().values()]
    assert [plan.parameters for plan in plans] == made
    assert parameter_count(setting, image) == sum(p.numel() for p in network.parameters())

    shapes = {}
    reached = torch.zeros(2, 1, *image)
    with torch.no_grad():
        for name, child in network.named_children():
            reached = child(reached)
            layer, _, part = name.partition("_")
            if part != "norm" or layer[:4] in (
                "conv",
                "dens",
            ):  # another norm follows, or is of, one row alone
                shapes[layer] = tuple(reached.shape[1:])
    for plan in plans:
        assert shapes[plan.name] == plan.shape


@pytest.mark.parametrize(
    ("setting", "count"),
    [
        (ModelSetting(kind="mlp", hidden=(128,), batch_norm=False), 784 * 128 + 128 + 1280 + 10),
        (ModelSetting(kind="mlp", hidden=()), 7850),
        # 1*9*16+16+32, 16*9*32+32+64, 7*7*32*128+128+256, 128*10+10
        (ModelSetting(), 192 + 4704 + 201088 + 1290),
        (ModelSetting(kind="lstm", batch_norm=False), 4 * 128 * (28 + 128 + 2) + 1290),
    ],
)
def test_counts_by_hand(setting, count) -> None:
    assert parameter_count(setting, (28, 28)) == count


def test_words() -> None:
    assert [p.neurons for p in layers_of(ModelSetting(channels=(1, 16)), (28, 28))] == [
        "1 feature map",
        "16 feature maps",
        "128 neurons",
        "10 classes",
    ]
    assert [p.neurons for p in layers_of(ModelSetting(kind="transformer"), (28, 28))] == [
        "16 patches, 64 features each",
        "4 heads, 128 neurons",
        "10 classes",
    ]
    assert [p.kind for p in layers_of(ModelSetting(kind="lstm"), (8, 8))] == ["lstm", "output"]
