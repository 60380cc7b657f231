"""Where data sets are: in a folder a person names, in the user's cache, or on servers to download them from.

MNIST and Fashion-MNIST name their four files alike; only checksums tell them apart. A downloaded file is used
when its SHA-256 is right, and the cache is asked for it each time.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from optviz.atomic import cannot_write
from optviz.errors import InputError, allowed, shown
from optviz.training.images.fetch import DownloadStopped, MirrorFailed, Patience, Stream
from optviz.training.images.idx import cannot_read, named
from optviz.training.images.published import SIZES, SOURCES, File, Source

__all__ = [
    "SIZES", "SOURCES", "DownloadStopped", "File", "Found", "Patience", "Source", "cache_folder", "damaged",
    "download", "find", "locate",
]  # fmt: skip

STALE = 24 * 3600  # seconds after which a temporary file belongs to no download any more
ROUNDS = 2  # how often each mirror is tried
_REPORT = 0.05  # seconds between two reports of progress


@dataclass(frozen=True)
class Found:
    """A data set on this computer.

    Attributes
    ----------
    paths
        Training images, training labels, test images, test labels.
    checksums
        SHA-256 of each file as it is, by name.
    official
        Whether every file is the published one, byte for byte.
    """

    folder: Path
    paths: tuple[Path, ...]
    checksums: Mapping[str, str]
    official: bool


def cache_folder(dataset: str) -> Path:
    """Return the folder downloads of a data set are kept in; `OPTVIZ_CACHE_DIR` moves it."""
    base = os.environ.get("OPTVIZ_CACHE_DIR")
    if not base:
        import platformdirs

        base = platformdirs.user_cache_dir("optviz", False)
    return Path(base) / "data" / dataset


def find(dataset: str, data_dir: str | os.PathLike[str] = "") -> Path | None:
    """Return the folder that holds the files of a data set, or None; see `locate`."""
    found = locate(dataset, data_dir)
    return found.folder if found else None


def locate(dataset: str, data_dir: str | os.PathLike[str] = "") -> Found | None:
    """Return where a data set is on this computer, or None where it is not.

    Looked for in `data_dir` if given, and then nowhere else; in the folder `OPTVIZ_DATA_DIR` names; in the
    cache. In each of the first two the files may also lie in a folder named after the data set, and may be
    decompressed. Digits comes with scikit-learn and has no files: None.

    Raises
    ------
    InputError
        When `data_dir` lacks a file or holds the other data set, or a file there cannot be read.
    """
    if dataset == "digits":
        return None
    source = _source(dataset)
    if os.fspath(data_dir):
        return _given(dataset, source, Path(data_dir).expanduser())
    if base := os.environ.get("OPTVIZ_DATA_DIR"):
        for folder in (Path(base) / dataset, Path(base)):
            found = _in_folder(source, folder)
            if found and _stranger(dataset, found) is None:
                return found
    folder = cache_folder(dataset)
    if all(_whole(folder, file) for file in source.files):
        return _in_folder(source, folder)
    return None


def damaged(dataset: str) -> tuple[Path, ...]:
    """Return the files in the cache whose checksums are wrong: they are not used, and fetched again."""
    folder = cache_folder(dataset)
    files = _source(dataset).files
    return tuple(folder / f.name for f in files if (folder / f.name).exists() and not _whole(folder, f))


def _source(dataset: str) -> Source:
    if dataset not in SOURCES:
        raise InputError(f"dataset: {shown(dataset)} is not known; there are {allowed([*SOURCES, 'digits'])}")
    return SOURCES[dataset]


def _given(dataset: str, source: Source, base: Path) -> Found:
    if not os.path.isdir(base):
        raise InputError(f"data_dir: {named(base)} is not a folder")
    complaint = ""
    for folder in (base / dataset, base):
        if found := _in_folder(source, folder):
            stranger = _stranger(dataset, found)
            if stranger is None:
                return found
            name, other = stranger
            complaint = (
                f"data_dir: {named(folder)} holds {SOURCES[other].title} ({name}), not {source.title}; "
                f"the data sets name their files alike"
            )
    if not complaint:
        folder = base / dataset if os.path.isdir(base / dataset) else base
        missing = allowed(path.name for path in _paths(source, folder) if not os.path.isfile(path))
        complaint = (
            f"data_dir: {named(folder)} lacks {missing}; it must hold the four files of {source.title}"
        )
    raise InputError(complaint)


def _paths(source: Source, folder: Path) -> list[Path]:
    """Return where the four files are, or would be; each may be decompressed."""
    paths = []
    for file in source.files:
        packed, raw = folder / file.name, folder / file.name.removesuffix(".gz")
        paths.append(raw if os.path.isfile(raw) and not os.path.isfile(packed) else packed)
    return paths


def _in_folder(source: Source, folder: Path) -> Found | None:
    paths = _paths(source, folder)
    if not all(os.path.isfile(path) for path in paths):
        return None
    checksums = {path.name: checksum(path) for path in paths}
    official = set(checksums.values()) <= _known(source)
    return Found(folder, tuple(paths), MappingProxyType(checksums), official)


def _stranger(dataset: str, found: Found) -> tuple[str, str] | None:
    """Return the first file known to belong to another data set, and which."""
    ours = _known(SOURCES[dataset])
    for name, sha256 in found.checksums.items():
        for other, source in SOURCES.items():
            if sha256 in _known(source) - ours:
                return name, other
    return None


def _known(source: Source) -> set[str]:
    return {sha256 for file in source.files for sha256 in (file.sha256, file.sha256_raw)}


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal (raises InputError)."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise cannot_read(path, error) from error


def _whole(folder: Path, file: File) -> bool:
    path = folder / file.name
    try:
        return os.path.getsize(path) == file.size and checksum(path) == file.sha256
    except (OSError, InputError):
        return False


def download(
    dataset: str,
    *,
    progress: Callable[[int, int], None] | None = None,
    stop: Callable[[], bool] | None = None,
    mirrors: Sequence[str] | None = None,
    patience: Patience | None = None,
) -> Path:
    """Download a data set into the cache and return its folder.

    Each file is taken from the first mirror that gives it whole, with the right checksum; all mirrors are
    tried in turn, twice. Files that are there already are kept, so that a download that was cut off goes on.

    Parameters
    ----------
    progress
        Called with the bytes there are and the bytes of all four files, at most every 0.05 s.
    stop
        Asked at least every 0.2 s whether to give up.
    mirrors
        Addresses of folders on servers, instead of the known ones.

    Raises
    ------
    InputError
        When no mirror gives a file, or the cache cannot be written.
    DownloadStopped
        When `stop` says so.
    """
    source, folder, patience = _source(dataset), cache_folder(dataset), patience or Patience()
    stop = stop or (lambda: False)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error
    _remove_stale(folder)
    missing = [file for file in source.files if not _whole(folder, file)]
    report = _Progress(progress, sum(file.size for file in source.files))
    report.there -= sum(file.size for file in missing)
    report(0, always=True)
    order = list(mirrors if mirrors is not None else source.mirrors)
    for file in missing:
        said = _fetch(file, folder, order, report, stop, patience)
        if said:
            raise InputError(_nowhere(dataset, said))
        report.there += file.size
        report(0, always=True)
    return folder


class _Progress:
    """Reports the bytes of all files, `there` being those of the files that are whole."""

    def __init__(self, tell: Callable[[int, int], None] | None, total: int) -> None:
        self.there = self._total = total
        self._tell = tell
        self._last = 0.0

    def __call__(self, received: int, always: bool = False) -> None:
        now = time.monotonic()
        if self._tell is not None and (always or now - self._last >= _REPORT):
            self._last = now
            self._tell(self.there + received, self._total)


def _fetch(
    file: File,
    folder: Path,
    order: list[str],
    report: _Progress,
    stop: Callable[[], bool],
    patience: Patience,
) -> dict[str, str]:
    """Get one file; return what each address said, nothing if one gave it.

    The mirror that gave it is put in front of `order`.
    """
    import pooch  # type: ignore[import-untyped]

    pooch.get_logger().setLevel("WARNING")
    said: dict[str, str] = {}
    for attempt in range(ROUNDS):
        if attempt:
            _wait(patience.pause, stop)
        for mirror in list(order):
            url = mirror.rstrip("/") + "/" + file.name
            stream = Stream(file.size, file.sha256, received=report, stop=stop, patience=patience)
            try:
                pooch.retrieve(url, f"sha256:{file.sha256}", file.name, folder, downloader=stream)
            except MirrorFailed as failure:
                said[url] = str(failure)
            except OSError as error:
                cause = error.__cause__  # pooch says it in words of its own
                reason = cause if isinstance(cause, OSError) else error
                raise cannot_write(folder / file.name, reason) from error
            else:
                order.remove(mirror)
                order.insert(0, mirror)
                return {}
            finally:
                stream.done()
    return said


def _nowhere(dataset: str, said: Mapping[str, str]) -> str:
    broken = [named(path) for path in damaged(dataset)]
    return (
        f"{SOURCES[dataset].title} cannot be downloaded ("
        + "; ".join(f"{url}: {why}" for url, why in said.items())
        + ")"
        + (f", and in the cache {allowed(broken)} is damaged" if broken else "")
        + '; name a folder with its files (data_dir or OPTVIZ_DATA_DIR), or take dataset = "digits"'
    )


def _wait(seconds: float, stop: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if stop():
            raise DownloadStopped
        time.sleep(min(0.05, seconds))


def _remove_stale(folder: Path) -> None:
    """Remove temporary files that killed downloads left; those of downloads under way are younger."""
    with suppress(OSError):
        for entry in list(os.scandir(folder)):
            with suppress(OSError):
                there = entry.stat(follow_symlinks=False)
                if (
                    entry.name.startswith("tmp")  # as pooch calls them
                    and stat.S_ISREG(there.st_mode)
                    and time.time() - there.st_mtime > STALE
                ):
                    os.unlink(entry.path)
