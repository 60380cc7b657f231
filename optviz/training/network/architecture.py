"""What a network is made of, layer by layer, without making it: for the form and its diagram."""

from __future__ import annotations

from dataclasses import dataclass

from optviz.training.setting import CLASSES, ModelSetting

KERNEL = 3  # pixels a side of a convolution
GRID = 4  # patches a side of an image
TOKENS = GRID * GRID


@dataclass(frozen=True, slots=True)
class LayerPlan:
    """One layer of a network.

    Attributes
    ----------
    name
        As in `optviz.training.network.modules.Network.layer_names`.
    kind
        "convolution", "dense", "lstm", "embedding", "block" or "output".
    shape
        Of what it hands on for one image: (maps, h, w) after pooling, (tokens or rows, features) or
        (neurons,).
    parameters
        How many numbers of it are trained, those of its norm included.
    neurons
        What it has, in words: "16 feature maps".
    """

    name: str
    kind: str
    shape: tuple[int, ...]
    parameters: int
    neurons: str


def pooled(image: tuple[int, int]) -> tuple[int, int]:
    """Return the size of feature maps after the 2 × 2 pooling that follows a convolution.

    What is a single row or column is not pooled any more.
    """
    h, w = image
    return (h // 2, w // 2) if min(h, w) > 1 else image


def layers_of(setting: ModelSetting, image: tuple[int, int]) -> tuple[LayerPlan, ...]:
    """Return the layers of a network, from the image to the output.

    Parameters
    ----------
    image
        Height and width of the images, in pixels.
    """
    if setting.kind == "lstm":
        return _lstm(setting, image)
    if setting.kind == "transformer":
        return _transformer(setting, image)
    norm = 2 if setting.batch_norm else 0  # gamma and beta of each neuron or map
    layers = []
    h, w = image
    inputs = 1
    for i, maps in enumerate(setting.channels if setting.kind == "cnn" else (), start=1):
        h, w = pooled((h, w))
        parameters = (inputs * KERNEL * KERNEL + 1 + norm) * maps
        layers.append(
            LayerPlan(f"conv{i}", "convolution", (maps, h, w), parameters, _many(maps, "feature map"))
        )
        inputs = maps
    inputs *= h * w
    for i, neurons in enumerate(setting.hidden, start=1):
        parameters = (inputs + 1 + norm) * neurons
        layers.append(LayerPlan(f"dense{i}", "dense", (neurons,), parameters, _many(neurons, "neuron")))
        inputs = neurons
    return (*layers, _output(inputs))


def _lstm(setting: ModelSetting, image: tuple[int, int]) -> tuple[LayerPlan, ...]:
    rows, inputs = image
    layers = []
    for i, cells in enumerate(setting.hidden, start=1):
        parameters = 4 * cells * (inputs + cells + 2)  # four gates, and two biases in each
        if setting.batch_norm and i == len(setting.hidden):
            parameters += 2 * cells
        layers.append(LayerPlan(f"lstm{i}", "lstm", (rows, cells), parameters, _many(cells, "cell")))
        inputs = cells
    return (*layers, _output(inputs))


def _transformer(setting: ModelSetting, image: tuple[int, int]) -> tuple[LayerPlan, ...]:
    width = setting.width
    shape = (TOKENS, width)
    pixels = (image[0] // GRID) * (image[1] // GRID)
    norm = 2 * width  # layer norm and batch norm have as many
    words = f"{TOKENS} patches, {_many(width, 'feature')} each"
    layers = [LayerPlan("embed", "embedding", shape, (pixels + 1 + TOKENS) * width, words)]
    for i, neurons in enumerate(setting.hidden, start=1):
        attention = norm + 4 * width * (width + 1)
        forward = norm + (width + 1) * neurons + (neurons + 1) * width
        words = f"{_many(setting.heads, 'head')}, {_many(neurons, 'neuron')}"
        layers.append(LayerPlan(f"block{i}", "block", shape, attention + forward, words))
    return (*layers, _output(width, norm))


def _output(inputs: int, more: int = 0) -> LayerPlan:
    parameters = (inputs + 1) * CLASSES + more
    return LayerPlan("output", "output", (CLASSES,), parameters, _many(CLASSES, "class", "classes"))


def _many(count: int, one: str, several: str = "") -> str:
    return f"{count} {one if count == 1 else several or one + 's'}"


def parameter_count(setting: ModelSetting, image: tuple[int, int]) -> int:
    """Return how many numbers of a network are trained."""
    return sum(layer.parameters for layer in layers_of(setting, image))
