"""Data of other libraries: arrays by protocol, iterables of batches by their methods.

PyTorch, JAX, Polars and Keras are not needed: stand-ins have the methods by which theirs are known.
"""

import itertools

import numpy as np
import pytest

import nn
from nn.data.adapters import as_array

X = np.random.default_rng(0).normal(size=(70, 4)).astype("f4")
Y = X[:, :1] * 2 + 1


def model(**options):
    nn.set_random_seed(0)
    made = nn.Sequential([nn.Input((4,)), nn.Dense(1)])
    made.compile(**{"optimizer": nn.SGD(0.05), "loss": "mse", **options})
    return made


def trained(x, y=None, **options):
    made = model()
    made.fit(x, y, **{"verbose": 0, "shuffle": False, "epochs": 2, **options})
    return made.get_weights()


def same_weights(one, other):
    for a, b in zip(one, other, strict=True):  # sums of another memory order may round otherwise
        np.testing.assert_allclose(a, b, rtol=1e-5)


BY_ARRAYS = trained(X, Y)  # every other way of giving the same numbers trains the same weights


# -- arrays ----------------------------------------------------------------------------------------


class ArrayProtocol:
    """As a JAX array, a PyTorch tensor on the CPU or a Polars frame: read by __array__."""

    def __init__(self, values):
        self.values = values

    def __array__(self, dtype=None, copy=None):
        return self.values if dtype is None else self.values.astype(dtype)

    def __len__(self):
        return len(self.values)

    def __getitem__(self, i):
        return self.values[i]

    def __iter__(self):
        return iter(self.values)


class DLPack:
    """What is read by DLPack alone."""

    def __init__(self, values):
        self.values = values

    def __dlpack__(self, **options):
        return self.values.__dlpack__(**options)

    def __dlpack_device__(self):
        return self.values.__dlpack_device__()


class Frame:
    """What has the data frame protocol, and to_numpy."""

    def __init__(self, values):
        self.values = values

    def __dataframe__(self, *args):
        raise AssertionError("not needed")

    def to_numpy(self):
        return self.values


def pandas_frame(values):
    return pytest.importorskip("pandas").DataFrame(values)


KINDS = [ArrayProtocol, DLPack, Frame, pandas_frame, list, np.asarray]


@pytest.mark.parametrize("kind", KINDS)
def test_arrays_of_every_kind_are_the_same_data(kind):
    x, y = (list(X), list(Y)) if kind is list else (kind(X), kind(Y))
    if kind is list:
        x, y = X.tolist(), Y.tolist()
    same_weights(trained(x, y), BY_ARRAYS)
    made = model()
    np.testing.assert_allclose(made.predict(x), made.predict(X), rtol=1e-4)
    for measure in (made.evaluate, made.test_on_batch):
        assert measure(x, y) == pytest.approx(measure(X, Y), rel=1e-5)


class Product(nn.Model):
    def __init__(self):
        super().__init__()
        self.out = nn.Dense(1)

    def call(self, x, training=False):
        a, b = x.values() if isinstance(x, dict) else x
        return self.out(a * b)


@pytest.mark.parametrize("kind", [k for k in KINDS if k is not list])
@pytest.mark.parametrize(
    "several", [list, tuple, lambda parts: dict(zip("ab", parts, strict=True))]
)
def test_several_inputs_of_every_kind(kind, several):
    nn.set_random_seed(0)
    made = Product()
    made.compile("sgd", "mse")
    made.fit(several([kind(X), kind(X)]), kind(Y), verbose=0)
    assert made.predict(several([kind(X), kind(X)])).shape == (70, 1)


def test_a_series_is_one_axis():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=list("abcd")).assign(y=Y[:, 0])
    same_weights(trained(frame[list("abcd")], frame["y"]), BY_ARRAYS)
    same_weights(trained([frame[list("abcd")]], [frame["y"]]), BY_ARRAYS)


@pytest.mark.parametrize(
    "one", [lambda a: [a], lambda a: (a,), lambda a: {"a": a}, lambda a: [[a]]]
)
def test_one_array_in_a_list_or_dict_is_that_array(one):
    # Keras's Sequential flattens what it is given; its losses do so with the targets.
    same_weights(trained(one(X), one(Y)), BY_ARRAYS)
    weighted = trained(X, Y, sample_weight=np.arange(70.0))
    same_weights(trained(one(X), one(Y), sample_weight=one(np.arange(70.0))), weighted)
    made = model()
    np.testing.assert_array_equal(made.predict(one(X)), made.predict(X))
    assert made.train_on_batch(one(X), one(Y)) == model().train_on_batch(X, Y)


def test_one_array_in_a_list_has_classes_too():
    labels = (X[:, 0] > 0).astype(int)
    made = model(loss=nn.BinaryCrossentropy(from_logits=True))
    made.fit(X, [labels], class_weight={0: 1.0, 1: 2.0}, verbose=0, shuffle=False)
    other = model(loss=nn.BinaryCrossentropy(from_logits=True))
    other.fit(X, labels, class_weight={0: 1.0, 1: 2.0}, verbose=0, shuffle=False)
    same_weights(made.get_weights(), other.get_weights())


def test_several_arrays_for_one_input_or_output_are_refused():
    with pytest.raises(ValueError, match="takes one input, got 2 arrays"):
        model().fit([X, X], Y, verbose=0)
    with pytest.raises(ValueError, match="y has 2 arrays, but the model has one output"):
        model().fit(X, [Y, Y], verbose=0)


def test_one_output_in_a_list_or_dict_is_reported_as_one():
    # Keras reports the losses and metrics of outputs by name only where there are several.
    class Wrapped(nn.Model):
        def __init__(self, wrap):
            super().__init__()
            self.out, self.wrap = nn.Dense(1), wrap

        def call(self, x):
            return self.wrap(self.out(x))

    for wrap, loss in ((lambda y: [y], ["mse"]), (lambda y: {"a": y}, {"a": "mse"})):
        made = Wrapped(wrap)
        made.compile("sgd", loss, metrics=["mae"])
        assert list(made.fit(X, Y, verbose=0).history) == ["loss", "mae"]
        made.fit(X, wrap(Y), verbose=0)


def test_what_a_library_refuses_is_told_in_its_words():
    class NeedsDetach:
        def __array__(self, dtype=None, copy=None):
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use detach()")

    with pytest.raises(TypeError, match=r"X \(NeedsDetach\) is not readable by NumPy: .*detach"):
        as_array(NeedsDetach(), "X")


# -- iterables of batches --------------------------------------------------------------------------


class Dataset:
    """As keras.utils.PyDataset (Sequence) is written: no __iter__, no IndexError."""

    def __init__(self, size=32, wrap=tuple):
        self.size, self.wrap, self.asked, self.epochs = size, wrap, [], 0

    def __len__(self):
        return -(-len(X) // self.size)

    def __getitem__(self, i):
        self.asked.append(i)
        rows = slice(i * self.size, (i + 1) * self.size)
        return self.wrap([X[rows], Y[rows]])

    def on_epoch_end(self):
        self.epochs += 1


class OldSequence(Dataset):
    """As the Sequence of Keras 2: it has an __iter__ too."""

    def __iter__(self):
        return (self[i] for i in itertools.count())


@pytest.mark.parametrize("kind", [Dataset, OldSequence])
@pytest.mark.parametrize("wrap", [tuple, list])
def test_a_data_set_of_batches_by_number(kind, wrap):
    data = kind(wrap=wrap)
    same_weights(trained(data), BY_ARRAYS)
    assert data.asked == [0, 1, 2] * 2
    assert data.epochs == 2
    made = model()
    assert made.evaluate(data, verbose=0) == made.evaluate(X, Y, verbose=0)
    np.testing.assert_array_equal(made.predict(data), made.predict(X))
    history = made.fit(data, validation_data=kind(), verbose=0).history
    assert len(history["val_loss"]) == 1


def test_its_batches_are_shuffled_and_each_comes_once():
    # Keras: "shuffle" shuffles the batches of a PyDataset.
    data = Dataset(size=7)
    nn.set_random_seed(3)
    model().fit(data, epochs=4, verbose=0)
    orders = [data.asked[i : i + 10] for i in range(0, 40, 10)]
    assert all(sorted(order) == list(range(10)) for order in orders)
    assert len({tuple(order) for order in orders}) == 4


def test_it_knows_when_an_epoch_ends_also_with_steps_per_epoch():
    data = Dataset()
    model().fit(data, epochs=3, steps_per_epoch=2, shuffle=False, verbose=0)
    assert data.epochs == 3
    assert data.asked == [0, 1, 2, 0, 1, 2]  # an epoch goes on where the one before has stopped


def test_it_may_be_changed_at_the_end_of_an_epoch():
    class Growing(Dataset):
        def on_epoch_end(self):
            self.size = 70

    data = Growing()
    history = model().fit(data, epochs=2, shuffle=False, verbose=0)
    assert data.asked == [0, 1, 2, 0]
    assert len(history.history["loss"]) == 2


def test_class_weight_weighs_its_batches():
    class Labels(Dataset):
        def __getitem__(self, i):
            x, y = super().__getitem__(i)
            return x, (y > 1).astype(int)

    weight = {0: 1.0, 1: 3.0}
    made, other = (model(loss=nn.BinaryCrossentropy(from_logits=True)) for _ in range(2))
    made.fit(Labels(), class_weight=weight, shuffle=False, verbose=0)
    other.fit(X, (Y > 1).astype(int), class_weight=weight, shuffle=False, verbose=0)
    same_weights(made.get_weights(), other.get_weights())


def test_what_has_no_length_is_refused():
    class Endless:
        def __getitem__(self, i):
            return X[:8], Y[:8]

    for call in (model().fit, model().evaluate, model().predict):
        with pytest.raises(TypeError, match=r"Endless has __getitem__, but no __len__"):
            call(Endless())


@pytest.mark.parametrize("length", [3.0, None])
def test_a_length_that_is_none_is_refused(length):
    class Unknown(Dataset):
        def __len__(self):
            if length is None:
                raise NotImplementedError
            return length

    for options in ({}, {"steps_per_epoch": 2}):
        with pytest.raises(TypeError, match=r"a __len__ that does not return a number"):
            model().fit(Unknown(), verbose=0, **options)


def test_no_inputs_and_missing_values_are_told_by_name():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(TypeError, match="there is no data: X is None"):
        model().fit(None, Y, verbose=0)
    frame = pandas.DataFrame(X, columns=list("abcd")).astype("Float64")
    frame.iloc[3, 1] = pandas.NA
    with pytest.raises(ValueError, match=r"column 'b' of X has 1 value .*missing.* in row 3"):
        model().fit(frame, Y, verbose=0)


@pytest.mark.parametrize("weight", [float("nan"), [float("inf")], {"output": float("nan")}])
def test_weights_of_losses_are_finite(weight):
    with pytest.raises(ValueError, match="a weight in loss_weights is a finite number"):
        model(loss_weights=weight)


class Loader:
    """As torch.utils.data.DataLoader: gives lists, has a data set and a collate_fn."""

    collate_fn = dataset = None
    length = 3

    def __iter__(self):
        for i in range(0, 70, 32):
            yield [ArrayProtocol(X[i : i + 32]), ArrayProtocol(Y[i : i + 32])]

    def __len__(self):
        if self.length is None:
            raise TypeError("object of type 'IterableDataset' has no len()")
        return self.length


@pytest.mark.parametrize("length", [3, None])
def test_a_loader_gives_x_and_y_as_a_list(length):
    loader = Loader()
    loader.length = length
    same_weights(trained(loader), BY_ARRAYS)
    made = model()
    assert made.evaluate(loader, verbose=0) == made.evaluate(X, Y, verbose=0)
    np.testing.assert_array_equal(made.predict(loader), made.predict(X))


class TensorFlowData:
    """As tf.data.Dataset: batches of tensors, a cardinality, a length if there is one."""

    def __init__(self, batches):
        self.batches = batches  # -1: repeats for ever, -2: not known

    def cardinality(self):
        return np.int64(self.batches)

    def __len__(self):
        if self.batches < 0:
            raise TypeError("The dataset is infinite.")
        return self.batches

    def __iter__(self):
        for i in itertools.cycle(range(0, 70, 32)) if self.batches == -1 else range(0, 70, 32):
            yield ArrayProtocol(X[i : i + 32]), ArrayProtocol(Y[i : i + 32])


@pytest.mark.parametrize("batches", [3, -2])
def test_data_sets_as_tensorflow_s_are_batches(batches):
    same_weights(trained(TensorFlowData(batches)), BY_ARRAYS)
    same_weights(trained(TensorFlowData(-1), steps_per_epoch=3), BY_ARRAYS)


def test_a_data_set_without_an_end_needs_a_number_of_steps():
    for call in (model().fit, model().evaluate, model().predict):
        with pytest.raises(ValueError, match="TensorFlowData repeats its data for ever: give"):
            call(TensorFlowData(-1))


def test_a_list_from_a_generator_is_several_inputs_and_says_so():
    with pytest.raises(ValueError, match=r"\(x, y\), not \[x, y\]|takes one input"):
        model().fit(iter([[X, Y]]), verbose=0)


def test_loss_weights_may_be_a_number_for_one_output():
    made, other = model(loss_weights=0.2), model()
    expected = other.evaluate(X, Y, verbose=0)
    assert made.evaluate(X, Y, verbose=0) == pytest.approx(0.2 * expected, rel=1e-6)
