"""Files that are damaged, or made to do harm: a clear error, quickly, and no large allocation.

`tracemalloc` sees NumPy's allocations, so the memory that a refusal takes is measured.
"""

import json
import random
import struct
import tracemalloc

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file

import nn
from nn import saving
from nn.saving import ModelFileError
from nn.saving.files import sealed as to_bytes

MEGABYTE = 2**20


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A file with everything in it: its bytes, its tensors and its document."""
    path = tmp_path_factory.mktemp("sound") / "m.safetensors"
    X = np.random.default_rng(0).normal(size=(20, 4))
    rng = nn.random.Generator(1)
    model = nn.Sequential(
        [
            nn.Input((4,)),
            nn.layers.Normalization().adapt(X),
            nn.Dense(4, nn.layers.LeakyReLU(), kernel_regularizer=nn.regularizers.L2(0.1)),
            nn.Dropout(0.2, seed=rng),
            nn.Dropout(0.2, seed=rng),
            nn.layers.Reshape((2, 2)),
            nn.LayerNormalization(),
            nn.Flatten(),
            nn.Sequential([nn.BatchNormalization(), nn.Dense(3, np.tanh)]),
            nn.Dense(1, "sigmoid"),
        ]
    )
    schedule = nn.schedules.ExponentialDecay(0.1, 10, 0.5)
    metrics = ["mae", nn.metrics.AUC(num_thresholds=5)]
    model.compile(nn.Adam(schedule), nn.BinaryCrossentropy(), metrics=metrics)
    model.fit(X, X[:, 0] > 0, verbose=0)
    saving.save(model, path)
    with safe_open(path, "numpy") as file:
        document = file.metadata()["nn"]
    return path.read_bytes(), load_file(path), document


@pytest.fixture
def load(tmp_path):
    """Load bytes, as a model; returns the error. The model must be whole if there is none."""

    def attempt(data):
        path = tmp_path / "m.safetensors"
        path.write_bytes(data)
        tracemalloc.start()
        try:
            saving.load_model(path)
            message = None
        except ModelFileError as error:
            message = str(error)
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            assert peak < 80 * MEGABYTE + 10 * len(data)
        assert message is None or (message.startswith(str(path)) and len(message) < 5000)
        return message

    return attempt


def with_header(header, data=b""):
    header = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(header)) + header + data


def of_document(document, tensors):
    text = document if isinstance(document, str) else json.dumps(document)
    return to_bytes(tensors, {"nn": text})


# -- the safetensors file --------------------------------------------------------------------------


def test_the_sound_file_loads(sound, load):
    assert load(sound[0]) is None


def test_files_cut_off_anywhere(sound, load):
    data = sound[0]
    for length in {*range(40), *range(40, len(data), 97), len(data) - 1}:
        assert "not a whole safetensors file" in load(data[:length])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0" * 8,
        b"\xff" * 8 + b"{}",  # a header of 2**64 - 1 bytes
        struct.pack("<Q", 2**62) + b"{}",
        struct.pack("<Q", 90_000_000) + b"{}",
        b"\x89HDF\r\n\x1a\n" + b"\0" * 100,
        b"\x80\x04\x95" + b"\0" * 100,  # a pickle
        with_header(b"not JSON"),
        with_header(b"\xff\xfe"),
        with_header(b"[" * 100_000),
        with_header(b'{"a":' * 100_000),
        with_header([]),
        with_header({"a": 1}),
        with_header({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}),
        with_header({"a": {"dtype": "F32", "shape": [2**40, 2**40], "data_offsets": [0, 8]}}),
        with_header({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 8]}}, b"\0" * 8),
        with_header({"a": {"dtype": "F32", "shape": [3], "data_offsets": [0, 8]}}, b"\0" * 8),
        with_header({"a": {"dtype": "F32", "shape": [2], "data_offsets": [8, 0]}}, b"\0" * 8),
        with_header({"a": {"dtype": "O", "shape": [1], "data_offsets": [0, 8]}}, b"\0" * 8),
        with_header(
            {
                "a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
                "b": {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]},
            },
            b"\0" * 12,
        ),
        with_header({"__metadata__": {"nn": {"version": 1}}}),
        with_header({"__metadata__": [1]}),
    ],
    ids=lambda data: repr(data[:30]),
)
def test_what_is_no_safetensors_file(load, data):
    of_keras = data.startswith((b"\x89HDF", b"PK\x03\x04"))
    said = ("an HDF5 file", "the archive is damaged") if of_keras else ("whole safetensors file",)
    assert any(part in load(data) for part in said)


def test_a_dtype_that_numpy_lacks(load):
    header = {"a": {"dtype": "F8_E4M3", "shape": [2], "data_offsets": [0, 2]}}
    assert load(with_header(header, b"\0\0"))


def test_a_shape_that_numpy_lacks(load):
    header = {"a": {"dtype": "F32", "shape": [1] * 100, "data_offsets": [0, 4]}}
    assert "a dtype or a shape that NumPy does not have" in load(with_header(header, bytes(4)))


# -- the document ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no JSON"),
        ("{", "no JSON"),
        ('{"version": 1} x', "no JSON"),
        ("[" * 100_000, "nested too deeply"),
        ('{"version": 1, "model": ' + '{"$tuple": [' * 50_000, "nested too deeply"),
        ("1" * 10_000, "no JSON"),
        ("[]", "no JSON object"),
        ("{}", "its version is a NoneType, not a int"),
        ('{"version": "1"}', "its version is a str"),
        ('{"version": true}', "its version is a bool"),
        ('{"version": 2}', "version 2 of the format, and this nn reads version 1"),
        ('{"version": 1}', "its model is a NoneType"),
    ],
    ids=lambda value: value[:20],
)
def test_what_is_no_document(load, text, message):
    assert message in load(of_document(text, {"a": np.zeros(2)}))


def nested(depth):
    """A document of models in models, closed properly."""
    model = '{"$object":"models.Sequential","name":"s","config":{"layers":['
    return f'{{"version":1,"layers":{{}},"model":{model * depth}{"]}}" * depth}}}'


def test_models_in_models_in_models(load):
    assert "it says nothing about the layer ''" in load(of_document(nested(3), {}))
    assert "nested too deeply" in load(of_document(nested(3000), {}))


def test_very_many_layers(load):
    flat = {"$object": "layers.Flatten", "name": "flatten", "config": {"name": "flatten"}}
    layers = {"$object": "models.Sequential", "name": "s", "config": {"layers": [flat] * 100_000}}
    document = {"version": 1, "model": layers, "layers": {}}
    assert "more than 2000 layers" in load(of_document(document, {}))


HUGE = 10**12
RECORD = {"input_shapes": None, "output_shape": None, "trainable": True, "named": False}
RECORD |= {"generators": {}}
INPUT = {"$object": "layers.Input", "config": {"shape": [HUGE, HUGE]}}


def change(document, *keys, to):
    document = json.loads(document)
    place = document
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = to
    return document


LAYERS = ("model", "config", "layers")
DENSE = (*LAYERS, 2, "config")
PLACE = ("layers", "dense")


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        ((*DENSE, "units"), HUGE, r"dense/kernel of shape (4, 1000000000000) takes 1.6e+13 bytes"),
        ((*DENSE, "units"), 10**4000, "dense cannot be built"),
        ((*DENSE, "units"), 5, "of another shape: dense/kernel is (4, 4) in the file, (4, 5)"),
        ((*DENSE, "units"), -1, "layers.Dense cannot be made from its config: units"),
        ((*DENSE, "units"), "4", "layers.Dense cannot be made from its config: units"),
        ((*DENSE, "units"), None, "layers.Dense cannot be made from its config: units"),
        ((*DENSE, "use_bias"), False, "unexpected in the file: dense/bias (4,)"),
        ((*DENSE, "dtype"), "float64", "of another dtype: dense/kernel is float32 in the file"),
        ((*DENSE, "dtype"), "O", "layers.Dense cannot be made"),
        ((*DENSE, "unitz"), 3, "layers.Dense cannot be made from its config"),
        ((*DENSE, "activation"), "relux", "Did you mean 'relu'"),
        ((*DENSE, "activation"), {"$name": "os.system"}, "names 'os.system', which is unknown"),
        ((*DENSE, "activation"), {"$name": "numpy.load"}, "names 'numpy.load', which is unknown"),
        ((*DENSE, "activation"), {"$name": "numpy.lib"}, "names 'numpy.lib', which is unknown"),
        ((*DENSE, "activation"), {"$name": "x" * 10**6}, "which is unknown"),
        ((*DENSE, "activation"), {"$name": 3}, "has 3 where its $name is a str"),
        ((*DENSE, "activation"), {"$nonsense": 3}, "the unknown kind '$nonsense'"),
        ((*DENSE, "activation"), {"$array": "no"}, "lacks the tensor 'no'"),
        (
            (*DENSE, "activation"),
            {"$scalar": "dense/bias"},
            "an array of shape (4,) for one number",
        ),
        ((*DENSE, "activation"), {"$same": 10**9}, "refers to layer 1000000000"),
        ((*DENSE, "activation"), {"$same": -1}, "refers to layer -1"),
        ((*DENSE, "activation"), {"$same": 0}, "refers to layer 0, which is not there"),
        ((*DENSE, "activation"), {"$float": "1e999"}, "has '1e999' for a number"),
        ((*DENSE, "activation"), {"$dict": [[[], 1]]}, "something else than pairs"),
        ((*DENSE, "activation"), {"$dict": [1]}, "something else than pairs"),
        ((*DENSE, "activation"), {"$dtype": "("}, "has '(' for a dtype"),
        ((*DENSE, "activation"), {"$generator": [1]}, "has no state for a generator"),
        ((*DENSE, "activation"), {"$generator": [2**64] * 6}, "has no state for a generator"),
        ((*DENSE, "activation"), {"$object": "activations.relu", "config": {}}, "which it is not"),
        (
            (*DENSE, "activation"),
            {"$object": "layers.ReLU", "config": 3},
            "where its config is a d",
        ),
        (
            (*DENSE, "activation"),
            {"$object": "layers.ReLU", "config": {"$tuple": []}, "name": "r"},
            "the config of layers.ReLU is a tuple",
        ),
        (
            (*DENSE, "activation"),
            {"$object": "metrics.AUC", "config": {"num_thresholds": HUGE}},
            "num_thresholds is a number up to 1000000",
        ),
        (LAYERS, {}, "no list"),
        (LAYERS, [3], "something that is no layer"),
        (("layers", "ghost"), RECORD, "it describes a layer that the model does not have: 'ghost'"),
        (LAYERS, [INPUT, INPUT], "something that is no layer"),
        ((*LAYERS, 2, "$object"), "layers.Dens", "The nearest known name is 'layers.Dense'"),
        ((*LAYERS, 2, "name"), None, "has None where its name is a str"),
        ((*LAYERS, 2, "name"), "other", "it says nothing about the layer 'other'"),
        (("model",), {"$object": "layers.Flatten", "config": {}, "name": "f"}, "which is no model"),
        (("model",), {"$dtype": "float32"}, "which is no model"),
        (("layers",), {}, "it says nothing about the layer ''"),
        (("layers", "ghost"), {}, "its record of the layer 'ghost'"),
        (PLACE, None, "its record of the layer 'dense'"),
        ((*PLACE, "input_shapes"), {"$tuple": [{"$tuple": [None, HUGE]}]}, "takes 1.6e+13 bytes"),
        ((*PLACE, "input_shapes"), {"$tuple": [{"$tuple": [None, -4]}]}, "input_shapes is not of"),
        ((*PLACE, "input_shapes"), {"$tuple": [{"$tuple": [None, "x"]}]}, "input_shapes is not of"),
        ((*PLACE, "input_shapes"), {"$tuple": []}, "dense cannot be built"),
        ((*PLACE, "input_shapes"), None, "unexpected in the file: dense/kernel"),
        ((*PLACE, "output_shape"), 3, "output_shape is not of the right kind"),
        ((*PLACE, "trainable"), 1, "trainable is not of the right kind"),
        ((*PLACE, "named"), "yes", "named is not of the right kind"),
        ((*PLACE, "extra"), 1, "its record of the layer 'dense'"),
        ((*PLACE, "generators"), {"kernel": {"$same": 4}}, "generators is not of the right kind"),
        (
            (*PLACE, "generators"),
            {"call": {"$generator": [0] * 6}},
            "dense has no generator 'call'",
        ),
        (("trainable",), "all", "its trainable is a str, not a list"),
        (("compiled",), 3, "its compiled is a int"),
        (("compiled", "loss"), "mze", "Did you mean 'mse'"),
        (("compiled", "optimizer"), None, "it cannot be compiled as the file says"),
        (("compiled", "surprise"), 1, "it cannot be compiled as the file says"),
        (
            ("compiled", "metrics"),
            [{"class_name": "auc", "config": {"num_thresholds": HUGE}}],
            "num_thresholds is a number up to 1000000",
        ),
        (
            ("compiled", "metrics"),
            [{"$object": "metrics.AUC", "config": {"num_thresholds": 10**5}}] * 11,
            "num_thresholds is a number up to 1000000",
        ),
        (
            ("compiled", "metrics"),
            [{"$object": "metrics.Mean", "config": {}}] * 20_001,
            "more than 20000 objects",
        ),
        (("compiled", "metrics"), ["auc"] * 10**5, "more than 1000 metrics"),
        (("trainable",), ["dense/kernel"] * 10**5, None),
        (("compiled", "loss_weights"), "x" * 2**24, "more than 16777216 characters"),
        (("compiled", "optimizer", "config", "beta_1"), 7, "optimizers.Adam cannot be made"),
        (
            ("compiled", "optimizer", "config", "learning_rate"),
            {"$object": "layers.LeakyReLU", "config": {}, "name": "l"},
            "it cannot be compiled as the file says",
        ),
        (
            ("compiled", "optimizer", "config", "learning_rate"),
            {"$name": "numpy.exp"},
            "the learning rate is computed by",
        ),
        (("optimizer",), None, "its optimizer is a NoneType"),
        (("optimizer", "built_for"), ["no/weight"], "a weight that the model lacks: 'no/weight'"),
        (("optimizer", "built_for"), ["dense/bias"] * 10**5, "names a weight twice"),
        (("optimizer", "built_for"), 3, "built_for of the optimizer is no list of names"),
        (("optimizer", "built_for"), None, "unexpected in the file: optimizer:dense/kernel"),
        (("optimizer", "undecayed_parts"), [3], "undecayed_parts of the optimizer is no list"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_documents_that_were_tampered_with(sound, load, keys, value, message):
    _, tensors, document = sound
    error = load(of_document(change(document, *keys, to=value), tensors))
    assert error is message is None or message in error


def test_tensors_that_were_tampered_with(sound, load):
    _, tensors, document = sound
    without = {name: array for name, array in tensors.items() if name != "dense/kernel"}
    assert "missing in the file: dense/kernel (4, 4)" in load(of_document(document, without))
    assert "unexpected in the file: more" in load(
        of_document(document, tensors | {"more": np.zeros(3)})
    )
    slot = "optimizer:dense/kernel/velocity"
    assert f"of another shape: {slot}" in load(
        of_document(document, tensors | {slot: np.zeros(3, np.float32)})
    )
    assert "lacks the tensor 'config:0'" in load(
        of_document(document, {n: a for n, a in tensors.items() if n != "config:0"})
    )


def test_random_damage_to_the_bytes(sound, load):
    data = sound[0]
    rng = random.Random(0)
    for _ in range(300):
        damaged = bytearray(data)
        for _ in range(rng.choice([1, 2, 5])):
            damaged[rng.randrange(rng.choice([8, 200, len(data)]))] = rng.randrange(256)
        load(bytes(damaged))  # an error, or a model with other weights


ODDITIES = [None, True, -1, 0, 3, HUGE, 2**63, 1e308, "x", "", "relu", [], {}, [1, 2], "float64"]
ODDITIES += [{"$same": 1}, {"$tuple": [None, 3]}, {"$tuple": [{"$tuple": [None, 2**62]}]}]
ODDITIES += [{"$float": "nan"}, {"$array": "dense/kernel"}, {"$name": "layers.Dense"}]
ODDITIES += [{"$generator": [1] * 6}, INPUT]


def places(value, path=()):
    """All places in a document."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in items:
        yield (*path, key)
        if isinstance(part, (dict, list)):
            yield from places(part, (*path, key))


def test_random_damage_to_the_document(sound, load):
    _, tensors, document = sound
    everywhere = list(places(json.loads(document)))
    rng = random.Random(0)
    for _ in range(300):
        damaged = change(document, *rng.choice(everywhere), to=rng.choice(ODDITIES))
        load(of_document(damaged, tensors))


def test_a_message_is_short_whatever_the_file_says(sound, load):
    _, tensors, document = sound
    damaged = change(document, *DENSE, "kernel_initializer", to=["x"] * 100_000)
    assert len(load(of_document(damaged, tensors))) < 5000
    damaged = change(document, *DENSE, "units", to={"$tuple": list(range(100_000))})
    assert len(load(of_document(damaged, tensors))) < 5000


def test_an_input_of_any_size_takes_no_memory(load):
    of_a_gigabyte = {"$object": "layers.Input", "config": {"shape": [2**28]}}
    model = {"$object": "models.Sequential", "name": "s", "config": {"layers": [of_a_gigabyte]}}
    document = {"version": 1, "model": model, "layers": {"": RECORD}, "trainable": []}
    assert load(of_document(document, {})) is None
    model["config"]["layers"] = [INPUT]
    assert "s has no outputs" in load(of_document(document, {}))


def test_a_failed_load_leaves_the_global_generator_alone(sound, load):
    _, tensors, document = sound
    state = nn.random.generator().state
    assert load(of_document(change(document, "optimizer", to=None), tensors))
    np.testing.assert_array_equal(nn.random.generator().state, state)
