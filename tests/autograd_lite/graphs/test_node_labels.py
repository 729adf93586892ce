import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.graphs.labels import literal, number_text, operation_label, printable, readable


@pytest.fixture
def x():
    return ag.Tensor(np.ones((4, 6)), requires_grad=True)


@pytest.mark.parametrize(
    ("operation", "label"),
    [
        (lambda x: x * 2, "multiply(·, 2)"),
        (lambda x: 1 - x, "subtract(1, ·)"),
        (lambda x: x / 0.001, "divide(·, 0.001)"),
        (lambda x: x + np.float32(0.1), "add(·, 0.1)"),
        (lambda x: x * np.array(3.0), "multiply(·, 3.0)"),
        (lambda x: x * x, "multiply"),
        (lambda x: x @ np.ones((6, 2)), "matmul"),
        (lambda x: np.sum(x), "sum"),
        (lambda x: x.sum(axis=0, keepdims=True), "sum(axis=0, keepdims=True)"),
        (lambda x: x.sum(axis=(0, 1)), "sum(axis=(0, 1))"),
        (lambda x: x.reshape(3, -1), "reshape(shape=(3, -1))"),
        (lambda x: x.astype(np.float32), "astype(dtype=float32)"),
        (lambda x: x[:, 0], "getitem[:, 0]"),
        (lambda x: x[1:3, ::2], "getitem[1:3, ::2]"),
        (lambda x: x[..., None], "getitem[..., None]"),
        (lambda x: x[np.array([0, 2])], "getitem[array]"),
        (lambda x: np.where(x > 0, x, 0.5), "where(·, ·, 0.5)"),
        (lambda x: np.einsum("ij,ik->jk", x, x), "einsum(subscripts='ij,ik->jk')"),
    ],
)
def test_a_label_reads_as_the_call_was_written(x, operation, label):
    assert operation_label(operation(x)) == label


def test_one_of_several_results(x):
    values, vectors = np.linalg.eigh(x.T @ x)
    assert operation_label(values) == "result 0 of linalg.eigh"
    assert operation_label(vectors) == "result 1 of linalg.eigh"


def test_keywords_that_nobody_would_write_are_left_out(x):
    assert operation_label(ag.checkpoint(np.sin)(x)) == "recompute"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (True, "True"),
        (np.float64(0.5), "0.5"),
        (1 / 3, "0.3333"),
        (10**12, "1000000000000"),
        ("same", "'same'"),
        (slice(None), ":"),
        (slice(1, None, -1), "1::-1"),
        (np.dtype("f4"), "float32"),
        (np.int64, "int64"),
        ((3,), "(3,)"),
        ([1, 2], "[1, 2]"),
        (tuple(range(100)), "(0, 1, 2, 3, 4, 5, ...)"),
        (((1, 2), (3, (4, 5))), "((1, 2), (3, (...)))"),
        (np.zeros((2, 3)), "array (2, 3)"),
        (np.sin, "sin"),
        (object(), "object"),
    ],
)
def test_readable(value, text):
    assert readable(value) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("a\nb\t\x00\x1b[31m", r"a\nb\t\x00\x1b[31m"),
        ("\u202ereversed", r"\u202ereversed"),  # right-to-left override
        ("\ud800", r"\ud800"),  # half a surrogate pair, which no file can hold
        ("é中文😀", "é中文😀"),
        ("<b>&\"'\\", "<b>&\"'\\"),  # markup is escaped where it is written
        ("", ""),
    ],
)
def test_printable(text, shown):
    assert printable(text, 48) == shown


@pytest.mark.parametrize("text", ["x" * 10_000, "\n" * 10_000, "x" * 48 + "\n"])
def test_printable_text_has_a_limit(text):
    shown = printable(text, 48)
    assert len(shown) == 48
    assert "…" in shown
    assert shown.isprintable()


def test_the_ends_of_a_long_name_are_kept():
    assert printable("sequential/block_17/attention/dense_3/kernel", 21) == "sequential…e_3/kernel"


def test_numbers():
    assert [number_text(x) for x in (0.1 + 0.2, -0.0, 1e-300, np.nan, -np.inf, 7, True)] == [
        *("0.3", "0", "1e-300", "nan", "-inf", "7", "True")
    ]
    assert [literal(x) for x in (2, 2.0, 1e-7, np.pi, np.float32(1e-3), np.int8(3), np.inf)] == [
        *("2", "2.0", "1e-07", "3.142", "0.001", "3", "inf")
    ]
