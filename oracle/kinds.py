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
    """How often each kind of difference was met, with examples; and how many checks passed.

    `left_out` counts what could not be compared, by reason and function.
    """

    def __init__(self):
        self.passed = 0
        self.left_out = Counter()
        self.counts = Counter()
        self.examples = {}

    def add(self, function, reason, example):
        kind = (function, reason)
        self.counts[kind] += 1
        shown = self.examples.setdefault(kind, [])
        if len(shown) < EXAMPLES:
            shown.append(example)

    def leave_out(self, reason, function):
        self.left_out[reason, function] += 1

    def merge(self, other):
        self.passed += other.passed
        self.left_out += other.left_out
        self.counts += other.counts
        for kind, shown in other.examples.items():
            self.examples[kind] = (self.examples.get(kind, []) + shown)[:EXAMPLES]

    def save(self, path, **more):
        found = [[*kind, n, self.examples[kind]] for kind, n in self.counts.items()]
        left_out = [[*key, n] for key, n in self.left_out.items()]
        data = {"passed": self.passed, "left_out": left_out, "found": found, **more}
        path.write_text(json.dumps(data, indent=1))

    @classmethod
    def read(cls, path):
        kinds = cls()
        data = json.loads(path.read_text())
        kinds.passed = data["passed"]
        for reason, function, count in data["left_out"]:
            kinds.left_out[reason, function] = count
        for function, reason, count, examples in data["found"]:
            kinds.counts[function, reason] = count
            kinds.examples[function, reason] = examples
        return kinds


class Explanations:
    """The table of explained differences: (functions, reasons, because)."""

    def __init__(self, path):
        found = tomllib.loads(path.read_text()).get("difference", [])
        self.entries = [(e["functions"], e["reasons"], e["because"]) for e in found]
        self.used = set()  # the patterns of functions that have explained something

    def of(self, function, reason):
        """Why this kind of difference stays, or None."""
        for functions, reasons, because in self.entries:
            fitting = [pattern for pattern in functions if fnmatchcase(function, pattern)]
            if fitting and any(fnmatchcase(reason, pattern) for pattern in reasons):
                self.used |= {(because, pattern) for pattern in fitting}
                return because
        return None

    def unused(self):
        """Patterns that have explained nothing: after a whole campaign they can go."""
        known = ((because, f) for functions, _, because in self.entries for f in functions)
        return [f"{f} ({because})" for because, f in known if (because, f) not in self.used]


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
    left_out = Counter()
    for (reason, _), count in kinds.left_out.items():
        left_out[reason] += count
    lines += [f"{count:6}  left out: {reason}" for reason, count in left_out.most_common()]
    lines.append(
        f"{kinds.passed} checks passed, {unexplained} differ without explanation, "
        f"{explained.total()} are explained, {left_out.total()} were left out"
    )
    return "\n".join(lines), unexplained


def conclude(kinds, explained, whole):
    """Print the report of a campaign; of a whole one, also the explanations that explained nothing.

    Args:
        kinds: what was found.
        explained: the path of the explanations.
        whole: whether everything was run, so that each explanation had its chance.

    Returns:
        How many differences are not explained.
    """
    explanations = Explanations(explained)
    text, unexplained = report(kinds, explanations)
    print(text)
    if whole:
        print("unused explanations:", "; ".join(explanations.unused()) or "none")
    return unexplained
