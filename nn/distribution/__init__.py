"""Data-parallel training: one script, started by ``mpiexec -n 4 python train.py``.

Each process, a rank, holds the whole model and computes its share of every batch; gradients are
averaged between the ranks before each update. One line makes a script distributed::

    nn.distribution.set_distribution(nn.distribution.DataParallel())

Needs mpi4py and an MPI (extra ``mpi``), which nothing else in `nn` does.
"""

from nn.distribution.data_parallel import DataParallel, distribution, set_distribution

__all__ = ["DataParallel", "distribution", "set_distribution"]
