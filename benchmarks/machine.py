"""The machine and its NumPy, in words, and whether anything else keeps it busy."""

import os
import platform
import sys
from pathlib import Path

import numpy as np

BUSY = 0.5  # processes running on average over the last minute, before we start


def machine():
    """A sentence each about hardware, Python and NumPy's BLAS."""
    count = "1 core" if cores() == 1 else f"{cores()} cores"
    return (
        f"{cpu_model()}, {count}, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, NumPy {np.__version__} with {blas()}."
    )


def cores():
    """The processors that this process may use: `taskset` can leave it fewer than there are."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on every system
        return os.cpu_count() or 1


def cpu_model():
    """The processor's own name where the system tells it (Linux), else its architecture."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [entry.split(":")[1].strip() for entry in lines if entry.startswith("model name")]
    return names[0] if names else platform.processor()


def blas():
    """The loaded BLAS: its name, version, and the kernels it chose for this processor."""
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]
    pools = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return ", ".join(
        f"{pool['internal_api']} {pool['version']} ({pool.get('architecture', 'unknown')} kernels, "
        f"{pool['num_threads']} threads)"
        for pool in pools
    )


def warn_if_busy():
    load = os.getloadavg()[0]
    if load > BUSY:
        print(f"warning: load average {load:.1f}: other work disturbs the timings", file=sys.stderr)
