"""What every test stands on: no screen, and a kernel cache of the checkout's own."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

# Before anything imports Qt or Numba.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OPTVIZ_CACHE_DIR", str(Path(__file__).parent.parent / ".pytest_cache" / "optviz"))

# Behind a shell, or with nohup, signals are ignored, and so they would be by every process a test starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if hasattr(signal, "SIGHUP") and signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

sys.path.insert(0, str(Path(__file__).parent))  # for what several test modules share
