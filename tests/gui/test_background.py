"""Work behind the window: in order, the last request wins, called off at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from optviz.errors import InputError
from optviz.gui.background import Background
from optviz.networks.training import calling_off


@pytest.fixture
def background(qapp) -> Iterator[Background]:
    made = Background()
    yield made
    made.close()


def test_what_a_job_yields_arrives_in_order_and_in_the_window_s_thread(background, qtbot):
    got = []
    background.delivered.connect(lambda value: got.append((value, threading.current_thread())))

    def job(stop):
        yield 1
        yield 2

    background.start(job)
    assert background.busy
    qtbot.waitUntil(lambda: not background.busy, timeout=3000)
    assert got == [(1, threading.main_thread()), (2, threading.main_thread())]


def test_the_last_request_wins_and_nothing_of_the_others_arrives(background, qtbot):
    got, begun = [], []
    background.delivered.connect(got.append)

    def job_of(name):
        def job(stop):
            begun.append(name)
            for _ in range(200):
                time.sleep(0.01)
                stop.check()
            yield name

        return job

    for name in range(20):
        background.start(job_of(name))

    def last(stop):
        yield "last"

    background.start(last)
    qtbot.waitUntil(lambda: not background.busy, timeout=3000)
    assert got == ["last"]
    assert len(begun) <= 3  # those in between were never begun


def test_a_refused_job_says_why_and_another_can_follow(background, qtbot):
    said, got = [], []
    background.failed.connect(said.append)
    background.delivered.connect(got.append)

    def wrong(stop):
        yield from ()
        raise InputError("m: 5 is not allowed")

    def broken(stop):
        yield 1 / 0

    def right(stop):
        yield "right"

    background.start(wrong)
    qtbot.waitUntil(lambda: len(said) == 1, timeout=3000)
    background.start(broken)
    qtbot.waitUntil(lambda: len(said) == 2, timeout=3000)
    background.start(right)
    qtbot.waitUntil(lambda: got == ["right"], timeout=3000)
    assert said[0] == "m: 5 is not allowed"
    assert said[1].startswith("ZeroDivisionError")


@pytest.mark.alone
def test_a_training_ends_in_the_middle(background, qtbot):
    steps = []

    def job(stop):
        ask = calling_off.get()
        yield "begun"
        for step in range(1000):
            ask()
            steps.append(step)
            time.sleep(0.005)
        yield "end"

    got = []
    background.delivered.connect(got.append)
    background.start(job)
    qtbot.waitUntil(lambda: len(steps) > 2, timeout=3000)
    began = time.monotonic()
    background.close()
    assert time.monotonic() - began < 0.5
    assert len(steps) < 1000
    assert got == ["begun"]


def test_a_real_training_can_be_called_off():
    from optviz.surfaces import SURFACES

    class Enough(Exception):  # noqa: N818 - not an error
        pass

    asked = []

    def ask():
        asked.append(1)
        if len(asked) == 5:
            raise Enough

    surface = SURFACES["network_plane"]
    numbers = {knob.name: knob.default for knob in surface.coefficients} | {"m": 16, "seed": 77}
    chosen = {choice.name: choice.default for choice in surface.choices}
    token = calling_off.set(ask)
    try:
        with pytest.raises(Enough):
            surface.model.pose(numbers, chosen)
    finally:
        calling_off.reset(token)
    # What was broken off is not kept: asked again, it is trained to its end.
    assert np.isfinite(surface.model.pose(numbers, chosen).coefficients).all()
