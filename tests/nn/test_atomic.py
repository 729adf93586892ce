"""Files replaced in one step: at each moment there is the old one or the new one."""

import subprocess
import sys

import pytest

from nn._core import atomic_files


@pytest.fixture
def path(tmp_path):
    return str(tmp_path / "file")


def content(folder):
    return {entry.name: entry.read_bytes() for entry in folder.iterdir()}


def test_the_old_file_is_kept_if_that_is_wanted(tmp_path, path):
    previous = str(tmp_path / "previous")
    atomic_files.replace(path, b"1", previous)
    assert content(tmp_path) == {"file": b"1"}
    atomic_files.replace(path, b"2", previous)
    atomic_files.replace(path, b"3", previous)
    assert content(tmp_path) == {"file": b"3", "previous": b"2"}
    atomic_files.replace(path, b"4")
    assert content(tmp_path) == {"file": b"4", "previous": b"2"}


def test_a_name_in_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    atomic_files.replace("file", b"1")
    assert content(tmp_path) == {"file": b"1"}


STEPS = """
import os, sys
from nn._core import atomic_files
count = 0
def counted(function):
    def call(*arguments):
        global count
        count += 1
        if count == int(sys.argv[2]):
            os._exit(9)
        return function(*arguments)
    return call
for name in ("fsync", "replace", "open", "unlink"):
    setattr(os, name, counted(getattr(os, name)))
atomic_files.replace(sys.argv[1], b"new", sys.argv[1] + ".previous")
"""


@pytest.mark.parametrize("step", range(1, 7))
def test_a_crash_at_each_step_leaves_the_old_or_the_new(tmp_path, path, step):
    """The steps: write to disk, keep the old, put the new in place, open the folder, write it."""
    atomic_files.replace(path, b"old")
    code = subprocess.run([sys.executable, "-c", STEPS, path, str(step)]).returncode
    assert code == (9 if step <= 5 else 0)
    left = {name: data for name, data in content(tmp_path).items() if not name.endswith(".tmp")}
    assert left in (
        {"file": b"old"},
        {"file.previous": b"old"},
        {"file": b"new", "file.previous": b"old"},
    )
    atomic_files.remove_leftovers(str(tmp_path))
    assert content(tmp_path) == left


def test_only_leftovers_are_removed(tmp_path):
    names = [".0123456789abcdef.tmp", ".0123456789abcdef.tmp2", "0123456789abcdef.tmp", ".x.tmp"]
    for name in names:
        (tmp_path / name).touch()
    atomic_files.remove_leftovers(str(tmp_path))
    assert sorted(content(tmp_path)) == sorted(names[1:])
