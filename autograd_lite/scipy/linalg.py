"""Linear algebra that NumPy has not, as `scipy.linalg`.

The rules are those collected in M. Giles, "Collected matrix derivative results for forward and
reverse mode algorithmic differentiation" (2008), unless one says otherwise.

Example:
    >>> sqrtm(np.array([[4.0, 0.0], [0.0, 9.0]]))
    array([[2., 0.],
           [0., 3.]])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.linalg

from autograd_lite.recording import primitive
from autograd_lite.scipy.missing import no_such_name
from autograd_lite.table import gradient

__all__ = ["expm", "solve_banded", "solve_sylvester", "solve_triangular", "sqrtm"]


def _column(x: Any) -> Any:
    """A vector as a matrix of one column."""
    return np.expand_dims(x, -1) if x.ndim == 1 else x


# -- triangular systems ----------------------------------------------------------------------------


@primitive
def solve_triangular(
    a: Any, b: Any, trans: Any = 0, lower: bool = False, unit_diagonal: bool = False
) -> Any:
    """Solve ``a x = b`` for a triangular matrix a.

    Args:
        a: shape (n, n); only one triangle is read.
        b: shape (n,) or (n, k).
        trans: 0 or "N" for a x = b; 1, "T", 2 or "C" for a' x = b.
        lower: whether a is lower triangular.
        unit_diagonal: whether the diagonal counts as 1, and is not read.

    Raises:
        LinAlgError: if a has a zero on its diagonal.
    """
    if np.ndim(a) != 2 or np.ndim(b) not in (1, 2):
        raise ValueError(
            f"solve_triangular takes a of shape (n, n) and b of (n,) or (n, k), got {np.shape(a)} "
            f"and {np.shape(b)}; np.linalg.solve takes stacks of matrices"
        )
    return scipy.linalg.solve_triangular(a, b, trans, lower, unit_diagonal)


def _straight(trans: Any) -> bool:
    return trans in (0, "N")


def _triangular_right(
    g: Any,
    y: Any,
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
) -> Any:
    return solve_triangular(
        a, g, trans=int(_straight(trans)), lower=lower, unit_diagonal=unit_diagonal
    )


def _triangular_left(
    g: Any,
    y: Any,
    a: Any,
    b: Any,
    trans: Any = 0,
    lower: bool = False,
    unit_diagonal: bool = False,
) -> Any:
    u = _column(_triangular_right(g, y, a, b, trans, lower, unit_diagonal))
    x = _column(y)
    product = -u @ x.T if _straight(trans) else -x @ u.T
    return np.tril(product, -unit_diagonal) if lower else np.triu(product, +unit_diagonal)


gradient(
    solve_triangular,
    _triangular_left,
    _triangular_right,
    maths=(
        "a^{-1} b",
        r"-\operatorname{triangle}(a^{-\top} \bar{y} y^\top)",
        r"a^{-\top} \bar{y}",
    ),
)

# -- matrix functions and equations ----------------------------------------------------------------


@primitive
def solve_sylvester(a: Any, b: Any, q: Any) -> Any:
    """Solve ``a x + x b = q`` for x.

    Args:
        a: shape (m, m).
        b: shape (n, n).
        q: shape (m, n).

    Raises:
        LinAlgError: if an eigenvalue of a is minus one of b.
    """
    return scipy.linalg.solve_sylvester(a, b, q)


def _sylvester_upstream(g: Any, a: Any, b: Any) -> Any:
    return solve_sylvester(a.T, b.T, g)


gradient(
    solve_sylvester,
    lambda g, y, a, b, q: -_sylvester_upstream(g, a, b) @ y.T,
    lambda g, y, a, b, q: -y.T @ _sylvester_upstream(g, a, b),
    lambda g, y, a, b, q: _sylvester_upstream(g, a, b),
    maths=(
        r"\operatorname{sylvester}(a, b, q)",
        r"-\operatorname{sylvester}(a^\top, b^\top, \bar{y}) y^\top",
        r"-y^\top \operatorname{sylvester}(a^\top, b^\top, \bar{y})",
        r"\operatorname{sylvester}(a^\top, b^\top, \bar{y})",
    ),
)


@primitive
def sqrtm(A: Any) -> Any:
    """The principal square root of a matrix.

    Args:
        A: shape (n, n), without eigenvalues below 0, whose root would be complex.

    Raises:
        TypeError: if the root is complex.
    """
    root = scipy.linalg.sqrtm(A)
    if np.iscomplexobj(root):
        raise TypeError(
            "sqrtm: this matrix has an eigenvalue below 0 and a complex root, which is not "
            "differentiated here. For a covariance, A @ A.T has a real root"
        )
    return root


# From y y = A: y dy + dy y = dA, an equation of Sylvester's.
gradient(
    sqrtm,
    lambda g, y, A: solve_sylvester(y.T, y.T, g),
    maths=("A^{1/2}", r"\operatorname{sylvester}(y^\top, y^\top, \bar{y})"),
)


@primitive
def expm(A: Any) -> Any:
    """The exponential of a matrix, of shape (n, n)."""
    return scipy.linalg.expm(A)


def _expm_rule(g: Any, y: Any, A: Any) -> Any:
    """The derivative along G stands in the corner of an exponential of twice the size.

    N. Higham, "Functions of Matrices" (2008), theorem 3.6.
    """
    n = len(A)
    below = np.concatenate([np.zeros_like(g), A.T], axis=1)
    return expm(np.concatenate([np.concatenate([A.T, g], axis=1), below]))[:n, n:]


gradient(expm, _expm_rule, maths=("e^A", r"\int_0^1 e^{t A^\top} \bar{y} e^{(1 - t) A^\top} d t"))

# -- banded systems --------------------------------------------------------------------------------


def solve_banded(l_and_u: tuple[int, int], ab: Any, b: Any) -> Any:
    """Solve ``a x = b`` for a matrix a with few diagonals.

    Args:
        l_and_u: the numbers of diagonals below and above the main one.
        ab: the diagonals, from the uppermost, shape (l + u + 1, n): ab[u + i - j, j] is a[i, j].
            What has no place in the matrix is not read.
        b: shape (n,) or (n, k).
    """
    below, above = map(int, l_and_u)
    return _banded(ab, b, below=below, above=above)


@primitive
def _banded(ab: Any, b: Any, below: int, above: int) -> Any:
    return scipy.linalg.solve_banded((below, above), ab, b)


def _shifted(row: Any, by: int) -> Any:
    """row[j + by] at j, and 0 where there is none."""
    if not by:
        return row
    rest = np.zeros_like(row[: abs(by)])
    return np.concatenate([row[by:], rest] if by > 0 else [rest, row[:by]])


def _banded_upstream(g: Any, ab: Any, below: int, above: int) -> Any:
    """Solve with the transposed matrix, whose diagonals are those of the matrix, moved."""
    rows = [_shifted(ab[above + below - d], d - below) for d in range(below + above + 1)]
    return _banded(np.stack(rows), g, below=above, above=below)


def _banded_left(g: Any, y: Any, ab: Any, b: Any, *, below: int, above: int) -> Any:
    u, x = _column(_banded_upstream(g, ab, below, above)), _column(y)
    diagonals: Sequence[Any] = [
        -np.sum(_shifted(u, d - above) * x, axis=1) for d in range(below + above + 1)
    ]
    return np.stack(diagonals)


_banded.__name__ = "solve_banded"
gradient(
    _banded,
    _banded_left,
    lambda g, y, ab, b, *, below, above: _banded_upstream(g, ab, below, above),
    maths=(
        "a^{-1} b",
        r"-\operatorname{band}(a^{-\top} \bar{y} y^\top)",
        r"a^{-\top} \bar{y}",
    ),
)

_INSTEAD = {
    "cholesky": "np.linalg.cholesky(a), which is lower triangular; its .T is SciPy's",
    "det": "np.linalg.det",
    "eigh": "np.linalg.eigh",
    "eigvalsh": "np.linalg.eigvalsh",
    "inv": "np.linalg.inv",
    "lstsq": "np.linalg.lstsq",
    "norm": "np.linalg.norm",
    "pinv": "np.linalg.pinv",
    "qr": "np.linalg.qr",
    "solve": "np.linalg.solve",
    "svd": "np.linalg.svd",
}


def __getattr__(name: str) -> Any:
    """Nothing: the error says what there is, or which function of NumPy does it."""
    raise no_such_name("scipy.linalg", name, __all__, _INSTEAD)
