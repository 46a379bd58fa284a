"""Colours that survive colour blindness, dashes and marks: no two lines differ by colour alone."""

from __future__ import annotations

BLUE, VERMILLION, GREEN = "#0072B2", "#D55E00", "#009E73"
ORANGE, PURPLE, SKY = "#E69F00", "#CC79A7", "#56B4E9"
PALETTE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
"""Okabe and Ito (2008)."""
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MARKERS = ("circle", "diamond", "square", "triangle-up", "x", "cross")
GREY = "#7a828c"
DIVERGING = (
    (0.0, "#b2182b"),
    (0.25, "#ef8a62"),
    (0.5, "#f0f0f0"),
    (0.75, "#67a9cf"),
    (1.0, "#2166ac"),
)
GROUNDS: dict[str, dict[str, str]] = {
    "light": {"ink": "#333a41", "paper": "#ffffff"},
    "dark": {"ink": "#e7eaed", "paper": "#1b2126"},
}
"""Colours of text and ground by theme; a page sets those of its reader."""


def translucent(colour: str, alpha: float) -> str:
    """Return a hex colour as rgba."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"
