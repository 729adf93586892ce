"""New arrays like old ones, and questions about arrays."""

from __future__ import annotations

import numpy as np

from autograd_lite.table import nondifferentiable, plain

plain(np.shape, np.ndim, np.size, np.result_type, np.iscomplexobj, np.isrealobj)
plain(np.array_equal, np.array_equiv, np.allclose, np.array_repr, np.array_str, np.array2string)
plain(np.may_share_memory, np.shares_memory, np.can_cast, np.min_scalar_type, np.common_type)
plain(np.zeros, np.ones, np.empty, np.full)  # with like=
nondifferentiable(np.zeros_like, 1, "dtype shape")
nondifferentiable(np.ones_like, 1, "dtype shape")
nondifferentiable(np.empty_like, 1, "dtype shape")
nondifferentiable(np.full_like, 1, "fill_value dtype shape")
