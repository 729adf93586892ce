"""The numbers of a benchmark as a JSON file, from which `benchmarks.document` writes its pages."""

import json
from dataclasses import asdict, is_dataclass
from datetime import date


def save(path, machine, **numbers):
    """Write the machine, today's date and `numbers` (dataclasses may be among them)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"date": str(date.today()), "machine": machine, **numbers}
    path.write_text(json.dumps(content, default=as_plain, indent=1) + "\n")


def as_plain(value):
    if is_dataclass(value):
        return asdict(value)
    raise TypeError(f"cannot be written as JSON: {value!r}")


def load(path):
    """What `save` wrote, or None where there is no such file."""
    return json.loads(path.read_text()) if path.exists() else None
