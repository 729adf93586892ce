"""The pytest plugin, in a pytest run of its own."""

from __future__ import annotations

import importlib.metadata
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[3]
PLUGIN = "_autograd_lite_pytest"
WRONG = """
import numpy as np
import autograd_lite as ag

@ag.primitive
def cube(x):
    return x**3

ag.gradient(cube, lambda g, y, x: g * 2 * x**2)
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """Runs pytest on a file of the given text."""
    monkeypatch.syspath_prepend(str(ROOT))
    installed = any(
        point.value == PLUGIN for point in importlib.metadata.entry_points(group="pytest11")
    )
    loaded = () if installed else ("-p", PLUGIN)

    def run(text, *options, ini=""):
        pytester.makepyfile(test_it=text)
        pytester.makeini(f"[pytest]\n{ini}")
        return pytester.runpytest_inprocess("-p", "no:cacheprovider", *loaded, *options)

    return run


def test_fixture(run):
    result = run("import numpy\ndef test(check_gradients): check_gradients(numpy.tanh, 0.5)")
    result.assert_outcomes(passed=1)


def test_failure_is_the_table_and_not_a_traceback(run):
    result = run(f"{WRONG}\ndef test(check_gradients):\n    check_gradients(cube, np.ones(2))")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "the gradient differs from the finite difference of input 0 at *",
            "WRONG  input 0  1      2/2 *",
            "test_it.py:11: GradientError",
        ]
    )
    result.stdout.no_fnmatch_line("*Error: *")
    result.stdout.no_fnmatch_line("*check_problem*")


def test_failure_of_the_function_itself_is_shown_likewise(run):
    result = run(f"{WRONG}\ndef test():\n    ag.check_gradients(cube, np.ones(2))")
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*check_problem*")


def test_full_trace_keeps_the_traceback(run):
    result = run(f"{WRONG}\ndef test():\n    ag.check_gradients(cube, 1.0)", "--full-trace")
    result.stdout.fnmatch_lines("*check_problem*")


def test_other_failures_are_left_alone(run):
    result = run("def test():\n    assert 1 == 2")
    result.stdout.fnmatch_lines(["*assert 1 == 2*"])


SHOWN = """
import numpy as np
def test(check_gradients):
    report = check_gradients(np.sin, np.linspace(0, 1, 50))
    print("got", [c.order for c in report.comparisons], report.rtol, report.atol,
          report.comparisons[0].quotients)
"""


def test_options(run):
    options = ["--gradient-order=1", "--gradient-rtol=0.5", "--gradient-atol=0.25", "-s"]
    result = run(SHOWN, *options, "--gradient-samples=10", "--gradient-seed=7")
    result.stdout.fnmatch_lines("*got [[]1] 0.5 0.25 10")


def test_ini_file_and_what_goes_before_it(run):
    ini = "gradient_order = 1\ngradient_atol = 1e-3"
    run(SHOWN, "-s", ini=ini).stdout.fnmatch_lines("*got [[]1] 1e-05 0.001 50")
    result = run(SHOWN, "-s", "--gradient-order=2", ini=ini)
    result.stdout.fnmatch_lines("*got [[]1, 2] 1e-05 0.001 50")
    text = SHOWN.replace("50))", "50), atol=0.5)")
    run(text, "-s", ini=ini).stdout.fnmatch_lines("*got [[]1] 1e-05 0.5 50")


def test_ini_file_with_a_word(run):
    result = run(SHOWN, ini="gradient_order = two")
    result.stdout.fnmatch_lines("*gradient_order in the ini file is a number, got 'two'*")


def test_a_run_without_gradients_waits_for_nothing():
    heavy = {"numpy", "hypothesis", "autograd_lite"}
    code = f"import {PLUGIN}, sys; print(sorted({heavy} & sys.modules.keys()))"
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert found.stdout.strip() == "[]"
