"""Options of a picture, and the errors for wrong ones."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from autograd_lite.visualize.style import THEMES, Theme

Direction = Literal["down", "right"]
Show = Literal["values", "gradients", "shapes", "statistics"]

MOST_BOXES = 200
DIRECTIONS = ("down", "right")
SHOWN = ("values", "gradients", "shapes", "statistics")
DEFAULT_SHOW: tuple[Show, ...] = ("values", "gradients", "shapes")


class Options(NamedTuple):
    """The choices.

    Attributes:
        depth: how many levels of nested scopes are opened; those below are one box each. None: as
            many as fit on one slide.
        direction: where the computation flows.
        show: what is shown of each array besides its name.
        theme: light or dark colours, or those that the reader's system prefers.
        limit: the largest number of boxes.
        fold: whether identical closed layers in a row, and repeated operations, are merged into
            one box.
        fits_a_slide: whether no limit was given: then no more is opened than can be overlooked.
    """

    depth: int | None
    direction: Direction
    show: frozenset[str]
    theme: Theme
    limit: int
    fold: bool
    fits_a_slide: bool


def options(
    depth: Any = None,
    direction: Any = "down",
    show: Any = DEFAULT_SHOW,
    theme: Any = "auto",
    limit: Any = None,
    fold: Any = True,
) -> Options:
    """The choices, checked.

    Raises:
        TypeError: for a depth or limit that is no integer, a `show` that holds no names, or a
            `fold` that is not True or False.
        ValueError: for one out of range, and for unknown names.
    """
    if depth is not None:
        _require_count("depth", depth, at_least=0)
    if limit is not None:
        _require_count("limit", limit, at_least=1)
    if not isinstance(fold, bool):
        raise TypeError(f"fold is True or False, got {fold!r}")
    _require_known("direction", direction, DIRECTIONS)
    _require_known("theme", theme, tuple(THEMES))
    largest = MOST_BOXES if limit is None else limit
    return Options(depth, direction, _names(show), theme, largest, fold, limit is None)


def _names(show: Any) -> frozenset[str]:
    given = [show] if isinstance(show, str) else show
    if not isinstance(given, Iterable):
        raise TypeError(f'show is a name or several, such as ("shapes", "values"); got {show!r}')
    names = list(given)
    for name in names:
        _require_known("show", name, SHOWN)
    return frozenset(names)


def _require_known(what: str, name: Any, known: tuple[str, ...]) -> None:
    if isinstance(name, str) and name in known:
        return
    near = difflib.get_close_matches(name.lower(), known, n=1) if isinstance(name, str) else []
    guess = f"; did you mean {near[0]!r}?" if near else ""
    listed = " or ".join(map(repr, known)) if len(known) < 3 else ", ".join(map(repr, known))
    verb = "is" if len(known) < 3 else "is one of"
    error = ValueError if isinstance(name, str) else TypeError
    raise error(f"{what} {verb} {listed}; got {name!r}{guess}")


def _require_count(name: str, value: object, at_least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name} is an integer, got {value!r}")
    if value < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {value}")
