"""The campaigns are modules beside the tests, which are no packages: imported by their path."""

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def campaign_module():
    """Import a module of this folder by its name."""

    def imported(name):
        path = Path(__file__).with_name(f"{name}.py")
        spec = importlib.util.spec_from_file_location(f"soak_{name}", path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[spec.name] = module  # dataclasses look there
        spec.loader.exec_module(module)
        return module

    return imported
