"""Data frames of pandas and polars, and sparse matrices of SciPy, as X and y."""

import datetime
import decimal

import numpy as np
import pytest

import nn
from nn.data.arrays import samples
from nn.data.frames import frame_array

F32 = np.dtype("f4")


def pandas_frame(**columns):
    return pytest.importorskip("pandas").DataFrame(columns)


def polars_frame(**columns):
    return pytest.importorskip("polars").DataFrame(columns)


FRAMES = pytest.mark.parametrize("frame", [pandas_frame, polars_frame])


def model(**options):
    nn.set_random_seed(0)
    made = nn.Sequential([nn.Dense(1)])
    made.compile(**{"optimizer": nn.SGD(0.05), "loss": "mse", **options})
    return made


# -- frames ----------------------------------------------------------------------------------------


@FRAMES
def test_columns_of_several_types_are_one_array(frame):
    x = frame(a=[1, 2, 3], b=[0.5, 1.5, 2.5], c=[True, False, True])
    expected = [[1, 0.5, 1], [2, 1.5, 0], [3, 2.5, 1]]
    assert samples(x, None, None, F32).x.tolist() == expected
    assert frame_array(x["a"], "y").dtype == np.int64
    assert frame_array(frame(a=[1, 2], b=[3, 4]), "X").dtype == np.int64
    y = x["b"]
    by_arrays = model().fit(np.array(expected), np.array(y), verbose=0).history
    assert model().fit(x, y, verbose=0).history == by_arrays


def test_nullable_numbers_of_pandas_are_numbers():
    pandas = pytest.importorskip("pandas")
    x = pandas.DataFrame(
        {"a": pandas.array([1, 2], "Int64"), "b": pandas.array([0.5, 1], "Float32")}
    )
    assert frame_array(x, "X").tolist() == [[1, 0.5], [2, 1]]
    twice = pandas.DataFrame([[1, 2], [3, 4]], columns=["a", "a"])
    assert frame_array(twice, "X").tolist() == [[1, 2], [3, 4]]


# Each message is followed: what it says to write is evaluated, and gives data that are taken.
REFUSED = {
    "text": (["u", "v", "u"], TypeError, r"column 'd' of X holds text \('u' in row 0\)"),
    "missing": ([1.0, None, 3.0], ValueError, r"column 'd' of X has 1 value .*\(nan\) in row 1"),
    "dates": (
        [datetime.datetime(2020, 1, day) for day in (1, 2, 4)],
        TypeError,
        r"column 'd' of X holds dates",
    ),
}
WRITE = {
    ("text", "pandas"): [
        "pandas.get_dummies(X, columns=['d'])",
        "X['d'].astype('category').cat.codes",
    ],
    ("text", "polars"): ["X.to_dummies('d')", "X['d'].cast(polars.Categorical).to_physical()"],
    ("missing", "pandas"): ["X.fillna({'d': X['d'].mean()})", "X.dropna()"],
    ("missing", "polars"): [
        "X.fill_nan(None).fill_null(strategy='mean')",
        "X.fill_nan(None).drop_nulls()",
    ],
    ("dates", "pandas"): ["(X['d'] - X['d'].min()).dt.days"],
    ("dates", "polars"): ["(X['d'] - X['d'].min()).dt.total_days()"],
}


@pytest.mark.parametrize("what", REFUSED)
@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_what_is_no_number_is_told_by_its_column_with_what_to_write(what, library):
    module = pytest.importorskip(library)
    values, kind, message = REFUSED[what]
    x = module.DataFrame({"a": [1.0, 2.0, 3.0], "d": values})
    with pytest.raises(kind, match=message) as caught:
        model().fit(x, np.zeros(3), verbose=0)
    for advice in WRITE[what, library]:
        assert advice in str(caught.value)
        followed = eval(advice, {"X": x, library: module})
        array = frame_array(followed, "X")
        assert np.isfinite(array).all()
        if what == "dates":
            assert array.tolist() == [0, 1, 3]


@FRAMES
def test_a_series_is_told_by_its_name(frame):
    x = frame(a=[1.0, 2.0], price=["cheap", "dear"], size=[1.0, None])
    with pytest.raises(TypeError, match=r"y \('price'\) holds text \('cheap' in row 0\).*unique"):
        model().fit(x[["a"]], x["price"], verbose=0)
    with pytest.raises(ValueError, match=r"y \('size'\) has 1 value .* in row 1"):
        model().fit(x[["a"]], x["size"], verbose=0)


def test_objects_and_frames_that_are_not_computed():
    polars = pytest.importorskip("polars")
    x = polars.DataFrame({"a": [[1, 2], [3, 4]]})
    with pytest.raises(TypeError, match=r"column 'a' of X holds objects \(List"):
        model().fit(x, np.zeros(2), verbose=0)
    with pytest.raises(TypeError, match=r"LazyFrame has not been computed yet: .*collect\(\)"):
        model().fit(x.lazy(), np.zeros(2), verbose=0)


def test_numbers_of_other_kinds_say_how_to_make_floats_of_them():
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    prices = [decimal.Decimal("1.5"), decimal.Decimal("2.25")]
    for X, advice in (
        (pandas.DataFrame({"d": prices}), "X['d'].astype(float)"),
        (polars.DataFrame({"d": prices}), "X['d'].cast(float)"),
    ):
        with pytest.raises(TypeError, match=r"Write X\['d'\]") as caught:
            frame_array(X, "X")
        assert str(caught.value).endswith(advice)
        assert frame_array(eval(advice), "X").tolist() == [1.5, 2.25]


def test_rows_with_the_same_labels_in_another_order_are_warned_of():
    pandas = pytest.importorskip("pandas")
    x = pandas.DataFrame({"a": [1.0, 2.0, 3.0]}, index=["u", "v", "w"])
    y = pandas.Series([1.0, 2.0, 3.0], index=["w", "u", "v"])
    with pytest.warns(UserWarning, match=r"give y.loc\[X.index\]"):
        model().fit(x, y, verbose=0)
    for right in (y.loc[x.index], y.to_numpy(), y.reset_index(drop=True)):
        model().fit(x, right, verbose=0)


@FRAMES
def test_columns_in_another_order_are_refused(frame):
    x, y = frame(a=[1.0, 2.0], b=[3.0, 5.0]), np.zeros(2)
    made = model()
    made.fit(x, y, validation_data=(x, y), verbose=0)
    swapped, renamed = x[["b", "a"]], frame(a=[1.0, 2.0], c=[3.0, 5.0])
    for call in (made.predict, lambda x: made.evaluate(x, y, verbose=0)):
        with pytest.raises(
            ValueError, match=r"\['b', 'a'\]; .* another order: give X\[\['a', 'b'\]\]"
        ):
            call(swapped)
        with pytest.raises(
            ValueError, match=r"\['a', 'c'\], but the model was trained on \['a', 'b'\]"
        ):
            call(renamed)
    with pytest.raises(ValueError, match="the columns of X in validation_data are"):
        made.fit(x, y, validation_data=(swapped, y), verbose=0)
    expected = made.predict(x.to_numpy())
    np.testing.assert_array_equal(made.predict(swapped[["a", "b"]]), expected)
    made.fit(renamed, y, verbose=0)  # other data, and other names from now on
    made.predict(renamed)


# -- sparse matrices -------------------------------------------------------------------------------

X = np.where(np.random.default_rng(0).random((70, 5)) < 0.3, 1.5, 0.0)
Y = np.where(X[:, :2] > 0, 1.0, 0.0)


@pytest.mark.parametrize("kind", ["csr_matrix", "coo_array", "csc_array", "lil_array"])
def test_a_sparse_matrix_is_the_array_that_it_stands_for(kind):
    sparse = pytest.importorskip("scipy.sparse")
    convert = getattr(sparse, kind)
    options = {"loss": nn.BinaryCrossentropy(from_logits=True)}

    def trained(x, y):
        nn.set_random_seed(0)
        made = nn.Sequential([nn.Dense(2)])
        made.compile("adam", **options)
        history = made.fit(x, y, epochs=2, validation_split=0.2, verbose=0).history
        return history, made.predict(x), made.evaluate(x, y, verbose=0), made.train_on_batch(x, y)

    (history, predicted, *measured), expected = trained(convert(X), convert(Y)), trained(X, Y)
    assert history == expected[0]
    np.testing.assert_array_equal(predicted, expected[1])
    assert measured == [*expected[2:]]


def test_a_batch_alone_is_made_dense():
    sparse = pytest.importorskip("scipy.sparse")
    shapes = []

    class Watched(nn.Dense):
        def call(self, x):
            shapes.append(x.shape)
            return super().call(x)

    rows = 10**6  # 40 GB as an array
    x = sparse.coo_array((np.ones(3), ([0, 5, rows - 1], [1, 9_999, 2])), shape=(rows, 10_000))
    made = nn.Sequential([Watched(1)])
    made.compile("sgd", "mse", run_eagerly=True)
    made.fit(x, np.zeros(rows, "f4"), batch_size=64, steps_per_epoch=3, verbose=0)
    assert set(shapes) <= {(64, 10_000), (2, 10_000), (3, 10_000), (1, 10_000)}
    generator = ((part, np.zeros(64)) for part in (x.tocsr()[:64], x.tocsr()[64:128]))
    made.fit(generator, verbose=0)


def test_what_a_sparse_matrix_must_not_hold():
    sparse = pytest.importorskip("scipy.sparse")
    for value, message in [
        (np.nan, r"X has a value in row 3, column 2 that is NaN"),
        (1e300, r"X has a value in row 3, column 2 .* too large for float32"),
    ]:
        x = sparse.csr_array(([1.0, value], ([0, 3], [4, 2])), shape=(5, 5))
        with pytest.raises(ValueError, match=message):
            model().fit(x, np.zeros(5), verbose=0)
    with pytest.raises(TypeError, match=r"dtype complex128; a network computes with real"):
        model().fit(sparse.csr_array(np.eye(3) * 1j), np.zeros(3), verbose=0)


def test_forms_of_sparse_matrices_that_are_unlike_arrays():
    sparse = pytest.importorskip("scipy.sparse")
    dense = np.array([[0.0, 2.0], [1.0, 0.0]])
    made = model()
    expected = made.predict(dense)
    np.testing.assert_array_equal(made.predict(sparse.dok_matrix(dense)), expected)  # a dict
    np.testing.assert_array_equal(made.predict([sparse.csr_matrix(dense)]), expected)
    left, right = nn.Input((2,)), nn.Input((2,))
    joined = nn.Model([left, right], left - right)
    matrix = sparse.csr_matrix(dense)
    np.testing.assert_array_equal(joined.predict([matrix, matrix]), np.zeros((2, 2)))
    with pytest.raises(ValueError, match=r"of shape \(2, 1, 1\); only those of two axes"):
        made.predict(sparse.coo_array(np.ones((2, 1, 1))))
    beyond = sparse.csr_matrix((np.ones(1), np.array([7]), np.array([0, 1, 1])), shape=(2, 2))
    with pytest.raises(ValueError, match="X is a broken sparse matrix: indices must be < 2"):
        made.predict(beyond)


def test_what_computes_with_arrays_alone_refuses_it():
    sparse = pytest.importorskip("scipy.sparse")
    x = sparse.csr_matrix(X)
    with pytest.raises(TypeError, match=r"dense.* a sparse matrix \(csr_matrix\) .*x\.toarray\(\)"):
        nn.Dense(2)(x)
    with pytest.raises(TypeError, match=r"sparse matrix .*toarray\(\)"):
        model().fit(X, Y[:, :1], sample_weight=x, verbose=0)
    with pytest.raises(ValueError, match="class_weight needs targets that are classes"):
        model().fit(X, sparse.csr_array(Y), class_weight={0: 1.0}, verbose=0)


# -- batches of unequal sizes ----------------------------------------------------------------------


class Loader:
    """As torch.utils.data.DataLoader."""

    collate_fn = dataset = None

    def __init__(self, sizes):
        self.sizes = sizes

    def __len__(self):
        return len(self.sizes)

    def __iter__(self):
        stops = np.cumsum(self.sizes)
        for start, stop in zip(stops - self.sizes, stops, strict=True):
            yield [X[start:stop].astype("f4"), Y[start:stop, :1].astype("f4")]


def test_a_loader_of_unequal_batches_counts_every_sample_once():
    unequal = Loader([1, 40, 3, 26])
    made = model(metrics=["mae"])
    assert made.predict(unequal).shape == (70, 1)
    error = made.predict(X)[:, 0] - Y[:, 0]
    loss, mae = made.evaluate(unequal, verbose=0)
    np.testing.assert_allclose([loss, mae], [np.mean(error**2), np.mean(abs(error))], rtol=1e-5)
    still = model(optimizer=nn.SGD(0.0))
    (loss,) = still.fit(unequal, verbose=0).history["loss"]
    np.testing.assert_allclose(loss, still.evaluate(X, Y[:, :1], verbose=0), rtol=1e-5)
