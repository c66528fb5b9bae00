"""Benchmarks: each figure is a ratio to a reference that is measured beside it in the same run."""
