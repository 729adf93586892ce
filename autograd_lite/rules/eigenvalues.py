"""Rules of the eigenvalues and eigenvectors of general matrices, where they are real."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd_lite.primitives import multiply_no_nan
from autograd_lite.rules.products import mT
from autograd_lite.table import composite, gradient


def _eig(a: Any) -> Any:
    result = np.linalg.eig(a)
    if not np.iscomplexobj(result.eigenvalues):
        return result
    if np.any(result.eigenvalues.imag):
        raise TypeError(
            "linalg.eig: this matrix has complex eigenvalues, and complex numbers are not "
            "supported. The eigenvalues of a symmetric matrix are real: np.linalg.eigh"
        )
    return type(result)(*(part.real.copy() for part in result))  # complex since NumPy 2.5


def _eig_rule(g: Any, y: Any, a: Any) -> Any:
    """M. Giles (2008), 3.1, with eigenvectors of length 1: what would change their length is left
    out. Where eigenvalues are equal their vectors have no derivative, and it is infinite.
    """
    g_values, g_vectors = g
    values, vectors = y
    eye = np.eye(a.shape[-1], dtype=a.dtype)
    of_vectors = mT(vectors) @ g_vectors
    along = np.sum(of_vectors * eye, axis=-2, keepdims=True)
    across = (of_vectors - (mT(vectors) @ vectors) * along) * (1 - eye)
    gaps = values[..., None, :] - values[..., :, None] + eye
    inner = multiply_no_nan(across, 1 / gaps) + g_values[..., None, :] * eye
    return np.linalg.solve(mT(vectors), inner @ mT(vectors))


gradient(np.linalg.eig, _eig_rule, evaluate=_eig, maths=(r"\operatorname{eig}(a)", None))


@composite(np.linalg.eigvals)
def _eigvals(a: Any) -> Any:
    return np.linalg.eig(a)[0]
