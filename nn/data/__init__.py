"""Data: arrays are checked once, then split into batches."""
