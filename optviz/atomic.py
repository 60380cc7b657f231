"""The only writer of files: a file is whole under its name, or it is not there.

Everything is written under a temporary name in the same folder, forced to the disk and renamed.
Whatever goes wrong before the renaming, an interrupt included, leaves what was there before and
nothing else. Qt and FFmpeg are never handed the final name: both can lose a full disk's error.
"""

from __future__ import annotations

import os
import platform
import secrets
import stat
import sys
import zlib
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path
from types import TracebackType

from optviz import interrupt
from optviz.errors import InputError, shown

_HOST = f"{zlib.crc32(platform.node().encode()):08x}"
_PREFIX = ".optviz"


def write_bytes(path: str | os.PathLike[str], data: bytes | bytearray | memoryview) -> None:
    """Write `data` as the file `path`, whole or not at all.

    Raises
    ------
    InputError
        If the file cannot be written; the message says why.
    """
    with Whole(path) as whole:
        fill(whole.temporary, data)


def fill(path: Path, data: bytes | bytearray | memoryview) -> None:
    """Write `data` into the new or temporary file `path` and force it to the disk (raises OSError)."""
    with open(path, "wb", buffering=0) as file:
        view = memoryview(data).cast("B")
        while view:  # a raw write may take only a part
            view = view[file.write(view) :]
        os.fsync(file.fileno())


def cannot_write(path: str | os.PathLike[str], error: OSError) -> InputError:
    """Return the one line that says why `path` could not be written."""
    reason = os.strerror(error.errno) if error.errno else (str(error) or type(error).__name__)
    return InputError(f"cannot write {shown(os.fspath(path), 300)}: {reason.lower()}")


class _Replacement:
    """What a file and a folder have in common: a temporary twin, kept or removed at the end."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._target = self.path
        self._temporary: Path | None = None

    @property
    def temporary(self) -> Path:
        """Where to write; in the same folder as `path`."""
        assert self._temporary is not None, "used outside its with block"
        return self._temporary

    def _prepare(self) -> None:
        raise NotImplementedError

    def _keep(self) -> None:
        raise NotImplementedError

    def _open(self) -> None:
        try:
            self._target = Path(os.path.realpath(self.path))  # a link stays a link
            remove_stale(self._target.parent)
            self._prepare()
        except OSError as error:
            self._remove()
            raise cannot_write(self.path, error) from error
        except BaseException:
            self._remove()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._keep()
        except OSError as failure:
            raise cannot_write(self.path, failure) from failure
        finally:
            self._remove()
        if isinstance(error, OSError):
            raise cannot_write(self.path, error) from error

    def _remove(self) -> None:
        if self._temporary is not None:
            _discard(self._temporary)
            interrupt.finished(self._temporary)


class Whole(_Replacement):
    """A file that appears under `path` only once it is whole.

    >>> with Whole("run.npz") as whole:                                     # doctest: +SKIP
    ...     save(whole.temporary)

    `temporary` exists and is empty when the block starts, so that a path that cannot be written
    is found before any work is done. An OSError from the block becomes an InputError.

    Raises
    ------
    InputError
        If `path` cannot be written: no such folder, no permission, a folder, a device, a full disk.
    """

    def __enter__(self) -> Whole:
        self._open()
        return self

    def _prepare(self) -> None:
        mode = 0o666
        with suppress(FileNotFoundError):
            there = os.stat(self._target)
            if stat.S_ISDIR(there.st_mode):
                raise InputError(f"cannot write {shown(str(self.path), 300)}: it is a folder")
            if not stat.S_ISREG(there.st_mode):
                raise InputError(f"cannot write {shown(str(self.path), 300)}: it is not a regular file")
            if not os.access(self._target, os.W_OK):
                raise InputError(f"cannot write {shown(str(self.path), 300)}: it is write-protected")
            mode = stat.S_IMODE(there.st_mode)
        _require_name(self._target)
        name = _temporary_name(self._target)
        with interrupt.held():
            handle = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)
            self._temporary = name
            interrupt.unfinished(name, _discard)
        os.close(handle)

    def _keep(self) -> None:
        # Whoever wrote it may not have forced it to the disk.
        handle = os.open(self.temporary, os.O_RDWR | getattr(os, "O_BINARY", 0))
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        with interrupt.held():
            os.replace(self.temporary, self._target)
            interrupt.decide()
        _sync_folder(self._target.parent)


class NewFolder(_Replacement):
    """A folder of files and folders that appears under `path` only once it is whole.

    Where `path` is there already, it must be an empty folder.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """

    def __enter__(self) -> NewFolder:
        self._open()
        return self

    def _prepare(self) -> None:
        _require_name(self._target)
        name = _temporary_name(self._target)
        with interrupt.held():
            os.mkdir(name)
            self._temporary = name
            interrupt.unfinished(name, _discard)

    def _keep(self) -> None:
        with interrupt.held():
            if sys.platform == "win32":  # there, nothing is renamed onto what exists
                with suppress(FileNotFoundError):
                    os.rmdir(self._target)
            os.replace(self.temporary, self._target)
            interrupt.decide()
        _sync_folder(self._target.parent)


class WholeFolder(_Replacement):
    """A folder of numbered files that appears, or changes, only once all of them are whole.

    A folder that is there already keeps every file whose name does not match `pattern`; the
    matching ones, left by an earlier export, are exchanged for the new ones, and put back should
    the exchange fail.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """

    def __init__(self, path: str | os.PathLike[str], pattern: str = "frame_*.png") -> None:
        super().__init__(path)
        self._pattern = pattern

    def __enter__(self) -> WholeFolder:
        self._open()
        return self

    def _prepare(self) -> None:
        if os.path.lexists(self._target) and not os.path.isdir(self._target):
            raise InputError(f"cannot write {shown(str(self.path), 300)}: it is a file, not a folder")
        if os.path.isdir(self._target) and not os.access(self._target, os.W_OK | os.X_OK):
            raise InputError(f"cannot write {shown(str(self.path), 300)}: it is write-protected")
        _require_name(self._target)
        name = _temporary_name(self._target)
        with interrupt.held():
            os.mkdir(name)
            self._temporary = name
            interrupt.unfinished(name, _take_away)

    def _keep(self) -> None:
        _sync_folder(self.temporary)
        with interrupt.held():
            if os.path.isdir(self._target):
                self._exchange()
            else:
                os.replace(self.temporary, self._target)
            interrupt.decide()
        _sync_folder(self._target.parent)

    def _exchange(self) -> None:
        aside = _temporary_name(self._target)
        os.mkdir(aside)
        moved: list[tuple[Path, Path]] = []
        try:
            moves = [*self._moves(self._target, aside), *self._moves(self.temporary, self._target)]
            for source, goal in moves:
                moved.append((source, goal))
                os.replace(source, goal)
        except BaseException:
            for source, goal in reversed(moved):
                with suppress(OSError):
                    if not source.exists():
                        os.replace(goal, source)
            with suppress(OSError):
                os.rmdir(aside)  # never with an older frame still in it
            raise
        _discard(aside)

    def _moves(self, source: Path, goal: Path) -> list[tuple[Path, Path]]:
        names = sorted(name for name in os.listdir(source) if fnmatchcase(name, self._pattern))
        return [(source / name, goal / name) for name in names if (source / name).is_file()]


def _require_name(path: Path) -> None:
    # Opening the temporary name would not notice a final name that the file system refuses.
    with suppress(FileNotFoundError):
        os.lstat(path)


def _temporary_name(target: Path) -> Path:
    # Short whatever the target is called; the ending is kept for libraries that go by it.
    suffix = target.suffix if len(target.suffix) <= 8 else ""
    return target.parent / f"{_PREFIX}-{_HOST}-{os.getpid()}-{secrets.token_hex(4)}.part{suffix}"


def _discard(path: Path) -> None:
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            for child in list(path.iterdir()):
                _discard(child)
            os.rmdir(path)
        else:
            os.unlink(path)


def _take_away(folder: Path) -> None:
    # Threads may still be adding files: under another name they cannot.
    gone = folder.with_name(f"{folder.name}.gone")
    os.replace(folder, gone)
    _discard(gone)


def _sync_folder(folder: Path) -> None:
    # Makes the renaming itself durable, where the system can; the file is whole either way.
    if sys.platform != "win32":
        with suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def remove_stale(folder: Path) -> None:
    """Remove what a killed writer on this computer left in `folder`."""
    for path, process in _leftovers(folder):
        if process != os.getpid() and not _alive(process):
            _discard(path)


def _leftovers(folder: Path) -> Iterator[tuple[Path, int]]:
    with suppress(OSError):
        for name in os.listdir(folder):
            if name.startswith(f"{_PREFIX}-{_HOST}-") and ".part" in name:
                with suppress(ValueError, IndexError):
                    yield folder / name, int(name.split("-")[2])


def _alive(process: int) -> bool:
    if sys.platform == "win32":  # there, signal 0 would end the process
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True
