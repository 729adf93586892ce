"""The report: table, heat map, pickling."""

from __future__ import annotations

import math
import pickle
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import autograd_lite as ag

SVG = "{http://www.w3.org/2000/svg}"


def wrong_report(name="w", shape=(4, 3), entry=(2, 1)):
    factors = np.ones(shape)
    factors[entry] = 2

    @ag.primitive
    def cube(x):
        return x**3

    ag.gradient(cube, lambda g, y, x: g * 3 * x**2 * factors)
    with pytest.raises(ag.GradientError) as error:
        ag.check_gradients(cube, ag.Tensor(np.ones(shape), True, name=name), order=1)
    return error.value.report


def cells(report, tmp_path):
    """The class of each cell, panel by panel, without the samples in the legend."""
    report.save(tmp_path / "err.svg")
    root = ET.parse(tmp_path / "err.svg").getroot()
    found = [r for r in root.iter(f"{SVG}rect") if "x" in r.attrib]
    return [r.get("class") for r in found], "".join(root.itertext())


FITS, WRONG, KINK = "bar bar0", "bar bar1", "bar bar3"


def test_heat_map_has_a_cell_for_each_entry(tmp_path):
    found, words = cells(wrong_report(), tmp_path)
    assert sorted(found) == [FITS] * 11 + [WRONG]
    assert "WRONG at [2, 1]" in words
    assert "worst entry" in words


def test_heat_map_of_a_large_input_shows_the_worst_of_each_block(tmp_path):
    found, words = cells(wrong_report(shape=(100, 640), entry=(99, 639)), tmp_path)
    assert sorted(found) == [FITS] * (34 * 64 - 1) + [WRONG]
    assert "a cell is 3 × 10 entries" in words


def test_heat_map_shows_kinks(tmp_path):
    report = ag.check_gradients(np.abs, np.array([1.0, 0.0]), order=1)
    assert cells(report, tmp_path)[0] == [FITS, KINK]


@pytest.mark.parametrize("shape", [(), (0, 3), (3, 0), (1,), (2, 0, 3)])
def test_heat_map_of_numbers_and_of_nothing(shape, tmp_path):
    found, words = cells(ag.check_gradients(np.sin, np.full(shape, 0.5)), tmp_path)
    assert found == [FITS] * 2 * math.prod(shape)
    assert f"input 0 {shape}, second derivative: ok" in words


def test_names_are_data(tmp_path):
    report = wrong_report(name="</text><script>alert(1)</script>\x00\ud800&\u2028")
    assert "</text><script>" in cells(report, tmp_path)[1]
    assert "<script" not in (tmp_path / "err.svg").read_text("utf-8")


def test_saved_as_text(tmp_path):
    report = wrong_report()
    report.save(str(tmp_path / "err.txt"))
    assert (tmp_path / "err.txt").read_text() == f"{report}\n"
    with pytest.raises(ValueError, match=r"Known: \.svg, \.txt, \.png"):
        report.save(tmp_path / "err.pdf")


def test_error_names_the_wrong_one_and_is_pickled():
    error = ag.GradientError(wrong_report())
    assert str(error).startswith("the gradient differs from the finite difference of w at [2, 1]\n")
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == str(error)
    assert copy.report.comparisons == error.report.comparisons
