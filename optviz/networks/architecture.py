"""What a network is made of: the names and shapes of its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

from optviz.catalog import Array

Parts = Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Architecture:
    """A multilayer perceptron with one output.

    Attributes
    ----------
    features
        The number of inputs.
    layers, neurons
        How many hidden layers, and how many neurons in each.
    batch_norm
        Whether each hidden layer is normalized between its linear map and its activation.
    """

    features: int
    layers: int
    neurons: int
    batch_norm: bool

    def inputs(self, layer: int) -> int:
        """Return how many numbers go into a layer; the output is layer `layers`."""
        return self.neurons if layer else self.features

    def outputs(self, layer: int) -> int:
        """Return how many numbers come out of a layer."""
        return self.neurons if layer < self.layers else 1

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """Return the shapes of what is trained, by name, in order."""
        shapes: dict[str, tuple[int, ...]] = {}
        for layer in range(self.layers + 1):
            size = self.outputs(layer)
            shapes[f"weight_{layer}"] = (size, self.inputs(layer))
            shapes[f"bias_{layer}"] = (size,)
            if self.batch_norm and layer < self.layers:
                shapes[f"gamma_{layer}"] = (size,)
                shapes[f"beta_{layer}"] = (size,)
        return shapes

    @property
    def parameters(self) -> int:
        """How many numbers are trained."""
        return sum(prod(shape) for shape in self.shapes().values())
