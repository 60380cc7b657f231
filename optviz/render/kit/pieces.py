"""The files of a kit of one race or training, each a piece of work that tells how far it is."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from optviz import atomic
from optviz.experiment import Experiment
from optviz.provenance import KEY
from optviz.render import png, video
from optviz.render.kit import latex, readme, reel, sheet, table, words
from optviz.render.kit.page import Clip, page, room_for_pictures
from optviz.render.kit.subject import GIF_RATE, MOST_FRAMES, Subject, thinned
from optviz.render.plan import PLOTS, Plan, Size
from optviz.training.scene.scene import TrainScene

_THREADS = 2

Tell = Callable[[float], None]
"""Called with the share of a piece that is done, 0 to 1; it raises where the work is called off."""


@dataclass(frozen=True, eq=False)
class Piece:
    """Some files of a kit.

    Attributes
    ----------
    weight
        How much work it is, about that of drawing so many frames.
    make
        Writes them into a folder.
    """

    weight: int
    make: Callable[[Path, Tell], None]


def pieces(subject: Subject) -> list[Piece]:
    """Return everything a kit of one race or training consists of.

    Raises
    ------
    InputError
        For what cannot be exported as it was asked for.
    """
    steps, last = subject.steps, range(subject.last, subject.last + 1)
    middle = steps[len(steps) // 2]
    few, small = subject.gif
    slow = min(float(subject.fps) if subject.shots is None else subject.rate_of(few), GIF_RATE)
    made = [
        *_film_and_pictures(subject),
        _exported(subject, "film.gif", few, small, transparent=False, fps=slow),
        _exported(subject, "poster.png", last),
    ]
    stills = {"first": steps[0], "middle": middle, "last": subject.last}
    for name, k in ((name, stills[name]) for name in subject.stills):
        made += [_exported(subject, f"still_{name}.{kind}", range(k, k + 1)) for kind in ("svg", "pdf")]
    made += [
        _player(subject),
        _animated(subject),
        *sheets(sheet.sheet_of(subject), lambda: sheet_record(subject)),
        _numbers(subject),
    ]
    made += [Piece(2, lambda folder, tell: _write_words(subject, folder, tell))]
    return made


def _exported(
    subject: Subject, name: str, steps: range, size: Size | None = None, **options: object
) -> Piece:
    """Return the piece that is one ordinary export."""
    subject.plan(name, steps, size, **options)  # checked now, before any work
    kind = "frames" if name.endswith("/") else os.path.splitext(name)[1][1:]
    weight = video.passes(kind, len(steps)) * (2 if kind in ("mp4", "frames") else 1)

    def make(folder: Path, tell: Tell) -> None:
        out = f"{folder / name}{os.sep}" if name.endswith("/") else str(folder / name)
        carry_out(subject.plan(out, steps, size, **options), subject, tell)

    return Piece(weight, make)


def _film_and_pictures(subject: Subject) -> list[Piece]:
    """Return the film and the numbered pictures; each frame is drawn once where both look the same."""
    film = _exported(subject, "film.mp4", subject.steps, transparent=False)
    if subject.transparent:
        return [_exported(subject, "frames/", subject.pictures), film]

    def make(folder: Path, tell: Tell) -> None:
        planned = subject.plan(str(folder / "film.mp4"), subject.steps)
        source = subject.drawing(planned)
        numbered = subject.plan("frames/", subject.pictures)
        waiting: deque[Future[None]] = deque()
        done = 0
        (folder / "frames").mkdir()

        def write(k: int, pixels: reel.Pixels) -> None:
            data = png.encode(pixels, named(subject.record(numbered, k)))
            atomic.fill(folder / "frames" / f"frame_{k:06d}.png", data)

        def draw(k: int) -> reel.Pixels:
            pixels = source.pixels(k)
            if k in subject.pictures:
                waiting.append(pool.submit(write, k, pixels))
                if len(waiting) > 2 * _THREADS:
                    waiting.popleft().result()
            return pixels

        def step() -> None:
            nonlocal done
            done += 1
            tell(done / len(subject.steps))

        with (
            atomic.Whole(planned.out) as whole,
            ThreadPoolExecutor(_THREADS, "optviz png") as pool,
        ):
            try:
                video.write(
                    whole.temporary, "mp4", planned.size, planned.fps, planned.steps, draw,
                    background=source.background, step=step,
                    metadata=named(subject.record(planned)),
                )  # fmt: skip
                for future in waiting:
                    future.result()
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise

    return [Piece(3 * len(subject.steps), make)]


def carry_out(planned: Plan, subject: Subject, tell: Tell) -> None:
    """Do an export, telling how far it is."""
    subject.carry_out(planned, lambda done, total: tell(done / total))


def named(record: str | None) -> dict[str, str]:
    """Return a record by the name it has where metadata has names; nothing where there is none."""
    return {} if record is None else {KEY: record}


def sheets(shown: sheet.Sheet, record: Callable[[], str | None]) -> list[Piece]:
    """Return the contact sheet as PDF and PNG; `record` returns what they know of themselves."""
    count = sheet.frames(shown)

    def counted(tell: Tell) -> Callable[[], None]:
        done = 0

        def check() -> None:
            nonlocal done
            done += 1
            tell(done / count)

        return check

    def write_pdf(folder: Path, tell: Tell) -> None:
        atomic.fill(folder / "contact_sheet.pdf", sheet.pdf(shown, record(), counted(tell)))

    def write_png(folder: Path, tell: Tell) -> None:
        text = named(record())
        atomic.fill(folder / "contact_sheet.png", sheet.picture(shown, text, counted(tell)))

    return [Piece(4 * count, write_pdf), Piece(2 * count, write_png)]


# ------------------------------------------------------------------ the player


def sheet_record(subject: Subject) -> str | None:
    """Return what a contact sheet knows of itself: it names its last frame."""
    last = subject.frame_of(subject.last)
    own = replace(subject, shots=None)
    return own.record(own.plan("frame.png", range(last, last + 1)), shows="sheet")


def clip_of(subject: Subject, tell: Tell, share: int = 1) -> Clip:
    """Return the clip of a race, which has its share of the room that a page has; it is drawn once."""
    if "reel" not in subject.kept:
        subject.kept["reel"] = _recorded(subject, tell)
    whole, alts = subject.kept["reel"]
    steps, source = subject.player[0], subject.source(subject.size)
    made, kept = reel.fitted(whole, room_for_pictures(share))
    scene, at = source.at(subject.last)
    return Clip(
        subject.title, made, tuple(words.step_text(subject, steps[i]) for i in kept),
        tuple(alts[i] for i in kept), float(subject.fps) * len(kept) / len(subject.steps),
        words.short(subject), f"{words.alt_text(subject, scene, at)}\n\n{words.captions(subject)}",
    )  # fmt: skip


def _recorded(subject: Subject, tell: Tell) -> tuple[reel.Reel, list[str]]:
    """Return the frames of a player, and what each of them shows."""
    steps, size = subject.player
    source = subject.source(size)
    alts: list[str] = []

    def step() -> None:
        k = steps[len(alts)]
        scene, at = source.at(k)
        alts.append(words.frame_alt(subject, scene, k, at))
        tell(len(alts) / len(steps))

    return reel.record(steps, source.pixels, size, step), alts


def _player(subject: Subject) -> Piece:
    def make(folder: Path, tell: Tell) -> None:
        planned = subject.plan("frame.png", range(subject.last, subject.last + 1))
        clip = clip_of(subject, tell)
        record = subject.record(planned, subject.last) or ""
        atomic.fill(folder / "player.html", page(subject.title, [clip], record))

    return Piece(3 * len(subject.player[0]), make)


# ------------------------------------------------------------------ LaTeX


def _animated(subject: Subject) -> Piece:
    steps, size = subject.animated

    def make(folder: Path, tell: Tell) -> None:
        frames = folder / "animate"
        carry_out(subject.plan(f"{frames}{os.sep}", steps, size), subject, tell)
        for i, path in enumerate(sorted(frames.iterdir())):
            path.rename(frames / f"frame_{i:03d}.png")
        rate = max(0.1, round(subject.rate_of(steps), 2))
        texts = {
            "animate_snippet.tex": latex.snippet(len(steps), rate),
            "animate.tex": latex.document(subject.title, words.caption(subject)),
        }
        for name, text in texts.items():
            atomic.fill(folder / name, text.encode())

    return Piece(len(steps), make)


# ------------------------------------------------------------------ numbers and words


def _numbers(subject: Subject) -> Piece:
    def write_paths(folder: Path, tell: Tell) -> None:
        assert isinstance(subject.what, Experiment)
        steps = subject.steps if subject.shots is None else thinned(range(subject.whole + 1), MOST_FRAMES)
        table.write(folder / "paths.csv", subject.what, steps, lambda: tell(0.5))
        tell(1.0)

    def write_plots(folder: Path, tell: Tell) -> None:
        assert isinstance(subject.what, TrainScene)
        (folder / "tables").mkdir()
        last = range(subject.last, subject.last + 1)
        for i, plot in enumerate(PLOTS):
            own = subject.plan(
                str(folder / "tables" / f"{plot}.csv"), last, plot=plot, transparent=False, caption=False
            )
            carry_out(own, subject, lambda share, i=i: tell((i + share) / len(PLOTS)))  # type: ignore[misc]

    return Piece(4, write_paths if isinstance(subject.what, Experiment) else write_plots)


def _write_words(subject: Subject, folder: Path, tell: Tell) -> None:
    what = subject.what
    training = not isinstance(what, Experiment)
    numbers = words.tr(
        "Numbers: paths.csv has entrant, step, x, y, loss, gradient norm, learning rate with all digits."
    )
    if training:
        numbers = words.tr("Numbers: tables/ has a .csv file for each plot, with all digits.")
    scene, at = subject.source(subject.size).at(subject.last)
    tell(0.5)
    source = ("experiment.toml", what.dumps()) if isinstance(what, Experiment) else ("training.toml", "")
    if isinstance(what, TrainScene):  # where the images are on this computer is nobody's business
        source = ("training.toml", what.training.replace(data_dir="").dumps())
    texts = {
        "captions.txt": words.captions(subject),
        "alt_text.txt": words.wrapped(words.alt_text(subject, scene, at)) + "\n",
        source[0]: source[1],
        "README.txt": readme.of_race(subject, table=numbers),
        **({"step.toml": subject.shots.lesson.dumps()} if subject.shots is not None else {}),
    }
    for name, text in texts.items():
        atomic.fill(folder / name, text.encode())
    tell(1.0)
