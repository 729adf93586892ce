"""The contenders that need no peer's package, in this process; peers are checked when they run."""

import numpy as np
import pytest

from benchmarks import peers
from benchmarks.agreement import disagreements
from benchmarks.contender import Contender, Server, warmed_up
from benchmarks.workloads import CHAIN, EPOCH, PREDICTION, STEP, WORKLOADS, Chain, Epoch

TASKS = (STEP, EPOCH, PREDICTION, CHAIN)


@pytest.mark.parametrize("name", ["tiny", "digits", "logistic", "mlp20", "predict_1"])
@pytest.mark.parametrize("contender", ["ours", "ours_compiled_numpy"])
def test_ours_computes_what_is_written_by_hand(contender, name):
    workload = WORKLOADS[name]
    mine, reference = (Server(c, workload).outcome() for c in (contender, "numpy_by_hand"))
    assert list(disagreements(mine, reference, workload.start)) == []


def test_compiled_epochs_compute_what_eager_ones_do():
    workload = Epoch("epoch", (6, 5, 3), 8, batches=4)
    mine, reference = (Server(c, workload).outcome() for c in ("ours_compiled_numpy", "ours"))
    assert list(disagreements(mine, reference, workload.start)) == []


def test_the_gradient_of_a_chain():
    chain = Chain("chain", 50)
    assert Server("ours", chain).outcome().values == [pytest.approx((1 + 1 / 50) ** 50)]


def test_a_library_without_the_task_takes_no_part():
    with pytest.raises(peers.NoSuchTaskError, match="has no epoch"):
        Server("numpy_by_hand", Epoch("epoch", (2, 1), 2))


def test_a_contender_answers_from_its_own_process():
    with Contender("numpy_by_hand") as contender:
        assert contender.begin(WORKLOADS["digits"])[0] == "NumPy by hand"
        contender.begin(WORKLOADS["tiny"])
        outcome = contender.outcome()
        expected = Server("numpy_by_hand", WORKLOADS["tiny"]).outcome()
        # Another process may run other BLAS kernels, so the last digits of float32 may differ.
        assert outcome.values == pytest.approx(expected.values, rel=1e-5)
        contender.process.kill()
        with pytest.raises(peers.SkippedError, match="process died"):
            contender.outcome()
        contender.process.join()
        contender.begin(WORKLOADS["tiny"])  # in another process
        assert contender.outcome().values == outcome.values
    assert not contender.process.is_alive()


def test_a_contender_that_cannot_begin_says_why():
    with (
        Contender("limit") as contender,
        pytest.raises(peers.NoSuchTaskError, match="has no epoch"),
    ):
        contender.begin(Epoch("epoch", (2, 1), 2))


def test_patience_ends():
    with (
        Contender("limit", patience=0) as contender,
        pytest.raises(peers.SkippedError, match="no answer within 0 s"),
    ):
        contender.begin(WORKLOADS["tiny"])


def test_a_missing_package_is_named_with_its_command():
    with pytest.raises(peers.SkippedError, match="pip install nowhere"):
        peers.require("nowhere_to_be_found", "pip install nowhere")


def test_the_limit_does_less_than_a_step_and_keeps_its_numbers():
    server = Server("limit", WORKLOADS["tiny"])
    before = server.subject.flat.copy()
    server.seconds_per_step(0.001)
    assert np.array_equal(server.subject.flat, before)


def test_every_contender_is_listed():
    assert {"ours", "numpy_by_hand", "limit", "torch_eager"} <= set(peers.names())


def test_warming_up_asks_for_ever_more_until_the_time_is_over():
    counts = []
    warmed_up(counts.append, 1e-4)
    assert counts == [2**i for i in range(len(counts))]
