"""What of a view is work, and what is only looking around: the history goes over the one, not the other."""

from __future__ import annotations

from dataclasses import replace

from optviz.view import View

_WORK = ("height", "mesh", "lines", "floor", "arrows", "camera_keys")


def gone_to(now: View, then: View) -> View:
    """Return the view after a step of the history from `now` to `then`: its work, looked at as before.

    What a film and its pictures have on them is work: the camera's key-frames, the turntable, height, lines
    and arrows. Where one looks, and at which kind of picture, is not.
    """
    work = {name: getattr(then, name) for name in _WORK}
    # Setting the turntable has turned the camera, too: what was seen at that frame stayed as it was.
    camera = now.camera if now.camera.turntable == then.camera.turntable else then.camera
    return replace(now, camera=camera, **work)
