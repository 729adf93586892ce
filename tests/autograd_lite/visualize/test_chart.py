"""Charts: where values are drawn, and what has no place."""

import re
import struct
import xml.etree.ElementTree as ET
import zlib

import numpy as np
import pytest

from autograd_lite.extend import DARK, LIGHT
from autograd_lite.visualize.axis import Scale, ticks
from autograd_lite.visualize.charts import (
    Axis,
    Bars,
    Cells,
    Chart,
    Line,
    Panel,
    blended,
    diverging,
    grey,
    shade,
)
from autograd_lite.visualize.marks import DARKEST
from autograd_lite.visualize.raster import data_uri


def svg_of(*marks, x=Axis("x"), y=Axis("y"), **options):  # noqa: B008
    return Chart("title", [Panel("", marks, x, y, **options)], "words", {}).svg


def scale(low, high, log=False):
    return Scale(Axis(log=log), np.array([low, high], float), 0.0, 100.0)


def test_places_are_linear_or_those_of_the_logarithm():
    assert scale(0, 8)([0, 2, 8]) == pytest.approx([0, 25, 100])
    assert scale(0.01, 100, log=True)([0.01, 1, 100]) == pytest.approx([0, 50, 100])
    assert np.isnan(scale(1, 10, log=True)([-1.0, 0.0, np.nan, np.inf])).all()


@pytest.mark.parametrize(
    "values", [[], [3.0], [0.0, 0.0], [np.nan], [-np.inf, 1.0], [1e300, -1e300]]
)
@pytest.mark.parametrize("log", [False, True])
def test_a_range_of_nothing_has_room_and_ticks(values, log):
    found = Scale(Axis(log=log), np.array(values, float), 0.0, 100.0)
    with np.errstate(over="ignore"):
        assert found.low < found.high
        assert found.ticks()


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((0, 1), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        ((-3, 11), ["-2.5", "0.0", "2.5", "5.0", "7.5", "10.0"]),
        ((0, 2e7), ["0", "5e6", "1e7", "1.5e7", "2e7"]),
        ((0.00021, 0.00024), ["0.000210", "0.000215", "0.000220", "0.000225", "0.000230"]),
    ],
)
def test_ticks_are_round_numbers(ends, expected):
    found = [text for _, text in ticks(*ends)]
    assert found[: len(expected)] == expected
    assert all(ends[0] * (1 - 1e-9) - 1e-9 <= x <= ends[1] * (1 + 1e-9) for x, _ in ticks(*ends))


def test_ticks_of_counts_are_whole():
    assert [text for _, text in ticks(1, 4, whole=True)] == ["1", "2", "3", "4"]
    assert [text for _, text in ticks(0, 1, whole=True)] == ["0", "1"]


def test_ticks_within_a_decade():
    assert [text for _, text in ticks(0.15, 3, log=True)] == ["0.2", "0.5", "1", "2"]


def test_a_line_breaks_at_what_is_not_finite():
    svg = svg_of(Line([0, 1, 2, 3, 4, 5], [1, 2, np.nan, 4, np.inf, 3]))
    path = re.search(r'class="line line0"[^>]* d="([^"]+)"', svg)[1]
    assert path.count("M") == 3
    assert path.count("L") == 1
    assert svg.count('class="point point0"') == 2  # what stands alone is a point


def test_a_straight_run_is_one_step():
    x = np.arange(1000.0)
    svg = svg_of(Line(x, np.where(x < 500, 0.0, 1.0)))
    assert re.search(r'class="line line0"[^>]* d="([^"]+)"', svg)[1].count("L") == 3


def test_names_are_text():
    name = '<script>alert("&")</script>'
    svg = svg_of(Cells([[1.0]], [[name]]), x=Axis(names=(name,)), y=Axis(name))
    ET.fromstring(svg)
    assert "<script>" not in svg


def test_both_themes_are_in_it_and_two_charts_do_not_share_rules():
    one, other = svg_of(Bars([0, 1, 2], [1, 3])), svg_of(Bars([0, 1, 2], [3, 1]))
    first, second = (re.search('id="(ag[^"]+)"', svg)[1] for svg in (one, other))
    assert LIGHT.series[0] in one
    assert f"@media (prefers-color-scheme:dark){{#{first} " in one
    assert DARK.series[0] in one
    assert first != second


def luminance(colour):
    linear = np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(a, b):
    """WCAG 2.2's contrast ratio."""
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_what_is_written_and_drawn_is_seen(palette):
    paper = shade(palette.background)
    for text in (palette.text, palette.muted):
        assert contrast(shade(text), paper) >= 4.5
    for line in palette.series:
        assert contrast(shade(line), paper) >= 3
    darkest = (1 - DARKEST) * paper + DARKEST * shade(palette.looks["data"].line)
    assert contrast(shade(palette.text), darkest) >= 4.5


def test_images():
    x = np.array([[-2.0, 0.0], [2.0, np.nan]])
    colours = diverging(x)
    assert colours[0, 0] == pytest.approx(shade(LIGHT.heat[0]))
    assert colours[0, 1] == pytest.approx(shade(LIGHT.heat[4]))
    assert colours[1, 1].tolist() == [0, 0, 0]
    assert grey([[0.0, 5.0]])[0].tolist() == [[0, 0, 0], [1, 1, 1]]
    assert np.isfinite(grey(np.full((2, 2), np.nan))).all()
    assert blended(np.ones((1, 1, 3)), "#000000", [[0.25]]).ravel() == pytest.approx([0.75] * 3)


def test_an_embedded_image_is_the_array():
    import base64

    image = np.arange(24).reshape(2, 3, 4) * 10 / 255
    png = base64.b64decode(data_uri(image).partition(",")[2])
    assert struct.unpack(">IIBB", png[16:26]) == (3, 2, 8, 6)
    length = struct.unpack(">I", png[33:37])[0]
    rows = np.frombuffer(zlib.decompress(png[41 : 41 + length]), np.uint8).reshape(2, 13)
    assert rows[:, 0].tolist() == [0, 0]
    assert rows[:, 1:].ravel().tolist() == list(range(0, 240, 10))
