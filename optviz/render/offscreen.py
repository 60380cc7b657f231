"""Frames without a window: the same pixels in every process."""

from __future__ import annotations

import atexit
import threading
from collections import OrderedDict

import numpy as np
import numpy.typing as npt
import shiboken6
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication, QImage

from optviz.render import fonts, transparent
from optviz.render.captioned import Wordings
from optviz.render.panels.strokes import memory
from optviz.render.stages import AnyStage, Drawn, stage_for
from optviz.render.style import Theme, on_ground
from optviz.render.style import theme as named_theme
from optviz.render.surroundings import environment, utf8_locale

_KEPT = 3

_stages: OrderedDict[tuple[object, ...], AnyStage] = OrderedDict()
_application: QCoreApplication | None = None
_starting = threading.Lock()


def ensure_application() -> None:
    """Make sure Qt can draw: an application without a screen is started where none is running."""
    with _starting:
        if QCoreApplication.instance() is None:
            if threading.current_thread() is threading.main_thread():
                _start()
            else:
                _start_in_a_thread()
    fonts.family()


def _start() -> None:
    global _application
    with utf8_locale(), environment("QT_QPA_PLATFORM", "offscreen"):
        _application = QGuiApplication([])


def _start_in_a_thread() -> None:
    """Start the application in a thread that lives as long as it does.

    At its end, Qt wants what belongs to the thread that made the application; the thread of the caller
    may long be gone by then, and Qt would crash.
    """
    started, ending = threading.Event(), threading.Event()
    failure: list[BaseException] = []

    def live() -> None:
        global _application
        try:
            _start()
        except BaseException as error:
            failure.append(error)
            return
        finally:
            started.set()
        ending.wait()
        _stages.clear()
        if _application is not None:
            shiboken6.delete(_application)
        _application = None

    def end() -> None:
        ending.set()
        thread.join()

    thread = threading.Thread(target=live, name="Qt", daemon=True)
    thread.start()
    started.wait()
    if failure:
        raise failure[0]
    atexit.register(end)


def frame(
    scene: Drawn,
    k: int,
    size: tuple[int, int],
    theme: str | Theme | None = None,
    plot: str | None = None,
    caption: Wordings = (),
) -> QImage:
    """Return step `k` of a scene as an opaque image (Format_RGB32) of `size` = (width, height).

    The other parameters are those of `optviz.render.stages.stage_for`.
    """
    ensure_application()
    width, height = size
    colors = named_theme(theme or scene.theme)
    key = (type(scene), width, height, colors, plot, caption)
    stage = _stages.pop(key, None) or stage_for(scene, width, height, colors, plot, caption)
    _stages[key] = stage
    while len(_stages) > _KEPT:
        _stages.popitem(last=False)
    return stage.image(scene, k)


def cut_out(
    scene: Drawn,
    k: int,
    size: tuple[int, int],
    theme: str | Theme | None = None,
    plot: str | None = None,
    caption: Wordings = (),
) -> npt.NDArray[np.uint8]:
    """Return step `k` of a scene without its page, uint8[h, w, 4]: blue, green, red, alpha; as `frame`."""
    look = named_theme(theme or scene.theme)
    other = transparent.other_ground(look.page)
    pictures = [frame(scene, k, size, one, plot, caption) for one in (look, on_ground(look, other))]
    over_page, over_other = (memory(picture)[:, : size[0]] for picture in pictures)
    return transparent.cut_out(over_page, over_other, look.page, other)


def pixels(image: QImage) -> npt.NDArray[np.uint8]:
    """Return a picture as uint8[h, w, 3], red first."""
    image = image.convertToFormat(QImage.Format.Format_RGB888)  # Qt's loop is ten times NumPy's here
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()
