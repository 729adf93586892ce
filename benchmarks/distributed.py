"""Strong and weak scaling of data-parallel training: `python -m benchmarks.distributed --help`.

Every number of ranks is a job of its own under ``mpiexec``, with one BLAS thread a rank. Strong:
the batch stays as it is, and the ranks share it. Weak: every rank has a whole batch of its own.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

import numpy as np

import nn

BATCH = 128


def main():
    parser = argparse.ArgumentParser(prog="python -m benchmarks.distributed")
    parser.add_argument("--workloads", nargs="+", default=["mnist2", "cnn"], choices=MODELS)
    parser.add_argument("--ranks", nargs="+", type=int, default=[1, 2])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=30, help="in an epoch; a round is 4 epochs")
    parser.add_argument("--engine", default="numpy", choices=["numpy", "native"])
    parser.add_argument("--job", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.job:
        run_job(chosen.job[0], int(chosen.job[1]), chosen)
        return
    for name in chosen.workloads:
        print(f"\n{name}, {chosen.engine} engine, ms a step\n")
        print("| ranks | strong | efficiency | weak | efficiency | bytes exchanged | all-reduce |")
        print("|---|---|---|---|---|---|---|")
        rows = []
        for ranks in chosen.ranks:
            strong = job(name, ranks, BATCH, chosen)
            weak = strong if ranks == 1 else job(name, ranks, BATCH * ranks, chosen)
            rows.append((ranks, strong, weak))
        alone = rows[0][1]["milliseconds"]
        for ranks, strong, weak in rows:
            print(
                f"| {ranks} | {strong['milliseconds']:.2f} "
                f"| {alone / (ranks * strong['milliseconds']):.2f} | {weak['milliseconds']:.2f} "
                f"| {alone / weak['milliseconds']:.2f} | {strong['bytes']:,} "
                f"| {strong['exchange']:.2f} ms |"
            )


def job(name, ranks, batch, chosen):
    """Run one job; what its first rank measured."""
    mpiexec = shutil.which("mpiexec", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    options = ["--job", name, str(batch), "--engine", chosen.engine]
    options += ["--rounds", str(chosen.rounds), "--steps", str(chosen.steps)]
    module = "benchmarks.distributed"
    done = subprocess.run(
        [mpiexec, "-n", str(ranks), sys.executable, "-m", module, *options],
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def run_job(name, batch, chosen):
    """Train on random samples of the right shapes, and print rank 0's step, the shortest round."""
    nn.distribution.set_distribution(nn.distribution.DataParallel())
    distribution = nn.distribution.distribution()
    nn.set_random_seed(0)
    random = np.random.default_rng(0)
    shape, model = MODELS[name]()
    x = random.standard_normal((batch * chosen.steps, *shape), dtype=np.float32)
    y = random.integers(0, 10, batch * chosen.steps)
    loss = nn.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(nn.Adam(1e-3), loss, jit_compile=chosen.engine == "native")
    model.fit(x, y, batch_size=batch, epochs=4, verbose=0)  # compiles
    times = []
    for _ in range(chosen.rounds):
        begun = time.perf_counter()
        model.fit(x, y, batch_size=batch, epochs=4, verbose=0)
        times.append((time.perf_counter() - begun) / (4 * chosen.steps) * 1e3)
    size = sum(v.size for v in model.trainable_variables)
    exchange = exchanged(distribution.ranks, size)
    if distribution.rank == 0:
        result = {"milliseconds": min(times), "bytes": 4 * size, "exchange": exchange}
        print(json.dumps(result))


def exchanged(ranks, size, rounds=50):
    """Milliseconds to add up so many float32 numbers over the ranks."""
    gradient = np.ones(size, np.float32)
    times = []
    for _ in range(rounds):
        begun = time.perf_counter()
        ranks.weighted_sum(gradient, 0.5)
        times.append(time.perf_counter() - begun)
    return median(times) * 1e3


def mnist2():
    dense = [nn.Dense(512, activation="relu") for _ in range(2)]
    return (784,), nn.Sequential([*dense, nn.Dense(10)])


def cnn():
    convolutions = [
        layer
        for filters in (32, 64)
        for layer in (
            nn.layers.Conv2D(filters, 3, activation="relu"),
            nn.layers.MaxPooling2D(2),
        )
    ]
    return (28, 28, 1), nn.Sequential([*convolutions, nn.Flatten(), nn.Dense(10)])


MODELS = {"mnist2": mnist2, "cnn": cnn}

if __name__ == "__main__":
    main()
