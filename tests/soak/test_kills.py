"""A sample of the campaign: trainings that are killed at random moments end as if never killed."""

import signal

import numpy as np
import pytest


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")
def test_killed_trainings_end_like_undisturbed_ones(tmp_path, campaign_module):
    kills = campaign_module("kills")
    variants = ["in order, validated now and then"]
    tally = kills.campaign(3, seed=1, folder=tmp_path, variants=variants)
    assert tally.kills == 3
    assert tally.differences == []


def test_the_campaign_sees_a_difference(campaign_module):
    differing = campaign_module("kills").differing
    a, b = {"w": np.array([0.0])}, {"w": np.array([-0.0])}
    assert differing(a, a) == []
    assert differing(a, b) == ["w"]
    assert differing(a, {}) == differing({}, a) == ["w"]
