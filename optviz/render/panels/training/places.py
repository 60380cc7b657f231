"""Places on a line: kept apart, or chosen evenly."""

from __future__ import annotations

from collections.abc import Sequence


def spread(places: Sequence[float], apart: float, low: float, high: float) -> list[float]:
    """Move places on a line as little as keeps neighbours `apart`, and all between `low` and `high`.

    The squares of how far they move have the least sum (isotonic regression): those that crowd make room on
    both sides.
    """
    order = sorted(range(len(places)), key=lambda i: places[i])
    groups: list[tuple[float, int]] = []  # sum of the wishes of those that stand together, and how many
    for n, i in enumerate(order):
        total, count = places[i] - n * apart, 1
        while groups and groups[-1][0] / groups[-1][1] > total / count:
            before = groups.pop()
            total, count = total + before[0], count + before[1]
        groups.append((total, count))
    moved = [total / count for total, count in groups for _ in range(count)]
    most = high - (len(places) - 1) * apart
    result = [0.0] * len(places)
    for n, i in enumerate(order):
        result[i] = max(min(moved[n], most), low) + n * apart
    return result


def spaced(count: int, most: int) -> list[int]:
    """Return at most `most` of `count` places, evenly apart: the first and the last among them."""
    if count <= most:
        return list(range(count))
    if most < 2:
        return [count - 1] if most > 0 else []
    return sorted({round(i * (count - 1) / (most - 1)) for i in range(most)})
