"""A first launch, with no compiled kernel anywhere: the race runs at once and nothing freezes.

Each test runs a program of its own with an empty cache folder, since kernels are ready for good in this one.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

HEAD = """
import json, os, sys, time
from PySide6.QtCore import QTimer
from optviz.experiment import Experiment
from optviz.gui import app as gui
from optviz.gui.recent import Memory
from optviz.gui.session import Session
from optviz.gui.window import MainWindow

app = gui.application()
entrants = ({"optimizer": "gd", "learning_rate": 0.1},)
experiment = Experiment(formula="x**2 + 3*y**2 + x*y", steps=40, start=(1.0, 1.0), entrants=entrants)
session = Session(experiment)
window = MainWindow(session, Memory(), warm=False)
facts = {"scenes": [], "frames": 0, "progress": [], "gaps": []}
session.scene_changed.connect(lambda scene: facts["scenes"].append(bool(scene.problem.wait)))
window.surface.painted.connect(lambda: facts.__setitem__("frames", facts["frames"] + 1))
window.compiler.progress.connect(lambda done, of: facts["progress"].append([done, of]))
session.compute()
facts["first"] = session.scene.lines[0].path.tolist()
window.show()
"""


def start(body: str, folder: Path, **more: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "OPTVIZ_CACHE_DIR": str(folder / "cache"),
        "OPTVIZ_CONFIG_DIR": str(folder / "config"),
        **more,
    }
    program = HEAD + textwrap.dedent(body)
    return subprocess.Popen(
        [sys.executable, "-c", program],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def result(process: subprocess.Popen[str]) -> dict:
    out, err = process.communicate(timeout=180)
    assert process.returncode == 0, err[-3000:]
    return json.loads(out.splitlines()[-1])


WAIT = """
last = [time.monotonic()]
def beat():
    now = time.monotonic()
    facts["gaps"].append(now - last[0])
    last[0] = now
timer = QTimer(); timer.timeout.connect(beat); timer.start(10)
def done():
    facts["second"] = session.scene.lines[0].path.tolist()
    facts["status"] = window.transport.status.full
    QTimer.singleShot(100, window.close_unasked)
window.compiler.finished.connect(lambda: QTimer.singleShot(50, done))
QTimer.singleShot(120_000, lambda: os._exit(3))
app.exec()
print(json.dumps(facts))
"""


@pytest.mark.alone
def test_the_first_race_is_plain_python_and_then_compiled_with_the_same_result(tmp_path):
    facts = result(start(WAIT, tmp_path))
    assert facts["scenes"][0] is False
    assert facts["scenes"][-1] is True
    assert facts["frames"] > 20
    of = facts["progress"][-1][1]
    assert [done for done, _ in facts["progress"]] == list(range(1, of + 1))
    for one, other in zip(facts["first"], facts["second"], strict=True):
        assert one == pytest.approx(other, rel=1e-9, abs=1e-12)
    assert "Preparing" not in facts["status"]
    # The window answered all along; loading Numba itself is the longest it was held.
    assert sorted(facts["gaps"])[-3] < 0.6


@pytest.mark.alone
def test_a_race_too_long_for_plain_python_waits_for_its_kernels_and_the_window_does_not(tmp_path):
    body = """
    window.close_unasked()
    session = Session(experiment.replace(steps=200_000))
    window = MainWindow(session, Memory(), warm=False)
    session.scene_changed.connect(lambda scene: facts["scenes"].append(bool(scene.problem.wait)))
    session.compute()
    facts["empty"] = session.scene is None
    facts["scenes"].clear()
    window.show()
    """
    facts = result(start(textwrap.dedent(body) + WAIT, tmp_path))
    assert facts["empty"]
    assert facts["scenes"] == [True]
    assert sorted(facts["gaps"])[-3] < 0.6


def test_a_cache_that_cannot_be_written_compiles_in_a_thread(tmp_path):
    facts = result(start(WAIT, tmp_path, OPTVIZ_CACHE_DIR="/proc/nowhere"))
    assert facts["scenes"][0] is False
    assert facts["scenes"][-1] is True


def test_a_compiling_process_that_is_killed_is_not_missed(tmp_path):
    body = """
    import signal
    def kill():
        if window.compiler._process is not None and window.compiler._process.processId():
            os.kill(window.compiler._process.processId(), signal.SIGKILL)
            facts["killed"] = True
        else:
            QTimer.singleShot(20, kill)
    QTimer.singleShot(50, kill)
    """
    facts = result(start(textwrap.dedent(body) + WAIT, tmp_path))
    assert facts["killed"]
    assert facts["scenes"][-1] is True


def descendants(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(entry.parent.name))
    return found


def wait_for(condition, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    return condition()


RUN = """
print("ready", flush=True)
restore = gui._watch_signals(window)
app.exec()
restore()
print(json.dumps({"done": True}))
"""


@pytest.mark.alone
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_ending_while_compiling_leaves_no_process(tmp_path, how):
    process = start(RUN, tmp_path)
    assert process.stdout is not None
    assert process.stdout.readline().strip() == "ready"
    helpers = wait_for(lambda: descendants(process.pid), 20)
    assert helpers
    begin = time.monotonic()
    process.send_signal(how)
    facts = result(process)
    assert facts == {"done": True}
    assert time.monotonic() - begin < 2.0
    assert not [pid for pid in helpers if Path(f"/proc/{pid}").exists()]


def test_a_killed_window_takes_its_helper_along(tmp_path):
    process = start(RUN, tmp_path)
    helpers = wait_for(lambda: descendants(process.pid), 20)
    assert helpers
    process.kill()
    process.communicate()
    gone = wait_for(lambda: not [pid for pid in helpers if Path(f"/proc/{pid}/exe").exists()], 3)
    assert gone


def test_the_measured_start_ends_by_itself(tmp_path):
    program = "import sys; from optviz.gui.app import main; sys.exit(main(None, True))"
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "OPTVIZ_CONFIG_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_a_start_in_the_plain_locale_says_nothing(tmp_path):
    program = "import sys; from optviz.gui.app import main; sys.exit(main(None, True))"
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "OPTVIZ_CONFIG_DIR": str(tmp_path),
        "LC_ALL": "C",
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_a_start_imports_nothing_heavy(tmp_path):
    program = (
        "import sys; from optviz.gui.app import main; main(None, True); "
        "heavy = ('torch', 'scipy', 'sympy', 'pyqtgraph', 'matplotlib', 'PIL', 'av'); "
        "print([m for m in heavy if m in sys.modules])"
    )
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "OPTVIZ_CONFIG_DIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


def test_no_display_is_said_in_one_line(tmp_path):
    program = "import sys; from optviz.__main__ import main; sys.exit(main([]))"
    environment = {
        k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    }
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1


def test_a_wrong_file_opens_the_first_race_and_says_why(tmp_path):
    file = tmp_path / "bad.toml"
    file.write_text('surface = "nowhere"\n')
    body = f"""
    import sys
    from PySide6.QtWidgets import QApplication
    from optviz.gui import window as w
    class Quiet(w.MainWindow):
        def __init__(self, *a, **k):
            super().__init__(*a, **k)
            QTimer.singleShot(700, self.report)
        def report(self):
            print(json.dumps({{"text": self.banner.text, "lines": len(self.session.scene.lines)}}))
            self.close_unasked()
    gui.MainWindow = Quiet
    window.close_unasked()
    gui.main({str(file)!r})
    """
    process = start(body, tmp_path)
    facts = result(process)
    assert "nowhere" in facts["text"]
    assert facts["lines"] >= 4
