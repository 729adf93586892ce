"""This project beside its peers: the same training step, in one run, as ratios."""

import os
import sys

# Where these are set, they pin kernels for the sake of old OpenBLAS builds and slow a current one;
# measured is what it chooses itself. Before NumPy is imported, in every process of a benchmark; in
# a process that has loaded it (the tests'), its children would only get other kernels than it has.
if "numpy" not in sys.modules:
    for _name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(_name, None)
