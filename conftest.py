"""Doctests of `autograd_lite.scipy` need SciPy, which is an extra."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("scipy") else ["autograd_lite/scipy/*"]
