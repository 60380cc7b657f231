"""Losses of the smallest models on real samples: regression, a neuron, chains of neurons."""

from __future__ import annotations

from optviz.catalog import Choice, Choices, Knob, Minimum, Model, Surface, Values
from optviz.kernels import chain, neuron
from optviz.kernels.activations import ACTIVATIONS
from optviz.surfaces import samples

_SAMPLES = Knob("m", 256, "How many samples there are.", 2, 4096, slider=(4, 1024), scale="log", kind="int")
_SEED = Knob("seed", 0, "Start of the random numbers that draw the samples.", 0, 2**31 - 1, kind="int",
             slider=(0, 99))  # fmt: skip
_FEATURE_SCALE = Knob(
    "feature_scale", 1.0, "How much larger the second feature is than the first.", 1.0, 100.0,
    slider=(1.0, 100.0), scale="log",
)  # fmt: skip
_NORM_KNOBS = (
    Knob("gamma", 1.0, "Batch norm's scale γ.", slider=(0.1, 4.0)),
    Knob("beta", 0.0, "Batch norm's shift β.", slider=(-3.0, 3.0)),
    Knob("epsilon", 1e-5, "Added to batch norm's variance.", 0.0, open_minimum=True, slider=(1e-8, 10.0),
         scale="log"),
)  # fmt: skip
_STANDARDIZE = Choice(
    "standardize", False, (False, True), "Whether features are shifted and scaled to mean 0 and deviation 1."
)
_LOSS = Choice("loss", "mse", ("mse", "bce"), "Mean squared error or binary cross-entropy.")
_NORM_CHOICES = (
    Choice("batch_norm", False, (False, True), "Whether inputs of the activation are normalized."),
    Choice(
        "batch_norm_mode",
        "training",
        ("training", "inference"),
        "Statistics of the samples at hand, with the gradient through them; or fixed ones, gathered at the "
        "surface's own start.",
    ),
)


def _activation(default: str) -> Choice:
    return Choice(
        "activation", default, tuple(one.id for one in ACTIVATIONS), "What each neuron does to its input."
    )


def _noise(default: float, help: str) -> Knob:
    return Knob("noise", default, help, 0.0, slider=(0.0, 3.0))


# ------------------------------------------------------------------ in symbols

_MSE = r"\frac{1}{2m} \sum_i ({%s} - y_i)^{2}"
_BCE = r"-\frac{1}{m} \sum_i [y_i \log p_i + (1 - y_i) \log (1 - p_i)]"


def _symbol(choices: Choices) -> str:
    known = {"identity": "", "sigmoid": r"\sigma", "tanh": r"\tanh", "relu": r"\mathrm{ReLU}"}
    name = str(choices["activation"])
    return known.get(name, rf"\mathrm{{{name.replace('_', '')}}}")


def _normed(inner: str, choices: Choices) -> str:
    return rf"\mathrm{{BN}} ({inner})" if choices["batch_norm"] else inner


def _applied(inner: str, choices: Choices) -> str:
    symbol = _symbol(choices)
    if not symbol:
        return inner
    return rf"{symbol} {inner}" if inner.startswith("(") else rf"{symbol} ({inner})"


def _typeset_neuron(values: Values, choices: Choices) -> str:
    inner = _normed("w_{1} u_i + w_{2} v_i", choices)
    out = _applied(inner, choices)
    if choices["loss"] == "mse":
        return _MSE % out
    probability = out if choices["activation"] == "sigmoid" else rf"\sigma ({out})"
    return rf"{_BCE}, \; p_i = {probability}"


def _typeset_chain(values: Values, choices: Choices) -> str:
    depth = int(values.get("depth", 1))
    inner = _applied(_normed("w_{1} u_i" if depth == 1 else "w_{1} h_i", choices), choices)
    if depth > 1:
        tail = rf", \; h_i \leftarrow {inner} \; \mathrm{{({depth} \, times)}}"
        out = "w_{2} h_i"
    else:
        tail = ""
        out = f"w_{{2}} {inner}"
    if choices["loss"] == "mse":
        return _MSE % out + tail
    return rf"{_BCE}, \; p_i = \sigma ({out}){tail}"


def _typeset_line(values: Values, choices: Choices) -> str:
    return _MSE % "w u_i + b"


def _typeset_logistic(values: Values, choices: Choices) -> str:
    return rf"{_BCE}, \; p_i = \sigma (w_{{1}} u_i + w_{{2}} v_i)"


# ------------------------------------------------------------------ the surfaces

LINEAR_REGRESSION = Surface(
    id="linear_regression",
    title="Linear regression",
    formula="mean((w*u + b - y)**2) / 2 over the samples (u, y); (x, y) of the plane is (w, b)",
    domain=((-1.0, 7.0), (-4.0, 4.0)),
    axes=("w", "b"),
    start=(-0.4, -2.6),
    minima=(Minimum((2.930944420271574, 0.02404183435803431), 0.6225592364582163),),
    help="A line through a cloud of points, y = 3x + noise: slope and intercept pull at each other, which "
    "stretches the bowl; standardized features make it round.",
    reference="Gauss 1809; Bishop 2006, Pattern Recognition and Machine Learning, section 3.1",
    coefficients=(
        Knob("m", 100, "How many samples there are.", 2, 4096, slider=(4, 1024), scale="log", kind="int"),
        _noise(1.0, "Standard deviation of the noise in y."),
        _SEED,
    ),
    choices=(_STANDARDIZE,),
    model=Model(
        neuron.loss, neuron.hessian, neuron.value, samples.pose_line, samples.no_units, _typeset_line
    ),
)

LOGISTIC_REGRESSION = Surface(
    id="logistic_regression",
    title="Logistic regression",
    formula="mean(log(1 + exp(z)) - y*z), z = w1*u + w2*v, over the samples (u, v, y)",
    domain=((-4.0, 8.0), (-5.0, 7.0)),
    axes=("w₁", "w₂"),
    start=(-2.5, 4.5),
    minima=(Minimum((1.3241125204081639, 1.0335515299025335), 0.41990328663821785),),
    help="Two classes of points and the straight line between them. Where no point lies on the wrong side "
    "the loss falls for ever as the weights grow: there is no minimum until a penalty makes one.",
    reference="Cox 1958; Bishop 2006, Pattern Recognition and Machine Learning, section 4.3.2",
    coefficients=(_SAMPLES, _noise(1.0, "Standard deviation of each class of points."), _SEED),
    choices=(
        Choice(
            "classes",
            "overlapping",
            ("overlapping", "separable"),
            "Whether a line through 0 can part the classes.",
        ),
        _STANDARDIZE,
    ),
    model=Model(
        neuron.loss, neuron.hessian, neuron.value, samples.pose_logistic, samples.no_units, _typeset_logistic
    ),
)

NEURON = Surface(
    id="neuron",
    title="One neuron",
    formula="mean((a(BN(w1*u + w2*v)) - y)**2) / 2 over the samples (u, v, y); or cross-entropy",
    domain=((-6.0, 6.0), (-6.0, 6.0)),
    axes=("w₁", "w₂"),
    start=samples.NEURON_START,
    minima=(Minimum((1.241411111564334, 1.0249831181726046), 0.0681198458839814),),
    help="The smallest network: two features, one activation. Everything that shapes the loss of a large "
    "one can be seen at work: scale of the features, activation, batch norm, loss, penalty.",
    reference="Ioffe & Szegedy 2015, arXiv:1502.03167; Rosenblatt 1958",
    coefficients=(
        _SAMPLES, _noise(1.0, "Standard deviation of each class of points."), _SEED, _FEATURE_SCALE,
        *_NORM_KNOBS,
    ),
    choices=(
        _activation("sigmoid"),
        *_NORM_CHOICES,
        _LOSS,
        Choice("dataset", "clouds", ("clouds", "moons", "circles", "blobs", "spiral"),
               "Where the two classes of points lie."),
        _STANDARDIZE,
    ),
    model=Model(
        neuron.loss, neuron.hessian, neuron.value, samples.pose_neuron, samples.neuron_units, _typeset_neuron
    ),
)  # fmt: skip

_CHAIN_NOISE = _noise(0.2, "Standard deviation of the noise in y.")
_CHAIN_HELP = (
    " With cross-entropy the targets are whether y is above 0, and the output is the logit."
)

CHAIN = Surface(
    id="chain",
    title="Chain of two weights",
    formula="mean((w2*a(BN(w1*u)) - y)**2) / 2 over the samples (u, y), y = 1.5*tanh(1.5*u) + noise; or "
    "cross-entropy",
    domain=((-4.0, 4.0), (-4.0, 4.0)),
    axes=("w₁", "w₂"),
    start=samples.CHAIN_START,
    minima=(
        Minimum((1.519023528151415, 1.493022432154421), 0.018658291784676866),
        Minimum((-1.519023528151415, -1.493022432154421), 0.018658291784676866),
    ),
    help="The smallest deep network, one neuron and a weight after it: a saddle where both weights are 0 and "
    "two valleys that mirror each other, since both signs may be turned together." + _CHAIN_HELP,
    reference="Saxe, McClelland & Ganguli 2014, arXiv:1312.6120",
    coefficients=(_SAMPLES, _CHAIN_NOISE, _SEED, *_NORM_KNOBS),
    choices=(_activation("tanh"), *_NORM_CHOICES, _LOSS),
    model=Model(
        chain.loss, chain.hessian, chain.value, samples.pose_chain, samples.chain_units, _typeset_chain
    ),
)

DEEP_CHAIN = Surface(
    id="deep_chain",
    title="Deep chain",
    formula="mean((w2*h - y)**2) / 2, h = a(BN(w1*...a(BN(w1*u)))), `depth` times; or cross-entropy",
    domain=((-3.0, 3.0), (-3.0, 3.0)),
    axes=("w₁", "w₂"),
    start=samples.DEEP_START,
    minima=(
        Minimum((0.9442234424613816, 2.976084477860162), 0.018600898462600678),
        Minimum((-0.9442234424613816, 2.976084477860162), 0.018600898462600678),
    ),
    help="Several neurons after each other that share one weight, and a weight after them: below 1 the "
    "signal and its gradient vanish with depth, above 1 they explode or saturate." + _CHAIN_HELP,
    reference="Bengio, Simard & Frasconi 1994; Glorot & Bengio 2010",
    coefficients=(
        _SAMPLES, _CHAIN_NOISE, _SEED,
        Knob("depth", 4, "How many neurons share the first weight.", 2, 8, slider=(2, 8), kind="int"),
        *_NORM_KNOBS,
    ),
    choices=(_activation("tanh"), *_NORM_CHOICES, _LOSS),
    model=Model(
        chain.loss, chain.hessian, chain.value, samples.pose_deep_chain, samples.chain_units, _typeset_chain
    ),
)  # fmt: skip
