"""Files on disk: replaced in one step or not at all; paths that cannot be written or read."""

import os
import subprocess
import sys

import numpy as np
import pytest

import nn
from nn import saving
from nn._core import atomic_files


@pytest.fixture
def model():
    return nn.Sequential([nn.Input((2,)), nn.Dense(1)])


def content(folder):
    return {entry.name: entry.read_bytes() for entry in folder.iterdir()}


# -- in one step -----------------------------------------------------------------------------------


@pytest.mark.parametrize("step", ["fsync", "replace", "write"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, model, step, error):
    path = tmp_path / "m.safetensors"
    saving.save(model, path)
    before = content(tmp_path)
    model.layers[0].kernel.assign(model.layers[0].kernel.data + 1)

    def fail(*arguments):
        raise error

    if step == "write":
        monkeypatch.setattr(atomic_files.os, "chmod", fail)  # the bytes are written by then
    else:
        monkeypatch.setattr(atomic_files.os, step, fail)
    for save in (saving.save, saving.save_weights):
        with pytest.raises(type(error)):
            save(model, path)
        assert content(tmp_path) == before


def test_a_failure_leaves_no_file_where_there_was_none(tmp_path, monkeypatch, model):
    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic_files.os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        saving.save(model, tmp_path / "m.safetensors")
    assert content(tmp_path) == {}


def test_a_crash_in_the_middle_leaves_the_old_file(tmp_path, model):
    path = tmp_path / "m.safetensors"
    saving.save(model, path)
    before = path.read_bytes()
    code = (
        "import os, sys, nn, nn.saving\n"
        "model = nn.saving.load_model(sys.argv[1])\n"
        "model.layers[0].kernel.assign(model.layers[0].kernel.data + 1)\n"
        "os.fsync = lambda descriptor: os._exit(9)\n"
        "nn.saving.save(model, sys.argv[1])\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)]).returncode == 9
    assert path.read_bytes() == before
    assert saving.load_model(path).predict(np.ones((1, 2))) == model.predict(np.ones((1, 2)))


def test_the_folder_is_written_to_disk_too(tmp_path, monkeypatch, model):
    synced = []
    original = os.fsync

    def fsync(descriptor):
        synced.append(os.path.isdir(f"/proc/self/fd/{descriptor}"))
        original(descriptor)

    if not os.path.exists("/proc/self/fd"):
        pytest.skip("the system does not say what a descriptor is of")
    monkeypatch.setattr(atomic_files.os, "fsync", fsync)
    saving.save(model, tmp_path / "m.safetensors")
    assert synced == [False, True]


def test_permissions_are_those_of_the_old_file_or_the_usual_ones(tmp_path, model):
    path, ordinary = tmp_path / "m.safetensors", tmp_path / "ordinary"
    ordinary.touch()
    saving.save(model, path)
    assert path.stat().st_mode == ordinary.stat().st_mode
    path.chmod(0o640)
    saving.save(model, path)
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_link_is_followed(tmp_path, model):
    (tmp_path / "other").mkdir()
    target, link = tmp_path / "other" / "m.safetensors", tmp_path / "latest.safetensors"
    link.symlink_to(target)
    saving.save(model, link)
    saving.save(model, link)
    assert link.is_symlink()
    assert target.is_file()
    saving.load_weights(model, link)


def test_not_to_be_replaced(tmp_path, model):
    path = tmp_path / "m.safetensors"
    saving.save(model, path, overwrite=False)
    before = path.read_bytes()
    for save in (saving.save, saving.save_weights):
        with pytest.raises(FileExistsError, match="exists already, and overwrite=False"):
            save(model, path, overwrite=False)
    assert path.read_bytes() == before


def test_a_name_in_the_current_folder(tmp_path, monkeypatch, model):
    monkeypatch.chdir(tmp_path)
    saving.save(model, "m.safetensors")
    saving.save(model, b"bytes.safetensors".decode())
    assert saving.load_model("m.safetensors").name == "sequential"
    assert sorted(content(tmp_path)) == ["bytes.safetensors", "m.safetensors"]


# -- paths that are refused ------------------------------------------------------------------------

WRITERS = [saving.save, saving.save_weights]
READERS = [lambda model, path: saving.load_model(path), saving.load_weights]


@pytest.mark.parametrize("act", WRITERS + READERS)
def test_another_suffix(tmp_path, model, act):
    with pytest.raises(ValueError, match=r"write '.*m.safetensors' in place of '.*m.pt'"):
        act(model, tmp_path / "m.pt")
    with pytest.raises(ValueError, match=r"write 'm\.safetensors' in place of 'm'"):
        act(model, "m")
    with pytest.raises(ValueError, match="safetensors files"):
        act(model, "")


@pytest.mark.parametrize("act", WRITERS + READERS)
def test_a_folder(tmp_path, model, act):
    with pytest.raises(IsADirectoryError, match=r"is a folder; a model is one file: '.*model.safe"):
        act(model, tmp_path)
    (tmp_path / "x.safetensors").mkdir()
    with pytest.raises(IsADirectoryError):
        act(model, tmp_path / "x.safetensors")


@pytest.mark.parametrize("act", WRITERS + READERS)
def test_what_is_no_path(model, act):
    with pytest.raises(TypeError, match=r"a path is a string, 'model.safetensors' say; got 3"):
        act(model, 3)


@pytest.mark.parametrize("save", WRITERS)
def test_a_missing_folder(tmp_path, model, save):
    with pytest.raises(FileNotFoundError, match=r"no folder '.*missing'.*os.makedirs\('.*missing'"):
        save(model, tmp_path / "missing" / "m.safetensors")
    assert content(tmp_path) == {}


@pytest.mark.parametrize("save", WRITERS)
def test_a_folder_that_is_a_file(tmp_path, model, save):
    (tmp_path / "file").touch()
    with pytest.raises(FileNotFoundError, match="no folder"):
        save(model, tmp_path / "file" / "m.safetensors")


@pytest.mark.parametrize("save", WRITERS)
def test_a_folder_that_cannot_be_written_to(tmp_path, monkeypatch, model, save):
    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied", "a name that nobody chose")

    monkeypatch.setattr("builtins.open", refuse)  # an administrator may write anywhere
    with pytest.raises(
        PermissionError, match="Permission denied: this folder is not writable"
    ) as raised:
        save(model, tmp_path / "m.safetensors")
    assert raised.value.filename == str(tmp_path)


@pytest.mark.parametrize("load", READERS)
def test_a_missing_file(tmp_path, model, load):
    with pytest.raises(FileNotFoundError, match="No such file or directory"):
        load(model, tmp_path / "m.safetensors")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders here")
@pytest.mark.parametrize("load", READERS)
def test_a_pipe_is_not_waited_for(tmp_path, model, load):
    os.mkfifo(tmp_path / "m.safetensors")
    with pytest.raises(OSError, match="is not a regular file"):
        load(model, tmp_path / "m.safetensors")
