"""This project beside its peers: the same training step, in one run, as ratios."""

import os

# Where these are set, they pin kernels for the sake of old OpenBLAS builds and slow a current one;
# measured is what it chooses itself. Before NumPy is imported, in every process of a benchmark.
for _name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(_name, None)
