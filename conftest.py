"""What is searched for doctests may import extras, and what makes fixtures imports Keras."""

from importlib.util import find_spec

collect_ignore_glob = ["tests/fixtures/*/make.py"]  # run by hand
if not find_spec("scipy"):
    collect_ignore_glob += ["autograd_lite/scipy/*"]
if not find_spec("llvmlite"):
    collect_ignore_glob += ["autograd_lite/compiler/engines/native/*"]
    collect_ignore_glob += ["tests/autograd_lite/compiler/interpreted.py"]
