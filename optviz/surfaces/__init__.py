"""The surfaces: formulas with names, from the gentlest bowl to the wildest landscape, and losses of data."""

from __future__ import annotations

from optviz.catalog import Catalog, Surface
from optviz.surfaces import data, multimodal, network, online, quadratic, saddle, valley, wells

SURFACES: Catalog[Surface] = Catalog(
    "surface",
    (
        quadratic.SPHERE,
        quadratic.ELLIPSE,
        quadratic.RAVINE,
        valley.ROSENBROCK,
        saddle.SADDLE,
        wells.TWO_WELL,
        valley.PLATEAU_CLIFF,
        wells.GAUSSIAN_HILLS,
        wells.HIMMELBLAU,
        valley.BEALE,
        valley.ABS_RAVINE,
        saddle.MONKEY_SADDLE,
        wells.THREE_HUMP_CAMEL,
        wells.SIX_HUMP_CAMEL,
        wells.STYBLINSKI_TANG,
        quadratic.BOOTH,
        quadratic.MATYAS,
        wells.MCCORMICK,
        wells.GOLDSTEIN_PRICE,
        wells.BRANIN,
        wells.PEAKS,
        wells.BIRD,
        valley.LEON,
        valley.ZAKHAROV,
        valley.DIXON_PRICE,
        valley.FREUDENSTEIN_ROTH,
        valley.BUKIN_N6,
        multimodal.BOHACHEVSKY,
        multimodal.RASTRIGIN,
        multimodal.ACKLEY,
        multimodal.LEVY_N13,
        multimodal.GRIEWANK,
        multimodal.DROP_WAVE,
        multimodal.EASOM,
        multimodal.MICHALEWICZ,
        multimodal.CROSS_IN_TRAY,
        multimodal.HOLDER_TABLE,
        multimodal.SCHAFFER_N2,
        multimodal.SCHAFFER_N4,
        multimodal.EGGHOLDER,
        data.LINEAR_REGRESSION,
        data.LOGISTIC_REGRESSION,
        data.NEURON,
        data.CHAIN,
        data.DEEP_CHAIN,
        network.NETWORK_PLANE,
        online.ADAM_COUNTEREXAMPLE,
    ),
)

__all__ = ["SURFACES"]
