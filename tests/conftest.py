"""What every test stands on: no screen, and a kernel cache of the checkout's own."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

# Before anything imports Qt or Numba.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OPTVIZ_CACHE_DIR", str(Path(__file__).parent.parent / ".pytest_cache" / "optviz"))

# Whoever runs the tests behind a shell has SIGINT ignored, and so would every process they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

sys.path.insert(0, str(Path(__file__).parent))  # for what several test modules share
