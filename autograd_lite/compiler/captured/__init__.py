"""Captured variables: what a function reads from around it, how it was, and putting it back."""
