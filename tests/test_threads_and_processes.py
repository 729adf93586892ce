"""Threads, asyncio tasks and processes beside each other; memory over many steps."""

import asyncio
import gc
import multiprocessing
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import autograd_lite as ag
import nn

X = np.sin(np.arange(96.0)).reshape(32, 3)
Y = X.sum(axis=1) > 0


# -- recording is of a thread, or of a task --------------------------------------------------------


def records():
    return np.exp(ag.Tensor([1.0], requires_grad=True)).requires_grad


def test_no_grad_is_not_seen_by_another_thread():
    inside, outside = threading.Event(), threading.Event()

    def switched_off():
        with ag.no_grad():
            inside.set()
            outside.wait(60)
            return records()

    with ThreadPoolExecutor() as pool:
        other = pool.submit(switched_off)
        inside.wait(60)
        assert records()
        outside.set()
        assert not other.result()
    assert records()


def test_a_new_thread_records_though_its_maker_does_not():
    with ag.no_grad(), ThreadPoolExecutor(1) as pool:
        assert pool.submit(records).result()
        assert not records()


def test_no_grad_and_scopes_are_not_seen_by_another_task():
    async def switched_off(entered, leave):
        with ag.no_grad(), ag.scope("other"):
            entered.set()
            await leave.wait()
            return records()

    async def both():
        entered, leave = asyncio.Event(), asyncio.Event()
        other = asyncio.create_task(switched_off(entered, leave))
        await entered.wait()
        w = ag.Tensor([1.0], requires_grad=True)
        y = np.exp(w)
        leave.set()
        return y.requires_grad, y.scope, await other

    assert asyncio.run(both()) == (True, None, False)


def test_a_task_that_is_made_under_no_grad_stays_there():
    """As context variables do: a task gets a copy of its maker's context."""

    async def main():
        with ag.no_grad():
            task = asyncio.create_task(asyncio.sleep(0, records))
        return (await task)()

    assert asyncio.run(main())  # called outside

    async def later():
        return records()

    async def main_later():
        with ag.no_grad():
            task = asyncio.create_task(later())
        return await task

    assert not asyncio.run(main_later())


def test_gradients_in_many_threads():
    def gradient(seed):
        rng = np.random.default_rng(seed)
        a = rng.normal(size=(20, 20))
        w = ag.Tensor(rng.normal(size=(20, 20)), requires_grad=True)
        for _ in range(20):
            w.grad = None
            np.sum(np.tanh(a @ w) ** 2).backward()
        t = np.tanh(a @ w.data)
        np.testing.assert_allclose(w.grad, a.T @ (2 * t * (1 - t**2)), rtol=1e-10)
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(gradient, range(32)))


# -- models in several threads ---------------------------------------------------------------------


def new_model(seed, **options):
    """A model that draws from its own generators alone."""
    model = nn.Sequential(
        [
            nn.Input((3,)),
            nn.Dense(8, "relu", kernel_initializer=nn.initializers.HeNormal(seed=seed)),
            nn.BatchNormalization(),
            nn.Dropout(0.3, seed=seed),
            nn.Dense(1, "sigmoid", kernel_initializer=nn.initializers.HeNormal(seed=seed + 1)),
        ]
    )
    model.compile(nn.Adam(0.01), "binary_crossentropy", metrics=["accuracy"], **options)
    return model


def train(model, epochs=8):
    options = {"batch_size": 4, "epochs": epochs, "shuffle": False, "validation_split": 0.25}
    history = model.fit(X, Y, verbose=0, **options)
    return history.history, model.get_weights()


def assert_same(result, expected):
    assert result[0] == expected[0]
    for a, b in zip(result[1], expected[1], strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("options", [{"run_eagerly": True}, {"jit_compile": False}])
@pytest.mark.parametrize("epochs", [8, 60])  # few steps, and enough to be worth a program
def test_models_train_in_several_threads_at_once(options, epochs):
    expected = [train(new_model(seed, **options), epochs) for seed in range(4)]
    models = [new_model(seed, **options) for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        for result, right in zip(pool.map(train, models, [epochs] * 4), expected, strict=True):
            assert_same(result, right)


def test_one_model_predicts_in_several_threads_at_once():
    model = new_model(0)
    train(model)
    expected = model.predict(X)
    with ThreadPoolExecutor(8) as pool:
        for prediction in pool.map(lambda _: model.predict(X, batch_size=5), range(64)):
            np.testing.assert_allclose(prediction, expected, rtol=1e-6)


# -- processes -------------------------------------------------------------------------------------


def train_from(model):
    return train(model)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_models_train_in_other_processes(method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"no {method} here")
    train(new_model(9))  # this process has computed before it forks
    expected = [train(new_model(seed)) for seed in range(2)]
    with multiprocessing.get_context(method).Pool(2) as pool:
        results = pool.map(train_from, [new_model(seed) for seed in range(2)])
    for result, right in zip(results, expected, strict=True):
        assert_same(result, right)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_fork_in_the_middle_of_a_training_goes_its_own_way():
    class Fork(nn.Callback):
        child = None

        def on_epoch_begin(self, epoch, logs=None):
            if epoch == 3:
                self.child = os.fork()

    expected = train(new_model(0))
    fork, model = Fork(), new_model(0)
    code = 1
    try:
        options = {"batch_size": 4, "epochs": 8, "shuffle": False, "validation_split": 0.25}
        history = model.fit(X, Y, verbose=0, callbacks=fork, **options)
        assert_same((history.history, model.get_weights()), expected)
        code = 0
    finally:
        if fork.child == 0:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(fork.child, 0)[1]) == 0


# -- memory ----------------------------------------------------------------------------------------

STEPS = 4_000


def resident_bytes():
    """The memory of this process, where the system says it."""
    if not os.path.exists("/proc/self/statm"):
        return 0
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("options", [{"run_eagerly": True}, {"jit_compile": False}])
def test_memory_stays_flat_without_the_collector(options):
    """4,000 steps; what is held after them is what was held after the first 500."""
    model = new_model(0, **options)
    batches = 25
    epochs = STEPS // batches
    held = []

    class Weigh(nn.Callback):
        def on_epoch_end(self, epoch, logs=None):
            self.model.history.history.clear()
            self.model.history._epochs_of.clear()
            if epoch in (20, epochs - 1):
                held.append((sys.getallocatedblocks(), len(gc.get_objects()), resident_bytes()))

    gc.collect()
    gc.disable()
    try:
        model.fit(
            np.tile(X, (4, 1))[:100],
            np.tile(Y, 4)[:100],
            batch_size=4,
            epochs=epochs,
            verbose=0,
            callbacks=[Weigh()],
        )
        (blocks, objects, resident), (blocks_after, objects_after, resident_after) = held
        assert blocks_after - blocks < 2000  # a cycle in each step would leave 40,000
        assert objects_after - objects < 200
        assert resident_after - resident < 2**21
        assert gc.collect() < 200  # cycles made by starting and ending, none by the steps
    finally:
        gc.enable()
