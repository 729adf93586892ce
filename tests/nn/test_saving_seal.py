"""The seal of a file: every damaged byte is found, and files without one are read."""

import hashlib
import json

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save_file

import nn
from nn.saving import ModelFileError
from nn.saving.files import FORMAT_KEY, SEAL_KEY, read, sealed

TENSORS = {"a": np.arange(6.0, dtype=np.float32).reshape(2, 3), "b": np.array([True, False])}
METADATA = {"said": 'with "quotes", \\ and é'}


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "m.safetensors"
    path.write_bytes(sealed(TENSORS, METADATA))
    return path


def test_safetensors_itself_reads_the_file(file):
    with safe_open(file, "numpy") as opened:
        assert opened.metadata().keys() == {"said", FORMAT_KEY, SEAL_KEY}
        assert opened.metadata()["said"] == METADATA["said"]
        for name, array in TENSORS.items():
            np.testing.assert_array_equal(opened.get_tensor(name), array)


def test_the_seal_is_the_sha256_with_zeros_in_its_place(file):
    data = file.read_bytes()
    seal = read(file).metadata[SEAL_KEY].encode()
    assert data.count(seal) == 1
    assert hashlib.sha256(data.replace(seal, b"0" * 64)).hexdigest().encode() == seal


def test_the_same_contents_give_the_same_bytes():
    assert len({sealed(TENSORS, {"x": "1", "y": "2", "z": "3"}) for _ in range(10)}) == 1


def test_every_damaged_byte_is_found(file):
    data = file.read_bytes()
    for place in range(len(data)):
        for flipped in (1, 0x80, 0xFF):
            damaged = bytearray(data)
            damaged[place] ^= flipped
            file.write_bytes(damaged)
            with pytest.raises(ModelFileError, match=r"damaged|m\.safetensors"):
                read(file)


def test_bytes_cut_off_inserted_and_swapped_are_found(file):
    data = file.read_bytes()
    for wrong in (data[:-1], data + b"\0", data[:-4] + data[-2:] + data[-4:-2]):
        file.write_bytes(wrong)
        with pytest.raises(ModelFileError, match="damaged"):
            read(file)


def test_a_seal_that_was_taken_off_is_missed(file):
    for key in (FORMAT_KEY, SEAL_KEY):
        damaged = file.read_bytes().replace(key.encode(), b"x" * len(key))
        other = file.with_name("other.safetensors")
        other.write_bytes(damaged)
        with pytest.raises(ModelFileError, match="damaged"):
            read(other)


def test_a_later_format_is_named(file):
    data = file.read_bytes().replace(f'"{FORMAT_KEY}":"2"'.encode(), f'"{FORMAT_KEY}":"3"'.encode())
    file.write_bytes(data)
    with pytest.raises(ModelFileError, match="it has format 3, and this nn reads formats up to 2"):
        read(file)


@pytest.mark.parametrize("version", ["", "-1", "x", "²", "1", "2.0"])
def test_a_format_that_is_none(tmp_path, version):
    save_file(TENSORS, tmp_path / "m.safetensors", {FORMAT_KEY: version, SEAL_KEY: "0" * 64})
    with pytest.raises(ModelFileError, match="damaged"):
        read(tmp_path / "m.safetensors")


def test_files_of_other_programs_have_no_seal(tmp_path):
    save_file(TENSORS, tmp_path / "m.safetensors")
    np.testing.assert_array_equal(read(tmp_path / "m.safetensors").tensors["a"], TENSORS["a"])


def test_a_tensor_may_be_called_like_the_seal(tmp_path):
    path = tmp_path / "m.safetensors"
    path.write_bytes(sealed({SEAL_KEY: np.zeros(2), FORMAT_KEY: np.zeros(2)}, {}))
    assert read(path).tensors.keys() == {SEAL_KEY, FORMAT_KEY}


def test_a_metadata_text_that_looks_like_a_seal(tmp_path):
    path = tmp_path / "m.safetensors"
    text = json.dumps({SEAL_KEY: "1" * 64}, separators=(",", ":"))
    path.write_bytes(sealed({}, {"text": text}))
    assert read(path).metadata["text"] == text


def test_damage_to_a_weight_is_found_and_nothing_is_loaded(tmp_path):
    model = nn.Sequential([nn.Input((3,)), nn.Dense(2)])
    path = tmp_path / "m.safetensors"
    model.save_weights(path)
    data = bytearray(path.read_bytes())
    data[-1] ^= 1  # the last bit of a weight, which no other check would see
    path.write_bytes(data)
    before = model.get_weights()
    with pytest.raises(ModelFileError, match="the file is damaged"):
        model.load_weights(path)
    for a, b in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
