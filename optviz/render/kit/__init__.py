"""Everything a lecture needs of an experiment, a training or a lesson, in one folder."""

from __future__ import annotations

from optviz.render.kit.make import make_kit

__all__ = ["make_kit"]
