"""From what a user gives as X and y to batches: arrays are checked once, then dealt out."""
