import numpy as np
import pytest

from benchmarks.workloads import (
    BINARY_CROSSENTROPY,
    STEP,
    WORKLOADS,
    Chain,
    Deep,
    Epoch,
    Workload,
)

SMALL = [name for name in WORKLOADS if name not in ("wide", "fit_mnist", "fit_mnist2")]


@pytest.mark.parametrize("name", SMALL)
def test_data_has_the_workloads_shapes_and_dtypes(name):
    workload = WORKLOADS[name]
    x, y = workload.data()
    binary = workload.loss == BINARY_CROSSENTROPY
    assert (x.shape, x.dtype) == ((workload.rows, workload.sizes[0]), np.float32)
    assert (y.shape, y.dtype) == (
        ((workload.rows, 1), np.float32) if binary else ((workload.rows,), np.int64)
    )
    assert 0 <= y.min() <= y.max() < (2 if binary else workload.sizes[-1])


@pytest.mark.parametrize("batch", [1, 2, 3])
@pytest.mark.parametrize("loss", [BINARY_CROSSENTROPY, Workload("", (1, 2), 1).loss])
def test_odd_batches(batch, loss):
    x, y = Workload("odd", (4, 3), batch, loss).data()
    assert len(x) == len(y) == batch


def test_each_row_comes_with_two_labels():
    x, y = WORKLOADS["digits"].data()
    assert np.array_equal(x[:16], x[16:])
    assert np.all(y[:16] != y[16:])


def test_views_share_the_flat_buffer():
    workload = WORKLOADS["tiny"]
    flat = workload.flat_parameters()
    views = [array for pair in workload.views(flat) for array in pair]
    assert flat.size == workload.parameter_count == 2 * 16 + 16 + 16 * 16 + 16 + 16 + 1
    assert all(np.array_equal(a, b) for a, b in zip(views, workload.start, strict=True))
    flat[:] = 7
    assert all(np.all(view == 7) for view in views)


def test_contenders_are_compared_on_unshuffled_epochs_and_timed_on_shuffled_ones():
    epoch = Epoch("epoch", (4, 3), 8)
    assert epoch.shuffle
    assert not epoch.checked.shuffle
    assert WORKLOADS["tiny"].checked is WORKLOADS["tiny"]


def test_a_deep_network_carries_its_signal():
    workload = Deep("deep", (4, *[4] * 1000, 2), 6)
    x, _ = workload.data()
    h = x
    for kernel, bias in workload.initial_parameters():
        h = np.maximum(h @ kernel + bias, 0)
    assert np.array_equal(h, np.maximum(x, 0)[:, :2])


def test_a_chains_gradient_is_near_e():
    assert Chain("chain", 100_000).factor ** 100_000 == pytest.approx(np.e, rel=1e-4)


def test_names_are_the_keys():
    assert all(workload.name == name for name, workload in WORKLOADS.items())
    assert sum(workload.task == STEP for workload in WORKLOADS.values()) == 7
