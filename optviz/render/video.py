"""Encoding films: frames go in one end, a whole file comes out of the other.

`write` pulls frames from the caller and encodes them in a thread of its own behind a short queue, so
that drawing and encoding overlap and a film of any length takes the same memory. An error in the
thread is raised in the caller at its next frame; leaving early, for whatever reason, stops the thread.
"""

from __future__ import annotations

import itertools
import queue
import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from optviz.errors import InputError, shown
from optviz.provenance import gif as gif_comment
from optviz.render.transparent import filled

if TYPE_CHECKING:
    import av

Pixels = npt.NDArray[np.uint8]  # uint8[h, w, 4]: blue, green, red, 255, as in a QImage of Format_RGB32

KINDS = ("mp4", "webm", "gif")
GIF_FASTEST = 50
_RATE = re.compile(r"[0-9]{1,12}(\.[0-9]{0,12}|/[0-9]{1,12})?|\.[0-9]{1,12}")
_QUEUE = 2
_PALETTE_FRAMES = 120
_BT709 = 1
_LIMITED = 1


# x264 searches hard for motion that a race does not have: without B frames, weights and fine motion search,
# and with the quality half a step up, the picture is better than veryfast at crf 18 (48.6 against 47.9 dB on
# a race at 1920 x 1080) for two thirds of the work and a fifth more bytes.
_H264 = {"preset": "veryfast", "crf": "17", "x264-params": "bframes=0:ref=1:subme=1:weightp=0"}


class Sink(Protocol):
    """Something that takes frames, as pixels or as FFmpeg's own, one after the other."""

    def add(self, item: Any, /) -> None: ...
    def finish(self) -> None: ...
    def close(self) -> None: ...


def checked_rate(fps: object) -> Fraction:
    """Return frames per second as a fraction, or raise InputError; 25, 29.97 and 30000/1001 are rates."""
    rate = Fraction(0)
    if not isinstance(fps, str) or _RATE.fullmatch(fps):
        with suppress(ValueError, ZeroDivisionError):
            rate = Fraction(str(fps)).limit_denominator(1001)
    if not Fraction(1, 10) <= rate <= 240 or isinstance(fps, bool):
        raise InputError(f"fps: {shown(fps)} is not allowed; it must be a number from 0.1 to 240")
    return rate


def gif_delays(fps: Fraction, count: int) -> list[int]:
    """Return how long each frame of a GIF is shown, in hundredths of a second.

    A GIF knows no other unit. At 20, 25 and 50 frames/s all delays are equal; at 30 they are 3, 3, 4,
    so that the film lasts as long as was asked. Players slow a delay of 1 down to 10: the shortest is 2,
    and a film at more than 50 frames/s is shown at 50.
    """
    rate = min(fps, Fraction(GIF_FASTEST))
    times = [int(Fraction(100 * k) / rate + Fraction(1, 2)) for k in range(count + 1)]
    return [b - a for a, b in itertools.pairwise(times)]


def write(
    path: Path,
    kind: str,
    size: tuple[int, int],
    fps: Fraction,
    indices: range,
    draw: Callable[[int], Pixels],
    *,
    background: tuple[int, int, int] = (255, 255, 255),
    transparent: bool = False,
    step: Callable[[], None] = lambda: None,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Encode `draw(k)` for each k in `indices` into the file `path`.

    Parameters
    ----------
    kind
        "mp4" (H.264), "webm" (VP9) or "gif".
    size
        Width and height of the frames. The film's are even: an odd one gains a column or row of the
        colour `background` (red, green, blue). A GIF may be odd.
    transparent
        Whether the fourth byte of each pixel is how much of it is there; only "webm" keeps that.
    step
        Called after each frame drawn; it may raise to stop.
    metadata
        Keys and ASCII values stored with a film. Of a GIF they are comments without a key, an MP4 has the
        last of them as its comment and its description: it loses any other name when it is copied.
    """
    if kind == "gif":
        sample = _sampled(indices)
        palette = _PaletteSink(size)
        with _Pump(palette) as pump:
            _feed(pump, sample, draw, step)
        sink: Sink = _GifSink(path, size, gif_delays(fps, len(indices)), palette.colours)
    elif kind == "mp4":
        kept = {key: value for value in (metadata or {}).values() for key in ("comment", "description")}
        sink = _FilmSink(path, size, fps, "mp4", "libx264", dict(_H264), kept)
    elif kind == "webm":
        options = {
            "crf": "24",
            "b": "0",
            "deadline": "realtime",
            "cpu-used": "5",
            "row-mt": "1",
            "tile-columns": "2",
            # Alpha is a second picture beside each, and a frame mixed from later ones has none.
            **({"auto-alt-ref": "0"} if transparent else {}),
        }
        # The comment is what remains once it is made an MP4.
        kept = dict(metadata or {})
        if kept:
            kept["comment"] = list(kept.values())[-1]
        sink = _FilmSink(path, size, fps, "webm", "libvpx-vp9", options, kept, transparent)
    else:
        raise InputError(f"{shown(kind)} is not a kind of film; it must be one of {', '.join(KINDS)}")
    with _Pump(sink) as encoder:
        if kind == "gif":
            _feed(encoder, indices, draw, step)
        else:
            with _Pump(_Converter(encoder, size, background, transparent)) as converter:
                _feed(converter, indices, draw, step)
    if kind == "gif":
        for value in (metadata or {}).values():
            gif_comment.insert(path, value)


def passes(kind: str, count: int) -> int:
    """Return how many frames `write` draws in all for a film of `count` frames."""
    return count + (len(_sampled(range(count))) if kind == "gif" else 0)


def _sampled(indices: range) -> list[int]:
    # A palette needs no more than a fair sample: the colours of a race do not change, its lines grow.
    count = min(len(indices), _PALETTE_FRAMES)
    if count <= 1:
        return list(indices[-1:])
    return [indices[i * (len(indices) - 1) // (count - 1)] for i in range(count)]


def _feed(
    pump: _Pump, indices: Iterable[int], draw: Callable[[int], Pixels], step: Callable[[], None]
) -> None:
    for k in indices:
        pump.put(draw(k))
        step()


class _Pump:
    """Runs a sink in its own thread behind a queue of a few frames."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._queue: queue.Queue[Any] = queue.Queue(_QUEUE)
        self._error: BaseException | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="optviz film encoder", daemon=True)

    def __enter__(self) -> _Pump:
        self._thread.start()
        return self

    def put(self, item: Any) -> None:
        while True:
            if self._error is not None:
                raise self._error
            try:
                self._queue.put(item, timeout=0.05)
            except queue.Full:
                continue
            return

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if error is None:
                self.put(None)
                while self._thread.is_alive():  # in slices, so that an interrupt gets through
                    self._thread.join(0.05)
        finally:
            self._stop.set()
            self._thread.join()
        if error is None and self._error is not None:
            raise self._error

    def _run(self) -> None:
        try:
            try:
                for item in self._items():
                    self._sink.add(item)
                if not self._stop.is_set():
                    self._sink.finish()
            finally:
                self._sink.close()
        except BaseException as error:  # handed to the caller, whatever it is
            self._error = error

    def _items(self) -> Iterator[Any]:
        while not self._stop.is_set():
            try:
                item = self._queue.get(timeout=0.05)
            except queue.Empty:
                continue
            if item is None:
                return
            yield item


class _Converter:
    """Turns frames into 4:2:0 in a thread of its own and hands them on."""

    def __init__(
        self, encoder: _Pump, size: tuple[int, int], background: tuple[int, int, int], transparent: bool
    ) -> None:
        from optviz.render.yuv import Converter

        self._encoder = encoder
        self._background = background
        self._transparent = transparent
        self._convert = Converter(*(n + n % 2 for n in size))

    def add(self, pixels: Pixels) -> None:
        import av

        planes: tuple[Pixels, ...]
        if self._transparent:
            pixels = _even(filled(pixels, self._background), self._background, 0)
            planes = (*self._convert(pixels), pixels[..., 3])
        else:
            planes = self._convert(_even(pixels, self._background))
        height, width = planes[0].shape
        frame = av.VideoFrame(width, height, "yuva420p" if self._transparent else "yuv420p")
        for target, plane in zip(frame.planes, planes, strict=True):
            memory: Any = target
            rows = np.frombuffer(memory, np.uint8).reshape(-1, target.line_size)
            rows[: plane.shape[0], : plane.shape[1]] = plane
        self._encoder.put(frame)

    def finish(self) -> None:
        pass

    def close(self) -> None:
        pass


class _FilmSink:
    """H.264 or VP9 in 4:2:0, tagged as BT.709 with limited range."""

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        fps: Fraction,
        container: str,
        codec: str,
        options: dict[str, str],
        metadata: Mapping[str, str] | None,
        transparent: bool = False,
    ) -> None:
        import av

        self._fps = fps
        self._count = 0
        flags = {"fflags": "+bitexact"}  # no random name, no version: the same film is the same bytes
        if container == "mp4":
            flags["movflags"] = "+faststart"
        self._file = av.open(str(path), "w", format=container, container_options=flags)
        for key, value in (metadata or {}).items():
            self._file.metadata[key] = value
        stream: Any = self._file.add_stream(codec, rate=fps, options=options)
        stream.width, stream.height = (n + n % 2 for n in size)
        stream.pix_fmt = "yuva420p" if transparent else "yuv420p"
        context = stream.codec_context
        context.time_base = 1 / fps
        context.gop_size = max(1, round(fps))  # a key frame a second, to scrub through
        context.thread_count = 0
        context.color_primaries = context.color_trc = context.colorspace = _BT709
        context.color_range = _LIMITED
        self._stream = stream

    def add(self, frame: av.VideoFrame) -> None:
        frame.pts = self._count
        frame.time_base = 1 / self._fps
        self._count += 1
        self._mux(frame)

    def _mux(self, frame: av.VideoFrame | None) -> None:
        for packet in self._stream.encode(frame):
            self._file.mux(packet)

    def finish(self) -> None:
        self._mux(None)

    def close(self) -> None:
        self._file.close()


class _PaletteSink:
    """Finds the 255 colours that serve a whole GIF best; keeps a histogram, not the frames."""

    def __init__(self, size: tuple[int, int]) -> None:
        from av.filter import Graph

        self._graph = Graph()
        self._source = _source(self._graph, size)
        maker = self._graph.add("palettegen", "stats_mode=full")
        self._out = self._graph.add("buffersink")
        self._source.link_to(maker)
        maker.link_to(self._out)
        self._graph.configure()
        self._count = 0
        self.colours: Pixels = np.zeros((16, 16, 4), np.uint8)

    def add(self, pixels: Pixels) -> None:
        self._source.push(_frame(pixels, self._count))
        self._count += 1

    def finish(self) -> None:
        self._source.push(None)
        frame: Any = self._out.pull()
        self.colours = frame.to_ndarray()

    def close(self) -> None:
        pass


class _GifSink:
    """A GIF that loops for ever, each frame holding only what changed."""

    def __init__(self, path: Path, size: tuple[int, int], delays: list[int], colours: Pixels) -> None:
        import av
        from av.filter import Graph

        self._delays = delays
        self._count = self._time = 0
        self._graph = Graph()
        self._source = _source(self._graph, size)
        palette = _source(self._graph, (16, 16))
        painter = self._graph.add("paletteuse", "dither=none:diff_mode=rectangle")
        self._out = self._graph.add("buffersink")
        self._source.link_to(painter, 0, 0)
        palette.link_to(painter, 0, 1)
        painter.link_to(self._out)
        self._graph.configure()
        palette.push(_frame(colours, 0))
        palette.push(None)
        options = {"loop": "0", "final_delay": str(delays[-1])}
        self._file = av.open(str(path), "w", format="gif", container_options=options)
        self._stream: Any = self._file.add_stream("gif", rate=100)
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt = "pal8"
        self._stream.codec_context.time_base = Fraction(1, 100)

    def add(self, pixels: Pixels) -> None:
        self._source.push(_frame(pixels, self._time))
        self._time += self._delays[self._count]
        self._count += 1
        self._pull()

    def _pull(self) -> None:
        from av.error import BlockingIOError, EOFError

        while True:
            try:
                frame = self._out.pull()
            except (BlockingIOError, EOFError):
                return
            self._mux(frame)

    def _mux(self, frame: Any) -> None:
        for packet in self._stream.encode(frame):
            self._file.mux(packet)

    def finish(self) -> None:
        self._source.push(None)
        self._pull()
        self._mux(None)

    def close(self) -> None:
        self._file.close()


def _source(graph: Any, size: tuple[int, int]) -> Any:
    return graph.add(
        "buffer",
        f"video_size={size[0]}x{size[1]}:pix_fmt=bgra:time_base=1/100:pixel_aspect=1/1:colorspace=gbr:range=pc",
    )


def _frame(pixels: Pixels, time: int) -> av.VideoFrame:
    import av

    frame = av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(pixels), "bgra")
    frame.pts = time
    frame.time_base = Fraction(1, 100)
    return frame


def _even(pixels: Pixels, background: tuple[int, int, int], alpha: int = 255) -> Pixels:
    """Return the frame with an odd width or height made even by a column or row of `background`."""
    height, width = pixels.shape[:2]
    if width % 2 == 0 and height % 2 == 0:
        return np.ascontiguousarray(pixels)
    even = np.empty((height + height % 2, width + width % 2, 4), np.uint8)
    even[...] = (*reversed(background), alpha)
    even[:height, :width] = pixels
    return even
