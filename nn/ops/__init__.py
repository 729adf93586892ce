"""Operations under the names of `keras.ops`: thin doors to NumPy, and what NumPy has not.

Where NumPy has a function of the same name, it is NumPy's own; arguments may be given by Keras's
names, too: ``ops.tile(x, repeats=2)``. All take arrays, Tensors and symbolic Tensors, and are
differentiated, compiled and drawn as NumPy's functions are.

================  ================================================================================
``creation``      arrays made and converted; `floatx()` where Keras has it
``renamed``       NumPy's functions, whose arguments have Keras's names
``reductions``    ``(x, axis=None, keepdims=False)``
``numeric``       other functions of NumPy with Keras's arguments; top_k, erf, ...
``scattering``    scatter, slices, segments
``control``       loops and branches
``linalg``        matrices
``convolution``   convolution and pooling
``nn``            activations, encodings, normalizations, losses, attention
``image``         images
================  ================================================================================

Example:
    >>> import numpy as np
    >>> from nn import ops
    >>> ops.softmax(ops.matmul(np.eye(2), np.array([0.0, 0.0])))
    array([0.5, 0.5])
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nn._core.missing_names import missing_name
from nn.ops import control, creation, image, linalg, nn, numeric, reductions, renamed, scattering

__all__ = ["image", "linalg", "nn"]

# Functions of NumPy whose names and arguments are those of `keras.ops`.
NUMPYS_OWN = """
    bincount corrcoef diff digitize einsum i0 isneginf isposinf isreal meshgrid select sinc
    trapezoid unravel_index
""".split()  # noqa: SIM905 - a list would take a line for each

_FOURIER = "complex numbers are not differentiated here. Of plain arrays write np.fft"
_CHANNELS_FIRST = "it has channels first. Write ops.image.extract_patches(x, size)"
INSTEAD = {
    "adaptive_average_pool": "write ops.average_pool with a pool_size that divides the lengths",
    "adaptive_max_pool": "write ops.max_pool with a pool_size that divides the lengths",
    "ctc_decode": "CTC is not in nn",
    "ctc_loss": "CTC is not in nn",
    "custom_gradient": "write @ag.primitive above the function, and ag.gradient(function, rule)",
    "fft": _FOURIER,
    "fft2": _FOURIER,
    "fold": _CHANNELS_FIRST,
    "ifft2": _FOURIER,
    "irfft": _FOURIER,
    "istft": _FOURIER,
    "lu_factor": "write ops.solve, ops.det or ops.qr",
    "numpy": "these functions are NumPy's own, import numpy as np, and in nn.ops itself",
    "polar": "complex numbers are not differentiated here. Write r * np.cos(a) and r * np.sin(a)",
    "rearrange": "write np.reshape and np.transpose",
    "rfft": _FOURIER,
    "stft": _FOURIER,
    "unfold": _CHANNELS_FIRST,
    "view_as_complex": _FOURIER,
    "view_as_real": _FOURIER,
}

for _module in (control, creation, linalg, nn, numeric, reductions, renamed, scattering):
    globals().update({name: getattr(_module, name) for name in _module.__all__})
    __all__ += _module.__all__
globals().update({name: getattr(np, name) for name in NUMPYS_OWN})
__all__ = sorted({*__all__, *NUMPYS_OWN})


def __getattr__(name: str) -> Any:
    """Refuse unknown names; says which was meant, or what to write instead."""
    raise missing_name("nn.ops", name, __all__, INSTEAD)


def __dir__() -> list[str]:
    """The public names alone."""
    return [*__all__, "__doc__", "__name__"]
