"""Compiling kernels: lazily, once, kept on disk, and never a reason to stop.

A kernel is a plain Python function over arrays. It runs as it is (slowly, for the first moments
of a first launch and for tests) and compiled by Numba (everywhere else). Compiled code is kept
in a cache folder of optviz's own; a damaged or unwritable cache costs time, nothing more.

Functions that kernels share are declared `inlined`. Numba stamps what it keeps by a kernel's own file
alone, so the cache folder is named after the state of all files beside this one: change a shared
function, and every kernel is compiled anew.
"""

from __future__ import annotations

import hashlib
import linecache
import os
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, TypeVar

_Function = TypeVar("_Function", bound=Callable[..., Any])

_lock = threading.RLock()

_shared: list[tuple[Callable[..., Any], frozenset[str]]] = []
"""Functions declared `inlined` that Numba has not been told of yet."""

FOLDERS_KEPT = 3
"""How many cache folders stay, whatever their age: checkouts and versions used in turn keep theirs."""

FOLDER_LIFE = 24 * 3600.0
"""Seconds since its last use for which any cache folder stays; another process may be using it."""


def inlined(*fastmath: str) -> Callable[[_Function], _Function]:
    """Declare a plain function that kernels call and that is compiled into them.

    Parameters
    ----------
    fastmath
        The liberties LLVM may take with its arithmetic, such as "contract" (a * b + c rounded once)
        and "reassoc" (sums in any order, without which none is vectorized).
    """

    def declare(function: _Function) -> _Function:
        _shared.append((function, frozenset(fastmath)))
        return function

    return declare


def _register_shared() -> None:
    while _shared:
        from numba.extending import register_jitable

        function, fastmath = _shared.pop()
        # Without NumPy's error model every division is a branch that may raise, and a call left standing
        # ends all vectorizing.
        options = {"error_model": "numpy", "boundscheck": False, "forceinline": True}
        register_jitable(fastmath=set(fastmath), **options)(function)


def _state_of_sources() -> str:
    """Return a short digest that changes whenever a file beside this one does."""
    digest = hashlib.sha256()
    # Not from a folder on disk (a zip, a frozen program): such files do not change by themselves.
    with suppress(OSError):
        for entry in sorted(os.scandir(Path(__file__).parent), key=lambda entry: entry.name):
            if entry.name.endswith(".py"):
                stat = entry.stat()
                digest.update(f"{entry.name} {stat.st_mtime_ns} {stat.st_size}\n".encode())
    return digest.hexdigest()[:12]


def _remove_old(folders: Path, ours: Path) -> None:
    """Remove the cache folders of earlier states, except the last few and those used not long ago."""
    with suppress(OSError):
        others = [entry for entry in os.scandir(folders) if entry.is_dir() and entry.name != ours.name]
        others.sort(key=lambda entry: entry.stat().st_mtime, reverse=True)
        for entry in others[FOLDERS_KEPT - 1 :]:
            if time.time() - entry.stat().st_mtime > FOLDER_LIFE:
                shutil.rmtree(entry.path, ignore_errors=True)


@cache
def cache_folder() -> Path | None:
    """Return the folder for compiled kernels, or None where nothing can be written.

    `OPTVIZ_CACHE_DIR` moves it; otherwise it is in the user's cache folder.
    """
    try:
        import platformdirs

        named = os.environ.get("OPTVIZ_CACHE_DIR")
        base = Path(named) if named else Path(platformdirs.user_cache_dir("optviz", False))
        folder = base / "kernels" / _state_of_sources()
        new = not folder.exists()
        folder.mkdir(parents=True, exist_ok=True)
        # A folder can exist and yet refuse files (read-only home, full disk): try one. It also marks the
        # folder as used.
        with tempfile.NamedTemporaryFile(dir=folder):
            pass
    except OSError:
        return None
    if new:
        _remove_old(folder.parent, folder)
    return folder


@cache
def numba() -> Any:
    """Import Numba with its cache folder set to ours; imported here and nowhere earlier."""
    import numba

    folder = cache_folder()
    if folder is not None:
        vars(numba.config)["CACHE_DIR"] = str(folder)
    return numba


class Kernel:
    """One kernel: its plain Python function and, on demand, its compiled twin.

    Parameters
    ----------
    function
        A plain function over arrays that Numba can compile in nopython mode.
    kind
        The name of its signature in `optviz.kernels.contract.signatures`.
    python
        What runs uncompiled, where that is not `function` itself.
    fastmath
        The liberties LLVM may take with the function's own arithmetic (see `inlined`).
    """

    def __init__(
        self,
        function: Callable[..., Any],
        kind: str,
        python: Callable[..., Any] | None = None,
        fastmath: Sequence[str] = (),
    ) -> None:
        self.python = python or function
        self._function = function
        self.kind = kind
        self.fastmath = frozenset(fastmath)
        self.name = f"{function.__module__}.{function.__qualname__}"
        self._compiled: Any = None
        self._single: Kernel | None = None

    @property
    def function(self) -> Callable[..., Any]:
        """The plain function, as it was declared."""
        return self._function

    @property
    def single(self) -> Kernel:
        """The same function over float32 arrays: of kind `step_single` for a `step` (see `contract`)."""
        if self._single is None:
            self._single = Kernel(self._function, f"{self.kind}_single", fastmath=tuple(self.fastmath))
        return self._single

    def __repr__(self) -> str:
        return f"Kernel({self.name}, {self.kind})"

    @property
    def ready(self) -> bool:
        """Whether the compiled twin is at hand in this process, without waiting."""
        return self._compiled is not None

    @property
    def kept(self) -> bool:
        """Whether the cache folder seems to hold the compiled twin, so that having it takes milliseconds."""
        try:
            source = os.stat(self._function.__code__.co_filename).st_mtime
            return any(f.suffix == ".nbi" and f.stat().st_mtime >= source for f in self._kept_files())
        except OSError:
            return False

    @property
    def compiled(self) -> Any:
        """The compiled twin; compiles, or loads from the cache, at the first use."""
        if self._compiled is None:
            with _lock:
                if self._compiled is None:
                    self._compiled = self._compile()
        return self._compiled

    def _compile(self) -> Any:
        if cache_folder() is not None:
            # A damaged cache file raises whatever its bytes happen to mean: forget it, then try again.
            for _attempt in range(2):
                try:
                    return self._jit(keep=True)
                except Exception:
                    self._forget()
        return self._jit(keep=False)

    def _kept_files(self) -> list[Path]:
        """The files in which Numba keeps this kernel: an index (.nbi) and the code it names (.nbc)."""
        folder, function = cache_folder(), self._function
        if folder is None:
            return []
        module = function.__module__.rpartition(".")[2]
        return list(folder.glob(f"*/{module}.{function.__qualname__}-{function.__code__.co_firstlineno}.*"))

    def _forget(self) -> None:
        for file in self._kept_files():
            with suppress(OSError):
                file.unlink()

    def _jit(self, keep: bool) -> Any:
        from optviz.kernels.contract import signature

        jit = numba().njit(
            signature(self.kind),
            cache=keep,
            nogil=True,
            error_model="numpy",
            boundscheck=False,
            fastmath=set(self.fastmath) or False,
        )
        _register_shared()
        return _found_at_once(jit(self._function))


class _Found:
    """What Numba asks a compiled function for when it is passed to another: where its code lies."""

    def __init__(self, result: Any) -> None:
        self.fndesc = result.fndesc
        self.library = self
        self._of = result.library
        self._addresses: dict[str, int] = {}

    def get_pointer_to_function(self, name: str) -> int:
        address = self._addresses.get(name)
        if address is None:
            address = self._addresses[name] = int(self._of.get_pointer_to_function(name))
        return address


def _found_at_once(dispatcher: Any) -> Any:
    """Let a compiled function of one signature be passed on without being looked up in four tables.

    Otherwise that costs a tenth of a millisecond for every function of every call.
    """
    (known,) = dispatcher.overloads
    found = _Found(dispatcher.overloads[known])
    dispatcher.get_compile_result = lambda sig: found
    return dispatcher


def kernel(kind: str, fastmath: Sequence[str] = ()) -> Callable[[Callable[..., Any]], Kernel]:
    """Declare a function as a kernel of the named signature (see `contract` and `Kernel`)."""
    return lambda function: Kernel(function, kind, fastmath=fastmath)


def kernel_from_source(source: str, name: str, kind: str, namespace: dict[str, Any]) -> Kernel:
    """Make a kernel from source text that optviz itself generated.

    Numba stamps its cache by the file a function comes from, so the text is also laid down in the
    cache folder under the hash of its content. That file is never read back. Where the text also
    defines `name`_python, that is what runs uncompiled.
    """
    digest = hashlib.sha256(source.encode()).hexdigest()[:24]
    filename = f"<optviz {name} {digest}>"
    folder = cache_folder()
    if folder is not None:
        path = folder / f"{name}_{digest}.py"
        try:
            if not path.exists():
                handle, temporary = tempfile.mkstemp(dir=folder, suffix=".part")
                with os.fdopen(handle, "w", encoding="utf-8") as file:
                    file.write(source)
                os.utime(temporary, (0, 0))  # the stamp is the content's alone
                os.replace(temporary, path)
            filename = str(path)
        except OSError:
            pass
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    # Numba finds a kept kernel's globals again by the name of its module, so it has to have one.
    module = ModuleType(f"optviz.generated.{name}_{digest}")
    sys.modules[module.__name__] = module
    scope = vars(module)
    scope.update(namespace)
    exec(compile(source, filename, "exec"), scope)  # noqa: S102 - text generated by optviz from a checked tree
    function = scope[name]
    assert isinstance(function, FunctionType)
    return Kernel(function, kind, scope.get(f"{name}_python"))
