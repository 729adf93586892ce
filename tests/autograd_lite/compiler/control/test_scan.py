"""`ag.scan`: eager it is a loop, compiled it is one operation; both are the same function."""

import numpy as np
import pytest

import autograd_lite as ag
from autograd_lite.compiler.engines.native import native_is_installed
from autograd_lite.extend import first_steps

ENGINES = ["numpy", *(["native"] if native_is_installed() else [])]
OPTIONS = [{}, {"reverse": True}, {"checkpoint": True}]
RNG = np.random.default_rng(0)
W = RNG.normal(size=(3, 3)) * 0.5
XS = RNG.normal(size=(5, 2, 3))
H0 = RNG.normal(size=(2, 3)) * 0.1


def cumulative(xs, **options):
    return ag.scan(lambda c, x: (c + x, c * x), np.zeros(()), xs, **options)


def recurrent(w, xs, h, **options):
    def cell(h, x):
        h = np.tanh(x + h @ w)
        return h, h * 2

    return ag.scan(cell, h, xs, **options)


def unrolled(w, xs, h):
    ys = []
    for x in xs:
        h = np.tanh(x + h @ w)
        ys.append(h * 2)
    return h, np.stack(ys)


def loss(w, xs, h, **options):
    h, ys = recurrent(w, xs, h, **options)
    return np.sum(ys**2) + np.sum(h)


def compiled(f, engine):
    return ag.compile(f, engine=engine)


@pytest.mark.parametrize("mode", ["eager", *ENGINES])
def test_a_cumulative_sum_and_what_is_kept_of_each_step(mode):
    f = cumulative if mode == "eager" else compiled(cumulative, mode)
    total, kept = f(np.array([1.0, 2.0, 3.0]))
    assert total.item() == 6
    np.testing.assert_array_equal(kept, [0, 2, 9])


@pytest.mark.parametrize("mode", ["eager", *ENGINES])
def test_in_reverse_the_last_step_comes_first_and_results_stay_in_place(mode):
    def f(xs):
        return cumulative(xs, reverse=True)

    total, kept = (f if mode == "eager" else compiled(f, mode))(np.array([1.0, 2.0, 3.0]))
    assert total.item() == 6
    np.testing.assert_array_equal(kept, [5, 6, 0])


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        *((mode, options) for mode in ("eager", "numpy") for options in OPTIONS),
        *((engine, {}) for engine in ENGINES[1:]),
    ],
)
def test_gradients_to_second_order(mode, options):
    def f(w, xs, h):
        return loss(w, xs, h, **options)

    ag.check_gradients(f if mode == "eager" else compiled(f, mode), W, XS, H0, order=2)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("options", [{}, {"reverse": True}, {"checkpoint": True}])
def test_a_compiled_step_agrees_with_a_loop_written_out(engine, options):
    w = ag.Variable(W, name="w")
    xs = XS[::-1].copy() if options.get("reverse") else XS
    h, ys = unrolled(w, xs, H0)
    expected = ag.gradients(np.sum(ys**2) + np.sum(h), [w])[0]

    @ag.compile(engine=engine)
    def step(xs, h):
        return ag.gradients(loss(w, xs, h, **options), [w])[0]

    np.testing.assert_allclose(step(XS, H0).data, expected.data, rtol=1e-12)
    np.testing.assert_allclose(step(XS, H0).data, expected.data, rtol=1e-12)
    h, ys = unrolled(w, -xs, H0)
    expected = ag.gradients(np.sum(ys**2) + np.sum(h), [w])[0]
    np.testing.assert_allclose(step(-XS, H0).data, expected.data, rtol=1e-12)


@pytest.mark.parametrize("mode", ["eager", "checkpoint", *ENGINES])
def test_nested_structures_several_carries_and_variables(mode):
    scale = ag.Variable(np.array([2.0, -1.0]), name="scale")

    def f(a, b):
        def step(carry, x):
            total = carry["total"] + scale * x["a"]
            count = carry["rest"][0] + 1
            return {"total": total, "rest": (count, total * x["b"])}, (total, {"n": count})

        initial = {"total": np.zeros(2), "rest": (0, np.ones(2))}
        steps = {"a": a, "b": b}
        carry, (totals, kept) = ag.scan(step, initial, steps, checkpoint=mode == "checkpoint")
        return np.sum(carry["rest"][1] * totals[1]), carry["rest"][0], kept["n"]

    a, b = np.arange(6.0).reshape(3, 2), np.array([1.0, 2.0, 3.0])
    f_ = f if mode in ("eager", "checkpoint") else compiled(f, mode)
    J, count, counts = f_(a, b)
    totals = np.cumsum([2, -1] * a, axis=0)
    assert J.item() == np.sum(totals[2] * 3 * totals[1])
    assert count.item() == 3
    np.testing.assert_array_equal(counts, [1, 2, 3])
    J.backward()
    # J = 3 sum(s^2 A3 A1), where A are the cumulative sums of a
    sums = np.cumsum(a, axis=0)
    np.testing.assert_allclose(scale.grad, 6 * scale.data * sums[2] * sums[1])


@pytest.mark.parametrize("mode", ["eager", *ENGINES])
def test_a_length_without_xs(mode):
    def f(x):
        return ag.scan(lambda c, _: (c * x, None), np.ones(()), length=4)[0]

    f_ = f if mode == "eager" else compiled(f, mode)
    assert f_(np.array(2.0)).item() == 16
    assert ag.grad(f_)(2.0) == 32
    ag.check_gradients(f_, np.array(1.5), order=2)


@pytest.mark.parametrize("mode", ["eager", *ENGINES])
def test_scans_in_scans(mode):
    def f(xs):
        def outer(c, row):
            c, ys = ag.scan(lambda d, x: (np.tanh(d + x), d * x), c, row)
            return c, np.sum(ys)

        c, ys = ag.scan(outer, np.zeros(()), xs)
        return np.sum(ys) * c

    ag.check_gradients(f if mode == "eager" else compiled(f, mode), XS[0], order=2)
    np.testing.assert_allclose(compiled(f, "numpy")(XS[0]).data, f(XS[0]).data, rtol=1e-12)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("draws", [1, 2])
def test_each_step_draws_anew_what_a_loop_draws(engine, reverse, draws):
    def make():
        generator = np.random.default_rng(3)

        def f(x):
            def step(c, x):
                for _ in range(draws):
                    c = c * x + ag.sample(generator, "random", shape=(2,), dtype=np.float32)
                return c, c

            return ag.scan(step, np.zeros(2), x, reverse=reverse)[1]

        return f

    f, program = make(), ag.compile(make(), engine=engine)
    for _ in range(3):
        np.testing.assert_array_equal(program(XS[0, 0]), f(XS[0, 0]))


@pytest.mark.parametrize("mode", ["checkpoint", *ENGINES])
def test_the_gradient_sees_the_numbers_that_were_drawn(mode):
    generator = np.random.default_rng(3)

    def f(x):
        def step(c, x):
            noise = ag.sample(generator, "normal", 0.0, 1.0, shape=())
            return c + x * noise, noise

        return ag.scan(step, np.zeros(()), x, checkpoint=mode == "checkpoint")

    f_ = f if mode == "checkpoint" else compiled(f, mode)
    for _ in range(3):
        x = ag.Tensor([1.0, 2.0, 3.0], requires_grad=True)
        c, noise = f_(x)
        c.backward()
        np.testing.assert_allclose(x.grad, noise.data)


@pytest.mark.parametrize("mode", ["eager", *ENGINES])
def test_a_mask_copies_the_carry(mode):
    mask = np.array([True, True, False, False])

    def f(xs, mask):
        def step(c, given):
            x, m = given
            new = np.where(m, np.sin(c + x), c)
            return new, new

        return ag.scan(step, np.zeros(()), (xs, mask))[1]

    f_ = f if mode == "eager" else compiled(f, mode)
    xs = np.array([1.0, 2.0, np.nan, 5.0])
    a, b = np.sin(1.0), np.sin(np.sin(1.0) + 2)
    np.testing.assert_allclose(f_(xs, mask).data, [a, b, b, b])
    x = ag.Tensor(xs, requires_grad=True)
    np.sum(f_(x, mask)).backward()
    last = 3 * np.cos(np.sin(1.0) + 2)
    np.testing.assert_allclose(x.grad, [np.cos(1.0) * (1 + last), last, 0, 0])


@pytest.mark.parametrize("mode", ["eager", *ENGINES])
def test_no_steps_give_the_initial_carry_and_empty_results(mode):
    f = recurrent if mode == "eager" else compiled(recurrent, mode)
    h, ys = f(W, XS[:0], H0)
    np.testing.assert_array_equal(h, H0)
    assert ys.shape == (0, 2, 3)


def test_what_is_traced_does_not_depend_on_the_number_of_steps():
    short, long = ag.compile(recurrent), ag.compile(recurrent)
    short(W, XS, H0)
    long(W, np.tile(XS, (40, 1, 1)), H0)
    assert len(short.program.body) == len(long.program.body)
    np.testing.assert_allclose(
        long(W, np.tile(XS, (40, 1, 1)), H0)[1].data,
        unrolled(W, np.tile(XS, (40, 1, 1)), H0)[1],
        rtol=1e-12,
    )


def test_a_loop_of_a_thousand_steps_is_differentiated():
    f = ag.compile(lambda x: ag.scan(lambda c, x: (c + x * c, None), np.ones(()), x)[0])
    x = np.full(1000, 1e-3)
    np.testing.assert_allclose(ag.grad(f)(x), np.full(1000, 1.001**999), rtol=1e-10)
    eager = ag.grad(lambda x: ag.scan(lambda c, x: (c + x * c, None), np.ones(()), x)[0])
    np.testing.assert_allclose(eager(x), np.full(1000, 1.001**999), rtol=1e-10)


class TestRefused:
    def test_no_pair(self):
        with pytest.raises(TypeError, match=r"returns two things, the carry and what is kept"):
            ag.scan(lambda c, x: c + x, 0.0, np.ones(3))

    @pytest.mark.parametrize("mode", ["eager", "numpy"])
    def test_a_carry_that_changes(self, mode):
        def run(f, *args):
            return f(*args) if mode == "eager" else ag.compile(f)(*args)

        x = np.ones(3)
        with pytest.raises(ValueError, match=r"has shape \(\) before a step, and \(2,\) after"):
            run(lambda x: ag.scan(lambda c, x: (c + np.ones(2), x), 0.0, x), x)
        with pytest.raises(TypeError, match=r"keeps its dtype. Start with np.float64"):
            run(lambda x: ag.scan(lambda c, x: (c + x, x), 0, x), x)
        with pytest.raises(ValueError, match=r"the structures differ"):
            run(lambda x: ag.scan(lambda c, x: ((c, c), x), 0.0, x), x)

    def test_the_number_of_steps(self):
        with pytest.raises(ValueError, match=r"one number of steps"):
            ag.scan(lambda c, x: (c, c), 0.0, (np.ones(3), np.ones(4)))
        with pytest.raises(ValueError, match=r"one number of steps.*length=2"):
            ag.scan(lambda c, x: (c, c), 0.0, np.ones(3), length=2)
        with pytest.raises(ValueError, match=r"needs the number of steps"):
            ag.scan(lambda c, x: (c, c), 0.0)
        with pytest.raises(ValueError, match=r"a number has no axis"):
            ag.scan(lambda c, x: (c, c), 0.0, 1.0)
        with pytest.raises(ValueError, match=r"from 0 up"):
            ag.scan(lambda c, x: (c, c), 0.0, length=-1)

    def test_a_value_inside_of_a_program(self):
        def step(c, x):
            return (c + x if x > 0 else c), c

        with pytest.raises(ag.TracingError, match=r"test_scan.py"):
            ag.compile(lambda x: ag.scan(step, 0.0, x)[0])(np.ones(3))

    def test_an_assignment_inside_of_a_program(self):
        w = ag.Variable(0.0, name="w")

        def step(c, x):
            w.assign(x)
            return c, None

        with pytest.raises(ag.TracingError, match=r"'w' is assigned inside of a scan.*test_scan"):
            ag.compile(lambda x: ag.scan(step, 0.0, x)[0])(np.ones(3))
        ag.scan(step, 0.0, np.arange(3.0))
        assert w.item() == 2

    def test_draws_of_several_kinds(self):
        generator = np.random.default_rng(0)

        def step(c, x):
            c = c + ag.sample(generator, "normal", 0.0, 1.0, shape=())
            return c + ag.sample(generator, "random", shape=()), None

        with pytest.raises(ag.TracingError, match=r"random numbers of several kinds"):
            ag.compile(lambda x: ag.scan(step, 0.0, x)[0])(np.ones(3))


@pytest.mark.parametrize("reverse", [False, True])
def test_its_first_steps_have_the_shapes_of_all(reverse):
    def f(c, x):
        calls.append(x)
        return c + x, c + x

    calls = []
    with first_steps(2):
        total, sums = ag.scan(f, 0.0, np.array([1.0, 2.0, 3.0, 4.0]), reverse=reverse)
    assert len(calls) == 2
    assert total.item() == (7.0 if reverse else 3.0)
    assert sums.data.tolist() == ([7.0, 7.0, 7.0, 4.0] if reverse else [1.0, 3.0, 3.0, 3.0])
    with first_steps(9):
        assert ag.scan(f, 0.0, np.ones(2))[1].data.tolist() == [1.0, 2.0]
