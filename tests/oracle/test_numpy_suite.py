"""NumPy's own tests on Tensors: the harness finds what it is there to find, and a sample passes."""

from __future__ import annotations

import subprocess
import sys
import types
from pathlib import Path

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.table import TABLE
from oracle.kinds import Explanations, Kinds, report
from oracle.numpy_suite.__main__ import EXPLAINED
from oracle.numpy_suite.circumstances import named
from oracle.numpy_suite.rewrite import load
from oracle.numpy_suite.slopes import only_at_ties, slopes_differ
from oracle.numpy_suite.watcher import Watcher

ROOT = Path(__file__).parents[2]
HEADER = "import numpy as np\nx = np.array([[0.5, 1.0], [-2.0, 3.0]])\n"


def watched(source, monkeypatch):
    """What a module gives, and the kinds of differences that its watcher found."""
    watcher = Watcher()
    module = types.ModuleType("rewritten_for_a_test")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    load(module, HEADER + source, "rewritten_for_a_test.py", watcher)
    return module, watcher


@pytest.mark.parametrize(
    ("expression", "checks"),
    [
        ("np.tanh(x)", 2),  # the value and the derivative
        ("x.sum(axis=0)", 2),
        ("x[1:, ::-1]", 2),
        ("x @ x - 2 * x", 6),
        ("x.T", 2),
        ("x.shape", 1),
        ("np.add.reduce(x)", 2),
        ("np.concatenate([x, x], axis=1)", 2),
        ("(lambda f: f(x))(np.cumsum)", 2),
        ("len(x)", 1),
        ("x > 0", 1),
        ("str(x)", 0),
        ("np.float64(3).dtype", 0),
    ],
)
def test_calls_operators_indices_and_methods_are_compared(expression, checks, monkeypatch):
    plain = {}
    exec(f"{HEADER}y = {expression}", plain)
    module, watcher = watched(f"y = {expression}", monkeypatch)
    np.testing.assert_array_equal(module.y, plain["y"])
    assert watcher.kinds.passed == checks
    assert not watcher.kinds.counts


def test_classes_closures_and_decorators_survive(monkeypatch):
    source = """
import functools
class A:
    size = len("abc")
    def f(self): return 1
class B(A):
    @functools.lru_cache
    def f(self): return super().f() + sum(i for i in range(self.size))
y = B().f()
x[0] += 1
x[1, :] = -x[1, ::-1]
"""
    module, _ = watched(source, monkeypatch)
    assert module.y == 4
    np.testing.assert_array_equal(module.x, [[1.5, 2.0], [-3.0, 2.0]])


def test_errors_are_compared_by_their_type(monkeypatch):
    source = """
def caught(f, *args):
    try:
        f(*args)
    except Exception as error:
        return type(error)
y = caught(np.reshape, x, 3), caught(lambda: x[5]), caught(lambda: x + np.ones(7))
"""
    module, watcher = watched(source, monkeypatch)
    assert module.y == (ValueError, IndexError, ValueError)
    assert watcher.kinds.passed >= 3
    assert not watcher.kinds.counts


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"evaluate": lambda x: np.tan(x) + 1e-9}, "value"),
        ({"evaluate": lambda x: np.tan(x).astype(np.float32)}, "dtype float32, NumPy's float64"),
        ({"evaluate": lambda x: np.tan(x)[None]}, "shape has 3 axes, NumPy's 2"),
        ({"rules": (lambda g, y, x: g * (1.001 + y * y),)}, "derivative"),
        ({"rules": (None,), "differentiable": False}, "derivative"),
    ],
)
def test_finds_a_wrong_operation(wrong, reason, monkeypatch):
    for name, value in wrong.items():
        monkeypatch.setattr(TABLE[np.tan], name, value)
    _, watcher = watched("y = np.tan(x)", monkeypatch)
    assert list(watcher.kinds.counts) == [("tan", reason)]


def test_kinks_and_jumps_are_no_differences(monkeypatch):
    source = "z = x - x\ny = abs(z), np.floor(z), np.maximum(z, 0), np.sort(z), np.sign(z), z > 0"
    _, watcher = watched(source, monkeypatch)
    assert not watcher.kinds.counts
    assert watcher.kinds.passed


TIED = "rows = np.array([[1.0, 3.0, 1.0, 3.0, 2.0], [2.0, 2.0, 2.0, 2.0, 5.0]])\n"


@pytest.mark.parametrize(
    "expression",
    [
        "np.sort(rows)",
        "np.median(rows, axis=1)",
        "np.percentile(rows, [30, 50, 80], axis=1)",
        "np.pad(rows, 3, mode='median')",
        "np.pad(rows, 2, mode='maximum', stat_length=3)",
        "np.maximum.accumulate(rows, axis=1)",
        "np.max(rows, axis=0)",
    ],
)
def test_ties_are_no_differences(expression, monkeypatch):
    """Along some directions a function is smooth at a tie, and no derivative gives its slopes."""
    for _ in range(3):
        _, watcher = watched(f"{TIED}y = {expression}", monkeypatch)
        assert not watcher.kinds.counts
        assert watcher.kinds.passed


@pytest.mark.parametrize("function", [np.sort, np.max, np.partition])
def test_a_wrong_derivative_is_found_beside_ties(function, monkeypatch):
    """Where some results are smooth they are judged; where none is, a point nearby."""
    wrong = lambda g, y, x, *args, **given: np.broadcast_to(np.sum(g), x.shape) * 1.01  # noqa: E731
    monkeypatch.setattr(TABLE[function], "rules", (wrong,))
    arguments = "rows, 2" if function is np.partition else "rows"
    _, watcher = watched(f"{TIED}y = np.{function.__name__}({arguments})", monkeypatch)
    assert list(watcher.kinds.counts) == [(function.__name__, "derivative")]


def test_equal_elements_that_exchanged_places_are_told_apart():
    def taken(values):
        """The first element where the two are equal, else always the second."""
        (x,) = values
        data = x.data if isinstance(x, ag.Tensor) else x
        return x[0:1] if data[0] == data[1] else x[1:2]

    random = np.random.default_rng(0)
    tied, apart = [np.array([1.0, 1.0])], [np.array([1.0, 2.0])]
    assert slopes_differ(taken, tied, random)
    assert only_at_ties(taken, tied, random)
    assert not slopes_differ(taken, apart, random)
    assert not only_at_ties(taken, apart, random)


@pytest.mark.parametrize(
    ("name", "args", "kwargs", "kind"),
    [
        ("pad", (np.ones(2), 1, "empty"), {}, "pad(mode='empty')"),
        ("pad", (np.ones(2), 1), {"mode": "edge"}, "pad"),
        ("add", (1, 2), {"where": np.array([True])}, "add(where=)"),
        ("add", (1, 2), {}, "add"),
        ("reshape", (np.ones(2), 2), {"copy": False}, "reshape(copy=False)"),
        ("linalg.cond", (np.ones((2, 2)),), {}, "linalg.cond(singular)"),
        ("linalg.cond", (np.eye(2),), {}, "linalg.cond"),
        ("linalg.lstsq", (np.eye(2), np.ones(2)), {}, "linalg.lstsq"),
        ("linalg.lstsq", (np.eye(3)[:, :2], np.eye(3)[0]), {}, "linalg.lstsq(solved exactly)"),
        ("linalg.lstsq", (np.eye(3)[:, :2], np.ones(3)), {}, "linalg.lstsq"),
        ("x.astype", (np.array([-1.0]), np.uint8), {}, "x.astype(beyond the dtype)"),
        ("x.astype", (np.array([255.9]), np.uint8), {}, "x.astype"),
        ("operator eq", (np.ones(2), "auto"), {}, "operator eq(text)"),
    ],
)
def test_explanations_hold_for_the_circumstance_only(name, args, kwargs, kind):
    assert named(name, args, kwargs) == kind


def test_what_is_left_out_is_counted_by_reason(tmp_path):
    kinds = Kinds()
    for function in ("a", "b", "b"):
        kinds.leave_out("no samples", function)
    kinds.save(tmp_path / "a.json")
    empty = tmp_path / "explained.toml"
    empty.touch()
    text, _ = report(Kinds.read(tmp_path / "a.json"), Explanations(empty))
    assert "3  left out: no samples" in text
    assert "3 were left out" in text


def test_an_explanation_of_nothing_is_named(tmp_path):
    table = tmp_path / "explained.toml"
    table.write_text('[[difference]]\nfunctions = ["a", "b*"]\nreasons = ["*"]\nbecause = "so"\n')
    explanations = Explanations(table)
    assert explanations.of("a", "value") == "so"
    assert explanations.unused() == ["b* (so)"]


def test_a_kind_without_explanation_fails_the_campaign(tmp_path):
    table = tmp_path / "explained.toml"
    table.write_text(
        '[[difference]]\nfunctions = ["a*"]\nreasons = ["value*"]\nbecause = "it is so"\n'
    )
    kinds = Kinds()
    kinds.add("abs", "value", "here")
    text, unexplained = report(kinds, Explanations(table))
    assert unexplained == 0
    assert "it is so" in text
    kinds.add("abs", "dtype", "there")
    text, unexplained = report(kinds, Explanations(table))
    assert unexplained == 1
    assert "abs: dtype" in text
    assert "there" in text


def test_findings_survive_a_file(tmp_path):
    kinds = Kinds()
    kinds.passed = 7
    for i in range(5):
        kinds.add("abs", "value", f"example {i}")
    kinds.save(tmp_path / "a.json", tests=3)
    copy = Kinds.read(tmp_path / "a.json")
    assert (copy.passed, copy.counts, copy.examples) == (7, kinds.counts, kinds.examples)


@pytest.mark.parametrize("table", [EXPLAINED, EXPLAINED.parents[1] / "opinfo" / "explained.toml"])
def test_every_explanation_is_in_the_documentation(table):
    page = " ".join((ROOT / "docs" / "reliability" / "suites.md").read_text().split())
    for *_, because in Explanations(table).entries:
        assert because in page


@pytest.mark.parametrize("module", ["lib.test_ufunclike", "lib.test_twodim_base"])
def test_a_sample_of_numpys_tests(module, tmp_path):
    command = [sys.executable, "-m", "oracle.numpy_suite", module, "--folder", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
