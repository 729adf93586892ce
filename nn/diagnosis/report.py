"""The report of `nn.diagnose`: findings, each with its numbers and a remedy."""

from __future__ import annotations

import html
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from autograd_lite.extend import Displayed, html_table

if TYPE_CHECKING:
    from nn.diagnosis.rates import RateTest

WIDTH = 88
MARGIN = 10


class Severity(IntEnum):
    """The severity of a finding; comparable."""

    NOTE = 1
    """Worth knowing: training works all the same."""
    WARNING = 2
    """Training will be slower or worse than it could be, or its measures mislead."""
    ERROR = 3
    """Training cannot work."""


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    Attributes:
        name: the kind of finding, "dead_relus"; the same in every report.
        severity: note, warning or error.
        summary: what was found, with its numbers, as sentences.
        remedy: what to do, as sentences with code.
        numbers: the same numbers by name, for programs.
    """

    name: str
    severity: Severity
    summary: str
    remedy: str
    numbers: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        title = f"{self.severity.name.lower():<{MARGIN - 1}} {self.name.replace('_', ' ')}"
        return "\n".join([title, _indented(self.summary), _indented(self.remedy, "-> ")])


@dataclass(frozen=True)
class Report(Displayed):
    """The findings about a model and its data. Print it.

    Attributes:
        model: the name of the model.
        facts: measurements, as pairs (title, text).
        findings: the worst first.
        rates: the learning rate test; None if it was not possible.
    """

    model: str
    facts: tuple[tuple[str, str], ...]
    findings: tuple[Finding, ...]
    rates: RateTest | None = None

    @property
    def ok(self) -> bool:
        """True if no finding is worse than a note."""
        return all(finding.severity < Severity.WARNING for finding in self.findings)

    def __getitem__(self, name: str) -> Finding:
        """Return the finding of this name.

        Raises:
            KeyError: if there is none; lists the findings.
        """
        for finding in self.findings:
            if finding.name == name:
                return finding
        found = ", ".join(finding.name for finding in self.findings) or "nothing"
        raise KeyError(f"{name!r} was not found; found was: {found}")

    def __contains__(self, name: object) -> bool:
        return any(finding.name == name for finding in self.findings)

    def plot(self, path: Any = None) -> Any:
        """Draw the test of learning rates: the loss after some steps over the rate.

        Args:
            path: where to write the picture, ``.svg`` or ``.png``; None to write nothing.

        Returns:
            The chart, which a notebook shows; ``chart.numbers`` holds what it shows.

        Raises:
            ValueError: if no test could be made, because the loss cannot be computed.
            ImportError: for a PNG, if what draws it is not installed.
        """
        from nn.diagnosis.picture import draw_rates

        if self.rates is None:
            raise ValueError("there was no learning rate test: print(report) tells why")
        chart = draw_rates(self.rates, self.model)
        if path is not None:
            chart.save(path)
        return chart

    def __str__(self) -> str:
        lines = [self._headline(), ""]
        for title, text in self.facts:
            lines += textwrap.wrap(
                text, WIDTH, initial_indent=f"{title:<{MARGIN}}", subsequent_indent=" " * MARGIN
            )
        for finding in self.findings:
            lines += ["", str(finding)]
        return "\n".join(lines)

    def _displayed(self) -> dict[str, str]:
        """Return what a notebook shows: facts, findings, and the test of learning rates."""
        findings = [[f.severity.name.lower(), f.name.replace("_", " "), f"{f.summary} → {f.remedy}"]
                    for f in self.findings]  # fmt: skip
        shown = f'<p style="margin:0 0 4px"><b>{html.escape(self._headline())}</b></p>'
        shown += html_table(["", ""], self.facts)
        shown += html_table(["severity", "finding", "what to do"], findings) if findings else ""
        shown += self.plot()._repr_mimebundle_()["text/html"] if self.rates else ""
        return {"text/plain": str(self), "text/html": shown}

    def _headline(self) -> str:
        counts = [
            f"{count} {severity.name.lower()}{'s' * (count > 1)}"
            for severity in reversed(Severity)
            if (count := sum(finding.severity is severity for finding in self.findings))
        ]
        return f"Diagnosis of {self.model}: {', '.join(counts) or 'nothing found'}"


def _indented(text: str, mark: str = "") -> str:
    """Indent text under the title of a finding."""
    indent = " " * MARGIN
    return textwrap.fill(
        text,
        WIDTH,
        initial_indent=indent + mark,
        subsequent_indent=indent + " " * len(mark),
        break_long_words=False,
        break_on_hyphens=False,
    )
