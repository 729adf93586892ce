"""Private helpers of every part of `nn`: names, checks, nesting, files."""
