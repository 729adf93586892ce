"""Gradients where formulas divide by zero: kinks, ties, branches not taken, extremes."""

from __future__ import annotations

import numpy as np
import pytest

import autograd_lite as ag


def derivative(f, x, order=1):
    """The `order`-th derivative of a function of one number."""
    for _ in range(order):
        f = ag.grad(f)
    return float(f(x))


class TestKinks:
    @pytest.mark.parametrize(("order", "expected"), [(1, 0.0), (2, 2.0), (3, 0.0), (4, 0.0)])
    def test_square_at_zero(self, order, expected):
        assert derivative(lambda x: x**2, 0.0, order) == expected
        assert derivative(lambda x: np.power(x, np.array(2.0)), 0.0, order) == expected

    def test_powers_at_zero(self):
        assert derivative(lambda x: x**1, 0.0) == 1
        assert derivative(lambda x: x**0, 0.0) == 0
        assert derivative(lambda x: x**3, 0.0, 3) == 6
        assert derivative(lambda b: np.power(0.0, b), 2.0) == 0

    def test_abs_and_norm_have_subgradient_zero(self):
        assert derivative(abs, 0.0) == 0
        assert derivative(abs, 0.0, 2) == 0
        zeros = np.zeros(3)
        np.testing.assert_array_equal(ag.grad(np.linalg.norm)(zeros), zeros)
        np.testing.assert_array_equal(ag.hessian(np.linalg.norm)(zeros), np.zeros((3, 3)))
        np.testing.assert_array_equal(ag.grad(np.std)(np.ones(3)), zeros)
        assert derivative(lambda x: np.hypot(x, 0.0), 0.0) == 0

    def test_norm_at_zero_in_one_row_only(self):
        x = np.array([[0.0, 0.0], [3.0, 4.0]])
        g = ag.grad(lambda x: np.sum(np.linalg.norm(x, axis=1)))(x)
        np.testing.assert_allclose(g, [[0, 0], [0.6, 0.8]])

    def test_ties_share_equally(self):
        np.testing.assert_allclose(ag.grad(np.max)(np.array([1.0, 3.0, 3.0])), [0, 0.5, 0.5])
        np.testing.assert_allclose(ag.grad(np.min)(np.zeros((2, 2))), np.full((2, 2), 0.25))
        a = ag.Tensor([1.0, 2.0, 3.0], requires_grad=True)
        b = ag.Tensor([1.0, 3.0, 2.0], requires_grad=True)
        np.sum(np.maximum(a, b)).backward()
        np.testing.assert_array_equal(a.grad, [0.5, 0, 1])
        np.testing.assert_array_equal(b.grad, [0.5, 1, 0])

    def test_ties_of_infinities(self):
        np.testing.assert_array_equal(
            ag.grad(np.max)(np.array([np.inf, np.inf, 0.0])), [0.5, 0.5, 0]
        )

    def test_second_derivative_at_ties_is_zero(self):
        np.testing.assert_array_equal(ag.hessian(np.max)(np.ones(2)), np.zeros((2, 2)))

    def test_clip_passes_the_gradient_at_its_bounds(self):
        g = ag.grad(lambda x: np.sum(np.clip(x, 0, 1)))(np.array([-1.0, 0.0, 0.5, 1.0, 2.0]))
        np.testing.assert_array_equal(g, [0, 1, 1, 1, 0])

    @pytest.mark.parametrize(
        ("order", "expected"), [(1, 0.0), (2, -(np.pi**2) / 3), (3, 0.0), (4, np.pi**4 / 5)]
    )
    def test_sinc_at_zero(self, order, expected):
        """The series sinc(x) = sum (-1)^k (pi x)^2k / (2k+1)!: derivatives at 0 are its terms."""
        np.testing.assert_allclose(derivative(np.sinc, 0.0, order), expected, atol=1e-13)

    @pytest.mark.parametrize("x", [0.74, 0.76, 0.99, 1.01, 1.6, 7.3, -2.2])
    def test_sinc_second_derivative_on_both_sides_of_the_series(self, x):
        p = np.pi
        expected = (2 - (p * x) ** 2) * np.sin(p * x) / (p * x**3) - 2 * np.cos(p * x) / x**2
        np.testing.assert_allclose(derivative(np.sinc, x, 2), expected, rtol=1e-11)


class TestBranchesNotTaken:
    """A NaN or infinity in the branch that np.where does not take never reaches the gradient."""

    @pytest.mark.parametrize(
        ("name", "branch", "bad"),
        [
            ("log", np.log, 0.0),
            ("sqrt", np.sqrt, 0.0),
            ("cbrt", np.cbrt, 0.0),
            ("divide", lambda x: 1 / x, 0.0),
            ("reciprocal", np.reciprocal, 0.0),
            ("x log x", lambda x: x * np.log(x), 0.0),
            ("x / |x|", lambda x: x / np.abs(x), 0.0),
            ("power", lambda x: x**-1.5, 0.0),
            ("half power", lambda x: x**0.5, 0.0),
            ("arcsin", np.arcsin, 1.0),
            ("arccos", np.arccos, -1.0),
            ("arctanh", np.arctanh, 1.0),
            ("arccosh", np.arccosh, 1.0),
            ("log1p", np.log1p, -1.0),
            ("exp", lambda x: np.exp(1e6 * x), 1.0),
            ("log of negative", np.log, -1.0),
            ("arctan2", lambda x: np.arctan2(x, x * 0), 0.0),
            ("chain", lambda x: np.sqrt(np.log(x)) * x, 0.0),
        ],
    )
    @pytest.mark.filterwarnings("ignore::RuntimeWarning")  # the forward pass warns, as NumPy does
    def test_where(self, name, branch, bad):
        x = np.array([bad, 0.5])

        def f(x):
            return np.sum(np.where(np.array([False, True]), branch(x), 3 * x**2))

        g = ag.grad(f)(x)
        assert g[0] == 6 * bad
        h = ag.hvp(f)(x, np.ones(2))
        assert h[0] == 6

    def test_a_nan_that_is_used_stays(self):
        with pytest.warns(RuntimeWarning, match="invalid"):
            y = np.sqrt(ag.Tensor([-1.0], requires_grad=True))
        x = y.inputs[0]
        y.backward()
        assert np.isnan(x.grad).all()

    def test_true_infinities_stay(self):
        assert derivative(np.sqrt, 0.0) == np.inf
        x = ag.Tensor([0.0], requires_grad=True)
        with pytest.warns(RuntimeWarning, match="divide"):
            y = 1 / x
        y.backward()
        assert x.grad[0] == -np.inf

    def test_second_derivative_where_the_first_is_zero(self):
        """A zero upstream gradient must not hide a second derivative: (log x)^2 at 1 has 2."""
        np.testing.assert_allclose(derivative(lambda x: np.log(x) ** 2, 1.0, 2), 2.0)
        np.testing.assert_allclose(derivative(lambda x: np.sin(x) ** 2, 0.0, 2), 2.0)


class TestExtremes:
    def test_logsumexp(self):
        x = np.array([1e4, -1e4, 1e4])
        np.testing.assert_allclose(ag.logsumexp(x), 1e4 + np.log(2), rtol=1e-15)
        np.testing.assert_allclose(ag.grad(ag.logsumexp)(x), [0.5, 0, 0.5])

    def test_logsumexp_of_infinities(self):
        none = np.array([-np.inf, -np.inf])
        assert ag.logsumexp(none) == -np.inf
        assert ag.logsumexp(np.array([np.inf, 0.0])) == np.inf
        g = ag.grad(ag.logsumexp)(np.array([-np.inf, 0.0]))
        np.testing.assert_array_equal(g, [0, 1])

    def test_logsumexp_of_nothing(self):
        assert ag.logsumexp(np.zeros(0)) == -np.inf

    def test_logaddexp_at_infinities(self):
        for a, b, expected in [
            (-np.inf, 0.0, 0.0),
            (-np.inf, -np.inf, 0.5),
            (np.inf, 0.0, 1.0),
            (np.inf, np.inf, 0.5),
            (1e4, -1e4, 1.0),
        ]:
            assert float(ag.grad(np.logaddexp)(a, b)) == expected

    def test_tanh_and_exp_far_out(self):
        for f in (np.tanh, np.arctan, lambda x: np.exp(-(x**2))):
            for x in (-1e4, 1e4):
                assert np.isfinite(derivative(f, x))
                assert np.isfinite(derivative(f, x, 2))

    def test_product_with_zeros_to_second_order(self):
        x = np.array([0.0, 2.0, 0.0])
        np.testing.assert_array_equal(ag.grad(np.prod)(x), [0, 0, 0])
        np.testing.assert_array_equal(ag.hessian(np.prod)(x), [[0, 0, 2], [0, 0, 0], [2, 0, 0]])

    def test_determinant_of_a_singular_matrix(self):
        """The gradient is the matrix of cofactors."""
        a = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
        cofactors = [[-3, 6, -3], [6, -12, 6], [-3, 6, -3]]
        np.testing.assert_allclose(ag.grad(np.linalg.det)(a), cofactors, atol=1e-12)
        rank_one = np.ones((3, 3))
        np.testing.assert_allclose(ag.grad(np.linalg.det)(rank_one), np.zeros((3, 3)), atol=1e-12)

    def test_sum_where_masks_the_gradient(self):
        mask = np.array([True, False, True])
        g = ag.grad(lambda x: np.sum(x, where=mask))(np.ones(3))
        np.testing.assert_array_equal(g, [1, 0, 1])

    def test_a_recorded_mask_as_where(self):
        g = ag.grad(lambda x: np.sum(x * x, where=x > 1))(np.array([1.0, 2.0, 3.0]))
        np.testing.assert_array_equal(g, [0, 4, 6])

    def test_nan_data(self):
        x = np.array([1.0, np.nan, 3.0])
        np.testing.assert_array_equal(ag.grad(np.nansum)(x), [1, 0, 1])
        np.testing.assert_array_equal(ag.grad(np.nanmean)(x), [0.5, 0, 0.5])
        assert np.isnan(np.median(ag.Tensor(x)).item())
        assert np.isnan(np.max(ag.Tensor(x)).item())
        np.testing.assert_array_equal(
            ag.grad(lambda x: np.sum(np.nan_to_num(x)))(np.array([np.nan, np.inf, 2.0])), [0, 0, 1]
        )
        big = np.nan_to_num(ag.Tensor([np.inf, -np.inf, np.nan])).data
        np.testing.assert_array_equal(big, np.nan_to_num(np.array([np.inf, -np.inf, np.nan])))
        single = np.array([np.nan, 1.0], np.float32)
        assert np.nan_to_num(ag.Tensor(single), nan=np.array(2.0)).dtype == np.float32

    @pytest.mark.parametrize(
        "f",
        [
            np.max,
            np.min,
            np.ptp,
            lambda x: np.max(x, initial=0.0),
            lambda x: np.sum(np.maximum(x, 2.0)),
            lambda x: np.sum(np.minimum(2.0, x)),
            lambda x: np.sum(np.clip(x, -5.0, 5.0)),
            lambda x: np.sum(np.abs(x)),
            lambda x: np.sum(np.fabs(x)),
            lambda x: np.linalg.norm(x, np.inf),
        ],
    )
    def test_nan_has_no_slope_unless_it_is_masked(self, f):
        """Where the value is NaN the gradient is, too; what `where` leaves out sends none."""
        x = np.array([np.nan, -1.0, 3.0])
        assert np.isnan(f(x))
        assert np.isnan(ag.grad(f)(x)[0])
        g = ag.grad(lambda x: f(np.where(np.isnan(x), 0.0, x)))(x)
        np.testing.assert_array_equal(g, ag.grad(f)(np.array([0.0, -1.0, 3.0])) * [0, 1, 1])

    @pytest.mark.parametrize(
        "f", [np.abs, np.fabs, lambda x: np.maximum(x, 0), lambda x: x.clip(0)]
    )
    def test_a_masked_result_sends_nothing_back(self, f):
        g = ag.grad(lambda x: np.sum(np.where(np.isnan(x), 0, f(x))))(np.array([np.nan, 2.0]))
        np.testing.assert_array_equal(g, [0, 1])

    def test_a_maximum_of_infinite_slope(self):
        """What is not the maximum receives nothing, and not 0 times infinity."""
        g = ag.grad(lambda x: np.sqrt(np.max(x)))(np.array([0.0, -1.0]))
        np.testing.assert_array_equal(g, [np.inf, 0])

    def test_cusps_have_subgradient_zero(self):
        """sqrt(abs(x)) rises as steeply to the left as to the right."""
        assert derivative(lambda x: np.sqrt(np.abs(x)), 0.0) == 0
        g = ag.grad(lambda x: np.linalg.norm(x, 0.5))(np.array([0.0, 4.0]))
        np.testing.assert_array_equal(g, [0, 1])

    @pytest.mark.parametrize("nan", [0.0, np.inf, -np.inf, np.nan])
    @pytest.mark.parametrize("posinf", [None, 999.0, np.nan, -np.inf])
    @pytest.mark.parametrize("neginf", [None, -999.0, np.inf])
    def test_nan_to_num_replaces_once(self, nan, posinf, neginf):
        x = np.array([np.nan, np.inf, -np.inf, 2.0])
        y = np.nan_to_num(ag.Tensor(x, requires_grad=True), nan=nan, posinf=posinf, neginf=neginf)
        expected = np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)
        np.testing.assert_array_equal(y.data, expected)

    def test_fmax_ignores_nan(self):
        a = ag.Tensor([np.nan, 1.0], requires_grad=True)
        b = ag.Tensor([2.0, np.nan], requires_grad=True)
        np.sum(np.fmax(a, b)).backward()
        np.testing.assert_array_equal(a.grad, [0, 1])
        np.testing.assert_array_equal(b.grad, [1, 0])

    def test_equal_singular_and_eigenvalues(self):
        """A function of the values alone is differentiable where they are equal."""
        g = ag.grad(lambda a: np.sum(np.linalg.svd(a, full_matrices=False)[1] ** 2))(np.eye(3))
        np.testing.assert_allclose(g, 2 * np.eye(3))
        g = ag.grad(lambda a: np.sum(np.linalg.eigh(a)[0] ** 2))(np.eye(3))
        np.testing.assert_allclose(g, 2 * np.eye(3))
