"""What the tests of lecture kits make kits of."""

from __future__ import annotations

from typing import Any

from optviz.experiment import Experiment

HOSTILE = r'</script><img src=x onerror=alert(1)> & \input{/etc/passwd} $x$ 100 % "quoted" λ 中'
SIZE = (320, 180)
STEPS = 12
LESSON = r"""
title = "Rates </script><img src=x onerror=alert(1)>"
summary = "A *short* one with $\\eta$ & <b>."
[[steps]]
title = "Too small"
text = "It **crawls**: $x_{k+1} = x_k - \\eta \\nabla L$ <i>.\n\n- one\n- two"
[steps.experiment]
surface = "sphere"
steps = 8
[[steps.experiment.entrants]]
optimizer = "gd"
learning_rate = 0.01
[[steps]]
title = "How large?"
play = true
[steps.change.entrants.0]
learning_rate = 0.4
[steps.ask]
kind = "choice"
question = "Where does it end, $a < \\text{<img src=x>}$?"
options = ["At the <bottom>", "At the top"]
answer = "At the <bottom>"
explanation = "Because $\\eta$ is **small**."
[[steps]]
title = "Turn it up"
[[steps.moves]]
knob = "entrants.0.learning_rate"
from = 0.1
to = 0.9
seconds = 0.2
[[steps]]
title = "One update"
step_by_step = { entrant = 0, frame = 3 }
speed = 4.0
[steps.change.entrants.0]
optimizer = "momentum"
learning_rate = 0.1
[steps.change.view]
arrows = ["gradient"]
"""


def race(**changes: Any) -> Experiment:
    known: dict[str, Any] = {
        "title": HOSTILE,
        "surface": "rosenbrock",
        "steps": STEPS,
        "start": [-1.5, 2.0],
        "entrants": [
            {"optimizer": "adam", "learning_rate": 0.2, "beta2": 0.9999999, "label": "=1+1"},
            {"optimizer": "gd", "learning_rate": 1e9, "label": HOSTILE[:60]},
            {"optimizer": "momentum", "learning_rate": 0.0005,
             "schedule": {"name": "exponential", "gamma": 0.97}},
        ],
    }  # fmt: skip
    return Experiment(**{**known, **changes})
