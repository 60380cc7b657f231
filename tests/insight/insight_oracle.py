"""What sentences of `optviz.insight.why` must say, worked out again from the recorded arrays alone.

Losses, gradients and Hessians are closed forms written here; products that theory allows come from the
eigenvalues of each rule's own update matrix (SciPy), found by bisection; nothing is taken from the package
but what a run recorded.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.linalg import eigh, eigvals, solve_discrete_lyapunov


def _ravine(x: float, y: float) -> tuple[Any, Any, Any]:
    return 0.5 * (x * x + 100.0 * y * y), np.array([x, 100.0 * y]), np.diag([1.0, 100.0])


def _saddle(x: float, y: float) -> tuple[Any, Any, Any]:
    return x * x - y * y, np.array([2.0 * x, -2.0 * y]), np.diag([2.0, -2.0])


def _rosenbrock(x: float, y: float) -> tuple[Any, Any, Any]:
    u = y - x * x
    loss = (1.0 - x) ** 2 + 100.0 * u * u
    grad = np.array([-2.0 * (1.0 - x) - 400.0 * x * u, 200.0 * u])
    return loss, grad, np.array([[2.0 - 400.0 * u + 800.0 * x * x, -400.0 * x], [-400.0 * x, 200.0]])


SURFACES: dict[str, Callable[[float, float], tuple[Any, Any, Any]]] = {
    "ravine": _ravine, "saddle": _saddle, "rosenbrock": _rosenbrock,
}  # fmt: skip
DOMAINS = {
    "ravine": math.hypot(6.0, 3.0), "saddle": math.hypot(4.0, 4.0), "rosenbrock": math.hypot(4.0, 4.0),
}  # fmt: skip
MINIMA = {"ravine": (0.0, 0.0), "rosenbrock": (1.0, 1.0)}
STARTS = {"ravine": (-2.6, 0.9), "saddle": (-1.6, 0.001)}


def update(optimizer: str, hypers: Mapping[str, float], a: float, curvature: float = 1.0) -> Any:
    """Return the 2 x 2 matrix that takes (error, rate * memory) through one step; None for other rules.

    `a` is the learning rate times the curvature. Straight from the rules as their papers state them.
    """
    mu = float(hypers.get("momentum", 0.0))
    if optimizer == "gd":
        return np.array([[1.0 - a, 0.0], [0.0, 0.0]])
    if optimizer in ("sgd", "momentum"):  # m = mu m + f g, then theta -= m
        f = 1.0 - hypers["dampening"] if mu else 1.0
        return np.array([[1.0 - f * a, -mu], [f * a, mu]])
    if optimizer == "nesterov":  # m = mu m + g, then theta -= g + mu m
        m = np.array([a, mu])
        return np.array([[1.0, 0.0] - np.array([a, 0.0]) - mu * m, m])
    if optimizer == "qhm":  # m = mu m + (1 - mu) g, then theta -= (1 - nu) g + nu m
        m, nu = np.array([(1.0 - mu) * a, mu]), hypers["nu"]
        return np.array([[1.0, 0.0] - np.array([(1.0 - nu) * a, 0.0]) - nu * m, m])
    if optimizer == "newton":
        return np.array([[1.0 - a / (curvature + hypers["epsilon"]), 0.0], [0.0, 0.0]])
    return None


def radius(matrix: Any) -> float:
    return float(np.abs(eigvals(matrix)).max())


def boundary(holds: Callable[[float], bool], high: float = 1e4) -> float:
    """Return the largest a up to which `holds` is true, when it is so from 0 on."""
    low = 0.0
    a = 1e-6
    while a < high and holds(a):
        low, a = a, a * 1.02
    high = a
    for _ in range(80):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


@dataclass(frozen=True)
class Oracle:
    """One entrant of a run, and what may be said of it."""

    experiment: Any
    run: Any
    place: int

    @cached_property
    def done(self) -> Any:
        return self.run.entrants[self.place]

    @cached_property
    def entrant(self) -> Any:
        return self.experiment.entrants[self.place]

    def at(self, k: int) -> tuple[Any, Any, Any]:
        return SURFACES[self.experiment.surface](*self.done.path[k])

    def bends(self, k: int) -> Any:
        return eigh(self.at(k)[2], eigvals_only=True)

    @cached_property
    def n(self) -> int:
        return len(self.done.path) - 1

    @cached_property
    def w(self) -> int:
        return min(100, max(1, self.n // 2))

    @cached_property
    def decay(self) -> float:
        own = self.entrant.optimizer in ("gd", "sgd", "momentum", "nesterov")
        return float(self.entrant.hyperparameters.get("weight_decay", 0.0)) if own else 0.0

    def stable(self, a: float) -> bool:
        return radius(update(self.entrant.optimizer, self.entrant.hyperparameters, a)) <= 1.0

    def calm(self, a: float) -> bool:
        roots = eigvals(update(self.entrant.optimizer, self.entrant.hyperparameters, a))
        largest = roots[np.abs(roots).argmax()]
        return bool((np.abs(roots.imag) < 1e-7).all() and largest.real >= 0.0)

    def expected(self, key: str, said: Mapping[str, str]) -> Any:
        """Return what `key` stands for; `said` holds the step that other keys are about."""
        return getattr(self, f"v_{key}")(said)

    # -------------------------------------------------------------- by the names of the values

    def v_step(self, said: Any) -> Any:
        return self.n

    def v_since(self, said: Any) -> Any:
        return self.n - self.w

    def v_w(self, said: Any) -> Any:
        return self.w

    def v_loss(self, said: Any) -> Any:
        return self.at(self.n)[0]

    def v_first(self, said: Any) -> Any:
        return self.at(0)[0]

    def v_lowest(self, said: Any) -> Any:
        return min(self.done.loss)

    def v_at(self, said: Any) -> Any:
        return list(self.done.loss).index(min(self.done.loss))

    def v_x(self, said: Any) -> Any:
        return self.done.path[-1][0]

    def v_y(self, said: Any) -> Any:
        return self.done.path[-1][1]

    def v_norm(self, said: Any) -> Any:
        return np.linalg.norm(self.at(self.n)[1])

    def v_begun(self, said: Any) -> Any:
        return np.linalg.norm(self.at(0)[1])

    def v_before(self, said: Any) -> Any:
        return np.linalg.norm(self.at(self.n - self.w)[1])

    def v_shrink(self, said: Any) -> Any:
        return math.exp(math.log(self.v_norm(0) / self.v_before(0)) / self.w)

    def v_digit(self, said: Any) -> Any:
        """From the race itself, had it gone on: interpolated where the gradient first is a tenth."""
        path = self.done.path
        norms = [np.linalg.norm(self.at(k)[1]) for k in (self.n - self.n // 4, self.n)]
        assert len(path) == self.n + 1
        return math.log(0.1) / (math.log(norms[1] / norms[0]) / (self.n // 4))

    def v_looked(self, said: Any) -> Any:
        return self.n // 2

    def v_low(self, said: Any) -> Any:
        return self.bends(self.n)[0]

    def v_high(self, said: Any) -> Any:
        return self.bends(self.n)[1]

    def v_mild(self, said: Any) -> Any:
        return self.bends(self.n)[0] + self.decay

    def v_steep(self, said: Any) -> Any:
        return self.bends(self.n)[1] + self.decay

    def v_needed(self, said: Any) -> Any:
        return -self.bends(self.n)[0]

    def v_rate(self, said: Any) -> Any:
        return self.done.learning_rate[-1]

    def v_ratio(self, said: Any) -> Any:
        return self.v_rate(0) * self.v_steep(0)

    def v_product(self, said: Any) -> Any:
        return boundary(self.stable)

    def v_critical(self, said: Any) -> Any:
        return boundary(self.calm)

    def v_limit(self, said: Any) -> Any:
        return self.v_critical(0) / self.v_steep(0)

    def v_stable(self, said: Any) -> Any:
        return self.v_product(0) / self.v_steep(0)

    def v_room(self, said: Any) -> Any:
        return self.v_stable(0) / self.v_rate(0)

    def v_slope(self, said: Any) -> Any:
        if "dx" in said:
            return -self.down() @ self.at(self.n)[1]
        _, vectors = eigh(self.at(self.n)[2])
        return abs(vectors[:, 0] @ self.at(self.n)[1])

    def v_distance(self, said: Any) -> Any:
        _, gradient, hessian = self.at(self.n)
        return np.linalg.norm(np.linalg.solve(hessian, gradient))

    # lengths

    def lengths(self) -> Any:
        path = self.done.path
        return np.array([math.dist(a, b) for a, b in pairwise(path)])

    def window(self) -> Any:
        return self.lengths()[-self.w :]

    def recent(self) -> Any:
        return self.done.loss[-1 - self.w :]

    def v_median(self, said: Any) -> Any:
        return np.median(self.window())

    def v_hop(self, said: Any) -> Any:
        return self.lengths()[-1]

    def v_travelled(self, said: Any) -> Any:
        return math.fsum(self.window())

    def v_length(self, said: Any) -> Any:
        return math.fsum(self.lengths())

    def v_moved(self, said: Any) -> Any:
        return math.dist(self.done.path[-1], self.done.path[-1 - self.w])

    def v_reach(self, said: Any) -> Any:
        return max(math.dist(p, self.done.path[0]) for p in self.done.path)

    def v_domain(self, said: Any) -> Any:
        return DOMAINS[self.experiment.surface]

    def v_hop0(self, said: Any) -> Any:
        return self.lengths()[0]

    def v_norm0(self, said: Any) -> Any:
        return np.linalg.norm(self.done.grad[0])

    def v_until(self, said: Any) -> Any:
        return np.median(self.lengths()[: self.v_at(0)])

    def v_thereafter(self, said: Any) -> Any:
        return np.median(self.lengths()[self.v_at(0) :])

    def v_gap(self, said: Any) -> Any:
        return self.v_hop(0) - self.v_distance(0)

    def v_least(self, said: Any) -> Any:
        return min(self.recent())

    def v_most(self, said: Any) -> Any:
        return max(self.recent())

    def v_mean(self, said: Any) -> Any:
        return math.fsum(self.recent()) / len(self.recent())

    def v_earlier(self, said: Any) -> Any:
        return min(self.recent()[: (self.w + 1) // 2])

    def v_later(self, said: Any) -> Any:
        return min(self.recent()[(self.w + 1) // 2 :])

    def v_change(self, said: Any) -> Any:
        return abs(self.recent()[-1] - self.recent()[0])

    def v_lowered(self, said: Any) -> Any:
        return sum(b < a for a, b in pairwise(self.recent()))

    def v_done(self, said: Any) -> Any:
        loss = self.done.loss
        return next(k for k, one in enumerate(loss) if loss[0] - one >= 0.99 * (loss[0] - loss[-1]))

    # directions

    def v_pairs(self, said: Any) -> Any:
        return min(self.w, self.n - 1)

    def v_turned(self, said: Any) -> Any:
        grad = self.done.grad
        return sum(grad[k] @ grad[k - 1] < 0.0 for k in range(self.n - self.v_pairs(0), self.n))

    def v_climbed(self, said: Any) -> Any:
        path, grad = self.done.path, self.done.grad
        return sum(grad[k] @ (path[k + 1] - path[k]) > 0.0 for k in range(self.n - self.w, self.n))

    def angles(self) -> Any:
        moves, down = np.diff(self.done.path, axis=0), -self.done.grad
        turns = np.array(
            [
                complex(*a) / complex(*b) if any(a) and any(b) else np.nan
                for a, b in zip(moves, down, strict=True)
            ]
        )
        return np.degrees(np.abs(np.angle(turns)))

    def v_degrees(self, said: Any) -> Any:
        return np.round(np.nanmedian(self.angles()[-self.w :]), 1)

    def v_widest(self, said: Any) -> Any:
        return np.nanmax(self.angles()[-self.w :])

    def v_degrees_k(self, said: Any) -> Any:
        return np.round(self.angles()[int(said["k"])], 1)

    def v_along(self, said: Any) -> Any:
        move = self.done.path[-1] - self.done.path[-2]
        return move @ self.at(self.n - 1)[2] @ move / (move @ move)

    # the step that a sentence is about

    def v_k(self, said: Any) -> Any:
        if "ratio_k" in said or "limit_k" in said:
            begin = self.v_at(0) % self.n
            product = self.v_product(0)
            rates = self.done.learning_rate
            return next(
                k for k in range(begin, self.n) if rates[k] * (self.bends(k)[1] + self.decay) > product
            )
        if "widest" in said:
            return self.n - self.w + int(np.nanargmax(self.angles()[-self.w :]))
        if "degrees_k" in said:
            return int(np.argmax(np.diff(self.done.loss)))
        return int(np.argmax(self.lengths()))

    def v_rate_k(self, said: Any) -> Any:
        return self.done.learning_rate[int(said["k"])]

    def v_curvature_k(self, said: Any) -> Any:
        return self.bends(int(said["k"]))[1] + self.decay

    def v_ratio_k(self, said: Any) -> Any:
        return self.v_rate_k(said) * self.v_curvature_k(said)

    def v_limit_k(self, said: Any) -> Any:
        return self.v_product(0) / self.v_curvature_k(said)

    def v_times_k(self, said: Any) -> Any:
        return self.v_rate_k(said) / self.v_limit_k(said)

    def v_norm_k(self, said: Any) -> Any:
        return np.linalg.norm(self.done.grad[int(said["k"])])

    def v_longest(self, said: Any) -> Any:
        return self.lengths()[int(said["k"])]

    def v_low_k(self, said: Any) -> Any:
        return self.bends(int(said["k"]))[0]

    def v_high_k(self, said: Any) -> Any:
        return self.bends(int(said["k"]))[1]

    def v_flat(self, said: Any) -> Any:
        return min(self.bends(int(said["k"])), key=abs)

    # rates, memory, noise

    def effective(self, steps: slice, done: Any = None) -> Any:
        done = done or self.done
        moves, grads = np.diff(done.path, axis=0)[steps], done.grad[steps]
        return np.median(
            [math.hypot(*a) / math.hypot(*b) for a, b in zip(moves, grads, strict=True) if any(b)]
        )

    def v_early(self, said: Any) -> Any:
        return self.effective(slice(0, self.w))

    def v_late(self, said: Any) -> Any:
        return self.effective(slice(self.n - self.w, None))

    def v_mine(self, said: Any) -> Any:
        return self.percent(self.done, said)

    def v_theirs(self, said: Any) -> Any:
        return self.percent(self.rival(), said)

    def percent(self, done: Any, said: Any) -> Any:
        """The share of turned gradients, or of the way that led straight on; `check` says which."""
        if "straight" in said["template"]:
            return 100.0 * math.dist(done.path[0], done.path[-1]) / self.way(done, len(done.path))
        return 100.0 * np.mean([b @ a < 0.0 for a, b in pairwise(done.grad)])

    def way(self, done: Any, points: int) -> float:
        return math.fsum(math.dist(a, b) for a, b in pairwise(done.path[:points]))

    def v_way(self, said: Any) -> Any:
        return self.way(self.done, self.v_crossed(0) + 1)

    def v_slower(self, said: Any) -> Any:
        return self.way(self.rival(), self.v_crossed(0) + 1)

    def half(self, done: Any) -> float:
        surface, points = SURFACES[self.experiment.surface], len(done.path)
        norms = [np.linalg.norm(surface(*done.path[k])[1]) for k in (points - 1 - points // 2, -1)]
        return float((norms[1] / norms[0]) ** (1.0 / (points // 2)))

    def v_shrinks(self, said: Any) -> Any:
        return self.half(self.done)

    def v_shrinks_other(self, said: Any) -> Any:
        return self.half(self.rival())

    def v_begin(self, said: Any) -> Any:
        return SURFACES[self.experiment.surface](*self.rival().path[0])[0]

    def v_stopped(self, said: Any) -> Any:
        return len(self.rival().path) - 1

    def v_other_low(self, said: Any) -> Any:
        return eigh(SURFACES[self.experiment.surface](*self.rival().path[-1])[2], eigvals_only=True)[0]

    def v_other_high(self, said: Any) -> Any:
        return eigh(SURFACES[self.experiment.surface](*self.rival().path[-1])[2], eigvals_only=True)[1]

    def roots(self, one: int) -> Any:
        declared, done = self.experiment.entrants[one], self.run.entrants[one]
        beta, v, most, kept = declared.hyperparameters["beta2"], np.zeros(2), np.zeros(2), []
        for g in done.grad:
            v = beta * v + (1.0 - beta) * g * g
            most = np.maximum(most, v)
            kept.append(np.sqrt(v if declared.optimizer == "adam" else most))
        return np.median(kept[-self.w :], axis=0)

    def v_root(self, said: Any) -> Any:
        return self.roots(self.place)["xy".index(said["axis"])]

    def v_other_root(self, said: Any) -> Any:
        best = next(i for i, d in enumerate(self.run.entrants) if d is self.rival())
        return self.roots(best)["xy".index(said["axis"])]

    # weight decay

    def v_weight(self, said: Any) -> Any:
        return self.entrant.hyperparameters["weight_decay"]

    def v_half_weight(self, said: Any) -> Any:
        return 0.5 * self.v_weight(0)

    def v_pull(self, said: Any) -> Any:
        return np.linalg.norm(self.v_weight(0) * self.done.path[-1])

    def v_residual(self, said: Any) -> Any:
        return np.linalg.norm(self.at(self.n)[1] + self.v_weight(0) * self.done.path[-1])

    def pulls(self) -> Any:
        steps = range(self.n - self.w, self.n)
        return sum(-self.done.learning_rate[k] * self.v_weight(0) * self.done.path[k] for k in steps)

    def v_pulled(self, said: Any) -> Any:
        return np.linalg.norm(self.pulls())

    def v_pushed(self, said: Any) -> Any:
        return np.linalg.norm(self.done.path[-1] - self.done.path[-1 - self.w] - self.pulls())

    def v_nearer(self, said: Any) -> Any:
        _, gradient, hessian = self.at(self.n)
        minimum = self.done.path[-1] - np.linalg.inv(hessian) @ gradient
        w = self.v_half_weight(0)
        return np.linalg.norm(np.linalg.inv(hessian + w * np.eye(2)) @ hessian @ minimum - minimum)

    def v_farthest(self, said: Any) -> Any:
        return np.abs(self.done.path[-1]).max()

    def v_over(self, said: Any) -> Any:
        return 1.0 / self.v_weight(0)

    # noise in the long run: of the rule's own update matrix (the discrete Lyapunov equation)

    def v_sigma(self, said: Any) -> Any:
        return self.experiment.noise

    def v_held(self, said: Any) -> Any:
        return self.floor(float(self.v_rate(0)))

    def v_held_half(self, said: Any) -> Any:
        return self.floor(0.5 * float(self.v_rate(0)))

    def floor(self, rate: float) -> float:
        total, hypers = 0.0, self.entrant.hyperparameters
        for curvature in self.bends(self.n):
            matrix = update(self.entrant.optimizer, hypers, rate * curvature)
            f = 1.0 - hypers["dampening"] if hypers["momentum"] else 1.0
            kick = rate * self.experiment.noise * f * np.array([-1.0, 1.0])
            total += 0.5 * curvature * solve_discrete_lyapunov(matrix, np.outer(kick, kick))[0, 0]
        return total

    # where there is no bottom

    def v_dx(self, said: Any) -> Any:
        return self.down()[0]

    def v_dy(self, said: Any) -> Any:
        return self.down()[1]

    def down(self) -> Any:
        _, gradient, hessian = self.at(self.n)
        values, vectors = eigh(hessian)
        falling = -vectors[:, values < 0.0] @ (vectors.T @ gradient)[values < 0.0]
        return falling / np.linalg.norm(falling)

    def v_share_fallen(self, said: Any) -> Any:
        recent = self.recent()
        return 100.0 * (recent[0] - recent[-1]) / (self.done.loss[0] - self.done.loss[-1])

    def v_crest(self, said: Any) -> Any:
        minimum = {"rosenbrock": (1.0, 1.0)}[self.experiment.surface]
        return eigh(SURFACES[self.experiment.surface](*minimum)[2], eigvals_only=True)[1]

    def v_swing(self, said: Any) -> Any:
        return self.v_rate(0) * self.v_crest(0)

    def v_calmed(self, said: Any) -> Any:
        return self.v_product(0) / self.v_crest(0)

    def v_mx(self, said: Any) -> Any:
        return MINIMA[self.experiment.surface][0]

    def v_my(self, said: Any) -> Any:
        return MINIMA[self.experiment.surface][1]

    def v_away(self, said: Any) -> Any:
        return math.dist(self.done.path[-1], MINIMA[self.experiment.surface])

    def v_further(self, said: Any) -> Any:
        return float(np.ceil(self.v_away(0) / self.v_hop(0)))

    # a narrow valley

    def v_gain(self, said: Any) -> Any:
        return self.v_late(0) / self.v_rate(0)

    def v_kappa(self, said: Any) -> Any:
        return np.linalg.cond(self.at(self.n)[2])

    def v_best_plain(self, said: Any) -> Any:
        """By search over learning rates: the smallest spectral radius over both curvatures."""
        return self.tuned("gd")[0]

    def v_best_heavy(self, said: Any) -> Any:
        return self.tuned("momentum")[0]

    def v_best_rate(self, said: Any) -> Any:
        return self.tuned("momentum")[1]

    def v_best_momentum(self, said: Any) -> Any:
        return self.tuned("momentum")[2]

    def tuned(self, optimizer: str) -> tuple[float, float, float]:
        """Search for the rate, and the momentum, whose largest factor over both curvatures is least."""
        low, high = self.bends(self.n)

        def worst(rate: float, momentum: float) -> float:
            hypers = {"momentum": momentum, "dampening": 0.0}
            return max(radius(update(optimizer, hypers, rate * one)) for one in (low, high))

        def rate_of(momentum: float) -> float:
            # The factor falls with the rate along the low curvature and rises along the high one.
            left, right = 0.0, 2.0 * (1.0 + momentum) / high
            for _ in range(60):
                a, b = left + (right - left) / 3.0, right - (right - left) / 3.0
                left, right = (left, b) if worst(a, momentum) <= worst(b, momentum) else (a, right)
            return 0.5 * (left + right)

        if optimizer == "gd":
            rate = rate_of(0.0)
            return worst(rate, 0.0), rate, 0.0
        # Complex roots have the modulus sqrt(momentum), real ones a larger: the least that has none.
        below, above = 0.0, 1.0
        for _ in range(60):
            momentum = 0.5 * (below + above)
            rate = ((1.0 - math.sqrt(momentum)) ** 2 / low + (1.0 + math.sqrt(momentum)) ** 2 / high) / 2.0
            swings = worst(rate, momentum) <= math.sqrt(momentum) * (1.0 + 1e-9)
            below, above = (below, momentum) if swings else (momentum, above)
        return math.sqrt(above), rate, above

    def v_keeps_low(self, said: Any) -> Any:
        return self.keeps(self.place, 0)

    def v_keeps_high(self, said: Any) -> Any:
        return self.keeps(self.place, 1)

    def v_rival_low(self, said: Any) -> Any:
        return self.keeps(self.best_other(), 0)

    def v_rival_high(self, said: Any) -> Any:
        return self.keeps(self.best_other(), 1)

    def best_other(self) -> int:
        return next(i for i, done in enumerate(self.run.entrants) if done is self.rival())

    def keeps(self, place: int, which: int) -> float:
        """The spectral radius of that entrant's own update matrix."""
        own, curvature = self.experiment.entrants[place], self.bends(self.n)[which]
        rate = float(self.run.entrants[place].learning_rate[0])
        found = radius(update(own.optimizer, own.hyperparameters, rate * curvature, curvature))
        return found if found > 1e-7 else 0.0  # two roots at 0 are found to half of the digits

    # what a coordinate is divided by

    def mean_square(self) -> Any:
        name, hypers, v, most = self.entrant.optimizer, self.entrant.hyperparameters, np.zeros(2), np.zeros(2)
        beta = hypers["alpha"] if name == "rmsprop" else hypers["beta2"]
        for k, grad in enumerate(self.done.grad):
            decay = hypers.get("weight_decay", 0.0) if name in ("adam", "amsgrad", "rmsprop") else 0.0
            g = grad + decay * self.done.path[k]
            v = beta * v + (1.0 - beta) * g * g
            most = np.maximum(most, v)
        corrected = (
            1.0 if name == "rmsprop" or not hypers.get("bias_correction", True) else 1.0 - beta**self.n
        )
        return np.sqrt((most if name == "amsgrad" else v) / corrected)

    def v_root_x(self, said: Any) -> Any:
        return self.mean_square()[0]

    def v_root_y(self, said: Any) -> Any:
        return self.mean_square()[1]

    def v_rate_x(self, said: Any) -> Any:
        return self.v_rate(0) / self.mean_square()[0]

    def v_rate_y(self, said: Any) -> Any:
        return self.v_rate(0) / self.mean_square()[1]

    def v_first_rate(self, said: Any) -> Any:
        return self.done.learning_rate[0] / self.v_was(said)

    def v_last_rate(self, said: Any) -> Any:
        return self.v_rate(0) / self.v_grown(said)

    def v_kept_rate(self, said: Any) -> Any:
        return self.v_first_rate(said) * self.v_grown(said)

    def v_mean_rule(self, said: Any) -> Any:
        return next(one.title for one in self.experiment.entrants if one.optimizer == "rmsprop")

    def v_mean_rate(self, said: Any) -> Any:
        done = next(
            d for d, one in zip(self.run.entrants, self.experiment.entrants, strict=True)
            if one.optimizer == "rmsprop"
        )  # fmt: skip
        return self.effective(slice(len(done.grad) - self.w, None), done)

    def v_early_other(self, said: Any) -> Any:
        return self.effective(slice(0, self.w), self.rival())

    def v_late_other(self, said: Any) -> Any:
        return self.effective(slice(len(self.rival().grad) - self.w, None), self.rival())

    def v_peak(self, said: Any) -> Any:
        return max(self.done.learning_rate)

    def v_peak_at(self, said: Any) -> Any:
        return int(np.argmax(self.done.learning_rate))

    def v_axis(self, said: Any) -> Any:
        return "xy"[int(np.argmax(np.sqrt(self.sums()[-1]) - np.sqrt(self.sums()[0])))]

    def sums(self) -> Any:
        return np.cumsum(self.done.grad**2, axis=0)

    def v_was(self, said: Any) -> Any:
        return np.sqrt(self.sums()[0]["xy".index(said["axis"])])

    def v_grown(self, said: Any) -> Any:
        return np.sqrt(self.sums()[-1]["xy".index(said["axis"])])

    def v_shortest(self, said: Any) -> Any:
        return min(np.linalg.norm(g) for g in self.done.grad[-self.w :])

    def v_steepest(self, said: Any) -> Any:
        return max(np.linalg.norm(g) for g in self.done.grad[-self.w :])

    def heard(self) -> Any:
        """Gradients at the points where the rule takes them."""
        true = []
        for k in range(self.n - self.w, self.n):
            point, hypers = self.done.path[k], self.entrant.hyperparameters
            if self.entrant.optimizer.startswith("schedule_free") and k:
                z = self.done.state[k - 1][0]
                beta = hypers["beta1"] if "beta1" in hypers else hypers["momentum"]
                point = (1.0 - beta) * z + beta * point
            true.append(SURFACES[self.experiment.surface](*point)[1])
        return np.array(true)

    def v_true(self, said: Any) -> Any:
        return math.sqrt(np.mean((self.heard() ** 2).sum(axis=1)))

    def v_noise(self, said: Any) -> Any:
        return math.sqrt(np.mean(((self.done.grad[-self.w :] - self.heard()) ** 2).sum(axis=1)))

    def v_times(self, said: Any) -> Any:
        return self.v_hop(0) / self.v_distance(0)

    # theory

    def matrix(self, curvature: float) -> Any:
        rate = float(self.v_rate(0))
        return update(self.entrant.optimizer, self.entrant.hyperparameters, rate * curvature, curvature)

    def v_share(self, said: Any) -> Any:
        return 1.0 - radius(self.matrix(self.v_mild(0)))

    def v_factor(self, said: Any) -> Any:
        return radius(self.matrix(self.v_low(0)))

    def v_tenfold(self, said: Any) -> Any:
        return 1.0 / math.log10(self.v_factor(0))

    def v_kept(self, said: Any) -> Any:
        return radius(self.matrix(self.v_steep(0)))

    def v_period(self, said: Any) -> Any:
        return 2.0 * math.pi / abs(np.angle(eigvals(self.matrix(self.v_steep(0)))[0]))

    # the others

    def rival(self) -> Any:
        ran = [d for i, d in enumerate(self.run.entrants) if i != self.place and d.status != "diverged"]
        return min(ran, key=lambda d: d.loss[-1])

    def v_rival(self, said: Any) -> Any:
        best = next(i for i, d in enumerate(self.run.entrants) if d is self.rival())
        return self.experiment.entrants[best].title

    def v_others(self, said: Any) -> Any:
        return len(self.run.entrants) - 1

    def v_other(self, said: Any) -> Any:
        return self.rival().loss[-1]

    def v_margin(self, said: Any) -> Any:
        return abs(self.rival().loss[-1] - self.done.loss[-1])

    def v_crossed(self, said: Any) -> Any:
        return next(k for k, one in enumerate(self.done.loss) if one < self.v_other(0))

    def v_momentum(self, said: Any) -> Any:
        return self.entrant.hyperparameters["momentum"]

    def v_calm(self, said: Any) -> Any:
        """The largest momentum whose roots are real at the last learning rate and the largest curvature."""
        a = self.v_ratio(0)
        low, high = 0.0, 1.0
        for _ in range(60):
            mu = 0.5 * (low + high)
            roots = eigvals(update(self.entrant.optimizer, {"momentum": mu, "dampening": 0.0}, a))
            low, high = (mu, high) if (np.abs(roots.imag) == 0.0).all() else (low, mu)
        return low

    def v_limit1(self, said: Any) -> Any:
        return 1.0 / self.v_steep(0)

    def v_apart(self, said: Any) -> Any:
        return math.dist(self.done.path[-1], self.rival().path[-1])

    def v_rx(self, said: Any) -> Any:
        return self.rival().path[-1][0]

    def v_ry(self, said: Any) -> Any:
        return self.rival().path[-1][1]
