"""The colours of the page: those of the project's other pictures, as variables of CSS."""

from __future__ import annotations

from autograd_lite.extend import DARK, LIGHT, Palette


def palette_css() -> str:
    """Both themes; the system says which one is used."""
    light, dark = _variables(LIGHT), _variables(DARK)
    return (
        f":root {{ color-scheme: light; {light} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ color-scheme: dark; {dark} }} }}\n"
    )


def _variables(palette: Palette) -> str:
    named = palette.variables()
    named |= {f"heat-{i}": colour for i, colour in enumerate(palette.heat)}
    named |= {f"class-{i}": colour for i, colour in enumerate(palette.series)}
    return " ".join(f"--{name}: {colour};" for name, colour in named.items())
