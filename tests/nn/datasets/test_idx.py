"""IDX files: all types, and what is refused."""

import gzip
import os
import struct

import numpy as np
import pytest

from nn.datasets import DataFileError, load_idx

CODES = {"u1": 8, "i1": 9, "i2": 11, "i4": 12, "f4": 13, "f8": 14}


def idx(code, shape, data):
    return bytes([0, 0, code, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + data


@pytest.fixture
def load(tmp_path):
    def attempt(data, **options):
        path = tmp_path / "x.idx"
        path.write_bytes(data)
        return load_idx(path, **options)

    return attempt


@pytest.mark.parametrize("dtype", CODES)
@pytest.mark.parametrize("shape", [(), (3,), (2, 3), (2, 0, 4), (1, 2, 1, 3)])
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_every_type(load, dtype, shape, compress):
    array = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    loaded = load(compress(idx(CODES[dtype], shape, array.astype(f">{dtype}").tobytes())))
    np.testing.assert_array_equal(loaded, array, strict=True)
    assert loaded.dtype.isnative
    assert loaded.flags.writeable


HUGE = 2**32 - 1


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "the start of an IDX file takes 4 bytes, there are 0"),
        (b"\0\0\x08", "cut off"),
        (b"\0\1\x08\1" + bytes(5), "does not begin with two zeros"),
        (b"\0\0\x07\1" + bytes(5), "does not begin with two zeros"),
        (b"\0\0\x08\x41" + bytes(999), "does not begin with two zeros"),
        (b"\0\0\x08\3\0\0\0\1", "its shape takes 12 bytes, there are 4"),
        (idx(8, (3,), b"ab"), r"an array of shape \(3,\) takes 3 bytes, there are 2"),
        (idx(8, (3,), b"abcd"), "there is something behind"),
        (idx(14, (HUGE,), b"ab"), "which takes 34359738360 bytes"),
        (idx(14, (HUGE,) * 60, b"ab"), "bytes, and most_bytes=1073741824 are allowed"),
        (idx(8, (2**27,), b"ab"), "takes 134217728 bytes, there are 2"),
        (idx(8, (0, HUGE, HUGE, HUGE), b""), "no array has the shape"),
        (gzip.compress(idx(8, (3,), b"abc"))[:-9], "damaged or cut off"),
        (gzip.compress(idx(8, (3,), b"abc")) + b"x", "damaged or cut off"),
        (b"\x1f\x8b\x08" + bytes(30), "damaged or cut off"),
        (gzip.compress(idx(8, (3,), b"abc"))[:-8] + bytes(8), "damaged or cut off"),
    ],
    ids=range(16),
)
def test_what_is_no_idx_file(load, data, message):
    with pytest.raises(DataFileError, match=rf"x\.idx: .*{message}"):
        load(data)


def test_the_limit(load):
    data = idx(8, (100,), bytes(100))
    assert load(data, most_bytes=100).shape == (100,)
    with pytest.raises(DataFileError, match="takes 100 bytes, and most_bytes=99 are allowed"):
        load(gzip.compress(data), most_bytes=99)


def test_paths_that_are_no_files(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_idx(tmp_path / "none")
    with pytest.raises(OSError, match="is not a regular file"):
        load_idx(tmp_path)
    with pytest.raises(TypeError, match="a path is a string"):
        load_idx(3)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
        with pytest.raises(OSError, match="is not a regular file"):
            load_idx(tmp_path / "pipe")
