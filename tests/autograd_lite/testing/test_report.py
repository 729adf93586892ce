"""The report: table, heat map, pickling."""

from __future__ import annotations

import pickle
import xml.etree.ElementTree as ET

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.testing.heatmap import SHADES

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


def panels(report, tmp_path):
    report.save(tmp_path / "err.svg")
    return ET.parse(tmp_path / "err.svg").getroot().findall(f"{SVG}g")[:-1]


def cells(panel):
    return [r.get("class") for r in panel.iter(f"{SVG}rect") if r.get("class") != "mark"]


def test_heat_map_has_a_cell_for_each_entry(tmp_path):
    (panel,) = panels(wrong_report(), tmp_path)
    found = cells(panel)
    assert len(found) == 12
    wrong = [i for i, shade in enumerate(found) if "wrong" in SHADES[int(shade[1:])].meaning]
    assert wrong == [2 * 3 + 1]
    assert "WRONG at [2, 1]" in "".join(panel.itertext())


def test_heat_map_of_a_large_input_shows_the_worst_of_each_block(tmp_path):
    (panel,) = panels(wrong_report(shape=(100, 640), entry=(99, 639)), tmp_path)
    found = cells(panel)
    assert len(found) == 34 * 64
    assert "a cell is 3 × 10 entries" in "".join(panel.itertext())
    assert "wrong" in SHADES[int(found[-1][1:])].meaning


def test_heat_map_shows_kinks(tmp_path):
    (panel,) = panels(ag.check_gradients(np.abs, np.array([1.0, 0.0]), order=1), tmp_path)
    assert [SHADES[int(shade[1:])].meaning for shade in cells(panel)][1] == "kink"


@pytest.mark.parametrize("shape", [(), (0, 3), (3, 0), (1,), (2, 0, 3)])
def test_heat_map_of_numbers_and_of_nothing(shape, tmp_path):
    report = ag.check_gradients(np.sin, np.full(shape, 0.5))
    assert len(panels(report, tmp_path)) == 2


def test_names_are_data(tmp_path):
    report = wrong_report(name="</text><script>alert(1)</script>\x00\ud800&\u2028")
    (panel,) = panels(report, tmp_path)
    assert "</text><script>" in "".join(panel.itertext())
    assert not list(panel.iter(f"{SVG}script"))


def test_saved_as_text(tmp_path):
    report = wrong_report()
    report.save(str(tmp_path / "err.txt"))
    assert (tmp_path / "err.txt").read_text() == f"{report}\n"
    with pytest.raises(ValueError, match=r"Known: \.svg, \.txt"):
        report.save(tmp_path / "err.pdf")


def test_error_names_the_wrong_one_and_is_pickled():
    error = ag.GradientError(wrong_report())
    assert str(error).startswith("the gradient differs from the finite difference of w at [2, 1]\n")
    copy = pickle.loads(pickle.dumps(error))
    assert str(copy) == str(error)
    assert copy.report.comparisons == error.report.comparisons
