"""Where functions are measured: the whole range of floats, not only its comfortable middle."""

import numpy as np


class Points:
    """Random points of one dtype, the same in every run.

    Args:
        dtype: "float32" or "float64".
        count: how many.
    """

    def __init__(self, dtype, count):
        self.dtype = np.dtype(dtype)
        self.info = np.finfo(dtype)
        self.count = count
        self.random = np.random.default_rng(0)

    def everywhere(self):
        """All exponents alike, subnormals and the largest numbers included; both signs; a half in
        the middle, where functions bend; the special points.
        """
        n = self.count // 2
        bits = {4: np.uint32, 8: np.uint64}[self.dtype.itemsize]
        spread = self.random.integers(0, np.iinfo(bits).max, 2 * n, dtype=bits).view(self.dtype)
        spread = spread[np.isfinite(spread)][:n]
        middle = np.concatenate(
            [
                self.random.uniform(-30, 30, n // 2),
                self.random.uniform(-120, 120, n // 8),
                self.random.uniform(-800, 800, n // 8),
                self.random.uniform(-1, 1, n // 4),
                self.random.normal(size=n // 4) * 1e-3,
            ]
        ).astype(self.dtype)
        return np.concatenate([spread, middle, self.special()])

    def special(self):
        """Zero, the edges of the range, and what lies beside round numbers."""
        info = self.info
        edges = [0, info.smallest_subnormal, info.smallest_normal, info.max, info.eps, 0.5, 1]
        round_numbers = [2, 3, 6, 16, 20, 40, 88, 89, 104, 127, 500, 709, 745, 1e4, 1e8, 1e15]
        x = np.array(edges + round_numbers, dtype=self.dtype)
        with np.errstate(over="ignore"):
            up, down = np.nextafter(x, self.dtype.type(np.inf)), np.nextafter(x, self.dtype.type(0))
        x = np.concatenate([x, up[np.isfinite(up)], down])
        return np.concatenate([x, -x])

    def probabilities(self):
        """Between 0 and 1, the ends included, where logarithms are steep."""
        n = self.count // 4
        near = 10.0 ** self.random.uniform(-8, 0, n)
        p = np.concatenate([self.random.uniform(0, 1, 2 * n), near, 1 - near, [0, 1, 0.5]])
        return p.astype(self.dtype)

    def numbers(self):
        """Of the sizes that targets have, some far out."""
        n = self.count
        return (self.random.normal(size=n) * 10.0 ** self.random.uniform(-3, 4, n)).astype(
            self.dtype
        )

    def close_to(self, x):
        """Predictions at all distances from targets."""
        relative = 10.0 ** self.random.uniform(-6, 3, x.shape)
        signs = self.random.choice([-1.0, 1.0], x.shape)
        return (x * (1 + signs * relative)).astype(self.dtype)

    def vectors(self, length, low=-2, high=2):
        """Rows of numbers whose sizes differ from row to row."""
        n = self.count // 4
        scale = 10.0 ** self.random.uniform(low, high, (n, 1))
        return (self.random.normal(size=(n, length)) * scale).astype(self.dtype)

    def labels(self, n):
        """0 and 1."""
        return self.random.integers(0, 2, n).astype(self.dtype)
