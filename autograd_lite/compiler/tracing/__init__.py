"""Tracing: one call of a function, recorded on a tape."""
