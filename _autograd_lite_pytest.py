"""The pytest plugin: a fixture `check_gradients`, its options, and failures shown as their table.

A module of its own, outside of the package: pytest imports the plugins of everything installed, and
a run that checks no gradients shall not wait for NumPy.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from typing import Any

import pytest

# The name of each option as `check_gradients` has it, its type, and what --help says.
OPTIONS: dict[str, tuple[Callable[[str], Any], str]] = {
    "order": (int, "1 for gradients, 2 for second derivatives too"),
    "seed": (int, "of the random directions"),
    "rtol": (float, "relative tolerance"),
    "atol": (float, "absolute tolerance"),
    "samples": (int, "difference quotients for each input"),
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--gradient-order`` and its kin, each also an entry ``gradient_order`` of the ini file."""
    group = parser.getgroup("gradient checks (autograd_lite)")
    for name, (type_, text) in OPTIONS.items():
        group.addoption(
            f"--gradient-{name}",
            type=type_,
            metavar=name.upper(),
            help=f"default of the fixture check_gradients: {text}",
        )
        parser.addini(f"gradient_{name}", f"default of the fixture check_gradients: {text}")


@pytest.fixture
def check_gradients(request: pytest.FixtureRequest) -> Callable[..., Any]:
    """`autograd_lite.check_gradients` with the defaults of this run.

    Defaults come from the command line, else from the ini file; what a test passes goes first.
    """
    import autograd_lite

    defaults = _defaults(request.config)

    def check(f: Callable[..., Any], *inputs: Any, **options: Any) -> Any:
        __tracebackhide__ = True
        return autograd_lite.check_gradients(f, *inputs, **(defaults | options))

    return check


def _defaults(config: pytest.Config) -> dict[str, Any]:
    """The options that were given, by `check_gradients`' names."""
    found = {}
    for name, (type_, _) in OPTIONS.items():
        value = config.getoption(f"gradient_{name}")
        written = config.getini(f"gradient_{name}")
        if value is None and written:
            try:
                value = type_(written)
            except ValueError:
                raise pytest.UsageError(
                    f"gradient_{name} in the ini file is a number, got {written!r}"
                ) from None
        if value is not None:
            found[name] = value
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show a gradient that does not fit as the report's table, and the line that asked."""
    report = yield
    testing = sys.modules.get("autograd_lite.testing")  # imported only if a test has used it
    if testing is None or call.excinfo is None or item.config.getoption("fulltrace", False):
        return report
    error = call.excinfo.value
    if isinstance(error, testing.GradientError):
        report.longrepr = f"{error}\n\n{_failed_at(item, call.excinfo)}"
    return report


def _failed_at(item: pytest.Item, excinfo: pytest.ExceptionInfo[BaseException]) -> str:
    """The line of the test file at which the check failed, as editors can open it."""
    here = [entry for entry in excinfo.traceback if str(entry.path) == str(item.path)]
    line = f":{here[-1].lineno + 1}" if here else ""
    return f"{item.location[0]}{line}: {excinfo.typename}"
