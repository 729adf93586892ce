"""Reports on a program: its size and arithmetic, the time of its lines, its graph."""
