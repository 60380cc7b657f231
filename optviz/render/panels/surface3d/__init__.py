"""The surface in three dimensions."""

from optviz.render.panels.surface3d.panel import Surface3DPanel

__all__ = ["Surface3DPanel"]
