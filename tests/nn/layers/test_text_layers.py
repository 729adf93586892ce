"""Vocabularies: StringLookup, IntegerLookup, TextVectorization, beside Keras's numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

import nn
from nn.layers import Dense, Embedding, IntegerLookup, StringLookup, TextVectorization

TEXTS = ["The cat sat on the mat.", "The dog ran; the cat sat!", "A mat"]


def test_a_vocabulary_is_ranked_by_number_and_then_backwards():
    layer = TextVectorization().adapt(TEXTS)
    words = ["the", "sat", "mat", "cat", "ran", "on", "dog", "a"]
    assert layer.get_vocabulary() == ["", "[UNK]", *words]
    assert layer.get_vocabulary(include_special_tokens=False) == words
    assert layer.vocabulary_size() == 10
    assert layer(TEXTS[2:]).data.tolist() == [[9, 4]]
    small = TextVectorization(max_tokens=4).adapt(np.array(TEXTS))
    assert small.get_vocabulary() == ["", "[UNK]", "the", "sat"]


def test_texts_become_indices_of_equal_lengths():
    layer = TextVectorization(vocabulary=["cat", "mat"])
    y = layer(["mat cat zebra", "cat", ""])
    assert y.data.tolist() == [[3, 2, 1], [2, 0, 0], [0, 0, 0]]
    assert y.dtype == np.int64
    assert layer(np.array([["cat"], ["mat"]])).data.tolist() == [[2], [3]]
    assert layer("mat cat").data.tolist() == [3, 2]
    assert layer([b"mat"]).data.tolist() == [[3]]
    assert layer([""]).shape == (1, 0)
    for length in (2, 5):
        fixed = TextVectorization(vocabulary=["cat", "mat"], output_sequence_length=length)
        assert fixed(["mat cat mat"]).data.tolist() == [[3, 2, 3, 0, 0][:length]]


@pytest.mark.parametrize(
    ("arguments", "tokens"),
    [
        ({}, ["dont", "stop", "xy"]),
        ({"standardize": "lower"}, ["don't", "stop!", "x_y"]),
        ({"standardize": "strip_punctuation"}, ["Dont", "stop", "xy"]),
        ({"standardize": None}, ["Don't", "stop!", "x_y"]),
        ({"standardize": lambda x: np.char.replace(x, "!", "?")}, ["Don't", "stop?", "x_y"]),
        ({"split": None}, ["dont  stop xy"]),
        ({"split": lambda texts: [t.split("s") for t in texts]}, ["dont  ", "top xy"]),
        ({"ngrams": 2}, ["dont", "stop", "xy", "dont stop", "stop xy"]),
        ({"ngrams": (3,)}, ["dont stop xy"]),
        ({"split": "character", "standardize": None}, list("Don't  stop! x_y")),
    ],
)
def test_texts_are_standardized_split_and_joined(arguments, tokens):
    layer = TextVectorization(**arguments).adapt(["Don't  stop! x_y"])
    assert set(layer.get_vocabulary(include_special_tokens=False)) == set(tokens)
    found = np.array(layer.get_vocabulary())[layer(["Don't  stop! x_y"]).data]
    assert found.tolist() == [tokens]


def test_vectors_of_texts():
    # Of three documents two hold "cat" and one holds "dog": log(1 + 3 / 3) and log(1 + 3 / 2).
    data = ["cat cat dog", "cat", "a"]
    for mode, expected in {
        "multi_hot": [[1, 1, 1, 0]],
        "count": [[1, 2, 1, 0]],
        "tf_idf": [[None, 2 * math.log(2), math.log(2.5), 0]],
    }.items():
        layer = TextVectorization(output_mode=mode).adapt(data)
        assert layer.get_vocabulary() == ["[UNK]", "cat", "dog", "a"]
        if mode == "tf_idf":  # what is unknown has the mean weight
            expected[0][0] = (math.log(2) + 2 * math.log(2.5)) / 3
        y = layer(["cat dog cat zebra"])
        np.testing.assert_allclose(y.data, expected, rtol=1e-6)
        assert y.dtype == np.float32
    wide = TextVectorization(max_tokens=6, output_mode="count", pad_to_max_tokens=True).adapt(data)
    assert wide(["a a"]).data.tolist() == [[0, 0, 0, 2, 0, 0]]


def test_string_lookup_in_all_modes():
    inputs = [["b", "z"], ["a", "a"]]
    for mode, expected in {
        "int": [[1, 0], [2, 2]],
        "one_hot": [[[0, 1, 0], [1, 0, 0]], [[0, 0, 1], [0, 0, 1]]],
        "multi_hot": [[1, 1, 0], [0, 0, 1]],
        "count": [[1, 1, 0], [0, 0, 2]],
    }.items():
        layer = StringLookup(vocabulary=["b", "a"], output_mode=mode)
        assert layer(inputs).data.tolist() == expected
        assert layer(np.array(inputs)).data.tolist() == expected
    masked = StringLookup(vocabulary=["b", "a"], mask_token="", num_oov_indices=2)
    assert masked.get_vocabulary() == ["", "[UNK]", "[UNK]", "b", "a"]
    assert masked(["", "a"]).data.tolist() == [0, 4]
    assert {masked([token]).item() for token in "cdefghijk"} == {1, 2}
    other = StringLookup(vocabulary=["b"], num_oov_indices=50, salt=7)
    assert other(["q"]).item() != StringLookup(vocabulary=["b"], num_oov_indices=50)(["q"]).item()
    counts = StringLookup(vocabulary=["b", "a"], mask_token="m", output_mode="count")
    assert counts(["m", "b", "b"]).data.tolist() == [0, 2, 0]


def test_lookups_are_inverted():
    words = StringLookup(vocabulary=["b", "a"], mask_token="")
    back = StringLookup(vocabulary=words.get_vocabulary(), mask_token="", invert=True)
    texts = np.array([["a", "b", ""], ["z", "a", "a"]])
    expected = [["a", "b", ""], ["[UNK]", "a", "a"]]
    assert back(words(texts)).tolist() == expected
    assert back(np.array([[99, -1]])).tolist() == [["[UNK]", "[UNK]"]]
    numbers = IntegerLookup(vocabulary=[40, 20], invert=True)
    assert numbers(np.array([0, 1, 2, 7])).data.tolist() == [-1, 40, 20, -1]


def test_integer_lookup_in_all_modes_and_with_several_indices_for_the_unknown():
    x = np.array([[30, 7, 10]])
    assert IntegerLookup(vocabulary=[10, 30])(x).data.tolist() == [[2, 0, 1]]
    assert IntegerLookup(vocabulary=[10, 30], mask_token=7)(x).data.tolist() == [[3, 0, 2]]
    assert IntegerLookup(vocabulary=[10, 30], num_oov_indices=4)(x).data.tolist() == [[5, 3, 4]]
    count = IntegerLookup(vocabulary=[10, 30], output_mode="count", mask_token=7)
    assert count(x).data.tolist() == [[0, 1, 1]]
    adapted = IntegerLookup().adapt(np.array([3, 5, 5, 3, 1]))
    assert adapted.get_vocabulary() == [-1, 5, 3, 1]
    assert adapted(np.array([[1.0, 2.0]])).data.tolist() == [[3, 0]]


def test_an_integer_lookup_is_a_part_of_a_model_and_of_its_file(tmp_path):
    x = np.array([[100, 7], [100, 100], [8, 7]])
    lookup = IntegerLookup(num_oov_indices=2, mask_token=8).adapt(x)
    model = nn.Sequential([lookup, Embedding(lookup.vocabulary_size(), 2), Dense(1)])
    model.compile("sgd", "mse")
    model.fit(x, np.ones((3, 2, 1)), epochs=2, verbose=0)
    model.save(tmp_path / "m.safetensors")
    again = nn.load_model(tmp_path / "m.safetensors")
    assert again.layers[0].get_vocabulary() == [8, -1, -1, 100, 7]
    np.testing.assert_array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


class Reader(nn.Model):
    def __init__(self, words):
        super().__init__()
        self.words = words
        self.dense = Dense(1)

    def call(self, x):
        return self.dense(x)

    def get_config(self):
        return {"words": self.words}


def test_a_vocabulary_of_words_is_kept_in_a_file(tmp_path):
    words = TextVectorization(output_mode="tf_idf", ngrams=2, split="character").adapt(TEXTS)
    model = Reader(words)
    y = model(words(TEXTS)).data
    nn.saving.save(model, tmp_path / "m.safetensors", custom_objects={"Reader": Reader})
    again = nn.load_model(tmp_path / "m.safetensors", custom_objects={"Reader": Reader})
    assert again.words.get_vocabulary() == words.get_vocabulary()
    np.testing.assert_array_equal(again(again.words(TEXTS)).data, y)


def test_vocabularies_from_files_iterables_and_with_their_special_tokens(tmp_path):
    (tmp_path / "words.txt").write_text("b\na\n")
    assert StringLookup(vocabulary=tmp_path / "words.txt")(["a"]).data.tolist() == [2]
    assert StringLookup(vocabulary=str(tmp_path / "words.txt"))(["a"]).data.tolist() == [2]
    (tmp_path / "numbers.txt").write_text("5\n3\n")
    assert IntegerLookup(vocabulary=tmp_path / "numbers.txt")(np.array([3])).data.tolist() == [2]
    batches = iter([["a", "b"], np.array(["b", "c"]), ["d"]])
    layer = StringLookup().adapt(batches, steps=2)
    assert layer.get_vocabulary() == ["[UNK]", "b", "c", "a"]
    assert next(batches) == ["d"]
    layer.set_vocabulary(["[UNK]", "x"])
    assert layer.get_vocabulary() == ["[UNK]", "x"]
    weighted = StringLookup(
        vocabulary=["[UNK]", "x", "y"], idf_weights=[9.0, 1.0, 3.0], output_mode="tf_idf"
    )
    assert weighted(["y", "q"]).data.tolist() == [9.0, 0.0, 3.0]


@pytest.mark.parametrize("layer", [TextVectorization(ngrams=2), StringLookup(), IntegerLookup()])
def test_configs_hold_the_vocabulary(layer):
    layer.adapt([1, 2, 2] if isinstance(layer, IntegerLookup) else ["to be", "or"])
    again = type(layer).from_config(layer.get_config())
    assert again.get_vocabulary() == layer.get_vocabulary()
    assert again.get_config() == layer.get_config()


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: StringLookup()(["a"]), RuntimeError, r"no vocabulary yet. Call its adapt"),
        (lambda: TextVectorization()(["a"]), RuntimeError, "text_vectorization has no vocabulary"),
        (lambda: IntegerLookup()(np.array([1])), RuntimeError, "no vocabulary yet"),
        (lambda: StringLookup(vocabulary=["a"])([["a", 3]]), TypeError, r"got 3 at \(0, 1\)"),
        (lambda: StringLookup(vocabulary=["a"])([["a"], ["b", "c"]]), ValueError, "one length"),
        (lambda: TextVectorization().adapt([None]), TypeError, "takes text, got None"),
        (lambda: TextVectorization().adapt([]), ValueError, "needs data with at least one token"),
        (lambda: StringLookup().adapt(np.array([], str)), ValueError, "at least one token"),
        (lambda: IntegerLookup().adapt(["a"]), TypeError, "adapt takes integers, got dtype <U1"),
        (
            lambda: StringLookup(vocabulary=["a"], num_oov_indices=0)(["b"]),
            ValueError,
            "'b' is not in the vocabulary of string_lookup",
        ),
        (
            lambda: IntegerLookup(vocabulary=[1], num_oov_indices=0)(np.array([1, 9])),
            ValueError,
            "9 is not in the vocabulary of integer_lookup",
        ),
        (lambda: IntegerLookup(vocabulary=[1])(np.array([1.5])), ValueError, "takes whole numbers"),
        (lambda: IntegerLookup(vocabulary=[1.5]), TypeError, "holds integers"),
        (lambda: IntegerLookup(salt=3), ValueError, "salt=None"),
        (lambda: StringLookup(vocabulary=["a", "a"]), ValueError, r"twice: \['a'\]"),
        (lambda: StringLookup(vocabulary=[]), ValueError, "at least one token"),
        (lambda: StringLookup(vocabulary=["a", "m"], mask_token="m"), ValueError, "reserved"),
        (lambda: StringLookup(max_tokens=2, vocabulary=["a", "b"]), ValueError, "takes 3"),
        (lambda: StringLookup(max_tokens=1), ValueError, "it is at least 2; got 1"),
        (lambda: StringLookup(pad_to_max_tokens=True), ValueError, "needs max_tokens"),
        (lambda: StringLookup(invert=True, output_mode="count"), ValueError, "invert=True gives"),
        (lambda: StringLookup(output_mode="ints"), ValueError, "output_mode is one of"),
        (lambda: StringLookup(sparse=True), ValueError, "sparse outputs do not exist"),
        (lambda: StringLookup(vocabulary=["a"], output_mode="tf_idf"), ValueError, "idf_weights"),
        (lambda: StringLookup(vocabulary=["a"], idf_weights=[1.0]), ValueError, "idf_weights"),
        (
            lambda: StringLookup(
                vocabulary=["a"], idf_weights=[1.0, 2.0, 3.0], output_mode="tf_idf"
            ),
            ValueError,
            "a number for each of 1 tokens, or of all 2",
        ),
        (lambda: TextVectorization(ragged=True), ValueError, "ragged outputs do not exist"),
        (lambda: TextVectorization(standardize="upper"), ValueError, "standardize is None"),
        (lambda: TextVectorization(split="words"), ValueError, "split is None"),
        (lambda: TextVectorization(ngrams=0), ValueError, "ngrams is 1 or more"),
        (
            lambda: TextVectorization(output_mode="count", output_sequence_length=3),
            ValueError,
            'output_sequence_length is for output_mode="int"',
        ),
        (
            lambda: TextVectorization(vocabulary=["a"])([["a", "b"]]),
            ValueError,
            r"splits texts, \(samples,\) or \(samples, 1\)",
        ),
        (
            lambda: nn.Sequential([TextVectorization(vocabulary=["a"]), Dense(1)])(np.ones((2, 1))),
            TypeError,
            r"reads text, and a model computes with numbers. Call it on the data first",
        ),
        (
            lambda: nn.Sequential([nn.Input((1,)), StringLookup(vocabulary=["a"])]),
            TypeError,
            "string_lookup reads text",
        ),
    ],
)
def test_bad_input(make, error, message):
    with pytest.raises(error, match=message):
        make()
