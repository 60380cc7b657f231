"""The kernel cache: a damaged or unwritable one costs time, nothing more."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import optviz

ONE_CALL = """
import numpy as np
from optviz.kernels.penalty import penalize
one = np.ones(1)
penalize.compiled(one, one, np.array([0.5, 0.0]), one.copy(), one.copy(), one.copy())
print("alive", penalize.kept)
"""


def call_once(cache, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", ONE_CALL],
        env={**os.environ, "OPTVIZ_CACHE_DIR": str(cache), **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def warm(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cache")
    assert call_once(folder) == "alive True\n"
    return folder


@pytest.mark.parametrize("suffix", ["nbi", "nbc"])
@pytest.mark.parametrize("damage", ["empty", "cut", "junk"])
def test_a_damaged_cache_is_compiled_anew(warm, suffix, damage, tmp_path) -> None:
    cache = shutil.copytree(warm, tmp_path / "cache")
    files = list(cache.rglob(f"*.{suffix}"))
    assert files
    for file in files:
        content = file.read_bytes()
        file.write_bytes({"empty": b"", "cut": content[: len(content) // 2], "junk": os.urandom(500)}[damage])
    assert call_once(cache) == "alive True\n"


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path) -> None:
    (tmp_path / "file").write_text("a file where the folder should be")
    assert call_once(tmp_path / "file") == "alive False\n"


def test_generated_kernels_are_kept_too(tmp_path) -> None:
    code = """
from optviz import formula
loss = formula.kernels("x**2 + 3.25*y**2").loss
print(loss.kept)
loss.compiled
print(loss.kept, sum(loss.compiled.stats.cache_hits.values()))
"""
    outputs = [
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "OPTVIZ_CACHE_DIR": str(tmp_path)},
            capture_output=True, text=True, timeout=120, check=True,
        ).stdout.split()
        for _ in range(2)
    ]  # fmt: skip
    assert outputs == [["False", "True", "0"], ["True", "True", "1"]]


def run_copy(copy: Path, cache: Path) -> list[str]:
    """Run the trial kernel of a copy of the package; return what it found and how."""
    code = """
import numpy as np
from optviz.kernels.trial import trial
one = np.zeros(1)
found = one.copy()
kept = trial.kept
trial.compiled(one, one, one, np.zeros((1, 1)), found)
print(found[0], kept, sum(trial.compiled.stats.cache_hits.values()))
"""
    return subprocess.run(
        [sys.executable, "-P", "-c", code],
        env={**os.environ, "PYTHONPATH": str(copy), "OPTVIZ_CACHE_DIR": str(cache)},
        capture_output=True, text=True, timeout=120, check=True,
    ).stdout.split()  # fmt: skip


def test_a_changed_shared_function_recompiles_the_kernels_of_other_files(tmp_path) -> None:
    package = Path(optviz.__file__).parent
    copy = tmp_path / "copy" / "optviz"
    shutil.copytree(package, copy, ignore=shutil.ignore_patterns("__pycache__", "gui", "render"))
    helper = copy / "kernels" / "trial_helper.py"
    text = """
from optviz.kernels.compile import inlined

@inlined("contract")
def shared(x):
    return 2.0 / x
"""
    helper.write_text(text)
    (copy / "kernels" / "trial.py").write_text("""
from optviz.kernels.compile import kernel
from optviz.kernels.trial_helper import shared

@kernel("value", fastmath=("contract", "reassoc"))
def trial(x, y, coefficients, data, loss):
    for i in range(x.shape[0]):
        loss[i] = shared(x[i])
""")
    cache = tmp_path / "cache"
    # A shared function divides as NumPy does, without raising.
    assert run_copy(copy.parent, cache) == ["inf", "False", "0"]
    assert run_copy(copy.parent, cache) == ["inf", "True", "1"]
    helper.write_text(text.replace("2.0", "0.0"))
    assert run_copy(copy.parent, cache) == ["nan", "False", "0"]
    helper.write_text(text.replace("2.0 / x", "17.0"))
    assert run_copy(copy.parent, cache) == ["17.0", "False", "0"]
    assert run_copy(copy.parent, cache) == ["17.0", "True", "1"]


def test_cache_folders_of_earlier_states_go_in_the_end(tmp_path) -> None:
    kernels = tmp_path / "kernels"
    now, day = time.time(), 86400
    for name, age in [("hour", day / 24), ("week", 7 * day), ("month", 30 * day), ("year", 365 * day)]:
        (kernels / name / "within").mkdir(parents=True)
        (kernels / name / "within" / "kept.nbc").write_bytes(b"code")
        os.utime(kernels / name, (now - age, now - age))
    (kernels / "file").write_text("not a folder of ours")
    call_once(tmp_path)
    left = {entry.name for entry in kernels.iterdir()}
    assert {"file", "hour", "week"} < left
    assert not {"month", "year"} & left
    assert len(left) == 4


def test_declaring_kernels_imports_no_numba() -> None:
    code = "import sys, optviz, optviz.kernels.chain, optviz.kernels.neuron; sys.exit('numba' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
