"""Files of Keras that are damaged, or made to do harm: refused with a clear error, nothing done."""

import io
import json
import random
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

import nn
from nn.saving import ModelFileError
from tests.nn.keras_files.test_reading_keras_files import FILES, changed, of_the_same_layers

h5py = pytest.importorskip("h5py", reason="needs the extra keras-files")


@pytest.fixture(scope="module")
def members():
    with zipfile.ZipFile(FILES / "trained.keras") as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture
def refusal(tmp_path):
    """What the error for a file of these members says; loading takes little memory."""

    def load(members, compression=zipfile.ZIP_STORED):
        path = tmp_path / "m.keras"
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, content in members.items():
                archive.writestr(name, content)
        return refused(path)

    return load


def refused(path):
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError) as error:
            nn.load_model(path)
        assert tracemalloc.get_traced_memory()[1] < 100 * 2**20
    finally:
        tracemalloc.stop()
    return str(error.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("../evil.txt", "outside of itself"),
        ("/etc/passwd", "outside of itself"),
        ("assets/../../evil", "outside of itself"),
        ("c:\\evil", "outside of itself"),
        ("code.py", "that Keras does not write"),
        ("assets/layers/other/vocabulary.txt", "texts that no layer takes"),
    ],
)
def test_members_that_do_not_belong(refusal, members, name, said):
    assert said in refusal({**members, name: b"x"})


def test_a_member_without_a_name(tmp_path):
    data = (FILES / "trained.keras").read_bytes().replace(b"metadata.json", b"\0etadata.json")
    (tmp_path / "m.keras").write_bytes(data)
    said = refused(tmp_path / "m.keras")
    assert "damaged" in said or "does not write: ''" in said  # from Python 3.13 on zipfile reads it


@pytest.mark.parametrize("name", ["config.json", "model.weights.h5"])
def test_a_member_is_missing(refusal, members, name):
    assert f"has no {name}" in refusal({k: v for k, v in members.items() if k != name})


def test_bombs(refusal, members):
    deflated = zipfile.ZIP_DEFLATED
    assert "expands to" in refusal({**members, "model.weights.h5": bytes(2**26)}, deflated)
    assert "expands to" in refusal({**members, "config.json": b" " * 2**25})


@pytest.mark.parametrize(
    "config",
    [b"{", b"[]", b"1", b'{"a":' * 100_000, b"\xff\xfe", b'{"class_name": "Dense"}', b"null"],
    ids=lambda config: repr(config[:20]),
)
def test_what_is_no_config(refusal, members, config):
    refusal({**members, "config.json": config})


def layer_of(config):
    return config["config"]["layers"][-1]


def with_lambda(config):
    code = {"class_name": "__lambda__", "config": {"code": "4wE=", "defaults": None}}
    config["config"]["layers"].append(
        {
            "module": "keras.layers",
            "class_name": "Lambda",
            "config": {"name": "evil", "function": code},
            "registered_name": None,
        }
    )


def named(module, name, registered=None):
    def change(config):
        described = {"module": module, "class_name": name, "registered_name": registered}
        layer_of(config).update(described)

    return change


def with_activation(config):
    layer_of(config)["config"]["activation"] = {
        "module": "os",
        "class_name": "function",
        "config": "system",
        "registered_name": "system",
    }


def with_units(config):
    layer_of(config)["config"]["units"] = 10**12


def with_shape(config):
    config["config"]["layers"][0]["config"]["batch_shape"] = [None, 10**12]


def repeated(config):
    repeat = {"module": "keras.layers", "class_name": "RepeatVector"}
    config["config"]["layers"].append({**repeat, "config": {"name": "r", "n": 10**9}})


def with_many(config):
    config["config"]["layers"] += [config["config"]["layers"][0]] * 3000


def with_thresholds(config):
    auc = {"module": "keras.metrics", "class_name": "AUC", "config": {"num_thresholds": 10**10}}
    config["compile_config"]["metrics"] = [auc]


def nested(config):
    inner = config["config"]["layers"]
    for _ in range(300):
        inner = [
            {
                "module": "keras",
                "class_name": "Sequential",
                "config": {"name": "s", "layers": inner},
            }
        ]
    config["config"]["layers"] = inner


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (with_lambda, "holds the code of a Lambda, which is not run"),
        (named("os", "system"), "the class 'system' is not Keras's own"),
        (named("keras.layers", "TFSMLayer"), "nn has no class keras.layers.TFSMLayer"),
        (named("keras.layers", "add"), "nn has no class keras.layers.add"),
        (named("keras.optimizers", "SGD"), ""),
        (named("keras.src.utils", "get_file"), "nn has no class"),
        (with_activation, "the function 'system' is not Keras's own"),
        (with_units, "has only"),
        (with_shape, "refused"),
        (repeated, "a size refused"),
        (with_many, "more than 2000 layers"),
        (with_thresholds, "num_thresholds is a number up to"),
        (nested, ""),
    ],
    ids=lambda x: getattr(x, "__name__", "") if callable(x) else "",
)
def test_configs(tmp_path, change, said):
    assert said in refused(changed(tmp_path, change))


# -- arrays ----------------------------------------------------------------------------------------


def in_a_file(fill):
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        fill(file)
    return buffer.getvalue()


def group_of(file):
    return file.create_group("layers/dense/vars")


def outer_link(file):
    group_of(file)["0"] = h5py.ExternalLink("/etc/passwd", "/")


def soft_link(file):
    group_of(file)["0"] = h5py.SoftLink("/layers")


def circle(file):
    file.create_group("layers")["again"] = file["/"]


def outside(file):
    group_of(file).create_dataset("0", (4,), "f4", external=[("/dev/zero", 0, 16)])


def virtual(file):
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("other.h5", "x", (4,))
    group_of(file).create_virtual_dataset("0", layout)


def compressed(file):
    group_of(file).create_dataset("0", (10**6, 10**6), "f4", compression="gzip")


def large(file):
    group_of(file).create_dataset("0", (10**5, 10**5), "f4")


def texts(file):
    group_of(file).create_dataset("0", data=["a", "b"])


def no_group(file):
    file.create_dataset("layers/dense/vars", data=np.ones(3))


def no_array(file):
    group_of(file).create_group("0")


def beside(file):
    file.create_dataset("layers/x", data=np.ones(3))


def bfloat16(file):
    group_of(file).create_dataset("0", data=np.ones(3, "u2")).attrs["dtype"] = "bfloat16"


@pytest.mark.parametrize(
    ("fill", "said"),
    [
        (outer_link, "has a link"),
        (soft_link, "has a link"),
        (circle, "there twice"),
        (outside, "or elsewhere"),
        (virtual, "or elsewhere"),
        (compressed, "is compressed"),
        (large, "larger than the file"),
        (texts, "dtype"),
        (no_group, "not a group"),
        (no_array, "not an array"),
        (beside, "outside of any vars"),
        (bfloat16, "bfloat16"),
    ],
)
def test_weights(refusal, members, tmp_path, fill, said):
    data = in_a_file(fill)
    assert said in refusal({**members, "model.weights.h5": data})
    (tmp_path / "m.weights.h5").write_bytes(data)
    model = of_the_same_layers()
    before = model.get_weights()
    with pytest.raises(ModelFileError, match=said):
        model.load_weights(tmp_path / "m.weights.h5")
    assert all(map(np.array_equal, before, model.get_weights()))


def test_a_whole_model_of_before_keras_3_says_how_to_go_on(tmp_path):
    path = tmp_path / "old.h5"
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps({})
    with pytest.raises(ModelFileError, match=r'load_model\("old.h5"\).save\("new.keras"\)'):
        nn.load_model(path)
    with pytest.raises(ModelFileError, match="before Keras 3"):
        of_the_same_layers().load_weights(path)


def test_files_cut_off(tmp_path, members):
    data = members["model.weights.h5"]
    path = tmp_path / "m.weights.h5"
    for length in range(8, len(data), len(data) // 20):
        path.write_bytes(data[:length])
        with pytest.raises(ModelFileError):
            of_the_same_layers().load_weights(path)
    whole = Path(FILES / "trained.keras").read_bytes()
    path = tmp_path / "m.keras"
    for _ in range(20):
        path.write_bytes(whole[: random.Random(len(whole)).randrange(4, len(whole))])
        refused(path)
