"""The loss of a real network, on a plane through its weights."""

from __future__ import annotations

from optviz.catalog import Choice, Choices, Knob, Model, Surface, Values
from optviz.errors import InputError
from optviz.kernels import network
from optviz.kernels.activations import ACTIVATIONS, code_of
from optviz.networks.datasets import DATASETS, DIGITS
from optviz.networks.pose import pose, units

_LARGEST_SEED = 2**31 - 1


def _typeset(values: Values, choices: Choices) -> str:
    layers = int(values["layers"])
    if choices["loss"] == "mse":
        loss = r"\frac{1}{2m} \sum_i (f(u_i) - y_i)^{2}"
    else:
        loss = r"-\frac{1}{m} \sum_i [y_i \log p_i + (1 - y_i) \log (1 - p_i)], \; p_i = \sigma (f(u_i))"
    if layers == 1:
        inner, f = "W_{1} u + b_{1}", "W_{2} h + b_{2}"
        hidden, count = "h", ""
    else:
        inner, f = "W_{k} h_{k-1} + b_{k}", rf"W_{{{layers + 1}}} h_{{{layers}}} + b_{{{layers + 1}}}"
        hidden, count = "h_{k}", r", \; h_{0} = u"
    inner = rf"\mathrm{{BN}} ({inner})" if choices["batch_norm"] else inner
    if choices["activation"] != "identity":
        formula = ACTIVATIONS[code_of(str(choices["activation"]))].formula
        inner, count = f"a({inner})", rf"{count}, \; a(s) = {formula}"
    return rf"{loss}, \; f(u) = {f}, \; {hidden} = {inner}{count}, \; \theta = \theta^{{*}} + x \, d + y \, e"


def _check(values: Values, choices: Choices) -> None:
    if choices["dataset"] == "digits" and values["m"] > DIGITS:
        raise InputError(
            f"coefficients.m: {values['m']:g} is not allowed with dataset digits; it must be ≤ {DIGITS}"
        )


NETWORK_PLANE = Surface(
    id="network_plane",
    title="Network plane",
    formula="mean((f(u) - y)**2) / 2 over the samples (u, y), f a network whose weights are "
    "W + x*D + y*E; or cross-entropy",
    domain=((-1.0, 1.0), (-1.0, 1.0)),
    start=(-0.8, 0.7),
    minima=(),
    help="A network with all its weights, seen on a plane through them: at (0, 0) it is as training left "
    "it, away from there its weights are disturbed in two directions at once. Or the plane through three "
    "networks trained from different starts, with the walls between them.",
    reference="Li, Xu, Taylor, Studer & Goldstein 2018, arXiv:1712.09913, section 4; Garipov et al. 2018, "
    "arXiv:1802.10026, section 3",
    coefficients=(
        Knob("m", 256, "How many samples there are; of digits at most 1,797.", 4, 2000, slider=(16, 1024),
             scale="log", kind="int"),
        Knob("noise", 0.2, "Standard deviation of the noise in each feature.", 0.0, slider=(0.0, 1.0)),
        Knob("seed", 0, "Start of the random numbers that draw the samples and the untrained weights.", 0,
             _LARGEST_SEED, kind="int", slider=(0, 99)),
        Knob("plane_seed", 0, "Start of the random numbers that draw the two directions.", 0, _LARGEST_SEED,
             kind="int", slider=(0, 99)),
        Knob("layers", 2, "How many hidden layers there are.", 1, 4, kind="int", slider=(1, 4)),
        Knob("neurons", 32, "How many neurons each hidden layer has.", 2, 64, kind="int", slider=(2, 64)),
        Knob("epsilon", 1e-5, "Added to batch norm's variance.", 0.0, open_minimum=True, slider=(1e-8, 10.0),
             scale="log"),
    ),
    choices=(
        Choice("dataset", "moons", DATASETS, "Two classes of points in a plane; or handwritten digits of "
               "8 × 8 pixels, even against odd."),
        Choice("plane", "random", ("random", "minima"), "Two random directions, as long as the weights of "
               "each neuron; or the plane through three trained networks."),
        Choice("activation", "tanh", tuple(one.id for one in ACTIVATIONS),
               "What each neuron does to its input."),
        Choice("batch_norm", False, (False, True), "Whether inputs of the activations are normalized."),
        Choice("batch_norm_mode", "training", ("training", "inference"), "Statistics of the samples at hand, "
               "with the gradient through them; or fixed ones, gathered while the network was trained."),
        Choice("loss", "bce", ("mse", "bce"), "Mean squared error or binary cross-entropy."),
    ),
    model=Model(
        network.loss, network.hessian, network.value, pose, units, _typeset, slow=True, grid=201, check=_check
    ),
)  # fmt: skip
