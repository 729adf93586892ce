"""This project beside its peers: the same training step, in one run, as ratios."""
