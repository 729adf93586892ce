"""`Explanation`: the chain rule as sections of formulas, which are written in several formats."""

from __future__ import annotations

import functools
import os
from collections.abc import Mapping
from typing import Any

from autograd_lite.ancestors import in_order
from autograd_lite.backward import node_gradients
from autograd_lite.explanations.as_html import fragment, page
from autograd_lite.explanations.as_latex import aligned, document
from autograd_lite.explanations.as_text import plain
from autograd_lite.explanations.closed_form import closed_forms
from autograd_lite.explanations.derivation import derivation
from autograd_lite.explanations.path import path
from autograd_lite.explanations.sections import Section, written_out
from autograd_lite.explanations.steps import Notation, Step, steps
from autograd_lite.formats import Displayed, save
from autograd_lite.graphs.identity import find
from autograd_lite.graphs.naming import named
from autograd_lite.maths.as_text import text
from autograd_lite.tensor import Tensor


class Explanation(Displayed):
    """The chain rule from J to w. It shows itself in a notebook, and `print` writes it as text.

    Attributes:
        steps: the gradient by each value from J back to w, as data.
        sections: what is shown: the result, the formulas of the computation, the chain rule, and,
            where it was found, the derivation that shortens it.
    """

    def __init__(self, steps: tuple[Step, ...], sections: tuple[Section, ...]) -> None:
        self.steps = steps
        self.sections = sections

    @property
    def result(self) -> str:
        """The gradient that was asked for, as one line of text."""
        line = self.sections[0].lines[0]
        return " = ".join(map(text, (line.left, *line.rights)))

    @functools.cached_property
    def text(self) -> str:
        """All of it as text for a terminal."""
        return plain(self.sections)

    @functools.cached_property
    def latex(self) -> str:
        r"""All of it as one ``aligned`` environment, for display mathematics with amsmath."""
        return aligned(self.sections)

    @functools.cached_property
    def html(self) -> str:
        """All of it as a piece of HTML, its formulas in MathML, which browsers draw themselves."""
        return fragment(self.sections)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file: ``.tex`` (a document), ``.html`` (a page of its own) or ``.txt``.

        Raises:
            ValueError: for another suffix.
            OSError: if the file cannot be written.
        """
        formats = {
            ".tex": lambda: document(self.sections),
            ".html": lambda: page(self.sections),
            ".txt": lambda: f"{self.text}\n",
        }
        save(path, formats, "an explanation")

    def __repr__(self) -> str:
        return self.text

    def _displayed(self) -> dict[str, str]:
        """Return what a notebook shows: typeset formulas where it can, else LaTeX or text."""
        return {
            "text/plain": self.text,
            "text/latex": f"$\\displaystyle {self.latex}$",
            "text/html": self.html,
        }


def explained(J: Tensor, w: Tensor, numbers: bool, names: Mapping[str, Any] | None) -> Explanation:
    """The result of `autograd_lite.explain`."""
    if not isinstance(numbers, bool):
        raise TypeError(f"numbers is True or False, got {type(numbers).__name__}")
    if names is not None and not isinstance(names, Mapping):
        raise TypeError(f'names is a dict, {{"X": X, "y": y}}, got {type(names).__name__}')
    nodes = path(J, w)
    everything = in_order([J], differentiable=True)
    found = node_gradients(J, everything)
    gradients = {id(node): g for node, g in zip(everything, found, strict=True)}
    symbols, identity = named([J], {} if names is None else names, gradients)
    if identity is not None and all(identity.z is not node for node in nodes):
        identity = find(nodes, gradients)
    notation = Notation(symbols, nodes)
    chain = steps(nodes, gradients, notation)
    derived = derivation(identity, notation, gradients) if identity else None
    forms = closed_forms(chain, notation, derived.known if derived else {})
    sections = written_out(nodes, chain, notation, forms, derived, numbers)
    return Explanation(tuple(chain), tuple(sections))
