"""The inside of `fit`, `evaluate` and `predict`: loops, steps, and the choice of engine."""
