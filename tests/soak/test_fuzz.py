"""A sample of the campaign: damaged files end in the promised error, or in a right result."""

import random
import subprocess
import sys
import tracemalloc

import pytest

NAMES = ["models", "weights", "backups", "idx", "csv", "npz", "tar", "keras"]
INPUTS = 40
MOST_BYTES = 100 * 2**20


@pytest.mark.parametrize("name", NAMES)
def test_damaged_files(tmp_path, campaign_module, name):
    targets = campaign_module("targets").TARGETS
    assert list(targets) == NAMES
    target = targets[name][0](tmp_path)
    assert all(map(target.attempt, target.sound))
    tracemalloc.start()
    try:
        for index in range(INPUTS):
            target.attempt(target.mutated(random.Random(f"sample {name} {index}")))
        assert tracemalloc.get_traced_memory()[1] < MOST_BYTES
    finally:
        tracemalloc.stop()


def test_the_campaign_sees_a_wrong_result(tmp_path, campaign_module):
    targets = campaign_module("targets")
    target = targets.TARGETS["idx"][0](tmp_path)
    right = target.load
    target.load = lambda: right() + 1
    with pytest.raises(targets.FoundError, match="another array"):
        target.attempt(target.sound[0])


def test_the_campaign_sees_what_is_forbidden(campaign_module):
    watch = campaign_module("fuzz").Watch()
    with watch:
        subprocess.run([sys.executable, "-c", ""], check=True)
    assert watch.seen[0].startswith("subprocess.Popen")
    watch.__enter__()
    watch.__exit__()
    assert watch.seen == []
