"""Films read back frame by frame; the pictures here are drawn by numpy, so that no stage is needed."""

from __future__ import annotations

import struct
import threading
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image

from optviz.errors import InputError
from optviz.render import video

SIZE = (96, 64)
PATCHES = [(200, 30, 40), (20, 160, 60), (30, 60, 210), (250, 250, 250), (0, 0, 0), (128, 128, 128)]


def picture(k: int, size: tuple[int, int] = SIZE) -> video.Pixels:
    """Six flat patches and an orange bar that moves with k; uint8[h, w, 4] as blue, green, red, 255."""
    width, height = size
    pixels = np.full((height, width, 4), 255, np.uint8)
    for i, (r, g, b) in enumerate(PATCHES):
        pixels[:, i * width // 6 : (i + 1) * width // 6, :3] = (b, g, r)
    pixels[height // 2 : height // 2 + 8, : 8 + 4 * k, :3] = (0, 140, 255)
    return pixels


def rgb(k: int, size: tuple[int, int] = SIZE) -> np.ndarray[Any, Any]:
    return picture(k, size)[:, :, 2::-1]


def film(path: Path, kind: str, count: int = 12, fps: float = 30, size: tuple[int, int] = SIZE) -> Path:
    video.write(
        path,
        kind,
        size,
        video.checked_rate(fps),
        range(count),
        lambda k: picture(k, size),
        background=(20, 30, 200),
    )
    return path


def bt709(frame: av.VideoFrame) -> np.ndarray[Any, Any]:
    """Limited-range BT.709 to RGB by the numbers of the recommendation, not by FFmpeg."""
    planes = []
    for i, plane in enumerate(frame.planes):
        data = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:, : plane.width].astype(float)
        data = data[: plane.height]
        planes.append(data if i == 0 else data.repeat(2, 0).repeat(2, 1))
    y, u, v = (planes[0] - 16) / 219, (planes[1] - 128) / 224, (planes[2] - 128) / 224
    red, blue = y + 1.5748 * v, y + 1.8556 * u
    green = (y - 0.2126 * red - 0.0722 * blue) / 0.7152
    return np.clip(np.dstack([red, green, blue]) * 255, 0, 255)


def psnr(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> float:
    return float(10 * np.log10(255**2 / max(np.mean((a.astype(float) - b) ** 2), 1e-9)))


@pytest.mark.parametrize(("kind", "codec"), [("mp4", "h264"), ("webm", "vp9")])
def test_film_holds_exactly_its_frames(tmp_path: Path, kind: str, codec: str) -> None:
    with av.open(str(film(tmp_path / f"a.{kind}", kind))) as file:
        stream = file.streams.video[0]
        context = stream.codec_context
        assert (context.name.removeprefix("lib"), context.pix_fmt) == (codec, "yuv420p")
        assert (context.width, context.height) == SIZE
        assert stream.average_rate == 30
        tags = (context.color_primaries, context.color_trc, context.colorspace, context.color_range)
        assert tags == (1, 1, 1, 1)
        frames = list(file.decode(stream))
        times = [float(frame.pts * frame.time_base) for frame in frames]
        assert times == pytest.approx([k / 30 for k in range(12)], abs=6e-4)
        assert file.duration / 1e6 == pytest.approx(12 / 30, abs=2e-3)
    assert len(frames) == 12
    for k, frame in enumerate(frames):
        got = bt709(frame)
        own = psnr(got, rgb(k))
        assert own > 30
        assert all(own > psnr(got, rgb(other)) for other in range(12) if other != k)


@pytest.mark.parametrize("kind", ["mp4", "webm"])
def test_colours_are_those_of_bt709(tmp_path: Path, kind: str) -> None:
    with av.open(str(film(tmp_path / f"a.{kind}", kind, 1))) as file:
        got = bt709(next(file.decode(video=0)))
    for i, color in enumerate(PATCHES):
        patch = got[4:28, i * 16 + 4 : i * 16 + 12].mean((0, 1))
        assert np.abs(patch - color).max() < 3, color


def test_mp4_is_high_profile_and_starts_fast(tmp_path: Path) -> None:
    data = film(tmp_path / "a.mp4", "mp4").read_bytes()
    atoms, at = [], 0
    while at < len(data):
        length, name = struct.unpack(">I4s", data[at : at + 8])
        atoms.append(name.decode())
        at += length
    assert [a for a in atoms if a != "free"] == ["ftyp", "moov", "mdat"]
    with av.open(str(tmp_path / "a.mp4")) as file:
        assert file.streams.video[0].profile == "High"
        assert file.streams.video[0].frames == 12
        assert file.streams.video[0].start_time == 0


def test_mp4_has_a_key_frame_at_least_every_second(tmp_path: Path) -> None:
    with av.open(str(film(tmp_path / "a.mp4", "mp4", 25, fps=10))) as file:
        keys = [float(frame.pts * frame.time_base) for frame in file.decode(video=0) if frame.key_frame]
    assert keys[0] == 0
    assert max(np.diff([*keys, 2.5])) <= 1.0


@pytest.mark.parametrize("size", [(97, 64), (96, 65), (97, 65)])
def test_odd_sizes_gain_background(tmp_path: Path, size: tuple[int, int]) -> None:
    even = video._even(picture(0, size), (20, 30, 200))
    assert (even[: size[1], : size[0]] == picture(0, size)).all()
    assert (even[size[1] :] == (200, 30, 20, 255)).all()
    assert (even[:, size[0] :] == (200, 30, 20, 255)).all()
    with av.open(str(film(tmp_path / "a.mp4", "mp4", 2, size=size))) as file:
        got = bt709(next(file.decode(video=0)))
    width, height = size
    assert got.shape == (height + height % 2, width + width % 2, 3)
    assert psnr(got[:height, :width], rgb(0, size)) > 30  # moved or scaled pictures would not match


@pytest.mark.parametrize("fps", [24, 29.97, 60, 0.5])
def test_rates(tmp_path: Path, fps: float) -> None:
    with av.open(str(film(tmp_path / "a.mp4", "mp4", 4, fps=fps))) as file:
        assert float(file.streams.video[0].average_rate) == pytest.approx(fps)
        assert file.duration / 1e6 == pytest.approx(4 / fps, abs=1e-3)


@pytest.mark.parametrize("fps", ["", "x", 0, -1, 1e9, "1/0", "nan", float("inf"), True, None])
def test_impossible_rates_are_refused(fps: object) -> None:
    with pytest.raises(InputError, match=r"fps.*0\.1 to 240"):
        video.checked_rate(fps)


@pytest.mark.parametrize(
    ("fps", "delays"), [(20, [5] * 6), (25, [4] * 6), (50, [2] * 6), (60, [2] * 6), (30, [3, 4, 3, 3, 4, 3])]
)
def test_gif_delays_are_hundredths_of_a_second(fps: int, delays: list[int]) -> None:
    assert video.gif_delays(Fraction(fps), 6) == delays
    assert min(video.gif_delays(Fraction(240), 50)) == 2


def test_gif_reads_back_elsewhere(tmp_path: Path) -> None:
    path = film(tmp_path / "a.gif", "gif", fps=25)
    with Image.open(path) as image:  # Pillow: another decoder
        assert (image.n_frames, image.size, image.info["loop"]) == (12, SIZE, 0)
        total = 0
        for k in range(12):
            image.seek(k)
            total += image.info["duration"]
            got = np.asarray(image.convert("RGB"))
            own = psnr(got, rgb(k))
            assert own > 40
            assert all(own > psnr(got, rgb(other)) for other in range(12) if other != k)
    assert total == 12 * 40


def test_gif_of_odd_size_and_of_one_frame(tmp_path: Path) -> None:
    with Image.open(film(tmp_path / "a.gif", "gif", 1, size=(97, 65))) as image:
        assert image.size == (97, 65)
        assert psnr(np.asarray(image.convert("RGB")), rgb(0, (97, 65))) > 40


def test_long_gif_draws_a_sample_for_its_palette(tmp_path: Path) -> None:
    drawn: list[int] = []

    def draw(k: int) -> video.Pixels:
        drawn.append(k)
        return picture(k % 12)

    video.write(tmp_path / "a.gif", "gif", SIZE, Fraction(50), range(0, 400, 2), draw)
    assert drawn[120:] == list(range(0, 400, 2))
    assert {0, 398} <= set(drawn[:120])
    assert len(drawn) == video.passes("gif", 200)


@pytest.mark.parametrize("kind", video.KINDS)
def test_no_more_than_a_few_frames_wait(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slow encoder holds the drawing back; memory does not depend on the length of the film."""
    drawn = encoded = worst = 0
    sink = video._GifSink if kind == "gif" else video._FilmSink
    add = sink.add

    def slow(self: Any, item: Any) -> None:
        nonlocal encoded
        time.sleep(0.005)
        add(self, item)
        encoded += 1

    def draw(k: int) -> video.Pixels:
        nonlocal drawn, worst
        drawn += 1
        worst = max(worst, drawn - encoded)
        return picture(k)

    monkeypatch.setattr(sink, "add", slow)
    monkeypatch.setattr(video, "_PALETTE_FRAMES", 1)
    video.write(tmp_path / "a", kind, SIZE, Fraction(30), range(60), draw)
    assert encoded == 60
    assert worst <= 10


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if "optviz" in thread.name]


@pytest.mark.parametrize("kind", video.KINDS)
@pytest.mark.parametrize("where", ["add", "finish", "close"])
def test_an_error_of_the_encoder_reaches_the_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, where: str
) -> None:
    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(video._GifSink if kind == "gif" else video._FilmSink, where, broken)
    monkeypatch.setattr(video, "_PALETTE_FRAMES", 1)
    drawn: list[int] = []
    with pytest.raises(OSError, match="No space"):
        video.write(
            tmp_path / "a", kind, SIZE, Fraction(30), range(100), lambda k: drawn.append(k) or picture(0)
        )
    assert not threads()
    assert where != "add" or len(drawn) < 20  # at once, not at the end


@pytest.mark.alone
@pytest.mark.parametrize("kind", video.KINDS)
@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_error_of_the_drawing_stops_everything(
    tmp_path: Path, kind: str, error: type[BaseException]
) -> None:
    def draw(k: int) -> video.Pixels:
        if k == 9:
            raise error
        return picture(k)

    begin = time.monotonic()
    with pytest.raises(error):
        video.write(tmp_path / "a", kind, SIZE, Fraction(30), range(100), draw)
    assert time.monotonic() - begin < 1
    assert not threads()


def test_a_full_disk_is_an_error(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full")
    with pytest.raises(OSError, match="space"):
        film(Path("/dev/full"), "webm")
    assert not threads()
