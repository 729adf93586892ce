"""What happens inside `fit`, `evaluate` and `predict`: loops, steps, and which engine runs them."""
