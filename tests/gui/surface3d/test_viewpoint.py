"""From where the window looks: the hand, the turntable, and the key-frames of a film."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from PySide6.QtCore import QObject, Signal

from optviz.camera import Camera, CameraKey, camera_at
from optviz.experiment import Experiment
from optviz.gui import motion
from optviz.gui.playback import Playback
from optviz.gui.session import Session
from optviz.gui.surface3d import orbit, viewpoint
from optviz.gui.surface3d.viewpoint import Viewpoint


class Document(QObject):
    """As much of a session as a viewpoint asks for; counts how often the view was set."""

    experiment_changed = Signal(object)

    def __init__(self):
        super().__init__()
        self.experiment = Experiment(surface="sphere", entrants=({"optimizer": "gd"},))
        self.count = 0

    def set_view(self, view):
        self.count += 1
        self.experiment = self.experiment.replace(view=view)
        self.experiment_changed.emit(self.experiment)

    def change(self, text, merge="", view=None):
        self.set_view(view)


@pytest.fixture
def made(qapp):
    document, playback = Document(), Playback()
    playback.set_last(200)
    point = Viewpoint(document, playback)
    yield point
    point.close()


@pytest.fixture
def clock(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(viewpoint, "monotonic", lambda: now[0])
    return now


def keyed(made, *keys):
    made.session.set_view(replace(made.view, camera_keys=tuple(CameraKey(k, camera) for k, camera in keys)))


# ------------------------------------------------------------------ the hand


def test_a_hand_moves_the_picture_at_once_and_the_experiment_when_it_rests(made, qtbot):
    told = []
    made.changed.connect(lambda: told.append(made.camera().azimuth))
    for degrees in (10, 20, 30):
        made.look(orbit.orbited(Camera(), degrees, 0))
    assert told == [-50.0, -40.0, -30.0]
    assert made.session.count == 0
    qtbot.waitUntil(lambda: made.session.count == 1, timeout=2000)
    assert made.view.camera.azimuth == -30.0
    qtbot.wait(200)
    assert made.session.count == 1


def test_with_a_turntable_the_hand_s_camera_is_that_of_the_frame_shown(made):
    made.set_film_turntable(2.0)
    made.playback.seek(50)
    made.look(Camera(azimuth=15.0))
    made.settle()
    assert made.camera().azimuth == pytest.approx(15.0)
    # One frame further it is two degrees further; the file has what the frame 0 sees.
    assert made.camera(51).azimuth == pytest.approx(17.0)
    assert made.view.camera.azimuth == pytest.approx(15.0 - 100.0)


def test_another_turntable_leaves_the_frame_shown_as_it_is(made):
    made.look(Camera(azimuth=10.0))
    made.playback.seek(30)
    before = made.camera()
    made.set_film_turntable(-1.5)
    assert made.camera().azimuth == pytest.approx(before.azimuth)
    assert made.camera(32).azimuth == pytest.approx(before.azimuth - 3.0)


def test_a_file_that_is_opened_brings_its_own_camera(made):
    made.look(Camera(azimuth=99.0))
    made.session.set_view(replace(made.view, camera=Camera(azimuth=5.0)))
    assert made.camera().azimuth == 5.0


def test_what_is_zoomed_about_stays(made):
    # By the definition of the picture: at = pan + zoom * (where it were at zoom 1 without a pan).
    camera = Camera(zoom=1.5, pan=(0.2, -0.1))
    about = (0.35, 0.25)
    plain = [(at - pan) / camera.zoom for at, pan in zip(about, camera.pan, strict=True)]
    nearer = orbit.zoomed(camera, 1.3, about)
    now = [pan + nearer.zoom * at for at, pan in zip(plain, nearer.pan, strict=True)]
    assert now == pytest.approx(about)


def test_a_named_viewpoint_slides_and_arrives(made, clock, monkeypatch):
    monkeypatch.setattr(motion, "reduced", lambda: False)
    top = next(place for place in orbit.PLACES if place.name == "top")
    made.go(orbit.at_place(made.camera(), top))
    clock[0] += 0.09
    made._slide()
    assert 32.0 < made.camera().elevation < 90.0
    clock[0] += 0.5
    made._slide()
    assert made.camera() == Camera(-90.0, 90.0)


def test_without_animation_a_viewpoint_is_there_at_once(made, monkeypatch):
    monkeypatch.setattr(motion, "reduced", lambda: True)
    made.go(Camera(0.0, 10.0))
    assert made.camera() == Camera(0.0, 10.0)


# ------------------------------------------------------------------ turntable


def test_the_turntable_turns_twelve_degrees_a_second_and_a_touch_stops_it(made, clock, monkeypatch):
    monkeypatch.setattr(motion, "reduced", lambda: False)
    told = []
    made.turning_changed.connect(told.append)
    made.turn(True)
    for _ in range(50):
        clock[0] += 0.02
        made._tick()
    assert made.camera().azimuth == pytest.approx(-60.0 + 12.0)
    assert made.session.count == 0
    made.look(orbit.shifted(made.camera(), 0.1, 0.0))
    assert not made.turning
    assert told == [True, False]
    assert made.view.camera.azimuth == pytest.approx(-48.0)


def test_where_no_animation_is_wanted_it_goes_in_steps_as_far_in_the_long_run(made, monkeypatch):
    monkeypatch.setattr(motion, "reduced", lambda: True)
    made.turn(True)
    seconds = made._clock.interval() / 1000
    assert seconds >= 1.0
    made._tick()
    assert (made.camera().azimuth + 60.0) / seconds == pytest.approx(12.0)


# ------------------------------------------------------------------ key-frames


def test_key_frames_are_set_where_the_camera_is_and_the_film_goes_through_them(made):
    made.look(Camera(azimuth=-60.0, elevation=30.0))
    made.set_key()
    made.playback.seek(100)
    made.look(Camera(azimuth=20.0, elevation=50.0, zoom=4.0))
    assert made.free
    made.set_key()
    assert not made.free
    assert [key.frame for key in made.keys] == [0, 100]
    # Halfway in time is halfway in the angles, and in the logarithm of the zoom.
    there = made.camera(50)
    assert (there.azimuth, there.elevation, there.zoom) == pytest.approx((-20.0, 40.0, 2.0))
    made.playback.seek(50)
    assert made.camera() == camera_at(made.view.camera, made.keys, 50)


def test_the_film_goes_the_shorter_way_around(made):
    made.look(Camera(azimuth=170.0))
    made.set_key()
    made.playback.seek(10)
    made.look(Camera(azimuth=-170.0))
    made.set_key()
    assert made.camera(5).azimuth == pytest.approx(180.0)
    assert math.remainder(made.camera(10).azimuth + 170.0, 360.0) == pytest.approx(0.0)


def test_a_key_frame_and_a_turntable_agree(made):
    made.set_film_turntable(1.0)
    made.playback.seek(40)
    made.look(Camera(azimuth=7.0))
    made.set_key()
    assert math.remainder(made.camera().azimuth - 7.0, 360.0) == pytest.approx(0.0)


def test_a_hand_looks_around_freely_until_the_film_has_the_camera_again(made):
    keyed(made, (0, Camera(0.0)), (100, Camera(90.0)))
    count, told = made.session.count, []
    made.free_changed.connect(told.append)
    made.look(Camera(33.0))
    made.playback.seek(70)
    assert made.camera() == Camera(33.0)
    assert made.session.count == count
    made.reset()
    assert told == [True, False]
    assert made.camera() == camera_at(Camera(), made.keys, 70)


def test_forgetting_and_clearing(made):
    keyed(made, (0, Camera(0.0)), (50, Camera(10.0)), (100, Camera(90.0)))
    made.remove_key(50)
    assert [key.frame for key in made.keys] == [0, 100]
    made.playback.seek(50)
    here = made.camera()
    made.clear_keys()
    assert made.keys == ()
    assert made.camera() == here


def test_there_is_an_end_to_key_frames(made):
    keyed(made, *((k, Camera()) for k in range(100)))
    made.playback.seek(150)
    assert made.full
    made.set_key()
    assert len(made.keys) == 100
    made.playback.seek(20)
    made.look(Camera(1.0))
    made.set_key()
    assert made.key_at(20).camera.azimuth == pytest.approx(1.0)


def test_a_session_that_opens_another_file_drops_the_free_look(qapp):
    first = Experiment(surface="sphere", entrants=({"optimizer": "gd"},), view={
        "camera_keys": [{"frame": 0, "azimuth": 1.0}, {"frame": 9, "azimuth": 2.0}],
    })  # fmt: skip
    session = Session(first)
    point = Viewpoint(session, Playback())
    point.look(Camera(77.0))
    assert point.free
    session.open(Experiment(surface="sphere", entrants=({"optimizer": "gd"},)), None)
    assert not point.free
    assert point.camera() == Camera()
    session.close()
