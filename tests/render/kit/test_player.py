"""The pages of a kit in a real browser without a network: they play, step and scrub, and ask nobody."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kits import HOSTILE, STEPS
from PIL import Image

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None or sys.platform == "win32", reason="there is no Chromium to drive through pipes"
)

_KEYS = {
    " ": ("Space", 32), "ArrowLeft": ("ArrowLeft", 37), "ArrowRight": ("ArrowRight", 39),
    "Home": ("Home", 36), "End": ("End", 35), "PageUp": ("PageUp", 33), "PageDown": ("PageDown", 34),
    "ArrowUp": ("ArrowUp", 38),
}  # fmt: skip


class Browser:
    """A headless Chromium, told what to do through a pair of pipes (DevTools protocol)."""

    def __init__(self, folder: Path) -> None:
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        assert CHROMIUM is not None
        command = (
            f'exec "$0" --headless --no-sandbox --disable-gpu --remote-debugging-pipe --no-first-run '
            f'--user-data-dir="$1" 3<&{theirs_in} 4>&{theirs_out}'
        )
        self.process = subprocess.Popen(
            ["/bin/bash", "-c", command, CHROMIUM, str(folder)], pass_fds=(theirs_in, theirs_out),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "HOME": str(folder)},
        )  # fmt: skip
        os.close(theirs_in)
        os.close(theirs_out)
        self._buffer = b""
        self._count = 0
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._session = None
            self.call("Browser.close")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._out)
        os.close(self._in)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._count += 1
        message: dict[str, Any] = {"id": self._count, "method": method, "params": parameters}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + 30
        while True:
            got = self._read(until)
            if got.get("id") == self._count:
                assert "error" not in got, got
                result: dict[str, Any] = got["result"]
                return result
            self.events.append(got)

    def _read(self, until: float) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._in], [], [], max(0.0, until - time.monotonic()))
            data = os.read(self._in, 1 << 20) if ready else b""
            assert data, "the browser says nothing"
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\0")
        got: dict[str, Any] = json.loads(line)
        return got

    def open(self, path: Path, *, still: bool) -> None:
        self._session, self.events = None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call(
            "Network.emulateNetworkConditions",
            offline=True, latency=0, downloadThroughput=0, uploadThroughput=0,
        )  # fmt: skip
        motion = {"name": "prefers-reduced-motion", "value": "reduce" if still else "no-preference"}
        self.call("Emulation.setEmulatedMedia", features=[motion])
        self.call("Page.navigate", url=path.as_uri())
        self.wait("document.readyState === 'complete' && document.getElementById('canvas').dataset.shown")

    def value(self, expression: str) -> Any:
        got = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in got, got
        return got["result"].get("value")

    def wait(self, expression: str) -> Any:
        until = time.monotonic() + 20
        while time.monotonic() < until:
            value = self.value(expression)
            if value:
                return value
            time.sleep(0.02)
        raise AssertionError(f"never so: {expression}")

    def press(self, key: str, shift: bool = False) -> None:
        code, number = _KEYS[key]
        known = {"key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": 8 if shift else 0}
        self.call("Input.dispatchKeyEvent", type="keyDown", **known, **({"text": " "} if key == " " else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", **known)

    def shown(self, frame: int) -> np.ndarray[Any, Any]:
        """Wait until a frame is shown, and return its pixels."""
        self.wait(f"document.getElementById('canvas').dataset.shown === '{frame}'")
        assert self.value("document.getElementById('scrub').value") == str(frame)
        data = self.value("document.getElementById('canvas').toDataURL('image/png')")
        with Image.open(io.BytesIO(base64.b64decode(data.partition(",")[2]))) as image:
            return np.asarray(image.convert("RGB"))

    def check_alone(self, path: Path) -> None:
        """Nothing was asked of anybody, nothing was refused and nothing went wrong."""
        for event in self.events:
            name, given = event.get("method", ""), event.get("params", {})
            if name == "Network.requestWillBeSent":
                url = given["request"]["url"]
                assert url == path.as_uri() or url.startswith("data:image/"), url
            assert name not in (
                "Runtime.exceptionThrown",
                "Log.entryAdded",
                "Page.javascriptDialogOpening",
            ), event


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    one = Browser(tmp_path_factory.mktemp("chromium"))
    yield one
    one.close()


def near(shown: np.ndarray[Any, Any], path: Path) -> float:
    """Return how near a frame is to a picture of the kit, in decibels."""
    with Image.open(path) as image:
        difference = shown.astype(float) - np.asarray(image.convert("RGB"))
    return float(10 * np.log10(255**2 / np.mean(difference**2)))


def test_keys_step_and_scrub(browser: Browser, kit: Path) -> None:
    browser.open(kit / "player.html", still=True)
    pictures = sorted((kit / "frames").iterdir())
    assert browser.value("document.getElementById('play').textContent") == "Play"  # motion is not wanted
    at = 0
    for key, shift, to in (
        ("ArrowRight", False, 1), ("ArrowRight", False, 2), ("ArrowLeft", False, 1), ("End", False, STEPS),
        ("ArrowRight", False, STEPS), ("PageUp", False, STEPS - 10), ("PageDown", False, STEPS),
        ("Home", False, 0), ("ArrowLeft", False, 0), ("ArrowRight", True, 10), ("ArrowLeft", True, 0),
    ):  # fmt: skip
        browser.press(key, shift)
        shown = browser.shown(to)
        assert near(shown, pictures[to]) > 34.0
        assert all(near(shown, pictures[to]) > near(shown, pictures[i]) for i in {at, 5} - {to}), key
        label = browser.value("document.getElementById('canvas').getAttribute('aria-label')")
        assert label.startswith(f"step {to} of {STEPS}: =1+1 at (")
        assert browser.value("document.getElementById('where').textContent") == f"step {to} of {STEPS}"
        at = to
    browser.value(
        "{const s = document.getElementById('scrub'); s.value = 7; s.dispatchEvent(new Event('input'))}"
    )
    assert near(browser.shown(7), pictures[7]) > 34.0
    assert (
        browser.value("document.getElementById('scrub').getAttribute('aria-valuetext')")
        == f"step 7 of {STEPS}"
    )
    # A title is text: no element came of it.
    assert browser.value("document.querySelector('h1').textContent") == HOSTILE
    assert browser.value("document.images.length") == 0
    browser.check_alone(kit / "player.html")


def test_it_plays_pauses_and_can_be_slow(browser: Browser, kit: Path) -> None:
    browser.open(kit / "player.html", still=False)
    browser.wait("Number(document.getElementById('canvas').dataset.shown) > 2")  # of itself
    assert browser.value("document.getElementById('play').textContent") == "Pause"
    browser.press(" ")
    assert browser.value("document.getElementById('play').textContent") == "Play"
    stands = browser.value("document.getElementById('scrub').value")
    time.sleep(0.3)
    assert browser.value("document.getElementById('scrub').value") == stands
    assert 0 < int(stands) < STEPS
    browser.press("ArrowUp")
    browser.press("ArrowUp")
    assert browser.value("document.getElementById('speed').value") == "4"
    browser.press(" ")
    browser.shown(STEPS)  # it goes on to the end and stops there
    browser.wait("document.getElementById('play').textContent === 'Play'")
    look = "getComputedStyle(document.body).backgroundColor"
    before = browser.value(look)
    browser.value("document.getElementById('look').click()")
    assert browser.value(look) != before
    browser.check_alone(kit / "player.html")


def test_what_is_tampered_with_does_not_run(browser: Browser, kit: Path, tmp_path: Path) -> None:
    text = (kit / "player.html").read_text(encoding="utf-8")
    evil = "<script>document.title = 'evil'</script><img src=x onerror=\"document.title = 'evil'\">"
    (tmp_path / "player.html").write_text(text.replace("<main>", f"<main>{evil}"), encoding="utf-8")
    browser.open(tmp_path / "player.html", still=True)
    assert browser.value("document.title") == HOSTILE
    refused = [e for e in browser.events if e.get("method") == "Log.entryAdded"]
    assert any("Content Security Policy" in e["params"]["entry"]["text"] for e in refused)


def test_a_lesson_asks_before_it_shows(browser: Browser, lesson_kit: Path) -> None:
    path = lesson_kit / "lesson.html"
    browser.open(path, still=True)
    seen = "[...document.querySelectorAll('h2')].find((h) => h.offsetParent !== null).textContent"
    assert browser.value(seen) == "1. Too small"
    assert browser.value("document.querySelectorAll('math').length") >= 2
    assert browser.value("document.querySelector('.words strong').textContent") == "crawls"
    assert browser.value("document.querySelectorAll('.words li').length") >= 2
    browser.press("PageDown")
    assert browser.value(seen) == "2. How large?"
    answer = "document.querySelectorAll('.answer')[0]"
    assert browser.value(f"{answer}.offsetParent === null")
    browser.press("End")  # nothing is given away before
    browser.shown(0)
    assert browser.value("document.getElementById('scrub').disabled")
    browser.press(" ")
    assert browser.value(f"{answer}.offsetParent !== null && {answer}.textContent") == "At the <bottom>"
    browser.press("End")
    browser.shown(8)
    browser.press("PageDown")
    assert browser.value(seen) == "3. Turn it up"
    browser.press("PageUp")
    assert browser.value(f"{answer}.offsetParent === null")  # asked again
    assert browser.value("document.images.length") == 0
    browser.check_alone(path)
