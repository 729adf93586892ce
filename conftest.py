"""What is searched for doctests may import extras, and what makes fixtures imports Keras. Workers
that share a machine leave OpenBLAS one thread each.
"""

import os
from importlib.util import find_spec

if "PYTEST_XDIST_WORKER" in os.environ:
    # Each worker's threads would wait, computing, for those of the others: up to five times the
    # time. Threads of this project only wait for work that has begun; they stay as many.
    os.environ.setdefault("AUTOGRAD_LITE_NUM_THREADS", f"{os.cpu_count() or 1}")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

collect_ignore_glob = ["tests/fixtures/*/make.py"]  # run by hand
if not find_spec("scipy"):
    collect_ignore_glob += ["autograd_lite/scipy/*"]
if not find_spec("llvmlite"):
    collect_ignore_glob += ["autograd_lite/compiler/engines/native/*"]
    collect_ignore_glob += ["tests/autograd_lite/compiler/interpreted.py"]
