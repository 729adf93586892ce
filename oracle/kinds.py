"""Differences that a campaign finds, by kind; which of them are explained, and why.

A kind is a function and a reason. Explained differences are listed in a TOML file:

    [[difference]]
    functions = ["fft.*"]
    reasons = ["*has no gradient rule*"]
    because = "complex numbers stay out"

Functions and reasons are patterns as in a shell; `because` says why the difference stays, and is
found in the documentation word by word.
"""

import json
import tomllib
from collections import Counter
from fnmatch import fnmatchcase

EXAMPLES = 3


class Kinds:
    """How often each kind of difference was met, with examples; and how many checks passed."""

    def __init__(self):
        self.passed = 0
        self.counts = Counter()
        self.examples = {}

    def add(self, function, reason, example):
        kind = (function, reason)
        self.counts[kind] += 1
        shown = self.examples.setdefault(kind, [])
        if len(shown) < EXAMPLES:
            shown.append(example)

    def merge(self, other):
        self.passed += other.passed
        self.counts += other.counts
        for kind, shown in other.examples.items():
            self.examples[kind] = (self.examples.get(kind, []) + shown)[:EXAMPLES]

    def save(self, path, **more):
        found = [[*kind, n, self.examples[kind]] for kind, n in self.counts.items()]
        path.write_text(json.dumps({"passed": self.passed, "found": found, **more}, indent=1))

    @classmethod
    def read(cls, path):
        kinds = cls()
        data = json.loads(path.read_text())
        kinds.passed = data["passed"]
        for function, reason, count, examples in data["found"]:
            kinds.counts[function, reason] = count
            kinds.examples[function, reason] = examples
        return kinds


class Explanations:
    """The table of explained differences: (functions, reasons, because)."""

    def __init__(self, path):
        found = tomllib.loads(path.read_text()).get("difference", [])
        self.entries = [(e["functions"], e["reasons"], e["because"]) for e in found]

    def of(self, function, reason):
        """Why this kind of difference stays, or None."""
        for functions, reasons, because in self.entries:
            if _fits(function, functions) and _fits(reason, reasons):
                return because
        return None


def _fits(text, patterns):
    return any(fnmatchcase(text, pattern) for pattern in patterns)


def report(kinds, explanations):
    """The kinds that are not explained, the most frequent first, then the sums.

    Returns:
        The text, and how many differences are not explained.
    """
    lines = []
    explained = Counter()
    unexplained = 0
    for (function, reason), count in kinds.counts.most_common():
        because = explanations.of(function, reason)
        if because is not None:
            explained[because] += count
            continue
        unexplained += count
        lines.append(f"{count:6}  {function}: {reason}")
        lines += [f"          {example}" for example in kinds.examples[function, reason] if example]
    lines += [f"{count:6}  explained: {because}" for because, count in explained.most_common()]
    lines.append(
        f"{kinds.passed} checks passed, {unexplained} differ without explanation, "
        f"{explained.total()} are explained"
    )
    return "\n".join(lines), unexplained
