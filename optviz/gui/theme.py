"""Light and dark: our own palettes on the Fusion style, and a few lines of style sheet."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from optviz.render import style

CHOICES = ("system", "light", "dark")


@dataclass(frozen=True)
class Colors:
    """The colours of the window's own parts ("#rrggbb"); those of the picture are in `render.style`."""

    window: str
    base: str
    page: str
    text: str
    muted: str
    disabled: str
    hairline: str
    hover: str
    pressed: str
    groove: str
    accent: str
    on_accent: str
    error: str
    error_ground: str


LIGHT = Colors(
    window="#f6f7f8",
    base="#ffffff",
    page=style.LIGHT.page,
    text=style.LIGHT.ink,
    muted=style.LIGHT.muted,
    disabled="#858c95",
    hairline="#dfe2e6",
    hover="#e9ebee",
    pressed="#dcdfe4",
    groove="#c9cdd3",
    accent=style.LIGHT.accent,
    on_accent="#ffffff",
    error="#b3261e",
    error_ground="#fdeceb",
)
DARK = Colors(
    window="#1b1f24",
    base="#242930",
    page=style.DARK.page,
    text=style.DARK.ink,
    muted=style.DARK.muted,
    disabled="#757d88",
    hairline=style.DARK.hairline,
    hover="#2b3138",
    pressed="#363d46",
    groove="#4a525d",
    accent=style.DARK.accent,
    on_accent="#0b1420",
    error="#ff8a80",
    error_ground="#3a2322",
)
_COLORS = {"light": LIGHT, "dark": DARK}


class Notifier(QObject):
    """Tells that another theme is in force."""

    changed = Signal(str)


_notifier = Notifier()
theme_changed = _notifier.changed
_state = {"choice": "system", "name": "light"}


def colors() -> Colors:
    """Return the window's colours in force."""
    return _COLORS[_state["name"]]


def current_name() -> str:
    """Return "light" or "dark"."""
    return _state["name"]


def current_choice() -> str:
    """Return what was asked for: "system", "light" or "dark"."""
    return _state["choice"]


def current_theme() -> style.Theme:
    """Return the picture's theme that goes with the window's."""
    return style.theme(_state["name"])


def system_name() -> str:
    """Return what the desktop asks for; light where it does not say."""
    dark = QApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
    return "dark" if dark else "light"


def apply_theme(app: QApplication, choice: str) -> None:
    """Put a theme in force: "light", "dark" or what the system asks for."""
    name = system_name() if choice == "system" else choice
    _state["choice"] = choice
    if name == _state["name"] and app.property("optviz_theme") == name:
        return
    _state["name"] = name
    app.setProperty("optviz_theme", name)
    app.setPalette(palette(_COLORS[name]))
    app.setStyleSheet(style_sheet(_COLORS[name]))
    theme_changed.emit(name)


def palette(c: Colors) -> QPalette:
    """Return the Qt palette of a set of colours."""
    role = QPalette.ColorRole
    result = QPalette()
    table = {
        role.Window: c.window,
        role.WindowText: c.text,
        role.Base: c.base,
        role.AlternateBase: c.window,
        role.Text: c.text,
        role.PlaceholderText: c.muted,
        role.Button: c.base,
        role.ButtonText: c.text,
        role.BrightText: c.error,
        role.ToolTipBase: c.base,
        role.ToolTipText: c.text,
        role.Highlight: c.accent,
        role.HighlightedText: c.on_accent,
        role.Accent: c.accent,
        role.Link: c.accent,
        role.LinkVisited: c.accent,
        role.Light: c.base,
        role.Midlight: c.hover,
        role.Mid: c.groove,
        role.Dark: c.disabled,
        role.Shadow: c.hairline,
    }
    for which, color in table.items():
        result.setColor(which, QColor(color))
    for which in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, which, QColor(c.disabled))
    result.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(c.groove))
    return result


def style_sheet(c: Colors) -> str:
    """Return the style sheet of a set of colours: flat buttons, hairlines instead of boxes."""
    return f"""
QToolTip {{ color: {c.text}; background: {c.base}; border: 1px solid {c.groove}; padding: 4px; }}
QToolButton {{ border: 1px solid transparent; border-radius: 6px; padding: 4px; background: transparent; }}
QToolButton:hover {{ background: {c.hover}; }}
QToolButton:pressed, QToolButton:open {{ background: {c.pressed}; }}
QToolButton:focus {{ border-color: {c.accent}; }}
QToolButton::menu-indicator {{ image: none; width: 0; }}
QMenu {{ background: {c.base}; border: 1px solid {c.groove}; padding: 4px; }}
QMenu::item {{ padding: 5px 24px 5px 12px; border-radius: 4px; }}
QMenu::item:selected {{ background: {c.accent}; color: {c.on_accent}; }}
QMenu::item:disabled {{ color: {c.disabled}; background: transparent; }}
QMenu::separator {{ height: 1px; background: {c.hairline}; margin: 4px 8px; }}
QMenu::indicator {{ width: 14px; height: 14px; margin-left: 6px; }}
QSlider {{ outline: none; border: 1px solid transparent; border-radius: 6px; }}
QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {c.groove}; }}
QSlider::sub-page:horizontal {{ border-radius: 2px; background: {c.accent}; }}
QSlider::handle:horizontal {{ width: 12px; height: 12px; margin: -5px 0; border-radius: 7px;
    background: {c.accent}; border: 1px solid {c.base}; }}
QSlider::handle:horizontal:hover {{ border-color: {c.text}; }}
#transport QSlider:focus {{ border-color: {c.accent}; }}
QSlider::handle:horizontal:focus {{ border: 2px solid {c.text}; }}
#transport QSlider::handle:horizontal:focus {{ border: 1px solid {c.base}; }}
QSlider::groove:horizontal:disabled, QSlider::sub-page:horizontal:disabled {{ background: {c.hairline}; }}
QSlider::handle:horizontal:disabled {{ background: {c.groove}; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: none; }}
QScrollBar:vertical {{ width: 10px; background: transparent; margin: 0; }}
QScrollBar::handle:vertical {{ min-height: 32px; border-radius: 3px; margin: 2px; background: {c.groove}; }}
QScrollBar::handle:vertical:hover {{ background: {c.disabled}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
#plots {{ background: {c.page}; }}
#tab {{ padding: 2px 6px; color: {c.muted}; }}
#tab:checked {{ background: {c.hover}; color: {c.text}; }}
#tab:disabled {{ color: {c.disabled}; background: transparent; }}
#pages {{ background: transparent; border: none; outline: none; }}
#pages::tab {{ padding: 11px 10px 9px 10px; margin: 0; border: none; border-bottom: 2px solid transparent;
    background: transparent; color: {c.muted}; font-size: 14px; }}
#pages::tab:hover {{ color: {c.text}; }}
#pages::tab:selected {{ color: {c.text}; border-bottom-color: {c.accent}; }}
#pages:focus::tab:selected {{ color: {c.accent}; }}
#topbar {{ border-bottom: 1px solid {c.hairline}; }}
#transport {{ border-top: 1px solid {c.hairline}; }}
#title {{ font-size: 14px; }}
#muted {{ color: {c.muted}; }}
#banner {{ background: {c.error_ground}; border: 1px solid {c.error}; border-radius: 6px; }}
#banner[note="true"] {{ background: {c.base}; border: 1px solid {c.groove}; }}
#banner QLabel {{ color: {c.text}; }}
#remedy {{ border: 1px solid {c.groove}; background: {c.base}; }}
#remedy:hover {{ background: {c.hover}; }}
#status {{ border: 1px solid transparent; border-radius: 6px; padding: 2px 3px; }}
#status:focus {{ border-color: {c.accent}; }}
#status[error="true"] {{ color: {c.error}; }}
"""
