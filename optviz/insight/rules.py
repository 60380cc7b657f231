"""How each rule's updates are made up: the sums of `optviz.anatomy`, over all steps at once."""

from __future__ import annotations

import numpy as np

from optviz.catalog import Array
from optviz.insight.course import Course
from optviz.optimizers.knobs import NEGLIGIBLE

# ------------------------------------------------------------------ the gradient and its momentum forms


def gd(course: Course) -> None:
    """Gradient descent: the gradient and nothing else."""
    course.gradient()
    course.coupled_decay()
    course.schedule()


def heavy_ball(course: Course) -> None:
    """SGD and momentum: what is kept of the last velocity is added."""
    eta, mu, dampening = course.eta, course.hyper("momentum"), course.hyper("dampening")
    course.gradient()
    g = course.coupled_decay()
    if mu and dampening:
        fresh = np.where(course.t == 1.0, 1.0, 1.0 - dampening)
        course.add("dampening", -eta * (fresh * g), np.where(course.t == 1.0, 0.0, eta * dampening * g))
    if mu:
        course.add("memory", -eta * course.after[0], -eta * mu * course.before[0])
    course.schedule()


def nesterov(course: Course) -> None:
    """Nesterov: momentum, and the change of velocity once more."""
    eta, mu, m = course.eta, course.hyper("momentum"), course.after[0]
    course.gradient()
    g = course.coupled_decay()
    if mu:
        course.add("memory", -eta * m, -eta * mu * course.before[0])
        course.add("look_ahead", -eta * (g + mu * m), -eta * mu * (m - course.before[0]))
    course.schedule()


def quasi_hyperbolic(course: Course) -> None:
    """QHM: a share of the gradient gives way to its running mean."""
    eta, nu, g, m = course.eta, course.hyper("nu"), course.grad, course.after[0]
    course.gradient()
    if nu:
        course.add("memory", -eta * ((1.0 - nu) * g + nu * m), -eta * nu * (m - g))
    course.schedule()


# ------------------------------------------------------------------ accumulators


def adagrad(course: Course) -> None:
    """Adagrad: divided by the root of the sum of all squared gradients."""
    course.gradient()
    g = course.coupled_decay()
    course.add("scaling", -course.eta * (g / (np.sqrt(course.after[0]) + course.hyper("epsilon"))))
    kappa = course.hyper("lr_decay")
    if kappa:
        divisor = 1.0 + (course.t - 1.0) * kappa
        course.add("rate_decay", course.total / divisor, -((course.t - 1.0) * kappa / divisor) * course.total)
    course.schedule()


def adadelta(course: Course) -> None:
    """Adadelta: divided by the size of past gradients, multiplied by that of past steps."""
    eta, eps = course.eta, course.hyper("epsilon")
    course.gradient()
    g = course.coupled_decay()
    v, u = course.after[0], course.before[1]
    course.add("scaling", -eta * (g / np.sqrt(v + eps)))
    course.add("past_steps", -eta * (np.sqrt(u + eps) / np.sqrt(v + eps) * g))
    course.schedule()


def rmsprop(course: Course) -> None:
    """RMSprop: divided by the recent root mean square; then, if asked for, momentum."""
    eta, mu = course.eta, course.hyper("momentum")
    course.gradient()
    g = course.coupled_decay()
    v, mean = course.after[0], course.after[1]
    spread = v - mean * mean if course.hypers["centered"] else v
    course.add("scaling", -eta * (g / (np.sqrt(spread) + course.hyper("epsilon"))))
    if mu:
        course.add("memory", -eta * course.after[2], -eta * mu * course.before[2])
    course.schedule()


def rprop(course: Course) -> None:
    """Rprop: the signs alone, each coordinate with a step size of its own."""
    eta, first = course.eta, course.t == 1.0
    course.gradient()
    g = course.grad
    sign = np.sign(g)
    length = np.where(first, eta, course.before[1])
    course.add("sign", -length * sign)
    agreement = g * course.before[0]
    low, high = course.hyper("step_min"), course.hyper("step_max")
    factor = np.where(
        agreement > 0.0, course.hyper("eta_plus"), np.where(agreement < 0.0, course.hyper("eta_minus"), 1.0)
    )
    grown = np.minimum(np.maximum(length * factor, low), high)
    course.add("step_size", -grown * sign)
    course.add("pause", np.where(agreement < 0.0, 0.0, -grown * sign))
    if course.scheduled:  # only the first step reads the learning rate
        begun = -np.minimum(np.maximum(course.rate, low), high) * sign
        course.add("schedule", np.where(first, begun, course.total))


# ------------------------------------------------------------------ Adam and what grew out of it


def _mean(course: Course, g: Array) -> Array:
    m: Array = course.after[0]
    course.add("memory", -course.eta * m, -course.eta * (m - g))
    return m


def _corrected(course: Course, m: Array) -> Array:
    gone = course.power(course.hyper("beta1"))
    left = 1.0 - gone
    mhat = m / left
    course.add("bias_correction", -course.eta * mhat, -course.eta * gone * mhat)
    return left


def _scale(course: Course) -> Array:
    return np.asarray(1.0 / np.sqrt(1.0 - course.power(course.hyper("beta2"))))


def _divided(course: Course, m: Array, left: Array | float, square: Array, scale: Array | float) -> Array:
    return np.asarray(-(course.eta / left) * (m / (np.sqrt(square) * scale + course.hyper("epsilon"))))


def adam(course: Course) -> None:
    """Adam: running mean, its bias, and the division by the root mean square."""
    course.gradient()
    m = _mean(course, course.coupled_decay())
    left: Array | float = 1.0
    scale: Array | float = 1.0
    if course.hypers["bias_correction"]:
        left, scale = _corrected(course, m), _scale(course)
    course.add("scaling", _divided(course, m, left, course.after[1], scale))
    course.schedule()


def adamw(course: Course) -> None:
    """AdamW: Adam, and the decay apart from it."""
    course.gradient()
    m = _mean(course, course.grad)
    left = _corrected(course, m)
    course.add("scaling", _divided(course, m, left, course.after[1], _scale(course)))
    course.decoupled_decay()
    course.schedule()


def amsgrad(course: Course) -> None:
    """AMSGrad: Adam, and the step as short as the largest mean square asks for."""
    course.gradient()
    m = _mean(course, course.coupled_decay())
    left, scale = _corrected(course, m), _scale(course)
    course.add("scaling", _divided(course, m, left, course.after[1], scale))
    course.add("maximum", _divided(course, m, left, course.after[2], scale))
    course.schedule()


def adamax(course: Course) -> None:
    """Adamax: divided by the largest recent gradient."""
    course.gradient()
    m = _mean(course, course.coupled_decay())
    left = _corrected(course, m)
    course.add("scaling", -(course.eta / left) * (m / course.after[1]))
    course.schedule()


def nadam(course: Course) -> None:
    """NAdam: the momentum of the next step is in this one."""
    eta, b1 = course.eta, course.hyper("beta1")
    course.gradient()
    g = course.coupled_decay()
    m = _mean(course, g)
    shrink = 0.96 ** course.hyper("momentum_decay")
    warm = np.cumprod(np.full(course.t.shape, shrink), axis=0)
    warm[np.logical_or.accumulate(warm < NEGLIGIBLE)] = 0.0
    mu, mu_next = b1 * (1.0 - 0.5 * warm), b1 * (1.0 - 0.5 * (warm * shrink))
    product = np.cumprod(mu.astype(np.float32), axis=0, dtype=np.float32)  # as the kernel and torch keep it
    product = np.where(np.logical_or.accumulate(product < NEGLIGIBLE), 0.0, product).astype(np.float64)
    own = -eta * ((1.0 - mu) * g - (1.0 - mu_next) * m)
    course.add("look_ahead", -eta * ((1.0 - mu) * g + mu_next * m), own)
    of_grad, of_mean = eta * (1.0 - mu) / (1.0 - product), eta * mu_next / (1.0 - product * mu_next)
    numerator = of_grad * g + of_mean * m
    own = -(of_grad * product * g + of_mean * product * mu_next * m)
    course.add("bias_correction", -numerator, own)
    root = np.sqrt(course.after[1] * (1.0 / (1.0 - course.power(course.hyper("beta2")))))
    course.add("scaling", -(numerator / (root + course.hyper("epsilon"))))
    course.schedule()


def radam(course: Course) -> None:
    """RAdam: the division is held back until the mean square can be trusted."""
    t, b2, eps = course.t, course.hyper("beta2"), course.hyper("epsilon")
    course.gradient()
    m = _mean(course, course.coupled_decay())
    lr = course.eta / _corrected(course, m)
    power = np.power(b2, t)
    unbiased = 1.0 - power
    longest = 2.0 / (1.0 - b2) - 1.0
    length = longest - 2.0 * t * power / unbiased
    trusted = length > 5.0
    held = np.where(trusted, length, 6.0)  # any length whose root is real, where it is not used
    direction = m / (np.sqrt(course.after[1]) + eps)
    scaled = -lr * np.sqrt(unbiased) * direction
    course.add("scaling", np.where(trusted, scaled, course.total))
    trust = np.sqrt((held - 4.0) * (held - 2.0) * longest / ((longest - 4.0) * (longest - 2.0) * held))
    reached = -(lr * (np.sqrt(unbiased) * trust)) * direction
    own = np.where(trusted, (trust - 1.0) * course.total, 0.0)
    course.add("rectification", np.where(trusted, reached, course.total), own)
    course.schedule()


def adabelief(course: Course) -> None:
    """AdaBelief: divided by how far the gradient strays from its mean."""
    course.gradient()
    m = _mean(course, course.grad)
    left = _corrected(course, m)
    root = np.sqrt(course.after[1] * (1.0 / (1.0 - course.power(course.hyper("beta2")))))
    course.add("scaling", -(course.eta / left) * (m / (root + course.hyper("epsilon"))))
    course.schedule()


def qhadam(course: Course) -> None:
    """QHAdam: plain gradient and plain square mixed into both means."""
    eta, g, m = course.eta, course.grad, course.after[0]
    nu1, nu2 = course.hyper("nu1"), course.hyper("nu2")
    course.gradient()
    course.add("memory", -eta * ((1.0 - nu1) * g + nu1 * m), -eta * nu1 * (m - g))
    gone = course.power(course.hyper("beta1"))
    left1, left2 = 1.0 - gone, 1.0 - course.power(course.hyper("beta2"))
    top = (1.0 - nu1) * g + (nu1 / left1) * m
    course.add("bias_correction", -eta * top, -eta * nu1 * gone * (m / left1))
    root = np.sqrt((1.0 - nu2) * (g * g) + (nu2 / left2) * course.after[1])
    course.add("scaling", -eta * (top / (root + course.hyper("epsilon"))))
    course.schedule()


# ------------------------------------------------------------------ signs, curvature


def sign_sgd(course: Course) -> None:
    """signSGD: the signs of the gradient."""
    course.gradient()
    course.add("sign", -course.eta * np.sign(course.grad))
    course.schedule()


def lion(course: Course) -> None:
    """Lion: the signs of a mixture of memory and gradient."""
    eta, b1, m = course.eta, course.hyper("beta1"), course.before[0]
    course.gradient()
    mixture = b1 * m + (1.0 - b1) * course.grad
    course.add("memory", -eta * mixture, -eta * b1 * (m - course.grad))
    course.add("sign", -eta * np.sign(mixture))
    course.decoupled_decay()
    course.schedule()


def newton(course: Course) -> None:
    """Newton: the gradient through the inverse of the Hessian."""
    eps = course.hyper("epsilon")
    course.gradient()
    hxx, hxy, hyy = course.hessian
    xx, yy = hxx + eps, hyy + eps
    gx, gy = course.grad[:, :1], course.grad[:, 1:]
    determinant = xx * yy - hxy * hxy
    jump = np.concatenate([yy * gx - hxy * gy, xx * gy - hxy * gx], axis=1) / determinant
    course.add("curvature", -course.eta * jump)
    course.schedule()
