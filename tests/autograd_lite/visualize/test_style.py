"""Colours that can be told apart and text that can be read."""

import itertools

import pytest

from autograd_lite.visualize.style import DARK, LIGHT

# Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision
# deficiency", 2009: severity 1.0, on linear RGB.
DEFICIENCIES = {
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def linear(colour):
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]


def luminance(colour):
    return sum(w * x for w, x in zip((0.2126, 0.7152, 0.0722), linear(colour), strict=True))


def contrast(a, b):
    """WCAG 2.1's contrast ratio."""
    dark, light = sorted((luminance(a), luminance(b)))
    return (light + 0.05) / (dark + 0.05)


def seen(colour, deficiency):
    """The CIELAB coordinates of a colour as a reader sees it."""
    rgb = linear(colour)
    rgb = [
        min(max(sum(m * x for m, x in zip(row, rgb, strict=True)), 0), 1)
        for row in DEFICIENCIES[deficiency]
    ]
    to_xyz = (
        (0.4124564, 0.3575761, 0.1804375),
        (0.2126729, 0.7151522, 0.0721750),
        (0.0193339, 0.1191920, 0.9503041),
    )
    white = (0.95047, 1.0, 1.08883)
    x, y, z = (
        sum(m * c for m, c in zip(row, rgb, strict=True)) / w
        for row, w in zip(to_xyz, white, strict=True)
    )
    fx, fy, fz = (t ** (1 / 3) if t > 216 / 24389 else (841 / 108) * t + 4 / 29 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def distance(a, b, deficiency):
    pairs = zip(seen(a, deficiency), seen(b, deficiency), strict=True)
    return sum((p - q) ** 2 for p, q in pairs) ** 0.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_text_has_contrast(palette):
    cards = [look.fill for look in palette.looks.values()]
    for ground in (palette.background, *palette.frames, *cards):
        assert contrast(palette.text, ground) >= 7
        assert contrast(palette.muted, ground) >= 4.5
    for card in cards:
        assert contrast(palette.gradient, card) >= 4.5
    for shade in palette.heat[2:7]:  # numbers stand on these
        assert contrast(palette.text, shade) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_lines_have_contrast(palette):
    assert contrast(palette.line, palette.background) >= 4.5
    for look in palette.looks.values():
        assert contrast(look.line, look.fill) >= 3
        assert contrast(look.line, palette.frames[-1]) >= 2.5


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_shades_are_told_apart_by_every_reader(palette, deficiency):
    for a, b in itertools.combinations(palette.heat, 2):
        assert distance(a, b, deficiency) >= 5, (a, b)
    for i in range(4):  # the sign most of all
        assert distance(palette.heat[i], palette.heat[8 - i], deficiency) >= 11
