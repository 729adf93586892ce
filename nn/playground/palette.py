"""The colours of the page: those of the project's other pictures, as variables of CSS."""

from __future__ import annotations

from autograd_lite.extend import DARK, LIGHT, Palette

__all__ = ["palette_css"]

# Classes: the ends of the scale of heatmaps, then colours of Okabe and Ito's palette.
CLASSES = {
    "light": ("#0a5a94", "#b24d08", "#00795a", "#9a4f7f", "#6b5b00", "#3c4854"),
    "dark": ("#7cc7f5", "#ffae6b", "#2fc79a", "#e79ccb", "#e8dc5a", "#c3ccd5"),
}


def palette_css() -> str:
    """Both themes; the system says which one is used."""
    light, dark = _variables(LIGHT, "light"), _variables(DARK, "dark")
    return (
        f":root {{ color-scheme: light; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ color-scheme: dark; {dark} }} }}\n"
    )


def _variables(palette: Palette, theme: str) -> str:
    named = palette.variables()
    named |= {f"heat-{i}": colour for i, colour in enumerate(palette.heat)}
    named |= {f"class-{i}": colour for i, colour in enumerate(CLASSES[theme])}
    return " ".join(f"--{name}: {colour};" for name, colour in named.items())
